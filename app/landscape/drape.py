"""Lines and marks that lie on the surface of a landscape: what its hills hide is drawn faintly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF, QTransform

from app.landscape.strokes import CASING, LINE
from app.plots.spots import Spot
from core.landscape.values import Floats
from core.pictures.depth import heights
from core.pictures.mesh import Camera, Mesh

_POINTS = 480  # of all lines together, so that they follow the hills; the sight of each takes 2 µs
_LEAST_POINTS = 12  # of a line
_FAINT = 0.4  # opacity of what is hidden
_FAINT_LINE = 1.4  # pixels
_DASHES = (1.6, 2.0)  # times the line's width


@dataclass(frozen=True, eq=False)
class Thread:
    """A line through places of the plane (k, 2), gaps NaN."""

    places: Floats
    color: QColor
    dashed: bool = False


@dataclass(frozen=True)
class Sight:
    """How a surface is seen: from where, and on a screen of which size in pixels; bands: its heights (m, n)."""

    mesh: Mesh
    bands: Floats
    camera: Camera
    width: float
    height: float

    def seen(self, places: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Return where places of the plane (k, 2) are on the screen, NaN outside the picture, and which are hidden."""
        points = self.mesh.lifted(places, heights(self.mesh.grid, self.bands, places))
        flat, _ = self.camera.project(points, self.width, self.height)
        return flat, self.mesh.hidden(self.camera, points)


class Drape:
    """Lines as they are seen on a surface: computed once, painted as often as something moves above them."""

    def __init__(self, sight: Sight, threads: Sequence[Thread], edge: QColor) -> None:
        self.edge = edge
        each = max(_LEAST_POINTS, _POINTS // max(1, len(threads)))
        fine = [followed(thread.places, each) for thread in threads]
        flat, hidden = sight.seen(np.concatenate([*fine, np.empty((0, 2))]))
        self._lines: list[tuple[Thread, list[tuple[QPolygonF, bool]]]] = []
        start = 0
        for thread, places in zip(threads, fine, strict=True):
            some = slice(start, start + len(places))
            self._lines.append((thread, list(_pieces(flat[some], hidden[some]))))
            start = some.stop

    def paint(self, painter: QPainter) -> None:
        """Draw all lines."""
        for thread, pieces in self._lines:
            color = QColor(thread.color)
            color.setAlphaF(_FAINT)
            for piece, hidden in pieces:
                if hidden:
                    painter.setPen(_pen(color, _FAINT_LINE))
                    painter.drawPolyline(piece)
                    continue
                painter.setPen(_pen(self.edge, CASING))
                painter.drawPolyline(piece)
            painter.setPen(_pen(thread.color, LINE, _DASHES if thread.dashed else ()))
            for piece, hidden in pieces:
                if not hidden:
                    painter.drawPolyline(piece)


def draw_spots(painter: QPainter, sight: Sight, spots: Sequence[Spot]) -> None:
    """Draw marks on a surface."""
    if not spots:
        return
    places, hidden = sight.seen(np.array([(spot.x, spot.y) for spot in spots]))
    for spot, (x, y), faint in zip(spots, places.tolist(), hidden.tolist(), strict=True):
        if not np.isfinite(x):
            continue
        shape = QTransform.fromTranslate(x, y).scale(spot.size, spot.size).map(Symbols[spot.symbol])
        painter.setOpacity(_FAINT if faint else 1.0)
        painter.setPen(Qt.PenStyle.NoPen if spot.edge is None else QPen(spot.edge, spot.width))
        painter.setBrush(spot.fill)
        painter.drawPath(shape)
    painter.setOpacity(1.0)


def followed(places: Floats, count: int) -> Floats:
    """Return a line through places (k, 2) with more points between them where they are far apart, about ``count``."""
    steps = np.hypot(*np.diff(places, axis=0).T)
    whole = float(np.nansum(steps))
    if len(places) < 2 or whole == 0 or not np.isfinite(whole):
        return places
    parts = np.maximum(1, np.ceil(np.nan_to_num(steps) / whole * max(1, count - len(places)))).astype(np.intp)
    start = np.repeat(np.arange(len(parts)), parts)
    share = (np.arange(len(start)) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[start]
    between = places[start] + share[:, None] * (places[start + 1] - places[start])
    found: Floats = np.concatenate([between, places[-1:]])
    return found


def _pieces(flat: Floats, hidden: NDArray[np.bool_]) -> Iterator[tuple[QPolygonF, bool]]:
    """Yield the pieces of a line (k, 2) between its gaps, which are NaN, and whether each is hidden."""
    drawn = np.isfinite(flat[:-1]).all(axis=1) & np.isfinite(flat[1:]).all(axis=1)
    faint = hidden[:-1] | hidden[1:]
    kinds = np.where(drawn, np.where(faint, 1, 0), -1)
    cuts = np.flatnonzero(np.diff(kinds)) + 1
    starts, stops = np.array([0, *cuts]), np.array([*cuts, len(kinds)])
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        if stop > start and kinds[start] >= 0:
            piece = flat[start : stop + 1]
            yield arrayToQPolygonF(piece[:, 0], piece[:, 1]), bool(kinds[start])


def _pen(color: QColor, width: float, dashes: Sequence[float] = ()) -> QPen:
    pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    if dashes:
        pen.setDashPattern(dashes)
    return pen
