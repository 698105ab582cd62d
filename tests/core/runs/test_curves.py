import csv
import math
from io import StringIO

import numpy as np
import pytest

from core.runs.curves import COLUMNS, FULL, CurveBuffer, Curves, to_csv
from core.training.events import EpochDone, Metrics


def done(epoch: int, loss: float, accuracy: float | None = None) -> EpochDone:
    metrics = Metrics(train_loss=loss + 1, validation_loss=loss, validation_accuracy=accuracy)
    return EpochDone(0, epoch, 10 * epoch, metrics, 0.5, 0.01, 0, epoch % 7, None)


def filled(losses: "np.ndarray[tuple[int], np.dtype[np.float64]]", first: int = 0) -> CurveBuffer:
    buffer = CurveBuffer("validation_loss")
    for epoch, loss in enumerate(losses.tolist(), first):
        buffer.append(done(epoch, loss))
    return buffer


def test_what_an_epoch_measured_is_kept_exactly_and_what_does_not_exist_is_nan() -> None:
    curves = filled(np.array([0.9, 0.1 + 0.2, math.inf])).curves()
    assert curves["epoch"].tolist() == [0, 1, 2]
    assert curves["step"].tolist() == [0, 10, 20]
    assert curves["validation_loss"].tolist() == [0.9, 0.1 + 0.2, math.inf]
    assert np.isnan(curves["validation_accuracy"]).all()
    assert curves.spans.tolist() == [1, 1, 1]


def test_curves_that_were_given_out_do_not_change_and_cannot_be_changed() -> None:
    buffer = filled(np.arange(70.0))
    curves = buffer.curves()
    before = curves.values.copy()
    for epoch in range(70, FULL + 6000):
        buffer.append(done(epoch, 1.0))
    np.testing.assert_array_equal(curves.values, before)
    with pytest.raises(ValueError, match="read-only"):
        curves.values[0] = 0


def test_the_best_epoch_is_the_first_of_the_best_and_never_the_start() -> None:
    assert filled(np.array([0.1, 3.0, math.nan, 2.0, 2.0])).best_epoch == 3
    buffer = CurveBuffer("validation_accuracy")
    for epoch, accuracy in enumerate([0.9, 0.5, 0.8, 0.7]):
        buffer.append(done(epoch, 1.0, accuracy))
    assert buffer.best_epoch == 2
    assert CurveBuffer("train_loss").best_epoch == 0


@pytest.fixture(scope="module")
def long() -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", CurveBuffer, Curves]:
    losses = np.random.default_rng(0).normal(5, 1, 150_000)
    losses[40_000] = -100.0
    losses[70_000] = 100.0
    losses[90_000] = math.nan
    buffer = filled(losses)
    return losses, buffer, buffer.curves()


def test_a_long_run_keeps_the_newest_epochs_and_the_first_and_the_best_exactly(
    long: tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", CurveBuffer, Curves],
) -> None:
    losses, buffer, curves = long
    exact = curves.spans == 1
    epochs = curves["epoch"][exact].astype(int)
    assert set(range(150_000 - FULL, 150_000)) <= set(epochs.tolist())
    assert {0, 40_000} <= set(epochs.tolist())
    assert buffer.best_epoch == 40_000
    np.testing.assert_array_equal(curves["validation_loss"][exact], losses[epochs])


def test_older_epochs_come_in_pairs_of_extremes(
    long: tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", CurveBuffer, Curves],
) -> None:
    losses, _, curves = long
    pairs = curves.values[curves.spans > 1].reshape(-1, 2, len(COLUMNS))
    epoch, loss = COLUMNS.index("epoch"), COLUMNS.index("validation_loss")
    spans = curves.spans[curves.spans > 1].reshape(-1, 2)
    following = 0
    for (low, high), (span, same) in zip(pairs, spans, strict=True):
        first, last = int(low[epoch]), int(high[epoch])
        assert (first, last - first + 1) == (following, span)
        assert span == same
        assert low[loss] == np.nanmin(losses[first : last + 1])
        assert high[loss] == np.nanmax(losses[first : last + 1])
        following = last + 1
    assert (np.diff(curves["epoch"]) >= 0).all()
    assert np.nanmax(curves["validation_loss"]) == 100


def test_a_million_epochs_take_bounded_memory() -> None:
    buffer = CurveBuffer("train_loss")
    row = np.zeros(len(COLUMNS))
    for epoch in range(1_000_000):
        row[0] = epoch
        buffer._add(row.copy())  # append, without a million events
    curves = buffer.curves()
    assert len(curves) < 45_000
    assert curves.spans.max() == 128
    assert curves["epoch"][[0, -1]].tolist() == [0, 999_999]


def test_a_buffer_that_goes_on_from_curves_ends_as_one_that_was_never_interrupted() -> None:
    losses = np.random.default_rng(1).normal(0, 1, 60_000)
    losses[2_000] = -50
    half = filled(losses[:45_000]).curves()
    resumed = CurveBuffer("validation_loss", half)
    assert resumed.best_epoch == 2_000
    for epoch in range(45_000, 60_000):
        resumed.append(done(epoch, float(losses[epoch])))
    whole = filled(losses).curves()
    np.testing.assert_array_equal(resumed.curves().values, whole.values)
    np.testing.assert_array_equal(resumed.curves().spans, whole.spans)


def test_until_cuts_off_what_came_later() -> None:
    curves = filled(np.arange(10.0)).curves().until(4)
    assert curves["epoch"].tolist() == [0, 1, 2, 3, 4]
    assert len(curves.spans) == 5


def test_csv_holds_every_digit_and_leaves_out_what_does_not_exist() -> None:
    text = to_csv([("a, b", filled(np.array([0.1 + 0.2])).curves()), ("c", filled(np.array([math.inf])).curves())])
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["run"] for row in rows] == ["a, b", "c"]
    assert float(rows[0]["validation_loss"]) == 0.1 + 0.2
    assert rows[0]["epoch"] == "0"
    assert rows[0]["validation_accuracy"] == ""
    assert rows[1]["validation_loss"] == "inf"
    assert list(rows[0]) == ["run", "span", *COLUMNS]
