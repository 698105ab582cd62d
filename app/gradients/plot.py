"""What the plots of the tab are: a frame with titled axes, and a card that tells what the mouse is at."""

from collections.abc import Sequence
from html import escape
from math import ceil, floor

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.plots.axes import Axis, Ticks, finite_range
from app.plots.readout import ReadOut
from app.plots.thinning import Floats
from app.shell.theme import Theme
from app.shell.widgets.numbers import written

_ROOM = 0.06  # of the range, above and below what is drawn
_GROWS = 1.25  # times the end of what is drawn is where an axis ends, so that it fits for a while
_MOST_DECADES = 12  # of a logarithmic axis

# Of a read-out: a colour or none, a name, what is told of it.
Row = tuple[QColor | None, str, str]


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that the mouse reads and does not move."""

    def __init__(self, theme: Theme, left: Axis, bottom: Axis, name: str) -> None:
        """Make an empty plot; name: what it shows, for screen readers."""
        super().__init__(axisItems={"left": left, "bottom": bottom}, enableMenu=False)
        self.theme = theme
        self.left, self.bottom = left, bottom
        self.view = self.getPlotItem().getViewBox()
        self.hideButtons()
        self.getPlotItem().layout.setContentsMargins(0, 4, 8, 0)
        self.setMouseEnabled(False, False)
        self.view.disableAutoRange()
        self.view.setDefaultPadding(0)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setMinimumSize(80, 60)
        self.setAccessibleName(name)
        for axis in (left, bottom):
            axis.setZValue(-1000)  # the grid lies below what is drawn
        self.card = ReadOut(theme, self)
        self.scene().sigMouseMoved.connect(self._moved)
        theme.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.setBackground(self.theme.color("panel"))
        for axis in (self.left, self.bottom):
            axis.refresh()
        self.draw()

    def draw(self) -> None:
        """Draw what is shown."""

    def read(self, x: float, y: float) -> tuple[str, Sequence[Row]]:  # noqa: ARG002 (what every plot is asked)
        """Return what there is to be told of a place: a head and rows; no rows where there is nothing."""
        return "", ()

    def line(self, color: QColor) -> pg.PlotCurveItem:
        """Add an empty line."""
        curve = pg.PlotCurveItem(antialias=True, connect="finite", pen=pen(color))
        self.view.addItem(curve, ignoreBounds=True)
        return curve

    def span(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Show this part of the plane, which moves the axes only if it is another one."""
        if self.view.viewRange() != [list(x), list(y)]:
            self.view.setRange(xRange=x, yRange=y, padding=0)

    # -- the mouse -----------------------------------------------------------------------------------------------

    def _moved(self, point: QPointF) -> None:
        rect: QRectF = self.view.sceneBoundingRect()
        at = self.view.mapSceneToView(point)
        head, rows = self.read(float(at.x()), float(at.y())) if rect.contains(point) else ("", ())
        if not rows:
            self.card.hide()
            return
        self.card.label.setText(table(self.theme, head, rows))
        self.card.adjustSize()
        room = self.mapFromScene(rect).boundingRect()
        place: QPoint = self.mapFromScene(point)
        self.card.put_beside(place, room)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the card away."""
        super().leaveEvent(event)
        self.card.hide()


def table(theme: Theme, head: str, rows: Sequence[Row]) -> str:
    """Return rows under a head, as rich text."""
    lines = [f"<tr><td colspan=2><b>{escape(head)}</b></td></tr>"]
    for color, name, told in rows:
        mark = "" if color is None else f"<b style='color:{color.name()}'>━</b> "
        lines.append(f"<tr><td>{mark}{escape(name)}</td><td align=right>&nbsp;&nbsp;{escape(told)}</td></tr>")
    return f"<table cellspacing=0 cellpadding=1 style='font-size:{theme.sizes.axis}px'>{''.join(lines)}</table>"


def pen(color: QColor, dashed: bool = False, width: float = 1.0) -> QPen:
    """Return a pen that keeps its width on the screen."""
    found = QPen(color, width)
    found.setCosmetic(True)
    found.setCapStyle(Qt.PenCapStyle.FlatCap)
    found.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    if dashed:
        found.setDashPattern([5.0, 3.0])
    return found


def logarithms(values: Floats) -> Floats:
    """Return the logarithms (base ten) of what a logarithmic axis can show, NaN for the rest."""
    good = np.isfinite(values) & (values > 0)
    return np.log10(values, out=np.full(np.shape(values), np.nan), where=good)


def decades(found: tuple[float, float] | None, before: tuple[float, float] | None = None) -> tuple[float, float]:
    """Return the whole powers of ten that hold logarithms; before: those that are shown, which are never left."""
    low, high = (-1.0, 0.0) if found is None else (float(floor(found[0])), float(ceil(found[1])))
    if before is not None and found is not None:
        low, high = min(low, before[0]), max(high, before[1])
    high = max(high, low + 1)
    return max(low, high - _MOST_DECADES), high


def around(values: Sequence[Floats], before: tuple[float, float], *, anew: bool = False) -> tuple[float, float]:
    """Return the range of an axis: as before, unless what is drawn has grown out of it or fills little of it."""
    found = finite_range(list(values))
    if found is None:
        return before
    low, high = found
    room = (high - low) * _ROOM or abs(high) * _ROOM or _ROOM
    if not anew and before[0] <= low and high <= before[1] and high - low >= (before[1] - before[0]) / 2:
        return before
    return low - room, high + room


def grown(end: float, before: float, *, least: float = 1e-9, anew: bool = False) -> float:
    """Return where an axis that begins at 0 ends, of which so much is filled; before: where it has ended so far."""
    wide = max(end * _GROWS, least)
    return wide if anew or end > before or wide < before / 2 else before


def named_ticks(count: int, sign: int = 1) -> Ticks:
    """Return ticks at 0 … count − 1 (times the sign), where names are written."""
    return lambda low, high, _count: [float(sign * place) for place in range(count) if low <= sign * place <= high]


def number(value: float, digits: int = 3) -> str:
    """Write a number, – where there is none."""
    return "–" if np.isnan(value) else written(value, digits)
