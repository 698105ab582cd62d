"""What the buttons do: it holds the session to the document. Train, pause, step, rewind, new start, live changes."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.document.document import Document
from app.work.session import Phase, Session
from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.experiment.network import Dropout
from core.experiment.problems import Problem, problems
from core.experiment.variants import Origin, Run, Start, expand, interchangeable
from core.runs.record import Record
from core.training.events import Edited, Ended, EpochDone, Event, Looked, Row, Stepped

# Settings that act on a training that runs, from the next step on.
LIVE = ("training.optimizer.learning_rate", "training.penalty.l1", "training.penalty.l2", "network.dropout")


def without_live(experiment: Experiment) -> Experiment:
    """Return the experiment with every live setting at one value, its names and layout left out: what is left needs
    a restart when it changes. Dropout rates are one live setting, as long as all layers have the same."""
    rates = _rates(experiment)
    alike = {"rate": 0.0} if len(set(rates)) == 1 else {}
    training = experiment.training
    optimizer = training.optimizer.model_copy(update={"learning_rate": 0.0})
    penalty = training.penalty.model_copy(update={"l1": 0.0, "l2": 0.0})
    layers = tuple(
        layer.model_copy(update={"name": ""} | (alike if isinstance(layer, Dropout) else {}))
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
    is on the screen. Once training has begun, or a weight was set by hand, live settings are sent in, and any other
    edit pauses and sets ``stale``. Start weights that were taken from elsewhere stay until the run is over or rewound,
    or the network becomes another one. refused: why a live setting could not be sent, in a sentence.
    """

    stale_changed = Signal(bool)
    problems_changed = Signal(object)  # tuple[Problem, ...]
    refused = Signal(str)
    starting = Signal(object, object)  # tuple[Run, ...] and the records (by run) that they go on from, before the job

    def __init__(self, document: Document, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.session = session
        self.stale = False
        self.steps = 0  # that the job has taken
        self.edited = False  # whether a weight of the job was set by hand
        self.trained: Experiment | None = None  # what the job was made of
        self.start: Start | None = None  # weights that the job starts from in place of those of the seed
        self._sent: Mapping[str, float] = {}  # settings as the job has them now
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

    @property
    def begun(self) -> bool:
        """Whether the job is no longer what the experiment says by itself: it has trained, or was set by hand."""
        return self.steps > 0 or self.edited

    def rewind(self) -> None:
        """Go back to the start weights, as the seed draws them."""
        self.start = None
        self._anew()

    def begin_from(self, row: Row, origin: Origin) -> None:
        """Make a new job that starts from these weights (P,), with a fresh optimizer; the run that was is kept."""
        self.start = Start(row, origin)
        self._anew()

    def _anew(self) -> None:
        self._begin(0)
        if self.can_train:
            try:
                runs = expand(self._single())
            except Mistake:
                return  # a problem names it
            self._start(tuple(replace(run, start=self.start) for run in runs), {})

    def resume(self, record: Record) -> None:
        """Go on from where a run of a file stopped, exactly; from one without a state, or if the experiment on the
        screen is another one than the run was left with, start anew."""
        if not _left_with(record, self._single()):
            self.rewind()
            return
        self.start = None
        self._begin(record.steps)
        self.edited = bool(record.interventions)
        if self.can_train:
            self._start((Run(record.name, record.experiment),), {0: record})

    def _begin(self, steps: int) -> None:
        self._check()
        self.steps, self.edited = steps, False
        self._set_stale(False)
        self.trained = self.document.experiment
        self._sent = _live(self.document.experiment)

    def _single(self) -> Experiment:
        """Return the experiment on the screen as one run; variants belong to comparisons."""
        return self.document.experiment.model_copy(update={"variants": ()})

    def _start(self, runs: tuple[Run, ...], before: Mapping[int, Record]) -> None:
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
            elif isinstance(event, Edited):
                self.edited = True

    def _edited(self, old: Experiment, new: Experiment) -> None:
        self._check()
        if not self.begun and self.session.phase is not Phase.TRAINING:
            if new.model_copy(update={"name": "", "question": "", "canvas": {}, "variants": ()}) != old.model_copy(
                update={"name": "", "question": "", "canvas": {}, "variants": ()}
            ):
                if self.start is not None and not interchangeable(old, new):
                    self.start = None
                self._anew()
            return
        assert self.trained is not None
        stale = without_live(new) != without_live(self.trained)
        if stale and self.session.phase is Phase.TRAINING:
            self.session.pause()
        self._set_stale(stale)
        if not stale:
            self._send_live(new)

    def _send_live(self, experiment: Experiment) -> None:
        """Bring the live settings of the job up to those on the screen, also to what was changed while it was stale."""
        now = _live(experiment)
        for path, value in now.items():
            if self._sent.get(path) != value:
                try:
                    self.session.change(path, value)
                except Mistake as mistake:
                    self.refused.emit(str(mistake))
        self._sent = now

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
    rates = _rates(experiment)
    if len(set(rates)) == 1:
        values["network.dropout"] = rates[0]
    return values


def _rates(experiment: Experiment) -> list[float]:
    return [layer.rate for layer in experiment.network.layers if isinstance(layer, Dropout)]


def _left_with(record: Record, experiment: Experiment) -> bool:
    """Tell whether a run can go on, and would go on as an experiment says: live settings count as they were last."""
    if record.state is None or without_live(record.experiment) != without_live(experiment):
        return False
    training, values = experiment.training, record.state.values
    settings = {
        "learning_rate": training.optimizer.learning_rate,
        "l1": training.penalty.l1,
        "l2": training.penalty.l2,
        "dropout": _rates(experiment),
    }
    return all(values.get(name) == value for name, value in settings.items())
