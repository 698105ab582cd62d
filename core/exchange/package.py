"""What is exported: a trained model, with all that its reader should know of how it came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.datasets.samples import Array, Dataset
from core.exchange.model import Model
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment
from core.runs.curves import Column
from core.runs.record import Record

Moment = Literal["start", "best", "last"] | int
_ALONG_THE_WAY: tuple[Column, ...] = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")
_SAMPLES = 1000  # on which what was written is compared


@dataclass(frozen=True, eq=False)
class Package:
    """A model on its way out.

    weights: which ones they are, in words; metrics: losses and accuracies of these weights by name, as far as they are
    known; dataset: what the run was trained on; samples: raw ones of it, to compare predictions on.
    """

    model: Model
    record: Record
    weights: str
    metrics: Mapping[str, float]
    dataset: Dataset
    samples: Array

    @property
    def experiment(self) -> Experiment:
        """The experiment that the run trained, without variants."""
        return self.record.experiment

    def all_samples(self) -> Array:
        """Return the raw samples of training, validation and test, one part below the other."""
        dataset = self.dataset
        return np.concatenate([part.raw for part in (dataset.train, dataset.validation, dataset.test)])


def package(record: Record, moment: Moment, dataset: Dataset) -> Package:
    """Return the model of a run at a moment or an epoch; raises Mistake if its weights were not kept."""
    row = record.at(moment)
    model = Model(architecture(record.experiment, dataset.facts), row, dataset.preparation, dataset.facts)
    part = max((dataset.test, dataset.validation, dataset.train), key=lambda part: min(len(part), _SAMPLES))
    metrics = _metrics(record, moment, row)
    return Package(model, record, _words(record, moment), metrics, dataset, part.raw[:_SAMPLES])


def _words(record: Record, moment: Moment) -> str:
    if moment == "start":
        return "the start weights"
    if moment == "best":
        return f"the weights of epoch {record.best_epoch}, the best"
    return f"the weights of epoch {record.epochs}, the last" if moment == "last" else f"the weights of epoch {moment}"


def _metrics(record: Record, moment: Moment, row: Array) -> Mapping[str, float]:
    """Return what was measured of these weights: on all samples at the end, else along the way."""
    measured: Mapping[str, float | None] = {}
    if np.array_equal(row, record.row):
        measured = vars(record.metrics)
    else:
        epoch = {"start": 0, "best": record.best_epoch, "last": record.epochs}.get(str(moment), moment)
        place = np.flatnonzero((record.curves["epoch"] == epoch) & (record.curves.spans == 1))
        if len(place):
            measured = {name: float(record.curves[name][place[0]]) for name in _ALONG_THE_WAY}
    return {name: float(value) for name, value in measured.items() if value is not None and np.isfinite(value)}
