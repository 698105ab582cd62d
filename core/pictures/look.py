"""The look of figures on paper: the light colours of the program, one colour and marker per run."""

from collections.abc import Sequence
from typing import Any

PANEL = "#ffffff"
BORDER = "#dce0e8"
TEXT = "#1a1f29"
TEXT_2 = "#566072"
ACCENT = "#5b45d6"
SERIES = ("#c4209a", "#005a41", "#86690a", TEXT)
MARKERS = ("o", "s", "v", "D")
MORE_MARKERS = ("^", "P", "X", "<", ">", "p", "h", "8")


def run_look(place: int) -> tuple[str, str]:
    """Return colour and marker of a run; no two of the first 28 are the same. Colours are those of the screen."""
    if place < len(SERIES):
        return SERIES[place], MARKERS[place]
    return SERIES[place % 3], MORE_MARKERS[(place - len(SERIES)) // 3 % len(MORE_MARKERS)]


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
