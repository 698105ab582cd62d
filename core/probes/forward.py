"""The forward pass of one row with dropout off, in slices that take some milliseconds at most."""

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.experiment.architecture import Architecture
from core.probes.pictures import Floats
from core.training.backpropagation import Backpropagation
from core.training.events import Row
from core.training.rows import views

ArrayT = TypeVar("ArrayT", bound=NDArray[Any])

# What a slice may cost: products of the matrices, and numbers that an activation is taken of.
_PRODUCTS = 16_000_000
_NUMBERS = 400_000


def tensor(array: NDArray[np.generic], dtype: torch.dtype | None = None) -> Tensor:
    """Return a copy of an array, which may be read-only, as a tensor."""
    return torch.tensor(np.asarray(array), dtype=dtype)


def read_only(values: ArrayT) -> ArrayT:
    """Return an array that no one else writes to, made read-only."""
    values.flags.writeable = False
    return values


def array(values: Tensor) -> Floats:
    """Return a tensor that no one else writes to as a read-only array."""
    found: Floats = read_only(values.numpy())
    return found


def pieces(values: Tensor, size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of ``size`` neighbours along a dimension, the last one of what is left."""
    found: tuple[Tensor, ...] = values.split(max(1, size), dim)  # type: ignore[no-untyped-call]
    return found


def matrix(rows: Row) -> Tensor:
    """Return a copy of one row (P,) or of several (K, P) as a tensor (K, P)."""
    return tensor(np.atleast_2d(rows))


def slice_size(architecture: Architecture, rows: int = 1, first: int = 0) -> int:
    """Return how many samples of a forward pass of so many rows fit into a slice, from the dense layer ``first`` on."""
    units = sum(layer.units for layer in architecture.dense)
    products = architecture.parameters - architecture.dense[first].start
    return max(1, min(_PRODUCTS // (rows * products), _NUMBERS // (rows * units)))


class Forward:
    """One row (P,), ready to be run forward. ``size``: how many samples a slice holds."""

    def __init__(self, architecture: Architecture, row: Row) -> None:
        self.architecture = architecture
        self.passes = Backpropagation(architecture)
        theta = tensor(row)
        self.dtype = theta.dtype
        self.network = views(theta.unsqueeze(0), architecture)
        self.size = slice_size(architecture)

    def slices(self, x: Tensor) -> Iterator[Tensor]:
        """Yield samples (n, inputs) slice by slice."""
        for start in range(0, len(x), self.size):
            yield x[start : start + self.size]

    def layers(self, x: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield z and a (n, units) of each dense layer, the output layer's with its own activation."""
        dense = iter(self.network)
        # The plan leaves the output layer linear, for the loss to take its activation on.
        activations = [activation for activation in self.passes.plan if activation is not None]
        activations[-1] = self.passes.head
        for activation in activations:
            layer = next(dense)
            z = torch.addmm(layer.bias[0], x, layer.transposed[0])
            x = activation.function(z)
            yield z, x

    def outputs(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z and ŷ (n, outputs) of the output layer."""
        z = self.passes.logits(self.network, x.unsqueeze(0))[0]
        return z, self.passes.head.function(z)
