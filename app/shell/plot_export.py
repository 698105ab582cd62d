"""What the plot of a tab has to offer to the action "Export plot…"."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.shell.background import Background
from core.project.atomic import write_whole


class PlotExport(QObject):
    """Writes a plot to files.

    going: the name of a file that takes a while, and how much of it is done, 0 … 1. saved: the Path that was written.
    failed: a sentence. changed: what ``lacks`` says may be another one.
    """

    going = Signal(str, float)
    saved = Signal(object)
    failed = Signal(str)
    changed = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.background = background

    def titles(self) -> dict[str, str]:
        """Return what can be written, by the suffix of its file, without a dot."""
        raise NotImplementedError

    def write(self, path: Path, kind: str) -> None:
        """Write it, behind the window."""
        raise NotImplementedError

    def lacks(self) -> str:
        """Return in a sentence why nothing can be written now, empty if it can."""
        return ""

    def stop(self) -> None:
        """Break off what takes a while."""

    def in_background(self, path: Path, make: Callable[[], bytes]) -> None:
        """Write what ``make`` makes to a file, whole or not at all."""

        def work() -> Path:
            content = make()
            write_whole(path, lambda stream: stream.write(content))
            return path

        self.background.run(work, self.saved.emit, self.failed.emit)
