"""Fonts for a system that has none, such as a bare container: those that come with matplotlib."""

from importlib.util import find_spec
from pathlib import Path

from PySide6.QtGui import QFontDatabase

_NAMES_OF_NOTHING = {"Sans Serif", "Serif", "Monospace"}  # which Qt lists though no font stands behind them
_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf")


def provide() -> None:
    """Let Qt take matplotlib's fonts where there are no others; it shows and prints no letter otherwise."""
    if not _NAMES_OF_NOTHING.issuperset(QFontDatabase.families()):
        return
    found = find_spec("matplotlib")
    if found is not None and found.origin is not None:
        for name in _FILES:
            QFontDatabase.addApplicationFont(str(Path(found.origin).with_name("mpl-data") / "fonts" / "ttf" / name))
