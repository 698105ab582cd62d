"""Weights set by hand that cannot be, and runs that diverge or have ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.choices.initializers import Given
from core.choices.optimizers import SGD
from core.experiment.network import Dense, Output
from core.training.batches import CHUNK
from core.training.events import (
    Change,
    EpochDone,
    Order,
    Refused,
    Save,
    SetWeight,
    State,
)
from core.training.loop import train
from core.training.rows import generator

if TYPE_CHECKING:
    from tests.core.training.conftest import Lab, Story

from tests.core.training.edited import LAYERS, SETTINGS, WEIGHTS


def ends_of(story: Story) -> dict[int, Any]:
    return {run: ended.last_row for run, ended in story.ended.items()}


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            SetWeight("gone", 0, 0, 1.0),
            r"weights\.gone\[0\]\[0\]: expected the id of one of the dense layers a, c, output",
        ),
        (SetWeight("b", 0, 0, 1.0), r"expected the id of one of the dense layers a, c, output, got b"),
        (SetWeight("c", 4, 0, 1.0), r"weights\.c\[4\]\[0\]: expected a unit from 0 to 3, got 4"),
        (SetWeight("c", -1, 0, 1.0), "expected a unit from 0 to 3, got -1"),
        (SetWeight("c", 0, 5, 1.0), "expected a source from 0 to 4, got 5"),
        (SetWeight("a", 0, -1, 1.0), "expected a source from 0 to 1, got -1"),
        (SetWeight("a", 5, None, 1.0), r"biases\.a\[5\]: expected a unit from 0 to 4, got 5"),
    ],
)
def test_a_weight_that_does_not_exist_is_refused_and_the_run_goes_on(lab: Lab, edit: SetWeight, sentence: str) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, **SETTINGS)
    with pytest.raises(Mistake, match=sentence):
        edit.place(lab.built(run, dataset))
    story = lab.drive(lab.job([run], dataset), {7: edit})
    (refused,) = [event for event in story.events if isinstance(event, Refused)]
    assert refused.run == 0
    with pytest.raises(Mistake, match=sentence):
        raise Mistake(refused.sentence)
    assert story.edited == []
    np.testing.assert_array_equal(story.ended[0].row, lab.rows(lab.job([run], dataset))[0])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1.1e6, -1e300])
def test_a_value_beyond_the_limits_of_a_weight_is_refused_where_the_order_is_made(value: float) -> None:
    with pytest.raises(Mistake, match=r"weights\.a\[0\]\[1\]: expected a number from -1e\+06 to 1e\+06, got"):
        SetWeight("a", 0, 1, value)


def test_a_run_that_has_ended_or_does_not_exist_is_not_edited(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, batch_size=5, epochs=epochs) for epochs in (1, 3)]
    orders: dict[int, Order] = {10: replace(WEIGHTS["bias"], run=7), 11: replace(WEIGHTS["bias"], run=0)}
    story = lab.drive(lab.job(runs, dataset), orders)
    assert story.edited == []
    plain = ends_of(lab.drive(lab.job(runs, dataset)))
    for run, row in ends_of(story).items():
        np.testing.assert_array_equal(row, plain[run])


def test_a_run_that_diverges_after_an_edit_says_so_and_keeps_its_last_good_row(lab: Lab) -> None:
    dataset = lab.dataset("regression")
    layers = (Dense(id="a", units=2, activation="linear"),)
    run = lab.run(layers, loss="mean_squared_error", optimizer=SGD(learning_rate=0.5), batch_size=5, epochs=30)
    calm = run.experiment.training.model_copy(update={"optimizer": SGD(learning_rate=0.001)})
    run = replace(run, experiment=run.experiment.model_copy(update={"training": calm}))
    plain = lab.drive(lab.job([run], dataset))
    assert plain.ended[0].outcome == "epochs"
    orders: dict[int, Order] = {1 + 12: SetWeight("a", 0, 0, 1e6), 1 + 13: SetWeight("output", 0, 0, 1e6)}
    story = lab.drive(lab.job([run], dataset), orders)
    ended = story.ended[0]
    assert ended.outcome == "diverged"
    assert "after weights were set by hand. The weights of epoch 2 are kept." in ended.message
    np.testing.assert_array_equal(ended.row, plain.rows()[2])


def test_a_run_that_diverges_epochs_after_an_edit_blames_the_learning_rate(lab: Lab) -> None:
    dataset = lab.dataset("regression")
    run = lab.run((), loss="mean_squared_error", optimizer=SGD(learning_rate=0.01), batch_size=5, epochs=30)
    orders: dict[int, Order] = {8: SetWeight("output", 0, 0, 2.0), 20: Change("training.optimizer.learning_rate", 1e9)}
    ended = lab.drive(lab.job([run], dataset), orders).ended[0]
    assert ended.outcome == "diverged"
    assert ": learning rate 1e+09 is too high. " in ended.message


def test_a_diverged_run_refuses_and_stays_at_its_good_row(lab: Lab) -> None:
    dataset = lab.dataset("regression", sizes=(30, 9, 7))
    wild = lab.run((), loss="mean_squared_error", optimizer=SGD(learning_rate=1e9), batch_size=1, epochs=2)
    calm = lab.run((), loss="mean_squared_error", optimizer=SGD(learning_rate=0.01), batch_size=1, epochs=2)
    runs = [wild, calm]
    plain = lab.drive(lab.job(runs, dataset))
    story = lab.drive(lab.job(runs, dataset), {29: SetWeight("output", 0, 0, 5.0)})
    (refused,) = [event for event in story.events if isinstance(event, Refused)]
    assert (refused.run, refused.sentence) == (
        0,
        "weights.output[0][0]: the run has diverged, and its weights stay as they are",
    )
    assert [event.run for event in story.edited] == [1]
    assert story.ended[0].outcome == "diverged"
    np.testing.assert_array_equal(story.ended[0].row, plain.ended[0].row)


def test_an_edit_that_waits_while_its_run_diverges_is_forgotten(lab: Lab) -> None:
    dataset = lab.dataset("regression", sizes=(4 * CHUNK, 9, 7))
    settings: dict[str, Any] = {"loss": "mean_squared_error", "batch_size": 2 * CHUNK, "epochs": 2}
    zeros = Output(initializer=Given(weights=((0.0, 0.0),), biases=(0.0,)))
    wild = lab.run((), **settings)
    calm = lab.run((), output=zeros, optimizer=SGD(learning_rate=0), **settings)
    # One sample of the second chunk of the first step is beyond all bounds; zeros make nothing of it.
    order = torch.randperm(4 * CHUNK, generator=generator(0, "order"))
    raw = dataset.train.raw.copy()
    raw[order[CHUNK + 5]] = 1e30
    dataset = replace(dataset, train=replace(dataset.train, raw=raw))
    story = lab.drive(lab.job([wild, calm], dataset, dtype=torch.float32), {3: SetWeight("output", 0, 0, 5.0, run=0)})
    (told,) = story.edited
    assert told.step == 1  # it was sent between the two chunks
    assert story.ended[0].outcome == "diverged"
    assert story.ended[0].step == 1
    np.testing.assert_array_equal(story.ended[0].row, story.begun[0].row)


@pytest.mark.parametrize(
    "edits",
    [
        *([[edit]] for edit in ([0, 1.0], [-1, 1.0, 0], [44, 1.0, 0], [0, float("nan"), 0], [0, 1e7, 0])),
        *([[edit]] for edit in ([0, 1.0, -1], [True, 1.0, 0], ["0", 1.0, 0], [0, "1", 0], 3)),
        3,
        "abc",
    ],
)
def test_a_state_with_edits_that_fit_no_row_is_refused_in_a_sentence(lab: Lab, edits: object) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, **SETTINGS)  # 15 + 24 + 5 = 44 parameters
    story = lab.drive(lab.job([run], dataset), {5: Save()})
    state = State(story.saved[0].arrays, {**story.saved[0].values, "edits": edits})
    with pytest.raises(Mistake, match="expected a state of this network to go on from"):
        next(train(lab.job([run], dataset, {0: state})))


def test_nothing_is_told_of_edits_in_a_state_without_any(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, **SETTINGS)
    story = lab.drive(lab.job([run], dataset), {5: WEIGHTS["bias"], 9: Save()})
    assert "edits" not in story.saved[0].values
    assert isinstance(story.epochs()[-1], EpochDone)
