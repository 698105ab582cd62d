"""The weights that a run has come to, and what was measured of them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.runs.curves import Column
from core.runs.record import Record
from core.training.events import Metrics, Row

_ALONG_THE_WAY: tuple[Column, ...] = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")


@dataclass(frozen=True, eq=False)
class Kept:
    """words: which weights they are; moment: as ``Record.at`` takes it; metrics: measured of these very weights."""

    words: str
    moment: Literal["best", "last"] | int
    row: Row
    metrics: Metrics


def kept(record: Record) -> Kept:
    """Return what a run keeps; of one that is not over, the newest weights on its path."""
    if record.outcome is None:
        epoch = max(record.rows)
        return Kept(f"epoch {epoch:,}, the newest", epoch, record.rows[epoch], _along_the_way(record, epoch))
    best = record.rows.get(record.best_epoch)
    if best is not None and np.array_equal(best, record.row):
        which = "the best" if record.best_epoch else "the start"
        return Kept(f"epoch {record.best_epoch:,}, {which}", "best", record.row, record.metrics)
    which = "the last that was finite" if record.outcome == "diverged" else "the last"
    return Kept(f"epoch {record.epochs:,}, {which}", "last", record.row, record.metrics)


def _along_the_way(record: Record, epoch: int) -> Metrics:
    """Return what was measured after an epoch, as far as it is known to the epoch."""
    place = np.flatnonzero((record.curves["epoch"] == epoch) & (record.curves.spans == 1))[:1]
    found = {name: float(value) for name in _ALONG_THE_WAY for value in record.curves[name][place]}
    return Metrics(**{name: value for name, value in found.items() if np.isfinite(value)})
