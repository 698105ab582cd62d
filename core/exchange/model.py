"""A trained model as it leaves: its network, one row of weights, and how raw samples become inputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.datasets import Facts, facts_of
from core.datasets.samples import Array, Dataset, Preparation
from core.experiment.architecture import Architecture, architecture
from core.experiment.data import Data
from core.runs.record import Record
from core.training.events import Row

_CHUNK = 4096  # samples at once


@dataclass(frozen=True, eq=False)
class Model:
    """row: (P,), all weights and biases. told: what its file tells of the experiment that it comes from, as plain data
    that nobody has looked at yet: name, question, data, training."""

    architecture: Architecture
    row: Row
    preparation: Preparation
    facts: Facts
    told: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, raw: Array) -> NDArray[np.float64]:
        """Return the outputs ŷ (n, outputs) for raw samples (n, numbers), computed in float64 with dropout off."""
        row = self.row.astype(np.float64)
        layers = [
            (torch.from_numpy(weight), torch.from_numpy(bias), OUTPUT_ACTIVATIONS[layer.activation])
            for layer, weight, bias in self.architecture.split(row)
        ]
        outputs = []
        for start in range(0, max(len(raw), 1), _CHUNK):
            a = torch.from_numpy(self.preparation.apply(raw[start : start + _CHUNK])).double()
            for weight, bias, activation in layers:
                a = activation.function(torch.nn.functional.linear(a, weight, bias))
            outputs.append(a.numpy())
        return np.concatenate(outputs)

    def answers(self, outputs: Array) -> NDArray[np.int64]:
        """Return for outputs (n, outputs) the places of the classes that they stand for: (n,)."""
        if outputs.shape[1] > 1:
            return np.asarray(outputs.argmax(1), np.int64)
        threshold = 0.5 if self.architecture.head.target == "binary" else 0
        return np.asarray(outputs[:, 0] > threshold, np.int64)

    def confidence(self, outputs: Array) -> NDArray[np.float64] | None:
        """Return how sure each answer is, from 0 to 1: (n,); None where outputs are no probabilities."""
        if self.architecture.head.activation not in ("sigmoid", "softmax"):
            return None
        sure = outputs.max(1) if outputs.shape[1] > 1 else np.maximum(outputs[:, 0], 1 - outputs[:, 0])
        return np.asarray(sure, np.float64)

    @classmethod
    def of(cls, record: Record, row: Row, load: Callable[[Data], Dataset]) -> "Model":
        """Return the model of a run with weights (P,).

        Its data are loaded only if inputs are standardized by them: what is known without is enough otherwise. Raises
        Mistake where they cannot be had.
        """
        experiment = record.experiment
        facts = facts_of(experiment.data.source)
        if experiment.data.standardize:
            preparation = load(experiment.data).preparation
        else:
            preparation = Preparation(experiment.data.features if facts.plane else (), facts.scale)
        return cls(architecture(experiment, facts), row, preparation, facts)

    @property
    def output_names(self) -> tuple[str, ...]:
        """What each output is, in words that differ."""
        head, classes = self.architecture.head, self.facts.classes
        if head.target == "one-hot":
            word = "probability" if head.activation == "softmax" else "score"
            return tuple(f"{word} of {name}" for name in classes)
        if head.target == "binary":
            return (f"probability of {classes[1]}",)
        return ("prediction" if head.target == "value" else "output",)
