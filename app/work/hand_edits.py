"""Weights set by hand: what was set, what training had given, and an undo of its own in the run."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.shell.selection import Weight
from app.work.session import Phase, Session
from core.choices.fields import Mistake
from core.training.events import Edited, Ended, Event, Refused, SetWeight

_MOST_STEPS = 1000  # of undo


@dataclass
class _Step:
    """An undo step: a weight, its value and what training had given it (None: it is that), before and after."""

    weight: Weight
    before: float
    after: float
    trained_before: float | None
    trained_after: float | None
    gesture: int | None  # that later edits of the weight may go on with


@dataclass(frozen=True)
class _Asked:
    kind: Literal["edit", "restore", "undo", "redo"]
    gesture: int
    weight: Weight | None = None
    value: float = 0.0


class HandEdits(QObject):
    """Sets weights of the run on the screen, and takes that back.

    It stands between the canvas and the session. While the run trains or is paused, an edit is an intervention: it acts
    before the next step and is noted in the record. Once the run has ended it is a "what if" of the row that the run
    keeps: all views show it, the record stays as it is. All is forgotten when the run ends, another
    one begins, or another one is shown.

    One order is under way at a time, for the value to go back to comes with its answer. So ``can_undo`` and the rest
    tell what has been answered, some milliseconds late.

    changed: what was set, or what can be undone, is another. refused: why a weight cannot be set, in a sentence.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._steps: list[_Step] = []
        self._standing = 0  # steps that stand; those after them are undone
        self._trained: dict[Weight, float] = {}
        self._waiting: deque[_Asked] = deque()
        self._under_way: tuple[_Asked, SetWeight] | None = None
        self._gesture = 0  # edits of one weight in one gesture are one step
        session.happened.connect(self._happened)
        session.supposed.connect(self._answered)
        session.phase_changed.connect(self._phase_changed)
        session.run_changed.connect(self._clear)

    # -- what is asked -------------------------------------------------------------------------------------------

    def edit(self, weight: Weight, value: float) -> None:
        """Set a weight. Edits of one weight in a row are one undo step, until ``end_merge``."""
        last = self._waiting[-1] if self._waiting else None
        if last is not None and (last.kind, last.gesture, last.weight) == ("edit", self._gesture, weight):
            self._waiting.pop()  # a spin box is dragged faster than answers come
        self._ask(_Asked("edit", self._gesture, weight, value))

    def restore(self, weight: Weight) -> None:
        """Give a weight back the value that training had given it when it was first set by hand."""
        self._gesture += 1
        self._ask(_Asked("restore", self._gesture, weight))

    def undo(self) -> None:
        """Take the last edit back: its weight gets the value that it had before, as a new edit for the run."""
        self._gesture += 1
        self._ask(_Asked("undo", self._gesture))

    def redo(self) -> None:
        """Make the edit again that was undone last."""
        self._gesture += 1
        self._ask(_Asked("redo", self._gesture))

    def end_merge(self) -> None:
        """End a gesture: the next edit of the same weight is an undo step of its own."""
        self._gesture += 1

    # -- what is so ----------------------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self._standing > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to make again."""
        return self._standing < len(self._steps)

    @property
    def edited(self) -> frozenset[Weight]:
        """The weights that were set by hand and not given back."""
        return frozenset(self._trained)

    @property
    def what_if(self) -> bool:
        """Whether views show a run that has ended with weights that it never had."""
        return self.session.phase is Phase.OVER and bool(self._trained)

    def trained(self, weight: Weight) -> float | None:
        """Return what training had given a weight when it was first set by hand; None if it was not."""
        return self._trained.get(weight)

    # -- orders --------------------------------------------------------------------------------------------------

    def _ask(self, asked: _Asked) -> None:
        if self.session.phase in (Phase.IDLE, Phase.PREPARING):
            if asked.kind == "edit":
                self.refused.emit(self.tr("There is no run yet whose weights could be set."))
            return
        self._waiting.append(asked)
        self._go_on()

    def _go_on(self) -> None:
        """Send the next order, once the last one is answered."""
        while self._waiting and self._under_way is None:
            asked = self._waiting.popleft()
            try:
                order = self._order(asked)
                if order is None:
                    continue
                order.place(self.session.scenes[self.session.run].architecture)
            except Mistake as mistake:
                self.refused.emit(str(mistake))
                continue
            self._under_way = asked, order
            self.session.tell(order)

    def _order(self, asked: _Asked) -> SetWeight | None:
        """Return what is to be told to the run; None if there is nothing to undo, redo or give back any more."""
        weight, value = asked.weight, asked.value
        if asked.kind == "undo":
            if not self.can_undo:
                return None
            weight, value = self._steps[self._standing - 1].weight, self._steps[self._standing - 1].before
        elif asked.kind == "redo":
            if not self.can_redo:
                return None
            weight, value = self._steps[self._standing].weight, self._steps[self._standing].after
        elif asked.kind == "restore":
            trained = None if weight is None else self._trained.get(weight)
            if trained is None:
                return None
            value = trained
        assert weight is not None
        return SetWeight(weight.layer, weight.unit, weight.source, value, self.session.run)

    # -- answers -------------------------------------------------------------------------------------------------

    def _happened(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, Edited):
                self._answered(event)
            elif isinstance(event, Refused) and self._under_way is not None:
                self._under_way = None
                self.refused.emit(event.sentence)
                self._go_on()
            elif isinstance(event, Ended) and event.run == self.session.run:
                self._forget()  # what it keeps is what training has made of the edits, and of another epoch perhaps

    def _answered(self, edited: Edited) -> None:
        if self._under_way is None or (edited.run, edited.path) != (self.session.run, self._under_way[1].path):
            return  # it answers someone else
        (asked, _), self._under_way = self._under_way, None
        if asked.kind == "undo":
            self._standing -= 1
            step = self._steps[self._standing]
            self._set_trained(step.weight, step.trained_before)
        elif asked.kind == "redo":
            step = self._steps[self._standing]
            self._standing += 1
            self._set_trained(step.weight, step.trained_after)
        elif asked.weight is not None:
            self._note(asked, asked.weight, edited)
        self.changed.emit()
        self._go_on()

    def _note(self, asked: _Asked, weight: Weight, edited: Edited) -> None:
        """Note that a weight was set, or given back."""
        by_hand = asked.kind == "edit"
        before = self._trained.get(weight)
        after = (edited.old if before is None else before) if by_hand else None
        if after == edited.new:
            after = None  # it is what training gave
        last = self._steps[-1] if self._steps and not self.can_redo else None
        if last is not None and by_hand and (last.gesture, last.weight) == (asked.gesture, weight):
            last.after, last.trained_after = edited.new, after
            if last.after == last.before:  # an edit that changes nothing leaves no step
                after = last.trained_before
                self._steps.pop()
            self._standing = len(self._steps)
        elif edited.old != edited.new:
            del self._steps[self._standing :]
            gesture = asked.gesture if by_hand else None
            self._steps.append(_Step(weight, edited.old, edited.new, before, after, gesture))
            del self._steps[:-_MOST_STEPS]
            self._standing = len(self._steps)
        elif by_hand:
            after = before
        self._set_trained(weight, after)

    def _set_trained(self, weight: Weight, value: float | None) -> None:
        if value is None:
            self._trained.pop(weight, None)
        else:
            self._trained[weight] = value

    def _phase_changed(self, phase: Phase) -> None:
        if phase in (Phase.IDLE, Phase.PREPARING):
            self._clear()

    def _clear(self) -> None:
        self._waiting.clear()
        self._under_way = None  # its answer, if one comes, is of a run that is shown no more
        self._forget()

    def _forget(self) -> None:
        if self._under_way is not None:
            # What it was to take back or make again is gone, so its answer is noted as an edit.
            asked, order = self._under_way
            weight = Weight(order.layer, order.unit, order.source)
            self._under_way = replace(asked, kind="edit", weight=weight), order
        self._steps.clear()
        self._standing = 0
        self._trained.clear()
        self.changed.emit()
