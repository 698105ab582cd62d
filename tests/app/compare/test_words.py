"""What runs that are compared say together."""

from dataclasses import replace

import numpy as np
import pytest

from app.compare.words import best, last_loss, summary
from core.experiment.experiment import read_experiment
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Begun, EpochDone, Metrics


def record(loss: float | None, seed: int = 0, rate: float = 0.01) -> Record:
    plain = {"training": {"seed": seed, "optimizer": {"kind": "adam", "learning_rate": rate}}}
    run = Run(f"rate {rate:g}, seed {seed}", read_experiment(plain))
    recorder = Recorder([run])
    row = np.zeros(3, np.float32)
    recorder.take((Begun(0, 0, 3, 10, 1, "cpu", "", row),))
    recorder.take((EpochDone(0, 1, 1, Metrics(0.5, loss), 0.0, rate, 0, 0, row),))
    return recorder.record(0)


def test_the_best_has_the_lowest_finite_loss_and_no_other_has_it() -> None:
    assert best([record(0.3), record(0.1), record(float("nan"))]) == 1
    assert best([record(0.1), record(0.1)]) is None
    assert best([record(0.1)]) is None
    assert best([record(float("nan")), record(float("inf"))]) is None
    assert last_loss(record(None)) == 0.5


def test_seeds_alone_are_told_by_their_middle_and_spread() -> None:
    told = summary([record(loss, seed) for seed, loss in enumerate((0.1, 0.2, 0.3, 0.4, 0.5))])
    assert told.startswith("5 seeds")
    assert "0.3 in the middle" in told
    assert "0.14 to 0.46" in told  # numpy.quantile of these


@pytest.mark.parametrize(("shift", "verdict"), [(0.001, "lies within"), (10.0, "is more than")])
def test_two_settings_over_seeds_tell_whether_their_difference_is_luck(shift: float, verdict: str) -> None:
    losses = (0.1, 0.2, 0.3, 0.4, 0.5)
    runs = [record(loss, seed, 0.1) for seed, loss in enumerate(losses)]
    runs += [record(loss + shift, seed, 0.2) for seed, loss in enumerate(losses)]
    told = summary(runs)
    assert told.startswith(f"The difference {verdict}")  # first, for the line is cut where there is little room
    assert f"Medians: rate 0.2 {0.3 + shift:.4g}, rate 0.1 0.3." in told  # of settings, not of their first seeds


def test_before_training_seeds_say_what_is_held_equal() -> None:
    def fresh(rate: float) -> list[Record]:
        recorder = Recorder([Run("", record(None, seed, rate).experiment) for seed in range(4)])
        recorder.take(Begun(run, 0, 3, 10, 1, "cpu", "", np.zeros(3, np.float32)) for run in range(4))
        return [recorder.record(run) for run in range(4)]

    assert summary(fresh(0.1)).startswith("Differs: seed.")
    assert summary([*fresh(0.1), *fresh(0.2)]).startswith("Differs: seed, learning rate.")


def test_without_seeds_it_says_what_is_held_equal() -> None:
    told = summary([record(0.1), replace(record(0.2, rate=0.5))])
    assert "start weights" in told
    assert "learning rate" in told
    assert summary([record(0.1)]) == ""
