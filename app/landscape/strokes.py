"""What is drawn on landscapes: lines on a casing, and the marks of runs and of steps."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from app.landscape.frames import Ahead, Path
from app.plots.spots import Spot, marker
from app.shell.theme import Theme
from core.landscape.values import Floats, Place

LINE, CASING = 2.4, 5.0  # pixels
DASHES = (2.0, 2.2)  # times the line's width


def casing(theme: Theme) -> QColor:
    """Return what lines are cased in on the map, whose colours are those of both themes: runs keep theirs, which are
    dark ones in the light theme."""
    return QColor("#14171d" if theme.dark else "#ffffff")


class PathItems:
    """A line on a casing, dashed if it is no path that was gone."""

    def __init__(self, view: pg.ViewBox, depth: float = 10, dashes: Sequence[float] = ()) -> None:
        self.dashes = dashes
        self.items = (QGraphicsPathItem(), QGraphicsPathItem())
        for above, item in enumerate(self.items):
            item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, False)
            item.setZValue(depth + above)
            view.addItem(item, ignoreBounds=True)

    def show(self, places: Floats | None, color: QColor, edge: QColor) -> None:
        """Show a line through these places (k, 2), or none."""
        shown = places is not None and len(places) > 1
        for item in self.items:
            item.setVisible(shown)
        if places is None or not shown:
            return
        line = pg.functions.arrayToQPath(places[:, 0].copy(), places[:, 1].copy(), connect="finite")
        for item, width, ink in zip(self.items, (CASING, LINE), (edge, color), strict=True):
            pen = QPen(ink, width)
            pen.setCosmetic(True)
            if self.dashes and item is self.items[1]:
                pen.setDashPattern(self.dashes)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            item.setPen(pen)
            item.setPath(line)


def _pair(place: Floats) -> Place:
    return float(place[0]), float(place[1])


def marks(theme: Theme, paths: Sequence[Path]) -> list[Spot]:
    """Return the marks of paths: where each started, its best row, and where it is now."""
    found = []
    white, dark = QColor("white"), QColor("#14171d")
    for path in paths:
        color = theme.series(path.place)
        if len(path.places) > 1:
            found.append(Spot(*_pair(path.places[0]), "o", 9, dark, white, 2.0))
        if 0 <= path.best < len(path.places) - 1:
            found.append(Spot(*_pair(path.places[path.best]), "star", 15, color, white, 1.2))
        found.append(Spot(*path.now, marker(path.place), 12, color, white, 2.0))
    return [spot for spot in found if np.isfinite((spot.x, spot.y)).all()]


def step_marks(theme: Theme, ahead: Ahead | None) -> list[Spot]:
    """Return a dot for each step that lies ahead."""
    places = np.empty((0, 2)) if ahead is None else ahead.places[1:]
    color, edge = theme.color("accent"), casing(theme)
    return [Spot(x, y, "o", 6, color, edge, 1.0) for x, y in places[np.isfinite(places).all(axis=1)].tolist()]
