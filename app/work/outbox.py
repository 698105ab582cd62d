"""What the background thread has answered and the window has not fetched yet."""

import threading
from collections import deque

from app.work.messages import Answered, Frame


class Outbox:
    """Answers on their way to the window: events in full, of frames only the newest of each view."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: deque[Answered] = deque()
        self._frames: dict[str, Frame] = {}

    def put(self, answer: Answered) -> None:
        """Add an answer; a frame takes the place of an older one of its view."""
        with self._lock:
            if isinstance(answer, Frame):
                self._frames[answer.view] = answer
            else:
                self._answers.append(answer)

    def take(self) -> list[Answered]:
        """Return all answers since the last call, frames last."""
        with self._lock:
            answers = [*self._answers, *self._frames.values()]
            self._answers.clear()
            self._frames.clear()
        return answers

    def waits(self, view: str) -> bool:
        """Tell whether a frame of this view has not been fetched yet."""
        return view in self._frames
