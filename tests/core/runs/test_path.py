import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.experiment.experiment import Experiment, read_experiment
from core.runs.path import Path
from core.training.keeping import best_monitor, capacity, carries_row, stride


@given(st.integers(0, 2_000_000), st.integers(2, 5000))
def test_the_stride_is_the_smallest_power_of_two_that_fits(epochs: int, most: int) -> None:
    step = stride(epochs, most)
    assert step & (step - 1) == 0
    assert epochs // step + 1 <= most
    assert step == 1 or epochs // (step // 2) + 1 > most


@given(st.integers(0, 3000), st.integers(2, 100))
def test_a_path_holds_what_the_rule_keeps_and_no_more_than_fits(epochs: int, most: int) -> None:
    path = Path(most)
    for epoch in range(epochs + 1):
        if carries_row(epoch, most):
            path.add(epoch, np.array([epoch], np.float32))
        assert len(path.rows()) <= most
    last = max(path.rows())
    assert last > epochs - stride(epochs, most)
    assert list(path.rows()) == list(range(0, last + 1, stride(last, most)))
    assert all(row[0] == epoch for epoch, row in path.rows().items())


def test_rows_beyond_the_rule_are_dropped_and_the_first_stays() -> None:
    path = Path(4)
    for epoch in range(5, 50):
        path.add(epoch, np.zeros(1, np.float32))
    assert list(path.rows()) == [5, 16, 32, 48]


def test_the_capacity_shares_the_budget_over_the_runs() -> None:
    assert capacity(parameters=109_386, runs=1, budget_bytes=256 << 20) == 613
    assert capacity(parameters=109_386, runs=5, budget_bytes=256 << 20) == 122
    assert capacity(parameters=105, runs=1, budget_bytes=256 << 20) == 4096
    assert capacity(parameters=20_000_000, runs=64, budget_bytes=256 << 20) == 2


def test_the_best_epoch_is_told_by_early_stopping_else_by_validation_else_by_training() -> None:
    assert best_monitor(Experiment()) == "validation_loss"
    assert best_monitor(read_experiment({"data": {"validation": 0}})) == "train_loss"
    watched = {"early_stopping": {"monitor": "validation_accuracy"}}
    assert best_monitor(read_experiment({"training": watched})) == "validation_accuracy"
