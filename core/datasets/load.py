"""From the settings of data to the arrays that training is given."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.choices.datasets import DATASETS, facts_of
from core.datasets.samples import Array, Dataset, Part, Preparation, Progress, Samples
from core.datasets.split import split
from core.experiment.data import Data

_CHUNK_NUMBERS = 1 << 22  # numbers of a chunk that is prepared at once


def load(data: Data, progress: Progress | None = None) -> Dataset:
    """Return the samples in parts, with how to prepare them; raises Mistake where they cannot be had.

    A set that brings a test part of its own keeps it whole, and ``data.test`` is without effect. progress: told of a
    download, (bytes done, bytes in all); what it raises breaks the download off.
    """
    facts = facts_of(data.source)
    row = DATASETS[data.source.kind]
    make = row.find(row.maker)
    samples: Samples = make(data.source, progress) if row.downloads else make(data.source)
    own = len(samples.labels) - samples.own_test
    share = 0.0 if samples.own_test else data.test
    places = split(samples.labels[:own], data.validation, share, data.split_seed, stratified=bool(facts.classes))
    train, validation, test = (_part(samples, part) for part in places)
    if samples.own_test:
        test = _part(samples, np.arange(own, len(samples.labels)))
    preparation = Preparation(data.features if facts.plane else (), facts.scale)
    if data.standardize:
        # Fitted on the training part alone: validation and test must tell how well new samples are met.
        preparation = _standardized(preparation, train.raw)
    return Dataset(facts, preparation, train, validation, test)


def _part(samples: Samples, places: Array) -> Part:
    # Copies, also of neighbouring samples: a view would keep all of the set in memory.
    raw, labels = samples.raw[places], samples.labels[places]
    raw.flags.writeable = labels.flags.writeable = False
    return Part(raw, labels)


def _standardized(preparation: Preparation, raw: Array) -> Preparation:
    """Return the preparation with mean and deviation of each input; a deviation of 0 becomes 1."""
    mean = sum(inputs.sum(axis=0, dtype=np.float64) for inputs in _inputs(preparation, raw)) / len(raw)
    variance = sum(np.square(inputs - mean).sum(axis=0) for inputs in _inputs(preparation, raw)) / len(raw)
    deviation = np.sqrt(variance)
    # Inputs that are all equal may seem to differ by the rounding of their mean.
    deviation[deviation <= np.abs(mean) * np.finfo(np.float32).eps] = 1
    return replace(preparation, mean=mean.astype(np.float32), deviation=deviation.astype(np.float32))


def _inputs(preparation: Preparation, raw: Array) -> Iterator[Array]:
    rows = max(1, _CHUNK_NUMBERS // raw.shape[1])
    return (preparation.apply(raw[start : start + rows]) for start in range(0, len(raw), rows))
