"""What the frozen program holds and what it does not: told by package, so that a new one needs no change here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from functools import cache
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent

# Files that nothing opens at run time, by their place below the program. torch.testing, torch.distributed and sympy
# look as if they could go too, but torch itself imports them.
UNUSED = (
    # torch: its own tests, what C++ programs are built with, and static libraries
    "torch/bin/[!t]*",
    "torch/bin/test_*",
    "torch/include/*",
    "torch/share/*",
    "torch/test/*",
    "torch/**.lib",
    "torch/**.a",
    "torch/lib/lib*_test.*",
    "torch/lib/libbackend_with_compiler.*",
    # tests and samples of others
    "matplotlib/mpl-data/sample_data/*",
    "matplotlib/mpl-data/images/*",
    "matplotlib/tests/*",
    "numpy/**/tests/*",
    "onnx/backend/test/*",
    "onnx/**.proto*",
    "pyqtgraph/examples/*",
    # Qt: the texts of its own dialogs in other languages, plugins for other kinds of screen and of programs
    "PySide6/**translations/*",
    "PySide6/**plugins/egldeviceintegrations/*",
    "PySide6/**plugins/generic/*",
    "PySide6/**plugins/networkinformation/*",
    "PySide6/**plugins/platforminputcontexts/*virtualkeyboard*",
    "PySide6/**plugins/platforms/*eglfs*",
    "PySide6/**plugins/platforms/*linuxfb*",
    "PySide6/**plugins/platforms/*minimalegl*",
    "PySide6/**plugins/platforms/*vkkhrdisplay*",
    "PySide6/**plugins/platforms/*vnc*",
    "PySide6/**plugins/tls/*",
    # of packages: how they were installed, and what only editors and type checkers read
    "*.dist-info/RECORD",
    "**.pyi",
    "**.h",
)

# Qt's libraries that only what is left out above asks for.
UNUSED_LIBRARIES = ("EglF[Ss]*", "LabsSettings*", "Network", "Pdf", "Qml*", "Quick*", "VirtualKeyboard*")
# Modules that some package imports if they are there, and does without.
UNUSED_MODULES = ("PySide6.QtNetwork", "readline", "setuptools", "tkinter")

# Modules of others that are imported by a name made at run time: what matplotlib writes drawings with.
NAMED_MODULES = ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg")

# Of a Linux system, these come along: what Python's own modules need, and helpers of X that are not on every desktop.
# All else is the system's: a copy of GTK, of the C++ library or of fontconfig would quarrel with drivers and themes.
FROM_THE_SYSTEM = (
    *("libbz2.so*", "libcrypto.so*", "libexpat.so*", "libffi.so*", "liblzma.so*", "libpython*", "libsqlite3.so*"),
    *("libssl.so*", "libuuid.so*", "libxcb-*", "libxkbcommon*"),
)


def resources() -> list[tuple[str, str]]:
    """Return the program's own files as PyInstaller takes them: from where, to which folder."""
    folder = ROOT / "resources"
    files = [file for file in folder.rglob("*") if file.is_file() and "screenshots" not in file.parts]
    table = ROOT / "packaging" / "qt_libraries.txt"  # by which the program tells what a system lacks
    return [*((str(file), str(file.parent.relative_to(ROOT))) for file in files), (str(table), "resources")]


def kept(place: str, source: str) -> bool:
    """Say whether a file comes into the program, by its place there and where it comes from."""
    if of_the_system(source):
        return any(fnmatch(Path(place).name, pattern) for pattern in FROM_THE_SYSTEM)
    return not unused(place)


def of_the_system(source: str) -> bool:
    """Say whether a file belongs to a Linux system, not to Python or its packages."""
    return source.startswith(("/lib", "/usr/lib")) and not source.startswith("/usr/lib/python")


def unused(place: str) -> bool:
    """Say whether a file is left out, by its place below the program."""
    place = place.replace("\\", "/")
    top = place.partition("/")[0]
    # torch looks for what is installed by these folders, and then imports it.
    if top.endswith(".dist-info") and canonicalize_name(top.partition("-")[0]) not in needed():
        return True
    forms = ("*libQt6{}.so*", "*/Qt6{}.dll", "*/Qt{}.framework/*")
    libraries = (form.format(name) for name in UNUSED_LIBRARIES for form in forms)
    return any(fnmatch(place, pattern.replace("**", "*")) for pattern in (*UNUSED, *libraries))


def version() -> str:
    """Return the program's version."""
    return str(_project()["version"])


def distributions() -> list[Distribution]:
    """Return the packages that the program needs, and what those need, by name."""
    found: dict[str, Distribution] = {}
    wanted = list(_applying(_project()["dependencies"]))
    while wanted:
        name = canonicalize_name(wanted.pop().name)
        if name not in found:
            found[name] = distribution(name)
            wanted += _applying(found[name].requires or ())
    return [found[name] for name in sorted(found)]


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def _applying(lines: Iterable[str]) -> Iterator[Requirement]:
    """Yield the requirements that hold on this system and Python, without optional extras."""
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


@cache
def needed() -> frozenset[str]:
    """Return the names of the packages that the program needs."""
    return frozenset(canonicalize_name(found.name) for found in distributions())


def unneeded_modules() -> list[str]:
    """Return the modules of packages that are installed here for tests and tools alone: nothing may pull them in."""
    owners = packages_distributions()
    return sorted(module for module in owners if not needed() & {canonicalize_name(name) for name in owners[module]})
