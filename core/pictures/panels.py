"""The panels of a picture of a landscape: a contour map, a surface, the loss along a line; and paths on any of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from core.landscape.values import Floats
from core.pictures.chart import Chart, Trace
from core.pictures.depth import BANDS, LINE, Scale, colours, heights
from core.pictures.look import ACCENT, BORDER, PANEL, TEXT, TEXT_2, run_look
from core.pictures.mesh import Camera, Mesh

# Of places of the plane (k, 2) where in a panel they are (k, 2), NaN for those that it does not show.
Flat = Callable[[Floats], Floats]

_TANGENT = 0.35  # of the width, to each side
_MARGIN = 0.06  # of the height, above and below a curve
RING: dict[str, Any] = {"marker": "o", "markersize": 14, "markerfacecolor": "none"}  # at a best epoch
_VIEW = (1000.0, 800.0)  # that the camera looks through; the panel shows what it sees in any size


def draw_map(axes: Any, chart: Chart) -> Flat:
    """Draw filled bands of the loss, with a bar that says which colour is which loss."""
    axes.set_ylabel(chart.labels[1], fontsize=9, color=TEXT_2)
    axes.grid(visible=False)
    if min(chart.loss.shape) < 2 or not np.isfinite(chart.loss).any():
        text = f"loss {float(chart.loss.flat[chart.loss.size // 2]):.4g}"
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=TEXT)
        return lambda places: places
    bands = chart.scale.bands(chart.loss)
    inks = colours(BANDS) / 255
    filled = axes.contourf(chart.xs, chart.ys, bands, levels=np.arange(BANDS + 1), colors=inks)
    axes.contour(chart.xs, chart.ys, bands, levels=np.arange(1, BANDS), colors="white", alpha=LINE, linewidths=0.6)
    if chart.equal:
        axes.set_aspect("equal")
    bar = axes.figure.colorbar(filled, ax=axes, shrink=0.86, pad=0.03, aspect=24)
    losses = ticks(chart.scale)
    bar.set_ticks(chart.scale.bands(losses).tolist())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda band, _: f"{chart.scale.loss(band):.3g}"))
    bar.ax.yaxis.set_minor_locator(FixedLocator([]))
    bar.ax.tick_params(labelsize=8, colors=TEXT_2)
    bar.outline.set_visible(False)
    how = ["logarithmic"] if chart.scale.log else []
    if chart.clipped is not None:
        how.append(f"above {chart.clipped:.2g} drawn as {chart.clipped:.2g}")
    bar.set_label("\n".join([chart.loss_name, *([", ".join(how)] if how else [])]), fontsize=9, color=TEXT_2)
    return lambda places: places


def ticks(scale: Scale) -> Floats:
    """Return round losses to be written beside the colours of a scale."""
    low, high = scale.loss(0), scale.loss(BANDS)
    far = scale.log and high > 5 * low
    near = (
        LogLocator(subs=(1, 2, 5) if scale.high - scale.low < 2.5 else (1,))
        if far
        else MaxNLocator(7, steps=[1, 2, 2.5, 5, 10])
    )
    found = np.array(near.tick_values(low, high))
    room = (high - low) * 1e-9
    inside: Floats = found[(found >= low - room) & (found <= high + room)]
    return inside


def draw_line(axes: Any, chart: Chart) -> Flat:
    """Draw the loss along a line of weights, with its tangent in the middle."""
    scale, loss = chart.scale, chart.loss[0]
    axes.set_ylabel(chart.loss_name, fontsize=9, color=TEXT_2)
    shown = np.where(np.isfinite(loss), loss, np.nan)
    axes.plot(chart.xs, shown, color=ACCENT, linewidth=2, marker="o" if len(loss) < 3 else None)
    room = (scale.high - scale.low) * _MARGIN
    ends = np.array([scale.low - room, scale.high + room])
    if scale.log:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_locator(FixedLocator(ticks(scale).tolist()))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
        ends = 10**ends
    axes.set_ylim(*ends)
    reach = _TANGENT * (chart.xs[-1] - chart.xs[0]) / 2
    if reach > 0 and np.isfinite(chart.centre_loss):
        x = np.linspace(chart.middle - reach, chart.middle + reach, 41)
        y = chart.centre_loss + chart.slope * (x - chart.middle)
        axes.plot(x, np.where(y > 0, y, np.nan) if scale.log else y, color=TEXT_2, linewidth=1.3)
        axes.plot(chart.middle, chart.centre_loss, marker="o", markersize=5, color=TEXT_2)
        axes.annotate(
            f"slope {chart.slope:.3g}".replace("-", "\N{MINUS SIGN}"),
            (chart.middle, chart.centre_loss),
            xytext=(10, 10),
            textcoords="offset points",
            fontsize=9,
            color=TEXT_2,
        )

    def flat(places: Floats) -> Floats:
        up = np.interp(places[:, 0], chart.xs, shown, left=np.nan, right=np.nan)
        return np.stack([places[:, 0], up], axis=1)

    return flat


def draw_surface(axes: Any, chart: Chart, camera: Camera) -> Flat:
    """Draw the surface as it is seen by a camera."""
    bands = chart.scale.bands(chart.loss)
    mesh = Mesh.of(chart, bands)

    def seen(points: Floats) -> Floats:
        flat, _ = camera.project(points, *_VIEW)
        return flat * (1, -1)

    corners, inks = mesh.quads(camera, *_VIEW)
    rgb = np.stack([inks >> 16 & 255, inks >> 8 & 255, inks & 255], axis=1) / 255
    _draw_floor(axes, chart, camera, seen)
    # Edges of a quad's own colour: between neighbours without any the paper would shine through.
    axes.add_collection(PolyCollection(list(corners * (1, -1)), facecolors=rgb, edgecolors=rgb, linewidths=0.4))
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.margins(0.02)

    def flat(places: Floats) -> Floats:
        return seen(mesh.lifted(places, heights(chart, bands, places)))

    return flat


def _draw_floor(axes: Any, chart: Chart, camera: Camera, seen: Callable[[Floats], Floats]) -> None:
    """Draw the border of the floor, and name the axes along its two edges in front."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], float)
    flat, (_, far) = seen(corners), camera.project(corners, *_VIEW)
    axes.fill(*flat.T, facecolor="none", edgecolor=BORDER, linewidth=1)
    centre = flat.mean(axis=0)
    # The edges along the first axis are 0–1 and 3–2, those along the second 0–3 and 1–2.
    for label, edges in zip(chart.labels, (((0, 1), (3, 2)), ((0, 3), (1, 2))), strict=True):
        start, end = min(edges, key=lambda edge: far[list(edge)].sum())
        middle = flat[[start, end]].mean(axis=0)
        way = flat[end] - flat[start]
        arrow = "→"
        if way[0] < 0:
            way, arrow = -way, "←"
        name = label.split(",")[0]
        outward = middle - centre
        axes.text(
            *(middle + 22 * outward / np.linalg.norm(outward)),
            f"{name} {arrow}" if arrow == "→" else f"{arrow} {name}",
            rotation=float(np.degrees(np.arctan2(way[1], way[0]))),
            rotation_mode="anchor",
            ha="center",
            va="center",
            fontsize=8,
            color=TEXT_2,
            parse_math=False,
        )


