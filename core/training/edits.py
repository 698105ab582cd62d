"""Weights set by hand: they wait for the run's next step, and are seen meanwhile in all that is told of its weights.

A step may take several ``next()`` (a batch above 4,096 samples), and so may an evaluation: a value that was written
into the row at once would mix two networks in one gradient or in one loss. So it waits until the step under way is
done. What was measured is then true of the row that was kept, and a state says what still waits.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from torch import Tensor

from core.choices.initializers import WEIGHT


class _Waiting(NamedTuple):
    value: float
    step: int  # it acts once so many steps are done


class Edits:
    """What waits of one run, by places in its row; none of it is ever in the row already."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, place: int, value: float, row: Tensor, step: int) -> tuple[float, float]:
        """Let a value wait until ``step`` steps are done; return the old one and the new one as the row holds them."""
        old = float(self.laid_over(row)[place])
        new = float(row.new_tensor(value))
        self._waiting[place] = _Waiting(new, step)
        return old, new

    def laid_over(self, row: Tensor) -> Tensor:
        """Return the row (P,) with what waits; a copy, if anything does."""
        if not self._waiting:
            return row
        row = row.clone()
        for place, waiting in self._waiting.items():
            row[place] = waiting.value
        return row

    def act(self, row: Tensor, step: int) -> bool:
        """Write what is due after ``step`` steps into the row, in place; return whether anything was."""
        due = [place for place, waiting in self._waiting.items() if waiting.step <= step]
        for place in due:
            row[place] = self._waiting.pop(place).value
        return bool(due)

    def plain(self) -> list[list[Any]]:
        """Return place, value and step of each, as JSON values."""
        return [[place, *waiting] for place, waiting in self._waiting.items()]

    @classmethod
    def of(cls, plain: Iterable[Iterable[Any]], parameters: int) -> "Edits":
        """Return what ``plain`` has told; raises ValueError where it does not fit a row: it may come from a file."""
        edits = cls()
        for place, value, step in plain:
            whole = type(place) is int and type(step) is int and isinstance(value, int | float)
            if not (whole and 0 <= place < parameters and step >= 0 and WEIGHT.least <= value <= WEIGHT.most):
                raise ValueError(f"a weight set by hand is {[place, value, step]!r}")
            edits._waiting[place] = _Waiting(float(value), step)
        return edits
