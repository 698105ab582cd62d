"""The answers on a part of the data: which class was taken for which, the worst mistakes, numbers against the truth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from core.pictures.look import ACCENT, NEGATIVE, PAGE, PANEL, PART_WORDS, POSITIVE, TEXT, TEXT_2, plain_axes, rgb
from core.probes.pictures import ReportPicture

Floats = NDArray[np.floating[Any]]

_MOST_COUNTS = 15  # classes whose counts can be read
_LEAST, _MOST = 0.12, 0.87  # how much colour the rarest and the most frequent mistake have
_COLUMNS = 10  # images beside each other
_MOST_POINTS = 2000
_NAME = 14  # letters of a class


def draw_confusion(report: ReportPicture, classes: Sequence[str]) -> Figure:
    """Return the confusion matrix: a row per true class, blue where it was found, orange where not."""
    count = len(classes)
    side = min(PAGE, 1.2 + max(0.4 * count, 1.6))
    figure = Figure(figsize=(side, side), layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06))
    axes = figure.subplots()
    wrong = report.counts * (1 - np.eye(count, dtype=np.int64))
    share = np.where(wrong > 0, _LEAST + (_MOST - _LEAST) * wrong / max(wrong.max(), 1), 0)[..., None]
    inks = rgb(PANEL) * (1 - share) + rgb(NEGATIVE) * share
    diagonal = np.diag_indices(count)
    inks[diagonal] = rgb(PANEL) * 0.84 + rgb(POSITIVE) * 0.16
    axes.imshow(inks / 255, interpolation="nearest")
    if count <= _MOST_COUNTS:
        for row, column in np.argwhere(report.counts > 0):
            number = f"{report.counts[row, column]:,}"
            axes.text(column, row, number, ha="center", va="center", fontsize=7 if count > 5 else 9, color=TEXT)
    names = [name if len(name) <= _NAME else f"{name[: _NAME - 1]}…" for name in classes]
    long = max(map(len, names)) > 5 and count > 2
    axes.set_xticks(range(count), names, rotation=45 if long else 0, ha="right" if long else "center", parse_math=False)
    axes.set_yticks(range(count), names, parse_math=False)
    axes.set_xlabel("answered", fontsize=9, color=TEXT_2)
    axes.set_ylabel(f"true class, {PART_WORDS[report.part]} samples", fontsize=9, color=TEXT_2)
    axes.tick_params(colors=TEXT_2, labelsize=8, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def draw_images(images: Sequence[Floats], titles: Sequence[str]) -> Figure:
    """Return images (height, width) in 0 … 1, dark on paper, ten beside each other, each with its title."""
    columns = min(len(images), _COLUMNS)
    rows = -(-len(images) // columns)
    figure = Figure(
        figsize=(PAGE * columns / _COLUMNS, 0.92 * rows), layout=ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    )
    for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_axis_off()
        if place < len(images):
            axes.imshow(images[place], cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
            axes.set_title(titles[place], fontsize=7, color=TEXT, pad=2, parse_math=False)
    return figure


def draw_numbers(true: Floats, predicted: Floats, part: str) -> Figure:
    """Return what was predicted (n,) against the truth (n,), with the line on which both are the same."""
    figure = Figure(figsize=(3.8, 3.6), layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06))
    axes = figure.subplots()
    plain_axes(axes, "", f"true number, {part} samples")
    axes.set_ylabel("predicted", fontsize=9, color=TEXT_2)
    some = np.arange(min(len(true), _MOST_POINTS)) * max(len(true), _MOST_POINTS) // _MOST_POINTS
    axes.axline((0, 0), slope=1, color=TEXT_2, linewidth=1, zorder=1)
    axes.scatter(true[some], predicted[some], s=12, c=ACCENT, alpha=0.6, linewidths=0, zorder=2)
    both = np.concatenate([true[some], predicted[some]])
    low, high = float(both.min()), float(both.max())
    room = 0.05 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(low - room, high + room)
    axes.set_aspect("equal")
    return figure
