"""The plot of the sharpness: the largest eigenvalue λ of the loss' Hessian through training, and the line 2/η.

Gradient descent with the learning rate η overshoots along the sharpest direction where λ is above 2/η.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsTextItem

from app.plots.axes import finite_range, log_ticks, power
from app.plots.curve_plot import EpochPlot, Reading
from app.plots.lines import MOST_POINTS, Looks
from app.plots.run_curves import RunCurves
from app.plots.spots import Note, Spot, Spots, marker
from app.plots.thinning import Floats, thin
from app.shell.theme import Theme
from app.shell.widgets.numbers import written

_FAINT = 0.35  # opacity of an earlier run
_DOT = 4  # pixels
_MOST_DOTS = 80  # of a run; more of them are a line
_DASH = (4.0, 3.0)
_NAME = 0.15  # of the range above 2/η, for its name
_BELOW, _ABOVE = 1.0, 3.0  # powers of ten around λ within which 2/η is always in sight


def bound(run: RunCurves) -> Floats:
    """Return 2/η at each row of a run's curves (n,): NaN where the learning rate is 0 or not known."""
    rate = run.curves["learning_rate"]
    return np.divide(2.0, rate, out=np.full_like(rate, np.nan), where=rate > 0)


def positive(values: Floats) -> Floats:
    """Return the logarithms to base 10 of what a logarithmic axis can show, NaN for the rest."""
    return np.log10(values, out=np.full_like(values, np.nan), where=np.isfinite(values) & (values > 0))


class SharpnessPlot(EpochPlot):
    """λ of each run where it has been measured, on a logarithmic axis."""

    def __init__(self, theme: Theme) -> None:
        self._measured: Mapping[int, Mapping[int, float]] = {}
        super().__init__(theme, ("λ", "2/η"))
        self.looks = Looks(log=True)
        self.left.ticks, self.left.write = log_ticks, power
        self.lines: list[tuple[pg.PlotCurveItem, pg.PlotCurveItem]] = []  # λ and 2/η of each run
        self.points = Spots(self.view, 5)
        self.label = Note(self.view, 10)
        self.note = QGraphicsTextItem()
        self.note.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.note.setZValue(30)
        self.view.addItem(self.note, ignoreBounds=True)

    def set_measured(self, measured: Mapping[int, Mapping[int, float]], note: str) -> None:
        """Take λ by the place of a run and by epoch; note: why there is none, or not of all runs."""
        self._measured = measured
        self.note.setPlainText(note)

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Take the runs to draw, the newest last."""
        super().set_runs(runs)
        while len(self.lines) > len(self.runs):
            for line in self.lines.pop():
                self.view.removeItem(line)
        while len(self.lines) < len(self.runs):
            pair = pg.PlotCurveItem(antialias=True, connect="finite"), pg.PlotCurveItem(connect="finite")
            for line in pair:
                self.view.addItem(line, ignoreBounds=True)
            self.lines.append(pair)

    # -- drawn ---------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw all runs as they are now."""
        spots: list[Spot] = []
        newest = None
        for run, (line, limit) in zip(self.runs, self.lines, strict=True):
            epochs, values = self._curve(run)
            line.setVisible(run.visible and bool(len(epochs)))
            limit.setVisible(run.visible and not run.faint)
            color = self.theme.series(run.place)
            if run.faint:
                color.setAlphaF(_FAINT)
            if run.visible:
                line.setData(epochs, values, pen=_pen(color, ()))
            if run.visible and not run.faint:
                newest = run
                limit.setData(*thin(run.curves["epoch"], positive(bound(run)), MOST_POINTS), pen=_pen(color, _DASH))
                if len(epochs) <= _MOST_DOTS:
                    there = np.isfinite(values)
                    symbol = marker(run.place)
                    spots += [
                        Spot(x, y, symbol, _DOT, color) for x, y in zip(epochs[there], values[there], strict=True)
                    ]
        self.points.show(spots)
        self._name_limit(newest)
        self._place_note()

    def _curve(self, run: RunCurves) -> tuple[Floats, Floats]:
        """Return the epochs at which λ of a run is known, and its logarithms."""
        measured = sorted(self._measured.get(run.place, {}).items())
        return np.array([epoch for epoch, _ in measured], float), positive(np.array([value for _, value in measured]))

    def _name_limit(self, run: RunCurves | None) -> None:
        """Write what the dashed line is at its end, or at the edge that it lies beyond."""
        limits = np.empty(0) if run is None else positive(bound(run))
        if run is None or not len(limits) or np.isnan(limits[-1]):
            self.label.show("", self.theme.color("text"), self.theme.font())
            return
        (left, right), (low, high) = self.view.viewRange()
        value = float(limits[-1])
        arrow = "↑ " if value > high else "↓ " if value < low else ""
        text = f"{arrow}2/η = {written(10**value)}"
        self.label.show(text, self.theme.series(run.place), self.theme.font(self.theme.sizes.axis, bold=True))
        # Above the line, which λ comes up to from below, unless there is no room.
        tall = (self.label.item.boundingRect().height() + 5) * (high - low) / max(self.view.height(), 1)
        at = min(max(value, low + tall), high)
        needed = (self.label.width + 12) * (right - left) / max(self.view.width(), 1)
        end = min(max(float(run.curves["epoch"][-1]), left + needed), right)
        self.label.place(end, at if at + tall > high else at + tall, left=True)

    def _place_note(self) -> None:
        font, color = self.theme.font(self.theme.sizes.axis), self.theme.color("text2")
        self.note.setVisible(bool(self.note.toPlainText()))
        self.note.setFont(font)
        self.note.setDefaultTextColor(color)
        self.note.setTextWidth(max(self.view.width() - 8, 40))
        (left, _), (low, _) = self.view.viewRange()
        per_pixel = (self.view.viewRange()[1][1] - low) / max(self.view.height(), 1)
        self.note.setPos(left, low + self.note.boundingRect().height() * per_pixel)

    def _heights(self, shown: Sequence[RunCurves]) -> tuple[float, float] | None:
        curves = [self._curve(run)[1] for run in shown]
        limits = [positive(bound(run)) for run in shown if not run.faint]
        around = finite_range(curves)
        if around is None:
            return finite_range(limits)
        low, high = around
        limit = finite_range([values.clip(low - _BELOW, high + _ABOVE) for values in limits])
        if limit is None:
            return around
        low, high = min(low, limit[0]), max(high, limit[1])
        return low, max(high, limit[1] + _NAME * (high - low))

    # -- crosshair -----------------------------------------------------------------------------------------------

    def read(self, epoch: float) -> list[Reading]:
        """Return for each run that is drawn strongly the measured epoch next to this one, λ and 2/η there."""
        found: list[Reading] = []
        for run in self.runs:
            measured = self._measured.get(run.place)
            if not run.visible or run.faint or not measured:
                continue
            at = min(measured, key=lambda known: abs(known - epoch))
            place = min(int(np.searchsorted(run.curves["epoch"], at)), len(run.curves) - 1)
            limit = float(bound(run)[place]) if place >= 0 else float("nan")
            found.append((run, float(at), (measured[at], limit)))
        return found


def _pen(color: QColor, dash: tuple[float, ...]) -> QPen:
    pen = QPen(color, 1.0)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dash:
        pen.setDashPattern(list(dash))
    return pen
