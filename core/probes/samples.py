"""The samples that a view looks at from frame to frame, and the gradient of rows over some of them."""

import numpy as np
import torch
from torch import Tensor

from core.datasets.samples import Dataset, Part
from core.experiment.architecture import Architecture
from core.probes.forward import pieces
from core.probes.pictures import PartName, part_of
from core.probes.scene import Scene, Slices
from core.training.backpropagation import Backpropagation
from core.training.batches import Samples
from core.training.rows import views

_PRODUCTS = 16_000_000  # of the matrices, in one slice


class FixedSamples:
    """Samples of a part spread evenly, ``most`` at the most: made once, and again where the data have changed.

    Without a part: of the validation part, or of the training part where there is no validation.
    """

    def __init__(self, most: int, part: PartName | None = None) -> None:
        self.most = most
        self._part = part
        self._of: tuple[Dataset, Architecture, torch.dtype] | None = None
        self._samples: Samples | None = None

    def part(self, dataset: Dataset) -> PartName:
        """Return which part of the data they are from."""
        return self._part or ("validation" if len(dataset.validation) else "train")

    def of(self, scene: Scene, dtype: torch.dtype) -> Slices[Samples]:
        """Return the samples; yield where they had to be made."""
        wanted = (scene.dataset, scene.architecture, dtype)
        if self._samples is None or self._of is None or any(a is not b for a, b in zip(wanted, self._of, strict=True)):
            whole = part_of(scene.dataset, self.part(scene.dataset))
            count = min(self.most, len(whole))
            index = np.arange(count) * len(whole) // max(count, 1)
            some = Part(whole.raw[index], whole.labels[index])
            self._samples = Samples(some, scene.dataset.preparation, scene.architecture, "cpu", dtype)
            self._of = wanted
            yield
        return self._samples


def mean_gradient(architecture: Architecture, theta: Tensor, samples: Samples, index: Tensor) -> Slices[Tensor]:
    """Return the gradient (R, P) of the mean loss of each row over its own samples, dropout off.

    theta: (R, P), or one row expanded to R; index: (R, B) places among the samples.
    """
    passes, network = Backpropagation(architecture), views(theta, architecture)
    off = [torch.ones(1, dtype=theta.dtype)] * len(architecture.dropouts)
    rows, batch = index.shape
    total, part = (torch.zeros(theta.shape, dtype=theta.dtype) for _ in range(2))
    gradient = views(part, architecture)
    for piece in pieces(index, _PRODUCTS // (3 * rows * architecture.parameters), 1):
        x, t = (values.view(rows, piece.shape[1], -1) for values in samples.at(piece.reshape(-1)))
        z, tape = passes.forward(network, x, off)
        passes.backward(network, gradient, tape, passes.output_delta(z, t, 1 / batch))
        total += part
        yield
    return total
