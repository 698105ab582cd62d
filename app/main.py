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

from core.resources import PROGRAM, RESOURCES

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from app.shell.compose import Program

DOC = "Build a neural network by dragging layers, train it, and watch it learn."


def main(arguments: Sequence[str]) -> int:
    """Run the program and return its exit status."""
    parser = argparse.ArgumentParser(prog="downhill", description=DOC)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a .downhill file to open")
    parser.add_argument("--selftest", type=Path, metavar="DIR", help="try everything out; pictures and files go to DIR")
    parser.add_argument("--report", nargs=2, metavar=("FILE", "OUT.pdf"), help="write a report on the runs of a file")
    parser.add_argument("--run", metavar="NAME", help="the run that the report tells in full, the best if left out")
    chosen = parser.parse_args(arguments)
    load_first()
    try:
        if chosen.selftest is not None:
            from app.selftest.run import selftest

            return selftest(chosen.selftest)
        if chosen.report is not None:
            from app.report.write import write

            source, output = chosen.report
            return write(source, output, chosen.run)
        if not has_display() or not load_platform():
            return told("There is no screen here to open a window on; on the command line, try: {} train spiral")
        return open_window(chosen.file)
    except ImportError as error:
        library, _, reason = str(error).partition(": ")
        if not reason.startswith("cannot open shared object file"):
            raise
        return told(f"Qt, which draws the window, needs {library}, which this system lacks: {package(library)}")


def told(sentence: str) -> int:
    """Say why no window opens, and return the exit status for that."""
    print(sentence.format(PROGRAM), file=sys.stderr)
    return 1


def has_display() -> bool:
    """Tell whether a window can be opened: on Linux it takes an X or a Wayland server, or a platform that is named."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform != "linux" or any(os.environ.get(name) for name in named)


def package(library: str) -> str:
    """Return what to install for a library of Linux; an installed program has the table for it."""
    table = RESOURCES / "qt_libraries.txt"
    lines = table.read_text(encoding="utf-8").splitlines() if table.is_file() else []
    names = [line.split()[1] for line in lines if line.split()[0] == library]
    return f"sudo apt-get install {names[0]}" if names else "install the package that has it, then try again."


def load_first() -> None:
    """On Windows torch's libraries must be in the process before any of Qt's, or they are not found: load the first."""
    if sys.platform != "win32":
        return
    found = importlib.util.find_spec("torch")
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / "lib"
        os.add_dll_directory(str(folder))
        ctypes.CDLL(str(folder / "c10.dll"))


def load_platform() -> bool:
    """Load Qt's plugin for the screen, and return whether the screen answers; Qt itself would abort.

    Raises ImportError where Linux lacks a library for it.
    """
    from PySide6.QtCore import QLibraryInfo

    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms")
    faults = []
    for screen, name in (("WAYLAND_DISPLAY", "libqwayland.so"), ("DISPLAY", "libqxcb.so")):
        if os.environ.get(screen) and (folder / name).exists():
            try:
                ctypes.CDLL(str(folder / name))
            except OSError as error:
                faults.append(error.__cause__ or error)  # PyInstaller's own error does not name the library
            else:  # where one of the two cannot be had, Qt takes the other
                return screen == "WAYLAND_DISPLAY" or _answers()
    if faults:
        raise ImportError(str(faults[0]))
    return True


def _answers() -> bool:
    """Tell whether the X server that DISPLAY names can be reached; its library is there, since Qt's plugin is."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed: int = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def open_window(file: Path | None) -> int:
    """Show the window with a file, or with the spiral, until it is closed."""
    from PySide6.QtCore import QSettings, QTimer

    from app.shell.application import Application
    from app.shell.splash import splash

    qt = Application(sys.argv[:1])
    store = QSettings()
    seen = splash(store)
    program = launch(store)
    seen.close()
    qt.handed.connect(program.files.open_path)
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
    if not worker:  # else garbage is looked for by the session
        gc.enable()
    return program
