"""A line through the weights: the loss along it, with the tangent where the network is."""

from dataclasses import replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen

from app.landscape.frames import LandscapeFrame
from app.landscape.plot import LandscapePlot
from app.landscape.strokes import DASHES, PathItems, casing, marks
from app.plots.axes import Axis, log_ticks, power, round_ticks
from app.plots.spots import Spot
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from core.landscape.values import Floats, Place
from core.pictures.depth import Scale

_TANGENT = 0.35  # of the width, to each side


class LineMap(LandscapePlot):
    """The curve; its places are (x, 0)."""

    def __init__(self, theme: Theme) -> None:
        left, bottom = (Axis(theme, side, round_ticks) for side in ("left", "bottom"))
        super().__init__(theme, left, bottom)
        self.setAccessibleName(self.tr("Loss along a line"))
        self.scale = Scale()
        self.curve = pg.PlotCurveItem(connect="finite")
        self.tangent = pg.PlotCurveItem()
        for item in (self.curve, self.tangent):
            self.view.addItem(item, ignoreBounds=True)
        self.steps = PathItems(self.view, 14, DASHES)
        self.refresh()

    def show_frame(self, frame: LandscapeFrame, scale: Scale) -> None:
        """Show the losses of a line, and where the runs stand on it."""
        self.frame, self.scale = frame, scale
        picture = frame.picture
        low, high = scale.low, scale.high
        room = (high - low) * 0.06
        self.view.setRange(xRange=(picture.xs[0], picture.xs[-1]), yRange=(low - room, high + room), padding=0)
        self.left.ticks = log_ticks if scale.log else round_ticks
        self.left.write = power if scale.log else written
        self.left.redraw()
        on = scale.on(picture.loss[0])
        self.curve.setData(picture.xs.copy(), np.where(np.isfinite(on), on, np.nan), pen=self._pen("accent", 2.0))
        self._draw_tangent(frame)
        steps = self._steps(frame)
        self.steps.show(steps, self.theme.color("accent"), casing(self.theme))
        spots = []
        for spot in marks(self.theme, frame.paths):
            height = float(self._heights(np.array([spot.x]))[0])
            if np.isfinite(height):
                spots.append(replace(spot, y=height))
        spots += [Spot(x, y, "o", 7, self.theme.color("accent"), self.theme.color("panel"), 1.0) for x, y in steps[1:]]
        self.spots.show(spots)
        self.take(self._taken)

    def _steps(self, frame: LandscapeFrame) -> Floats:
        """Return where the next steps lead (k, 2): along the line, and the true loss, which may lie off the curve,
        since the steps go in all directions."""
        ahead = frame.ahead
        if ahead is None:
            return np.empty((0, 2))
        found = np.column_stack([ahead.places[:, 0], self.scale.on(ahead.losses)])
        return found[np.isfinite(found).all(axis=1)]

    def clear_frame(self) -> None:
        """Show nothing."""
        self.frame = None
        self.steps.show(None, QColor(), QColor())
        self.curve.setData([], [])
        self.tangent.setData([], [])
        self.spots.show([])
        self.take(None)

    def point_at(self, place: Place | None) -> None:
        """Mark the place that is pointed at, here or elsewhere."""
        super().point_at(place)
        self.pointer.show(self._mark(place, "+", 15, QColor(self.theme.color("text"))))

    def take(self, place: Place | None) -> None:
        """Mark the place whose weights the network takes, or none."""
        self._taken = place
        self.taken.show(self._mark(place, "d", 20, self.theme.color("fill")))

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.setBackground(self.theme.color("panel"))
        for axis in (self.left, self.bottom):
            axis.refresh()
        if self.frame is not None:
            self.show_frame(self.frame, self.scale)

    def _mark(self, place: Place | None, symbol: str, size: float, color: QColor) -> list[Spot]:
        if place is None or self.frame is None:
            return []
        height = float(self._heights(np.array([place[0]]))[0])
        if not np.isfinite(height):
            return []
        return [Spot(place[0], height, symbol, size, color, self.theme.color("panel"), 1.0)]

    def _heights(self, xs: Floats) -> Floats:
        assert self.frame is not None
        picture = self.frame.picture
        found: Floats = np.interp(xs, picture.xs, self.scale.on(picture.loss[0]), left=np.nan, right=np.nan)
        return found

    def _draw_tangent(self, frame: LandscapeFrame) -> None:
        """Draw the tangent where the network is, or in the middle as long as nothing is known of it: the loss there,
        and its slope, in as many short pieces as a curve needs where the axis is logarithmic."""
        picture, ahead = frame.picture, frame.ahead
        here, loss, slope = picture.plane.middle[0], picture.centre_loss, picture.slope[0]
        if ahead is not None:
            here, loss, slope = float(ahead.places[0, 0]), float(ahead.losses[0]), ahead.slope[0]
        reach = _TANGENT * (picture.xs[-1] - picture.xs[0]) / 2
        x = np.linspace(here - reach, here + reach, 41)
        y = self.scale.on(loss + slope * (x - here))
        self.tangent.setData(x, np.where(np.isfinite(y), y, np.nan), connect="finite", pen=self._pen("text2", 1.4))

    def _pen(self, color: str, width: float) -> QPen:
        pen = QPen(self.theme.color(color), width)
        pen.setCosmetic(True)
        return pen

    def place_at(self, x: float, y: float) -> Place | None:  # noqa: ARG002 (it is the loss)
        """Return the place below or above which a point lies."""
        assert self.frame is not None
        return (x, 0.0) if self.frame.picture.xs[0] <= x <= self.frame.picture.xs[-1] else None
