"""A network as a row of a matrix: views of a (K, P) matrix as K networks, start weights, and torch modules.

The order within a row is that of ``torch.nn.utils.parameters_to_vector``.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.choices.activations import ACTIVATIONS
from core.choices.fields import Mistake, Tagged
from core.choices.initializers import INITIALIZERS, Given
from core.experiment.architecture import Architecture, DenseLayer

# Streams of random numbers that a run draws from, each with a generator of its own.
STREAMS = ("start", "order", "masks")


class View(NamedTuple):
    """One dense layer of K networks: weights (K, units, inputs), the same transposed, and biases (K, 1, units)."""

    weight: Tensor
    transposed: Tensor
    bias: Tensor


def views(matrix: Tensor, architecture: Architecture) -> tuple[View, ...]:
    """Return views of a (K, P) matrix, one per dense layer: writing to them writes to the matrix."""
    found = []
    for layer in architecture.dense:
        weight = matrix[:, layer.start : layer.bias_start].view(-1, layer.units, layer.inputs)
        bias = matrix[:, layer.bias_start : layer.stop].view(-1, 1, layer.units)
        found.append(View(weight, weight.transpose(1, 2), bias))
    return tuple(found)


def generator(seed: int, stream: str, device: str = "cpu") -> torch.Generator:
    """Return the generator of one stream of a run; streams of all seeds differ."""
    return torch.Generator(device).manual_seed(len(STREAMS) * seed + STREAMS.index(stream))


def start_row(architecture: Architecture, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return the start weights (P,) that the layers' initializers draw from a seed, on the CPU.

    Raises Mistake where weights given by hand do not have the layer's shape.
    """
    draws = generator(seed, "start")
    row = torch.empty(architecture.parameters, dtype=dtype)
    for layer in architecture.dense:
        weight = row[layer.start : layer.bias_start].view(layer.units, layer.inputs)
        _check(layer, layer.initializer)
        initializer = INITIALIZERS[layer.initializer.kind]
        initializer.draw(weight, row[layer.bias_start : layer.stop], layer.initializer, draws)
    return row


def _check(layer: DenseLayer, settings: Tagged) -> None:
    if isinstance(settings, Given):
        found = (len(settings.weights), len(settings.weights[0]))
        if found != (layer.units, layer.inputs):
            raise Mistake(
                f'start weights of "{layer.name}": expected {layer.units} rows of {layer.inputs} numbers, '
                f"got {found[0]} rows of {found[1]}"
            )


def weight_mask(architecture: Architecture, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return (P,): 1 where a row holds a weight, 0 where it holds a bias; penalties look at weights alone."""
    mask = torch.zeros(architecture.parameters, dtype=dtype)
    for layer in architecture.dense:
        mask[layer.start : layer.bias_start] = 1
    return mask


class Sine(nn.Module):
    """sin as a module, which torch does not have."""

    def forward(self, z: Tensor) -> Tensor:
        return z.sin()


def to_sequential(architecture: Architecture, row: Tensor) -> nn.Sequential:
    """Return the network of a row (P,) as ``nn.Sequential``, up to the output layer's weighted sum or, if the loss is
    not taken from logits, its activation."""
    modules: list[nn.Module] = []
    for layer in architecture.layers:
        if isinstance(layer, DenseLayer):
            # Without start weights of its own, which would come from the global generator.
            linear = nn.utils.skip_init(  # type: ignore[no-untyped-call]
                nn.Linear, layer.inputs, layer.units, dtype=row.dtype
            )
            modules.append(linear)
            if layer is not architecture.layers[-1] and layer.activation != "linear":
                name = ACTIVATIONS[layer.activation].torch
                modules.append(getattr(nn, name)() if name else Sine())
        else:
            modules.append(nn.Dropout(layer.rate))
    if not architecture.loss.from_logits and architecture.head.activation != "linear":
        modules.append(nn.Softmax(-1) if architecture.head.activation == "softmax" else nn.Tanh())
    network = nn.Sequential(*modules)
    nn.utils.vector_to_parameters(row.clone(), network.parameters())  # they become views of what they are given
    return network


def from_sequential(network: nn.Module) -> Tensor:
    """Return the row (P,) of a module whose linear layers stand in the order of the network."""
    return nn.utils.parameters_to_vector(network.parameters()).detach()
