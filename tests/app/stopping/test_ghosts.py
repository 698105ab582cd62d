"""Ghosts: what they are made of, how they are found and taken away; early stopping set for one run or for all."""

import numpy as np
import pytest

from app.stopping.ghosts import is_ghost, pair, with_ghosts, with_settings, with_stopping, without_ghosts
from core.choices.fields import Mistake
from core.experiment.comparisons import comparison, keep_going
from core.experiment.experiment import Experiment
from core.experiment.variants import expand, override
from core.runs.recorder import Recorder
from core.training.loop import prepare, train
from tests.app.stopping.stage import NOISY, Lab

PATIENCE = "training.early_stopping.patience"
OFF = override(NOISY, {"training.early_stopping": None})
PATIENCES = comparison(NOISY, {PATIENCE: [2, 6]})


def experiments(experiment: Experiment) -> list[Experiment]:
    return [run.experiment for run in expand(experiment)]


def test_a_ghost_is_the_same_run_without_early_stopping() -> None:
    assert is_ghost(OFF, NOISY)
    assert not is_ghost(NOISY, OFF)
    assert not is_ghost(NOISY, NOISY)
    assert not is_ghost(override(OFF, {"training.seed": 1}), NOISY)


def test_run_and_ghost_find_each_other() -> None:
    assert pair([NOISY], 0) == (0, None)
    assert pair([OFF], 0) == (0, None)
    both = experiments(keep_going(PATIENCES))  # each run stands before its ghost, and both ghosts are alike
    assert [pair(both, run) for run in range(4)] == [(0, 1), (0, 1), (2, 3), (0, 1)]
    assert pair([OFF, NOISY], 1) == (1, 0)
    assert pair([OFF, NOISY], 0) == (1, 0)


@pytest.mark.parametrize("experiment", [NOISY, OFF, PATIENCES, comparison(NOISY, {"training.seed": [1, 2]})])
def test_taking_ghosts_away_undoes_putting_them_there(experiment: Experiment) -> None:
    assert without_ghosts(experiment) == experiment
    if experiment is not OFF:
        assert without_ghosts(keep_going(experiment)) == experiment


def test_a_run_that_was_set_up_without_early_stopping_is_no_ghost_to_be_taken_away() -> None:
    chosen = comparison(NOISY, {"training.early_stopping": [None, {"patience": 3}]})
    assert without_ghosts(chosen) == chosen


def test_patience_is_set_for_all_runs_or_for_the_one_that_sets_its_own() -> None:
    assert with_stopping(NOISY, 0, {"patience": 9}) == override(NOISY, {PATIENCE: 9})
    changed = with_stopping(PATIENCES, 1, {"patience": 9, "min_delta": 0.5})
    found = [run.training.early_stopping for run in experiments(changed)]
    assert [(one.patience, one.min_delta) for one in found if one is not None] == [(2, 0.0), (9, 0.5)]
    assert changed.training == PATIENCES.training
    on = with_stopping(OFF, 0, {"patience": 4}).training.early_stopping
    assert on is not None
    assert (on.patience, on.monitor) == (4, "validation_loss")
    with pytest.raises(Mistake, match="patience"):
        with_stopping(NOISY, 0, {"patience": 0})


def test_runs_that_go_on_with_ghosts_have_the_names_of_the_variants(lab: Lab) -> None:
    records = lab.records(PATIENCES)
    going = with_ghosts(PATIENCES, records)
    assert going.experiment == keep_going(PATIENCES)
    assert [run.name for run in going.runs] == [variant.name for variant in going.experiment.variants]
    assert [run.experiment for run in going.runs] == experiments(going.experiment)
    assert [going.before[run] for run in range(4)] == [records[0], records[0], records[1], records[1]]
    with pytest.raises(Mistake, match="expected early stopping"):
        with_ghosts(OFF, lab.records(OFF))


def test_a_stopped_run_goes_on_with_another_patience_as_if_it_had_always_had_it(lab: Lab) -> None:
    short, long = lab.record(patience=6), lab.record(patience=30)
    going = with_settings(short.experiment, short, {"patience": 30})
    assert short.state is not None
    recorder = Recorder(going.runs, before=going.before)
    for events in train(prepare(going.runs, states={0: short.state})):
        recorder.take(events)
    found = recorder.record(0)
    assert (found.outcome, found.epochs, found.best_epoch) == (long.outcome, long.epochs, long.best_epoch)
    for column in ("epoch", "step", "train_loss", "validation_loss", "learning_rate", "waited"):
        np.testing.assert_array_equal(found.curves[column], long.curves[column])
    np.testing.assert_array_equal(found.row, long.row)
