"""The status bar: at the left a hint, or what has changed since the shown run; at the right the samples."""

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app.shell.differences import differences
from app.shell.progress import Progress
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from app.work.session import Phase
from app.work.trainer import Trainer


class StatusBar(QStatusBar):
    """Hints come and go through ``showMessage``; under them stands what matters now."""

    def __init__(self, trainer: Trainer, progress: Progress, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trainer = trainer
        self.progress = progress
        self.theme = theme
        self.setSizeGripEnabled(False)
        self.state = ElidedLabel()
        self.samples = QLabel()
        self.addWidget(self.state, 1)
        self.addPermanentWidget(self.samples)
        self.setContentsMargins(10, 0, 10, 0)
        trainer.stale_changed.connect(self.show_state)
        trainer.problems_changed.connect(self.show_state)
        trainer.document.changed.connect(self.show_state)
        trainer.document.opened.connect(self.show_state)
        trainer.session.phase_changed.connect(self.show_state)
        trainer.session.prepared.connect(self._show_samples)
        progress.changed.connect(self._show_samples)
        theme.changed.connect(self._fit)
        self._fit()
        self.show_state()

    def show_state(self) -> None:
        """Say what is in the way, what has changed, or what is being waited for."""
        self.state.setText(self._state())
        if self.trainer.session.phase is Phase.IDLE:  # there are no data
            self.samples.clear()

    def _state(self) -> str:
        trainer = self.trainer
        errors = [problem.sentence for problem in trainer.problems if problem.severity == "error"]
        if errors:
            return errors[0]
        if trainer.stale and trainer.trained is not None:
            changed = ", ".join(differences(trainer.trained, trainer.document.experiment))
            return self.tr("Changed since the run that is shown: {0}").format(changed)
        if trainer.session.phase is Phase.PREPARING:
            if not trainer.session.torch_version:
                return self.tr("PyTorch is being loaded. Train may be pressed already: it waits in line.")
            return self.tr("The data are being loaded.")
        if trainer.session.phase is Phase.OVER:
            return self.tr("The run is over. Train starts anew.")
        return ""

    def _show_samples(self) -> None:
        scene = self.trainer.session.scene
        if scene is None:
            return
        dataset = scene.dataset
        parts = [
            self.tr("{0:,} train").format(len(dataset.train)),
            self.tr("{0:,} validation").format(len(dataset.validation)),
        ]
        if len(dataset.test):
            parts.append(self.tr("{0:,} test").format(len(dataset.test)))
        if self.progress.begun is not None:
            parts.append(self.tr("{0:,} steps per epoch").format(self.progress.begun.steps_per_epoch))
        text = " · ".join(parts)
        if text != self.samples.text():
            self.samples.setText(text)

    def _fit(self) -> None:
        self.setFixedHeight(self.theme.sizes.axis + 13)
