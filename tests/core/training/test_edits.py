"""Weights that are set by hand while a run trains: as if the tensor had been set in a loop written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.optimizers import SGD, Adam, OptimizerSettings
from core.experiment.network import Dense, Dropout
from core.experiment.training import EarlyStopping
from core.training.batches import CHUNK
from core.training.events import (
    Begun,
    Edited,
    Ended,
    Event,
    Follow,
    Look,
    Looked,
    Refused,
    Save,
    Saved,
    SetWeight,
    State,
    Stepped,
    Stop,
)
from core.training.loop import Job, train

if TYPE_CHECKING:
    from core.datasets.samples import Dataset
    from core.experiment.variants import Run
    from tests.core.training.conftest import Lab, Oracle

from tests.core.training.edited import LAYERS, OPTIMIZERS, SETTINGS, WEIGHTS, place


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: f"{optimizer.kind}")
@pytest.mark.parametrize("done", [0, 1, 4, 5, 12])
def test_an_edit_acts_at_the_next_step_as_in_a_loop_written_by_hand(
    optimizer: OptimizerSettings, done: int, lab: Lab, oracle: Oracle
) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, optimizer=optimizer, penalty=lab.penalty(l2=0.01), **SETTINGS)
    plain = lab.drive(lab.job([run], dataset))
    for edit in WEIGHTS.values():
        story = lab.drive(lab.job([run], dataset), {2 + done: edit})
        wanted = oracle.train(run, dataset, story.begun[0].row, edits={done: [edit]})
        np.testing.assert_allclose(story.ended[0].last_row, wanted.numpy(), rtol=1e-10, atol=1e-12)
        assert not np.allclose(story.ended[0].last_row, plain.ended[0].last_row, rtol=1e-3)
        (told,) = story.edited
        assert (told.run, told.step, told.layer, told.unit, told.source) == (
            0,
            done,
            edit.layer,
            edit.unit,
            edit.source,
        )
        assert told.new == edit.value
        if done % 5 == 0:
            # At the end of an epoch its row tells the value that training had given.
            assert told.old == plain.rows()[done // 5][place(lab, run, dataset, edit)]


def test_edits_of_several_weights_wait_together_and_the_last_value_of_each_counts(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, optimizer=Adam(learning_rate=0.02), **SETTINGS)
    work = train(lab.job([run], dataset))
    events = [event for _ in range(2 + 7) for event in next(work)]
    told = [
        event
        for edit in (
            WEIGHTS["weight"],
            replace(WEIGHTS["weight"], value=9.0),
            WEIGHTS["bias"],
            WEIGHTS["output weight"],
        )
        for event in work.send(edit)
    ]
    assert [event.path for event in told if isinstance(event, Edited)] == [
        "weights.c[3][1]",
        "weights.c[3][1]",
        "biases.a[2]",
        "weights.output[0][2]",
    ]
    assert isinstance(told[1], Edited)
    assert (told[1].old, told[1].new) == (1.5, 9.0)
    events += [event for told in work for event in told]
    begun, ended = (next(event for event in events if isinstance(event, kind)) for kind in (Begun, Ended))
    assert isinstance(begun, Begun)
    assert isinstance(ended, Ended)
    edits = [replace(WEIGHTS["weight"], value=9.0), WEIGHTS["bias"], WEIGHTS["output weight"]]
    wanted = oracle.train(run, dataset, begun.row, edits={7: edits})
    np.testing.assert_allclose(ended.last_row, wanted.numpy(), rtol=1e-10, atol=1e-12)


def test_an_edit_is_for_one_run_or_for_all_that_have_the_weight_and_no_other_feels_it(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, optimizer=kind, seed=1, **SETTINGS) for kind in (Adam(), SGD(), Adam(), SGD())]
    runs.append(lab.run((Dense(id="z", units=2),), **SETTINGS))
    plain = lab.rows(lab.job(runs, dataset))
    edit = WEIGHTS["weight"]
    story = lab.drive(lab.job(runs, dataset), {9: replace(edit, run=2)})
    assert [event.run for event in story.edited] == [2]
    for at, row in enumerate(plain):
        assert np.allclose(story.ended[at].last_row, row, rtol=1e-12, atol=1e-13) == (at != 2)
    story = lab.drive(lab.job(runs, dataset), {9: edit})
    assert sorted(event.run for event in story.edited) == [0, 1, 2, 3]
    assert [event.run for event in story.events if isinstance(event, Refused)] == [4]
    for at, row in enumerate(plain):
        assert np.allclose(story.ended[at].last_row, row, rtol=1e-12, atol=1e-13) == (at == 4)


def test_an_edit_is_seen_at_once_and_no_step_is_done(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, **SETTINGS)
    work = train(lab.job([run], dataset))
    for _ in range(5):
        next(work)

    def look() -> Looked:
        (looked,) = work.send(Look())
        assert isinstance(looked, Looked)
        return looked

    before = look()
    edit = WEIGHTS["weight"]
    (told,) = work.send(edit)
    assert isinstance(told, Edited)
    wanted = before.row.copy()
    at = place(lab, run, dataset, edit)
    assert told.old == wanted[at]
    wanted[at] = edit.value
    after = look()
    assert after.step == before.step == told.step
    np.testing.assert_array_equal(after.row, wanted)
    assert not after.row.flags.writeable
    # Given back before any step, nothing has happened.
    work.send(replace(edit, value=told.old))
    np.testing.assert_array_equal(look().row, before.row)
    ended = next(event for events in work for event in events if isinstance(event, Ended))
    np.testing.assert_array_equal(ended.row, lab.rows(lab.job([run], dataset))[0])


def test_a_followed_step_starts_from_the_edited_row(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, **SETTINGS)
    work = train(lab.job([run], dataset))
    for _ in range(5):
        next(work)
    work.send(Follow(0))
    edit = WEIGHTS["bias"]
    work.send(edit)
    (stepped,) = next(work)
    assert isinstance(stepped, Stepped)
    assert stepped.before[place(lab, run, dataset, edit)] == edit.value


def test_values_are_told_as_the_row_holds_them(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, **SETTINGS)
    edit = replace(WEIGHTS["weight"], value=0.1)
    for dtype, wanted in ((torch.float32, float(np.float32(0.1))), (torch.float64, 0.1)):
        (told,) = lab.drive(lab.job([run], dataset, dtype=dtype), {7: edit}).edited
        assert told.new == wanted
        assert told.old == float(np.float32(told.old)) or dtype is torch.float64


def large(lab: Lab) -> tuple[Run, Dataset]:
    """Return a run of which steps and evaluations take several next() each."""
    layers = (Dense(id="a", units=3), Dropout(id="b", rate=0.5))
    dataset = lab.dataset("regression", sizes=(2 * CHUNK + 9, CHUNK + 9, 5))
    run = lab.run(layers, loss="huber", batch_size=2 * CHUNK, epochs=2, optimizer=Adam(learning_rate=0.05))
    return run, dataset


def measured(lab: Lab, oracle: Oracle, run: Run, dataset: Dataset, row: Any) -> float:
    """Return the validation loss of a row."""
    network = oracle.network(run.experiment, 2, 1, torch.tensor(row))
    z = network(torch.tensor(dataset.preparation.apply(dataset.validation.raw)).to(torch.float64))
    return float(oracle.loss("huber", "regression", z, torch.tensor(dataset.validation.labels)).detach())


def test_an_edit_within_a_step_or_an_evaluation_waits_until_it_is_done(lab: Lab, oracle: Oracle) -> None:
    run, dataset = large(lab)
    edit = SetWeight("a", 1, 0, 2.5)
    calls = lab.drive(lab.job([run], dataset)).calls
    steps = set()
    for after in range(1, calls):
        story = lab.drive(lab.job([run], dataset), {after: edit})
        (told,) = story.edited
        steps.add(told.step)
        wanted = oracle.train(run, dataset, story.begun[0].row, edits={told.step: [edit]})
        np.testing.assert_allclose(story.ended[0].last_row, wanted.numpy(), rtol=1e-9, atol=1e-11)
        for epoch in story.epochs():
            assert epoch.row is not None
            assert epoch.metrics.validation_loss == pytest.approx(
                measured(lab, oracle, run, dataset, epoch.row), rel=1e-10
            )
    assert steps == {0, 1, 2, 3, 4}


def continued(work_events: list[Event], job: Callable[[Mapping[int, State]], Job]) -> Ended:
    (saved,) = [event for event in work_events if isinstance(event, Saved)]
    return next(event for events in train(job({0: saved.state})) for event in events if isinstance(event, Ended))


def test_a_state_saved_after_an_edit_goes_on_exactly(lab: Lab) -> None:
    run, dataset = large(lab)
    edit = SetWeight("a", 1, 0, 2.5)
    calls = lab.drive(lab.job([run], dataset)).calls
    small, few = lab.run(LAYERS, optimizer=Adam(learning_rate=0.02), **SETTINGS), lab.dataset("binary")
    cases = [(run, dataset, edit, after) for after in range(1, calls)]
    cases += [(small, few, WEIGHTS["weight"], after) for after in range(1, 22)]
    for one, data, order, after in cases:
        for later in (0, 1, 3):  # the edit has acted when it is saved, or not yet
            work = train(lab.job([one], data))
            events: list[Event] = []
            for _ in range(after):
                events += next(work)
            events += work.send(order)
            for _ in range(later):
                events += next(work, ())
            try:
                events += work.send(Save())
            except StopIteration:
                continue
            if not any(isinstance(event, Saved) for event in events):
                continue
            whole = [*events, *(event for told in work for event in told)]
            ended = next(event for event in whole if isinstance(event, Ended))
            again = continued(events, lambda states, one=one, data=data: lab.job([one], data, states))  # type: ignore[misc]
            np.testing.assert_array_equal(again.last_row, ended.last_row)
            np.testing.assert_array_equal(again.best_row, ended.best_row)
            assert again.last == ended.last


def test_an_edited_row_is_judged_at_the_end_of_its_epoch(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, batch_size=5, epochs=8, early_stopping=EarlyStopping(patience=20), optimizer=Adam())
    plain = lab.drive(lab.job([run], dataset))
    # After the last step of epoch 3, whose row has been judged by then.
    story = lab.drive(lab.job([run], dataset), {2 + 3 * 5: SetWeight("output", 0, None, 40.0)})
    assert story.edited[0].step == 15
    for epoch in range(4):
        assert story.epochs()[epoch].metrics == plain.epochs()[epoch].metrics
        np.testing.assert_array_equal(story.rows()[epoch], plain.rows()[epoch])
    losses = [epoch.metrics.validation_loss or 0.0 for epoch in story.epochs()]
    assert losses[4] > 10 * losses[3]
    ended = story.ended[0]
    assert ended.best_epoch == 1 + int(np.argmin(losses[1:])) <= 3
    np.testing.assert_array_equal(ended.row, story.rows()[ended.best_epoch])
    np.testing.assert_array_equal(ended.best_row, ended.row)
    assert ended.metrics.validation_loss == pytest.approx(min(losses[1:]), rel=1e-12)


def test_an_edit_that_is_an_improvement_makes_the_next_epoch_the_best(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, batch_size=5, epochs=6, optimizer=SGD(learning_rate=1e-5))
    spoil, mend = SetWeight("output", 0, None, 30.0), SetWeight("output", 0, None, 0.0)
    story = lab.drive(lab.job([run], dataset), {2: spoil, 2 + 4 * 5: mend})
    losses = [epoch.metrics.validation_loss or 0.0 for epoch in story.epochs()]
    assert max(losses[5:]) < 1 < min(losses[1:5])
    assert story.ended[0].best_epoch >= 5
    np.testing.assert_array_equal(story.ended[0].best_row, story.rows()[story.ended[0].best_epoch])


def test_stop_ends_with_what_was_measured_and_the_state_still_holds_the_edit(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, **SETTINGS)
    work = train(lab.job([run], dataset))
    for _ in range(9):
        next(work)
    (looked,) = work.send(Look())
    assert isinstance(looked, Looked)
    work.send(WEIGHTS["weight"])
    events = list(work.send(Stop()))
    events += [event for told in work for event in told]
    ended = next(event for event in events if isinstance(event, Ended))
    np.testing.assert_array_equal(ended.last_row, looked.row)
    assert ended.state is not None
    again = train(lab.job([run], dataset, {0: ended.state}))
    next(again)
    (seen,) = again.send(Look())
    assert isinstance(seen, Looked)
    assert seen.row[place(lab, run, dataset, WEIGHTS["weight"])] == 1.5
