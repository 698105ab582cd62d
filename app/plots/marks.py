"""What is marked on the curves: best epochs, divergence, interventions, and how long early stopping has waited."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QPen

from app.plots.lines import LOSS, Looks, Metric, on_axis
from app.plots.run_curves import RunCurves
from app.plots.spots import Note, Spot, Spots, marker
from app.shell.theme import Theme

_MOST_TICKS = 60  # interventions of a run that are marked: a dragged slider makes hundreds
_TICK = 0.07  # of the height
_RING, _CROSS = 11, 12  # pixels
_SHADE = 0.14
_MOST_SHADED = 2  # runs whose waiting is shaded


class Marks:
    """The marks of all runs in one plot."""

    def __init__(self, view: pg.ViewBox, theme: Theme, metric: Metric) -> None:
        self.view = view
        self.theme = theme
        self.metric = metric
        self.spots = Spots(view, 20)
        self.ticks = pg.PlotCurveItem(connect="pairs")
        self.ticks.setZValue(-20)
        self.view.addItem(self.ticks, ignoreBounds=True)
        self.waits = [_Wait(view, theme) for _ in range(_MOST_SHADED)]
        self._steps: list[float] = []
        view.sigYRangeChanged.connect(self.place)

    def draw(self, runs: Sequence[RunCurves], looks: Looks) -> None:
        """Mark the runs that are shown."""
        shown = [run for run in runs if run.visible and len(run.curves)]
        self.spots.show([spot for run in shown for spot in self._spots(run, looks)])
        live = [run for run in shown if not run.faint]
        self._steps = [run.epoch_at(change.step) for run in live for change in run.interventions[-_MOST_TICKS:]]
        waiting = [run for run in live if run.patience is not None and run.best_epoch > 0][-_MOST_SHADED:]
        for place, wait in enumerate(self.waits):
            wait.draw(waiting[place] if place < len(waiting) else None, len(waiting) == 1 and self.metric is LOSS)
        self.place()

    def place(self) -> None:
        """Put what stands at the edges of the plot there, after the edges have moved."""
        low, high = self.view.viewRange()[1]
        x = np.repeat(np.array(self._steps), 2)
        y = np.tile([low, low + (high - low) * _TICK], len(self._steps))
        pen = QPen(self.theme.color("text2"), 1)
        pen.setCosmetic(True)
        self.ticks.setData(x, y, pen=pen)
        for wait in self.waits:
            wait.place()

    def _spots(self, run: RunCurves, looks: Looks) -> list[Spot]:
        found = []
        epochs = run.curves["epoch"]
        values = run.curves[self.metric.validation]
        if np.isnan(values).all():
            values = run.curves[self.metric.train]
        if run.best_epoch > 0 and not run.faint:
            value = values[min(int(np.searchsorted(epochs, run.best_epoch)), len(values) - 1)]
            if np.isfinite(value):
                y = float(on_axis(np.array([value]), looks)[0])
                color, panel = self.theme.series(run.place), self.theme.color("panel")
                found.append(Spot(run.best_epoch, y, marker(run.place), _RING, panel, color))
        if run.diverged_at is not None:
            train = run.curves[self.metric.train]
            last = train[np.isfinite(train)][-1:]
            if len(last):
                y = float(on_axis(last, looks)[0])
                fill = self.theme.color("err", 0.5 if run.faint else 1.0)
                found.append(Spot(run.epoch_at(run.diverged_at), y, "x", _CROSS, fill))
        return found


class _Wait:
    """The epochs that early stopping has waited since the best one, shaded, and those that it may still wait."""

    def __init__(self, view: pg.ViewBox, theme: Theme) -> None:
        self.view = view
        self.theme = theme
        self.waited = pg.LinearRegionItem(movable=False, pen=QPen(Qt.PenStyle.NoPen))
        self.ahead = pg.LinearRegionItem(movable=False)
        self.label = Note(view, 30)
        self.best = self.end = 0
        for item, depth in ((self.waited, -30), (self.ahead, -31)):
            item.setZValue(depth)
            item.setAcceptHoverEvents(False)
            self.view.addItem(item, ignoreBounds=True)
        self.draw(None, False)

    def draw(self, run: RunCurves | None, labelled: bool) -> None:
        """Shade the waiting of a run, or of none."""
        shown = run is not None and run.waited > 0
        self.waited.setVisible(shown)
        self.ahead.setVisible(shown)
        if run is None or run.patience is None or not shown:
            self.label.show("", self.theme.color("text"), self.theme.font())
            return
        color = self.theme.series(run.place)
        shade = self.theme.series(run.place)
        shade.setAlphaF(_SHADE)
        self.best = run.best_epoch
        now = run.best_epoch + run.waited
        self.waited.setBrush(shade)
        self.waited.setRegion((run.best_epoch, now))
        self.end = run.best_epoch + max(run.patience, run.waited)
        self.ahead.setRegion((now, self.end))
        self.ahead.setVisible(self.end > now)
        self.ahead.setBrush(QColor(0, 0, 0, 0))
        pen = QPen(color, 1, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        for line in self.ahead.lines:
            line.setPen(pen)
        text = QCoreApplication.translate("Curves", "best {0} · waited {1} of {2}")
        told = text.format(run.best_epoch, run.waited, run.patience) if labelled else ""
        self.label.show(told, color, self.theme.font(self.theme.sizes.axis, bold=True))

    def place(self) -> None:
        """Put the label at the upper edge: behind the waiting, or before it, or on it, wherever there is room."""
        (left, right), (_, high) = self.view.viewRange()
        needed = (self.label.width + 12) * (right - left) / max(self.view.width(), 1)
        if self.end + needed <= right:
            self.label.place(self.end, high, left=False)
        else:
            self.label.place(self.best, high, left=self.best - needed >= left)
