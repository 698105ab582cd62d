"""A run whose loss or weights turn infinite or NaN ends alone, keeps its last good row and says where it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.optimizers import OPTIMIZERS, SGD, Adam
from core.experiment.network import Dense, Dropout
from core.experiment.training import EarlyStopping, Penalty
from core.training.batches import CHUNK
from core.training.events import Ended, EpochDone, Order, Save, Stop

if TYPE_CHECKING:
    from core.datasets.samples import Dataset
    from core.experiment.variants import Run
    from tests.core.training.conftest import Lab, Oracle, Story

RELU = (Dense(id="a", units=4, activation="relu"),)
LOSS = "mean_squared_error"


def first_bad_step(run: Run, dataset: Dataset, start: Any, oracle: Oracle) -> int:
    """Return the step, counted from 1, whose batch has no finite loss in a plain float32 loop.

    Or the last step of an epoch, if the training part has none after it.
    """
    training = run.experiment.training
    assert isinstance(training.batch_size, int)
    network = oracle.network(run.experiment, *oracle.widths(run.experiment, dataset), torch.tensor(start))
    optimizer = oracle.optimizer(training.optimizer, network.parameters())
    x = torch.tensor(dataset.preparation.apply(dataset.train.raw))
    labels = torch.tensor(dataset.train.labels)
    order = torch.Generator().manual_seed(3 * training.seed + 1)
    step = 0
    for _ in range(training.epochs):
        for at in torch.split(torch.randperm(len(x), generator=order), training.batch_size):
            step += 1
            optimizer.zero_grad()
            loss = oracle.loss(training.loss, dataset.facts.task, network(x[at]), labels[at])
            if not loss.isfinite():
                return step
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        if not oracle.loss(training.loss, dataset.facts.task, network(x), labels).isfinite():
            return step
    raise AssertionError("it did not diverge")


def told(lab: Lab, runs: list[Run], dataset: Dataset, orders: dict[int, Order] | None = None) -> Story:
    return lab.drive(lab.job(runs, dataset, dtype=torch.float32), orders)


@pytest.mark.parametrize("rate", [4.0, 30.0, 1e4, 1e9])
@pytest.mark.parametrize("seed", [0, 1])
def test_it_says_the_step_and_the_learning_rate_and_keeps_the_last_good_row(
    rate: float, seed: int, lab: Lab, oracle: Oracle
) -> None:
    dataset = lab.dataset("regression")
    run = lab.run((), loss=LOSS, optimizer=SGD(learning_rate=rate), batch_size=5, epochs=60, seed=seed)
    story = told(lab, [run], dataset)
    ended = story.ended[0]
    step = first_bad_step(run, dataset, story.begun[0].row, oracle)
    assert ended.outcome == "diverged"
    assert ended.step == step
    assert f"at step {step}:" in ended.message
    assert f"learning rate {rate:g} is" in ended.message
    # Epochs of 5 steps: the one in which it diverged is not told, and the row of the one before is kept.
    done = (step - 1) // 5
    assert ended.epoch == done + 1
    assert [epoch.epoch for epoch in story.epochs()] == list(range(done + 1))
    np.testing.assert_array_equal(ended.row, story.epochs()[-1].row)
    np.testing.assert_array_equal(ended.last_row, ended.row)
    assert f"weights of epoch {done} are kept" in ended.message
    assert ended.state is None
    assert np.isfinite(ended.row).all()
    assert ended.metrics.validation_loss == story.epochs()[-1].metrics.validation_loss
    assert ended.last.train_loss == ended.metrics.train_loss
    assert isinstance(story.events[-1], Ended)


def test_nothing_of_it_is_told_after_its_end_and_the_others_go_on_unharmed(lab: Lab) -> None:
    dataset = lab.dataset("regression")
    calm = [
        lab.run(RELU, loss=LOSS, optimizer=row.settings(kind=row.tag), batch_size=5, epochs=12, seed=seed)
        for seed, row in enumerate(OPTIMIZERS.values())
    ]
    wild = [
        lab.run(RELU, loss=LOSS, optimizer=SGD(learning_rate=rate), batch_size=5, epochs=12, seed=9)
        for rate in (1e9, 1e4)
    ]
    story = told(lab, [wild[0], *calm, wild[1]], dataset)
    alone = told(lab, calm, dataset)
    outcomes = [story.ended[place].outcome for place in range(len(calm) + 2)]
    assert outcomes == ["diverged", *["epochs"] * len(calm), "diverged"]
    for place in (0, len(calm) + 1):
        mine = story.of(place)
        assert [type(event) for event in mine].count(Ended) == 1
        assert isinstance(mine[-1], Ended)
        assert len(story.epochs(place)) < 13
    for place in range(len(calm)):
        for row, expected in zip(story.rows(place + 1), alone.rows(place), strict=True):
            np.testing.assert_allclose(row, expected, rtol=2e-5, atol=2e-6)
        for found, wanted in zip(story.epochs(place + 1), alone.epochs(place), strict=True):
            assert found.metrics.train_loss == pytest.approx(wanted.metrics.train_loss, rel=1e-5)


def test_in_float64_the_others_are_what_they_would_be_without_it_to_twelve_digits(lab: Lab) -> None:
    dataset = lab.dataset("regression")
    calm = [lab.run(RELU, loss=LOSS, optimizer=Adam(), batch_size=5, epochs=20, seed=seed) for seed in range(3)]
    hot = lab.run(RELU, loss=LOSS, optimizer=SGD(learning_rate=1e9), batch_size=5, epochs=20)
    story = lab.drive(lab.job([hot, *calm], dataset))
    alone = lab.rows(lab.job(calm, dataset))
    assert story.ended[0].outcome == "diverged"
    for place, row in enumerate(alone):
        np.testing.assert_allclose(story.ended[place + 1].last_row, row, rtol=1e-12, atol=1e-14)


def test_where_all_diverge_the_training_ends_at_once(lab: Lab) -> None:
    dataset = lab.dataset("regression", sizes=(4000, 10, 0))
    runs = [lab.run(RELU, loss=LOSS, optimizer=SGD(learning_rate=1e8), batch_size=2, epochs=50) for _ in range(2)]
    story = told(lab, runs, dataset)
    assert {ended.outcome for ended in story.ended.values()} == {"diverged"}
    assert story.calls < 2000  # within the first epoch of 50


def test_infinite_weights_under_a_finite_loss_are_a_divergence_too(lab: Lab) -> None:
    # The penalty drives the weight to −∞ in four steps; the bias, and tanh(±∞) = ±1 under it, stay finite.
    dataset = lab.dataset("binary", inputs=1, sizes=(20, 5, 5))
    run = lab.run((), loss=LOSS, optimizer=SGD(learning_rate=1e9), penalty=Penalty(l2=100.0), batch_size=5, epochs=1)
    story = told(lab, [run], dataset)
    ended = story.ended[0]
    assert ended.outcome == "diverged"
    assert np.isfinite(ended.row).all()
    assert [epoch.epoch for epoch in story.epochs()] == [0]
    assert ended.last.train_loss == pytest.approx(story.epochs()[0].metrics.train_loss)


def test_with_restore_best_it_keeps_the_best_row_and_says_so(lab: Lab) -> None:
    dataset = lab.dataset("regression")
    run = lab.run(
        (),
        loss=LOSS,
        optimizer=SGD(learning_rate=4.0),
        batch_size=5,
        epochs=60,
        early_stopping=EarlyStopping(patience=50),
    )
    story = told(lab, [run], dataset)
    ended = story.ended[0]
    assert ended.outcome == "diverged"
    losses = [epoch.metrics.validation_loss or 0.0 for epoch in story.epochs()]
    best = 1 + int(np.argmin(losses[1:]))
    assert ended.best_epoch == best < len(losses) - 1
    np.testing.assert_array_equal(ended.row, story.epochs()[best].row)
    np.testing.assert_array_equal(ended.last_row, story.epochs()[-1].row)
    assert f"weights of epoch {best} are kept" in ended.message


@pytest.mark.parametrize("after", [20, 37, 60])
def test_stopped_before_anyone_has_noticed_it_is_still_told_as_diverged(after: int, lab: Lab) -> None:
    # Losses are looked at a block of steps at a time, and here an epoch is one block of 100.
    dataset = lab.dataset("regression", sizes=(100, 5, 5))
    hot = lab.run(RELU, loss=LOSS, optimizer=SGD(learning_rate=1e6), batch_size=1, epochs=5)
    calm = lab.run(RELU, loss=LOSS, optimizer=SGD(learning_rate=1e-4), batch_size=1, epochs=5)
    whole = told(lab, [hot, calm], dataset)
    story = told(lab, [hot, calm], dataset, {after: Stop()})
    assert whole.ended[0].step < 20
    assert story.ended[0].outcome == "diverged"
    assert story.ended[0].step == whole.ended[0].step
    assert story.ended[0].state is None
    np.testing.assert_array_equal(story.ended[0].row, whole.ended[0].row)
    assert story.ended[1].outcome == "interrupted"
    assert story.ended[1].state is not None


def test_stopped_right_after_the_step_that_spoilt_the_weights_it_is_told_as_diverged(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("regression", sizes=(100, 5, 5))
    hot = lab.run(RELU, loss=LOSS, optimizer=SGD(learning_rate=1e30 / 1e21), batch_size=1, epochs=5)
    start = told(lab, [hot], dataset).begun[0].row
    bad = first_bad_step(hot, dataset, start, oracle)
    story = told(lab, [hot], dataset, {2 + bad - 1: Stop()})  # bad − 1 steps are done
    ended = story.ended[0]
    assert np.isfinite(ended.row).all()
    assert np.isfinite([ended.metrics.train_loss or 0.0, ended.last.train_loss or 0.0]).all()


def test_what_has_diverged_is_not_saved(lab: Lab) -> None:
    dataset = lab.dataset("regression", sizes=(100, 5, 5))
    hot = lab.run(RELU, loss=LOSS, optimizer=SGD(learning_rate=1e6), batch_size=1, epochs=5)
    calm = lab.run(RELU, loss=LOSS, optimizer=SGD(learning_rate=1e-4), batch_size=1, epochs=5)
    story = told(lab, [hot, calm], dataset, {50: Save()})
    assert story.saved.keys() == {1}
    assert np.isfinite(story.saved[1].arrays["row"]).all()


def test_saved_in_mid_epoch_and_gone_on_it_falls_back_on_the_same_row(lab: Lab) -> None:
    dataset = lab.dataset("regression")
    run = lab.run((), loss=LOSS, optimizer=SGD(learning_rate=4.0), batch_size=5, epochs=60)
    whole = told(lab, [run], dataset)
    step = whole.ended[0].step
    assert step % 5 not in (0, 1), "the step before must lie in the same epoch"
    saved = told(lab, [run], dataset, {2 + step - 1: Save()}).saved
    story = lab.drive(lab.job([run], dataset, saved, torch.float32))
    assert story.ended[0].step == step
    assert story.ended[0].message == whole.ended[0].message
    np.testing.assert_array_equal(story.ended[0].row, whole.ended[0].row)


def test_it_is_found_within_a_batch_of_several_chunks(lab: Lab) -> None:
    dataset = lab.dataset("regression", sizes=(CHUNK + 50, 5, 0))
    layers = (*RELU, Dropout(rate=0.2))
    hot = lab.run(layers, loss=LOSS, optimizer=SGD(learning_rate=1e9), batch_size="all", epochs=40)
    calm = lab.run(layers, loss=LOSS, optimizer=SGD(learning_rate=1e-3), batch_size="all", epochs=9, seed=1)
    story = told(lab, [hot, calm], dataset)
    assert story.ended[0].outcome == "diverged"
    assert story.ended[0].epoch == story.ended[0].step == len(story.epochs(0))
    np.testing.assert_array_equal(story.ended[0].row, story.epochs(0)[-1].row)
    assert story.ended[1].outcome == "epochs"
    assert all(isinstance(event, EpochDone) for event in story.of(1)[1:-1])
