"""Themes, real runs, scenes with their pictures, and hands that move a mouse."""

import math
from collections.abc import Generator, Sequence
from time import thread_time
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.plots.run_curves import RunCurves
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.work.messages import Scene
from core.datasets.load import load
from core.experiment.architecture import architecture
from core.experiment.experiment import read_experiment
from core.experiment.variants import Run
from core.runs.curves import COLUMNS, Curves
from core.runs.record import Intervention, Record
from core.runs.recorder import Recorder
from core.training.loop import prepare, train


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light")
    theme.apply()
    return theme


@pytest.fixture
def icons(theme: Theme) -> Icons:
    return Icons(theme)


def small(name: str = "Small", **data: Any) -> Run:
    """Return a run that trains within a moment; data: settings of the data, loss and epochs those of training."""
    training = {"loss": data.pop("loss", "binary_cross_entropy"), "epochs": data.pop("epochs", 8), "device": "cpu"}
    if "early_stopping" in data:
        training["early_stopping"] = data.pop("early_stopping")
    source = data.pop("source", {"kind": "circle", "samples": 120})
    layers = [{"kind": "dense", "id": "one", "name": "Dense 1", "units": data.pop("units", 5)}]
    return Run(
        name,
        read_experiment(
            {"name": name, "data": {"source": source} | data, "network": {"layers": layers}, "training": training}
        ),
    )


class Lab:
    """Trains for real, makes scenes and pictures, and measures."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def record(self, run: Run) -> Record:
        """Return what a run did; the same one is trained once."""
        key = f"{run.name}{run.experiment.model_dump_json()}"
        if key not in self._records:
            recorder = Recorder([run])
            for events in train(prepare([run])):
                recorder.take(events)
            self._records[key] = recorder.record(0)
        return self._records[key]

    def small(self, name: str = "Small", **settings: Any) -> Record:
        """Return what a small run did."""
        return self.record(small(name, **settings))

    @staticmethod
    def scene(record: Record) -> Scene:
        """Return what a run computed with."""
        experiment = record.experiment
        dataset = load(experiment.data)
        return Scene(experiment, architecture(experiment, dataset.facts), dataset)

    @staticmethod
    def drive(work: Generator[None, None, Any]) -> Any:
        """Return the picture of a probe."""
        while True:
            try:
                next(work)
            except StopIteration as done:
                return done.value

    @staticmethod
    def quickest(call: Any, times: int = 25) -> float:
        """Return the seconds of a call in the machine's best moment: others may be at work on it."""
        found = math.inf
        for _ in range(times):
            start = thread_time()
            call()
            found = min(found, thread_time() - start)
        return found


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()


def curves(epochs: int, diverges: int | None = None, noise: float = 0.02, accuracy: bool = True) -> Curves:
    """Return curves of so many epochs, from 0 on, NaN from the epoch at which they diverge."""
    draws = np.random.default_rng(0)
    epoch = np.arange(epochs + 1.0)
    loss = 0.7 * np.exp(-epoch / 40) + 0.05 + noise * draws.random(len(epoch))
    columns = {
        "epoch": epoch,
        "step": epoch * 10,
        "train_loss": loss,
        "validation_loss": loss * 1.2 + 0.02,
        "train_accuracy": 1 - loss if accuracy else np.full_like(loss, np.nan),
        "validation_accuracy": 0.95 - loss if accuracy else np.full_like(loss, np.nan),
        "penalty": np.zeros_like(loss),
        "learning_rate": np.full_like(loss, 0.03),
        "waited": np.zeros_like(loss),
        "seconds": epoch * 0.02,
    }
    values = np.stack([columns[column] for column in COLUMNS], axis=1)
    if diverges is not None:
        values[diverges:, 2:6] = np.nan
    return Curves(values, np.ones(len(values), np.int64))


def a_run(name: str = "run", place: int = 0, epochs: int = 100, **more: Any) -> RunCurves:
    """Return a run for the plots."""
    made = more.pop("curves", None) or curves(epochs)
    return RunCurves(name, place, made, **({"best_epoch": min(60, epochs)} | more))


def change(step: int, old: float, new: float) -> Intervention:
    """Return a changed learning rate."""
    return Intervention(step, "training.optimizer.learning_rate", old, new)


class Hand:
    """Moves the mouse for real."""

    @staticmethod
    def move(widget: QWidget, place: QPoint | QPointF) -> None:
        """Move to a place of a widget."""
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

    @staticmethod
    def draw(widget: QWidget, points: Sequence[tuple[float, float]]) -> None:
        """Draw a line through points in 0 … 1 of a square widget."""
        side = min(widget.width(), widget.height())
        places = [QPoint(round(x * side), round(y * side)) for x, y in points]
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[0])
        for place in places[1:]:
            QTest.mouseMove(widget, place)
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[-1])


@pytest.fixture
def hand() -> Hand:
    return Hand()


class Make:
    """Makes curves and runs without training."""

    curves = staticmethod(curves)
    run = staticmethod(a_run)
    change = staticmethod(change)


@pytest.fixture
def make() -> Make:
    return Make()
