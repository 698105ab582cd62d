"""Freezes the program and makes the installers of this system; called by dev.py, with the Python of its environment.

installers.py package FOLDER    freeze, try the program out, make the installers and their checksums
installers.py frozen FOLDER     freeze and try the program out
installers.py plain FOLDER      freeze with nothing left out, to compare
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import linux
import macos
import windows
from freeze import executable, freeze


def main(what: str, build: Path) -> int:
    """Carry out one of the three and return an exit status."""
    start = time.monotonic()
    frozen = freeze(build, plain=what == "plain")
    print(f"Frozen in {time.monotonic() - start:.0f} s: {frozen}, {megabytes(frozen):.0f} MB", flush=True)
    start = time.monotonic()
    status = subprocess.run([executable(frozen), "--selftest", build / "selftest"], check=False).returncode
    print(f"Self-test of the frozen program: {time.monotonic() - start:.0f} s", flush=True)
    if status or what != "package":
        return status
    target = build / "installers"
    target.mkdir(exist_ok=True)
    made = installers(frozen, build / "stage", target)
    for file in made:
        print(f"{file}: {megabytes(file):.0f} MB")
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in made)
    (target / f"SHA256SUMS-{sys.platform}.txt").write_text(sums, encoding="utf-8", newline="\n")
    return 0


def installers(frozen: Path, stage: Path, target: Path) -> tuple[Path, ...]:
    """Make the installers of this system and return their paths."""
    if sys.platform == "win32":
        return (windows.build(frozen, stage / "icons", target),)
    if sys.platform == "darwin":
        return (macos.build(frozen, target),)
    return linux.build(frozen, stage, target)


def megabytes(place: Path) -> float:
    """Return the size of a file, or of all in a folder, in millions of bytes."""
    files = [place] if place.is_file() else [file for file in place.rglob("*") if not file.is_symlink()]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).absolute()))
