"""How far training has come: epoch, step, steps a second and the time that is left."""

from collections import deque
from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from app.work.session import Phase, Session
from core.training.events import Begun, Ended, EpochDone, Event, Look, Looked, Stepped

_LOOK_MS = 250
_WINDOW = 3.0  # seconds that the speed is measured over
_SHOW_MS = 100  # between two changes that are told while it trains: more cannot be read
_SHORTEST = 0.4  # seconds before a speed is told at all


class Pace:
    """The speed of training, from the steps seen at some times."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def start(self) -> None:
        """Forget what was before a pause."""
        self._seen.clear()

    def note(self, now: float, step: int) -> None:
        """Note the step at a time in seconds."""
        self._seen.append((now, step))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW:
            self._seen.popleft()

    @property
    def steps_per_second(self) -> float | None:
        """The speed, None while it is too early to tell."""
        if not self._seen:
            return None
        seconds = self._seen[-1][0] - self._seen[0][0]
        steps = self._seen[-1][1] - self._seen[0][1]
        return steps / seconds if seconds >= _SHORTEST and steps > 0 else None


class Progress(QObject):
    """Follows the run of the job that is shown.

    While it trains it looks a few times a second, for an epoch may take long; it looks once more when it pauses.
    """

    changed = Signal()

    def __init__(self, session: Session, clock: Callable[[], float] = monotonic, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.clock = clock
        self.epoch = 0
        self.step = 0
        self.begun: Begun | None = None
        self.pace = Pace()
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._soon = QTimer(self, interval=_SHOW_MS, singleShot=True)
        self._soon.timeout.connect(self.changed)
        session.happened.connect(self._take)
        session.phase_changed.connect(self._phase)
        session.run_changed.connect(self._look)

    def seconds_left(self, epochs: int) -> float | None:
        """Return how long the run will take if it does all of its epochs; None where that cannot be told."""
        speed = self.pace.steps_per_second
        if speed is None or self.begun is None or self.session.phase is not Phase.TRAINING:
            return None
        return max(0.0, (epochs * self.begun.steps_per_epoch - self.step) / speed)

    def _take(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if event.run != self.session.run:
                continue
            if isinstance(event, Begun):
                self.begun, self.epoch, self.step = event, event.epoch, event.epoch * event.steps_per_epoch
                self.pace.start()
            elif isinstance(event, EpochDone | Looked | Stepped | Ended):
                self.epoch, self.step = event.epoch, event.step
                self.pace.note(self.clock(), event.step)
        if self.session.phase is not Phase.TRAINING:
            self.changed.emit()
        elif not self._soon.isActive():
            self._soon.start()

    def _look(self) -> None:
        self.session.tell(Look(self.session.run))

    def _phase(self, phase: Phase) -> None:
        if phase is Phase.TRAINING:
            self.pace.start()
            self._timer.start()
        else:
            self._timer.stop()
            if phase is Phase.PAUSED:
                self._look()
        self.changed.emit()


def duration(seconds: float) -> str:
    """Write a time as people say it: 12 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
