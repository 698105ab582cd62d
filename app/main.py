"""The start of the program: arguments, libraries that must be loaded first, the window."""

import argparse
import ctypes
import gc
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from app.shell.compose import Program

DOC = "Build a neural network by dragging layers, train it, and watch it learn."


def main(arguments: Sequence[str]) -> int:
    """Run the program and return its exit status."""
    parser = argparse.ArgumentParser(prog="downhill", description=DOC)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a .downhill file to open")
    parser.add_argument("--selftest", type=Path, metavar="DIR", help="try everything out; pictures and files go to DIR")
    chosen = parser.parse_args(arguments)
    load_first()
    if chosen.selftest is not None:
        from app.selftest.run import selftest

        return selftest(chosen.selftest)
    return open_window(chosen.file)


def load_first() -> None:
    """On Windows torch's libraries must be in the process before any of Qt's, or they are not found: load the first."""
    if sys.platform != "win32":
        return
    found = importlib.util.find_spec("torch")
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / "lib"
        os.add_dll_directory(str(folder))
        ctypes.CDLL(str(folder / "c10.dll"))


def open_window(file: Path | None) -> int:
    """Show the window with a file, or with the spiral, until it is closed."""
    from PySide6.QtCore import QSettings, QTimer
    from PySide6.QtWidgets import QApplication

    qt = QApplication(sys.argv[:1])
    qt.setOrganizationName("Downhill")
    qt.setApplicationName("Downhill")
    program = launch(QSettings())
    if file is not None:
        program.files.open_path(file.absolute())
    # Ctrl-C at a terminal closes the window as its own button does. Python sees it only between two events of Qt.
    signal.signal(signal.SIGINT, lambda *_: program.window.close())
    awake = QTimer()
    awake.timeout.connect(lambda: None)
    awake.start(200)
    try:
        return qt.exec()
    finally:
        program.stop()


def launch(store: "QSettings", folder: Path | None = None, worker: bool = True) -> "Program":
    """Return the program with its window shown, as soon as can be; arguments as those of Program and its start."""
    # Nothing of what is made now is garbage, and looking for some takes time; nor need it be looked through later.
    gc.disable()
    from app.shell.compose import Program
    from core.experiment.examples import read_example

    program = Program(read_example("spiral"), store, folder)
    program.start(worker)
    gc.freeze()
    gc.enable()
    return program
