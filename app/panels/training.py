"""The panel of training: every field of the settings of training, and what they do to a training that runs."""

from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.menus import add_runs
from app.canvas.shown import ShownRun
from app.compare.menu import filling
from app.document.document import Document
from app.panels.binding import DocumentBinding
from app.panels.form import Form, Words
from app.panels.settings import Setting, setting_of, settings_of
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.header import Header
from app.work.session import Phase, Session
from app.work.trainer import LIVE, Trainer
from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.experiment.network import Dropout
from core.experiment.settings import setting_at
from core.experiment.training import Training
from core.experiment.variants import Variant

DROPOUT = "network.dropout"
# What comes first, in this order; what is not named here follows as it stands in the model.
_FIRST = ("loss", "optimizer", "schedule", "batch_size", "epochs", "penalty", DROPOUT, "early_stopping")


class WaitedBar(QWidget):
    """How many of the epochs of patience have passed without an improvement."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Epochs waited for an improvement"))
        self.text = QLabel()
        set_class(self.text, "caption")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(self.bar, 1)
        row.addWidget(self.text)
        theme.changed.connect(self._color)
        self._color()
        self.set_waited(0, 1)

    def set_waited(self, waited: int, patience: int) -> None:
        """Show "waited 3 of 5 epochs"."""
        self.bar.setRange(0, max(patience, 1))
        self.bar.setValue(min(waited, patience))
        self.text.setText(self.tr("waited {0} of {1} epochs").format(waited, patience))

    def _color(self) -> None:
        # Violet is for what can be moved; this only tells.
        self.bar.setStyleSheet(f"QProgressBar::chunk {{ background: {self.theme.hex('ok')}; border-radius: 3px; }}")


class RestartBand(QFrame):
    """Says that what has changed needs a restart, with the button for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_class(self, "banner-warn")
        text = QLabel(self.tr("What has changed needs a restart."))
        text.setWordWrap(True)
        self.button = QPushButton(self.tr("Restart"))
        self.button.setToolTip(self.tr("Start again from the start weights, with the settings as they are now"))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(text, 1)
        row.addWidget(self.button)


