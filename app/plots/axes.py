"""Axes of plots: few ticks at round numbers, in the theme's colours, the name of the lower one at its right end."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPen

from app.shell.theme import Theme
from app.shell.widgets.numbers import written

# Ticks for a range from low to high, of about this many.
Ticks = Callable[[float, float, int], list[float]]

_ROOM = {"left": 34, "bottom": 64}  # pixels between two ticks
_BEYOND = 15  # pixels of a tick beyond the end of the axis
_DECADE = ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10)))


def round_ticks(low: float, high: float, count: int, least: float = 0.0) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten; least: the smallest distance, 1 for whole numbers."""
    if high <= low:
        return []
    step = max((high - low) / max(count, 1), least, 1e-300)
    power = 10.0 ** math.floor(math.log10(step))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [place * step for place in range(first, math.floor(high / step + 1e-9) + 1)]


def whole_ticks(low: float, high: float, count: int) -> list[float]:
    """Return round whole numbers."""
    return round_ticks(low, high, count, 1.0)


def log_ticks(low: float, high: float, count: int) -> list[float]:
    """Return logarithms of round numbers: powers of ten, with 3 or 2 and 5 between them where there is room."""
    exponents = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    if len(exponents) > max(count, 2):
        stride = -(-len(exponents) // max(count, 2))
        return [float(exponent) for exponent in exponents if exponent % stride == 0]
    best: list[float] = []
    for digits in _DECADE:
        wide = range(math.floor(low), math.ceil(high) + 1)
        found = [place for e in wide for digit in digits if low <= (place := e + math.log10(digit)) <= high]
        if len(found) > max(count, 2):
            break
        best = found
    if len(best) >= 2:
        return best
    return [math.log10(value) for value in round_ticks(10**low, 10**high, count) if value > 0]


def share_ticks(low: float, high: float, count: int) -> list[float]:
    """Return round shares of 1, none beyond it."""
    return [tick for tick in round_ticks(low, high, count) if tick <= 1]


def percent(value: float) -> str:
    """Write a share of 1 as percent."""
    return f"{written(value * 100, 4)} %"


def power(value: float) -> str:
    """Write the number of which a logarithm is given."""
    return written(10**value)


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis with ticks of its own choice; ``ticks`` and ``write`` may be changed at any time."""

    def __init__(
        self,
        theme: Theme,
        orientation: str,
        ticks: Ticks,
        write: Callable[[float], str] = written,
        widest: str = "0.000",
    ) -> None:
        """Make an axis; widest: a tick as wide as any that a vertical axis will have."""
        super().__init__(orientation, maxTickLength=0)
        self.widest = widest
        self.theme = theme
        self.ticks = ticks
        self.write = write
        self.enableAutoSIPrefix(False)
        self.setStyle(tickTextOffset=6, hideOverlappingLabels=False)
        self.refresh()

    def name(self, text: str) -> None:
        """Say what the axis shows."""
        self.label.setPlainText(text)
        self.showLabel(bool(text))
        self.resizeEvent()

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        font = self.theme.font(self.theme.sizes.axis)
        self.setPen(QPen(Qt.PenStyle.NoPen))  # the grid is enough
        self.setTickPen(QPen(self.theme.color("border")))
        self.setTextPen(self.theme.color("text2"))
        self.setTickFont(font)
        self.label.setFont(font)
        self.label.setDefaultTextColor(self.theme.color("text2"))
        self.setStyle(tickAlpha=255)
        height = QFontMetrics(font).height()
        if self.orientation == "bottom":
            self.setHeight(height + 8)
        else:
            # A width that does not change with the numbers, or the plot would jump while it grows.
            self.setWidth(QFontMetrics(font).horizontalAdvance(self.widest) + height + 10)
        self.setGrid(255)
        self.redraw()

    def redraw(self) -> None:
        """Draw anew, after ``ticks`` or ``write`` have changed."""
        self.picture = None
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[Any]:
        """Return one level of ticks: more of them where the axis' name would leave fewer than two to be read."""
        count = max(2, int(size / _ROOM[self.orientation]))
        end = self._end(low, high)
        for closer in range(count, 2 * count + 1):
            found = self.ticks(low, high, closer)
            if sum(value < end for value in found) > 1:
                return [(1.0, found)]
        return [(1.0, self.ticks(low, high, count))]

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        """Write the ticks, but none where the axis' name stands."""
        end = self._end(*self.range)
        return [self.write(value) if value < end else "" for value in values]

    def _end(self, low: float, high: float) -> float:
        """Return where the axis' name begins, before which ticks are written."""
        if self.orientation != "bottom" or not self.label.isVisible():
            return math.inf
        room: float = self.label.boundingRect().width() + 12
        wide: float = max(self.size().width(), 1.0)
        return high - (high - low) * room / wide

    def boundingRect(self) -> QRectF:
        """Return the room of the grid and of the ticks, which reach beyond the ends of the axis."""
        rect: QRectF = super().boundingRect()
        return rect.adjusted(-_BEYOND, 0, _BEYOND, 0) if self.orientation == "bottom" else rect.adjusted(0, -8, 0, 8)

    def resizeEvent(self, event: Any = None) -> None:
        """Put the lower axis' name at its right end, in line with the ticks."""
        super().resizeEvent(event)
        if self.orientation == "bottom" and self.label is not None:
            rect = self.label.boundingRect()
            self.label.setPos(QPointF(self.size().width() - rect.width() + 4, self.size().height() - rect.height() + 3))

    def _updateLabel(self) -> None:
        """Leave the name as ``name`` has set it: pyqtgraph would write HTML of its own."""
        self._adjustSize()
        self.picture = None
        self.update()


def finite_range(values: list[np.ndarray[Any, Any]]) -> tuple[float, float] | None:
    """Return the least and the greatest number of some arrays, None if there is none that is finite."""
    lows, highs = [], []
    for array in values:
        finite = array[np.isfinite(array)]
        if len(finite):
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    return (min(lows), max(highs)) if lows else None
