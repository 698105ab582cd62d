"""The tab with a real background thread, in a window of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.gradients.part import GradientsPart
from app.plots.curves import CurvesView
from app.plots.runs_table import RunsTable
from app.shell.icons import Icons
from app.shell.runs import RunsBoard
from app.shell.selection import Selection
from app.shell.theme import Theme
from app.work.history import History
from app.work.messages import Probe, Scene
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment, read_experiment
from core.training.events import Event, Order, Row

WAIT = 20_000


def experiment(units: tuple[int, ...] = (4, 3), activation: str = "tanh", **training: Any) -> Experiment:
    """Return an experiment that trains within a moment."""
    layers = [
        {"kind": "dense", "id": f"l{place}", "name": f"Dense {place + 1}", "units": count, "activation": activation}
        for place, count in enumerate(units)
    ]
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 80}},
            "network": {"layers": layers},
            "training": {"epochs": 100_000, "batch_size": 10, "device": "cpu"} | training,
        }
    )


def driven(probe: Probe, scene: Scene, row: Row) -> Any:
    """Return the frame of a probe."""
    work = probe(scene, row)
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


@dataclass
class Stage:
    """The tab on a document, with ears for what it asks."""

    qtbot: QtBot
    document: Document
    session: Session
    trainer: Trainer
    history: History
    selection: Selection
    part: GradientsPart
    board: RunsBoard
    watched: list[tuple[str, bool]] = field(default_factory=list)  # views, and whether for a frame
    ordered: list[Order] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def until(self, done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=WAIT)

    def open(self, width: int = 830, height: int = 220) -> None:
        self.part.widget.resize(width, height)
        self.part.widget.show()
        self.qtbot.waitExposed(self.part.widget)

    def start(self, wanted: Experiment | None = None) -> None:
        """Put an experiment on the screen, and wait until it can be trained."""
        if wanted is not None:
            self.document.open(wanted, None)
        else:
            self.trainer.rewind()
        self.ready()
        self.until(lambda: self.history.current)

    def ready(self) -> None:
        self.until(lambda: self.session.phase is Phase.PAUSED)

    def train(self, epochs: int) -> None:
        before = self.history.current[0].epochs
        self.session.go(epochs=epochs)
        self.until(lambda: self.history.current[0].epochs >= before + epochs)
        self.until(lambda: self.session.phase is not Phase.TRAINING)


@pytest.fixture
def icons(qapp: object) -> Icons:
    theme = Theme("light")
    theme.apply()
    return Icons(theme)


@pytest.fixture
def stage(qtbot: QtBot, icons: Icons, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    session = Session()
    document = Document(experiment())
    trainer = Trainer(document, session)
    history = History(session)
    trainer.starting.connect(history.begin)
    selection, curves, table = Selection(), CurvesView(icons.theme, icons), RunsTable(icons.theme)
    board = RunsBoard(document, history, trainer, curves, table)
    part = GradientsPart(document, session, history, trainer, selection, curves, icons)
    for widget in (part.widget, curves, curves.controls, table):
        qtbot.addWidget(widget)
    stage = Stage(qtbot, document, session, trainer, history, selection, part, board)
    session.happened.connect(stage.events.extend)
    watch, tell = session.watch, session.tell

    def heard_watch(view: str, probe: Probe | None, *rest: Any, **options: Any) -> None:
        stage.watched.append((view, probe is not None))
        watch(view, probe, *rest, **options)

    def heard_tell(order: Order) -> None:
        stage.ordered.append(order)
        tell(order)

    monkeypatch.setattr(session, "watch", heard_watch)
    monkeypatch.setattr(session, "tell", heard_tell)
    session.start()
    yield stage
    session.stop()
    document.close()


@pytest.fixture
def make() -> Any:
    """Make small experiments: ``make((units, …), activation, **training)``."""
    return experiment


@pytest.fixture
def drive() -> Any:
    """Drive a probe without a thread: ``drive(probe, scene, row)``."""
    return driven
