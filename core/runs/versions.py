"""The versions that a record notes, so that its numbers can be reproduced."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

VERSION = "0.1.0"  # of Downhill, as in pyproject.toml


@cache
def versions() -> dict[str, str]:
    """Return the versions of downhill, torch, numpy and python; empty where a package does not tell."""
    return {
        "downhill": VERSION,
        "torch": _installed("torch"),
        "numpy": _installed("numpy"),
        "python": platform.python_version(),
    }


def _installed(package: str) -> str:
    # Asking the package itself would import it, and torch takes a second.
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
