"""Which moment is shown: now, or a kept epoch of a run; and playing from one to the next."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal

from app.timeline.moment import Moment, Travelled, nearest, unlike
from app.work.history import History
from app.work.session import Phase, Session

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
WHOLE = 10.0  # seconds in which a whole run plays at speed 1
_PLAY_MS = 33
_GROW_MS = 500  # between two looks at runs that train


class TimeTravel(QObject):
    """Shows one moment at a time. It ends when training goes on or another job begins.

    moved: another moment is shown (Moment), or now again (None). listed: runs have come, gone or grown.
    playing_changed: whether it plays. ``runs`` are all runs, past ones first. clock: tells seconds.
    """

    moved = Signal(object)
    listed = Signal()
    playing_changed = Signal(bool)

    def __init__(
        self,
        history: History,
        session: Session,
        parent: QObject | None = None,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        super().__init__(parent)
        self.history = history
        self.session = session
        self.clock = clock
        self.runs: tuple[Travelled, ...] = ()
        self.moment: Moment | None = None
        self.speed = 1.0
        self._at = 0.0  # epochs, while it plays
        self._then = 0.0  # seconds
        self._timer = QTimer(self, interval=_PLAY_MS)
        self._timer.timeout.connect(self._play_on)
        self._soon = QTimer(self, interval=_GROW_MS, singleShot=True)
        self._soon.timeout.connect(self.look)
        history.changed.connect(self.look)
        history.grew.connect(lambda: None if self._soon.isActive() else self._soon.start())
        history.cleared.connect(self.now)
        session.prepared.connect(lambda _scenes: self.look())
        session.run_changed.connect(lambda _run: self._restart())
        session.phase_changed.connect(self._phase_changed)

    # -- what there is -------------------------------------------------------------------------------------------

    @property
    def run(self) -> Travelled | None:
        """The run whose moments can be shown: that of the moment, else the one that canvas and output show."""
        place = self.history.place + self.session.run if self.moment is None else self.moment.place
        return next((run for run in self.runs if run.place == place), None)

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs of that run that can be shown, in order."""
        return () if self.run is None else self.run.epochs

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def look(self) -> None:
        """See which runs there are now, and how far they have come."""
        history, scene = self.history, self.session.scene
        found = [(record, place, None) for record, place in zip(history.past, history.places, strict=True)]
        runs = [*found, *((record, history.place + run, run) for run, record in enumerate(history.current))]
        self.runs = tuple(
            Travelled(record, place, run, "" if scene is None else unlike(record, scene.experiment))
            for record, place, run in runs
        )
        if self.moment is not None and not self.epochs:  # its run was deleted
            self.now()
        self.listed.emit()

    def _phase_changed(self, phase: Phase) -> None:
        if phase in (Phase.IDLE, Phase.PREPARING, Phase.TRAINING):
            self.now()

    def _restart(self) -> None:
        self.now()
        self.look()

    # -- moves ---------------------------------------------------------------------------------------------------

    def choose(self, place: int) -> None:
        """Go to another run: to the end of a past one, to now in one of the job."""
        run = next((run for run in self.runs if run.place == place), None)
        if run is None or run is self.run:
            return
        if run.run is not None:
            self.now()
            self.session.show(run.run)
        elif run.epochs:
            self._go(run, run.epochs[-1])

    def show(self, epoch: float) -> None:
        """Show the kept epoch of the run that is next to this one."""
        if self.run is not None and self.epochs:
            self._go(self.run, nearest(self.epochs, epoch))

    def step(self, by: int) -> None:
        """Go some kept epochs on, or back where ``by`` is negative; behind the last one of the run under way is now."""
        self.play(False)
        run, epochs = self.run, self.epochs
        if run is None or not epochs:
            return
        at = run.record.epochs if self.moment is None else self.moment.epoch
        place = bisect_left(epochs, at) + by if by < 0 else bisect_right(epochs, at) + by - 1
        if place >= len(epochs) and run.run is not None:
            self.now()
        else:
            self._go(run, epochs[min(max(place, 0), len(epochs) - 1)])

    def first(self) -> None:
        """Show the start weights."""
        self.show(0)

    def best(self) -> None:
        """Show the best epoch, or the kept one that is next to it."""
        if self.run is not None:
            self.show(self.run.record.best_epoch)

    def last(self) -> None:
        """Show the last kept epoch."""
        if self.epochs:
            self.show(self.epochs[-1])

    def now(self) -> None:
        """Go back to the run as it is."""
        self.play(False)
        if self.moment is not None:
            self.moment = None
            self.moved.emit(None)

    def _go(self, run: Travelled, epoch: int) -> None:
        self._at = float(epoch)
        if self.moment is None or (self.moment.place, self.moment.epoch) != (run.place, epoch):
            self.moment = Moment(run.record, run.place, epoch)
            self.moved.emit(self.moment)

    # -- playing -------------------------------------------------------------------------------------------------

    def play(self, on: bool) -> None:
        """Show one moment after the other, from the start once the end was reached; or stop."""
        on = on and len(self.epochs) > 1
        if on == self.playing:
            return
        if on:
            if self.moment is None or self.moment.epoch >= self.epochs[-1]:
                self.first()
            assert self.moment is not None
            self._at, self._then = float(self.moment.epoch), self.clock()
            self._timer.start()
        else:
            self._timer.stop()
        self.playing_changed.emit(on)

    def _play_on(self) -> None:
        run, epochs = self.run, self.epochs
        if run is None or not epochs:
            self.play(False)
            return
        now = self.clock()
        at = self._at + (now - self._then) * self.speed * (epochs[-1] - epochs[0]) / WHOLE
        self._then = now
        self._go(run, epochs[max(bisect_right(epochs, at) - 1, 0)])
        self._at = at
        if at >= epochs[-1]:
            self.play(False)
