"""Runs that differ by the seed alone: their groups, their medians and their bands."""

from dataclasses import replace

import numpy as np

from core.experiment.experiment import read_experiment
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.runs.seeds import as_one, by_settings, shared_name
from core.training.events import Begun, EpochDone, Metrics


def record(seed: int, losses: list[float], rate: float = 0.01) -> Record:
    plain = {"training": {"seed": seed, "optimizer": {"kind": "adam", "learning_rate": rate}}}
    recorder = Recorder([Run(f"seed {seed}", read_experiment(plain))])
    row = np.zeros(3, np.float32)
    recorder.take((Begun(0, 0, 3, 10, 1, "cpu", "", row),))
    recorder.take(
        EpochDone(0, epoch, epoch, Metrics(2 * loss, loss), 0.0, rate, 0, 0, row) for epoch, loss in enumerate(losses)
    )
    return recorder.record(0)


def test_runs_that_differ_by_the_seed_are_one_group() -> None:
    runs = [record(seed, [0.5], rate) for rate in (0.1, 0.2) for seed in (1, 2, 3)]
    assert by_settings(runs) == [tuple(runs[:3]), tuple(runs[3:])]
    assert by_settings([runs[0], runs[0]]) == [(runs[0],)]
    assert by_settings([]) == []


def test_a_group_goes_by_the_name_that_its_runs_share() -> None:
    runs = [replace(record(seed, [0.5]), name=f"Adam, seed {seed}") for seed in (1, 12)]
    assert shared_name(runs) == "Adam"
    assert shared_name(runs[1:]) == "Adam, seed 12"
    assert shared_name([record(seed, [0.5]) for seed in (1, 2)]) == ""


def test_the_curves_of_a_group_are_numpys_quantiles() -> None:
    losses = np.random.default_rng(0).random((5, 8))
    curves, ends = as_one([record(seed, row.tolist()) for seed, row in enumerate(losses)])
    np.testing.assert_array_equal(curves["epoch"], np.arange(8))
    np.testing.assert_allclose(curves["validation_loss"], np.median(losses, axis=0))
    np.testing.assert_allclose(curves["train_loss"], 2 * np.median(losses, axis=0))
    low, high = ends["validation_loss"]
    np.testing.assert_allclose(low, np.quantile(losses, 0.1, axis=0))
    np.testing.assert_allclose(high, np.quantile(losses, 0.9, axis=0))


def test_long_runs_are_thinned_to_epochs_that_all_of_them_have() -> None:
    lengths = (4001, 4001, 3990)
    curves, _ends = as_one([record(seed, [float(epoch) for epoch in range(n)]) for seed, n in enumerate(lengths)])
    assert len(curves) <= 1003
    assert curves["epoch"][-1] == 4000
    inside = curves["epoch"] < 3989
    np.testing.assert_array_equal(curves["validation_loss"][inside], curves["epoch"][inside])
