"""What a training can be told while it runs: to change a setting, to save, to show its weights, to stop."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.choices.optimizers import SGD, Adam, AdamW
from core.choices.schedules import Exponential, Plateau, WarmUp
from core.experiment.network import Dense, Dropout
from core.experiment.training import EarlyStopping, Penalty
from core.training.batches import CHUNK
from core.training.events import (
    Begun,
    Change,
    Changed,
    Ended,
    Follow,
    Look,
    Looked,
    Order,
    Save,
    Saved,
    Stepped,
    Stop,
)
from core.training.loop import train

if TYPE_CHECKING:
    from tests.core.training.conftest import Lab, Oracle

RATE = "training.optimizer.learning_rate"
LAYERS = (
    Dense(id="a", units=5),
    Dropout(id="b", rate=0.3),
    Dense(id="c", units=4),
    Dropout(id="d", rate=0.3),
)
CHANGES = [
    Change(RATE, 0.3),
    Change(RATE, 0.0),
    Change("training.penalty.l1", 0.05),
    Change("training.penalty.l2", 0.2),
    Change("network.dropout", 0.7),
    Change("network.dropout", 0.0),
]
SETTINGS: dict[str, Any] = {"batch_size": 5, "epochs": 4}  # 23 samples: 5 steps an epoch


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.path}={change.value}")
@pytest.mark.parametrize("done", [0, 1, 4, 5, 12])
def test_a_change_acts_at_the_next_step_as_in_a_loop_written_by_hand(
    change: Change, done: int, lab: Lab, oracle: Oracle
) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, optimizer=AdamW(learning_rate=0.02), **SETTINGS)
    story = lab.drive(lab.job([run], dataset), {2 + done: change})
    wanted = oracle.train(run, dataset, story.begun[0].row, interventions={done: change})
    np.testing.assert_allclose(story.ended[0].last_row, wanted.numpy(), rtol=1e-10, atol=1e-12)
    old = {RATE: 0.02, "network.dropout": 0.3}.get(change.path, 0.0)
    assert story.changed == [Changed(0, done, change.path, old, change.value)]


def test_several_changes_in_a_row(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, optimizer=SGD(momentum=0.8), **SETTINGS)
    at = {1: CHANGES[0], 3: CHANGES[3], 6: CHANGES[4], 8: Change(RATE, 0.001), 11: CHANGES[5], 13: CHANGES[2]}
    story = lab.drive(lab.job([run], dataset), {2 + done: change for done, change in at.items()})
    wanted = oracle.train(run, dataset, story.begun[0].row, interventions=at)
    np.testing.assert_allclose(story.ended[0].last_row, wanted.numpy(), rtol=1e-10, atol=1e-12)
    assert [event.step for event in story.changed] == list(at)


def test_sending_does_no_step_and_returns_what_the_order_brought(lab: Lab) -> None:
    work = train(lab.job([lab.run(LAYERS, **SETTINGS)], lab.dataset("binary")))
    for _ in range(4):
        next(work)
    rows = []
    for _ in range(3):
        (looked,) = work.send(Look())
        assert isinstance(looked, Looked)
        assert (looked.run, looked.epoch, looked.step) == (0, 0, 2)
        rows.append(looked.row)
    np.testing.assert_array_equal(rows[0], rows[2])
    (changed,) = work.send(Change(RATE, 0.5))
    assert isinstance(changed, Changed)
    (saved,) = work.send(Save())
    assert isinstance(saved, Saved)
    assert saved.state.values["step"] == 2
    assert saved.state.values["learning_rate"] == 0.5
    assert work.send(Follow(None)) == ()
    next(work)
    (looked,) = work.send(Look())
    assert isinstance(looked, Looked)
    assert looked.step == 3
    assert not np.array_equal(looked.row, rows[0])
    work.close()


def test_a_change_that_changes_nothing_tells_nothing(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, optimizer=Adam(learning_rate=0.02), penalty=Penalty(l2=0.1), **SETTINGS)
    same = {5: Change(RATE, 0.02), 6: Change("training.penalty.l2", 0.1), 7: Change("network.dropout", 0.3)}
    story = lab.drive(lab.job([run], dataset), same)
    assert story.changed == []
    np.testing.assert_array_equal(story.ended[0].row, lab.rows(lab.job([run], dataset))[0])


def test_one_rate_for_layers_that_differ_is_a_change_although_the_first_has_it_already(
    lab: Lab, oracle: Oracle
) -> None:
    dataset = lab.dataset("binary")
    layers = (Dense(id="a", units=5), Dropout(id="b", rate=0.2), Dropout(id="d", rate=0.6))
    run = lab.run(layers, **SETTINGS)
    change = Change("network.dropout", 0.2)
    story = lab.drive(lab.job([run], dataset), {6: change})
    assert story.changed == [Changed(0, 4, "network.dropout", 0.6, 0.2)]
    wanted = oracle.train(run, dataset, story.begun[0].row, interventions={4: change})
    np.testing.assert_allclose(story.ended[0].last_row, wanted.numpy(), rtol=1e-10, atol=1e-12)


def test_dropout_of_a_network_that_has_none_changes_nothing(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(**SETTINGS)
    story = lab.drive(lab.job([run], dataset), {5: Change("network.dropout", 0.5)})
    assert story.changed == []
    np.testing.assert_array_equal(story.ended[0].row, lab.rows(lab.job([run], dataset))[0])


def test_a_change_is_for_one_run_or_for_all_and_no_other_feels_it(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, optimizer=kind, seed=1, **SETTINGS) for kind in (Adam(), SGD(), Adam(), SGD())]
    runs.append(lab.run((Dense(id="z", units=2),), **SETTINGS))
    plain = lab.rows(lab.job(runs, dataset))
    for change in CHANGES:
        one = Change(change.path, change.value, run=2)
        story = lab.drive(lab.job(runs, dataset), {9: one})
        assert [event.run for event in story.changed] == [2]
        for place, row in enumerate(plain):
            assert np.allclose(story.ended[place].last_row, row, rtol=1e-12, atol=1e-13) == (place != 2)
        everyone = lab.drive(lab.job(runs, dataset), {9: change}).changed
        touched = [0, 1, 2, 3] if change.path == "network.dropout" else [0, 1, 2, 3, 4]
        assert sorted(event.run for event in everyone) == touched


def test_a_run_that_does_not_exist_or_has_ended_is_not_changed(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, batch_size=5, epochs=epochs) for epochs in (1, 3)]
    orders: dict[int, Order] = {10: Change(RATE, 0.5, run=7), 11: Change(RATE, 0.5, run=0), 12: Look(0)}
    story = lab.drive(lab.job(runs, dataset), orders)
    assert story.changed == []
    assert not [event for event in story.events if isinstance(event, Looked)]
    np.testing.assert_array_equal(story.ended[1].row, lab.drive(lab.job(runs, dataset)).ended[1].row)


@pytest.mark.parametrize("path", ["", "training.batch_size", "training.optimizer", "training.penalty", "learning_rate"])
def test_a_setting_that_cannot_change_is_refused_where_the_order_is_made(path: str) -> None:
    with pytest.raises(Mistake, match=r"learning_rate, training\.penalty\.l1"):
        Change(path, 0.1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network.dropout", 1.0),
        ("network.dropout", 0.951),
        ("network.dropout", -0.1),
        ("network.dropout", float("nan")),
        (RATE, -1e-9),
        (RATE, float("inf")),
        (RATE, 1.1e9),
        ("training.penalty.l1", -0.1),
        ("training.penalty.l2", 101.0),
    ],
)
def test_a_value_beyond_the_limits_of_its_setting_is_refused(path: str, value: float) -> None:
    with pytest.raises(Mistake, match=f"{path}: expected a number from 0 to .*, got {value}"):
        Change(path, value)


def test_a_changed_learning_rate_keeps_the_factor_of_its_schedule(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("binary")
    run = lab.run((), optimizer=SGD(learning_rate=0.5), schedule=Exponential(factor=0.5), **SETTINGS)
    story = lab.drive(lab.job([run], dataset), {2 + 7: Change(RATE, 0.1)})  # in the second epoch
    assert [epoch.learning_rate for epoch in story.epochs()[1:]] == [0.5, 0.05, 0.025, 0.0125]
    interventions = {
        5: Change(RATE, 0.25),
        7: Change(RATE, 0.05),
        10: Change(RATE, 0.025),
        15: Change(RATE, 0.0125),
    }
    wanted = oracle.train(run, dataset, story.begun[0].row, interventions=interventions)
    np.testing.assert_allclose(story.ended[0].last_row, wanted.numpy(), rtol=1e-11)


def test_schedules_set_the_rate_of_every_step_of_their_epoch(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("binary")
    for schedule, rates in (
        (WarmUp(epochs=4), [0.1, 0.2, 0.3, 0.4, 0.4, 0.4]),
        (Exponential(factor=0.5), [0.4, 0.2, 0.1, 0.05, 0.025, 0.0125]),
    ):
        run = lab.run((), optimizer=SGD(learning_rate=0.4, momentum=0.5), schedule=schedule, batch_size=5, epochs=6)
        story = lab.drive(lab.job([run], dataset))
        assert [epoch.learning_rate for epoch in story.epochs()[1:]] == pytest.approx(rates, rel=1e-14)
        wanted = oracle.train(run, dataset, story.begun[0].row, rates=rates)
        np.testing.assert_allclose(story.ended[0].last_row, wanted.numpy(), rtol=1e-11)


def test_a_cut_on_a_plateau_acts_from_the_next_epoch_on(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(
        (),
        optimizer=Adam(learning_rate=0.4),
        schedule=Plateau(patience=1, factor=0.5, min_delta=1e6),
        **SETTINGS,
    )
    story = lab.drive(lab.job([run], dataset))  # the first loss is an improvement on none at all; no other is
    assert [epoch.cuts for epoch in story.epochs()] == [0, 0, 1, 2, 3]
    rates = [0.4, 0.4, 0.2, 0.1]
    assert [epoch.learning_rate for epoch in story.epochs()[1:]] == rates
    wanted = oracle.train(run, dataset, story.begun[0].row, rates=rates)
    np.testing.assert_allclose(story.ended[0].last_row, wanted.numpy(), rtol=1e-11)


def test_stop_ends_every_run_once_from_any_point(lab: Lab) -> None:
    layers = (Dense(id="a", units=2), Dropout(id="b", rate=0.5))
    dataset = lab.dataset("regression", sizes=(CHUNK + 9, 2 * CHUNK + 9, CHUNK + 9))
    runs = [
        lab.run(layers, loss="huber", batch_size="all", epochs=2, early_stopping=EarlyStopping(patience=5)),
        lab.run((), loss="huber", batch_size=CHUNK, epochs=1),
    ]
    whole = lab.drive(lab.job(runs, dataset, dtype=torch.float32))
    for after in range(1, whole.calls):
        for again in (None, after + 1, after + 2):
            orders = {after: Stop(), again or after: Stop()}
            story = lab.drive(lab.job(runs, dataset, dtype=torch.float32), orders)
            assert sorted(event.run for event in story.events if isinstance(event, Ended)) == [0, 1]
            assert sorted(event.run for event in story.events if isinstance(event, Begun)) == [0, 1]
            ends = story.ended.values()
            assert "interrupted" in {ended.outcome for ended in ends}
            for ended in ends:
                assert ended.state is not None
                assert ended.metrics.test_loss is not None
                assert ended.message.startswith("Interrupted" if ended.outcome == "interrupted" else "All")
            assert story.calls <= after + 30


def test_stop_with_early_stopping_restores_the_best_row(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(
        LAYERS,
        optimizer=SGD(learning_rate=3.0),
        batch_size=5,
        epochs=20,
        early_stopping=EarlyStopping(patience=15),
    )
    story = lab.drive(lab.job([run], dataset), {2 + 63: Stop()})
    ended = story.ended[0]
    assert (ended.outcome, ended.epoch, ended.step) == ("interrupted", 12, 63)
    assert ended.message == "Interrupted in epoch 13, after step 63."
    assert 0 < ended.best_epoch < 12
    np.testing.assert_array_equal(ended.row, story.rows()[ended.best_epoch])
    assert not np.array_equal(ended.last_row, story.rows()[-1])


def test_a_run_that_is_followed_tells_each_step_with_all_that_made_it(lab: Lab) -> None:
    dataset = lab.dataset("binary", inputs=2)
    layers = (Dense(id="a", units=3, activation="relu"), Dropout(id="b", rate=0.5))
    runs = [lab.run(layers, optimizer=SGD(learning_rate=0.2), seed=seed, **SETTINGS) for seed in (0, 1)]
    orders: dict[int, Order] = {4: Follow(1), 12: Follow(None)}
    story = lab.drive(lab.job(runs, dataset), orders)
    steps = [event for event in story.events if isinstance(event, Stepped)]
    assert [(event.run, event.epoch, event.step) for event in steps] == [(1, (n - 1) // 5, n) for n in range(3, 11)]
    np.testing.assert_array_equal(story.ended[1].row, lab.rows(lab.job(runs, dataset))[1])
    for one, two in pairwise(steps):
        np.testing.assert_array_equal(one.after, two.before)
    for event in steps:
        assert event.learning_rate == 0.2
        w1, b1, w2, b2 = (torch.tensor(part, requires_grad=True) for part in np.split(event.before, [6, 9, 12]))
        hidden = (torch.tensor(event.x) @ w1.view(3, 2).T + b1).relu() * torch.tensor(event.masks[0])
        z = hidden @ w2 + b2
        loss = torch.nn.BCEWithLogitsLoss()(z, torch.tensor(event.t)[:, 0])
        gradient = torch.cat(torch.autograd.grad(loss, (w1, b1, w2, b2))).numpy()
        np.testing.assert_allclose(event.after, event.before - 0.2 * gradient, rtol=1e-12, atol=1e-14)
        assert not event.after.flags.writeable
