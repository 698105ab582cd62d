"""What the page of the layers asks of the background thread, and what it keeps of the answers."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.landscape.chosen import WIDE
from app.plots.probes import late, together
from app.plots.thinning import Floats
from app.timeline.moment import Moment
from app.timeline.turn import Turn
from app.work.history import History
from app.work.messages import Probe, Scene
from app.work.session import Phase, Session
from core.choices.schedules import SCHEDULES
from core.experiment.training import Training
from core.probes.layer_pictures import DistributionsPicture, HealthPicture, LayerDistribution, Mover
from core.training.events import Begun, Changed, Edited, Ended, Event, Row, Save, Saved, State

VIEW = "gradients"
_REST_MS, _REST_WIDE_MS = 250, 1000  # between two frames while it trains
_SAMPLES, _SAMPLES_WIDE = 1024, 256  # whose gradient is taken
_BINS = 16  # of distributions, of which only the shares are shown
_MOST = 600  # frames that a run's history keeps; beyond that every second one goes


def mover_of(training: Training, state: State) -> Mover:
    """Return how a run moves from a state that it has told: settings and learning rate as they were then."""
    values, schedule = state.values, training.schedule
    factor = SCHEDULES[schedule.kind].factor(schedule, values["epoch"], training.epochs, values["cuts"])
    penalty = training.penalty.model_copy(update={"l1": values["l1"], "l2": values["l2"]})
    now = training.model_copy(update={"penalty": penalty})
    return Mover(now, values["learning_rate"] * factor, state=state)


def row_of(state: State) -> Row:
    """Return the weights (P,) of a state, with those that were set by hand and wait for the next step."""
    row: Row = state.arrays["row"].copy()
    for place, value, *_ in state.values.get("edits", ()):
        row[place] = value
    return row


@dataclass(frozen=True, eq=False)
class HealthFrame:
    """What is known of a run after ``step`` steps. scene: what it computes with."""

    scene: Scene
    step: int
    health: HealthPicture
    distributions: DistributionsPicture
    past: bool = False  # whether it is of a moment in place of now

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the dense layers, the output layer last."""
        return tuple(layer.name for layer in self.scene.architecture.dense)

    def values(self, measure: str) -> Floats:
        """Return a measure (L,): "gradient" and "update" as shares of the weights, "delta", or "silent"."""
        if measure == "silent":
            return np.array([silent(layer) for layer in self.distributions.layers])
        health = self.health
        found = {"gradient": health.relative_gradient, "update": health.relative_update, "delta": health.delta}
        row: Floats = found[measure][0]
        return row


def silent(layer: LayerDistribution) -> float:
    """Return the share of dead neurons or of saturated outputs of a layer; NaN where its activation knows neither."""
    for found in (layer.dead_share, layer.saturated):
        if found is not None:
            return float(found[0])
    return float("nan")


MEASURES = ("gradient", "update", "delta", "silent")


@dataclass(eq=False)
class Told:
    """The history of a run: the steps (n,) at which it was looked at, and each measure (n, L)."""

    steps: list[int] = field(default_factory=list)
    values: dict[str, list[Floats]] = field(default_factory=lambda: {measure: [] for measure in MEASURES})
    newest: HealthFrame | None = None
    _tables: dict[str, Floats] = field(default_factory=dict)

    def table(self, measure: str) -> Floats:
        """Return a measure (n, L)."""
        if measure not in self._tables:
            self._tables[measure] = np.array(self.values[measure]) if self.steps else np.empty((0, 0))
        return self._tables[measure]

    def add(self, frame: HealthFrame) -> None:
        """Take a frame; one of the same step takes the place of the last one."""
        self.newest = frame
        self._tables.clear()
        if self.steps and self.steps[-1] == frame.step:
            self._drop(slice(-1, None))
        self.steps.append(frame.step)
        for measure, column in self.values.items():
            column.append(frame.values(measure))
        if len(self.steps) > _MOST:
            self._drop(slice(1, -1, 2))

    def _drop(self, places: slice) -> None:
        del self.steps[places]
        for column in self.values.values():
            del column[places]


