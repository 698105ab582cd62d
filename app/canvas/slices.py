"""Work of the Qt thread in small slices between its events, so that no piece of it holds up the window."""

from collections.abc import Generator
from typing import Any

from PySide6.QtCore import QObject, QTimer


class Slices(QObject):
    """Advances generators, one piece each turn of the event loop."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[str, Generator[None, None, Any]] = {}
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._advance)

    def run(self, name: str, job: Generator[None, None, Any]) -> None:
        """Begin a job in place of the one of the same name."""
        self.cancel(name)
        self._jobs[name] = job
        self._timer.start()

    def cancel(self, name: str) -> None:
        """Break off a job."""
        job = self._jobs.pop(name, None)
        if job is not None:
            job.close()

    @property
    def busy(self) -> bool:
        """Whether there is anything left to do."""
        return bool(self._jobs)

    def _advance(self) -> None:
        for name, job in list(self._jobs.items()):
            if next(job, self) is self:
                self._jobs.pop(name, None)
        if not self._jobs:
            self._timer.stop()
