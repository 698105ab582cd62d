"""A dropout tab with a real background thread, in a window of its own."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.dropout.part import DropoutPart
from app.work.history import History
from app.work.messages import Probe
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment, read_experiment
from core.training.events import Row

WAIT = 20_000
TWINS = [
    {"name": "without", "settings": {"network.dropout": 0}},
    {"name": "half", "settings": {"network.dropout": 0.5}},
]


def small(*, dropout: bool = True, variants: list[dict[str, Any]] | None = None, **data: Any) -> Experiment:
    """Return an experiment that trains within a moment: twins, or as many runs as variants; data: its settings and the
    loss."""
    loss = data.pop("loss", "binary_cross_entropy")
    layers: list[dict[str, Any]] = [{"kind": "dense", "id": "one", "name": "Dense 1", "units": 6, "activation": "relu"}]
    if dropout:
        layers.append({"kind": "dropout", "id": "off", "name": "Dropout 1", "rate": 0.2})
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 80}} | data,
            "network": {"layers": layers},
            "training": {
                "epochs": 100_000,
                "batch_size": 10,
                "device": "cpu",
                "loss": loss,
                "optimizer": {"kind": "adam", "learning_rate": 0.03},
            },
            "variants": (TWINS if dropout else []) if variants is None else variants,
        }
    )


@dataclass
class Stage:
    """A dropout tab on a document."""

    qtbot: QtBot
    document: Document
    session: Session
    trainer: Trainer
    history: History
    part: DropoutPart
    asked: list[tuple[str, Probe | None]] = field(default_factory=list)

    def until(self, done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=WAIT)

    def ready(self) -> None:
        self.until(lambda: self.session.phase is Phase.PAUSED)

    def open(self, width: int = 900, height: int = 240) -> None:
        """Show the tab in a window of this size."""
        self.part.widget.resize(width, height)
        self.part.widget.show()
        self.qtbot.waitExposed(self.part.widget)
        view = self.part.widget
        self.until(lambda: view.seen or view.pages.currentIndex() == 1)

    def panel(self, plot: str) -> Any:
        """Return a plot that has been seen."""
        return self.part.widget.panels[plot]

    def show(self, plot: str) -> Any:
        """Choose a plot, and return it."""
        self.part.widget.chooser.choose(plot)
        self.until(lambda: plot in self.part.widget.seen)
        return self.panel(plot)

    def train(self, epochs: int) -> None:
        self.ready()
        before = self.history.current[0].epochs
        self.session.go(epochs=epochs)
        self.until(lambda: all(record.epochs == before + epochs for record in self.history.current))
        self.ready()

    def rows(self) -> Row:
        """Return the rows (K, P) that all runs keep now."""
        rows: Any = np.stack([record.row for record in self.history.current])
        found: Row = rows
        return found

    def frame(self, plot: str, drawn: Callable[[Any], bool]) -> Any:
        """Wait for a picture that is as it should be, and return it."""
        self.until(lambda: plot in self.part.frames and drawn(self.part.frames[plot]))
        return self.part.frames[plot]


def drive(work: Generator[Any, None, Any]) -> Any:
    """Return the picture of a probe."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def move(widget: QWidget, place: QPoint | QPointF) -> None:
    """Move the mouse to a place of a widget, for real."""
    point = QPointF(place)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        point,
        QPointF(widget.mapToGlobal(point)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)
