"""Runs that differ by the seed alone: which ones they are, and their curves as one with a band."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np

from core.experiment.experiment import Experiment
from core.runs.curves import COLUMNS, Column, Curves, Floats
from core.runs.record import Record
from core.runs.spread import band

LEAST_SEEDS = 3  # that have a middle and a spread
_MOST_EPOCHS = 1000  # of a band: more cannot be seen, and take too long while one looks


def by_settings(records: Sequence[Record]) -> list[tuple[Record, ...]]:
    """Return the runs in groups of those that have all set alike but the seed, each seed once, in their order."""
    groups: list[tuple[Experiment, dict[int, Record]]] = []
    for record in records:
        training = record.experiment.training
        base = record.experiment.model_copy(update={"training": training.model_copy(update={"seed": 0}), "name": ""})
        found = next((runs for other, runs in groups if other == base), None)
        if found is None:
            groups.append((base, found := {}))
        found[training.seed] = record
    return [tuple(runs.values()) for _, runs in groups]


def shared_name(records: Sequence[Record]) -> str:
    """Return what the names of runs that differ by the seed alone share: the first one's, as comparisons name runs,
    without its seed. It may be empty; a run alone keeps its name."""
    first = records[0]
    if len(records) == 1:
        return first.name
    return first.name.replace(f"seed {first.experiment.training.seed}", "").strip(" ,")


def as_one(records: Sequence[Record]) -> tuple[Curves, Mapping[Column, tuple[Floats, Floats]]]:
    """Return the medians of some runs' curves at each epoch, and the ends of their middle 80 % by column."""
    longest = max((len(record.curves) for record in records), default=0)
    stride = ceil(longest / _MOST_EPOCHS) or 1
    curves = [_every(record.curves, stride) for record in records]
    bands = {column: band(curves, column) for column in COLUMNS}
    medians = np.stack([bands[column].median for column in COLUMNS], axis=1)
    spans = np.ones(len(medians), np.int64)
    return Curves(medians, spans), {column: (found.low, found.high) for column, found in bands.items()}


def _every(curves: Curves, stride: int) -> Curves:
    kept = (curves["epoch"] % stride == 0) | (np.arange(len(curves)) == len(curves) - 1)
    return Curves(curves.values[kept], curves.spans[kept])
