"""A landscape as a picture for paper and slides, and the paths of training on it as an animation."""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from core.pictures import animation
from core.pictures.chart import Chart, Trace
from core.pictures.look import PANEL, TEXT, TEXT_2, outside_legend, plain_axes, run_look
from core.pictures.panels import RING, Flat, Marks, draw_line, draw_map, draw_surface
from core.pictures.saving import quiet, saved

_MAP, _SURFACE, _HIGH = 5.8, 4.8, 4.7  # inches
_SLIDE = (8.0, 6.3)  # inches of an animation, at 100 pixels each
_SLIDE_WITH_SURFACE = (9.0, 4.6)
_ROW = 0.24  # inches of a row of the legend
_HANDLE, _LETTER = 0.75, 0.067  # inches that a line of the legend and each letter of its name are wide
_HEADING = 9  # letters of the heading to an inch


def png(chart: Chart) -> bytes:
    """Return the picture of a landscape, white at the start of a path, a ring at its best, its marker at its end."""
    return saved(draw(chart), "png")


def svg(chart: Chart) -> bytes:
    """Return the same as a drawing."""
    return saved(draw(chart), "svg")


def gif(chart: Chart, told: animation.Told = lambda done, total: None) -> bytes:
    """Return the paths growing from start to end, 800 pixels wide, 900 with the surface.

    The frames are the kept moments, thinned evenly in time. A chart without a path has a single frame. told: how many
    frames are done, of how many.
    """
    with quiet():
        film = _Film(chart)
        return animation.gif(film.frame, len(film.moments), told)


# By the ending of the file.
DRAWINGS: Mapping[str, Callable[[Chart], bytes]] = {"png": png, "svg": svg, "gif": gif}


def draw(chart: Chart) -> Figure:
    """Return the figure."""
    width = _MAP + (_SURFACE if chart.camera is not None else 0)
    drawing = _Drawing(chart, (width, _HIGH))
    drawing.show(math.inf)
    return drawing.figure


def _off(trace: Trace) -> str:
    return f"{trace.name}, up to {trace.off:.0%} off the plane"


def _with_loss(text: str, loss: float) -> str:
    return f"{text}, training loss {f'{loss:#.3g}'.rstrip('.')}" if math.isfinite(loss) else text


