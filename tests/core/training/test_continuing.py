"""Saved and gone on equals uninterrupted, bit for bit, wherever the training was saved or stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    NAdam,
    OptimizerSettings,
    RMSprop,
)
from core.choices.schedules import Cosine, Plateau, WarmUp
from core.experiment.network import Dense, Dropout
from core.experiment.training import EarlyStopping, Penalty
from core.training.batches import CHUNK
from core.training.events import Change, Ended, EpochDone, Event, Order, Save, State, Stop
from core.training.loop import train

if TYPE_CHECKING:
    from core.datasets.samples import Dataset
    from core.experiment.variants import Run
    from tests.core.training.conftest import Lab, Story

KINDS: tuple[OptimizerSettings, ...] = (
    SGD(),
    SGD(momentum=0.9),
    Adam(amsgrad=True, learning_rate=0.02),
    AdamW(weight_decay=0.3, learning_rate=0.02),
    NAdam(),
    Adadelta(),
    Adagrad(initial_accumulator_value=0.1),
    RMSprop(momentum=0.5, centered=True),
)
LAYERS = (
    Dense(id="a", units=6),
    Dropout(id="b", rate=0.3),
    Dense(id="c", units=5),
    Dropout(id="d", rate=0.1),
)
RICH: dict[str, Any] = {
    "batch_size": 6,  # 23 samples: three batches of 6 and one of 5
    "schedule": Plateau(patience=1, factor=0.7, min_delta=0.01),
    "early_stopping": EarlyStopping(patience=3),
    "penalty": Penalty(l1=0.001, l2=0.01),
    "clip": 1.0,
}


def round_trip(state: State) -> State:
    """Return the state after a way through bytes and JSON, as a file takes it."""
    arrays = {}
    for name, array in state.arrays.items():
        assert not array.flags.writeable
        kept = np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape)
        assert kept.dtype == array.dtype
        arrays[name] = kept
    return State(arrays, json.loads(json.dumps(dict(state.values), allow_nan=False)))


def equal(found: Ended, wanted: Ended) -> None:
    """Check that two ends are the same in all but time."""
    for name in ("row", "best_row", "last_row"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)
    for name in ("run", "outcome", "message", "epoch", "step", "best_epoch", "metrics", "last"):
        assert getattr(found, name) == getattr(wanted, name), name
    assert (found.state is None) == (wanted.state is None)
    if found.state is not None and wanted.state is not None:
        assert found.state.arrays.keys() == wanted.state.arrays.keys()
        for name, array in found.state.arrays.items():
            np.testing.assert_array_equal(array, wanted.state.arrays[name], err_msg=name)
        timeless = [{**state.values, "seconds": 0} for state in (found.state, wanted.state)]
        assert timeless[0] == timeless[1]


def told_epochs(events: list[Event], run: int) -> dict[int, EpochDone]:
    return {event.epoch: event for event in events if isinstance(event, EpochDone) and event.run == run}


class Trial:
    """A job that is trained once to its end, and again from wherever it is broken off."""

    def __init__(self, lab: Lab, runs: list[Run], dataset: Dataset) -> None:
        self.lab, self.runs, self.dataset = lab, runs, dataset
        self.whole = self.drive()

    def drive(self, states: dict[int, State] | None = None, orders: dict[int, Order] | None = None) -> Story:
        return self.lab.drive(self.lab.job(self.runs, self.dataset, states, torch.float32), orders)

    def go_on(self, states: dict[int, State]) -> None:
        """Train on from the states, each run that has one, and compare with the whole training."""
        places = sorted(states)
        job = self.lab.job(
            [self.runs[place] for place in places],
            self.dataset,
            {at: round_trip(states[place]) for at, place in enumerate(places)},
            torch.float32,
        )
        story = self.lab.drive(job)
        for at, place in enumerate(places):
            wanted = self.whole.ended[place]
            equal(Ended(**{**vars(story.ended[at]), "run": place}), wanted)
            before = told_epochs(self.whole.events, place)
            for number, epoch in told_epochs(story.events, at).items():
                np.testing.assert_array_equal(epoch.row, before[number].row)
                assert epoch.metrics == before[number].metrics
                assert (epoch.learning_rate, epoch.cuts, epoch.waited, epoch.step, epoch.penalty) == (
                    before[number].learning_rate,
                    before[number].cuts,
                    before[number].waited,
                    before[number].step,
                    before[number].penalty,
                )


@pytest.mark.parametrize("settings", KINDS, ids=lambda settings: repr(settings)[:40])
def test_saved_after_any_step_it_goes_on_as_if_never_stopped(settings: OptimizerSettings, lab: Lab) -> None:
    runs = [lab.run(LAYERS, optimizer=settings, epochs=6, seed=3, **RICH)]
    trial = Trial(lab, runs, lab.dataset("binary", seed=2))
    assert trial.whole.ended[0].step in (16, 20, 24)
    for after in range(1, trial.whole.calls):
        saved = trial.drive(orders={after: Save()}).saved
        trial.go_on(saved)


def test_saving_disturbs_nothing(lab: Lab) -> None:
    runs = [lab.run(LAYERS, optimizer=settings, epochs=3, seed=3, **RICH) for settings in KINDS]
    trial = Trial(lab, runs, lab.dataset("binary"))
    story = trial.drive(orders=dict.fromkeys(range(1, trial.whole.calls), Save()))
    assert story.calls == trial.whole.calls
    for place in range(len(runs)):
        equal(story.ended[place], trial.whole.ended[place])


def several(lab: Lab) -> tuple[list[Run], Dataset]:
    """Return runs of many kinds, in two matrices, that end at different times, and their data."""
    dataset = lab.dataset("classes", inputs=3)
    runs = [
        lab.run(LAYERS, loss="cross_entropy", optimizer=settings, epochs=3 + seed % 3, seed=seed, **RICH)
        for seed, settings in enumerate(KINDS)
    ]
    other: dict[str, Any] = {"loss": "cross_entropy", "optimizer": Adam(learning_rate=0.05), "batch_size": 10}
    runs.insert(2, lab.run((Dense(id="z", units=3),), epochs=7, schedule=Cosine(last=0.1), **other))
    runs.append(lab.run((Dense(id="z", units=3),), epochs=4, schedule=WarmUp(epochs=3), seed=8, **other))
    return runs, dataset


def same_in_float64(lab: Lab, runs: list[Run], dataset: Dataset, states: dict[int, State]) -> dict[int, Ended]:
    """Train on in float64 those runs that have a state; return their ends by the place that they had."""
    places = sorted(states)
    job = lab.job(
        [runs[place] for place in places],
        dataset,
        {at: round_trip(states[place]) for at, place in enumerate(places)},
    )
    return {places[at]: ended for at, ended in lab.drive(job).ended.items()}


def test_several_runs_go_on_from_any_point_and_those_that_had_ended_are_left_out(lab: Lab) -> None:
    runs, dataset = several(lab)
    whole = lab.drive(lab.job(runs, dataset))
    for after in range(1, whole.calls, 5):
        story = lab.drive(lab.job(runs, dataset), {after: Stop()})
        assert story.ended.keys() == whole.ended.keys()
        states = {
            place: ended.state
            for place, ended in story.ended.items()
            if ended.outcome == "interrupted" and ended.state is not None
        }
        ends = same_in_float64(lab, runs, dataset, states)
        for place, ended in story.ended.items():
            # Other runs beside it may round otherwise in the last digit: see test_stacking.py.
            found, wanted = ends.get(place, ended), whole.ended[place]
            np.testing.assert_allclose(found.last_row, wanted.last_row, rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(found.row, wanted.row, rtol=1e-11, atol=1e-13)
            assert (found.outcome, found.epoch, found.step, found.best_epoch) == (
                wanted.outcome,
                wanted.epoch,
                wanted.step,
                wanted.best_epoch,
            )


def test_stopped_at_any_point_with_batches_and_evaluations_in_chunks_it_goes_on_exactly(lab: Lab) -> None:
    layers = (Dense(id="a", units=2), Dropout(id="b", rate=0.5))
    dataset = lab.dataset("regression", sizes=(CHUNK + 700, CHUNK + 10, CHUNK + 1))
    runs = [
        lab.run(layers, loss="huber", batch_size=batch, epochs=2, seed=1, optimizer=Adam())
        for batch in ("all", CHUNK + 200)
    ]
    trial = Trial(lab, runs, dataset)
    for after in range(1, trial.whole.calls):
        story = trial.drive(orders={after: Stop()})
        assert story.ended.keys() == {0, 1}
        trial.go_on({place: end.state for place, end in story.ended.items() if end.state is not None})


def test_stopped_again_and_again_it_arrives_at_the_same_end(lab: Lab) -> None:
    runs = [lab.run(LAYERS, optimizer=Adam(learning_rate=0.02), epochs=4, seed=3, **RICH)]
    trial = Trial(lab, runs, lab.dataset("binary"))
    states: dict[int, State] = {}
    for _ in range(100):
        story = trial.drive(states, {4: Stop()})
        if story.ended[0].outcome != "interrupted":
            break
        assert story.ended[0].state is not None
        states = {0: round_trip(story.ended[0].state)}
    equal(story.ended[0], trial.whole.ended[0])


def test_settings_changed_while_it_trained_are_kept(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, optimizer=SGD(momentum=0.5), batch_size=6, epochs=4)]
    changes = {
        3: Change("training.optimizer.learning_rate", 0.2),
        4: Change("training.penalty.l2", 0.05),
        5: Change("network.dropout", 0.6),
        6: Change("training.penalty.l1", 0.01),
    }
    whole = lab.drive(lab.job(runs, dataset, dtype=torch.float32), changes)
    for after in (7, 8, 11):
        saved = lab.drive(lab.job(runs, dataset, dtype=torch.float32), {**changes, after: Save()}).saved
        again = lab.drive(lab.job(runs, dataset, {0: round_trip(saved[0])}, torch.float32))
        np.testing.assert_array_equal(again.ended[0].row, whole.ended[0].row)
        assert again.epochs()[-1].learning_rate == 0.2


def test_a_run_that_goes_on_takes_changes_as_any_other(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, optimizer=Adam(), batch_size=6, epochs=4)]
    change = Change("training.optimizer.learning_rate", 0.3)
    whole = lab.drive(lab.job(runs, dataset, dtype=torch.float32), {9: change})
    state = lab.drive(lab.job(runs, dataset, dtype=torch.float32), {6: Stop()}).ended[0].state
    assert state is not None
    assert state.values["step"] == 4  # one next() tells the beginning, one measures the start weights
    again = lab.drive(lab.job(runs, dataset, {0: state}, torch.float32), {5: change})
    assert [(event.step, event.old, event.new) for event in again.changed] == [(7, 0.001, 0.3)]
    assert again.changed == whole.changed
    np.testing.assert_array_equal(again.ended[0].row, whole.ended[0].row)


def test_a_run_that_is_done_goes_on_for_more_epochs(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    short, long = (lab.run(LAYERS, optimizer=Adam(), batch_size=6, epochs=epochs) for epochs in (2, 5))
    state = lab.drive(lab.job([short], dataset, dtype=torch.float32)).ended[0].state
    assert state is not None
    whole = lab.drive(lab.job([long], dataset, dtype=torch.float32)).ended[0]
    equal(lab.drive(lab.job([long], dataset, {0: round_trip(state)}, torch.float32)).ended[0], whole)


def test_a_run_that_is_done_ends_at_once_where_no_epoch_is_left(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, epochs=2, early_stopping=EarlyStopping(patience=5))
    first = lab.drive(lab.job([run], dataset, dtype=torch.float32)).ended[0]
    assert first.state is not None
    story = lab.drive(lab.job([run], dataset, {0: round_trip(first.state)}, torch.float32))
    equal(story.ended[0], first)
    assert story.epochs() == []
    assert story.begun[0].epoch == 2


def test_runs_at_different_positions_go_on_side_by_side(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, optimizer=Adam(), batch_size=6, epochs=4, seed=seed) for seed in range(4)]
    whole = [lab.drive(lab.job([run], dataset)).ended[0] for run in runs]
    states = {}
    for place, after in enumerate((4, 9, 10)):  # in the first, the second and the third epoch; the last run is new
        state = lab.drive(lab.job([runs[place]], dataset), {after: Stop()}).ended[0].state
        assert state is not None
        states[place] = state
    assert len({state.values["epoch"] for state in states.values()}) == 3
    story = lab.drive(lab.job(runs, dataset, states))
    for place, wanted in enumerate(whole):
        equal(Ended(**{**vars(story.ended[place]), "run": 0}), wanted)


def test_old_and_fresh_optimizers_at_one_position_keep_their_own_memory(lab: Lab) -> None:
    # One run goes on as it was; its like went on from the same row with a fresh optimizer, and the two meet.
    dataset = lab.dataset("binary")
    run = lab.run((Dense(id="a", units=3),), optimizer=Adam(learning_rate=0.05), batch_size=6, epochs=4)
    state = lab.drive(lab.job([run], dataset), {10: Stop()}).ended[0].state
    assert state is not None
    fresh = State({n: a for n, a in state.arrays.items() if not n.startswith("optimizer.")}, state.values)
    later = lab.drive(lab.job([run], dataset, {0: fresh}), {4: Stop()}).ended[0].state
    assert later is not None
    aged = lab.drive(lab.job([run], dataset), {10 + 2: Stop()}).ended[0].state
    assert aged is not None
    assert later.values["step"] == aged.values["step"]
    for pair in ((state, fresh), (fresh, state), (later, aged), (aged, later)):
        alone = [lab.drive(lab.job([run], dataset, {0: one})).ended[0].row for one in pair]
        together = lab.drive(lab.job([run, run], dataset, dict(enumerate(pair)))).ended
        assert np.abs(alone[0] - alone[1]).max() > 1e-3
        for place, row in enumerate(alone):
            np.testing.assert_allclose(together[place].row, row, rtol=1e-11, atol=1e-13)


def test_beginning_at_a_state_tells_its_row_and_position(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, batch_size=6, epochs=4)
    state = lab.drive(lab.job([run], dataset), {9: Stop()}).ended[0].state
    assert state is not None
    work = train(lab.job([run], dataset, {0: state}))
    (begun,) = next(work)
    work.close()
    assert begun.run == 0
    np.testing.assert_array_equal(getattr(begun, "row", None), state.arrays["row"])
    assert getattr(begun, "epoch", None) == state.values["epoch"] == 1
