"""The contour map: filled bands of the loss, and the paths of the runs on it."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from app.landscape.depth import Scale, painted
from app.landscape.frames import LandscapeFrame, Path
from app.landscape.plot import LandscapePlot
from app.plots.axes import Axis, Ticks, round_ticks
from app.plots.spots import Note, Spot, marker
from app.shell.theme import Theme
from core.landscape.values import Floats, LandscapePicture, Place

_MOST_PIXELS = 512  # of a picture's side: more is not seen while it moves, and costs the window time
_LINE, _CASING = 2.4, 5.0  # pixels
_CASING_COLOR = QColor("#14171d")  # on the map, whose colours are those of both themes


class PathItems:
    """The path of a run: a line on a dark casing."""

    def __init__(self, view: pg.ViewBox) -> None:
        self.items = (QGraphicsPathItem(), QGraphicsPathItem())
        for depth, item in enumerate(self.items):
            item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, False)
            item.setZValue(10 + depth)
            view.addItem(item, ignoreBounds=True)

    def show(self, places: Floats | None, color: QColor) -> None:
        """Show a line through these places (k, 2), or none."""
        shown = places is not None and len(places) > 1
        for item in self.items:
            item.setVisible(shown)
        if places is None or not shown:
            return
        line = pg.functions.arrayToQPath(places[:, 0].copy(), places[:, 1].copy(), connect="finite")
        for item, width, ink in zip(self.items, (_CASING, _LINE), (_CASING_COLOR, color), strict=True):
            pen = QPen(ink, width)
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            item.setPen(pen)
            item.setPath(line)


def _pair(place: Floats) -> Place:
    return float(place[0]), float(place[1])


def marks(theme: Theme, paths: Sequence[Path]) -> list[Spot]:
    """Return the marks of paths: where each started, its best row, and where it is now."""
    found = []
    white = QColor("white")
    for path in paths:
        color = theme.series(path.place)
        if len(path.places) > 1:
            found.append(Spot(*_pair(path.places[0]), "o", 9, _CASING_COLOR, white, 2.0))
        if 0 <= path.best < len(path.places) - 1:
            found.append(Spot(*_pair(path.places[path.best]), "star", 13, color, _CASING_COLOR, 1.0))
        found.append(Spot(*path.now, marker(path.place), 12, color, white, 2.0))
    return [spot for spot in found if np.isfinite((spot.x, spot.y)).all()]


class ContourMap(LandscapePlot):
    """The map."""

    def __init__(self, theme: Theme) -> None:
        left = Axis(theme, "left", self._ticks(1), widest="\N{MINUS SIGN}0.00")
        super().__init__(theme, left, Axis(theme, "bottom", self._ticks(0)))
        self.setAccessibleName(self.tr("Contour map of the loss"))
        self.view.setDefaultPadding(0)
        self.view.setAspectLocked(True)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.view.addItem(self.image, ignoreBounds=True)
        self.lines: list[PathItems] = []
        self.arrow = PathItems(self.view)
        self.note = Note(self.view, 22)
        self.refresh()

    def show_frame(self, frame: LandscapeFrame, scale: Scale) -> None:
        """Show a picture of a plane and the paths on it."""
        before = None if self.frame is None else self.frame.picture
        self.frame = frame
        picture = frame.picture
        if before is None or before.span != picture.span:
            self._fit(picture)
        room = self.view.sceneBoundingRect()
        ratio = self.devicePixelRatioF()
        sides = [min(_MOST_PIXELS, max(64, round(side * ratio))) for side in (room.height(), room.width())]
        side = min(sides) if self.view.state["aspectLocked"] else max(sides)
        pixels = painted(scale.bands(picture.loss), (side, side))
        self.image.setImage(pixels, autoLevels=False, levels=None)
        left, low, width, height = picture.span
        self.image.setRect(QRectF(left, low, width or 1.0, height or 1.0))
        self._draw_paths()

    def clear_frame(self) -> None:
        """Show nothing."""
        self.frame = None
        self.image.clear()
        self.take(None)
        self._draw_paths()

    def point_at(self, place: Place | None) -> None:
        """Mark the place that the mouse points at, here or elsewhere."""
        white = QColor("white")
        self.pointer.show([] if place is None else [Spot(*place, "+", 15, white, _CASING_COLOR, 1.0)])

    def take(self, place: Place | None) -> None:
        """Mark the place whose weights the network takes, or none."""
        self._taken = place
        white = QColor("white")
        self.taken.show([] if place is None else [Spot(*place, "d", 14, self.theme.color("fill"), white, 2.0)])

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.setBackground(self.theme.color("panel"))
        for axis in (self.left, self.bottom):
            axis.refresh()
            axis.setGrid(False)
        self._draw_paths()
        self.take(self._taken)

    def _ticks(self, axis: int) -> Ticks:
        """Return round numbers along the picture, and none beside it where its room is of another shape."""

        def ticks(low: float, high: float, count: int) -> list[float]:
            if self.frame is None:
                return []
            span = self.frame.picture.span
            least, most = span[axis], span[axis] + span[axis + 2]
            share = min(1.0, (most - least) / (high - low)) if high > low else 1.0
            return round_ticks(max(low, least), min(high, most), max(2, round(count * share)))

        return ticks

    # -- drawing -------------------------------------------------------------------------------------------------

    def _fit(self, picture: LandscapePicture) -> None:
        left, low, width, height = picture.span
        self.view.setAspectLocked(bool(0.5 < (width or 1.0) / (height or 1.0) < 2.0))
        self.view.setRange(xRange=(left, left + (width or 1.0)), yRange=(low, low + (height or 1.0)), padding=0)

    def _draw_paths(self) -> None:
        paths = () if self.frame is None else self.frame.paths
        while len(self.lines) < len(paths):
            self.lines.append(PathItems(self.view))
        for place, items in enumerate(self.lines):
            path = paths[place] if place < len(paths) else None
            color = QColor("white") if path is None else self.theme.series(path.place)
            items.show(None if path is None else path.places, color)
        self.spots.show(marks(self.theme, paths))
        self._draw_arrow()

    def _draw_arrow(self) -> None:
        """Draw the way down from where the network is, if the picture is centred there and so knows its slope."""
        way = None if self.frame is None else downhill(self.frame)
        self.arrow.show(way, QColor("white"))

    def place_at(self, x: float, y: float) -> Place | None:
        """Return the place itself, if it lies in the picture."""
        assert self.frame is not None
        left, low, width, height = self.frame.picture.span
        return (x, y) if left <= x <= left + width and low <= y <= low + height else None


def downhill(frame: LandscapeFrame) -> Floats | None:
    """Return the arrow from the middle of a picture the steepest way down, (k, 2), None where it does not stand there.

    Minus the gradient, as far as it lies in the plane: G⁻¹·(∂J/∂x, ∂J/∂y) with the inner products G of the axes. It is
    drawn with a length that can be seen, a sixth of the picture.
    """
    picture, live = frame.picture, frame.live
    home = picture.plane.middle
    _, _, width, height = picture.span
    if live is None or picture.plane.d2 is None or not np.any(picture.slope):
        return None
    if not np.allclose(live.now, home, rtol=0, atol=1e-3 * max(width, height)):
        return None
    way = -np.linalg.pinv(frame.gram) @ np.array(picture.slope)
    length = float(np.hypot(*(way / (width, height))))
    if not np.isfinite(length) or length == 0:
        return None
    way = way / length / 6
    tip = np.array(home) + way
    # The two barbs, at right angles on the screen where both axes are shown alike.
    sides = np.array([[-way[0] - way[1], -way[1] + way[0]], [-way[0] + way[1], -way[1] - way[0]]]) * 0.25
    gap = np.full(2, np.nan)
    found: Floats = np.array([home, tip, gap, tip + sides[0], tip, tip + sides[1]])
    return found
