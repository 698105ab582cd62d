"""Work that would hold up the window, one piece after the other in a thread of its own; answers come back to Qt's."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal

from core.choices.fields import Mistake

Result = TypeVar("Result")


class Background(QObject):
    """Runs functions that touch no widget: reading, writing, drawing into an image."""

    _answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finished = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._answered.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def run(
        self, work: Callable[[], Result], then: Callable[[Result], object], failed: Callable[[str], object]
    ) -> None:
        """Work, then call one of the two in Qt's thread: with the result, or with the sentence of a Mistake.

        Any other error counts as failed too, and is raised in Qt's thread, where it is logged like that of a slot.
        """

        def job() -> None:
            try:
                result = work()
            except Mistake as mistake:
                sentence = str(mistake)
                self._answered.emit(lambda: failed(sentence))
            except Exception as error:
                self._answered.emit(_raiser(error, failed))
            else:
                self._answered.emit(lambda: then(result))

        self._pool.start(job)

    def finish(self) -> None:
        """Wait for what is being done; what has not begun is left, and nothing is answered any more."""
        self._finished = True
        self._pool.clear()
        self._pool.waitForDone()

    def _answer(self, answer: Callable[[], object]) -> None:
        if not self._finished:
            answer()


def _raiser(error: Exception, failed: Callable[[str], object]) -> Callable[[], object]:
    def answer() -> object:
        failed(f"{type(error).__name__}: {error}")
        raise error

    return answer
