"""Where the program's own files and its cache lie, and how its command line is called."""

import os
import sys
from pathlib import Path

import platformdirs

RESOURCES = Path(__file__).resolve().parent.parent / "resources"

# A program made by packaging/ is both window and command line, and holds no Python that could be told "-m core".
FROZEN = bool(getattr(sys, "frozen", False))
# On Windows the one with windows cannot print, and has another beside it that can.
_CLI = "downhill-cli" if sys.platform == "win32" else "downhill"
PROGRAM = _CLI if FROZEN else "python -m core"  # what a person types
# What starts it as another process.
COMMAND = (str(Path(sys.executable).with_stem(_CLI)),) if FROZEN else (sys.executable, "-m", "core")


def cache_folder() -> Path:
    """Return the folder for what can be had again: ``DOWNHILL_CACHE``, else the system's cache folder of the user."""
    named = os.environ.get("DOWNHILL_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("downhill", appauthor=False)
