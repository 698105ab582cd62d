"""The losses of the runs, and how much higher the validation loss is: the generalisation gap as an area over time."""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from time import perf_counter

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.dropout.areas import Area
from app.dropout.panel import Missing, Panel
from app.plots.axes import finite_range
from app.plots.curve_plot import CurvePlot, EpochPlot, Reading
from app.plots.curves import Board
from app.plots.lines import LOSS, MOST_POINTS
from app.plots.readout import ReadOut
from app.plots.run_curves import RunCurves
from app.plots.spots import Spot, marker
from app.plots.thinning import Floats, thin
from app.shell.drawn_export import Seen, table
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.stopping.heading import Verdict
from app.timeline.cursor import EpochCursor
from app.timeline.moment import Moment

_REDRAW_MS = 100  # between two drawings while training goes on, at the least
_SHARE = 0.08  # of wall time that drawing may take
_FILL = 0.22  # opacity
_MOST_FILLED = 4  # runs whose areas can be told apart where they lie over each other
_TALL = 0.7  # of its width: from this height on the plots lie one above the other


def gap(run: RunCurves) -> Floats:
    """Return validation loss − training loss at each row of a run's curves (n,), NaN where one of them is none.

    Where rows come in pairs, of the least and the greatest values of some epochs, so do the gaps, nearly.
    """
    return run.curves["validation_loss"] - run.curves["train_loss"]


