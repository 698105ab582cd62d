"""The Qt side of the background thread: what is training now, told to the window by a timer's drain of the outbox."""

from collections.abc import Mapping
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal

from app.work.garbage import Garbage
from app.work.messages import (
    VIEW_SHARE,
    Answered,
    Asked,
    Failed,
    Frame,
    Go,
    Going,
    Happened,
    Over,
    Pause,
    Paused,
    Prepare,
    Prepared,
    Probe,
    Progress,
    Quit,
    Ready,
    Scene,
    Supposed,
    Tell,
    Undrawn,
    Watch,
)
from app.work.worker import Worker
from core.experiment.memory import KEEP_BYTES
from core.experiment.variants import Run
from core.training.events import Change, Order, Row, State

_DRAIN_MS = 30


class Phase(Enum):
    """What the session is doing."""

    IDLE = "idle"  # no job, or one that failed to start
    PREPARING = "preparing"  # torch or data are being loaded
    PAUSED = "paused"
    TRAINING = "training"
    OVER = "over"  # all runs of the job have ended


class Session(QObject):
    """Trains on request and tells what happens. It posts orders and never touches the generator.

    ``run`` is the run of the job that canvas and output show, by its place; a new job begins with its first one.

    phase_changed: the phase. prepared: scenes (tuple[Scene, ...]) by run. run_changed: another run of the same job is
    shown. happened: events (tuple[Event, ...]) in order. supposed: a weight of a run that has ended was set by hand
    (Edited), which its views show and its record does not. framed: view name and picture. progressed: bytes done and in
    all. failed: sentence and trace.
    """

    phase_changed = Signal(object)
    prepared = Signal(object)
    run_changed = Signal(int)
    happened = Signal(object)
    supposed = Signal(object)
    framed = Signal(str, object)
    progressed = Signal(int, int)
    failed = Signal(str, str)
    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.phase = Phase.IDLE
        self.scenes: tuple[Scene, ...] = ()
        self.run = 0
        self.torch_version = ""
        self.keep_bytes = KEEP_BYTES  # what the kept rows of the next job may take
        self._job = 0
        self._waiting: list[Asked] = []  # asked before the job was ready
        self._worker = Worker()
        self._garbage = Garbage()
        self._timer = QTimer(self, interval=_DRAIN_MS)
        self._timer.timeout.connect(self.drain)

    def start(self) -> None:
        """Start the thread; torch is loaded in it."""
        self._garbage.start()
        self._worker.start()
        self._timer.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._timer.stop()
        self._worker.cancelled.set()
        self._worker.inbox.put(Quit())
        if self._worker.is_alive():
            self._worker.join(timeout=10)
        self._garbage.stop()

    @property
    def scene(self) -> Scene | None:
        """What the run that is shown computes with; None while no job is ready."""
        return self.scenes[self.run] if self.scenes else None

    def show(self, run: int) -> None:
        """Show another run of the job."""
        if run != self.run and 0 <= run < len(self.scenes):
            self.run = run
            self.run_changed.emit(run)

    # -- asked by the window -------------------------------------------------------------------------------------

    def prepare(self, runs: tuple[Run, ...], states: Mapping[int, State] | None = None) -> None:
        """Make a new job of these runs, in place of the one before; training waits for ``go``."""
        self._job += 1
        self.scenes, self.run = (), 0
        self._waiting.clear()
        self._worker.cancelled.set()  # of a download for the job before
        self._worker.inbox.put(Prepare(self._job, runs, states or {}, self.keep_bytes))
        self._set_phase(Phase.PREPARING)

    def clear(self) -> None:
        """Forget the job; there is no other."""
        self._job += 1
        self.scenes, self.run = (), 0
        self._waiting.clear()
        self._worker.cancelled.set()  # of a download for it
        self._worker.inbox.put(Pause())
        self._set_phase(Phase.IDLE)

    def go(self, steps: int | None = None, epochs: int | None = None, rate: float | None = None) -> None:
        """Train on: without end, or for some steps or epochs; at most ``rate`` steps a second."""
        self._ask(Go(steps, epochs, rate))

    def pause(self) -> None:
        """Pause; a go that still waits for the job is forgotten."""
        self._waiting = [asked for asked in self._waiting if not isinstance(asked, Go)]
        self._ask(Pause())

    def change(self, path: str, value: float, run: int | None = None) -> None:
        """Change a setting while it trains, from the next step on; raises Mistake for a value beyond its limits."""
        self.tell(Change(path, value, run))

    def tell(self, order: Order) -> None:
        """Send an order to the training."""
        self._ask(Tell(order))

    def watch(
        self,
        view: str,
        probe: Probe | None,
        run: int | None = None,
        rate: float = 20.0,
        row: Row | None = None,
        share: float = VIEW_SHARE,
    ) -> None:
        """Keep frames of a view of this job coming; a probe of None ends it. Ask once the job is ``prepared``.

        run: None for the one that is shown now; ask anew when that changes.
        """
        self._worker.inbox.put(Watch(view, probe, self.run if run is None else run, rate, row, share))

    def cancel_download(self) -> None:
        """Break off the download that a job waits for."""
        self._worker.cancelled.set()

    def _ask(self, asked: Asked) -> None:
        if self.phase is Phase.PREPARING:
            self._waiting.append(asked)
        elif self.phase is not Phase.IDLE:
            self._worker.inbox.put(asked)

    # -- answered by the thread ----------------------------------------------------------------------------------

    def drain(self) -> None:
        """Take all answers; those of an earlier job are ignored."""
        self._garbage.look()
        for answer in self._worker.outbox.take():
            if isinstance(answer, Ready):
                self.torch_version = answer.torch_version
                self.ready.emit(answer.torch_version)
            elif answer.job == self._job:
                self._take(answer)

    def _take(self, answer: Answered) -> None:
        if isinstance(answer, Happened):
            self.happened.emit(answer.events)
        elif isinstance(answer, Supposed):
            self.supposed.emit(answer.edited)
        elif isinstance(answer, Frame):
            self.framed.emit(answer.view, answer.picture)
        elif isinstance(answer, Prepared):
            self.scenes = answer.scenes
            self.prepared.emit(answer.scenes)
            self._set_phase(Phase.PAUSED)
            waiting, self._waiting = self._waiting, []
            for asked in waiting:
                self._worker.inbox.put(asked)
        elif isinstance(answer, Progress):
            self.progressed.emit(answer.done, answer.total)
        elif isinstance(answer, Going):
            self._set_phase(Phase.TRAINING)
        elif isinstance(answer, Paused):
            self._set_phase(Phase.PAUSED)
        elif isinstance(answer, Over):
            self._set_phase(Phase.OVER)
        elif isinstance(answer, Undrawn):
            self.failed.emit(answer.sentence, answer.trace)
        elif isinstance(answer, Failed):
            self._waiting.clear()
            self._set_phase(Phase.IDLE)
            self.failed.emit(answer.sentence, answer.trace)

    def _set_phase(self, phase: Phase) -> None:
        if phase is not self.phase:
            self.phase = phase
            self.phase_changed.emit(phase)
