"""The plot: the run and its ghost, the regions under them, the window of patience and the handle at its end."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QPen

from app.plots.axes import finite_range, percent, round_ticks, share_ticks
from app.plots.curve_plot import EpochPlot, Reading
from app.plots.lines import ACCURACY, LOSS, WIDE_PIXELS, Metric, RunLines
from app.plots.run_curves import RunCurves
from app.plots.spots import Note, Spot, Spots, marker
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from app.stopping.course import Course, Window
from core.runs.replay import Regions

_SPIKE = 8.0  # times the first loss: higher ones are left out of the range
_SHADE, _AHEAD = 0.20, 0.07  # opacity of the epochs missed, and of those that are left
_RING = 11  # pixels
_GRIP = 9  # pixels
_LEAST_NAME = 8  # pixels around a name
REGIONS = ("under", "good", "over")
_TINTS = {"under": ("text2", 0.07), "good": ("ok", 0.12), "over": ("warn", 0.22)}


def region_brush(theme: Theme, name: str) -> QBrush:
    """Return how a region is shaded: over-fitting is hatched as well, so that colour is not the only code."""
    token, opacity = _TINTS[name]
    pattern = Qt.BrushStyle.BDiagPattern if name == "over" else Qt.BrushStyle.SolidPattern
    return QBrush(theme.color(token, opacity), pattern)


def region_title(name: str) -> str:
    """Return the lecture's name of a region."""
    titles = {
        "under": QCoreApplication.translate("Stopping", "under-fitting"),
        "good": QCoreApplication.translate("Stopping", "good"),
        "over": QCoreApplication.translate("Stopping", "over-fitting"),
    }
    return titles[name]


class Dragged(QObject):
    """What the mouse does to the handle. moved: the epoch under it. released: the gesture is over."""

    moved = Signal(float)
    released = Signal()


