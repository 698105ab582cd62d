"""Freezes the program: what its folder needs is laid ready, then PyInstaller makes it as downhill.spec says."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from contents import ROOT
from icon import write_icons

from core.choices.fields import Mistake
from core.datasets.fetch import OWN, Collection, Patience, fetch
from core.datasets.idx import IdxFile, Unfit
from core.datasets.images import FASHION_FILES, MNIST_FILES
from core.resources import cache_folder

_PATIENCE = Patience(rounds=2)


def freeze(build: Path, *, plain: bool = False) -> Path:
    """Make the program below a folder and return where it lies; plain: with nothing left out, for comparison."""
    if torch.version.cuda or torch.version.hip:
        raise SystemExit(
            f"Installers take PyTorch's CPU build, and {sys.prefix} has {torch.__version__}: replace it with\n    "
            f"{sys.executable} -m pip install --force-reinstall torch --index-url https://download.pytorch.org/whl/cpu"
        )
    stage = build / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    write_icons(stage / "icons")
    (stage / "data").mkdir()
    for collection in (MNIST_FILES, FASHION_FILES):
        stage_data(collection, stage / "data" / collection.folder)
    target = build / ("plain" if plain else "frozen")
    places = ["--distpath", str(target), "--workpath", str(build / "work")]
    spec = [str(ROOT / "packaging" / "downhill.spec"), "--", str(stage), *(["--plain"] if plain else [])]
    # The spec asks PyTorch, matplotlib and others what they consist of; they need no GPU and no screen for it.
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *places, *spec]
    subprocess.run(command, env=environment, check=True)
    return target / ("Downhill.app" if sys.platform == "darwin" else "downhill")


def executable(frozen: Path) -> Path:
    """Return the program that is started, for a frozen folder or .app."""
    if sys.platform == "darwin":
        return frozen / "Contents" / "MacOS" / "downhill"
    return frozen / ("downhill-cli.exe" if sys.platform == "win32" else "downhill")


def stage_data(collection: Collection, folder: Path) -> bool:
    """Put the packed files of a data set, verified, into a folder; if they are not to be had, say so: False."""
    try:
        arrays = fetch(collection, patience=_PATIENCE)
    except Mistake as mistake:
        print(f"{collection.title} is left out: {mistake}", file=sys.stderr)
        return False
    folder.mkdir(parents=True)
    for file, array in zip(collection.files, arrays, strict=True):
        # Of the one the checksum is that of the content, however it is packed; of the other that of the packed file.
        data = gzip.compress(file.header + array.tobytes(), mtime=0) if file.sha256 else _packed(collection, file)
        (folder / f"{file.name}.gz").write_bytes(data)
    return True


def _packed(collection: Collection, file: IdxFile) -> bytes:
    """Return a file as its mirror gives it, from where ``fetch`` has just found it."""
    own = Path(os.environ.get(OWN) or ".")
    for folder in (cache_folder() / collection.folder, own / collection.folder, own):
        try:
            data = (folder / f"{file.name}.gz").read_bytes()
            file.content(data)
            return data
        except (OSError, Unfit):
            continue
    raise SystemExit(f"{file.name}.gz of {collection.title} is gone: run this again.")
