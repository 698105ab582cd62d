"""The look of figures on paper: the light colours of the program, one colour and marker per run."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PANEL = "#ffffff"
BORDER = "#dce0e8"
TEXT = "#1a1f29"
TEXT_2 = "#566072"
ACCENT = "#5b45d6"
SERIES = ("#c4209a", "#005a41", "#86690a", TEXT, "#7d17e8")
MARKERS = ("o", "s", "v", "D", "^", "p", "*", "h")
NEGATIVE, MIDDLE, POSITIVE = "#f59322", "#edeff2", "#0877bd"
# Classes of data sets with more than two: told apart by lightness too. Two classes are negative and positive.
CLASSES = (
    NEGATIVE, POSITIVE, "#0b7350", "#c4209a", "#86690a", "#5b45d6", "#c02636", "#3c7590", "#7f899a", "#1a1f29",
)  # fmt: skip
PART_WORDS = {"train": "training", "validation": "validation", "test": "test"}
PAGE = 6.9  # inches: the width of the text on A4


def run_look(place: int) -> tuple[str, str]:
    """Return colour and marker of a run, those that it has on the screen; no two of the first 40 are the same."""
    colours = len(SERIES)
    return SERIES[place % colours], MARKERS[(place % colours + place // colours) % len(MARKERS)]


def rgb(colour: str) -> NDArray[np.float64]:
    """Return red, green and blue of a colour as numbers (3,) from 0 to 255."""
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], np.float64)


def class_colour(place: int) -> str:
    """Return the colour of a class; from the eleventh on colours come again."""
    return CLASSES[place % len(CLASSES)]


def plain_axes(axes: Any, title: str, x: str) -> None:
    """Give axes a title, faint lines and the colours of the program."""
    axes.set_title(title, loc="left", fontsize=11, color=TEXT)
    axes.set_xlabel(x, fontsize=9, color=TEXT_2)
    axes.tick_params(colors=TEXT_2, labelsize=9, length=3, which="both")
    axes.grid(color=BORDER, linewidth=0.7)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(BORDER)


def outside_legend(
    figure: Any, handles: Sequence[Any], names: Sequence[str], columns: int, place: str = "right upper"
) -> Any:
    """Put a legend outside of all axes, with any text as a name; return it."""
    # Matplotlib leaves out a name that begins with "_", so that all are set afterwards; "$" is no formula here.
    legend = figure.legend(
        list(handles),
        ["-"] * len(handles),
        loc=f"outside {place}",
        ncols=columns,
        frameon=False,
        fontsize=9,
        handlelength=2.6,
        labelspacing=0.45,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(name)
        text.set_color(TEXT)
    return legend
