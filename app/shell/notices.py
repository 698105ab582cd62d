"""What training tells by the banner: failures and divergence, each with a way on."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.shell.crash import Crashes
from app.shell.widgets.banner import Banner
from app.shell.widgets.numbers import written
from app.work.session import Phase
from app.work.trainer import Trainer
from core.choices.datasets import DATASETS
from core.experiment.experiment import Experiment
from core.training.events import Begun, Ended, Event

_RATE = "training.optimizer.learning_rate"
_OF_DOCUMENT = ("session", "diverged", "stale", "refused", "predict", "save")  # messages that say nothing of another
_GENTLER = 10.0  # a diverged run is offered a learning rate that is so much smaller


class Notices(QObject):
    """Turns failures of the session into messages of the banner."""

    def __init__(
        self,
        banner: Banner,
        trainer: Trainer,
        crashes: Crashes,
        parent: QObject | None = None,
        train: Callable[[], object] | None = None,
    ) -> None:
        """Tell by a banner; train: what the Train button does, at the speed that is set."""
        super().__init__(parent)
        self.banner = banner
        self.trainer = trainer
        self.crashes = crashes
        self.train = train or trainer.toggle
        trainer.session.failed.connect(self._failed)
        trainer.session.happened.connect(self._happened)
        trainer.stale_changed.connect(self._stale)
        trainer.refused.connect(lambda sentence: banner.show_message("warn", sentence, key="refused"))
        trainer.refused.connect(self._refused)
        trainer.document.changed.connect(self._edited)
        trainer.document.opened.connect(self._opened)
        trainer.problems_changed.connect(self._problems)
        crashes.happened.connect(self._crashed)

    def _failed(self, sentence: str, trace: str) -> None:
        if trace:
            self.crashes.note(sentence, trace)
        else:
            self.banner.show_message("err", sentence, self.tr("Try again"), self.trainer.rewind, key="session")

    def _crashed(self, sentence: str) -> None:
        self.banner.show_message("err", sentence, self.tr("Copy diagnostics"), self.crashes.copy, key="crash")

    def _happened(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, Begun):
                self.banner.withdraw("session")
                self.banner.withdraw("diverged")
            elif isinstance(event, Ended) and event.outcome == "diverged":
                self._diverged(event)

    def _diverged(self, event: Ended) -> None:
        runs = self.trainer.runs
        if len(runs) > 1:  # what is compared may well be too large a learning rate
            self.banner.show_message("warn", f"{runs[event.run].name}: {event.message}", key="diverged")
            return
        optimizer = self.trainer.document.experiment.training.optimizer
        gentler = float(f"{optimizer.learning_rate / _GENTLER:.2g}")
        self.banner.show_message(
            "err",
            event.message,
            self.tr("Rewind with {0}").format(written(gentler)),
            lambda: self._rewind_with(gentler),
            key="diverged",
        )

    def _rewind_with(self, learning_rate: float) -> None:
        self.trainer.document.set({_RATE: learning_rate}, self.tr("Learning rate"))
        self.trainer.rewind()

    def _stale(self, stale: bool) -> None:
        # Told only to someone who saw the training stop, and can do something about it.
        if stale and self.trainer.can_train and self.trainer.session.phase is Phase.TRAINING:
            text = self.tr("Paused: this change needs a new start. What the run has learned is kept until then.")
            self.banner.show_message("info", text, self.tr("Restart"), self._restart, key="stale")
        elif not stale:
            self.banner.withdraw("stale")

    def _opened(self) -> None:
        for key in _OF_DOCUMENT:
            self.banner.withdraw(key)

    def _edited(self, old: Experiment, new: Experiment) -> None:
        """Tell of other data, which most views show nothing of before a new start; the rest the Train button says."""
        trainer = self.trainer
        if old.data.source.kind == new.data.source.kind or not (trainer.stale and trainer.can_train):
            return
        if trainer.trained is not None and new.data.source.kind == trainer.trained.data.source.kind:
            return
        if trainer.session.phase is not Phase.TRAINING:  # which has been told of already
            text = self.tr("Output and curves are of the run before. A restart trains on {0}.")
            text = text.format(DATASETS[new.data.source.kind].title)
            self.banner.show_message("info", text, self.tr("Restart"), self._restart, key="stale")

    def _refused(self, sentence: str) -> None:
        self.banner.show_message("warn", sentence, key="refused")

    def _problems(self) -> None:
        if not self.trainer.can_train:
            self.banner.withdraw("stale")  # nothing can be restarted now, and the status bar says why

    def _restart(self) -> None:
        self.trainer.rewind()
        self.train()
