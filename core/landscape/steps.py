"""steps(): where an optimizer would go from a row, by the machinery that training steps with."""

import numpy as np
import torch

from core.landscape.sample import Samples
from core.landscape.scene import Probe, Scene, Slices
from core.landscape.stepping import Stepping, StepsPicture
from core.landscape.values import Ask, frozen
from core.training.batches import Block
from core.training.events import Row
from core.training.step import RowSettings, Stepper

_DEFAULT = Ask()


def steps(stepping: Stepping, ask: Ask = _DEFAULT) -> Probe[StepsPicture]:
    """Return the probe of the steps that follow a row: each along the gradient of all samples at once, dropout off.

    Of ``ask`` the samples and their part say what gradient and losses are taken of. Its penalty is part of the losses
    and of the gradient that is told, while that of ``stepping`` acts on the steps. The row itself is left as it is.

    Raises Mistake where the data have no samples of that part.
    """
    samples = Samples(ask.part, ask.samples)

    def probe(scene: Scene, row: Row) -> Slices[StepsPicture]:
        sample = yield from samples.of(scene, row)
        theta = sample.tensor(row).unsqueeze(0)
        rate = stepping.optimizer.learning_rate
        settings = RowSettings(stepping.optimizer, rate, stepping.l1, stepping.l2, stepping.clip)
        stepper = Stepper(scene.architecture, theta, [settings], [{}])
        off = [torch.ones(1, dtype=sample.dtype)] * len(scene.architecture.dropouts)
        size = max(1, sample.size // 3)  # a step's three products, where a loss takes one
        rows = [row]
        while len(rows) <= stepping.count and np.isfinite(rows[-1]).all():
            for start in range(0, len(sample), size):
                some = slice(start, start + size)
                block = Block(start, size, 1, start == 0, start + size >= len(sample), len(sample))
                stepper.step(sample.x[None, some], sample.t[None, some], off, block)
                yield
            rows.append(frozen(theta[0].numpy().copy()))
        losses = yield from sample.losses(rows, ask)
        return StepsPicture(tuple(rows), losses, (yield from sample.gradient(row, ask)))

    return probe
