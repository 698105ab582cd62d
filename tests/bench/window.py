"""The benchmark of the window: what drawing costs training, how late the event loop is, how soon it opens and trains.

Run by ``python3 packaging/dev.py bench window [--json] [--rounds N]``, on the screen that there is, or else offscreen.
Training with the window and without it alternate in one process, a ratio per round.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QElapsedTimer, QEvent, QEventLoop, QObject, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.shell.compose import Program
from app.work.session import Phase
from core.datasets.load import load
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Run, override
from core.training.events import Look, Looked
from tests.bench.measure import ROOT, Row, options, report, row

SECONDS = 3.0  # of training in a round
STARTS = 7
TICK_MS = 20  # more often, and the measurement itself would take a share of the time

# Not those of run.py, which imports torch: how it loads behind the window is measured here.
SPIRAL = {
    "data": {"source": "spiral", "features": ["x1", "x2", "x1_x2", "sin_x1", "sin_x2"]},
    "network": {"layers": [{"kind": "dense", "units": 8, "activation": "tanh"}] * 2},
    "training": {"optimizer": "adam", "batch_size": 10},
}
MNIST = {
    "data": {"source": "mnist"},
    "network": {
        "layers": [
            {"kind": "dense", "units": 128, "activation": "relu"},
            {"kind": "dropout", "rate": 0.3},
            {"kind": "dense", "units": 64, "activation": "relu"},
            {"kind": "dropout", "rate": 0.3},
        ]
    },
    "training": {"loss": "cross_entropy", "optimizer": "adam", "batch_size": 128},
}
EMPTY = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph
qt = QApplication(sys.argv[:1])
window = QMainWindow()
window.resize(1440, 900)
window.setCentralWidget(pyqtgraph.PlotWidget())
window.show()
QTimer.singleShot(0, lambda: (window.grab(), os._exit(0)))
qt.exec()
"""
OURS = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication
from app.main import launch
qt = QApplication(sys.argv[:1])
folder = Path(sys.argv[1])
program = launch(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat), folder, worker=False)
QTimer.singleShot(0, lambda: (program.window.grab(), os._exit(0)))
qt.exec()
"""


def wait(seconds: float, done: Callable[[], bool] | None = None) -> bool:
    """Run the event loop as the program does, for some seconds or until something is true; return whether it is."""
    loop, poll = QEventLoop(), QTimer()
    if done is not None:
        poll.timeout.connect(lambda: loop.quit() if done() else None)
        poll.start(TICK_MS)
    QTimer.singleShot(round(seconds * 1000), loop, loop.quit)
    loop.exec()
    return done is not None and done()


class Lateness(QObject):
    """Ticks each few milliseconds and notes by how much each tick of the event loop came too late."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []  # milliseconds
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin to note."""
        self._clock.start()
        self._timer.start()

    def stop(self) -> None:
        """Note no more."""
        self._timer.stop()

    def _tick(self) -> None:
        self.late.append(max(0.0, self._clock.nsecsElapsed() / 1e6 - TICK_MS))
        self._clock.restart()

    def p99(self) -> float:
        """Return the lateness that one tick in a hundred exceeds."""
        return statistics.quantiles(self.late, n=100)[98]


class Paints(QObject):
    """Counts how often widgets are painted."""

    def __init__(self, widgets: dict[str, QWidget]) -> None:
        super().__init__()
        self.counts = dict.fromkeys(widgets, 0)
        self.on = False
        self._widgets = widgets  # their wrappers must live on for their ids to count
        self._names = {id(widget): name for name, widget in widgets.items()}
        for widget in widgets.values():
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count."""
        if self.on and event.type() == QEvent.Type.Paint:
            self.counts[self._names[id(watched)]] += 1
        return False


def endless(values: dict[str, object], epochs: int) -> Experiment:
    """Return an experiment that does not end within the measurement."""
    return override(read_experiment(values), {"training.epochs": epochs, "training.early_stopping": None})