class _Drawing:
    """The figure of a landscape, whose paths can be shown up to any moment."""

    def __init__(self, chart: Chart, size: tuple[float, float]) -> None:
        """size: inches without the legend, which stands below."""
        self.traces = chart.traces
        self.figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1))
        if chart.title:
            heading = textwrap.fill(chart.title, int(_HEADING * size[0]))
            look = {"fontsize": 13, "fontweight": "bold", "color": TEXT, "parse_math": False}
            self.figure.suptitle(heading, x=0.012, ha="left", **look)
        self.axes, panels = self._panels(chart)
        two = len(chart.labels) == 2
        self.marks = [[Marks(axes, trace, flat, line=two) for axes, flat in panels] for trace in self.traces]
        self.names = self._legend(size)

    def _panels(self, chart: Chart) -> tuple[Any, list[tuple[Any, Flat]]]:
        """Draw the landscape; return the axes of the map or of the line, and all axes with what places are there."""
        columns = 1 if chart.camera is None else 2
        axes, *beside = self.figure.subplots(1, columns, squeeze=False, width_ratios=[_MAP, _SURFACE][:columns])[0]
        plain_axes(axes, "", chart.labels[0])
        two = len(chart.labels) == 2
        panels = [(axes, draw_map(axes, chart) if two else draw_line(axes, chart))]
        for axis in (axes.xaxis, axes.yaxis) if two else (axes.xaxis,):
            axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
            axis.label.set_parse_math(False)
        (left, right), (low, high) = chart.xs[[0, -1]], chart.ys[[0, -1]]
        if right > left:
            axes.set_xlim(left, right)
        if high > low:
            axes.set_ylim(low, high)
        if chart.camera is not None:
            panels.append((beside[0], draw_surface(beside[0], chart, chart.camera)))
        return axes, panels

    def _legend(self, size: tuple[float, float]) -> list[Any]:
        """Put a legend below, which makes the figure higher; return the texts of the paths."""
        if not self.traces:
            return []
        handles = []
        for trace in self.traces:
            colour, marker = run_look(trace.place)
            width = 1.9 if self.marks[0][0].lines else 0
            handles.append(Line2D([], [], color=colour, linewidth=width, marker=marker, markersize=6))
        shown = [_off(trace) for trace in self.traces]
        if any(len(trace.places) > 1 for trace in self.traces):
            handles.append(Line2D([], [], color=TEXT_2, marker="o", markerfacecolor=PANEL, linestyle="none"))
            shown.append("start")
        if any(trace.best is not None for trace in self.traces):
            handles.append(Line2D([], [], color=TEXT_2, linestyle="none", **RING | {"markersize": 10}))
            shown.append("best epoch")
        fits = int((size[0] - 0.3) / (_HANDLE + _LETTER * max(map(len, shown))))
        columns = min(max(1, fits), len(shown))
        rows = -(-len(shown) // columns)
        self.figure.set_size_inches(size[0], size[1] + rows * _ROW)
        legend = outside_legend(self.figure, handles, shown, columns, "lower left")
        return list(legend.get_texts()[: len(self.traces)])

    def show(self, moment: float) -> None:
        """Show the paths up to a moment, in epochs."""
        for trace, row in zip(self.traces, self.marks, strict=True):
            for marks in row:
                marks.show(_shown(trace, moment))


# Matplotlib's canvas has no types.
_Canvas: Any = FigureCanvasAgg


class _Film:
    """The frames of an animation: what does not move is drawn once."""

    def __init__(self, chart: Chart) -> None:
        self.drawing = drawing = _Drawing(chart, _SLIDE if chart.camera is None else _SLIDE_WITH_SURFACE)
        self.moments = _moments(chart.traces)
        # At a fixed height: matplotlib would look for one anew while nothing is seen of it.
        self.title = drawing.axes.set_title("Epoch", loc="left", y=1, pad=8, fontsize=12, color=TEXT)
        drawing.figure.set_dpi(100)
        self.canvas = _Canvas(drawing.figure)
        self.canvas.draw()  # which lays it out
        drawing.figure.set_layout_engine("none")
        self.moving = [artist for row in drawing.marks for marks in row for artist in marks.artists]
        self.moving += [self.title, *drawing.names]
        for artist in self.moving:
            artist.set_visible(False)
        self.canvas.draw()
        self.still = self.canvas.copy_from_bbox(drawing.figure.bbox)
        for artist in self.moving:
            artist.set_visible(True)

    def frame(self, place: int) -> animation.Pixels:
        """Return a frame."""
        moment, traces = self.moments[place], self.drawing.traces
        self.drawing.show(moment)
        title = f"Epoch {moment:.0f}" if moment % 1 == 0 else f"After epoch {math.floor(moment)}"
        losses = [float(trace.losses[_shown(trace, moment) - 1]) for trace in traces]
        self.title.set_text(_with_loss(title, losses[0]) if len(traces) == 1 else title)
        for text, trace, loss in zip(self.drawing.names, traces, losses, strict=True):
            text.set_text(_off(trace) if len(traces) == 1 else _with_loss(trace.name, loss))
        self.canvas.restore_region(self.still)
        for artist in self.moving:
            artist.draw(self.canvas.get_renderer())
        return np.asarray(self.canvas.buffer_rgba())[..., :3].copy()


def _moments(traces: Sequence[Trace]) -> list[float]:
    """Return the moments of all paths, thinned evenly in time to as many as an animation shows."""
    known = np.unique(np.concatenate([trace.epochs for trace in traces])) if traces else np.zeros(1)
    wanted = np.linspace(known[0], known[-1], animation.MOST_FRAMES)
    nearest = np.abs(known[:, None] - wanted).argmin(axis=0)
    found: list[float] = known[np.unique(nearest)].tolist()
    return found


def _shown(trace: Trace, moment: float) -> int:
    """Return how many places of a path there are up to a moment, at least its first."""
    return max(1, int(np.searchsorted(trace.epochs, moment, side="right")))
