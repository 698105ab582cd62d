"""What the buttons do: it holds the session to the document. Train, pause, step, rewind, new start, live changes."""

import secrets
from collections.abc import Mapping, Sequence
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
        self.edited = False  # whether a weight of the job was set by hand, or its start weights are not its seed's
        self.trained: Experiment | None = None  # what the job was made of
        self.runs: tuple[Run, ...] = ()  # of the job
        self.start: Start | None = None  # weights that the job starts from in place of those of the seed
        self._sent: tuple[Mapping[str, float], ...] = ()  # settings of each run as the job has them now
        self.problems: tuple[Problem, ...] = ()
        document.changed.connect(self._edited)
        document.opened.connect(self._open)
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

    def _open(self) -> None:
        """Take another experiment; of the one before nothing is shown, even where this one cannot be trained."""
        self.rewind()
        if not (self.can_train and self.runs):
            self.session.clear()

    def begin_from(self, row: Row, origin: Origin) -> None:
        """Make a new job that starts from these weights (P,), with a fresh optimizer; the run that was is kept."""
        self.start = Start(row, origin)
        self._anew()

    def _anew(self) -> None:
        self._begin(0)
        if self.can_train and self.runs:
            self._start(tuple(replace(run, start=self.start) for run in self.runs), {})

    def resume(self, records: Sequence[Record]) -> None:
        """Go on from where the runs of a file stopped, exactly; from ones without a state, or if the experiment on the
        screen is another one than they were left with, start anew."""
        runs = self._expanded()
        before = _left_off(runs, records)
        if before is None:
            self.rewind()
        else:
            self.go_on(tuple(Run(record.name, record.experiment) for record in before.values()), before)

    def go_on(self, runs: tuple[Run, ...], before: Mapping[int, Record]) -> None:
        """Make a new job of these runs, those of the experiment on the screen. They go on exactly from the states of
        records, by run; several may go on from one."""
        self.start = None
        self._begin(max(record.steps for record in before.values()))
        self.edited = any(record.interventions or record.origin for record in before.values())
        if self.can_train:
            self._start(runs, before)

    def _begin(self, steps: int) -> None:
        self._check()
        self.steps, self.edited = steps, False
        self._set_stale(False)
        self.trained = self.document.experiment
        self.runs = self._expanded()
        self._sent = tuple(_live(run.experiment) for run in self.runs)

    def _expanded(self) -> tuple[Run, ...]:
        """Return the runs of the experiment on the screen; none where that cannot be, which a problem names."""
        try:
            return expand(self.document.experiment)
        except Mistake:
            return ()

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
            unnamed = {"name": "", "question": "", "canvas": {}}
            if new.model_copy(update=unnamed) != old.model_copy(update=unnamed):
                if self.start is not None and not interchangeable(old, new):
                    self.start = None
                self._anew()
            return
        runs = self._expanded()
        stale = [without_live(run.experiment) for run in runs] != [without_live(run.experiment) for run in self.runs]
        if stale and self.session.phase is Phase.TRAINING:
            self.session.pause()
        self._set_stale(stale)
        if not stale:
            self._send_live(runs)

    def _send_live(self, runs: Sequence[Run]) -> None:
        """Bring the live settings of the job up to those on the screen, also to what was changed while it was stale."""
        now = tuple(_live(run.experiment) for run in runs)
        for path in dict.fromkeys(path for values in now for path in values):
            changed = {
                run: values[path]
                for run, values in enumerate(now)
                if path in values and self._sent[run].get(path) != values[path]
            }
            alike = len(changed) == len(runs) and len(set(changed.values())) == 1
            for run, value in list(changed.items())[: 1 if alike else None]:
                try:
                    self.session.change(path, value, None if alike else run)
                except Mistake as mistake:
                    self.refused.emit(str(mistake))
        self._sent = now

    def _check(self) -> None:
        self.problems = problems(self.document.experiment, keep_bytes=self.session.keep_bytes)
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


def _left_off(runs: Sequence[Run], records: Sequence[Record]) -> dict[int, Record] | None:
    """Return the records that runs go on from, by run; None unless there is one for each.

    They are the newest ones. A single run may have any name, for the window names runs; variants have their own.
    """
    last = records[len(records) - len(runs) :]
    if not runs or len(last) < len(runs):
        return None
    for run, record in zip(runs, last, strict=True):
        if not _left_with(record, run.experiment) or (len(runs) > 1 and run.name != record.name):
            return None
    return dict(enumerate(last))


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
