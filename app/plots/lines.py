"""The lines of one run in one plot: training thin and solid, validation thick and dashed, each raw and smoothed."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from app.plots.run_curves import RunCurves
from app.plots.thinning import Floats, smooth, thin
from app.shell.theme import Theme
from core.runs.curves import Column

MOST_POINTS = 2000  # of a curve that is drawn, and no more than _A_PIXEL for each pixel of the plot's width
_A_PIXEL = 2  # the least and the greatest
_LEAST_POINTS = 200
_MOST_FAINT_POINTS = 400
_MOST_WIDE_POINTS = 500  # of a curve that is drawn with a wide pen; smoothed ones need no more
# Pixels of line that a plot draws with wide pens: Qt strokes 1,000 of them in about 1.5 ms, thin ones in a tenth of it.
WIDE_PIXELS = 3000.0
_TRAIN, _VALIDATION = 1.3, 2.4
_DASH, _GAP = 7.0, 4.0
_RAW, _FAINT, _BAND = 0.22, 0.35, 0.18  # opacity
_LEAST = 1e-12  # what a logarithmic axis shows of 0


@dataclass(frozen=True)
class Metric:
    """What a plot shows: the curves of the training and of the validation part."""

    name: str
    train: Column
    validation: Column

    @property
    def columns(self) -> tuple[Column, Column]:
        """Both, training first."""
        return self.train, self.validation


LOSS = Metric("loss", "train_loss", "validation_loss")
ACCURACY = Metric("accuracy", "train_accuracy", "validation_accuracy")


@dataclass(frozen=True)
class Looks:
    """How curves are drawn: on a logarithmic axis or not; smoothing: 0 (off) to below 1."""

    log: bool = False
    smoothing: float = 0.0


@dataclass(frozen=True)
class Window:
    """What of a plot can be seen, and how many pixels wide and high it is shown."""

    left: float
    right: float
    low: float
    high: float
    width: float
    height: float

    def pixels(self, x: Floats, y: Floats) -> float:
        """Return about how long a line through these points is on the screen."""
        if len(x) < 2 or self.right <= self.left or self.high <= self.low:
            return 0.0
        up = np.abs(np.diff(y))
        up = up[np.isfinite(up)].clip(max=self.high - self.low).sum() * self.height / (self.high - self.low)
        return float(up + (x[-1] - x[0]) * self.width / (self.right - self.left))


def on_axis(values: Floats, looks: Looks) -> Floats:
    """Return values where the axis shows them: their logarithms on a logarithmic one."""
    if not looks.log:
        return values
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log10(np.maximum(values, _LEAST))


class _Line(pg.PlotCurveItem):  # type: ignore[misc]
    """A curve that may fill its plot. Qt asks for bounds again and again; finding them takes as long as drawing it."""

    def __init__(self) -> None:
        super().__init__(antialias=True, connect="finite")
        self.bounds = QRectF()
        self._stroke = (QColor(), 0.0, False)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, False)

    def boundingRect(self) -> QRectF:
        """Return what could be seen of the plot when it was drawn."""
        return self.bounds

    def show_points(self, x: Floats, y: Floats, window: Window, stroke: tuple[QColor, float, bool]) -> None:
        """Draw a line through points; stroke: its colour, its width in pixels and whether it is dashed."""
        self.prepareGeometryChange()
        self.bounds = QRectF(window.left, window.low, window.right - window.left, window.high - window.low)
        self.setData(x, y)
        if stroke != self._stroke:
            self._stroke = stroke
            self.setPen(_pen(*stroke))


class RunLines:
    """Four lines of one run: raw and smoothed, training and validation."""

    def __init__(self, view: pg.ViewBox, theme: Theme, metric: Metric) -> None:
        self.view = view
        self.theme = theme
        self.metric = metric
        self.raw = {column: self._line() for column in metric.columns}
        self.smoothed = {column: self._line() for column in metric.columns}
        self.shade = QGraphicsPathItem()  # of several seeds
        self.shade.setPen(QPen(Qt.PenStyle.NoPen))
        self.shade.setZValue(-15)
        self.view.addItem(self.shade, ignoreBounds=True)
        self._put(faint=False)

    def _put(self, faint: bool) -> None:
        """Put the lines of an earlier run behind those of others."""
        self._faint = faint
        for depth, column in enumerate(self.metric.columns):
            self.raw[column].setZValue(depth - 10 * faint)
            self.smoothed[column].setZValue(2 + depth - 10 * faint)

    def _line(self) -> _Line:
        line = _Line()
        self.view.addItem(line, ignoreBounds=True)
        return line

    def remove(self) -> None:
        """Take the lines out of the plot."""
        for item in (*self.raw.values(), *self.smoothed.values(), self.shade):
            self.view.removeItem(item)

    def draw(self, run: RunCurves, looks: Looks, window: Window, wide: float) -> float:
        """Draw what can be seen of a run; return what is left of the pixels ``wide`` for wide pens."""
        color = self.theme.series(run.place)
        if run.faint:
            color.setAlphaF(_FAINT)
        most = min(_MOST_FAINT_POINTS if run.faint else MOST_POINTS, max(_LEAST_POINTS, int(_A_PIXEL * window.width)))
        if run.faint != self._faint:
            self._put(run.faint)
        epochs = run.curves["epoch"]
        for column in self.metric.columns:
            values = run.curves[column]
            raw, smoothed = self.raw[column], self.smoothed[column]
            there = run.visible and bool(len(values)) and not bool(np.isnan(values).all())
            raw.setVisible(there)
            smoothed.setVisible(there and looks.smoothing > 0)
            if not there:
                continue
            validation = column == self.metric.validation
            line = self._visible(epochs, values, looks, window, most)
            main, other = raw, None
            if looks.smoothing > 0:
                main, other = smoothed, raw
                other_line = line
                line = self._visible(epochs, smooth(values, looks.smoothing), looks, window, _MOST_WIDE_POINTS)
                faint = QColor(color)
                faint.setAlphaF(color.alphaF() * _RAW)
                other.show_points(*other_line, window, (faint, 1.0, False))
            may = wide > 0 and not run.faint and len(line[0]) <= _MOST_WIDE_POINTS
            length = window.pixels(*line) if may else np.inf
            affordable = length <= wide
            wide -= length if affordable else 0.0
            width = (_VALIDATION if validation else _TRAIN) * self.theme.sizes.line if affordable else 1.0
            main.show_points(*line, window, (color, width, validation))
        self._draw_band(run, looks, color)
        return wide

    def _draw_band(self, run: RunCurves, looks: Looks, color: QColor) -> None:
        """Fill between the ends of the band of several seeds: of the validation part, where there is one."""
        ends = None if run.band is None else run.band[self.metric.validation]
        if run.band is not None and ends is not None and np.isnan(ends[0]).all():
            ends = run.band[self.metric.train]
        self.shade.setVisible(run.visible and ends is not None)
        if ends is None:
            return
        epochs = run.curves["epoch"]
        low, high = (on_axis(end, looks) for end in ends)
        kept = np.isfinite(low) & np.isfinite(high)
        x = np.concatenate([epochs[kept], epochs[kept][::-1]])
        y = np.concatenate([low[kept], high[kept][::-1]])
        self.shade.setPath(pg.functions.arrayToQPath(x, y) if len(x) else QPainterPath())
        filled = QColor(color)
        filled.setAlphaF(_BAND)
        self.shade.setBrush(filled)

    @staticmethod
    def _visible(epochs: Floats, values: Floats, looks: Looks, window: Window, most: int) -> tuple[Floats, Floats]:
        """Return the points of a curve that can be seen, with one more on either side."""
        first = max(0, int(np.searchsorted(epochs, window.left, "left")) - 1)
        last = int(np.searchsorted(epochs, window.right, "right")) + 1
        x, y = thin(epochs[first:last], values[first:last], most)
        return x, on_axis(y, looks)


def _pen(color: QColor, width: float, dashed: bool) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)  # round ones take Qt ten times as long
    if dashed:
        pen.setDashPattern([_DASH / width, _GAP / width])
    return pen
