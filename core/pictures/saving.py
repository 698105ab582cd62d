"""Figures as files: a picture in pixels or a drawing in lines, the same each time."""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from core.pictures.look import PANEL

DPI = 150  # of a picture for the screen, and of an image within a drawing
PRINT = 300  # of a picture for paper


def saved(figure: Figure, form: str, dpi: float = DPI) -> bytes:
    """Return a figure as the bytes of a "png" or "svg" file; dpi: pixels to an inch."""
    buffer = io.BytesIO()
    more: dict[str, Any] = {"metadata": {"Date": None}} if form == "svg" else {}
    with quiet(), mpl.rc_context({"svg.hashsalt": "downhill", "agg.path.chunksize": 10_000}):
        # The first makes two files of one figure equal, the second draws long curves in pieces.
        figure.savefig(buffer, format=form, dpi=dpi, facecolor=PANEL, **more)
    return buffer.getvalue()


def on_paper(figure: Figure) -> tuple[str, Callable[[], bytes]]:
    """Return a figure as SVG, and what makes the same in pixels for paper."""
    return saved(figure, "svg").decode(), partial(saved, figure, "png", PRINT)


@contextmanager
def quiet() -> Iterator[None]:
    """Draw without a warning of a letter that the font lacks: it is drawn as a box."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        yield
