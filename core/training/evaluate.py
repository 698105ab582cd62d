"""Loss and accuracy of K rows on some samples, with dropout off."""

from collections.abc import Sequence

from torch import Tensor

from core.experiment.architecture import Architecture
from core.training.backpropagation import Backpropagation
from core.training.batches import CHUNK
from core.training.events import Metrics
from core.training.rows import View, views

# Loss and accuracy of each run on a part of the data; None: it has no samples, or no classes.
Measured = tuple[list[float], list[float] | None] | None

_ACTIVATION_BYTES = 256 << 20  # of the widest layer, for all rows that are evaluated at once


def row_groups(theta: Tensor, architecture: Architecture) -> list[tuple[View, ...]]:
    """Return the networks of rows (K, P) in groups small enough to be evaluated at once."""
    widest = max(layer.units for layer in architecture.dense)
    most = max(1, _ACTIVATION_BYTES // (CHUNK * widest * theta.element_size()))
    return [views(theta[start : start + most], architecture) for start in range(0, len(theta), most)]


def totals(passes: Backpropagation, network: Sequence[View], x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sum of losses (K,) and the number of right answers (K,) over samples x (m, inputs), t (m, outputs).

    A right answer has the right sign of its one output, or its largest output at the right class.
    """
    runs = network[0].weight.shape[0]
    z = passes.logits(network, x.unsqueeze(0).expand(runs, *x.shape))
    y = passes.scored(z)
    loss = passes.loss.terms(y, t.expand(runs, *t.shape)).sum(1)
    right = (y > 0) == (t > 0) if t.shape[1] == 1 else y.argmax(-1, keepdim=True) == t.argmax(-1, keepdim=True)
    return loss, right.sum((1, 2)).to(loss.dtype)


def penalty(matrix: Tensor, weights: Tensor, l1: Tensor, l2: Tensor) -> Tensor:
    """Return λ₁·Σ|w| + λ₂·Σw² (K,) of (K, P) rows; weights: (P,) 1 where a weight stands; l1, l2: (K, 1)."""
    masked = matrix * weights
    return (l1 * masked.abs() + l2 * masked.square()).sum(1)


def metrics_of(place: int, train: Measured, validation: Measured, test: Measured) -> Metrics:
    """Return the metrics of the run at a place."""

    def loss(part: Measured) -> float | None:
        return None if part is None else part[0][place]

    def accuracy(part: Measured) -> float | None:
        return None if part is None or part[1] is None else part[1][place]

    return Metrics(loss(train), loss(validation), loss(test), accuracy(train), accuracy(validation), accuracy(test))
