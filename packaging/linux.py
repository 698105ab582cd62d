"""The two forms of the program for Linux: a Debian package, and an archive that installs without root."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from contents import ROOT, version

FILES = ROOT / "packaging" / "linux"
QT_LIBRARIES = ROOT / "packaging" / "qt_libraries.txt"
# What is asked of the system beside what Qt's table has; every Debian has these.
PACKAGES = {
    **dict.fromkeys(("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"), "libc6"),
    "ld-linux-x86-64.so.2": "libc6",
    "ld-linux-aarch64.so.1": "libc6",
    "libgcc_s.so.1": "libgcc-s1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
# Qt's plugin for GNOME's looks asks for these; without them Qt does without the plugin.
NOT_ASKED = re.compile(r"lib(gtk|gdk)-3\.|libg(object|io)-2\.0\.|lib(atk|cairo|gdk_pixbuf|harfbuzz|pango)")
CONTROL = """Package: downhill
Version: {version}
Architecture: {architecture}
Maintainer: Downhill contributors <downhill@localhost>
Installed-Size: {kilobytes}
Depends: {depends}
Section: education
Priority: optional
Description: build a neural network, train it, and see it learn
 Downhill is a desktop program for students of an introductory deep-learning
 course: dense layers are put together by dragging, trained with PyTorch, and
 shown while they learn. It needs no network and no account.
"""


def build(frozen: Path, stage: Path, target: Path) -> tuple[Path, Path]:
    """Make the .deb and the .tar.gz from the frozen folder and return their paths."""
    return _deb(frozen, stage, target), _archive(frozen, stage, target)


def depends(frozen: Path) -> list[str]:
    """Return the Debian packages that hold what the frozen files ask of a system; raises SystemExit for one unknown."""
    packages = PACKAGES | _qt_packages()
    unknown = sorted(name for name in needed(frozen) if name not in packages and not NOT_ASKED.match(name))
    if unknown:
        raise SystemExit(f"{', '.join(unknown)}: put the Debian package of each into packaging/qt_libraries.txt.")
    least = {"libc6": f"libc6 (>= {platform.libc_ver()[1]})", "libglib2.0-0": "libglib2.0-0 | libglib2.0-0t64"}
    names = {packages[name] for name in needed(frozen) if name in packages}
    return sorted(least.get(name, name) for name in names)


def needed(frozen: Path) -> set[str]:
    """Return the libraries that the frozen files ask for and that are not among them."""
    files = [file for file in frozen.rglob("*") if file.is_file() and _is_elf(file)]
    told = subprocess.run(["objdump", "-p", *map(str, files)], capture_output=True, text=True, check=True).stdout
    asked = set(re.findall(r"^\s+NEEDED\s+(\S+)$", told, re.MULTILINE))
    return asked - {file.name for file in frozen.rglob("*")}


def _is_elf(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def _qt_packages() -> dict[str, str]:
    lines = QT_LIBRARIES.read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return {library: package for library, package in pairs}  # noqa: C416 - dict() is not told that these are pairs


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def _deb(frozen: Path, stage: Path, target: Path) -> Path:
    root = stage / "deb"
    shutil.rmtree(root, ignore_errors=True)
    _link(frozen, root / "opt" / "downhill")
    share = root / "usr" / "share"
    for place, file in _desktop(stage):
        _put(file, share / place)
    _put(FILES / "downhill.desktop", share / "applications" / "downhill.desktop")
    _put(FILES / "copyright", share / "doc" / "downhill" / "copyright")
    program = root / "usr" / "bin" / "downhill"
    program.parent.mkdir(parents=True)
    program.symlink_to("../../opt/downhill/downhill")
    control = root / "DEBIAN" / "control"
    control.parent.mkdir()
    kilobytes = sum(file.lstat().st_size for file in root.rglob("*") if file.is_file()) >> 10
    facts = {"version": version(), "architecture": _architecture(), "kilobytes": kilobytes}
    control.write_text(CONTROL.format(depends=", ".join(depends(frozen)), **facts), encoding="utf-8")
    package = target / f"downhill_{version()}_{_architecture()}.deb"
    options = ["--root-owner-group", "-Zxz", f"--threads-max={os.cpu_count() or 1}"]
    subprocess.run(["dpkg-deb", *options, "--build", str(root), str(package)], check=True)
    shutil.rmtree(root)
    return package


def _archive(frozen: Path, stage: Path, target: Path) -> Path:
    name = f"downhill-{version()}-linux-{platform.machine()}"
    root = stage / "archive"
    shutil.rmtree(root, ignore_errors=True)
    _link(frozen, root / name / "program")
    for place, file in _desktop(stage):
        _put(file, root / name / "share" / place)
    _put(FILES / "downhill.desktop", root / name / "share" / "applications" / "downhill.desktop")
    for script in ("install.sh", "uninstall.sh"):
        _put(FILES / script, root / name / script)
        (root / name / script).chmod(0o755)
    archive = target / f"{name}.tar.gz"
    owner = ["--owner=0", "--group=0", "--numeric-owner"]
    subprocess.run(["tar", "-C", str(root), *owner, "-czf", str(archive), name], check=True)
    shutil.rmtree(root)
    return archive


def _desktop(stage: Path) -> Iterator[tuple[Path, Path]]:
    """Yield what a desktop shows: the place below share/, and the file."""
    yield Path("mime", "packages", "downhill.xml"), FILES / "downhill.xml"
    for picture in (stage / "icons").glob("downhill-*.png"):
        side = picture.stem.removeprefix("downhill-")
        for kind, name in (("apps", "downhill"), ("mimetypes", "application-x-downhill")):
            yield Path("icons", "hicolor", f"{side}x{side}", kind, f"{name}.png"), picture


def _put(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
    place.chmod(0o644)


def _link(frozen: Path, place: Path) -> None:
    """Lay the frozen folder there, without a second copy of its files."""
    place.parent.mkdir(parents=True)
    subprocess.run(["cp", "-al", str(frozen), str(place)], check=True)
