"""Where the program's own files and its cache lie."""

import os
from pathlib import Path

import platformdirs

RESOURCES = Path(__file__).resolve().parent.parent / "resources"


def cache_folder() -> Path:
    """Return the folder for what can be had again: ``DOWNHILL_CACHE``, else the system's cache folder of the user."""
    named = os.environ.get("DOWNHILL_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("downhill", appauthor=False)
