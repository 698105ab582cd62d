"""The plots of the page of the layers: a bar for each layer as it is now, and a line for each over the steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QLabel

from app.gradients.health import HealthFrame, Told
from app.gradients.plot import Plot, Row, decades, grown, logarithms, named_ticks, number
from app.plots.axes import Axis, finite_range, log_ticks, percent, power, share_ticks, whole_ticks
from app.plots.spots import Spot, Spots
from app.plots.thinning import Floats
from app.shell.style import set_class
from app.shell.theme import Theme
from app.timeline.cursor import moment_line, paint_line

_HALF, _HALF_PIXELS = 0.34, 12.0  # of a bar's height: of a row, and at most
_SHORTEST = 0.2  # powers of ten of a bar
_HEAD = 5  # pixels of the end of a line
_NARROW = 16  # pixels of an axis without names: half a tick of the lower one reaches into it
_FEW = 2  # frames that make no line yet
_LETTERS = 11  # of a layer's name
_HUES = ("accent", "ok", "warn")  # from the first layer to the output


@dataclass(frozen=True)
class Measure:
    """A measure of the layers: its tag, its title, what its axis is called; log: on a logarithmic axis."""

    tag: str
    title: str
    axis: str
    log: bool = True

    def on_axis(self, values: Floats) -> Floats:
        """Return values where the axis shows them."""
        return logarithms(values) if self.log else values

    def written(self, value: float) -> str:
        """Write a value."""
        return number(value) if self.log or np.isnan(value) else percent(value)


def measures() -> tuple[Measure, ...]:
    """Return what is measured of each layer."""
    tr = QCoreApplication.translate
    return (
        Measure("gradient", tr("Gradients", "Gradient / weights"), tr("Gradients", "gradient / W")),
        Measure("update", tr("Gradients", "Update / weights"), tr("Gradients", "update / W")),
        Measure("delta", tr("Gradients", "Signal per sample"), tr("Gradients", "signal δ")),
        Measure("silent", tr("Gradients", "Dead or saturated"), tr("Gradients", "dead, flat"), False),
    )


def layer_colors(theme: Theme, count: int) -> list[QColor]:
    """Return a colour for each layer, which changes evenly over the depth."""
    stops = np.array([(color.red(), color.green(), color.blue()) for color in map(theme.color, _HUES)], float)
    place = np.linspace(0, len(_HUES) - 1, max(count, 2))[:count]
    table = np.stack([np.interp(place, np.arange(len(_HUES)), stops[:, channel]) for channel in range(3)], axis=1)
    return [QColor(*(int(part) for part in color)) for color in np.rint(table)]


class LayerBars(Plot):
    """A measure of each layer now, the first layer at the top."""

    def __init__(self, theme: Theme, measure: Measure) -> None:
        self.measure = measure
        self.told = Told()
        self.frame: HealthFrame | None = None
        self._range: tuple[float, float] | None = None
        self._bars: list[QGraphicsRectItem] = []
        left = Axis(theme, "left", named_ticks(0), self._name, "n" * (_LETTERS - 1))
        bottom = Axis(theme, "bottom", log_ticks if measure.log else share_ticks, power if measure.log else percent)
        super().__init__(theme, left, bottom, measure.title)
        self.view.sigResized.connect(self.draw)
        self.refresh()

    def _name(self, value: float) -> str:
        names = () if self.frame is None else self.frame.names
        place = round(-value)
        name = names[place] if 0 <= place < len(names) else ""
        return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"

    @property
    def names_width(self) -> float:
        """Pixels of the layers' names."""
        axis = self.theme.font(self.theme.sizes.axis)
        return QFontMetrics(axis).horizontalAdvance(self.left.widest) + QFontMetrics(axis).height() + 10

    def show_names(self, on: bool) -> None:
        """Write the layers' names at the left, or leave them to a plot beside this one."""
        self.left.setStyle(showValues=on)
        if on:
            self.left.refresh()
        else:
            self.left.setWidth(_NARROW)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        names = self.left.style["showValues"]
        super().refresh()
        self.show_names(names)
        title = f"<span style='color:{self.theme.hex('text2')}'>{self.measure.axis}</span>"
        self.getPlotItem().setTitle(title, size=f"{self.theme.sizes.axis}px")

    def show_told(self, told: Told, frame: HealthFrame | None) -> None:
        """Show a frame; the axis holds all that the run has told."""
        if told is not self.told or not told.steps:
            self._range = None
        self.told, self.frame = told, frame
        self.draw()

    def draw(self) -> None:
        """Draw the bars."""
        frame = self.frame
        values = np.empty(0) if frame is None else self.measure.on_axis(frame.values(self.measure.tag))
        count = len(values)
        while len(self._bars) < count:
            bar = QGraphicsRectItem()
            bar.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, False)
            self.view.addItem(bar, ignoreBounds=True)
            self._bars.append(bar)
        low, high = 0.0, 1.0
        if self.measure.log:
            found = finite_range([self.measure.on_axis(self.told.table(self.measure.tag)), values])
            seen = None if found is None else (found[0] - _SHORTEST, found[1])
            low, high = self._range = decades(seen, self._range)
        if self.left.ticks(-1e9, 1e9, 0) != [-float(place) for place in range(count)]:
            self.left.ticks = named_ticks(count, -1)
            self.left.redraw()
        self.span((low, high), (-max(count, 1) + 0.4, 0.6))
        colors = layer_colors(self.theme, count)
        half = min(_HALF, _HALF_PIXELS * max(count, 1) / max(self.view.height(), 1))
        for place, bar in enumerate(self._bars):
            there = place < count and bool(np.isfinite(values[place]))
            bar.setVisible(there)
            if there:
                end = max(float(values[place]), low)
                bar.setRect(QRectF(low, -place - half, end - low, 2 * half))
                bar.setBrush(colors[place])
                bar.setPen(QPen(Qt.PenStyle.NoPen))

    def read(self, x: float, y: float) -> tuple[str, Sequence[Row]]:  # noqa: ARG002
        """Tell all measures of the layer at this height."""
        frame, place = self.frame, round(-y)
        if frame is None or not 0 <= place < len(frame.names):
            return "", ()
        return frame.names[place], told_of(frame, place)