class Windowed:
    """The program on an experiment, trained for some seconds at a time."""

    def __init__(self, experiment: Experiment) -> None:
        folder = Path(tempfile.mkdtemp())
        self.program = Program(experiment, QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat), folder)
        self.program.window.resize(1440, 900)
        self.lateness = Lateness()
        self.opening = Lateness()
        self.program.start()
        wait(0.1)  # the window is there
        self.opening.start()
        self._until(lambda: self.program.session.phase is Phase.PAUSED, 60)
        wait(1.5)
        self.opening.stop()
        program = self.program
        views: dict[str, QWidget] = {
            "canvas": program.canvas.view.viewport(),
            "curves": program.curves.board.viewport(),
        }
        if program.session.scenes[0].dataset.facts.plane:
            views["boundary"] = program.output.boundary.surface.viewport()
        self._views = views
        self.paints = Paints(views)
        # Where an epoch takes a second there is seldom anything new in the curves: they are drawn all the same.
        self._growing = QTimer(interval=90)
        self._growing.timeout.connect(program.history.grew)
        self.seconds = 0.0
        self.step = 0
        program.session.happened.connect(self._take)

    def _take(self, events: tuple[object, ...]) -> None:
        for event in events:
            if isinstance(event, Looked):
                self.step = event.step

    def _until(self, done: Callable[[], bool], seconds: float) -> None:
        if not wait(seconds, done):
            raise TimeoutError

    def _look(self) -> int:
        self.step = -1
        self.program.session.tell(Look(0))
        self._until(lambda: self.step >= 0, 10)
        return self.step

    def train(self) -> float:
        """Train with all views live; return seconds a step."""
        session = self.program.session
        before = self._look()
        self.paints.on = True
        self.lateness.start()
        if "boundary" not in self._views:
            self._growing.start()
        self.program.window.train()
        self._until(lambda: session.phase is Phase.TRAINING, 10)
        start = perf_counter()
        wait(SECONDS)
        session.pause()
        self._until(lambda: session.phase is Phase.PAUSED, 10)
        seconds = perf_counter() - start
        self.lateness.stop()
        self._growing.stop()
        self.paints.on = False
        self.seconds += seconds
        steps = self._look() - before
        wait(0.5)  # the last frames
        return seconds / steps

    def latency(self) -> float:
        """Return the seconds from the press of Train to the first step."""
        session = self.program.session
        self.program.trainer.rewind()
        self._until(lambda: session.phase is Phase.PAUSED, 60)
        wait(0.5)
        start = perf_counter()
        QTest.keyClick(self.program.window, Qt.Key.Key_Space)
        self._until(lambda: session.phase is Phase.TRAINING, 10)
        while self._look() == 0:
            pass
        took = perf_counter() - start
        session.pause()
        self._until(lambda: session.phase is Phase.PAUSED, 10)
        return took

    def close(self) -> None:
        """End it."""
        self.program.window.hide()
        self.program.stop()


class Headless:
    """The same run in a thread of its own, with nothing to draw."""

    def __init__(self, experiment: Experiment) -> None:
        from core.training.loop import prepare, train

        self.work = train(prepare([Run("headless", experiment)], load=load))
        next(self.work)

    def train(self) -> float:
        """Train for a while; return seconds a step."""
        took: list[float] = []

        def train() -> None:
            start, before = perf_counter(), self._look()
            while perf_counter() - start < SECONDS:
                next(self.work)
            took.append((perf_counter() - start) / (self._look() - before))

        thread = threading.Thread(target=train)
        thread.start()
        thread.join()
        return took[0]

    def _look(self) -> int:
        return next(event.step for event in self.work.send(Look()) if isinstance(event, Looked))


def training_rows(name: str, experiment: Experiment, kept: float, rounds: int) -> Iterator[Row]:
    """Steps a second with the window against without; frames a second; lateness of the event loop."""
    windowed, headless = Windowed(experiment), Headless(experiment)
    windowed.train()
    headless.train()
    windowed.lateness.late.clear()
    windowed.paints.counts = dict.fromkeys(windowed.paints.counts, 0)
    windowed.seconds = 0.0
    pairs = [(headless.train(), windowed.train()) for _ in range(rounds)]
    yield row(f"{name}: steps/s kept with all views live", [p[0] for p in pairs], [p[1] for p in pairs], kept)
    for view, count in windowed.paints.counts.items():
        yield figure(f"  {view}: redraws a second", count / windowed.seconds, 10, at_least=True)
    yield figure("  lateness of the event loop, p99, ms", windowed.lateness.p99(), 30)
    yield figure("  lateness of the event loop, most, ms", max(windowed.lateness.late), 150)
    yield figure("  from Train to the first step, s", statistics.median(windowed.latency() for _ in range(3)), 0.3)
    yield figure("  longest stall while the program opens and torch loads, ms", max(windowed.opening.late), 300)
    windowed.close()


def figure(name: str, value: float, bar: float, *, at_least: bool = False) -> Row:
    """Return the line of a single figure."""
    return Row(name, value, value, value, bar, at_least, "")


def start_row() -> Row:
    """Time to the first picture of the window against that of an empty one, processes in turn."""
    folder = tempfile.mkdtemp()
    # As on a student's computer: what the warm-up has compiled is there the next time.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def started(source: str) -> float:
        start = perf_counter()
        subprocess.run([sys.executable, "-c", source, folder], check=True, env=environment, cwd=ROOT)
        return perf_counter() - start

    started(EMPTY)
    started(OURS)
    pairs = [(started(OURS), started(EMPTY)) for _ in range(STARTS)]
    ours, empty = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return row("start to the first picture, against an empty window", ours, empty, 2.5, at_least=False)


def rows(rounds: int) -> Iterator[Row]:
    """Measure everything."""
    yield start_row()
    yield from training_rows("spiral 5-8-8-1", endless(SPIRAL, 100_000), 0.8, rounds)
    mnist = endless(MNIST, 1_000)
    load(mnist.data)
    yield from training_rows("MNIST 784-128-64-10", mnist, 0.9, rounds)


def main(doc: str | None = __doc__, measured: Callable[[int], Iterator[Row]] = rows) -> int:
    """Print the table of some measurements in a window; exit 1 if a bar is missed."""
    arguments = options(doc).parse_args()
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qt = QApplication(sys.argv[:1])
    head = f"screen: {qt.platformName()}; {os.cpu_count()} cores; medians, with quartiles"
    return report(head, measured(arguments.rounds), arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
