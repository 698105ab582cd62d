"""The learning-rate range test: one pass in which the learning rate grows from step to step, on a copy of the weights.

L. N. Smith 2017, "Cyclical Learning Rates for Training Neural Networks". There the accuracy is looked at and the rate
grows evenly; here it is the loss, and the rate grows exponentially, so that one test goes through six powers of ten.
"""

from collections.abc import Generator, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture
from core.experiment.training import Training
from core.training.backpropagation import Backpropagation
from core.training.batches import Batches, Gathered, Masks, Samples
from core.training.evaluate import totals
from core.training.events import Row
from core.training.member import copied, row_settings
from core.training.rates import DECADES, Floats, RangePicture, suggestion
from core.training.rows import View, generator
from core.training.step import Stepper

_FEWEST, _MOST = 100, 1000  # steps: a pass of fewer batches is gone through again, one of more is cut short
_SAMPLE = 512  # samples whose loss is measured after each step
_SMOOTHING = 0.8
_BOUND = 2.0  # times the loss of the start: beyond it the test is over


def range_test(
    architecture: Architecture, dataset: Dataset, training: Training, row: Row
) -> Generator[None, None, RangePicture]:
    """Return the loss against the learning rate, from a row (P,); yield after each step, or chunk of a large batch.

    The optimizer begins anew and the generators are made anew from the seed, so a training that goes on meanwhile is
    left alone, and the same row gives the same picture. Penalty, clipping and dropout act as in training. The loss is
    measured on a fixed sample, for that of small batches is mostly noise.
    """
    start_row = torch.tensor(np.asarray(row))
    settings = row_settings(training)
    stepper = Stepper(architecture, start_row.unsqueeze(0).clone(), [settings], [{}])
    samples = Samples(dataset.train, dataset.preparation, architecture, "cpu", start_row.dtype)
    batches = _batches(architecture, training, samples)
    fixed = samples.sample(_SAMPLE)
    x, t = fixed.between(0, len(fixed))
    start = _loss(stepper.passes, stepper.network, x, t)
    usual: float = type(training.optimizer).model_fields["learning_rate"].default
    count = min(max(batches.steps, _FEWEST), _MOST)
    rates = usual * np.logspace(-DECADES, DECADES, count)
    losses: list[float] = []
    diverged = None
    for gathered, piece in _pieces(batches):
        settings.learning_rate = float(rates[len(losses)])
        stepper.read_settings()
        stepper.step(gathered.x[piece], gathered.t[piece], gathered.masks[piece], gathered.block)
        if gathered.block.last:
            loss = _loss(stepper.passes, stepper.network, x, t)
            if not loss <= _BOUND * start:  # or NaN
                diverged = settings.learning_rate
                break
            losses.append(loss)
            if len(losses) == count:
                break
        yield
    seen, told = rates[: len(losses)], np.array(losses)
    smoothed = _smoothed(told)
    found, reason = suggestion(seen, smoothed, start, diverged)
    for part in (seen, told, smoothed):
        part.flags.writeable = False
    return RangePicture(seen, told, smoothed, start, diverged, found, reason, copied(start_row))


def _batches(architecture: Architecture, training: Training, samples: Samples) -> Batches:
    """Return the batches of one run, in the order that its seed gives."""
    masks = Masks(
        [layer.units for layer in architecture.dropouts],
        [[layer.rate for layer in architecture.dropouts]],
        [generator(training.seed, "masks")],
    )
    batch = None if training.batch_size == "all" else training.batch_size
    return Batches(samples, batch, [generator(training.seed, "order")], masks)


def _pieces(batches: Batches) -> Iterator[tuple[Gathered, int]]:
    """Yield pass after pass, piece by piece."""
    while True:
        for gathered in batches.epoch():
            for piece in range(gathered.block.count):
                yield gathered, piece


def _loss(passes: Backpropagation, network: Sequence[View], x: Tensor, t: Tensor) -> float:
    return float(totals(passes, network, x, t)[0]) / len(x)


def _smoothed(losses: Floats) -> Floats:
    """Return the exponential mean, corrected for its start as Adam's are."""
    found = np.empty(len(losses))
    mean = 0.0
    for place, loss in enumerate(losses):
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
        found[place] = mean / (1 - _SMOOTHING ** (place + 1))
    return found
