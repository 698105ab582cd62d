"""Histograms of all layers side by side: weights above, outputs below, the runs over each other in shared bins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.dropout.areas import steps
from app.dropout.twins import Told
from app.plots.axes import percent
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from core.choices.activations import OUTPUT_ACTIVATIONS
from core.experiment.architecture import DenseLayer
from core.probes.layer_pictures import DistributionsPicture, Histogram

_LEAST_COLUMN = 108  # pixels of a histogram
_BETWEEN = 16.0  # pixels between two
_FILL = 0.25  # opacity
_MOST_FILLED = 3  # runs whose histograms can be told apart where they lie over each other
_TOPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # of the vertical axis
_TICKS = (0.01, 0.1, 0.5, 1.0)


@dataclass(frozen=True)
class Cell:
    """A histogram on the screen: of which layer (its place), of weights or of outputs, and where."""

    layer: int
    weights: bool
    rect: QRectF


@dataclass(frozen=True)
class Pointed:
    """What lies under the mouse: a bin of a histogram."""

    cell: Cell
    bin: int


class Histograms(QWidget):
    """Draws a picture. pointed: Pointed or None, and where the mouse is. pages_changed: others may be shown.

    Shares are drawn by their square roots: a ReLU layer is mostly 0, and the rest is what is looked at.
    """

    pointed = Signal(object, QPoint)
    pages_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.told: Told[DistributionsPicture] | None = None
        self.layers: tuple[DenseLayer, ...] = ()
        self.shown: int | None = None  # the place of the run on the canvas
        self.first = 0  # layer that is shown
        self._tops = {True: _TOPS[0], False: _TOPS[0]}  # of the rows of weights and of outputs
        self.refresh()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(
        self, told: Told[DistributionsPicture] | None, layers: Sequence[DenseLayer], shown: int | None
    ) -> None:
        """Show the picture of these layers, None: of none yet."""
        other = self.told is None or tuple(layers) != self.layers
        self.told, self.layers, self.shown = told, tuple(layers), shown
        if other:
            self._tops = {True: _TOPS[0], False: _TOPS[0]}
            self.turn(0)
        if told is not None:
            for weights in (True, False):
                self._fit(weights)
        self.update()

    def _fit(self, weights: bool) -> None:
        """Let an axis grow at once, and shrink only where it is far too large: a moving one cannot be read."""
        assert self.told is not None
        found = [_of(self.told.picture, place, weights).shares for place in range(len(self.told.picture.layers))]
        most = max(float(np.nanmax(shares, initial=0.0)) for shares in found)
        wanted = next((top for top in _TOPS if top >= most), 1.0)
        now = self._tops[weights]
        if wanted > now or most < now / 8:
            self._tops[weights] = wanted

    # -- pages ---------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many layers there is room for."""
        return max(1, min(len(self.layers), int((self.width() - self._left()) // _LEAST_COLUMN)))

    def turn(self, first: int) -> None:
        """Show the layers from this one on."""
        self.first = max(0, min(first, len(self.layers) - self.count))
        self.pages_changed.emit()
        self.update()

    def resizeEvent(self, event: object) -> None:
        """Show as many layers as there is room for."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.turn(self.first)

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(360, 160)

    # -- room ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self._type = self.theme.font(self.theme.sizes.axis)
        self._metrics = QFontMetricsF(self._type)
        self.update()

    def _left(self) -> float:
        metrics = self._metrics
        return metrics.height() + metrics.horizontalAdvance("100 %") + 8

    def cells(self) -> list[Cell]:
        """Return where the histograms lie, row by row."""
        left, line, count = self._left(), self._metrics.height(), self.count
        wide = (self.width() - left - _BETWEEN * count) / count
        top = line / 2 - 2  # of the uppermost tick's text
        high = (self.height() - top) / 2 - line - 4
        shown = range(self.first, min(self.first + count, len(self.layers)))
        return [
            Cell(layer, weights, QRectF(left + column * (wide + _BETWEEN), top + row * (high + line + 6), wide, high))
            for row, weights in enumerate((True, False))
            for column, layer in enumerate(shown)
        ]

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        told = self.told
        if told is None:
            return
        painter = QPainter(self)
        painter.setFont(self._type)
        for cell in self.cells():
            histogram = _of(told.picture, cell.layer, cell.weights)
            self._draw_axes(painter, cell, histogram)
            self._draw_runs(painter, cell, histogram, told)
            self._draw_texts(painter, cell, told)
        painter.end()

    def _height(self, share: float, weights: bool) -> float:
        return float(np.sqrt(share / self._tops[weights]))

    def _draw_axes(self, painter: QPainter, cell: Cell, histogram: Histogram) -> None:
        rect, line = cell.rect, self._metrics.height()
        first = cell.layer == self.first
        painter.setPen(QPen(self.theme.color("border")))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        low, high = float(histogram.edges[0]), float(histogram.edges[-1])
        if low < 0 < high:
            x = rect.left() - low / (high - low) * rect.width()
            painter.drawLine(round(x), round(rect.top()), round(x), round(rect.bottom()))
        ticks = [tick for tick in (*_TICKS, self._tops[cell.weights]) if tick <= self._tops[cell.weights]]
        lowest = rect.top() - line  # of the labels so far
        for tick in sorted(set(ticks), reverse=True):
            y = rect.bottom() - self._height(tick, cell.weights) * rect.height()
            painter.setPen(QPen(self.theme.color("border")))
            painter.drawLine(round(rect.left()), round(y), round(rect.right()), round(y))
            if first and y >= lowest + line:
                lowest = y
                painter.setPen(self.theme.color("text2"))
                box = QRectF(0, y - line / 2, rect.left() - 5, line)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), percent(tick))
        painter.setPen(self.theme.color("text2"))
        below = QRectF(rect.left(), rect.bottom() + 2, rect.width() + 1, line)
        for text, flag in (
            (written(low), Qt.AlignmentFlag.AlignLeft),
            (self._name(cell), Qt.AlignmentFlag.AlignHCenter),
            (written(high), Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(below, int(flag | Qt.AlignmentFlag.AlignVCenter), text)
        if first:
            self._draw_upright(painter, rect, self.tr("of weights") if cell.weights else self.tr("of outputs"))

    def _name(self, cell: Cell) -> str:
        """Return what the lower axis shows, as long as there is room for it."""
        activation = OUTPUT_ACTIVATIONS[self.layers[cell.layer].activation].title
        whole = self.tr("weight w") if cell.weights else self.tr("output a of {0}").format(activation)
        room = cell.rect.width() - 2 * self._metrics.horizontalAdvance("\N{MINUS SIGN}0.25")
        return whole if self._metrics.horizontalAdvance(whole) <= room else "w" if cell.weights else "a"

    def _draw_upright(self, painter: QPainter, rect: QRectF, text: str) -> None:
        metrics = self._metrics
        if metrics.horizontalAdvance(text) > rect.height() + metrics.height():
            text = self.tr("share")
        painter.save()
        painter.translate(0, rect.center().y())
        painter.rotate(-90)
        wide = metrics.horizontalAdvance(text) + 2
        painter.drawText(QRectF(-wide / 2, 0, wide, metrics.height()), int(Qt.AlignmentFlag.AlignCenter), text)
        painter.restore()

    def _draw_runs(self, painter: QPainter, cell: Cell, histogram: Histogram, told: Told[DistributionsPicture]) -> None:
        rect = cell.rect
        few = len(told.twins) <= _MOST_FILLED
        order = sorted(range(len(told.twins)), key=lambda place: told.twins[place].place == self.shown)
        edges = np.linspace(rect.left(), rect.right(), len(histogram.edges))
        base = np.array([rect.bottom()])
        for place in order:
            twin = told.twins[place]
            heights = np.sqrt(np.nan_to_num(histogram.shares[place]) / self._tops[cell.weights]).clip(0, 1)
            x, y = steps(edges, base - heights * rect.height())
            color = self.theme.series(twin.place)
            if few or twin.place == self.shown:
                color.setAlphaF(_FILL)
                around = np.concatenate([x[:1], x, x[-1:]]), np.concatenate([base, y, base])
                painter.fillPath(pg.functions.arrayToQPath(*around), color)
                color.setAlphaF(1.0)
            painter.setPen(QPen(color, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(pg.functions.arrayToQPath(x, y))

    def _draw_texts(self, painter: QPainter, cell: Cell, told: Told[DistributionsPicture]) -> None:
        """Write the layer's name, and of its outputs how many neurons are dead or saturated in each run."""
        metrics = self._metrics
        box = QRectF(cell.rect.left() + 4, cell.rect.top(), cell.rect.width() - 8, metrics.height())
        right = int(Qt.AlignmentFlag.AlignRight)
        if cell.weights:
            painter.setPen(self.theme.color("text"))
            name = metrics.elidedText(self.layers[cell.layer].name, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, right, name)
            return
        for place, text in enumerate(self.losses(cell.layer)):
            twin = told.twins[place]
            if text and (len(told.twins) <= _MOST_FILLED or twin.place == self.shown):
                painter.setPen(self.theme.series(twin.place))
                painter.drawText(box, right, text)
                box.translate(0, metrics.height())

    def losses(self, layer: int) -> list[str]:
        """Return for each run how many neurons of a layer are dead, or how many of its outputs are saturated."""
        assert self.told is not None
        found = self.told.picture.layers[layer]
        words, shares = self.tr("{0} dead"), found.dead_share
        if shares is None:
            words, shares = self.tr("{0} saturated"), found.saturated
        if shares is None:
            return [""] * len(self.told.twins)
        return [words.format(percent(round(float(share), 3))) if share > 0 else "" for share in shares]

    # -- the mouse -----------------------------------------------------------------------------------------------

    def under(self, place: QPoint) -> Pointed | None:
        """Return the bin at a place."""
        if self.told is None:
            return None
        for cell in self.cells():
            if cell.rect.contains(place):
                bins = len(_of(self.told.picture, cell.layer, cell.weights).edges) - 1
                found = int((place.x() - cell.rect.left()) / cell.rect.width() * bins)
                return Pointed(cell, min(max(found, 0), bins - 1))
        return None

    def told_of(self, pointed: Pointed) -> tuple[str, list[tuple[str, int | None, list[str]]], list[str]]:
        """Return a title, a row for each run and notes that tell of a bin."""
        assert self.told is not None
        cell = pointed.cell
        histogram = _of(self.told.picture, cell.layer, cell.weights)
        low, high = (written(float(edge)) for edge in histogram.edges[pointed.bin : pointed.bin + 2])
        words = self.tr("{0}: weights {1} … {2}") if cell.weights else self.tr("{0}: outputs {1} … {2}")
        rows: list[tuple[str, int | None, list[str]]] = []
        for twin, share, lost in zip(
            self.told.twins, histogram.shares[:, pointed.bin], self.losses(cell.layer), strict=True
        ):
            rows.append((twin.name, twin.place, [percent(float(share))] + ([] if cell.weights else [lost or "–"])))
        beyond = int((histogram.outside + histogram.not_a_number).sum())
        notes = [self.tr("{0} beyond the axis or not a number").format(f"{beyond:,}")] if beyond else []
        return words.format(self.layers[cell.layer].name, low, high), rows, notes

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what lies under the mouse."""
        place = event.position().toPoint()
        self.pointed.emit(self.under(place), place)

    def leaveEvent(self, event: object) -> None:
        """Tell that the mouse has gone."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        self.pointed.emit(None, QPoint())


def _of(picture: DistributionsPicture, layer: int, weights: bool) -> Histogram:
    found = picture.layers[layer]
    return found.weights if weights else found.activations
