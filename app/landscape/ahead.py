"""What lies ahead of a row: whose next steps are wanted, and what the background thread finds of them."""

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from app.landscape.chosen import WIDE
from app.work.messages import Scene
from core.choices.optimizers import OPTIMIZERS, SGD, OptimizerSettings
from core.experiment.training import Training
from core.landscape.stepping import Stepping, StepsPicture
from core.landscape.values import Ask
from core.training.events import Row

OFF, OWN = "off", "own"
STEPS, LIVE_STEPS = 10, 4


@dataclass(frozen=True)
class StepChoice:
    """Whose steps are drawn. optimizer: "off", "own" (that of the experiment) or the tag of one; rate: its learning
    rate, None for the one that it has by itself."""

    optimizer: str = OWN
    rate: float | None = None

    def of(self, own: OptimizerSettings) -> OptimizerSettings:
        """Return the optimizer that is meant beside that of the experiment."""
        optimizer = own
        if self.optimizer not in (OFF, OWN):
            optimizer = OPTIMIZERS[self.optimizer].settings(kind=self.optimizer)
        return optimizer if self.rate is None else optimizer.model_copy(update={"learning_rate": self.rate})

    def stepping(self, training: Training, own: OptimizerSettings) -> Stepping:
        """Return the steps that are wanted beside such a training, with its optimizer as it steps now."""
        penalty = training.penalty
        return Stepping(self.of(own), 0 if self.optimizer == OFF else STEPS, penalty.l1, penalty.l2, training.clip)


@dataclass(frozen=True, eq=False)
class Wanted:
    """The steps that are wanted, and ahead of which row; None: ahead of that which the picture is drawn for."""

    stepping: Stepping
    row: Row | None = None

    def same(self, other: "Wanted") -> bool:
        """Tell whether another one wants the same."""
        return self.stepping == other.stepping and self.row is other.row

    def affordable(self, parameters: int, *, live: bool) -> Stepping:
        """Return the steps that can be found beside each picture: fewer while it trains, of a large network none."""
        most = 0 if parameters >= WIDE else LIVE_STEPS
        return replace(self.stepping, count=min(self.stepping.count, most)) if live else self.stepping


NO_STEPS = Wanted(Stepping(SGD(), 0))


class Scout:
    """Finds what lies ahead, once for each row. Used in the background thread alone."""

    def __init__(self) -> None:
        self._found: tuple[Stepping, Ask, StepsPicture] | None = None

    def known(self, stepping: Stepping, row: Row, ask: Ask) -> StepsPicture | None:
        """Return what was found last, if it was the same steps from the same row by the same loss."""
        if self._found is None or self._found[0] != stepping or _loss(self._found[1]) != _loss(ask):
            return None
        found = self._found[2]
        return found if np.array_equal(found.rows[0], row) else None

    def find(self, scene: Scene, stepping: Stepping, row: Row, ask: Ask) -> Generator[None, None, StepsPicture]:
        """Find the steps ahead of a row, and the gradient there."""
        from core.landscape.steps import steps

        found = yield from steps(stepping, ask)(scene, row)
        self._found = stepping, ask, found
        return found


def _loss(ask: Ask) -> tuple[object, ...]:
    """Return what an ask says of the loss; it may hold arrays, and so is not compared by its values."""
    return ask.part, ask.samples, ask.l1, ask.l2
