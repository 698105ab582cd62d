"""A kept moment of a run, and which runs can be travelled in: values, without Qt's widgets."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.experiment.experiment import Experiment
from core.experiment.variants import interchangeable
from core.runs.curves import Column
from core.runs.record import Record
from core.training.events import Metrics, Row


@dataclass(frozen=True, eq=False)
class Moment:
    """A run at an epoch whose weights were kept. place: of the run among all runs, which gives it its colour."""

    record: Record
    place: int
    epoch: int

    @property
    def short(self) -> str:
        """The epoch in words, for headers."""
        return QCoreApplication.translate("Timeline", "epoch {0}").format(f"{self.epoch:,}")

    @property
    def row(self) -> Row:
        """The weights (P,) of that epoch."""
        return self.record.rows[self.epoch]

    def value(self, column: Column) -> float:
        """Return what a column of the run's curves holds at that epoch, or near it where they have become coarse; NaN
        where there is none."""
        curves = self.record.curves
        place = int(np.searchsorted(curves["epoch"], self.epoch))
        return float(curves[column][min(place, len(curves) - 1)]) if len(curves) else float("nan")

    @property
    def metrics(self) -> Metrics:
        """Loss and accuracy of that epoch, from the run's curves; None where they do not tell it any more."""
        curves = self.record.curves
        found = np.flatnonzero((curves["epoch"] == self.epoch) & (curves.spans == 1))
        if not len(found):
            return Metrics()
        at = found[0]

        def value(column: Column) -> float | None:
            number = float(curves[column][at])
            return None if np.isnan(number) else number

        return Metrics(
            train_loss=value("train_loss"),
            validation_loss=value("validation_loss"),
            train_accuracy=value("train_accuracy"),
            validation_accuracy=value("validation_accuracy"),
        )


@dataclass(frozen=True, eq=False)
class Travelled:
    """A run that may be travelled in. run: its place in the job, None for a past one. unlike: why the network on the
    screen cannot take its weights, in some words; empty if it can."""

    record: Record
    place: int
    run: int | None
    unlike: str

    @property
    def epochs(self) -> tuple[int, ...]:
        """The epochs whose weights were kept, in order; none where they cannot be shown."""
        return () if self.unlike else tuple(self.record.rows)


def unlike(record: Record, shown: Experiment) -> str:
    """Say in some words why a network cannot take the weights of a run, empty if it can."""
    if interchangeable(record.experiment, shown):
        return ""
    experiment = record.experiment
    if experiment.data != shown.data:
        return QCoreApplication.translate("Timeline", "other data")
    if experiment.training.loss != shown.training.loss:
        return QCoreApplication.translate("Timeline", "another loss")
    return QCoreApplication.translate("Timeline", "another network")


def nearest(epochs: Sequence[int], epoch: float) -> int:
    """Return the epoch out of ``epochs``, in order and not empty, that is next to this one; the earlier of two."""
    after = bisect_left(epochs, epoch)
    return min(epochs[max(after - 1, 0) : after + 1], key=lambda kept: abs(kept - epoch))
