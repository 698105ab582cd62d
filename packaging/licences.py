"""The licences of all that the frozen program is made of, as one text, from what the packages say of themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from importlib.util import find_spec
from pathlib import Path

from contents import ROOT, distributions, version

_FILES = re.compile(r"(licen[cs]e|copying|notice|copyright)", re.IGNORECASE)
_RULE = "=" * 100


def collect(libraries: Iterable[Path] = ()) -> str:
    """Return the text: a list, then each licence in full. libraries: those taken over from this Linux system."""
    parts = {f"Downhill {version()}": ("MIT", _read(ROOT / "LICENSE"))}
    parts[f"Python {sys.version.split()[0]}"] = ("PSF-2.0", _python())
    loader = [distribution("pyinstaller")] if find_spec("PyInstaller") else []  # a part of it starts the program
    for found in [*loader, *distributions()]:
        parts[f"{found.name} {found.version}"] = (_name(found), "\n\n".join(_texts(found)) or _name(found))
    for package in sorted({owner for library in libraries if (owner := _debian_package(library))}):
        parts[f"{package} (from Debian)"] = ("see below", _read(Path("/usr/share/doc", package, "copyright")))
    data = _read(ROOT / "resources" / "data" / "README.md")
    parts["Data"] = ("CC BY 4.0, CC BY-SA 3.0, MIT", f"{data}\n{_IMAGES}")
    listed = "\n".join(f"{name}: {kind}" for name, (kind, _) in parts.items())
    texts = (f"{_RULE}\n{name}\n{_RULE}\n\n{text.strip()}\n" for name, (_, text) in parts.items())
    return "\n".join(("What this program is made of, and under which licences.\n", listed, "", *texts))


_IMAGES = """Where an installer brings them: MNIST is by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, under
CC BY-SA 3.0. Fashion-MNIST is by Zalando SE, under the MIT licence."""


def _python() -> str:
    places = (Path(sysconfig.get_path("stdlib"), "LICENSE.txt"), Path(sys.base_prefix, "LICENSE.txt"))
    return next((_read(place) for place in places if place.is_file()), "See https://docs.python.org/3/license.html")


def _name(found: Distribution) -> str:
    """Return the short name of a package's licence."""
    about = found.metadata
    told = [str(about[key]) for key in ("License-Expression", "License") if key in about]
    classes = [line.split(" :: ")[-1] for line in about.get_all("Classifier", []) if line.startswith("License ::")]
    if "License-Expression" not in about and classes:
        return ", ".join(classes)
    return told[0].split("\n")[0] if told else "not told by the package"


def _texts(found: Distribution) -> list[str]:
    """Return the licence files that a package has installed, shortest path first."""
    files = [file for file in found.files or () if _FILES.match(file.name) and file.suffix not in (".py", ".pyc")]
    files.sort(key=lambda file: (len(file.parts), str(file)))
    return [_read(Path(str(found.locate_file(file)))) for file in files]


def _debian_package(library: Path) -> str:
    """Return the Debian package that a file of the system belongs to, empty where none says so."""
    if shutil.which("dpkg") is None:
        return ""
    inner = library.relative_to("/usr" if library.is_relative_to("/usr") else "/")
    for name in (Path("/usr", inner), Path("/", inner)):  # the two are one folder, and dpkg knows of only one of them
        told = subprocess.run(["dpkg", "-S", str(name)], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            return told.stdout.split(":")[0]
    return ""


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
