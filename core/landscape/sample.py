"""The samples that a landscape is taken of, and the true loss of rows on them, with dropout off."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.choices.fields import Mistake
from core.datasets.samples import Dataset, Part
from core.experiment.architecture import Architecture
from core.landscape.scene import Scene, Slices
from core.landscape.values import Ask, Floats, Integers, PartName, frozen
from core.training.backpropagation import Backpropagation
from core.training.batches import targets
from core.training.evaluate import penalty, totals
from core.training.events import Row
from core.training.rows import views, weight_mask

_PRODUCTS = 100_000_000  # of the matrix products of one slice: some milliseconds
_NUMBERS = 1_000_000  # that an activation is taken of, in one slice


def places(count: int, most: int) -> Integers:
    """Return ``most`` places spread evenly over ``count`` samples, or all if there are no more; always the same."""
    index = np.arange(count) if count <= most else np.arange(most) * count // most
    return frozen(index.astype(np.int64))


class Sample:
    """Some samples of a part: x (n, inputs), t (n, outputs), index (n,) their places; and the losses of rows on them.

    Raises Mistake where the part has no samples.
    """

    def __init__(self, scene: Scene, part: PartName, most: int, dtype: torch.dtype) -> None:
        dataset = scene.dataset
        whole = dataset.train if part == "train" else dataset.validation
        if not len(whole):
            raise Mistake(f"landscape: the {part} part has no samples; take another part of the data")
        self.dataset: Dataset = dataset
        self.architecture: Architecture = scene.architecture
        self.part = part
        self.index = places(len(whole), most)
        some = Part(whole.raw[self.index], whole.labels[self.index])
        self.x = torch.tensor(dataset.preparation.apply(some.raw), dtype=dtype)
        self.t = targets(some, scene.architecture, dtype)
        self.dtype = dtype
        self.passes = Backpropagation(scene.architecture)
        units = sum(layer.units for layer in scene.architecture.dense)
        self.size = max(1, min(_PRODUCTS // scene.architecture.parameters, _NUMBERS // units))

    def __len__(self) -> int:
        return len(self.index)

    def losses(self, rows: Sequence[Row], ask: Ask) -> Slices[Floats]:
        """Return the mean loss (k,) of each row, with the penalty if it is asked for; yield after each slice."""
        found = np.empty(len(rows))
        together = max(1, self.size // len(self))  # rows of a small network in one slice
        for at in range(0, len(rows), together):
            theta = torch.stack([self.tensor(row) for row in rows[at : at + together]])
            network = views(theta, self.architecture)
            total = np.zeros(len(theta))
            for start in range(0, len(self), self.size):
                some = slice(start, start + self.size)
                total += totals(self.passes, network, self.x[some], self.t[some])[0].double().numpy()
                yield
            found[at : at + together] = total / len(self) + [self.cost(row.unsqueeze(0), ask) for row in theta]
        return frozen(found)

    def cost(self, theta: Tensor, ask: Ask) -> float:
        """Return the penalty of a row (1, P)."""
        if not ask.with_penalty:
            return 0.0
        l1, l2 = (torch.tensor([[value]], dtype=torch.float64) for value in (ask.l1, ask.l2))
        return float(penalty(theta.double(), weight_mask(self.architecture, torch.float64), l1, l2))

    def gradient(self, row: Row, ask: Ask) -> Slices[Floats]:
        """Return the gradient (P,) of the loss at a row, with the penalty if it is asked for."""
        theta = self.tensor(row).unsqueeze(0)
        network = views(theta, self.architecture)
        off = [torch.ones(1, dtype=self.dtype)] * len(self.architecture.dropouts)
        total, part = torch.zeros(theta.shape, dtype=torch.float64), torch.zeros_like(theta)
        size = max(1, self.size // 3)
        for start in range(0, len(self), size):
            some = slice(start, start + size)
            z, tape = self.passes.forward(network, self.x[None, some], off)
            delta = self.passes.output_delta(z, self.t[None, some], 1 / len(self))
            self.passes.backward(network, views(part, self.architecture), tape, delta)
            total += part
            yield
        weights = theta.double() * weight_mask(self.architecture, torch.float64)
        found: Floats = (total + ask.l1 * weights.sign() + 2 * ask.l2 * weights)[0].numpy()
        return frozen(found)

    def tensor(self, row: Row) -> Tensor:
        """Return a copy of a row, which may be read-only, as a tensor."""
        return torch.tensor(np.asarray(row), dtype=self.dtype)


class Samples:
    """Makes a sample once, and again where the data or the kind of numbers have changed."""

    def __init__(self, part: PartName, most: int) -> None:
        self.part = part
        self.most = most
        self._kept: Sample | None = None

    def of(self, scene: Scene, row: Row) -> Slices[Sample]:
        """Return the sample of a scene; it yields where there is one to be made."""
        dtype = torch.tensor(np.asarray(row)[:0]).dtype
        kept = self._kept
        same = kept is not None and kept.dataset is scene.dataset and kept.architecture is scene.architecture
        if kept is None or not same or kept.dtype != dtype:
            kept = self._kept = Sample(scene, self.part, self.most, dtype)
            yield
        return kept