class TrainingPanel(QWidget):
    """How the network is trained, generated from the model and the tables.

    It is as high as it needs to be; what it is put into scrolls. compare: values of the setting at a path are to be
    compared.
    """

    compare = Signal(str)

    def __init__(
        self,
        document: Document,
        session: Session,
        trainer: Trainer,
        theme: Theme,
        icons: Icons,
        shown: ShownRun | None = None,
    ) -> None:
        super().__init__()
        self.document = document
        self.session = session
        self.shown = shown or ShownRun(document, session, self)
        self._variant: Variant | None = None  # whose settings are shown
        self.trainer = trainer
        self.setAccessibleName(self.tr("Training"))
        self.header = Header(
            icons,
            self.tr("Training"),
            sentence=self.tr(
                "The loss says how wrong the network is. The optimizer moves the weights a little in each step, "
                "so that the loss falls; an epoch is once through all training samples, batch by batch."
            ),
            formula="w ← w − η·∂J/∂w",
        )
        self.band = RestartBand()
        self.band.button.clicked.connect(trainer.rewind)
        self.band.setVisible(trainer.stale)
        self.live = QLabel()
        self.live.setWordWrap(True)
        set_class(self.live, "caption")
        self.varied = QLabel()
        self.varied.setWordWrap(True)
        set_class(self.varied, "caption")
        self.form = Form(icons, DocumentBinding(document, run=self.shown), _settings(), self._words())
        self.waited = WaitedBar(theme)
        self.form.attach("training.early_stopping", self.waited)
        self.device = QLabel()
        self.device.setWordWrap(True)
        self.device.setTextFormat(Qt.TextFormat.PlainText)
        set_class(self.device, "caption")
        self.form.attach("training.device", self.device)
        self.device.hide()
        self._lay_out()
        document.changed.connect(self._changed)
        document.opened.connect(self.refresh)
        self.shown.changed.connect(self._follow)
        trainer.stale_changed.connect(self.band.setVisible)
        session.phase_changed.connect(self._note)
        session.happened.connect(self._note)
        self.refresh()

    def set_device(self, reason: str) -> None:
        """Tell where it trains and why, in the sentence that training tells."""
        self.device.setText(reason)
        self.device.setVisible(bool(reason))

    def set_waited(self, waited: int, patience: int) -> None:
        """Tell how many epochs of patience have passed without an improvement."""
        self.waited.set_waited(waited, patience)

    def refresh(self) -> None:
        """Show the experiment as it is now."""
        self._variant = self.shown.variant
        self.form.refresh()
        experiment = self.shown.experiment
        self.form.parts[DROPOUT].setVisible(any(isinstance(layer, Dropout) for layer in experiment.network.layers))
        self._tell_varied(self.document.experiment)
        stopping = experiment.training.early_stopping
        if stopping is not None and stopping.patience != self.waited.bar.maximum():
            self.set_waited(min(self.waited.bar.value(), stopping.patience), stopping.patience)
        self._note()

    def _changed(self, old: Experiment, new: Experiment) -> None:
        if (old.training, old.network, old.variants) != (new.training, new.network, new.variants):
            self.refresh()

    def _follow(self) -> None:
        if self.shown.variant is not self._variant:
            self.refresh()

    def _tell_varied(self, experiment: Experiment) -> None:
        """Say which settings the runs of a comparison have of their own, and whose are shown here."""
        paths = dict.fromkeys(path for variant in experiment.variants for path in variant.settings)
        found = []
        for path in paths:
            with suppress(Mistake):  # which a problem names
                found.append(setting_at(experiment, path).title)
        titles = ", ".join(found)
        words = self.tr("{0} runs are compared. Each sets for itself: {1}. Shown is {2}.")
        name = "" if self._variant is None else self._variant.name
        self.varied.setText(words.format(len(experiment.variants), titles, name) if titles else "")
        self.varied.setVisible(bool(titles))

    def _note(self, *_told: object) -> None:
        """Say what can be changed on the way, once it has begun, and at its end how to go on."""
        begun = self.trainer.begun or self.session.phase is Phase.TRAINING
        on_the_way = self.tr("Learning rate, penalty and dropout act at the next step; other changes need a restart.")
        at_the_end = self.tr("Training is over. Train starts anew, with the settings as they are here.")
        text = at_the_end if self.session.phase is Phase.OVER else on_the_way
        if text != self.live.text():
            self.live.setText(text)
        if begun == self.live.isHidden():
            self.live.setVisible(begun)

    def _words(self) -> Words:
        stopping = "training.early_stopping"
        return Words(
            switches={
                f"{stopping}.restore_best": (self.tr("last weights"), self.tr("best weights")),
            },
            numbers={"training.batch_size": self.tr("whole set")},
            notes=self._when,
            compare=self._fill,
            run=self.shown,
        )

    def _fill(self, menu: QMenu, path: str, title: str) -> None:
        """Offer the runs where each has its own, and elsewhere to compare values."""
        if self.shown.sets(path):
            add_runs(menu, self.shown, path, lambda: self.compare.emit(""))
        else:
            filling(self.document, self.compare.emit)(menu, path, title)

    def _when(self, path: str) -> str:
        if path in LIVE:
            return self.tr("While it trains, a change acts at the next step.")
        return self.tr("Once it has trained, a change needs a restart.")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.header, self.band, self.varied, self.live, self.form):
            column.addWidget(widget)


def _settings() -> tuple[Setting, ...]:
    """Return the fields of Training, and the rate of all dropout layers among them, in the order of the panel."""
    rate = setting_of(Dropout, "rate", DROPOUT)
    assert rate is not None
    everywhere = replace(rate, sentence=f"{rate.sentence} Sets all dropout layers.")
    found = {setting.name: setting for setting in settings_of(Training, "training")} | {DROPOUT: everywhere}
    first = [name for name in _FIRST if name in found]
    return tuple(found[name] for name in (*first, *(name for name in found if name not in first)))
