"""The network in full: what follows from an experiment and the facts of its data, and where each weight lies in a row.

A row holds all weights and biases in the order of ``torch.nn.utils.parameters_to_vector``: layer by layer the weight
matrix (units × inputs, row by row), then the biases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from core.choices.datasets import Facts, facts_of
from core.choices.fields import Mistake, Tagged
from core.choices.losses import LOSSES, Head, Loss
from core.experiment.experiment import Experiment
from core.experiment.network import Dense

Array = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True)
class DenseLayer:
    """A dense layer with its place in the row: weights from ``start``, biases after them."""

    id: str
    name: str
    inputs: int
    units: int
    activation: str
    initializer: Tagged
    start: int

    @property
    def bias_start(self) -> int:
        return self.start + self.units * self.inputs

    @property
    def stop(self) -> int:
        return self.bias_start + self.units


@dataclass(frozen=True)
class DropoutLayer:
    """A dropout layer over ``units`` outputs of the layer before."""

    id: str
    name: str
    units: int
    rate: float


@dataclass(frozen=True)
class Architecture:
    """All layers in order; the last one is the output layer, whose activation is that of ``head``."""

    inputs: int
    layers: tuple[DenseLayer | DropoutLayer, ...]
    head: Head
    loss: Loss

    @property
    def dense(self) -> tuple[DenseLayer, ...]:
        """The dense layers, the output layer last."""
        return tuple(layer for layer in self.layers if isinstance(layer, DenseLayer))

    @property
    def dropouts(self) -> tuple[DropoutLayer, ...]:
        """The dropout layers in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, DropoutLayer))

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return self.dense[-1].units

    @property
    def parameters(self) -> int:
        """The number of weights and biases: the length of a row."""
        return self.dense[-1].stop

    def split(self, row: Array) -> Iterator[tuple[DenseLayer, Array, Array]]:
        """Yield each dense layer with its weights (units, inputs) and biases (units,): views of the row."""
        for layer in self.dense:
            weight = row[layer.start : layer.bias_start].reshape(layer.units, layer.inputs)
            yield layer, weight, row[layer.bias_start : layer.stop]


def input_count(experiment: Experiment, facts: Facts) -> int:
    """Return the number of inputs: features of the plane, or the raw numbers of a sample."""
    return len(experiment.data.features) if facts.plane else prod(facts.shape)


def head_of(loss: str, facts: Facts) -> Head:
    """Return the output layer that follows from data and loss; raises Mistake where they do not go together."""
    head = LOSSES[loss].heads.get(facts.task)
    if head is None:
        fitting = ", ".join(row.tag for row in LOSSES.values() if facts.task in row.heads)
        what = {"binary": "two classes", "classes": "several classes", "regression": "numbers"}[facts.task]
        raise Mistake(f'training.loss: for data with {what} expected one of {fitting}, got "{loss}"')
    units = len(facts.classes) if head.units is None else head.units
    return Head(units, head.activation, head.target)


def architecture(experiment: Experiment, facts: Facts | None = None) -> Architecture:
    """Return the network in full; raises Mistake where data and loss do not go together or data cannot be read."""
    facts = facts or facts_of(experiment.data.source)
    head = head_of(experiment.training.loss, facts)
    assert head.units is not None
    inputs = width = input_count(experiment, facts)
    start = 0
    layers: list[DenseLayer | DropoutLayer] = []
    output = experiment.network.output
    for layer in experiment.network.layers:
        if isinstance(layer, Dense):
            full = DenseLayer(layer.id, layer.name, width, layer.units, layer.activation, layer.initializer, start)
            layers.append(full)
            width, start = full.units, full.stop
        else:
            layers.append(DropoutLayer(layer.id, layer.name, width, layer.rate))
    layers.append(DenseLayer(output.id, output.name, width, head.units, head.activation, output.initializer, start))
    return Architecture(inputs, tuple(layers), head, LOSSES[experiment.training.loss])