class StoppingPlot(EpochPlot):
    """Losses, or accuracies where early stopping watches one of them."""

    def __init__(self, theme: Theme) -> None:
        heads = QCoreApplication.translate("ReadOut", "train"), QCoreApplication.translate("ReadOut", "val.")
        self.metric = LOSS
        self.course: Course | None = None
        self.window_of: Window | None = None
        super().__init__(theme, heads)
        self.view.setMouseEnabled(False, False)
        self.dragged = Dragged()
        self.shades = {name: self._region(-40) for name in REGIONS}
        self.names = {name: Note(self.view, 30) for name in REGIONS}
        self.missed, self.ahead = self._region(-30), self._region(-31)
        self.label = Note(self.view, 30)
        self.kept_going = Note(self.view, 30)
        self.end = pg.InfiniteLine(angle=90, movable=False)  # where early stopping has ended the run
        self.end.setZValue(12)
        self.handle = pg.InfiniteLine(angle=90, movable=True)
        self.handle.setZValue(18)
        self.handle.setCursor(Qt.CursorShape.SizeHorCursor)
        self.handle.addMarker("<|>", 0.5, _GRIP)
        self.handle.sigDragged.connect(lambda line: self.dragged.moved.emit(float(line.value())))
        self.handle.sigPositionChangeFinished.connect(lambda _line: self.dragged.released.emit())
        for line in (self.end, self.handle):
            self.view.addItem(line, ignoreBounds=True)
        self.spots = Spots(self.view, 20)
        self.lines = self._lines()
        self.view.sigRangeChanged.connect(self._place)

    def _region(self, depth: float) -> pg.LinearRegionItem:
        item = pg.LinearRegionItem(movable=False, pen=QPen(Qt.PenStyle.NoPen))
        item.setZValue(depth)
        item.setAcceptHoverEvents(False)
        item.hide()
        self.view.addItem(item, ignoreBounds=True)
        return item

    def _lines(self) -> tuple[RunLines, RunLines]:
        return RunLines(self.view, self.theme, self.metric), RunLines(self.view, self.theme, self.metric)

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_course(self, course: Course | None, window: Window | None, metric: Metric) -> None:
        """Take a run and the window of patience on it; ``draw`` draws them."""
        self.course, self.window_of = course, window
        if metric is not self.metric:
            self.metric = metric
            shares = metric is ACCURACY
            self.left.ticks, self.left.write = (share_ticks, percent) if shares else (round_ticks, written)
            self.write = self.left.write
            for lines in self.lines:
                lines.remove()
            self.lines = self._lines()
        self.set_runs([] if course is None else [run for run in (course.run, course.ghost) if run is not None])

    def draw(self) -> None:
        """Draw what was taken."""
        course = self.course
        if course is None:
            return
        window, wide = self.window(), WIDE_PIXELS
        nothing = RunCurves("", 0, course.run.curves, visible=False)
        for run, lines in zip((course.run, course.ghost or nothing), self.lines, strict=True):
            wide = lines.draw(run, self.looks, window, wide)
        self._shade(course.regions)
        self._draw_window(course, self.window_of)
        self._mark(course, self.window_of)
        self._place()

    def _shade(self, found: Regions | None) -> None:
        spans: dict[str, tuple[float, float]] = {}
        if found is not None:
            first, last = found.good
            spans = {"under": (0, first), "good": (first, max(last, first + 1))}
            if found.over_fits:
                spans["over"] = (last, found.last)
        for name, shade in self.shades.items():
            shade.setVisible(name in spans)
            if name in spans:
                shade.setRegion(spans[name])
                shade.setBrush(region_brush(self.theme, name))

    def _draw_window(self, course: Course, window: Window | None) -> None:
        for item in (self.missed, self.ahead, self.handle):
            item.setVisible(window is not None)
        self.end.setVisible(course.stopped is not None)
        if course.stopped is not None:
            self.end.setValue(course.stopped)
            self.end.setPen(_pen(self.theme.color("text")))
        if window is None:
            return
        accent = self.theme.color("accent")
        now, end = window.best_epoch + window.missed, max(window.end, window.best_epoch + window.missed)
        self.missed.setRegion((window.best_epoch, now))
        self.missed.setBrush(self.theme.color("accent", _SHADE))
        self.ahead.setRegion((now, end))
        self.ahead.setBrush(self.theme.color("accent", _AHEAD))
        self.handle.setValue(end)
        self.handle.setPen(_pen(accent, dashed=not window.known))
        self.handle.setHoverPen(_pen(accent, 3))

    def _mark(self, course: Course, window: Window | None) -> None:
        spots = []
        if window is not None and window.best_epoch:
            place = int(np.searchsorted(course.known["epoch"], window.best_epoch))
            column = window.stopping.monitor
            values = course.known["train_loss" if column == "train_loss" else self.metric.validation]
            value = float(values[min(place, len(values) - 1)])
            if np.isfinite(value):
                color, panel = self.theme.series(course.run.place), self.theme.color("panel")
                spots.append(Spot(window.best_epoch, value, marker(course.run.place), _RING, panel, color))
        self.spots.show(spots)

    # -- names, at the edges -------------------------------------------------------------------------------------

    def _place(self) -> None:
        """Write names and the count at the upper edge, where there is room, after the edges have moved."""
        course, window = self.course, self.window_of
        if course is None:
            return
        (left, right), (low, high) = self.view.viewRange()
        pixel = (right - left) / max(self.view.width(), 1)
        line = (high - low) / max(self.view.height(), 1) * (self.theme.sizes.axis + 5)
        font = self.theme.font(self.theme.sizes.axis)
        for name, note in self.names.items():
            shade = self.shades[name]
            start, end = (max(edge, left) for edge in shade.getRegion())
            note.show(region_title(name) if shade.isVisible() else "", self.theme.color("text2"), font)
            if end - start < (note.width + _LEAST_NAME) * pixel:
                note.show("", self.theme.color("text2"), font)
            else:
                note.place((start + end) / 2 - note.width / 2 * pixel, high, left=False, gap=0)
        bold = self.theme.font(self.theme.sizes.axis, bold=True)
        self.label.show("" if window is None else _counted(window), self.theme.color("accent"), bold)
        if window is not None:
            needed = (self.label.width + 12) * pixel
            at = max(window.end, window.best_epoch + window.missed)
            if at + needed <= right:
                self.label.place(at, high - line, left=False)
            else:
                self.label.place(min(max(at, left + needed), right), high - line, left=True)
        self._name_ghost(course, low + line, high - 2 * line)

    def _name_ghost(self, course: Course, low: float, high: float) -> None:
        """Write at the end of the ghost what it is, between these heights."""
        self.kept_going.item.hide()
        if course.ghost is None:
            return
        values = course.ghost.curves[self.metric.validation]
        there = np.flatnonzero(np.isfinite(values))[-1:]
        epoch = course.ghost.curves["epoch"][there]
        if len(there) and epoch[0] > course.record.epochs:
            text = QCoreApplication.translate("Stopping", "kept going")
            font = self.theme.font(self.theme.sizes.axis)
            self.kept_going.show(text, self.theme.series(course.ghost.place), font)
            self.kept_going.place(float(epoch[0]), float(np.clip(values[there[0]], low, high)), left=True)

    # -- ranges and crosshair ------------------------------------------------------------------------------------

    def _end(self, shown: Sequence[RunCurves]) -> float:
        """Return the last epoch that the axis has to show: the window's end too, if it is not far away."""
        last = super()._end(shown)
        return last if self.window_of is None else max(last, min(self.window_of.end, 2 * last + 10))

    def _heights(self, shown: Sequence[RunCurves]) -> tuple[float, float] | None:
        columns = [run.curves[column] for run in shown for column in self.metric.columns]
        found = finite_range(columns)
        if found is None:
            return None
        low, high = found
        if self.metric is LOSS:
            first = [values[np.isfinite(values)][0] for values in columns if np.isfinite(values).any()]
            low, high = min(0.0, low), min(high, _SPIKE * max(float(max(first)), 0.0) or high)
        lines = 2 * (self.theme.sizes.axis + 5)  # room for two lines of names
        tall = max(self.view.height() - lines, lines)
        return low, high + (high - low) * lines / tall

    def read(self, epoch: float) -> list[Reading]:
        """Return for the run, and for its ghost where only that goes on, the epoch next to this one and its values."""
        found: list[Reading] = []
        for run in self.runs:
            epochs = run.curves["epoch"]
            if not len(epochs) or (found and found[0][1] >= round(epoch)):
                continue
            place = int(np.abs(epochs - epoch).argmin())
            train, validation = (float(run.curves[column][place]) for column in self.metric.columns)
            found.append((run, float(epochs[place]), (train, validation)))
        return found[-1:]


def _counted(window: Window) -> str:
    """Say how far the window has come."""
    patience = f"{window.stopping.patience:,}"
    if window.stopped is not None:
        text = QCoreApplication.translate("Stopping", "patience {0}: stops after epoch {1}")
        return text.format(patience, f"{window.stopped:,}")
    if window.known:
        return QCoreApplication.translate("Stopping", "patience {0} never runs out").format(patience)
    text = QCoreApplication.translate("Stopping", "{0} of {1} missed")
    return text.format(f"{window.missed:,}", patience)


def _pen(color: QColor, width: float = 1.0, *, dashed: bool = False) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(True)
    if dashed:
        pen.setDashPattern([4.0, 3.0])
    return pen
