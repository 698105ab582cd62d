"""What networks answer over the plane, as a picture, and through a training as an animation.

The colour is the answer, pale where it is unsure; training samples are filled, those of validation hollow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from core.datasets.samples import Dataset, Part
from core.pictures import animation
from core.pictures.look import (
    MIDDLE,
    NEGATIVE,
    PAGE,
    PANEL,
    POSITIVE,
    TEXT,
    TEXT_2,
    class_colour,
    outside_legend,
    plain_axes,
    rgb,
)
from core.pictures.saving import quiet
from core.probes.pictures import PlanePicture

Pixels = NDArray[np.uint8]

_OPACITY = 0.78  # over the paper, so that points stand out
_ROW = 4  # panels beside each other
_MOST_POINTS = 600  # of a part in a panel: more hide the colours
_SLIDE = (6.4, 5.6)  # inches of an animation, at 100 pixels each
_HANDLE, _LETTER = 0.62, 0.075  # inches that a mark of the legend and each letter beside it are wide
_STEPS = 256


@dataclass(frozen=True, eq=False)
class Panel:
    """What a network answers, and its title."""

    title: str
    picture: PlanePicture


def pixels(picture: PlanePicture) -> Pixels:
    """Return the colours (n, n, 3) of what a network answers; row 0 is the upper edge."""
    shade = np.nan_to_num(picture.shade)
    if picture.winner is None or picture.kind not in ("classes", "scores"):
        return _diverging((shade + 1) / 2)
    count = picture.outputs.shape[-1]
    # The best of several probabilities is above 1/count: below it no colour is needed.
    least = 1 / count if picture.kind == "classes" else 0.0
    sure = np.clip((shade - least) / (1 - least), 0, 1)[..., None]
    full = np.stack([rgb(class_colour(place)) for place in range(count)])[picture.winner]
    return _over_paper(rgb(MIDDLE) * (1 - sure) + full * sure)


def draw(panels: Sequence[Panel], dataset: Dataset) -> Figure:
    """Return a figure as wide as a page: a panel each, and below what the colours and the points mean."""
    columns = min(len(panels), _ROW)
    rows = -(-len(panels) // columns)
    side = min(3.4, PAGE / columns)
    handles, names = _legend(dataset)
    figure = Figure(figsize=(side * columns if columns > 2 else PAGE, (side + 0.35) * rows + 0.3), layout=_layout())
    grid = figure.subplots(rows, columns, squeeze=False)
    for place, axes in enumerate(grid.flat):
        if place >= len(panels):
            axes.set_axis_off()
            continue
        _draw_plane(axes, dataset, panels[place].picture, small=columns > 1)
        axes.imshow(pixels(panels[place].picture), **_image(dataset))
        axes.set_title(panels[place].title, loc="left", fontsize=9 if columns > 2 else 10, color=TEXT, parse_math=False)
    if panels[0].picture.kind == "value":
        _bar(figure, list(grid.flat), panels[0].picture)
    _below(figure, handles, names)
    return figure


def gif(
    moments: Sequence[int],
    frame: Callable[[int], Panel],
    dataset: Dataset,
    told: animation.Told = lambda done, total: None,
) -> bytes:
    """Return an animation over moments of a training, 640 pixels wide.

    frame: gives the panel of a moment; it may be asked for one more than once. told: how many frames are done, of how
    many.
    """
    with quiet():
        film = _Film(frame(moments[0]), dataset)
        return animation.gif(lambda place: film.draw(frame(moments[place])), len(moments), told)


_Canvas: Any = FigureCanvasAgg  # which has no types


class _Film:
    """The frames of an animation: all that moves are colours and the title."""

    def __init__(self, first: Panel, dataset: Dataset) -> None:
        self.figure = figure = Figure(figsize=_SLIDE, dpi=100, layout=_layout())
        axes = figure.subplots()
        _draw_plane(axes, dataset, first.picture, small=False)
        self.image = axes.imshow(pixels(first.picture), **_image(dataset))
        self.title = axes.set_title(first.title, loc="left", y=1, pad=8, fontsize=12, color=TEXT, parse_math=False)
        if first.picture.kind == "value":
            _bar(figure, [axes], first.picture)
        _below(figure, *_legend(dataset))
        self.canvas = _Canvas(figure)
        self.canvas.draw()  # which lays it out
        figure.set_layout_engine("none")

    def draw(self, panel: Panel) -> animation.Pixels:
        """Return the frame that shows a panel."""
        self.image.set_data(pixels(panel.picture))
        self.title.set_text(panel.title)
        self.canvas.draw()
        return np.asarray(self.canvas.buffer_rgba())[..., :3].copy()


def _layout() -> ConstrainedLayoutEngine:
    return ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)


def _image(dataset: Dataset) -> dict[str, Any]:
    low, high = dataset.facts.span
    return {"extent": (low, high, low, high), "interpolation": "bilinear", "zorder": 1}


def _draw_plane(axes: Any, dataset: Dataset, picture: PlanePicture, *, small: bool) -> None:
    """Draw the axes and the samples."""
    facts = dataset.facts
    plain_axes(axes, "", facts.columns[0] if facts.columns else "x₁")
    axes.set_ylabel(facts.columns[1] if len(facts.columns) > 1 else "x₂", fontsize=9, color=TEXT_2)
    axes.tick_params(labelsize=7 if small else 9)
    axes.grid(visible=False)
    size = 8 if small else 16
    for part, filled in ((dataset.train, True), (dataset.validation, False)):
        some = np.arange(len(part)) * max(len(part), _MOST_POINTS) // _MOST_POINTS
        some = some[some < len(part)]
        x, inks = part.raw[some], _inks(part, dataset, picture)[some]
        look = {"c": inks, "edgecolors": PANEL} if filled else {"facecolors": "none", "edgecolors": inks}
        axes.scatter(x[:, 0], x[:, 1], s=size, linewidths=0.5 if filled else 1.0, zorder=3 if filled else 2, **look)
    axes.set_xlim(facts.span)
    axes.set_ylim(facts.span)
    axes.set_aspect("equal")


def _inks(part: Part, dataset: Dataset, picture: PlanePicture) -> NDArray[np.float64]:
    """Return the colour (n, 3) in 0 … 1 of each sample."""
    if dataset.facts.classes:
        table = np.stack([rgb(class_colour(place)) for place in range(len(dataset.facts.classes))]) / 255
        found: NDArray[np.float64] = table[part.labels]
        return found
    return _between(np.clip((part.labels - picture.low) / (picture.high - picture.low), 0, 1)) / 255


def _legend(dataset: Dataset) -> tuple[list[Any], list[str]]:
    dot: dict[str, Any] = {"linestyle": "none", "markersize": 6}
    grey: dict[str, Any] = {"color": TEXT_2, **dot}
    handles: list[Any] = []
    names: list[str] = []
    for place, name in enumerate(dataset.facts.classes):
        handles.append(Line2D([], [], marker="s", color=class_colour(place), **dot))
        names.append(name)
    handles.append(Line2D([], [], marker="o", **grey))
    names.append("training sample")
    if len(dataset.validation):
        handles.append(Line2D([], [], marker="o", markerfacecolor="none", **grey))
        names.append("validation sample")
    return handles, names


def _below(figure: Figure, handles: list[Any], names: list[str]) -> None:
    wide = figure.get_figwidth()
    together = sum(_HANDLE + _LETTER * len(name) for name in names)
    fits = int(wide / (_HANDLE + _LETTER * max(map(len, names))))
    columns = len(names) if together <= wide else max(1, fits)
    figure.set_figheight(figure.get_figheight() + 0.2 * (-(-len(names) // columns) - 1))
    outside_legend(figure, handles, names, columns, "lower left")


def _bar(figure: Figure, axes: list[Any], picture: PlanePicture) -> None:
    """Draw which colour is which number."""
    table = _diverging(np.linspace(0, 1, _STEPS)) / 255
    scale = ScalarMappable(Normalize(picture.low, picture.high), ListedColormap(table.tolist()))
    bar = figure.colorbar(scale, ax=axes, shrink=0.8, pad=0.03, aspect=24)
    bar.ax.tick_params(labelsize=8, colors=TEXT_2)
    bar.outline.set_visible(False)


def _diverging(share: NDArray[np.floating[Any]]) -> Pixels:
    return _over_paper(_between(np.clip(share, 0, 1)))


def _between(share: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return colours (…, 3) of shares from 0, negative, over ½ to 1, positive."""
    stops = np.stack([rgb(NEGATIVE), rgb(MIDDLE), rgb(POSITIVE)])
    return np.stack([np.interp(share, (0, 0.5, 1), stops[:, channel]) for channel in range(3)], axis=-1)


def _over_paper(colours: NDArray[np.float64]) -> Pixels:
    found: Pixels = np.rint(colours * _OPACITY + rgb(PANEL) * (1 - _OPACITY)).astype(np.uint8)
    return found