class HealthWatcher(QObject):
    """Has the run that is shown looked at while the page can be seen.

    Each time the run tells its state first: weights and what the optimizer remembers, of one step. So the update that
    is shown is the one that comes next. changed: there is more to show, or it is of another run.
    """

    changed = Signal()

    def __init__(self, session: Session, history: History, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.history = history
        self._told: dict[int, Told] = {}  # by run
        self.moment: Moment | None = None  # that is shown in place of now
        self.past: HealthFrame | None = None  # of a moment
        self._turn = Turn()
        self._distributions: Probe | None = None  # of this job
        self._visible = False
        self._waits = False  # for a state
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._ask)
        session.framed.connect(self._frame)
        session.happened.connect(self._happened)
        session.prepared.connect(lambda _scenes: self._begin())
        session.run_changed.connect(lambda _run: self._begin_run())
        session.phase_changed.connect(lambda _phase: self._ask())

    @property
    def told(self) -> Told:
        """The history of the run that is shown."""
        return self._told.setdefault(self.session.run, Told())

    @property
    def frame(self) -> HealthFrame | None:
        """What is shown: of the moment, or the newest there is."""
        return self.told.newest if self.moment is None else self.past

    def show_moment(self, moment: Moment | None) -> None:
        """Show a moment in place of now, or now again."""
        self.moment = moment
        if moment is None:
            self.past = None
            self._turn.forget()
        self.changed.emit()
        if self._visible:
            self._ask()

    def show(self, visible: bool) -> None:
        """Tell whether the page can be seen: nothing is asked for what nobody sees."""
        self._visible = visible
        if visible:
            self._ask()
        else:
            self._again.stop()
            self._waits = False
            self._turn.forget()
            self.session.watch(VIEW, None)

    # -- asked ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._told.clear()
        self._distributions = late("core.probes.distributions", "distributions", _BINS)
        self._begin_run()

    def _begin_run(self) -> None:
        self._waits = False
        self._turn.forget()
        self.changed.emit()
        self._ask()

    def _ask(self) -> None:
        """Have the run tell its state; of one that has ended it is in its record."""
        session, current = self.session, self.history.current
        if not self._visible or session.scene is None or session.run >= len(current):
            return
        if self.moment is not None:
            self._waits = False
            self._again.stop()
            if self._turn.take():
                self._ask_past(self.moment)
            return
        record = current[session.run]
        if record.outcome is None:
            self._waits = True
            session.tell(Save())
            return
        self._waits = False
        state = record.state if np.array_equal(record.row, record.last_row) else None
        training = record.experiment.training
        rate = float(record.curves["learning_rate"][-1]) if len(record.curves) else training.optimizer.learning_rate
        mover = Mover(training, rate) if state is None else mover_of(training, state)
        self._measure(record.row, mover, record.steps)

    def _ask_past(self, moment: Moment) -> None:
        training = moment.record.experiment.training
        rate = moment.value("learning_rate")
        mover = Mover(training, training.optimizer.learning_rate if np.isnan(rate) else rate)
        step = moment.value("step")
        self._measure(moment.row, mover, 0 if np.isnan(step) else int(step), past=True)

    def _happened(self, events: tuple[Event, ...]) -> None:
        mine = [event for event in events if getattr(event, "run", None) == self.session.run]
        states = [event.state for event in mine if isinstance(event, Saved)]
        if any(isinstance(event, Begun | Ended) for event in mine):
            self._ask()  # before it had begun there was nothing to ask of; once it has ended, it tells no state
        elif states and self._waits and self.session.scene is not None:
            self._waits = False
            state = states[-1]
            mover = mover_of(self.session.scene.experiment.training, state)
            self._measure(row_of(state), mover, state.values["step"])
        elif self.session.phase is not Phase.TRAINING and any(isinstance(event, Changed | Edited) for event in mine):
            self._ask()

    def _measure(self, row: Row, mover: Mover, step: int, *, past: bool = False) -> None:
        assert self._distributions is not None
        samples = _SAMPLES_WIDE if len(row) >= WIDE else _SAMPLES
        health = late("core.probes.health", "health", [mover], samples)
        probe = together({"health": health, "distributions": self._distributions})

        def framed(scene: Scene, given: Row) -> Generator[Any, None, HealthFrame]:
            found = yield from probe(scene, given)
            return HealthFrame(scene, step, found["health"], found["distributions"], past)

        self.session.watch(VIEW, framed, row=row)

    # -- shown ---------------------------------------------------------------------------------------------------

    def _frame(self, view: str, picture: Any) -> None:
        scene = self.session.scene
        if view != VIEW or not self._visible or scene is None:
            return
        if picture.past:
            self.past = picture if self.moment is not None else None
            self.changed.emit()
            if self._turn.answered():
                self._ask()
            return
        self.told.add(picture)
        self.changed.emit()
        if self.session.phase is Phase.TRAINING:
            wide = scene.architecture.parameters >= WIDE
            self._again.start(_REST_WIDE_MS if wide else _REST_MS)
