"""Co-adaptation: how much neurons rely on certain others, seen from what is left when some of them are switched off.

Dropout was made against it: a neuron that cannot rely on others being there must be of use on its own (Hinton et al.
2012, "Improving neural networks by preventing co-adaptation of feature detectors").
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.probes.dropout_pictures import CoAdaptationPicture
from core.probes.forward import array, matrix, read_only, slice_size
from core.probes.pictures import PartName
from core.probes.samples import FixedSamples
from core.probes.scene import Probe, Scene, Slices
from core.probes.thinned import Thinned, after_each_hidden, check_rates, draw_masks
from core.training.backpropagation import Backpropagation
from core.training.events import Row

SHARES = tuple(tenth / 10 for tenth in range(10))


def co_adaptation(
    shares: Sequence[float] = SHARES, masks: int = 20, most: int = 512, seed: int = 0, part: PartName | None = None
) -> Probe[CoAdaptationPicture]:
    """Return the probe of one row (P,) or of several (K, P) with hidden neurons switched off, each by itself.

    A share is the probability of each hidden neuron to be off; those that are left are scaled by 1 / (share kept), as
    dropout does. The network's own dropout layers are off. masks: a share; most: samples, of ``part``, else of
    validation, else of training.

    Raises Mistake where a share is beyond the limits of a dropout rate.
    """
    check_rates("share of neurons", shares)
    fixed = FixedSamples(most, part)

    def probe(scene: Scene, row: Row) -> Slices[CoAdaptationPicture]:
        theta = matrix(row)
        samples = yield from fixed.of(scene, theta.dtype)
        architecture = after_each_hidden(scene.architecture)
        hidden = architecture.dropouts
        drawn = draw_masks(architecture, [[share] * len(hidden) for share in shares], masks, seed, theta.dtype)
        flat = [mask.flatten(0, 1) for mask in drawn]
        thinned = Thinned(architecture, theta)
        regression = architecture.head.target == "value"
        judge = _losses if regression else _right
        total = torch.zeros((len(theta), len(shares) * masks), dtype=torch.float64)
        size = slice_size(architecture, len(theta))
        for start in range(0, len(samples), size):
            x, t = samples.between(start, start + size)
            begun = thinned.begin(x)
            yield
            parts = []
            for z in thinned.outputs(begun, flat):
                parts.append(judge(thinned.passes, z, t).sum(-1, dtype=torch.float64))
                yield
            total += torch.cat(parts, 1)
        return CoAdaptationPicture(
            shares=read_only(np.array(shares, np.float64)),
            values=array((total / len(samples)).view(len(theta), len(shares), masks)),
            measure="loss" if regression else "accuracy",
            part=fixed.part(scene.dataset),
            samples=len(samples),
            hidden=sum(layer.units for layer in hidden),
        )

    return probe


def _losses(passes: Backpropagation, z: Tensor, t: Tensor) -> Tensor:
    """Return the loss (…, n) of each answer z (…, n, outputs)."""
    return passes.loss.terms(passes.scored(z), t)  # type: ignore[no-any-return]


def _right(passes: Backpropagation, z: Tensor, t: Tensor) -> Tensor:
    """Return (…, n): 1 for a right answer as training counts it, 0 for a wrong one, NaN for none."""
    y = passes.scored(z)
    right = ((y > 0) == (t > 0))[..., 0] if t.shape[1] == 1 else y.argmax(-1) == t.argmax(-1)
    return right.to(y.dtype).masked_fill(y.isnan().any(-1), torch.nan)
