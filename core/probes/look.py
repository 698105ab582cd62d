"""How what a network computes becomes colours, and where on the plane it is looked at.

How a neuron's output becomes a colour between −1 and +1, the same from the first step to the last so that tiles do not
flicker while weights move:

- an activation that is bounded is stretched from its bounds to −1 … 1 (sigmoid: 2a − 1; tanh and sine: a itself),
- one that is not is squeezed as a / (1 + |a|), so that 0 stays 0, 1 becomes ½ and 9 becomes 0.9,
- inputs are divided by their largest size over the plane,
- the output layer is coloured as its answer is: 2p − 1 for probabilities, a score cut off at ±1, a number by the range
  of the training data's numbers (around 0 if they have both signs).
"""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture, DenseLayer
from core.probes.pictures import INPUT, Floats, Kind


def centres(span: tuple[float, float], count: int) -> NDArray[np.float64]:
    """Return the centres of ``count`` equal parts of a span."""
    low, high = span
    return low + (np.arange(count, dtype=np.float64) + 0.5) * ((high - low) / count)


def places(span: tuple[float, float], count: int) -> NDArray[np.float64]:
    """Return the centres (count², 2) of equal squares of the plane, the upper row first."""
    x1, x2 = np.meshgrid(centres(span, count), centres(span, count)[::-1])
    return np.stack([x1.ravel(), x2.ravel()], axis=1)


class Look:
    """How the numbers of one network become colours."""

    def __init__(self, architecture: Architecture, kind: Kind, low: float, high: float) -> None:
        self.architecture = architecture
        self.head = architecture.head.activation
        self.kind = kind
        self.low, self.high = low, high

    @classmethod
    def of(cls, architecture: Architecture, dataset: Dataset) -> "Look":
        """Return the look of a network on these data."""
        head = architecture.head
        if head.target == "value":
            return cls(architecture, "value", *_range(dataset.train.labels))
        if head.target == "binary" or (architecture.outputs == 2 and head.activation == "softmax"):
            return cls(architecture, "probability", 0.0, 1.0)
        if architecture.outputs == 1:
            return cls(architecture, "score", -1.0, 1.0)
        return cls(architecture, "classes" if head.activation == "softmax" else "scores", 0.0, 1.0)

    def surface(self, outputs: Floats) -> tuple[Floats, NDArray[np.uint8] | None]:
        """Return the shade (n,) of outputs (n, outputs), and the class that is answered."""
        if self.kind in ("classes", "scores"):
            best = np.sort(outputs, axis=1)
            sure = best[:, -1] if self.kind == "classes" else np.clip(best[:, -1] - best[:, -2], 0, 1)
            return sure, outputs.argmax(axis=1).astype(np.uint8)
        shade = self.shade(outputs[:, -1])
        return shade, None if self.kind == "value" else (shade > 0).astype(np.uint8)

    def shade(self, values: Floats) -> Floats:
        """Return outputs of the last layer as −1 … 1."""
        if self.head in ("sigmoid", "softmax"):
            return 2 * values - 1
        if self.kind == "scores":
            return _stretched(values, self.head)
        if self.kind == "value":
            values = (2 * values - (self.low + self.high)) / (self.high - self.low)
        cut: Floats = np.clip(values, -1, 1)
        return cut

    def tiles(self, layer: str, values: Floats) -> Floats:
        """Return outputs (units, n) of a layer as −1 … 1."""
        if layer == INPUT:
            return values / _largest(values)
        found = next(dense for dense in self.architecture.dense if dense.id == layer)
        return self.shade(values) if found is self.architecture.dense[-1] else _stretched(values, found.activation)

    def ends(self, layer: DenseLayer | None, values: Floats) -> tuple[float, float]:
        """Return the outputs (1, n) that are coloured −1 and +1; None stands for the inputs."""
        if layer is None:
            largest = float(_largest(values)[0, 0])
            return -largest, largest
        if layer is self.architecture.dense[-1] and self.kind != "scores":
            return self.low, self.high
        return bounds(layer.activation) or (-np.inf, np.inf)


def _largest(values: Floats) -> Floats:
    """Return the largest size in each row (n, 1), 1 where all of it is 0."""
    largest: Floats = np.abs(values).max(axis=1, keepdims=True)
    return np.where(largest > 0, largest, 1)


def _range(labels: NDArray[np.float64]) -> tuple[float, float]:
    """Return the numbers at −1 and +1: those of the data, around 0 if they have both signs."""
    if not len(labels):
        return -1.0, 1.0
    low, high = float(labels.min()), float(labels.max())
    if low < 0 < high:
        low, high = min(low, -high), max(high, -low)
    return (low, high) if high > low else (low - 1, high + 1)


@cache
def bounds(activation: str) -> tuple[float, float] | None:
    """Return the bounds of an activation's values, None if it has none."""
    z = torch.linspace(-50, 50, 2001, dtype=torch.float64)
    values = OUTPUT_ACTIVATIONS[activation].function(torch.stack([z, -z], 1))  # pairs, since softmax looks at several
    low, high = float(values.min()), float(values.max())
    return (round(low, 2), round(high, 2)) if high - low < 4 else None


def _stretched(values: Floats, activation: str) -> Floats:
    ends = bounds(activation)
    low, high = ends or (0.0, 0.0)
    found: Floats = (2 * values - (low + high)) / (high - low) if ends else values / (1 + np.abs(values))
    return found
