"""Early stopping replayed on recorded curves against early stopping that really stopped; the regions; the ghost."""

import math
from itertools import product
from time import thread_time
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.choices.fields import Mistake
from core.experiment import comparisons
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.training import EarlyStopping
from core.experiment.variants import Run, expand, override
from core.runs.curves import COLUMNS, FULL, CurveBuffer, Curves
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.runs.replay import keep_going, regions, replay
from core.training.events import EpochDone, Metrics
from core.training.loop import prepare, train
from core.training.stopping import Patience, larger_is_better

NOISY = read_experiment(
    {
        "data": {"source": {"kind": "circle", "samples": 60, "noise": 0.5}, "validation": 0.5},
        "network": {"layers": [{"kind": "dense", "id": "a", "units": 16}, {"kind": "dropout", "id": "b"}]},
        "training": {"optimizer": {"kind": "adam", "learning_rate": 0.03}, "epochs": 80, "device": "cpu"},
    }
)
MONITORS = ("validation_loss", "validation_accuracy", "train_loss")


def trained(experiment: Experiment, **job: Any) -> Record:
    runs = [Run("run", experiment)]
    recorder = Recorder(runs)
    for events in train(prepare(runs, **job)):
        recorder.take(events)
    return recorder.record(0)


def curves(validation: list[float], train: list[float] | None = None, accuracy: list[float] | None = None) -> Curves:
    """Return curves of epochs 0, 1, … with these values."""
    values = np.full((len(validation), len(COLUMNS)), np.nan)
    values[:, COLUMNS.index("epoch")] = np.arange(len(validation))
    values[:, COLUMNS.index("validation_loss")] = validation
    values[:, COLUMNS.index("train_loss")] = np.linspace(1, 0, len(validation)) if train is None else train
    values[:, COLUMNS.index("validation_accuracy")] = math.nan if accuracy is None else accuracy
    return Curves(values, np.ones(len(values), np.int64))


@pytest.mark.parametrize("seed", range(3))
def test_replayed_is_as_live(seed: int) -> None:
    free = trained(override(NOISY, {"training.seed": seed}))
    outcomes = set()
    for monitor, patience, min_delta in product(MONITORS, (1, 3, 7, 40), (0.0, 0.02)):
        stopping = EarlyStopping(monitor=monitor, patience=patience, min_delta=min_delta)
        live = trained(override(free.experiment, {"training.early_stopping": stopping.model_dump()}))
        found = replay(free.curves, stopping, 80, free.outcome)
        assert found.outcome == live.outcome
        assert found.best_epoch == live.best_epoch
        assert found.epochs.tolist() == list(range(1, live.epochs + 1))
        np.testing.assert_array_equal(found.misses, live.curves["waited"][1:])
        assert found.stopped == (live.epochs if live.outcome == "early stopping" else None)
        # On the curves of the run that stopped it is known as well, and for a longer patience it is not.
        assert replay(live.curves, stopping, 80, live.outcome).sentence == found.sentence
        if found.stopped:
            longer = stopping.model_copy(update={"patience": patience + 1})
            assert replay(live.curves, longer, 80, live.outcome).outcome is None
        outcomes.add(found.outcome)
    assert outcomes == {"early stopping", "epochs"}


NUMBERS = st.lists(st.sampled_from([math.nan, math.inf, -math.inf, *np.linspace(0, 1, 11).tolist()]), max_size=40)


@given(NUMBERS, st.integers(1, 8), st.sampled_from([0.0, 0.1, 0.25]), st.sampled_from(MONITORS))
def test_replayed_is_what_patience_does(values: list[float], patience: int, min_delta: float, monitor: str) -> None:
    told = curves([0.5, *values], [0.5, *values], [0.5, *values])
    found = replay(told, EarlyStopping(monitor=monitor, patience=patience, min_delta=min_delta), 1000)
    live = Patience(min_delta, larger_is_better(monitor))
    misses = []
    for epoch, value in enumerate(values, start=1):
        live.look(value, epoch)
        misses.append(live.waited)
        if live.waited >= patience:
            break
    assert found.misses.tolist() == misses
    assert found.best_epoch == live.best_epoch
    assert found.stopped == (len(misses) if misses and misses[-1] >= patience else None)
    if live.best_epoch:
        assert found.best == live.best


@pytest.mark.parametrize(
    ("values", "patience", "outcome", "sentence"),
    [
        (
            [1, 0.5, 0.6, 0.7, 0.8],
            2,
            None,
            "Patience 2 stops after epoch 3 and goes back to the best, epoch 1 (validation loss 0.5).",
        ),
        (
            [1, 0.5, 0.6],
            3,
            None,
            "Patience 3 reaches beyond the 2 epochs trained, 1 of 3 missed: unknown, train on.",
        ),
        (
            [1, 0.5, 0.6, 0.7, 0.8],
            4,
            "epochs",
            "Patience 4 never runs out: all 4 epochs are trained; the best is epoch 1, validation loss 0.5.",
        ),
        (
            [1, 0.5, 0.6],
            4,
            "diverged",
            "Patience 4 does not run out before the loss becomes infinite after epoch 2; "
            "the best is epoch 1, validation loss 0.5.",
        ),
        (
            [1, math.nan],
            1,
            None,
            "Patience 1 stops after epoch 1; no validation loss was ever finite.",
        ),
    ],
)
def test_the_verdict(values: list[float], patience: int, outcome: Any, sentence: str) -> None:
    assert replay(curves(values), EarlyStopping(patience=patience), 4, outcome).sentence == sentence


