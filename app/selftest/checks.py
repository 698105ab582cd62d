"""What holds and what does not, each told in a sentence."""

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QEventLoop, QTimer

PATIENCE = 20.0  # seconds
_LOOK_MS = 10


class Fault(Exception):
    """Something is not as it should be; the sentence is for whoever reads the report."""


def check(held: bool, sentence: str) -> None:
    """Raise Fault with the sentence unless it held."""
    if not held:
        raise Fault(sentence)


def wait(until: Callable[[], object], sentence: str, seconds: float = PATIENCE) -> None:
    """Let the window live until something is so; raise Fault with the sentence where it takes longer than that."""
    end = monotonic() + seconds
    while not until():
        if monotonic() > end:
            raise Fault(f"{sentence} (waited {seconds:g} s)")
        pause(_LOOK_MS)


def pause(milliseconds: int) -> None:
    """Let the window live for a moment.

    QTest.qWait would hold Python's lock meanwhile, and so hold up the thread that trains.
    """
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
