"""A plot without time: titled axes that stay where they are, areas and lines of each run, a hair under the mouse."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPen

from app.dropout.areas import Area
from app.plots.axes import Axis, Ticks
from app.plots.curves import Board
from app.plots.spots import Spot, Spots
from app.plots.thinning import Floats
from app.shell.theme import Theme

_FILL = 0.2  # opacity of a band


@dataclass(frozen=True, eq=False)
class Line:
    """A curve over x, (n,), with a symbol at each point and a band around it, which may be left out."""

    x: Floats
    y: Floats
    low: Floats
    high: Floats
    color: QColor
    symbol: str
    filled: bool = True


class BandPlot(Board):
    """Draws lines with bands. side, bottom: its axes."""

    def __init__(self, theme: Theme, left: Ticks, bottom: Ticks, write: Callable[[float], str]) -> None:
        """Make an empty plot with these ticks; write: how the lower axis writes a number."""
        super().__init__()
        self.theme = theme
        self.side, self.bottom = Axis(theme, "left", left), Axis(theme, "bottom", bottom, write)
        self.item = pg.PlotItem(axisItems={"left": self.side, "bottom": self.bottom}, enableMenu=False)
        self.item.hideButtons()
        self.item.setMouseEnabled(False, False)
        for axis in (self.side, self.bottom):
            axis.setZValue(-1000)  # the grid lies below the curves
        self.view = self.item.getViewBox()
        self.view.disableAutoRange()
        self.view.setDefaultPadding(0)
        self.ci.addItem(self.item)
        self.hair = pg.InfiniteLine(angle=90, movable=False)
        self.hair.setZValue(15)
        self.hair.hide()
        self.view.addItem(self.hair, ignoreBounds=True)
        self.spots = Spots(self.view, 20)
        self.lines: list[tuple[Area, pg.PlotCurveItem]] = []

    def draw(self, lines: Sequence[Line]) -> None:
        """Draw these lines and no others."""
        while len(self.lines) > len(lines):
            area, curve = self.lines.pop()
            area.remove()
            self.view.removeItem(curve)
        while len(self.lines) < len(lines):
            curve = pg.PlotCurveItem(antialias=True, connect="finite")
            self.view.addItem(curve, ignoreBounds=True)
            self.lines.append((Area(self.view, 1), curve))
        spots = []
        for line, (area, curve) in zip(lines, self.lines, strict=True):
            pen = QPen(line.color, 1.0)
            pen.setCosmetic(True)
            curve.setData(line.x, line.y, pen=pen)
            soft = QColor(line.color)
            soft.setAlphaF(_FILL)
            if line.filled:
                area.show(line.x, line.low, line.high, soft)
            else:
                area.hide()
            spots += [
                Spot(float(x), float(y), line.symbol, 6, line.color)
                for x, y in zip(line.x, line.y, strict=True)
                if np.isfinite(y)
            ]
        self.spots.show(spots)

    def set_heights(self, low: float, high: float) -> None:
        """Show these heights."""
        if self.view.viewRange()[1] != [low, high]:
            self.view.setYRange(low, high, padding=0)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.setBackground(self.theme.color("panel"))
        for axis in (self.side, self.bottom):
            axis.refresh()
        pen = QPen(self.theme.color("text2"), 1, Qt.PenStyle.DotLine)
        pen.setCosmetic(True)
        self.hair.setPen(pen)

    def place_under(self, at: QPointF) -> QPointF | None:
        """Return the place of the plot at a place of the scene, None outside."""
        inside = self.view.sceneBoundingRect().contains(at)
        return self.view.mapSceneToView(at) if inside else None