def long_run(epochs: int) -> Curves:
    buffer = CurveBuffer("validation_loss")
    values = np.abs(np.random.default_rng(0).normal(size=epochs + 1)) + 1 / np.arange(1, epochs + 2)
    for epoch, value in enumerate(values.tolist()):
        buffer.append(EpochDone(0, epoch, epoch, Metrics(value, value), 0.0, 0.1, 0, 0, None))
    return buffer.curves()


def test_what_is_folded_is_unknown_and_what_is_not_is_quick() -> None:
    assert replay(long_run(30_000), EarlyStopping(patience=50), 30_000, "epochs").outcome is None
    exact = long_run(FULL)
    falling = curves(np.linspace(1, 0, FULL).tolist())  # each epoch is an improvement
    took = []
    for _ in range(5):
        start = thread_time()
        replay(exact, EarlyStopping(patience=FULL, min_delta=1e-6), FULL)
        replay(falling, EarlyStopping(patience=FULL), FULL)
        took.append(thread_time() - start)
    assert min(took) < 0.016


def test_nothing_trained_is_unknown() -> None:
    found = replay(curves([1.0]), EarlyStopping(), 10)
    assert (found.outcome, found.best_epoch, len(found.misses)) == (None, 0, 0)
    assert "0 epochs trained" in found.sentence


@pytest.mark.parametrize(
    ("validation", "train", "good", "best", "over_fits", "words"),
    [
        ([1.0, 0.5, 0.2, 0.21, 0.4, 0.6], None, (2, 3), 2, True, "Over-fitting from then on"),
        ([1.0, 0.8, 0.6, 0.4], None, (3, 3), 3, False, "it may fall further"),
        ([1.0, 0.5, 0.2, 0.2, 0.21, 0.2], None, (2, 5), 2, False, "stays near its lowest, at epoch 2"),
        ([1.0, 0.2, 0.9, 1.5], [1.0, 0.3, 0.8, 2.0], (1, 1), 1, False, "both losses are higher"),
        ([1.0, 0.2, 0.9, 0.19, 0.9, math.nan], None, (1, 3), 3, True, "Good to epoch 3"),
    ],
)
def test_regions(
    validation: list[float],
    train: list[float] | None,
    good: tuple[int, int],
    best: int,
    over_fits: bool,
    words: str,
) -> None:
    found = regions(curves(validation, train))
    assert found is not None
    assert (found.good, found.best_epoch, found.over_fits) == (good, best, over_fits)
    assert found.last == max(epoch for epoch, value in enumerate(validation) if not math.isnan(value))
    assert found.sentence.startswith(f"Under-fitting before epoch {good[0]}")
    assert words in found.sentence


@pytest.mark.parametrize("validation", [[], [1.0], [1.0, 1.0, 2.0], [math.nan] * 5])
def test_where_the_validation_loss_never_fell_there_are_no_regions(validation: list[float]) -> None:
    assert regions(curves(validation)) is None


def test_the_ghost_is_the_run_up_to_its_stop_and_then_the_run_that_never_stopped() -> None:
    stopping = override(NOISY, {"training.early_stopping": {"patience": 5}})
    record = trained(stopping)
    assert record.outcome == "early stopping"
    assert record.state is not None
    run = keep_going(record)
    recorder = Recorder([run], before={0: record})
    for events in train(prepare([run], states={0: record.state})):
        recorder.take(events)
    ghost, free = recorder.record(0), trained(NOISY)
    assert record.epochs < ghost.epochs == free.epochs == 80
    np.testing.assert_array_equal(ghost.curves.values[: record.epochs + 1], record.curves.values)
    columns = [COLUMNS.index(name) for name in MONITORS]
    np.testing.assert_array_equal(ghost.curves.values[:, columns], free.curves.values[:, columns])
    np.testing.assert_array_equal(ghost.last_row, free.last_row)
    np.testing.assert_array_equal(record.last_row, free.rows[record.epochs])


def test_a_ghost_in_the_same_matrix_is_the_run_up_to_its_stop() -> None:
    stopping = override(NOISY, {"training.early_stopping": {"patience": 5}})
    runs = expand(comparisons.keep_going(stopping))
    recorder = Recorder(runs)
    for events in train(prepare(runs, dtype=torch.float64)):
        recorder.take(events)
    run, ghost = recorder.records()
    assert run.outcome == "early stopping"
    assert (ghost.outcome, ghost.epochs) == ("epochs", 80)
    for epoch in range(run.epochs + 1):
        np.testing.assert_allclose(ghost.rows[epoch], run.rows[epoch], rtol=1e-12, atol=1e-13)
    columns = [COLUMNS.index(name) for name in (*MONITORS, "waited")]
    upto = slice(run.epochs + 1)
    np.testing.assert_allclose(
        ghost.curves.values[upto, columns], run.curves.values[:, columns], rtol=1e-12, atol=1e-13
    )


def test_a_run_that_did_not_stop_early_has_no_ghost() -> None:
    with pytest.raises(Mistake, match=r'run "run": expected one that early stopping has ended'):
        keep_going(trained(override(NOISY, {"training.epochs": 2})))
