"""The page of time: the loss of the runs against steps, epochs and seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from app.gradients.page import Page
from app.gradients.plot import Plot, Row, around, grown, logarithms, number, pen
from app.plots.axes import Axis, log_ticks, power, round_ticks, whole_ticks
from app.plots.curves import CurvesView
from app.plots.legend import Legend
from app.plots.run_curves import RunCurves
from app.plots.thinning import thin
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.numbers import written
from app.timeline.cursor import moment_line, paint_line
from app.timeline.moment import Moment
from app.work.history import History
from core.runs.curves import Column, to_csv

_MOST = 600  # points of a curve
_MOST_RUNS = 16
_FAINT = 0.35  # opacity of an earlier run
_REDRAW_MS = 150
_LEAST = 200  # pixels of a plot
_PARTS: tuple[Column, Column] = ("train_loss", "validation_loss")


@dataclass(frozen=True)
class Against:
    """What a loss is drawn against: a column of the curves, what its axis is called, and the least end of it."""

    column: Column
    title: str
    least: float


def againsts() -> tuple[Against, ...]:
    """Return what losses are drawn against."""
    tr = QCoreApplication.translate
    return (
        Against("step", tr("Gradients", "steps"), 10.0),
        Against("epoch", tr("Gradients", "epochs"), 1.0),
        Against("seconds", tr("Gradients", "seconds"), 0.01),
    )


class LossPlot(Plot):
    """The losses of some runs, training solid and validation dashed."""

    def __init__(self, theme: Theme, against: Against) -> None:
        self.against = against
        self.runs: tuple[RunCurves, ...] = ()
        self.log = False
        self._lines: list[tuple[pg.PlotCurveItem, pg.PlotCurveItem]] = []
        self._end = against.least
        self._heights = (0.0, 1.0)
        whole = against.column != "seconds"
        bottom = Axis(theme, "bottom", whole_ticks if whole else round_ticks)
        name = QCoreApplication.translate("Gradients", "Loss against {0}").format(against.title)
        super().__init__(theme, Axis(theme, "left", round_ticks), bottom, name)
        self.mark = moment_line(theme, self.view)
        self.refresh()

    def set_log(self, on: bool) -> None:
        """Give the loss a logarithmic axis, or an even one."""
        self.log = on
        self.left.ticks, self.left.write = (log_ticks, power) if on else (round_ticks, written)
        self.refresh()
        self._fit(anew=True)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        tr = QCoreApplication.translate
        super().refresh()
        self.left.name(tr("Gradients", "loss (log)") if self.log else tr("Gradients", "loss"))
        self.bottom.name(self.against.title)
        paint_line(self.theme, self.mark)

    def show_moment(self, moment: Moment | None) -> None:
        """Mark a moment, where it is one of a run that is drawn."""
        drawn = moment is not None and any(run.place == moment.place for run in self.runs)
        at = moment.value(self.against.column) if moment is not None and drawn else float("nan")
        self.mark.setVisible(bool(np.isfinite(at)))
        if np.isfinite(at):
            self.mark.setValue(at)

    def show_runs(
        self, runs: Sequence[RunCurves], *, anew: bool = False, heights: tuple[float, float] | None = None
    ) -> None:
        """Show these runs, the newest last; anew: fit the axes in any case; heights: that the loss is to have."""
        self.runs = tuple(run for run in runs if run.visible and len(run.curves))[-_MOST_RUNS:]
        self.draw()
        self._fit(anew=anew)
        if heights is not None:
            self._heights = heights
            self.span((0, self._end), heights)

    def draw(self) -> None:
        """Draw the curves."""
        while len(self._lines) < len(self.runs):
            self._lines.append((self.line(self.theme.color("text")), self.line(self.theme.color("text"))))
        for place, pair in enumerate(self._lines):
            run = self.runs[place] if place < len(self.runs) else None
            for column, line in zip(_PARTS, pair, strict=True):
                x = np.empty(0) if run is None else run.curves[self.against.column]
                there = run is not None and bool(np.isfinite(x).all())
                line.setVisible(there)
                if run is None or not there:
                    continue
                color = self.theme.series(run.place)
                color.setAlphaF(_FAINT if run.faint else 1.0)
                y = run.curves[column]
                line.setData(*thin(x, logarithms(y) if self.log else y, _MOST), pen=pen(color, column != _PARTS[0]))

    def _fit(self, *, anew: bool) -> None:
        ends = [float(run.curves[self.against.column][-1]) for run in self.runs]
        self._end = grown(
            max((end for end in ends if np.isfinite(end)), default=0.0), self._end, least=self.against.least, anew=anew
        )
        shown = [run.curves[column] for run in self.runs for column in _PARTS]
        if not self.log:  # where one run has diverged, the others are still to be seen
            firsts = [values[np.isfinite(values)][0] for values in shown if np.isfinite(values).any()]
            shown = [np.minimum(values, 3 * max(firsts)) for values in shown] if firsts else []
        heights = [logarithms(values) if self.log else values for values in shown]
        self._heights = around(heights, self._heights, anew=anew)
        self.span((0, self._end), self._heights)

    def read(self, x: float, y: float) -> tuple[str, Sequence[Row]]:  # noqa: ARG002
        """Tell the losses of all runs that are drawn strongly, at the epochs next to this place."""
        rows: list[Row] = []
        for run in self.runs:
            at = run.curves[self.against.column]
            if run.faint or not np.isfinite(at).all():
                continue
            place = int(np.abs(at - x).argmin())
            train, validation = (float(run.curves[column][place]) for column in _PARTS)
            words = QCoreApplication.translate("Gradients", "train {0}, validation {1}")
            rows.append((self.theme.series(run.place), run.name, words.format(number(train), number(validation))))
        return f"{number(x)} {self.against.title}", rows


class TimePage(Page):
    """The same runs against steps, epochs and seconds: side by side, or one of them where there is little room."""

    def __init__(self, icons: Icons, curves: CurvesView, history: History) -> None:
        sentence = self.tr(
            "The same losses three times. A small batch takes many quick steps, a large one few slow ones: against "
            "steps the large batch looks better, against epochs the small one; what counts is the seconds. They are "
            "those of steps and evaluations alone, without pauses and drawing. Runs that train together in one matrix "
            "share its time: each has that of all of them."
        )
        super().__init__(icons, self.tr("Steps, epochs, seconds"), sentence)
        self.curves, self.history = curves, history
        self.moment: Moment | None = None
        self.legend = Legend(self.theme)
        self.log = QCheckBox(self.tr("Log y"))
        self.log.setChecked(True)
        self.log.toggled.connect(self._set_log)
        self.chosen = QuietCombo(self.tr("What the loss is drawn against"))
        for against in againsts():
            self.chosen.addItem(against.title)
        self.chosen.setCurrentIndex(2)
        self.chosen.activated.connect(lambda _index: self._arrange())
        self.add(self.chosen)
        self.add(self.log)
        self.plots = [LossPlot(self.theme, against) for against in againsts()]
        for plot in self.plots:
            self.body.addWidget(plot, 1)
        self._soon = QTimer(self, interval=_REDRAW_MS, singleShot=True)
        self._soon.timeout.connect(self._show)
        history.grew.connect(self._later)
        curves.runs_changed.connect(self._later)
        self.visible_changed.connect(lambda on: self._show(anew=True) if on else None)
        self._set_log(True)
        self._arrange()

    def _set_log(self, on: bool) -> None:
        for plot in self.plots:
            plot.set_log(on)

    def show_moment(self, moment: Moment | None) -> None:
        """Mark the moment that is shown in place of now."""
        self.moment = moment
        for plot in self.plots:
            plot.show_moment(moment)

    def _later(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _show(self, *, anew: bool = False) -> None:
        if not self.isVisible():
            return
        runs = self.curves.runs
        there = any(len(run.curves) > 1 for run in runs)
        missing = self.tr("A run with at least one epoch is needed.")
        self.show_missing("" if there else missing, self.tr("Train 10 epochs"))
        # A faint run of this job is the ghost of another and is named; those of earlier jobs are too many.
        self.legend.set_runs([replace(run, faint=run.place < self.history.place and run.faint) for run in runs])
        for plot in self.plots:
            plot.show_runs(runs, anew=anew)
            plot.show_moment(self.moment)

    def plots_shown(self) -> Sequence[QWidget]:
        """Return the legend and the three plots."""
        return self.legend, *self.plots

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of the runs."""
        runs = [(run.name, run.curves) for run in self.plots[0].runs]
        return partial(to_csv, runs) if runs else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many plots as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        enough = self.width() >= len(self.plots) * _LEAST + 40
        self.chosen.setVisible(not enough)
        self.note.setVisible(not enough)
        if enough:
            self.column.removeWidget(self.legend)
            self.bar.insertWidget(0, self.legend, 1)
        else:
            self.bar.removeWidget(self.legend)
            self.column.insertWidget(1, self.legend)
        for place, plot in enumerate(self.plots):
            plot.setVisible(enough or place == self.chosen.currentIndex())
