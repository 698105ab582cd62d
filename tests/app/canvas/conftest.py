"""A canvas on a document, and hands that point, click and drop on it."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.canvas.layout import Spot
from app.canvas.parts import Part, mime_of
from app.canvas.scene import Pair
from app.document.document import Document
from app.shell.selection import Selection
from app.shell.theme import Theme
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.network import Dense, Dropout

SPIRAL = {
    "data": {"features": ["x1", "x2", "x1_x2", "sin_x1", "sin_x2"]},
    "network": {
        "layers": [
            {"kind": "dense", "id": "a", "name": "Dense 1", "units": 8},
            {"kind": "dropout", "id": "p", "name": "Dropout 1", "rate": 0.2},
            {"kind": "dense", "id": "b", "name": "Dense 2", "units": 8, "activation": "relu"},
        ]
    },
}
DIGITS = {
    "data": {"source": "mnist"},
    "training": {"loss": "cross_entropy"},
    "network": {
        "layers": [
            {"kind": "dense", "id": "a", "name": "Dense 1", "units": 128, "activation": "relu"},
            {"kind": "dropout", "id": "p", "name": "Dropout 1", "rate": 0.3},
            {"kind": "dense", "id": "b", "name": "Dense 2", "units": 64, "activation": "relu"},
        ]
    },
}


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light")
    theme.apply()
    return theme


@pytest.fixture
def spiral() -> Experiment:
    return read_experiment(SPIRAL)


@pytest.fixture
def digits() -> Experiment:
    return read_experiment(DIGITS)


class Hands:
    """Does to a canvas what a person does, with real events."""

    def __init__(self, qtbot: QtBot, canvas: CanvasView, document: Document, selection: Selection) -> None:
        self.qtbot = qtbot
        self.canvas = canvas
        self.view = canvas.view
        self.document = document
        self.selection = selection
        self.hints: list[str] = []
        canvas.hint.connect(self.hints.append)

    @property
    def layers(self) -> tuple[Dense | Dropout, ...]:
        return self.document.experiment.network.layers

    @property
    def names(self) -> list[str]:
        return [layer.name for layer in self.layers]

    def dense(self, place: int) -> Dense:
        layer = self.layers[place]
        assert isinstance(layer, Dense)
        return layer

    def spot(self, kind: str, layer: str, unit: int | None = None) -> Spot:
        card = self.canvas.scene.network.card(layer)
        assert card is not None
        return next(s for s in card.spots if s.kind == kind and (unit is None or s.unit == unit))

    def on_screen(self, point: QPointF) -> QPoint:
        self.qtbot.waitUntil(lambda: not self.view.zoom.moving)  # nobody hits what still moves
        return self.view.mapFromScene(point)

    def at(self, kind: str, layer: str, unit: int | None = None) -> QPoint:
        return self.on_screen(self.spot(kind, layer, unit).rect.center())

    def point(self, at: QPoint) -> None:
        QTest.mouseMove(self.view.viewport(), at)

    def click(self, at: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        self.point(at)
        QTest.mouseClick(self.view.viewport(), button, Qt.KeyboardModifier.NoModifier, at)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def drag(self, start: QPoint, end: QPoint, drop: bool = True) -> None:
        viewport, left, none = self.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(viewport, left, none, start)
        for share in (0.1, 0.5, 1.0):
            QTest.mouseMove(viewport, start + (end - start) * share)
        if drop:
            QTest.mouseRelease(viewport, left, none, end)

    def carry(self, part: Part, at: QPoint, drop: bool = True) -> bool:
        """Drag a part of the palette over the canvas; return whether it would be taken there."""
        mime = mime_of(part)
        viewport = self.view.viewport()
        action, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(at, action, mime, button, none)
        QApplication.sendEvent(viewport, enter)
        move = QDragMoveEvent(at, action, mime, button, none)
        QApplication.sendEvent(viewport, move)
        welcome = move.isAccepted()
        if drop and welcome:
            QApplication.sendEvent(viewport, QDropEvent(QPointF(at), action, mime, button, none))
        elif drop:
            # This is what Qt sends where a drop is refused.
            QApplication.sendEvent(viewport, QDragLeaveEvent())
        return welcome

    def slot(self, place: int) -> QPoint:
        return self.on_screen(self.canvas.scene.network.slots[place].center())

    def leave(self) -> None:
        QApplication.sendEvent(self.view, QEvent(QEvent.Type.Leave))

    def link(self, layer: str, unit: int, source: int) -> QPoint:
        """Return a point on the link of a weight at which no other link is nearer."""
        strands = self.canvas.scene.links.strands
        for link, line in enumerate(strands.lines):
            gap = strands.gap_of(link)
            row, column = gap.rows[link - gap.start], gap.columns[link - gap.start]
            if (gap.layer, row, column) == (layer, unit, source) and gap.dense is not None:
                for x, y in line[2:-2]:
                    at = self.on_screen(QPointF(x, y))
                    free = self.view.spot_at(QPointF(at))
                    if self.view.link_at(QPointF(at)) == link and (free is None or free.kind == "card"):
                        return at
        raise AssertionError("no such link")


MakeHands = Callable[..., Hands]


@pytest.fixture
def make_hands(qtbot: QtBot, theme: Theme) -> Iterator[MakeHands]:
    """Return a function that shows a canvas on an experiment."""
    made: list[Hands] = []

    def make(experiment: Experiment, width: int = 860, height: int = 600) -> Hands:
        document, selection = Document(experiment), Selection()
        canvas = CanvasView(document, selection, theme)
        qtbot.addWidget(canvas)
        canvas.resize(width, height)
        canvas.show()
        qtbot.waitExposed(canvas)
        canvas.setFocus()
        made.append(Hands(qtbot, canvas, document, selection))
        return made[-1]

    yield make
    for hands in made:
        hands.document.close()


@pytest.fixture
def hands(make_hands: MakeHands, spiral: Experiment) -> Hands:
    return make_hands(spiral)


def draw_weights(canvas: CanvasView, seed: int = 0) -> list[Pair]:
    """Return weights and biases that fit the network on a canvas."""
    generator = np.random.default_rng(seed)
    pairs: list[Pair] = []
    for card in canvas.scene.network.plan.cards:
        if card.kind in ("dense", "output"):
            assert card.units is not None
            assert card.inputs is not None
            W: NDArray[np.float32] = generator.normal(0, 1, (card.units, card.inputs)).astype(np.float32)
            b: NDArray[np.float32] = generator.normal(0, 1, card.units).astype(np.float32)
            pairs.append((W, b))
    return pairs


@pytest.fixture
def weights(hands: Hands) -> list[Pair]:
    """Give the canvas weights."""
    pairs = draw_weights(hands.canvas)
    hands.canvas.set_weights(pairs)
    return pairs
