"""The weights that a run has come to."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from core.experiment.experiment import Experiment
from core.runs.curves import COLUMNS, Curves
from core.runs.kept import kept
from core.runs.record import Record
from core.training.events import Metrics, Outcome

ROWS = {epoch: np.full(3, epoch, np.float32) for epoch in (0, 2, 4)}


def record(outcome: Outcome | None, row: Any, epochs: int = 5) -> Record:
    """Return a record whose path has kept every second epoch."""
    values = np.full((epochs + 1, len(COLUMNS)), np.nan)
    values[:, COLUMNS.index("epoch")] = np.arange(epochs + 1)
    values[:, COLUMNS.index("train_loss")] = 1 / (1 + np.arange(epochs + 1))
    return Record(
        "A", Experiment(), "cpu", "", 3, "", 1.0, 10, epochs, Curves(values, np.ones(epochs + 1, np.int64)), (),
        outcome, "", 2, Metrics(train_loss=0.125), Metrics(), MappingProxyType(ROWS), row, np.full(3, 9, np.float32),
        None, MappingProxyType({}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "row", "moment", "words"),
    [
        ("epochs", ROWS[2], "best", "epoch 2, the best"),
        ("epochs", np.full(3, 9, np.float32), "last", "epoch 5, the last"),
        ("diverged", np.full(3, 9, np.float32), "last", "epoch 5, the last that was finite"),
    ],
)
def test_of_a_run_that_is_over(outcome: Outcome, row: Any, moment: str, words: str) -> None:
    found = kept(record(outcome, row))
    assert (found.moment, found.words, found.metrics) == (moment, words, Metrics(train_loss=0.125))
    np.testing.assert_array_equal(found.row, row)
    np.testing.assert_array_equal(record(outcome, row).at(found.moment), row)


def test_of_a_run_that_goes_on_the_metrics_are_of_the_row() -> None:
    found = kept(record(None, ROWS[4]))
    assert (found.moment, found.words) == (4, "epoch 4, the newest")
    assert found.metrics == Metrics(train_loss=1 / 5)  # and not that of epoch 5, whose row is not there


def test_what_is_not_known_to_the_epoch_is_not_told() -> None:
    going = record(None, ROWS[4])
    folded = replace(going, curves=Curves(going.curves.values.copy(), np.full(6, 2)))
    assert kept(folded).metrics == Metrics()
