"""Areas between two curves, as stock items: cheap to paint, and gaps where a value is not a number."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app.plots.thinning import Floats


def area_path(x: Floats, low: Floats, high: Floats) -> QPainterPath:
    """Return the area between two curves over x, (n,) each: a piece for each stretch in which both are finite."""
    path = QPainterPath()
    known = np.isfinite(low) & np.isfinite(high)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    for start, stop in ends.reshape(-1, 2):
        around = np.concatenate([x[start:stop], x[start:stop][::-1]])
        edge = np.concatenate([low[start:stop], high[start:stop][::-1]])
        piece = pg.functions.arrayToQPath(around, edge)
        piece.closeSubpath()
        path.addPath(piece)
    return path


def steps(edges: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return the corners (2n,) of a histogram of n values between n + 1 edges."""
    return np.repeat(edges, 2)[1:-1], np.repeat(values, 2)


class Area:
    """A filled area of a plot."""

    def __init__(self, view: pg.ViewBox, depth: float) -> None:
        self.view = view
        self.item = QGraphicsPathItem()
        self.item.setPen(QPen(Qt.PenStyle.NoPen))
        self.item.setZValue(depth)
        view.addItem(self.item, ignoreBounds=True)

    def show(self, x: Floats, low: Floats, high: Floats, color: QColor) -> None:
        """Fill what lies between two curves."""
        self.item.setPath(area_path(x, low, high))
        self.item.setBrush(QBrush(color))
        self.item.setVisible(True)

    def hide(self) -> None:
        """Show nothing."""
        self.item.setVisible(False)

    def remove(self) -> None:
        """Take it out of the plot."""
        self.view.removeItem(self.item)
