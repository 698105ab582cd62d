"""Figures as files: a picture in pixels or a drawing in lines, the same each time."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from core.pictures.look import PANEL

DPI = 150  # of a picture, and of an image within a drawing
# What makes two files of one figure equal; and long curves are drawn in pieces.
_SETTINGS = {"svg.hashsalt": "downhill", "agg.path.chunksize": 10_000}


def saved(figure: Figure, form: str, dpi: float = DPI) -> bytes:
    """Return a figure as the bytes of a "png" or "svg" file; dpi: pixels to an inch."""
    buffer = io.BytesIO()
    more: dict[str, Any] = {"metadata": {"Date": None}} if form == "svg" else {}
    with quiet(), mpl.rc_context(_SETTINGS):
        figure.savefig(buffer, format=form, dpi=dpi, facecolor=PANEL, **more)
    return buffer.getvalue()


@contextmanager
def quiet() -> Iterator[None]:
    """Draw without a warning of a letter that the font lacks: it is drawn as a box."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        yield
