"""Plays a step of training on the canvas, stage by stage in a given time, and leaves its last numbers to be looked at.

While a step plays, newer numbers of the run wait: what is drawn are the numbers of that step.
"""

from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.canvas.passes import Stage, Step, stages
from app.canvas.plan import NetworkPlan


class Stageable(Protocol):
    """What a playback needs of the canvas."""

    def show_stage(self, step: Step, stage: Stage) -> None:
        """Draw a stage of a step."""

    def end_pass(self) -> None:
        """The step has been played: links and tiles are those of the run again."""

    def clear_pass(self) -> None:
        """Nothing is left of the step."""


class Playback(QObject):
    """A step on the screen. ended: it has been played to its end; what it showed last stays until ``clear``."""

    ended = Signal()

    def __init__(self, canvas: Stageable, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next)
        self._stages: tuple[Stage, ...] = ()
        self._place = 0
        self.step: Step | None = None

    @property
    def playing(self) -> bool:
        """Whether a step is on its way."""
        return self._timer.isActive()

    @property
    def stage(self) -> Stage | None:
        """What is shown now; the last stage once the step is over."""
        return self._stages[self._place] if self.step is not None else None

    def play(self, step: Step, plan: NetworkPlan, seconds: float) -> None:
        """Play a step in so many seconds, in place of one that still plays; 0: show at once where it leads to."""
        if not step.fits(plan):
            return
        self.step, self._stages, self._place = step, stages(step, plan), 0
        if seconds <= 0:
            self._timer.stop()
            self._place = len(self._stages) - 1
            self._canvas.show_stage(step, self._stages[self._place])
            self._end()
            return
        self._canvas.show_stage(step, self._stages[0])
        self._timer.start(max(1, round(1000 * seconds / len(self._stages))))

    def _next(self) -> None:
        if self._place + 1 >= len(self._stages) or self.step is None:
            self._end()
            return
        self._place += 1
        self._canvas.show_stage(self.step, self._stages[self._place])

    def _end(self) -> None:
        self._timer.stop()
        self._canvas.end_pass()
        self.ended.emit()

    def finish(self) -> None:
        """Go to the end at once, as something else wants to be seen."""
        if self.playing and self.step is not None:
            self._place = len(self._stages) - 1
            self._canvas.show_stage(self.step, self._stages[-1])
            self._end()

    def keep_to(self, plan: NetworkPlan) -> None:
        """Give up if the network on the screen is another one now."""
        if self.step is not None and not self.step.fits(plan):
            self.clear()

    def clear(self) -> None:
        """Take everything of the step off the screen."""
        self._timer.stop()
        if self.step is not None:
            self.step, self._stages, self._place = None, (), 0
            self._canvas.clear_pass()
