"""The next steps of an optimizer: what is asked and what is answered. This file imports no torch."""

from dataclasses import dataclass

from core.choices.fields import Mistake
from core.choices.optimizers import OptimizerSettings
from core.landscape.values import Floats
from core.training.events import Row

MOST_STEPS = 1000


@dataclass(frozen=True)
class Stepping:
    """Steps of an optimizer that begins anew, without the momentum or the mean squares that a run has gathered.

    count: how many, 0 for the gradient alone. l1, l2, clip: the penalty and the longest gradient, which act on each
    step as they do in training.

    Raises Mistake where a number is beyond its limits.
    """

    optimizer: OptimizerSettings
    count: int = 10
    l1: float = 0.0
    l2: float = 0.0
    clip: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.count <= MOST_STEPS:
            raise Mistake(f"steps: expected a whole number from 0 to {MOST_STEPS}, got {self.count}")
        if min(self.l1, self.l2) < 0:
            raise Mistake(f"penalty: expected numbers from 0 on, got {min(self.l1, self.l2):g}")


@dataclass(frozen=True, eq=False)
class StepsPicture:
    """Rows that follow each other, each one step further: k + 1 times (P,), the first where the steps begin.

    losses: (k + 1,) the true loss of each row. Both end with the first row that is not finite, if there is one.
    gradient: (P,) float64, of the loss at the first row.
    """

    rows: tuple[Row, ...]
    losses: Floats
    gradient: Floats
