"""What nobody caught: an error in a slot or a thread never takes the window down, and leaves a log."""

import faulthandler
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QObject, Qt, Signal, qVersion
from PySide6.QtGui import QGuiApplication

_MOST_LOGS = 20
_MOST_NOTES = 20


class Crashes(QObject):
    """Notes errors, writes each to a log file, and tells the window, whatever the thread they come from.

    happened: a sentence, always in the thread of the window.
    """

    happened = Signal(str)
    _noted = Signal(str)

    def __init__(self, folder: Path, versions: Callable[[], str] = str, parent: QObject | None = None) -> None:
        """Make a log in a folder; versions: tells lines of its own for the diagnostics."""
        super().__init__(parent)
        self.folder = folder
        self.versions = versions
        self.notes: list[str] = []
        self._lock = threading.Lock()
        self._faults: TextIO | None = None
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        # Queued to the thread of the window, for a signal may be emitted from any.
        self._noted.connect(self.happened, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take the errors that nobody catches; PySide brings those of slots here too."""
        sys.excepthook = self._error
        threading.excepthook = self._thread_error
        sys.unraisablehook = self._unraisable
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._faults = (self.folder / "faults.log").open("a", encoding="utf-8")
            # Crashes below Python (a driver, a library) leave the Python stack here.
            faulthandler.enable(self._faults)
        except OSError:
            self._faults = None  # a folder that cannot be written to: errors are still told on the screen

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
            self._faults = None

    def note(self, sentence: str, trace: str) -> None:
        """Note an error: log it and tell the window. May be called from any thread."""
        now = datetime.now().astimezone()
        text = f"{now.isoformat(timespec='seconds')}\n{sentence}\n\n{trace}"
        with self._lock:
            self.notes = [*self.notes, text][-_MOST_NOTES:]
            where = self._write(now, text)
        if sys.stderr is not None:  # it is None in a windowed program on Windows
            sys.stderr.write(f"{trace}\n")
        told = self.tr("{0} The program goes on; save your work.").format(_ended(sentence))
        if where is not None:
            told += " " + self.tr("Log: {0}").format(where)
        self._noted.emit(told)

    def diagnostics(self) -> str:
        """Return what a report of a fault should tell: versions, system, screen, and the last errors."""
        screens = [
            f"{screen.size().width()}×{screen.size().height()} at {screen.devicePixelRatio():g}"
            for screen in QGuiApplication.screens()
        ]
        lines = [
            f"Downhill on Python {platform.python_version()}, {platform.platform()}, {platform.machine()}",
            f"Qt {qVersion()}, PySide {pyside_version}, {QGuiApplication.platformName()}, screens {', '.join(screens)}",
            self.versions(),
            f"Logs: {self.folder}",
        ]
        return "\n\n".join(["\n".join(line for line in lines if line), *(self.notes or ["No errors since the start."])])

    def copy(self) -> None:
        """Put the diagnostics on the clipboard."""
        QGuiApplication.clipboard().setText(self.diagnostics())

    def _error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        self.note(_sentence(kind, error), "".join(traceback.format_exception(kind, error, trace)))

    def _thread_error(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._error(args.exc_type, args.exc_value, args.exc_traceback)

    def _unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            self._error(args.exc_type, args.exc_value, args.exc_traceback)

    def _write(self, now: datetime, text: str) -> Path | None:
        """Write a log file and delete the oldest beyond those that are kept."""
        path = self.folder / f"crash-{now:%Y%m%d-%H%M%S-%f}.log"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            for old in sorted(self.folder.glob("crash-*.log"))[:-_MOST_LOGS]:
                old.unlink(missing_ok=True)
        except OSError:
            return None
        return path


def _sentence(kind: type[BaseException], error: BaseException) -> str:
    what = str(error).strip().split("\n")[0] if str(error).strip() else ""
    return f"Something went wrong: {kind.__name__}{f': {what}' if what else ''}"


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