class LayerLines(Plot):
    """A measure of each layer over the steps."""

    def __init__(self, theme: Theme, measure: Measure, steps: str) -> None:
        """Make a plot; steps: what its lower axis is called."""
        self.measure = measure
        self.told = Told()
        self._range: tuple[float, float] | None = None
        self._end = 1.0
        self._lines: list[pg.PlotCurveItem] = []
        self._steps = steps
        left = Axis(theme, "left", log_ticks, power, "0.0001")
        super().__init__(theme, left, Axis(theme, "bottom", whole_ticks), measure.title)
        self.heads = Spots(self.view, 20)
        self.mark = moment_line(theme, self.view)
        self.hint = QLabel(QCoreApplication.translate("Gradients", "Grows while training goes on here"), self)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        set_class(self.hint, "caption")
        self.view.sigResized.connect(self._place_hint)
        self.choose(measure)
        self.refresh()

    def choose(self, measure: Measure) -> None:
        """Show another measure."""
        self.measure = measure
        self._range = None
        self.left.ticks, self.left.write = (log_ticks, power) if measure.log else (share_ticks, percent)
        self.left.name(measure.axis)
        self.bottom.name(self._steps)
        self.setAccessibleName(measure.title)
        self.left.redraw()
        self.draw()

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        super().refresh()
        paint_line(self.theme, self.mark)

    def show_told(self, told: Told, step: float | None) -> None:
        """Show the history of a run; step: at which the moment is that is shown in place of now."""
        self.mark.setVisible(step is not None)
        if step is not None:
            self.mark.setValue(step)
        if told is not self.told or not told.steps:
            self._range, self._end = None, 1.0
        self.told = told
        self.draw()

    def draw(self) -> None:
        """Draw the lines."""
        table = self.measure.on_axis(self.told.table(self.measure.tag))
        self.hint.setVisible(len(table) < _FEW)
        count = table.shape[1]
        colors = layer_colors(self.theme, count)
        while len(self._lines) < count:
            self._lines.append(self.line(self.theme.color("text")))
        steps = np.array(self.told.steps, float)
        for place, line in enumerate(self._lines):
            line.setVisible(place < count)
            if place < count:
                line.setPen(colors[place], width=1)
                line.setData(steps, table[:, place])
        last = [(place, float(table[-1, place])) for place in range(count) if np.isfinite(table[-1, place])]
        self.heads.show([Spot(float(steps[-1]), value, "o", _HEAD, colors[place]) for place, value in last])
        low, high = 0.0, 1.0
        if self.measure.log:
            low, high = self._range = decades(finite_range([table]), self._range)
        ends = [*steps[-1:].tolist(), *([float(self.mark.value())] if self.mark.isVisible() else [])]
        self._end = grown(max(ends, default=0.0), self._end, least=1.0)
        self.span((0, self._end), (low, high))

    def _place_hint(self) -> None:
        room = self.mapFromScene(self.view.sceneBoundingRect()).boundingRect()
        wide = room.width() - 8
        high = min(room.height(), max(room.height() // 2, self.hint.heightForWidth(wide)))
        self.hint.setGeometry(room.left() + 4, room.top(), wide, high)

    def read(self, x: float, y: float) -> tuple[str, Sequence[Row]]:  # noqa: ARG002
        """Tell the values of all layers at the step next to this one."""
        frame = self.told.newest
        if frame is None:
            return "", ()
        place = int(np.abs(np.array(self.told.steps) - x).argmin())
        colors = layer_colors(self.theme, len(frame.names))
        values = self.told.values[self.measure.tag][place]
        rows = [
            (color, name, self.measure.written(float(value)))
            for color, name, value in zip(colors, frame.names, values, strict=True)
        ]
        return f"{self._steps} {self.told.steps[place]:,}", rows


def told_of(frame: HealthFrame, place: int) -> list[Row]:
    """Return what is known of a layer, in rows."""
    return [(None, measure.axis, measure.written(float(frame.values(measure.tag)[place]))) for measure in measures()]
