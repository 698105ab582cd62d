"""The loss over a plane of weights as a picture: filled contours with paths, or a curve over a line of weights."""

import io
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from core.landscape.values import Coordinates, Floats, LandscapePicture
from core.pictures.look import PANEL, TEXT, TEXT_2, outside_legend, plain_axes, run_look

# From the valley to the heights, in equal steps of lightness.
DEPTH = ("#0d1530", "#143058", "#1d5078", "#3c7590", "#6f9aa3", "#a5bfbd", "#d8e0d8", "#f6f4ec")
_BANDS = 14
_LOG_FROM = 10  # times as large as the least is the largest loss: then the bands are logarithmic
_CLIP = 0.98  # of the finite losses lie below what is coloured, if the others are far above
_FAR = 20
_CASING = PANEL  # under a path, whose colours are dark, so that it is seen in a valley, too
_HANDLE, _LETTER = 0.8, 0.08  # inches that a line of the legend and each letter of its name are wide
_PARTS = {"train": "training", "validation": "validation"}


@dataclass(frozen=True, eq=False)
class Trace:
    """The path of a run on the plane, in the order of its epochs; best: where among them its best one is, or None."""

    name: str
    coordinates: Coordinates
    best: int | None = None


def png(title: str, picture: LandscapePicture, paths: Sequence[Trace] = ()) -> bytes:
    """Return the picture of a landscape with the paths of runs: white at the start, the run's marker at the end."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A letter that the font lacks is drawn as a box, which needs no warning.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        draw(title, picture, paths).savefig(buffer, format="png", dpi=150, facecolor=PANEL)
    return buffer.getvalue()


def draw(title: str, picture: LandscapePicture, paths: Sequence[Trace] = ()) -> Figure:
    """Return the figure."""
    shown = [f"{path.name}, up to {path.coordinates.largest:.0%} off the plane" for path in paths]
    two = picture.plane.dimensions == 2
    beside = _HANDLE + _LETTER * max((len(name) for name in shown), default=0) if two else 0
    figure = Figure(figsize=(6.6 + beside, 5.4), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1))
    figure.suptitle(
        textwrap.fill(title, 60), x=0.01, ha="left", fontsize=13, fontweight="bold", color=TEXT, parse_math=False
    )
    axes = figure.subplots()
    penalty = " with the penalty" if picture.with_penalty else ""
    loss = f"{_PARTS[picture.part]} loss{penalty}, {picture.samples:,} samples"
    labels = picture.plane.labels
    plain_axes(axes, loss[0].upper() + loss[1:], labels[0])
    if not two:
        _draw_line(axes, picture)
    else:
        axes.set_ylabel(labels[1], fontsize=9, color=TEXT_2)
        _draw_contours(figure, axes, picture)
        handles = [handle for place, path in enumerate(paths) for handle in _draw_path(axes, place, path)]
        left, low, width, height = picture.span
        if width > 0 and height > 0:
            axes.set_xlim(left, left + width)
            axes.set_ylim(low, low + height)
        if handles:
            marks = [
                Line2D([], [], color=TEXT_2, marker="o", markerfacecolor=PANEL, linestyle="none"),
                Line2D([], [], color=TEXT_2, marker="o", markersize=10, markerfacecolor="none", linestyle="none"),
            ]
            outside_legend(figure, [*handles, *marks], [*shown, "start", "best epoch"], 1)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_parse_math(False)
    return figure


def _draw_line(axes: Any, picture: LandscapePicture) -> None:
    """Draw the loss over a line of weights, with its tangent in the middle."""
    loss = np.where(np.isfinite(picture.loss[0]), picture.loss[0], np.nan)
    colour = run_look(0)[0]
    axes.plot(picture.xs, loss, color=colour, linewidth=1.7, marker="o" if len(loss) < 3 else None)
    middle = len(loss) // 2
    x, y, slope = float(picture.xs[middle]), picture.centre_loss, picture.slope[0]
    if not np.isfinite(y):
        return
    axes.plot([x], [y], color=colour, marker="o", markersize=8)
    way = (picture.xs[-1] - picture.xs[0]) / 6
    if way > 0:
        axes.plot([x - way, x + way], [y - slope * way, y + slope * way], color=TEXT_2, linewidth=1.2)
        axes.annotate(f"slope {slope:.3g}", (x, y), xytext=(8, 8), textcoords="offset points", fontsize=9, color=TEXT_2)


def levels(loss: Floats) -> tuple[Floats, bool, bool]:
    """Return the borders of the bands of finite losses, whether they are logarithmic, and whether the top is cut off.

    Losses far above nearly all others would press the rest into one band: they share the uppermost colour.
    """
    finite = loss[np.isfinite(loss)]
    low, high = float(finite.min()), float(finite.max())
    usual = float(np.quantile(finite, _CLIP))
    cut = high - low > _FAR * (usual - low) > 0
    if cut:
        high = usual
    if not high > low:
        pad = max(abs(low), 1.0) * 1e-3
        return np.linspace(low - pad, high + pad, _BANDS + 1), False, False
    if low > 0 and high > _LOG_FROM * low:
        return np.geomspace(low, high, _BANDS + 1), True, cut
    return np.linspace(low, high, _BANDS + 1), False, cut


def _draw_contours(figure: Figure, axes: Any, picture: LandscapePicture) -> None:
    loss = np.where(np.isnan(picture.loss), np.inf, picture.loss)
    if not np.isfinite(loss).any() or min(loss.shape) < 2:
        value = float(loss.flat[loss.size // 2])
        axes.text(0.5, 0.5, f"loss {value:.4g}", transform=axes.transAxes, ha="center", color=TEXT)
        return
    borders, logarithmic, cut = levels(loss)
    shown = np.where(np.isfinite(loss), loss, borders[-1] + abs(borders[-1]) + 1)  # above everything
    beyond = bool((shown > borders[-1]).any())
    shown = np.maximum(shown, borders[0])
    colours = LinearSegmentedColormap.from_list("depth", DEPTH)(np.linspace(0, 1, _BANDS))
    # The heights that are cut off have the colour of the uppermost band.
    filled = axes.contourf(
        picture.xs,
        picture.ys,
        shown,
        levels=borders,
        colors=[*colours, colours[-1]] if beyond else list(colours),
        extend="max" if beyond else "neither",
    )
    axes.contour(picture.xs, picture.ys, shown, levels=borders[1:-1], colors="white", alpha=0.22, linewidths=0.6)
    bar = figure.colorbar(filled, ax=axes, shrink=0.8)
    bar.set_ticks(borders[:: _BANDS // 7].tolist())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    bar.ax.tick_params(labelsize=8, colors=TEXT_2)
    scale = "loss, logarithmic" if logarithmic else "loss"
    bar.set_label(f"{scale}, cut off above" if cut or beyond else scale, fontsize=9, color=TEXT_2)
    axes.grid(visible=False)
    norms = picture.plane.norms
    if min(norms) > 0.5 * max(norms) and np.isclose(*picture.plane.reach):
        axes.set_aspect("equal")


def _draw_path(axes: Any, place: int, path: Trace) -> list[Line2D]:
    """Draw a path that is on the picture; return its line for the legend."""
    places = path.coordinates.places
    finite = np.isfinite(places).all(axis=1)
    if not finite.any():
        return []
    x, y = places[finite].T
    colour, marker = run_look(place)
    axes.plot(x, y, color=_CASING, linewidth=3.6, solid_joinstyle="round")
    (line,) = axes.plot(x, y, color=colour, linewidth=1.8, solid_joinstyle="round")
    axes.plot(x[:1], y[:1], marker="o", markersize=7, color=PANEL, markeredgecolor=TEXT)
    axes.plot(x[-1:], y[-1:], marker=marker, markersize=8, color=colour, markeredgecolor=_CASING)
    if path.best is not None:
        x, y = places[path.best]  # nothing is drawn where it is not finite
        axes.plot([x], [y], marker="o", markersize=12, color="none", markeredgecolor=colour, markeredgewidth=1.6)
    return [Line2D([], [], color=line.get_color(), linewidth=1.8, marker=marker, markersize=6)]
