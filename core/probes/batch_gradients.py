"""How far the gradient of a batch is from the full one, which it stands for: the noise of mini-batches."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.choices.fields import Mistake
from core.probes.forward import matrix, pieces, read_only
from core.probes.layer_pictures import BatchGradientsPicture
from core.probes.samples import FixedSamples, mean_gradient
from core.probes.scene import Probe, Scene, Slices
from core.training.events import Row
from core.training.rows import generator

_PRODUCTS = 5_000_000  # of batches that are taken together
_NUMBERS = 500_000  # of their gradients


def batch_gradients(
    sizes: Sequence[int] = (1, 10, 32, 128), batches: int = 50, most: int = 4096, seed: int = 0
) -> Probe[BatchGradientsPicture]:
    """Return the probe of one row (P,) or of several (K, P): batches of each size against all samples.

    Batches are drawn as training draws them: the samples in random order are cut into batches, and again in another
    order when they are used up; a short last batch is left out. Dropout is off, so that what is seen is the batches'
    noise alone. The same seed draws the same batches for all rows. most: training samples, spread evenly.

    Raises Mistake where a batch size is below 1.
    """
    for size in sizes:
        if size < 1:
            raise Mistake(f"batch size: expected at least 1, got {size}")
    fixed = FixedSamples(most, "train")

    def probe(scene: Scene, row: Row) -> Slices[BatchGradientsPicture]:
        theta, architecture = matrix(row), scene.architecture
        samples = yield from fixed.of(scene, theta.dtype)
        index = torch.arange(len(samples)).expand(len(theta), -1)
        full = (yield from mean_gradient(architecture, theta, samples, index)).double()
        length = full.norm(dim=1)
        cosine, ratio = (np.empty((len(theta), len(sizes), batches)) for _ in range(2))
        for column, size in enumerate(sizes):
            drawn = _batches(len(samples), size, batches, generator(seed, "order"))
            parameters = architecture.parameters
            at_once = min(_PRODUCTS // (parameters * drawn.shape[1]), _NUMBERS // parameters)
            for place, one in enumerate(theta):
                found = []
                for some in pieces(drawn, at_once):
                    part = yield from mean_gradient(architecture, one.expand(len(some), -1), samples, some)
                    found.append(_against(part.double(), full[place], length[place]))
                cosine[place, column], ratio[place, column] = torch.cat(found, 1).numpy()
        return BatchGradientsPicture(
            sizes=tuple(min(size, len(samples)) for size in sizes),
            cosine=read_only(cosine),
            ratio=read_only(ratio),
            length=read_only(length.numpy()),
            samples=len(samples),
            available=len(scene.dataset.train),
        )

    return probe


def _batches(samples: int, size: int, count: int, draws: torch.Generator) -> Tensor:
    """Return places (count, size) of the samples of each batch; (1, samples) where a batch is all of them."""
    if size >= samples:
        return torch.arange(samples)[None]
    whole = samples // size
    epochs = (torch.randperm(samples, generator=draws)[: whole * size] for _ in range(-(-count // whole)))
    return torch.cat([order.view(whole, size) for order in epochs])[:count]


def _against(part: Tensor, full: Tensor, length: Tensor) -> Tensor:
    """Return cosine and ratio of length (2, m) of gradients (m, P) against the full one (P,); NaN for 0/0."""
    lengths = part.norm(dim=1)
    return torch.stack([(part @ full / (lengths * length)).clamp(-1, 1), lengths / length])
