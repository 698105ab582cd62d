"""The names of runs on the contour map, beside where they are now, as far as there is room for them."""

from collections.abc import Sequence
from math import isfinite

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetricsF, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from app.landscape.frames import Path
from app.landscape.strokes import casing
from app.shell.theme import Theme

_GAP = 9.0  # pixels between a mark's middle and its name
_EDGE = 3.0  # pixels of the casing around the letters
_LONGEST = 24  # letters
_LEAST_ROOM = 200  # pixels of a map's side, below which names would cover what they name


class Names:
    """A name for each run, in its colour on a casing; one that would lie on another or beyond the map is left out."""

    def __init__(self, view: pg.ViewBox, depth: float) -> None:
        self.view = view
        self.depth = depth
        self.items: list[tuple[QGraphicsPathItem, QGraphicsPathItem]] = []
        self._drawn: list[tuple[str, str, str, str]] = []  # texts with colours and font, as the items have them
        self._sides: dict[int, int] = {}  # where names stood last, by run: one that jumps about cannot be read

    def show(self, paths: Sequence[Path], theme: Theme) -> None:
        """Show the names of these runs; that of a single one needs no telling."""
        room = self.view.sceneBoundingRect()
        small = min(room.width(), room.height()) < _LEAST_ROOM
        shown = [] if small or len(paths) < 2 else paths
        font = theme.font(theme.sizes.axis, bold=True)
        taken = [QRectF(at.x() - 5, at.y() - 5, 10, 10) for path in shown if (at := self._at(path)) is not None]
        metrics = QFontMetricsF(font)
        for place, path in enumerate(shown):
            at = self._at(path)
            text = path.name if len(path.name) <= _LONGEST else path.name[: _LONGEST - 1] + "…"
            self._draw(place, text, path, theme, font)
            wide, high = metrics.horizontalAdvance(text), metrics.capHeight()
            spot = None if at is None else self._find(path.place, at, (wide, high), room, taken)
            for item in self.items[place]:
                item.setVisible(spot is not None)
                if spot is not None:
                    item.setTransform(QTransform.fromTranslate(spot.x(), spot.y()))
                    item.setPos(*path.now)
            if at is not None and spot is not None:
                taken.append(QRectF(at.x() + spot.x(), at.y() + spot.y() - high, wide, high))
        for items in self.items[len(shown) :]:
            for item in items:
                item.setVisible(False)

    def _at(self, path: Path) -> QPointF | None:
        """Return where a run is now, in pixels of the scene; None beyond the map."""
        if not all(map(isfinite, path.now)):
            return None
        at = self.view.mapViewToScene(QPointF(*path.now))
        return at if self.view.sceneBoundingRect().contains(at) else None

    def _find(
        self, run: int, at: QPointF, size: tuple[float, float], room: QRectF, taken: Sequence[QRectF]
    ) -> QPointF | None:
        """Return where a name of a size begins, from the run's place on; None where there is no room."""
        wide, high = size
        sides = (
            QPointF(_GAP, high / 2),
            QPointF(-_GAP - wide, high / 2),
            QPointF(-wide / 2, -_GAP),
            QPointF(-wide / 2, _GAP + high),
        )
        order = [self._sides[run]] if run in self._sides else []
        for side in (*order, *range(len(sides))):
            found = QRectF(at.x() + sides[side].x(), at.y() + sides[side].y() - high, wide, high)
            around = found.adjusted(-_EDGE, -_EDGE, _EDGE, _EDGE)
            if room.contains(around) and not any(around.intersects(other) for other in taken):
                self._sides[run] = side
                return sides[side]
        self._sides.pop(run, None)
        return None

    def _draw(self, place: int, text: str, path: Path, theme: Theme, font: QFont) -> None:
        """Draw a text anew if it is another one, or other colours or sizes."""
        if place == len(self.items):
            self.items.append((QGraphicsPathItem(), QGraphicsPathItem()))
            self._drawn.append(("", "", "", ""))
            for above, item in enumerate(self.items[place]):
                item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
                item.setZValue(self.depth + above)
                # Painted once: the outline of letters takes as long as all else on the map.
                item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
                self.view.addItem(item, ignoreBounds=True)
        color, edge = theme.series(path.place), casing(theme)
        drawn = text, color.name(), edge.name(), font.toString()
        if drawn == self._drawn[place]:
            return
        self._drawn[place] = drawn
        letters = QPainterPath()
        letters.addText(0, 0, font, text)
        under, over = self.items[place]
        for item in (under, over):
            item.setPath(letters)
        pen = QPen(edge, 2 * _EDGE)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        under.setPen(pen)
        over.setPen(QPen(Qt.PenStyle.NoPen))
        over.setBrush(QBrush(color))
