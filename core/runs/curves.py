"""Curves: what each epoch of a run measured, exact for the last 20,000 epochs, thinned to extremes before them."""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.training.events import EpochDone
from core.training.stopping import Patience, larger_is_better

Floats = NDArray[np.float64]
Column = Literal[
    "epoch",
    "step",
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "penalty",
    "learning_rate",
    "waited",
    "seconds",
]
COLUMNS: tuple[Column, ...] = get_args(Column)
FULL = 20_000

_WHOLE = ("epoch", "step", "waited")
_EPOCH = COLUMNS.index("epoch")
_FOLD = 4096  # exact epochs that are folded at a time
_PAIRS = 8192  # of least and greatest values, before neighbours are merged
_FIRST_SPAN = 4  # epochs that a pair stands for at first


@dataclass(frozen=True, eq=False)
class Curves:
    """values: (n, columns) float64, a row per epoch, NaN where a value does not exist. Read-only.

    spans: (n,) int64, 1 for an exact epoch. Older rows may come in pairs over ``span`` epochs: in each column the first
    row of a pair holds the least value of those epochs, the second the greatest. Epochs never decrease.
    """

    values: Floats
    spans: NDArray[np.int64]

    def __post_init__(self) -> None:
        self.values.flags.writeable = False
        self.spans.flags.writeable = False

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, column: Column) -> Floats:
        return self.values[:, COLUMNS.index(column)]

    def until(self, epoch: int) -> "Curves":
        """Return the curves up to an epoch, which is among them."""
        kept = self["epoch"] <= epoch
        return Curves(self.values[kept], self.spans[kept])


NO_CURVES = Curves(np.empty((0, len(COLUMNS))), np.empty(0, np.int64))


def to_csv(curves: Iterable[tuple[str, Curves]]) -> str:
    """Return the curves of runs, each with its name, as one table; what does not exist is empty."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("run", "span", *COLUMNS))
    for name, run in curves:
        for span, values in zip(run.spans.tolist(), run.values.tolist(), strict=True):
            row = zip(COLUMNS, values, strict=True)
            writer.writerow((name, span, *(_cell(column, value) for column, value in row)))
    return text.getvalue()


def _cell(column: Column, value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if column in _WHOLE else repr(value)


class CurveBuffer:
    """Curves that grow, within 3 MB however long the run: the newest epochs exact, older ones in pairs.

    The first epoch and the best one stay exact too. monitor: the column that tells the best epoch. min_delta: how much
    better it must be.
    """

    def __init__(self, monitor: str, before: Curves = NO_CURVES, min_delta: float = 0.0) -> None:
        """``before``: the curves to go on from."""
        self.monitor = COLUMNS.index(monitor)
        self._patience = Patience(min_delta, larger_is_better(monitor))
        self._marked: list[Floats] = []  # the first epoch, then the best one
        self._recent = np.empty((64, len(COLUMNS)))
        self._count = 0
        pairs = before.spans > 1
        start = int(pairs.nonzero()[0][-1]) + 1 if pairs.any() else 0
        self._pairs = before.values[pairs]
        self._span = min(int(before.spans.max(initial=_FIRST_SPAN)), _FOLD)
        for row in before.values[:start][~pairs[:start]]:
            self._mark(row)
        for row in before.values[start:]:
            self._add(row)

    @property
    def best_epoch(self) -> int:
        """The epoch with the best value of the monitor, 0 where there is none."""
        return self._patience.best_epoch

    @property
    def last(self) -> Floats | None:
        """The newest row, None before the first epoch."""
        return self._recent[self._count - 1] if self._count else None

    def append(self, done: EpochDone) -> None:
        """Take what an epoch measured."""
        metrics = done.metrics
        values = (
            done.epoch,
            done.step,
            metrics.train_loss,
            metrics.validation_loss,
            metrics.train_accuracy,
            metrics.validation_accuracy,
            done.penalty,
            done.learning_rate,
            done.waited,
            done.seconds,
        )
        self._add(np.array([math.nan if value is None else value for value in values]))

    def curves(self) -> Curves:
        """Return all curves so far; those of an epoch that is done do not change any more."""
        recent = self._recent[: self._count]
        spans = np.ones(len(recent), np.int64)
        if not len(self._pairs):
            return Curves(recent, spans)  # a view: rows that are written stay as they are
        marked = {row[_EPOCH]: row for row in self._marked if row[_EPOCH] < recent[0, _EPOCH]}
        older = np.concatenate([self._pairs, *(row[None] for row in marked.values())])
        widths = self._pairs[1::2, _EPOCH] - self._pairs[::2, _EPOCH] + 1
        older_spans = np.concatenate([widths.repeat(2), np.ones(len(marked))]).astype(np.int64)
        order = older[:, _EPOCH].argsort(kind="stable")
        return Curves(np.concatenate([older[order], recent]), np.concatenate([older_spans[order], spans]))

    def _add(self, row: Floats) -> None:
        self._mark(row)
        if self._count == len(self._recent):
            self._recent = np.concatenate([self._recent, np.empty_like(self._recent)])
        self._recent[self._count] = row
        self._count += 1
        if self._count >= FULL + _FOLD:
            self._fold()

    def _mark(self, row: Floats) -> None:
        if not self._marked:
            self._marked = [row, row]
        # The start weights, epoch 0, are measured for the curve, but training does not take them for the best.
        if row[_EPOCH] > 0 and self._patience.look(float(row[self.monitor]), int(row[_EPOCH])):
            self._marked[1] = row

    def _fold(self) -> None:
        """Turn the oldest exact epochs into pairs; halve the number of pairs when there are too many."""
        folded = _FOLD // self._span * self._span
        pairs = np.concatenate([self._pairs, _extremes(self._recent[:folded], self._span)])
        self._count -= folded
        self._recent = np.concatenate([self._recent[folded:], np.empty((folded, len(COLUMNS)))])
        if len(pairs) > 2 * _PAIRS:
            merged = len(pairs) // 4 * 4  # two pairs make one; a last one without a neighbour waits for the next time
            pairs = np.concatenate([_extremes(pairs[:merged], 4), pairs[merged:]])
            self._span *= 2
        self._pairs = pairs


def _extremes(rows: Floats, size: int) -> Floats:
    """Return for each ``size`` rows two: the least and the greatest value of each column, NaN counting for nothing."""
    groups = rows.reshape(-1, size, rows.shape[1])
    both = np.stack([np.fmin.reduce(groups, axis=1), np.fmax.reduce(groups, axis=1)], axis=1)
    return both.reshape(-1, rows.shape[1])
