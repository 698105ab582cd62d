"""load(): from the settings of data to arrays that training takes."""

import numpy as np

from core.choices.datasets import DATASETS, facts_of
from core.datasets.samples import Array, Dataset, Part, Preparation, Progress, Samples
from core.datasets.split import split
from core.experiment.data import Data


def _ignored(done: int, total: int) -> None:
    """Take no notice of a download's progress."""


def load(data: Data, progress: Progress = _ignored) -> Dataset:
    """Return the data set that these settings describe, split and prepared; raises Mistake where it cannot be had.

    progress: told of a download, as (bytes done, bytes in all); what it raises breaks the download off.
    """
    row = DATASETS[data.source.kind]
    facts = facts_of(data.source)
    samples: Samples = row.find(row.maker)(data.source, progress) if row.downloads else row.find(row.maker)(data.source)
    own = len(samples.labels) - samples.own_test
    test_share = 0.0 if samples.own_test else data.test
    places = split(samples.labels[:own], data.validation, test_share, data.split_seed, bool(facts.classes))
    train, validation, test = (_part(samples, part) for part in places)
    if samples.own_test:
        test = _part(samples, slice(own, None))
    preparation = Preparation(data.features if facts.plane else (), samples.scale)
    if data.standardize:
        preparation = _standardized(preparation, train.raw)
    return Dataset(facts, preparation, train, validation, test)


def _part(samples: Samples, places: Array | slice) -> Part:
    raw, labels = samples.raw[places], samples.labels[places]
    raw.flags.writeable = labels.flags.writeable = False
    return Part(raw, labels)


def _standardized(preparation: Preparation, raw: Array) -> Preparation:
    """Fit mean and deviation on the training part alone: the others must not be known before."""
    inputs = preparation.apply(raw)
    mean = inputs.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = inputs.std(axis=0, dtype=np.float64).astype(np.float32)
    deviation[deviation == 0] = 1  # a column that never changes says nothing, and must not divide by 0
    return Preparation(preparation.features, preparation.scale, mean, deviation)
