"""A trained model as it leaves: its network, one row of weights, and how raw samples become inputs."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.datasets import Facts
from core.datasets.samples import Array, Preparation
from core.experiment.architecture import Architecture
from core.training.events import Row

_CHUNK = 4096  # samples at once


@dataclass(frozen=True, eq=False)
class Model:
    """row: (P,), all weights and biases."""

    architecture: Architecture
    row: Row
    preparation: Preparation
    facts: Facts

    def predict(self, raw: Array) -> NDArray[np.float64]:
        """Return the outputs ŷ (n, outputs) for raw samples (n, numbers), computed in float64 with dropout off."""
        row = self.row.astype(np.float64)
        layers = [
            (torch.from_numpy(weight), torch.from_numpy(bias), OUTPUT_ACTIVATIONS[layer.activation])
            for layer, weight, bias in self.architecture.split(row)
        ]
        outputs = []
        for start in range(0, len(raw), _CHUNK):
            a = torch.from_numpy(self.preparation.apply(raw[start : start + _CHUNK])).double()
            for weight, bias, activation in layers:
                a = activation.function(torch.nn.functional.linear(a, weight, bias))
            outputs.append(a.numpy())
        return np.concatenate(outputs)
