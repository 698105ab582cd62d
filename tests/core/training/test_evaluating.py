"""Loss and accuracy as told, against closed forms over the rows that the events hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor

import core.training.evaluate
from core.choices.initializers import Given
from core.choices.losses import LOSSES, Task
from core.choices.optimizers import SGD, Adam
from core.experiment.data import Data
from core.experiment.network import Dense, Dropout, Output
from core.experiment.training import EarlyStopping, Penalty
from core.training.batches import CHUNK
from core.training.events import Stop

if TYPE_CHECKING:
    from core.datasets.samples import Dataset, Part
    from core.experiment.variants import Run
    from tests.core.training.conftest import Lab, Oracle

TASKS: tuple[Task, ...] = ("binary", "classes", "regression")
HEADS: list[tuple[Task, str]] = [(task, tag) for tag, row in LOSSES.items() for task in TASKS if task in row.heads]
LAYERS = (Dense(id="a", units=5), Dropout(id="b", rate=0.6), Dense(id="c", units=4, activation="softplus"))


def measured(run: Run, dataset: Dataset, row: Any, part: Part, oracle: Oracle) -> tuple[float, float | None]:
    """Return loss and accuracy of a row on a part, by the oracle: dropout off, one pass over all samples."""
    network = oracle.network(run.experiment, *oracle.widths(run.experiment, dataset), torch.tensor(row))
    with torch.no_grad():
        z: Tensor = network(torch.tensor(dataset.preparation.apply(part.raw)).to(torch.float64))
    task, labels = dataset.facts.task, torch.tensor(part.labels)
    loss = oracle.loss(run.experiment.training.loss, task, z, labels).item()
    if task == "regression":
        return loss, None
    answers = z.argmax(1) if z.shape[1] > 1 else (z[:, 0] > 0).long()  # σ(z) > ½ and tanh z > 0 where z > 0
    return loss, (answers == labels).double().mean().item()


@pytest.mark.parametrize(("task", "loss"), HEADS)
def test_metrics_of_every_output_layer_equal_closed_forms(task: Task, loss: str, lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset(task, sizes=(60, 31, 17))
    runs = [
        lab.run(
            LAYERS,
            loss=loss,
            optimizer=Adam(learning_rate=0.02),
            penalty=Penalty(l2=0.01),
            epochs=3,
            seed=seed,
        )
        for seed in range(3)
    ]
    story = lab.drive(lab.job(runs, dataset))
    for place, run in enumerate(runs):
        for epoch in story.epochs(place):
            for part, found in (
                (dataset.train, (epoch.metrics.train_loss, epoch.metrics.train_accuracy)),
                (dataset.validation, (epoch.metrics.validation_loss, epoch.metrics.validation_accuracy)),
            ):
                wanted = measured(run, dataset, epoch.row, part, oracle)
                assert found[0] == pytest.approx(wanted[0], rel=1e-12)
                assert found[1] == pytest.approx(wanted[1], rel=1e-14) if wanted[1] is not None else found[1] is None
            assert epoch.metrics.test_loss is epoch.metrics.test_accuracy is None
        ended = story.ended[place].metrics
        wanted = measured(run, dataset, story.ended[place].row, dataset.test, oracle)
        assert ended.test_loss == pytest.approx(wanted[0], rel=1e-12)
        assert ended.test_accuracy == (None if wanted[1] is None else pytest.approx(wanted[1], rel=1e-14))


def test_the_penalty_is_told_apart_and_is_of_weights_alone(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, penalty=lab.penalty(l1, l2), epochs=2) for l1, l2 in ((0.3, 0.0), (0.0, 0.2), (0.1, 0.7))]
    runs.append(lab.run(LAYERS, epochs=2))
    story = lab.drive(lab.job(runs, dataset))
    built = lab.built(runs[0], dataset)
    for place, run in enumerate(runs):
        for epoch, row in zip(story.epochs(place), story.rows(place), strict=True):
            weights = np.concatenate([weight.ravel() for _, weight, _ in built.split(row)])
            penalty = run.experiment.training.penalty
            wanted = penalty.l1 * np.abs(weights).sum() + penalty.l2 * (weights**2).sum()
            assert epoch.penalty == pytest.approx(wanted, rel=1e-12)
    assert story.epochs(3)[0].penalty == 0


def test_large_parts_are_measured_in_chunks_and_each_epoch_on_a_fixed_sample(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("classes", sizes=(2 * CHUNK + 77, CHUNK + 3, 3 * CHUNK + 1))
    run = lab.run((Dense(id="a", units=3),), loss="cross_entropy", batch_size=CHUNK, epochs=2)
    story = lab.drive(lab.job([run], dataset))
    train = dataset.train
    index = np.arange(CHUNK) * len(train) // CHUNK
    sample = type(train)(train.raw[index], train.labels[index])
    for epoch in story.epochs():
        wanted = measured(run, dataset, epoch.row, sample, oracle)
        assert (epoch.metrics.train_loss, epoch.metrics.train_accuracy) == pytest.approx(wanted, rel=1e-12)
        wanted = measured(run, dataset, epoch.row, dataset.validation, oracle)
        assert (epoch.metrics.validation_loss, epoch.metrics.validation_accuracy) == pytest.approx(wanted, rel=1e-12)
    ended = story.ended[0]
    for part, found in (
        (train, (ended.metrics.train_loss, ended.metrics.train_accuracy)),
        (dataset.validation, (ended.metrics.validation_loss, ended.metrics.validation_accuracy)),
        (dataset.test, (ended.metrics.test_loss, ended.metrics.test_accuracy)),
    ):
        assert found == pytest.approx(measured(run, dataset, ended.row, part, oracle), rel=1e-12)


def test_many_wide_rows_are_measured_in_groups(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(LAYERS, epochs=2, seed=seed) for seed in range(5)]
    whole = lab.drive(lab.job(runs, dataset))
    for rows_at_once in (1, 2):
        monkeypatch.setattr(core.training.evaluate, "_ACTIVATION_BYTES", CHUNK * 5 * 8 * rows_at_once)
        story = lab.drive(lab.job(runs, dataset))
        for place in range(5):
            found, wanted = story.ended[place], whole.ended[place]
            np.testing.assert_array_equal(found.row, wanted.row)
            assert found.metrics.validation_loss == pytest.approx(wanted.metrics.validation_loss, rel=1e-14)


def test_the_best_row_is_that_of_the_best_epoch_bit_for_bit(lab: Lab) -> None:
    # A learning rate that shakes, so that the best epoch lies in the midst.
    dataset = lab.dataset("binary", seed=5)
    rates = (2.0, 0.5, 6.0)
    for stopping in (None, EarlyStopping(patience=30), EarlyStopping(patience=30, restore_best=False)):
        runs = [
            lab.run(LAYERS, optimizer=SGD(learning_rate=rate), batch_size=5, epochs=25, early_stopping=stopping)
            for rate in rates
        ]
        story = lab.drive(lab.job(runs, dataset, dtype=torch.float32))
        for place in range(3):
            ended, epochs = story.ended[place], story.epochs(place)
            losses = [epoch.metrics.validation_loss or 0.0 for epoch in epochs[1:]]
            best = 1 + int(np.argmin(losses))
            assert ended.best_epoch == best
            np.testing.assert_array_equal(ended.best_row, epochs[best].row)
            np.testing.assert_array_equal(ended.last_row, epochs[-1].row)
            kept = best if stopping is not None and stopping.restore_best else -1
            np.testing.assert_array_equal(ended.row, epochs[kept].row)
            assert ended.metrics.validation_loss == epochs[kept].metrics.validation_loss
            assert ended.last.validation_loss == epochs[-1].metrics.validation_loss
        assert any(story.ended[place].best_epoch < 25 for place in range(3))


def test_the_start_is_measured_but_is_never_the_best_epoch(lab: Lab) -> None:
    dataset = lab.dataset("regression")
    run = lab.run((), loss="mean_squared_error", optimizer=SGD(learning_rate=3.0), epochs=2, batch_size="all")
    story = lab.drive(lab.job([run], dataset))
    first = story.epochs()[0]
    assert (first.epoch, first.step, first.waited, first.cuts) == (0, 0, 0, 0)
    np.testing.assert_array_equal(first.row, story.begun[0].row)
    losses = [epoch.metrics.validation_loss or 0.0 for epoch in story.epochs()]
    assert losses[0] < min(losses[1:])
    assert story.ended[0].best_epoch > 0


def test_a_run_that_was_stopped_before_its_first_epoch_keeps_its_start(lab: Lab) -> None:
    run = lab.run(LAYERS, early_stopping=EarlyStopping())
    story = lab.drive(lab.job([run], lab.dataset("binary")), {1: Stop()})
    ended = story.ended[0]
    assert (ended.epoch, ended.step, ended.best_epoch) == (0, 0, 0)
    for row in (ended.row, ended.best_row, ended.last_row):
        np.testing.assert_array_equal(row, story.begun[0].row)


def test_without_a_validation_sample_the_training_loss_tells_the_best_epoch(lab: Lab) -> None:
    # A share of 20 % of very few samples can be none at all.
    dataset = lab.dataset("binary", sizes=(3, 0, 0))
    run = lab.run((), data=Data(validation=0.2), epochs=5)
    story = lab.drive(lab.job([run], dataset))
    losses = [epoch.metrics.train_loss or 0.0 for epoch in story.epochs()[1:]]
    assert story.ended[0].best_epoch == 1 + int(np.argmin(losses))


def test_accuracy_counts_a_score_of_zero_as_no(lab: Lab) -> None:
    dataset = lab.dataset("binary", sizes=(40, 40, 40))
    zero = Output(initializer=Given(weights=((0.0, 0.0),), biases=(0.0,)))
    for loss in ("binary_cross_entropy", "hinge", "huber"):
        epoch = lab.drive(lab.job([lab.run((), loss=loss, output=zero, epochs=1)], dataset)).epochs()[0]
        assert epoch.metrics.train_accuracy == pytest.approx((dataset.train.labels == 0).mean())
