"""What the buttons do: it holds the session to the document. Train, pause, step, rewind, new start, live changes."""

import secrets
from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from app.document.document import Document
from app.work.session import Phase, Session
from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.experiment.network import Dropout
from core.experiment.problems import Problem, problems
from core.experiment.variants import expand
from core.runs.record import Record
from core.training.events import Ended, EpochDone, Event, Looked, Stepped

# Settings that act on a training that runs, from the next step on.
LIVE = ("training.optimizer.learning_rate", "training.penalty.l1", "training.penalty.l2", "network.dropout")


def without_live(experiment: Experiment) -> Experiment:
    """Return the experiment with every live setting at one value, its names and layout left out: what is left needs
    a restart when it changes."""
    training = experiment.training
    optimizer = training.optimizer.model_copy(update={"learning_rate": 0.0})
    penalty = training.penalty.model_copy(update={"l1": 0.0, "l2": 0.0})
    layers = tuple(
        layer.model_copy(update={"name": ""} | ({"rate": 0.0} if isinstance(layer, Dropout) else {}))
        for layer in experiment.network.layers
    )
    return experiment.model_copy(
        update={
            "name": "",
            "question": "",
            "canvas": {},
            "variants": (),
            "network": experiment.network.model_copy(update={"layers": layers}),
            "training": training.model_copy(update={"optimizer": optimizer, "penalty": penalty}),
        }
    )


class Trainer(QObject):
    """Keeps a job ready for the experiment on the screen.

    As long as nothing has been trained, each edit makes the job anew, so that the views show the start weights of what
    is on the screen. Once training has begun, live settings are sent in, and any other edit pauses and sets ``stale``.
    """

    stale_changed = Signal(bool)
    problems_changed = Signal(object)  # tuple[Problem, ...]
    starting = Signal(object, object)  # tuple[Run, ...] and the records (by run) that they go on from, before the job

    def __init__(self, document: Document, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.session = session
        self.stale = False
        self.steps = 0  # that the job has taken
        self.trained: Experiment | None = None  # what the job was made of
        self.problems: tuple[Problem, ...] = ()
        document.changed.connect(self._edited)
        document.opened.connect(self.rewind)
        session.happened.connect(self._happened)

    # -- the buttons ---------------------------------------------------------------------------------------------

    @property
    def can_train(self) -> bool:
        """Whether there is nothing in the way of training."""
        return not any(problem.severity == "error" for problem in self.problems)

    def toggle(self, rate: float | None = None) -> None:
        """Train, or pause; what has changed since the start, or is over, starts anew."""
        if self.session.phase is Phase.TRAINING:
            self.session.pause()
        elif self._ready():
            self.session.go(rate=rate)

    def step_batch(self) -> None:
        """Take one step."""
        if self._ready():
            self.session.go(steps=1)

    def step_epoch(self) -> None:
        """Train one epoch."""
        if self._ready():
            self.session.go(epochs=1)

    def rewind(self) -> None:
        """Go back to the start weights."""
        self._check()
        self.steps = 0
        self._set_stale(False)
        self.trained = self.document.experiment
        if not self.can_train:
            return
        self._start({})

    def resume(self, record: Record) -> None:
        """Go on from where a run of a file stopped, exactly; from one without a state, start anew."""
        if record.state is None or record.experiment != self._single():
            self.rewind()
            return
        self._check()
        self.steps = record.steps
        self._set_stale(False)
        self.trained = self.document.experiment
        if self.can_train:
            self._start({0: record})

    def _single(self) -> Experiment:
        """Return the experiment on the screen as one run; variants belong to comparisons."""
        return self.document.experiment.model_copy(update={"variants": ()})

    def _start(self, before: Mapping[int, Record]) -> None:
        try:
            runs = expand(self._single())
        except Mistake:
            return  # a problem names it
        self.starting.emit(runs, before)
        self.session.prepare(runs, {run: record.state for run, record in before.items() if record.state is not None})

    def new_start(self, seed: int | None = None) -> None:
        """Start from other weights: those of this seed, or of one drawn now."""
        self.document.set({"training.seed": secrets.randbelow(10_000) if seed is None else seed}, self.tr("New start"))
        self.rewind()

    def _ready(self) -> bool:
        if not self.can_train:
            return False
        if self.stale or self.session.phase in (Phase.IDLE, Phase.OVER):
            self.rewind()
        return True

    # -- what happens --------------------------------------------------------------------------------------------

    def _happened(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, EpochDone | Ended | Looked | Stepped):
                self.steps = max(self.steps, event.step)

    def _edited(self, old: Experiment, new: Experiment) -> None:
        self._check()
        if self.steps == 0 and self.session.phase is not Phase.TRAINING:
            if new.model_copy(update={"name": "", "question": "", "canvas": {}, "variants": ()}) != old.model_copy(
                update={"name": "", "question": "", "canvas": {}, "variants": ()}
            ):
                self.rewind()
            return
        assert self.trained is not None
        stale = without_live(new) != without_live(self.trained)
        if stale and self.session.phase is Phase.TRAINING:
            self.session.pause()
        self._set_stale(stale)
        if not stale:
            self._send_live(old, new)

    def _send_live(self, old: Experiment, new: Experiment) -> None:
        before, after = _live(old), _live(new)
        for path, value in after.items():
            if before.get(path) != value:
                self.session.change(path, value)

    def _check(self) -> None:
        self.problems = problems(self.document.experiment)
        self.problems_changed.emit(self.problems)

    def _set_stale(self, stale: bool) -> None:
        if stale != self.stale:
            self.stale = stale
            self.stale_changed.emit(stale)


def _live(experiment: Experiment) -> dict[str, float]:
    training = experiment.training
    values = {
        "training.optimizer.learning_rate": training.optimizer.learning_rate,
        "training.penalty.l1": training.penalty.l1,
        "training.penalty.l2": training.penalty.l2,
    }
    rates = [layer.rate for layer in experiment.network.layers if isinstance(layer, Dropout)]
    if rates:
        values["network.dropout"] = rates[0]
    return values
