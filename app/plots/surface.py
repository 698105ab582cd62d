"""The picture of the plane: colours, the points of the data, a neuron's decision line."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from app.plots.axes import Axis, round_ticks
from app.plots.shading import Shading
from app.plots.spots import Spot, Spots
from app.shell.theme import Theme
from core.choices.datasets import Facts
from core.datasets.samples import Part
from core.probes.pictures import Floats

MOST_POINTS = 2000
TOP = 6  # pixels above the square, for the upper tick
_NEAR = 7.0  # pixels: a point that close to the mouse is told
_TRAIN, _VALIDATION = 6.4, 5.4  # pixels across
_EDGE = 0.05  # of the plane that points at its edge reach beyond it
_LEVELS = 9  # colours of points with numbers


@dataclass(frozen=True)
class Points:
    """Points of a part that are shown: places (n, 2), labels (n,)."""

    places: NDArray[np.float64]
    labels: NDArray[np.float64]

    @classmethod
    def of(cls, part: Part) -> "Points":
        """Return the points of a part, or some of them, evenly spread."""
        index = np.arange(min(MOST_POINTS, len(part))) * len(part) // max(1, min(MOST_POINTS, len(part)))
        return cls(part.raw[index].astype(np.float64), part.labels[index].astype(np.float64))


class _Dots(pg.ScatterPlotItem):  # type: ignore[misc]
    """Points whose bounds are known: pyqtgraph would reckon them out a dozen times for each frame that is painted."""

    def __init__(self, bounds: QRectF) -> None:
        super().__init__(pxMode=True, antialias=True, useCache=True)
        self.area = bounds

    def boundingRect(self) -> QRectF:
        """Return the plane, and some room for points at its edge."""
        return self.area


class Surface(pg.PlotWidget):  # type: ignore[misc]
    """The square. pointed: a place of the plane (x₁, x₂) under the mouse, or None."""

    pointed = Signal(object)

    def __init__(self, theme: Theme, shading: Shading) -> None:
        self.left = Axis(theme, "left", round_ticks, widest="\N{MINUS SIGN}5")
        self.bottom = Axis(theme, "bottom", round_ticks)
        super().__init__(axisItems={"left": self.left, "bottom": self.bottom}, enableMenu=False)
        self.theme = theme
        self.shading = shading
        self.facts: Facts | None = None
        self.parts: dict[str, Points] = {}
        self.with_validation = True
        self.view = self.getPlotItem().getViewBox()
        self.hideButtons()
        self.getPlotItem().layout.setContentsMargins(0, TOP, 0, 0)
        self.setMouseEnabled(False, False)
        self.view.disableAutoRange()
        self.view.setDefaultPadding(0)
        self.view.setAspectLocked(True)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.view.addItem(self.image, ignoreBounds=True)
        self.line = QGraphicsPathItem()
        self.line.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, False)
        self.line.setZValue(5)
        self.view.addItem(self.line, ignoreBounds=True)
        self.groups: dict[str, list[_Dots]] = {"train": [], "validation": []}
        self.question = Spots(self.view, 20)
        self._asked: tuple[float, float] | None = None
        self.span = (-6.0, 6.0)
        self.set_span(self.span)
        self.scene().sigMouseMoved.connect(self._moved)

    def set_span(self, span: tuple[float, float]) -> None:
        """Show this part of the plane."""
        self.span = span
        for item in (item for groups in self.groups.values() for item in groups):
            item.prepareGeometryChange()
            item.area = self._bounds()
        self.view.setRange(xRange=span, yRange=span, padding=0)

    def _bounds(self) -> QRectF:
        low, high = self.span
        edge = (high - low) * _EDGE
        return QRectF(low - edge, low - edge, high - low + 2 * edge, high - low + 2 * edge)

    def set_data(self, facts: Facts, train: Part, validation: Part) -> None:
        """Show the points of these parts."""
        self.facts = facts
        self.set_span(facts.span)
        if facts.columns:
            self.bottom.name(facts.columns[0])
            self.left.name(facts.columns[1])
        self.parts = {"train": Points.of(train), "validation": Points.of(validation)}
        self.draw_points()

    def clear_data(self) -> None:
        """Show no points and no colours."""
        self.facts = None
        self.parts = {}
        self.image.clear()
        self.draw_line(None)
        self.draw_points()

    def ask_about(self, point: tuple[float, float] | None) -> None:
        """Mark a point that the program tells something about."""
        self._asked = point
        color, ring = self.theme.color("text"), self.theme.color("panel")
        self.question.show([] if point is None else [Spot(*point, "star", 15, color, ring, 1.0)])

    # -- drawing -------------------------------------------------------------------------------------------------

    def paint_over(self, pixels: NDArray[np.uint8]) -> None:
        """Show RGBA (n, n, 4), the upper row first."""
        # The lower row comes first in a plot whose vertical axis goes up.
        low, high = self.span
        self.image.setImage(np.ascontiguousarray(pixels[::-1]), autoLevels=False, levels=None)
        self.image.setRect(QRectF(low, low, high - low, high - low))  # which depends on the size of the image

    def draw_line(self, line: Floats | None) -> None:
        """Show a line of pieces (m, 2, 2), or none."""
        shown = line is not None and len(line) > 0
        self.line.setVisible(shown)
        if line is None or not shown:
            return
        ends = line.reshape(-1, 2).astype(np.float64)
        self.line.setPath(pg.functions.arrayToQPath(ends[:, 0], ends[:, 1], connect="pairs"))

    def draw_points(self) -> None:
        """Draw all points in the colours of the theme."""
        for name, groups in self.groups.items():
            shown = self._by_color(self.parts[name]) if name in self.parts else []
            while len(groups) < len(shown):
                item = _Dots(self._bounds())
                item.setZValue(8 if name == "validation" else 10)
                # Drawn once, not with each frame of the colours below: their painting is in Python.
                item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
                self.view.addItem(item, ignoreBounds=True)
                groups.append(item)
            for item in groups:
                item.setVisible(False)
            for item, (color, places) in zip(groups, shown, strict=False):
                ring = self.theme.color("dotRing")
                looks = {"size": _TRAIN, "brush": color, "pen": _pen(ring, 1.0)}
                if name == "validation":
                    looks = {"size": _VALIDATION, "brush": ring, "pen": _pen(color, 1.6)}
                item.setData(places[:, 0], places[:, 1], symbol="o", **looks)
                item.setVisible(len(places) > 0 and (name == "train" or self.with_validation))

    def _by_color(self, points: Points) -> list[tuple[QColor, NDArray[np.float64]]]:
        assert self.facts is not None
        if self.facts.classes:
            colors = self.theme.classes(len(self.facts.classes))
            return [(color, points.places[points.labels == place]) for place, color in enumerate(colors)]
        largest = max((float(np.abs(part.labels).max()) for part in self.parts.values() if len(part.labels)), default=1)
        level = np.rint((points.labels / (largest or 1) + 1) / 2 * (_LEVELS - 1))
        return [
            (self.shading.dot(2 * place / (_LEVELS - 1) - 1), points.places[level == place]) for place in range(_LEVELS)
        ]

    def show_validation(self, on: bool) -> None:
        """Show the validation points, or not."""
        self.with_validation = on
        self.draw_points()

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.setBackground(self.theme.color("panel"))
        self.left.refresh()
        self.bottom.refresh()
        for axis in (self.left, self.bottom):
            axis.setGrid(False)
        self.line.setPen(_pen(self.theme.color("text"), 1.5 * self.theme.sizes.line))
        self.draw_points()
        self.ask_about(self._asked)

    # -- the mouse -----------------------------------------------------------------------------------------------

    def nearest(self, x: float, y: float) -> tuple[str, float] | None:
        """Return the part and the label of the point under the mouse, if there is one."""
        pixel = self.view.viewPixelSize()[0] or 1.0
        best: tuple[float, str, float] | None = None
        for name, points in self.parts.items():
            if not len(points.labels) or (name == "validation" and not self.with_validation):
                continue
            far = np.hypot(points.places[:, 0] - x, points.places[:, 1] - y) / pixel
            place = int(far.argmin())
            if far[place] <= _NEAR and (best is None or far[place] < best[0]):
                best = (float(far[place]), name, float(points.labels[place]))
        return None if best is None else best[1:]

    def _moved(self, place: QPointF) -> None:
        inside = self.view.sceneBoundingRect().contains(place)
        at = self.view.mapSceneToView(place) if inside else None
        low, high = self.span
        if at is None or not (low <= at.x() <= high and low <= at.y() <= high):
            self.pointed.emit(None)
        else:
            self.pointed.emit((at.x(), at.y()))

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the mouse has gone."""
        super().leaveEvent(event)
        self.pointed.emit(None)


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)  # a line comes in short pieces
    return pen