class GapPlot(EpochPlot):
    """The gap of each run over the epochs, filled down to 0."""

    def __init__(self, theme: Theme) -> None:
        tr = QCoreApplication.translate
        heads = tr("ReadOut", "train"), tr("ReadOut", "val."), tr("ReadOut", "gap")
        self.areas: list[tuple[Area, pg.PlotCurveItem]] = []
        self.shown: int | None = None  # the place of the run on the canvas, which is filled in any case
        super().__init__(theme, heads)
        self.zero = pg.InfiniteLine(angle=0, pos=0.0, movable=False)
        self.zero.setZValue(5)
        self.view.addItem(self.zero, ignoreBounds=True)

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Take the runs to draw."""
        super().set_runs(runs)
        while len(self.areas) > len(self.runs):
            area, line = self.areas.pop()
            area.remove()
            self.view.removeItem(line)
        while len(self.areas) < len(self.runs):
            line = pg.PlotCurveItem(antialias=True, connect="finite")
            self.view.addItem(line, ignoreBounds=True)
            self.areas.append((Area(self.view, 1), line))

    def draw(self) -> None:
        """Draw all runs as they are now."""
        pen = QPen(self.theme.color("strong"), 1)
        pen.setCosmetic(True)
        self.zero.setPen(pen)
        few = len(self.runs) <= _MOST_FILLED
        for run, (area, line) in zip(self.runs, self.areas, strict=True):
            epochs, values = thin(run.curves["epoch"], gap(run), MOST_POINTS)
            color = self.theme.series(run.place)
            line.setVisible(bool(len(epochs)))
            line.setData(epochs, values, pen=_pen(color))
            if few or run.place == self.shown:
                color.setAlphaF(_FILL)
                area.show(epochs, np.zeros_like(values), values, color)
            else:
                area.hide()

    def _heights(self, shown: Sequence[RunCurves]) -> tuple[float, float] | None:
        found = finite_range([gap(run) for run in shown])
        return None if found is None else (min(0.0, found[0]), max(0.0, found[1]))

    def read(self, epoch: float) -> list[Reading]:
        """Return for each run its epoch next to this one: training loss, validation loss and gap there."""
        found: list[Reading] = []
        for run in self.runs:
            epochs = run.curves["epoch"]
            if len(epochs):
                place = int(np.abs(epochs - epoch).argmin())
                losses = (float(run.curves[column][place]) for column in LOSS.columns)
                found.append((run, float(epochs[place]), (*losses, float(gap(run)[place]))))
        return found

    def point_at(self, epoch: float | None) -> None:
        """Put the crosshair at an epoch, or take it away; the marks lie on the gaps."""
        self.hair.setVisible(epoch is not None)
        if epoch is not None:
            self.hair.setValue(epoch)
        read = [] if epoch is None else self.read(epoch)
        self.dots.show(
            [
                Spot(at, values[-1], marker(run.place), 6, self.theme.series(run.place))
                for run, at, values in read
                if np.isfinite(values[-1])
            ]
        )


class GapPanel(Panel):
    """Both plots. split_wanted: samples are to be kept aside for validation."""

    split_wanted = Signal()

    def __init__(self, icons: Icons, losses: CurvePlot, gaps: GapPlot) -> None:
        super().__init__(
            icons,
            self.tr("Generalisation gap"),
            self.tr(
                "Both losses are measured with dropout off. While a network learns what all samples have in common, "
                "they fall together; once it learns its training samples by heart, only the training loss goes on "
                "falling and the gap grows. Dropout is meant to keep the area small."
            ),
            self.tr("gap = validation loss − training loss"),
        )
        theme = self.theme
        self.board = Board()
        self.losses, self.gaps = losses, gaps
        self.plots: tuple[EpochPlot, ...] = (self.losses, self.gaps)
        self._tall: bool | None = None
        self._training = False
        self._seconds = 0.0  # that the last drawing took, before it was painted
        for plot in self.plots:
            plot.item.setMouseEnabled(False, False)
        self.gaps.item.setXLink(self.losses.item)
        self.mark = EpochCursor(self.board, theme, lambda: self.plots)
        self.set_body(self.board)
        self.verdict = Verdict(theme)
        self.verdict.set_lines(1)
        self.verdict.hide()
        self.column.insertWidget(self.column.indexOf(self.pages), self.verdict)
        self.read_out = ReadOut(theme, self.board)
        self.empty = QLabel(self.tr("Press Space to train"), self.board)
        set_class(self.empty, "caption")
        self.missing = Missing()
        self.missing.say(self.tr("Validation split is 0 %: there is no gap to be measured."))
        self.split = self.missing.offer(self.tr("Set 30 %"))
        self.split.clicked.connect(self.split_wanted)
        self.pages.addWidget(self.missing)
        self.epoch: float | None = None  # under the crosshair
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._redraw)
        self.board.scene().sigMouseMoved.connect(self._hover)
        self.board.left.connect(self._leave)
        self.board.stepped.connect(self._step)
        self._arrange()
        self.refresh()

    def set_state(
        self, runs: Sequence[RunCurves], shown: int | None, *, validated: bool, training: bool = False
    ) -> None:
        """Take the runs, the place of the one on the canvas, and whether there are validation data and it trains."""
        self._training = training
        other = [run.place for run in runs] != [run.place for run in self.runs]
        self.set_runs(runs)
        self.gaps.shown = shown
        page: QWidget = self.board if validated else self.missing
        if self.pages.currentWidget() is not page:
            self.pages.setCurrentWidget(page)
        if other or not self._timer.isActive():
            spent = (self.board.seconds + self._seconds) / _SHARE
            self._timer.start(0 if other else max(_REDRAW_MS, round(spent * 1000)))

    def judge(self, text: str, short: str) -> None:
        """Say whether dropout helps, and the same in fewer words; empty where nothing tells."""
        self.verdict.say(text, short)
        self.verdict.setVisible(bool(text))

    def show_moment(self, moment: Moment | None) -> None:
        """Mark the moment, where it is one of a run that is drawn."""
        drawn = moment is not None and any(run.place == moment.place for run in self.runs)
        self.mark.show(moment.epoch if moment is not None and drawn else None)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.board.setBackground(self.theme.color("panel"))
        for plot in self.plots:
            plot.refresh()
        self.losses.name_axes(self.tr("loss (- - val.)"), self.tr("epoch"))
        self.gaps.name_axes(self.tr("gap"), self.tr("epoch"))
        self.board.setAccessibleName(self.tr("Losses and their gap over the epochs"))
        self._place_empty()

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of losses and gaps."""
        runs = [run for run in self.runs if len(run.curves)]
        return partial(_table, runs) if runs else None

    def drawn(self) -> Seen | None:
        """Return what can be exported, with the sentence."""
        found = super().drawn()
        if found is None or self.verdict.isHidden():
            return found
        return Seen((*found.widgets[:-1], self.verdict, self.board), found.table)

    def _redraw(self) -> None:
        self.empty.setVisible(not self._training and all(len(run.curves) <= 1 for run in self.runs))
        self._place_empty()
        start = perf_counter()
        before = [run.place for run in self.losses.runs]
        for plot in self.plots:
            plot.set_runs(self.runs)
            plot.follow(anew=before != [run.place for run in self.runs])
            plot.draw()
        if self.epoch is not None:
            self._point_at(self.epoch)
        self._seconds = perf_counter() - start

    # -- room ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the best of another size."""
        super().resizeEvent(event)
        self._arrange()
        self._place_empty()
        self._timer.start(0)

    def _arrange(self) -> None:
        tall = self.pages.height() > _TALL * self.pages.width()
        if tall is not self._tall:
            layout = self.board.ci
            if self._tall is not None:
                for plot in self.plots:
                    layout.removeItem(plot.item)
            self._tall = tall
            for place, plot in enumerate(self.plots):
                layout.addItem(plot.item, row=place if tall else 0, col=0 if tall else place)

    def _place_empty(self) -> None:
        self.empty.adjustSize()
        middle = self.board.mapFromScene(self.losses.view.sceneBoundingRect().center())
        self.empty.move(middle - self.empty.rect().center())

    # -- crosshair -----------------------------------------------------------------------------------------------

    def _hover(self, place: QPointF) -> None:
        for plot in self.plots:
            epoch = plot.epoch_under(place)
            if epoch is not None:
                self._point_at(epoch, plot)
                return
        self._leave()

    def _leave(self) -> None:
        self.epoch = None
        self.read_out.hide()
        for plot in self.plots:
            plot.point_at(None)

    def _step(self, by: int) -> None:
        longest = max((run.curves["epoch"][-1] for run in self.runs if len(run.curves)), default=0.0)
        start = longest if self.epoch is None else round(self.epoch)
        self._point_at(float(min(max(start + by * (self.epoch is not None), 0), longest)))

    def _point_at(self, epoch: float, plot: EpochPlot | None = None) -> None:
        rows = self.gaps.read(epoch)
        if not rows:
            self._leave()
            return
        self.epoch = epoch
        at = min((row[1] for row in rows), key=lambda found: abs(found - epoch))
        for shown in self.plots:
            shown.point_at(at)
        plot = plot or self.gaps
        self.read_out.tell(self.gaps.heads, at, rows)
        area = self.board.mapFromScene(plot.view.sceneBoundingRect()).boundingRect()
        centre = plot.view.mapViewToScene(QPointF(at, 0)).x()
        self.read_out.put_beside(QPoint(round(centre), area.center().y()), self.board.rect())
        self.board.setAccessibleDescription(self.read_out.label.text())


def make_gap(icons: Icons) -> Generator[None, None, GapPanel]:
    """Make it, a plot in each turn."""
    losses = CurvePlot(icons.theme, LOSS)
    yield
    gaps = GapPlot(icons.theme)
    yield
    return GapPanel(icons, losses, gaps)


def _table(runs: Sequence[RunCurves]) -> str:
    return table(
        ("run", "epoch", *LOSS.columns, "gap"),
        (
            (run.name, int(epoch), *values)
            for run in runs
            for epoch, *values in zip(*(run.curves[name] for name in ("epoch", *LOSS.columns)), gap(run), strict=True)
        ),
    )


def _pen(color: QColor) -> QPen:
    pen = QPen(color, 1.0)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
