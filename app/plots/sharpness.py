"""What the plot of the sharpness asks of the background thread: λ at kept rows, coarse to fine, each of them once."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

from app.plots.curves import CurvesView
from app.timeline.moment import unlike
from app.work.history import History
from app.work.messages import Scene
from app.work.session import Phase, Session
from core.landscape.values import Ask, Sharpness
from core.runs.record import Record
from core.training.events import Row
from core.training.keeping import stride

if TYPE_CHECKING:
    from core.landscape.scene import Probe

VIEW = "sharpness"
MOST = 33  # epochs of a run that are measured, and as many again when it is twice as long
_MOST_PAST = 4  # earlier runs
_RATE = 5.0  # measurements a second while training goes on
_RATE_OF_ONE = 40_000.0  # the same for a network of one weight: large ones take a quarter of the views' time, no more
_L2 = "training.penalty.l2"
_COLLECT_MS = 150  # between two looks at the rows that a run has kept

Key = tuple[int, int]  # a run's place and the epoch


def coarse_to_fine(kept: Sequence[int], *, grows: bool) -> list[int]:
    """Return which of the epochs that a run has kept, in order, are to be measured: the first, the last, then halves.

    They are those that a power of two divides, so that a run that grows asks for few others, and the powers of two, for
    at first λ changes quickly; grows: without the last of all, which would be another one each time.
    """
    step = stride(kept[-1], MOST)
    some = [epoch for epoch in kept if epoch % step == 0 or epoch & (epoch - 1) == 0 or epoch == kept[0]]
    if not grows:
        some.append(kept[-1])
    halves = sorted(some, key=lambda epoch: (-(epoch & -epoch), epoch))
    return list(dict.fromkeys([some[0], some[-1], *halves]))


@dataclass(frozen=True, eq=False)
class Wanted:
    """A row (P,) whose λ is to be measured, with the L2 penalty of its moment."""

    key: Key
    row: Row
    l2: float


class Measuring:
    """Measures what is wanted. Made in the window and used in the background thread, except that the window puts
    another tuple in the place of ``wanted``."""

    def __init__(self) -> None:
        self.wanted: tuple[Wanted, ...] = ()
        self._found: dict[Key, float] = {}
        self._probe: tuple[float, Probe[Sharpness]] | None = None  # for this penalty; it knows the last direction

    def one(self, scene: Scene, _row: Row) -> Generator[Any, None, Mapping[Key, float]]:
        """The probe of a single one; its frames are all λ so far, by run and epoch."""
        wanted = next((wanted for wanted in self.wanted if wanted.key not in self._found), None)
        if wanted is not None:
            yield from self._measure(scene, wanted)
        return MappingProxyType(dict(self._found))

    def all(self, scene: Scene, _row: Row) -> Generator[Any, None, Mapping[Key, float]]:
        """The same of all that is wanted, with a frame after each."""
        for wanted in self.wanted:
            if wanted.key not in self._found:
                yield from self._measure(scene, wanted)
                yield MappingProxyType(dict(self._found))
        return MappingProxyType(dict(self._found))

    def _measure(self, scene: Scene, wanted: Wanted) -> Generator[None, None, None]:
        from core.landscape.curvature import sharpness

        if self._probe is None or self._probe[0] != wanted.l2:
            self._probe = wanted.l2, sharpness(Ask(l2=wanted.l2))
        found = yield from self._probe[1](scene, wanted.row)
        self._found[wanted.key] = found.largest


@dataclass(eq=False)
class _Known:
    """What is known of a run, which its first row tells from another one that had its place before."""

    start: Row
    points: dict[int, float] = field(default_factory=dict)  # λ by epoch


class SharpnessWatcher(QObject):
    """Has λ of the runs in the curves measured while its plot can be seen: of those that train as they grow, of earlier
    ones at rest, as far as the network on the screen can take their weights."""

    def __init__(self, session: Session, history: History, curves: CurvesView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.history = history
        self.curves = curves
        self._known: dict[int, _Known] = {}  # by place
        self._measuring = Measuring()
        self._asked: bool | None = None  # live (True) or at rest; None: nothing
        self._left_out = ""
        self._soon = QTimer(self, interval=_COLLECT_MS, singleShot=True)
        self._soon.timeout.connect(self._collect)
        session.framed.connect(self._frame)
        session.prepared.connect(lambda _scenes: self._begin())
        session.phase_changed.connect(lambda _phase: self._collect())
        history.grew.connect(self._later)
        curves.runs_changed.connect(self._later)
        curves.with_sharpness.toggled.connect(lambda _on: self._see())
        curves.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask when the curves come into sight, and no longer once they are gone."""
        if watched is self.curves and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._see()
        return super().eventFilter(watched, event)

    @property
    def _visible(self) -> bool:
        return self.curves.isVisible() and self.curves.with_sharpness.isChecked()

    def _see(self) -> None:
        if self._visible:
            self._collect()
        elif self._asked is not None:
            self._asked = None
            self.session.watch(VIEW, None)

    def _begin(self) -> None:
        self._measuring, self._asked = Measuring(), None  # the thread has forgotten its views
        self._collect()

    def _later(self) -> None:
        if self._visible and not self._soon.isActive():
            self._soon.start()

    # -- asked ---------------------------------------------------------------------------------------------------

    def _runs(self) -> list[tuple[Record, int, bool]]:
        """Return the runs to look at, with their places and whether they are of the job, those first."""
        history = self.history
        shown = {run.place for run in self.curves.runs if run.visible}
        past = [(record, place, False) for record, place in zip(history.past, history.places, strict=True)]
        current = [(record, place, True) for place, record in enumerate(history.current, history.place)]
        there = {place for _, place, _ in (*past, *current)}
        self._known = {place: known for place, known in self._known.items() if place in there}
        return [run for run in current if run[1] in shown] + [run for run in past[::-1] if run[1] in shown][:_MOST_PAST]

    def _collect(self) -> None:
        """See which rows there are now, and have those measured that are not known."""
        scene = self.session.scene
        if not self._visible or scene is None:
            return
        training = self.session.phase is Phase.TRAINING
        wanted: list[Wanted] = []
        left_out: list[tuple[str, str]] = []
        for record, place, current in self._runs():
            kept = list(record.rows)
            known = self._known.get(place)
            if known is None or known.start is not record.rows[kept[0]]:
                known = self._known[place] = _Known(record.rows[kept[0]])
            reason = unlike(record, scene.experiment)
            if reason and not known.points:
                left_out.append((record.name, reason))
            if reason or (training and not current):
                continue
            epochs = coarse_to_fine(kept, grows=current and training)
            wanted += [
                Wanted((place, epoch), record.rows[epoch], l2_at(record, epoch))
                for epoch in epochs
                if epoch not in known.points
            ]
        self._left_out = not_of(left_out)
        before, self._measuring.wanted = self._measuring.wanted, tuple(wanted)
        # While it trains, each time it takes up what is wanted then; at rest nothing else tells it to look again.
        again = not training and {one.key for one in wanted} - {one.key for one in before}
        if self._asked is not training or again:
            self._asked = training
            probe = self._measuring.one if training else self._measuring.all
            rate = min(_RATE, _RATE_OF_ONE / scene.architecture.parameters)
            self.session.watch(VIEW, probe, rate=rate)
        self._show()

    # -- shown ---------------------------------------------------------------------------------------------------

    def _frame(self, view: str, picture: Any) -> None:
        if view == VIEW and self._asked is not None:
            for (place, epoch), largest in picture.items():
                if place in self._known:
                    self._known[place].points[epoch] = largest
            self._show()

    def _show(self) -> None:
        measured = {place: known.points for place, known in self._known.items()}
        values = [value for points in measured.values() for value in points.values()]
        note = self._left_out
        if not values and self._measuring.wanted:
            note = self.tr("Measuring …")
        elif values and not any(value > 0 for value in values):
            note = self.tr("Nothing to draw: λ is 0, below it, or not a number.")
        self.curves.show_sharpness(measured, note)


def not_of(runs: Sequence[tuple[str, str]]) -> str:
    """Say of which runs λ is not measured: pairs of a name and a reason."""
    words = QCoreApplication.translate("Sharpness", "Not of {0}: {1} than now.")
    return " ".join(words.format(name, reason) for name, reason in runs)


def l2_at(record: Record, epoch: int) -> float:
    """Return the L2 penalty that a run had in the epoch that ended there."""
    step = np.interp(epoch, record.curves["epoch"], record.curves["step"]) if len(record.curves) else 0
    changes = [change.new for change in record.interventions if change.path == _L2 and change.step < step]
    return changes[-1] if changes else record.experiment.training.penalty.l2