class Marks:
    """A path in a panel: its line, a disc where it starts, a ring at its best place and its marker where it is."""

    def __init__(self, axes: Any, trace: Trace, flat: Flat, *, line: bool) -> None:
        """Draw none of it yet. line: join the places."""
        self.points = flat(trace.places)
        self.best = len(self.points) if trace.best is None else trace.best
        colour, marker = run_look(trace.place)
        plot = partial(axes.plot, [], [], scalex=False, scaley=False, zorder=5)
        spot = partial(plot, linestyle="none", zorder=6)
        self.lines: list[Line2D] = []
        for width, ink in ((3.8, PANEL), (1.9, colour)) if line else ():
            self.lines += plot(color=ink, linewidth=width, solid_joinstyle="round", solid_capstyle="round")
        (self.start,) = spot(marker="o", markersize=6.5, color=PANEL, markeredgecolor=TEXT, markeredgewidth=1.4)
        (self.now,) = spot(marker=marker, markersize=8.5, color=colour, markeredgecolor=PANEL, markeredgewidth=1.2)
        self.rings: list[Line2D] = []
        for width, ink in ((3.2, PANEL), (1.5, colour)):
            self.rings += plot(**RING, linestyle="none", markeredgecolor=ink, markeredgewidth=width)
        self.artists = [*self.lines, *self.rings, self.start, self.now]

    def show(self, count: int) -> None:
        """Show the first places."""
        shown = self.points[:count]
        for line in self.lines:
            line.set_data(*shown.T)
        for ring in self.rings:
            ring.set_data(*shown[self.best : self.best + 1].T)
        self.start.set_data(*shown[: int(count > 1)].T)
        self.now.set_data(*shown[-1:].T)
