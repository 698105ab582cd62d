"""The step as one launch: on CUDA it is captured as a graph, elsewhere it runs as it is written."""

from collections.abc import Callable, Sequence

from torch import Tensor

from core.training.batches import Block
from core.training.step import Stepper

Step = Callable[[Tensor, Tensor, Sequence[Tensor], Block], Tensor]


def fastest_step(stepper: Stepper) -> Step:
    """Return the step of these rows."""
    return stepper.step
