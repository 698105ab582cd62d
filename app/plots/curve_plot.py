"""One plot of curves: its axes and ranges, the lines of all runs, their marks, and the crosshair."""

from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QPen

from app.plots.axes import (
    Axis,
    finite_range,
    log_ticks,
    percent,
    power,
    round_ticks,
    share_ticks,
    whole_ticks,
)
from app.plots.lines import ACCURACY, WIDE_PIXELS, Looks, Metric, RunLines, Window, on_axis
from app.plots.marks import Marks
from app.plots.run_curves import RunCurves
from app.plots.spots import Spot, Spots, marker
from app.shell.theme import Theme
from app.shell.widgets.numbers import written

_MOST_FAINT = 16  # earlier runs that are drawn
_SPIKE = 3.0  # times the first loss: higher ones are left out of the range of a linear axis
_GROWS = 1.25  # times the last epoch is where the axis ends, so that a growing curve fits for a while
_SHORTEST = 10.0  # epochs of an axis
_EDGE = 0.012  # of the axis before epoch 0 and behind the end, so that marks there are not cut
_ROOM = 0.06  # of the range, above and below the curves


# Of a run: its epoch next to the crosshair, and its values there.
Reading = tuple[RunCurves, float, tuple[float, ...]]


class EpochPlot:
    """A plot over the epochs, without what it shows. ``item`` is what lies in the layout.

    looks: how values lie on the left axis. heads: what the read-out calls the values of a run; write: how it writes
    them.
    """

    def __init__(self, theme: Theme, heads: tuple[str, ...], write: Callable[[float], str] = written) -> None:
        self.theme = theme
        self.heads = heads
        self.write = write
        self.looks = Looks()
        self.runs: tuple[RunCurves, ...] = ()
        self.left = Axis(theme, "left", round_ticks)
        self.bottom = Axis(theme, "bottom", whole_ticks)
        self.item = pg.PlotItem(axisItems={"left": self.left, "bottom": self.bottom}, enableMenu=False)
        self.item.hideButtons()
        for axis in (self.left, self.bottom):
            axis.setZValue(-1000)  # the grid lies below the curves
        self.view = self.item.getViewBox()
        self.view.disableAutoRange()
        self.view.setDefaultPadding(0)
        self.view.setRange(xRange=(0, 10), yRange=(0, 1), padding=0)
        self.hair = pg.InfiniteLine(angle=90, movable=False)
        self.hair.setZValue(15)
        self.hair.hide()
        self.view.addItem(self.hair, ignoreBounds=True)
        self.dots = Spots(self.view, 25)

    def name_axes(self, left: str, bottom: str) -> None:
        """Say what the axes show."""
        self.left.name(left)
        self.bottom.name(bottom)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        for axis in (self.left, self.bottom):
            axis.refresh()
        pen = QPen(self.theme.color("text2"), 1, Qt.PenStyle.DotLine)
        pen.setCosmetic(True)
        self.hair.setPen(pen)
        self.draw()

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Take the runs to draw, the newest last."""
        self.runs = tuple(runs)

    def draw(self) -> None:
        """Draw all runs as they are now."""
        raise NotImplementedError

    def window(self) -> Window:
        """Return what can be seen."""
        (left, right), (low, high) = self.view.viewRange()
        return Window(left, right, low, high, self.view.width(), self.view.height())

    # -- ranges --------------------------------------------------------------------------------------------------

    def follow(self, anew: bool = False) -> None:
        """Widen the ranges where curves have grown out of them, or narrow them where curves fill little of them.

        anew: fit them in any case. They move seldom: an axis that moves with every epoch can not be read.
        """
        shown = [run for run in self.runs if run.visible and len(run.curves)]
        (_, right), (low, high) = self.view.viewRange()
        end = self._end(shown)
        wide = max(_SHORTEST, end * _GROWS)
        if anew or end > right / (1 + _EDGE) or wide < right / 2:
            self.view.setXRange(-_EDGE * wide, (1 + _EDGE) * wide, padding=0)
        wanted = self._heights(shown)
        if wanted is None:
            return
        least, most = wanted
        room = (most - least) * _ROOM or abs(most) * _ROOM or _ROOM
        if anew or least < low or most > high or (most - least) < (high - low) / 2:
            self.view.setYRange(least - room, most + room, padding=0)

    def _end(self, shown: Sequence[RunCurves]) -> float:
        """Return the last epoch that the horizontal axis has to show."""
        return max((float(run.curves["epoch"][-1]) for run in shown), default=0.0)

    def _heights(self, shown: Sequence[RunCurves]) -> tuple[float, float] | None:
        """Return what the vertical axis has to show, None where there is nothing."""
        raise NotImplementedError

    # -- crosshair -----------------------------------------------------------------------------------------------

    def epoch_under(self, place: QPointF) -> float | None:
        """Return the epoch at a place of the scene, None outside the plot."""
        if not self.item.isVisible() or not self.view.sceneBoundingRect().contains(place):
            return None
        return float(self.view.mapSceneToView(place).x())

    def read(self, epoch: float) -> list[Reading]:
        """Return what the read-out tells, of each run that is drawn strongly."""
        raise NotImplementedError

    def point_at(self, epoch: float | None) -> None:
        """Put the crosshair at an epoch, or take it away."""
        self.hair.setVisible(epoch is not None)
        if epoch is None:
            self.dots.show([])
            return
        self.hair.setValue(epoch)
        spots = []
        for run, at, values in self.read(epoch):
            color = self.theme.series(run.place)
            for value in values:
                if np.isfinite(value):
                    y = float(on_axis(np.array([value]), self.looks)[0])
                    spots.append(Spot(at, y, marker(run.place), 6, color))
        self.dots.show(spots)


class CurvePlot(EpochPlot):
    """A plot of one metric."""

    def __init__(self, theme: Theme, metric: Metric) -> None:
        heads = (QCoreApplication.translate("ReadOut", "train"), QCoreApplication.translate("ReadOut", "val."))
        super().__init__(theme, heads, percent if metric is ACCURACY else written)
        self.metric = metric
        self.wide = WIDE_PIXELS  # of line that are drawn with wide pens
        self.set_looks(Looks())
        self.lines: list[RunLines] = []
        self.marks = Marks(self.view, theme, metric)

    def set_looks(self, looks: Looks) -> None:
        """Draw in another way."""
        self.looks = looks
        shares = self.metric is ACCURACY
        self.left.ticks = log_ticks if looks.log else share_ticks if shares else round_ticks
        self.left.write = power if looks.log else percent if shares else written
        self.left.redraw()

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Take the runs to draw, the newest last; of earlier ones only some are drawn."""
        earlier = [run for run in runs if run.faint]
        left_out = {id(run) for run in earlier[:-_MOST_FAINT]}
        self.runs = tuple(run for run in runs if id(run) not in left_out)
        while len(self.lines) > len(self.runs):
            self.lines.pop().remove()
        while len(self.lines) < len(self.runs):
            self.lines.append(RunLines(self.view, self.theme, self.metric))

    def draw(self) -> None:
        """Draw all runs as they are now."""
        window, wide = self.window(), self.wide
        for run, lines in sorted(zip(self.runs, self.lines, strict=True), key=lambda pair: pair[0].faint):
            wide = lines.draw(run, self.looks, window, wide)
        self.marks.draw(self.runs, self.looks)

    def _heights(self, shown: Sequence[RunCurves]) -> tuple[float, float] | None:
        """Return what the vertical axis has to show."""
        columns = [run.curves[column] for run in shown for column in self.metric.columns]
        found = finite_range([on_axis(values, self.looks) for values in columns])
        if found is None or self.looks.log or self.metric is ACCURACY:
            return found
        low, high = found
        first = [values[np.isfinite(values)][0] for values in columns if np.isfinite(values).any()]
        return min(0.0, low), min(high, _SPIKE * max(float(max(first)), 0.0) or high)

    def read(self, epoch: float) -> list[Reading]:
        """Return for each run that is drawn strongly its epoch next to this one, and its values there."""
        found: list[Reading] = []
        for run in self.runs:
            epochs = run.curves["epoch"]
            if not run.visible or run.faint or not len(epochs):
                continue
            after = min(int(np.searchsorted(epochs, epoch)), len(epochs) - 1)
            before = max(after - 1, 0)
            place = before if abs(epochs[before] - epoch) <= abs(epochs[after] - epoch) else after
            train, validation = (float(run.curves[column][place]) for column in self.metric.columns)
            found.append((run, float(epochs[place]), (train, validation)))
        return found
