"""Marks that keep their size on the screen: stock items, which are cheap and come out right in every export."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QIcon, QPainter, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsSimpleTextItem

from app.shell.theme import Theme
from app.shell.tokens import MARKERS, SERIES

_ICON = 12  # pixels


@dataclass(frozen=True)
class Spot:
    """A mark: where, what (a symbol of pyqtgraph), how large in pixels, filled and edged with which colours."""

    x: float
    y: float
    symbol: str
    size: float
    fill: QColor
    edge: QColor | None = None
    width: float = 2.0


class Spots:
    """Some marks of a plot. They are changed in place as far as there are any."""

    def __init__(self, view: pg.ViewBox, depth: float) -> None:
        self.view = view
        self.depth = depth
        self.items: list[QGraphicsPathItem] = []

    def show(self, spots: Sequence[Spot]) -> None:
        """Show these marks and no others."""
        while len(self.items) < len(spots):
            item = QGraphicsPathItem()
            item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
            item.setZValue(self.depth)
            self.view.addItem(item, ignoreBounds=True)
            self.items.append(item)
        for place, item in enumerate(self.items):
            item.setVisible(place < len(spots))
        for item, spot in zip(self.items, spots, strict=False):
            item.setPath(QTransform.fromScale(spot.size, spot.size).map(Symbols[spot.symbol]))
            item.setBrush(QBrush(spot.fill))
            item.setPen(QPen(spot.edge, spot.width) if spot.edge is not None else QPen(QColor(0, 0, 0, 0)))
            item.setPos(spot.x, spot.y)


class Note:
    """A line of text at a place of a plot, to its right or left, below it."""

    def __init__(self, view: pg.ViewBox, depth: float) -> None:
        self.item = QGraphicsSimpleTextItem()
        self.item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.item.setZValue(depth)
        view.addItem(self.item, ignoreBounds=True)

    def show(self, text: str, color: QColor, font: QFont) -> None:
        """Show a text, none if it is empty."""
        self.item.setVisible(bool(text))
        self.item.setText(text)
        self.item.setFont(font)
        self.item.setBrush(color)

    @property
    def width(self) -> float:
        """Pixels of the text."""
        return self.item.boundingRect().width()

    def place(self, x: float, y: float, left: bool, gap: float = 5.0) -> None:
        """Put it at a place; left: it ends there instead of beginning."""
        self.item.setTransform(QTransform.fromTranslate(-self.width - gap if left else gap, 3))
        self.item.setPos(x, y)


def marker(place: int) -> str:
    """Return the marker of a run, by its place: it keeps it everywhere. Further runs of a colour have another one."""
    return MARKERS[(place % SERIES + place // SERIES) % len(MARKERS)]


def run_icon(theme: Theme, place: int) -> QIcon:
    """Return the colour and marker of a run as an icon."""
    picture = QPixmap(2 * _ICON, 2 * _ICON)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QTransform.fromTranslate(_ICON / 2, _ICON / 2).scale(0.8 * _ICON, 0.8 * _ICON)
    painter.fillPath(middle.map(Symbols[marker(place)]), theme.series(place))
    painter.end()
    return QIcon(picture)
