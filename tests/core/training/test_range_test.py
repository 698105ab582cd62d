"""The learning-rate range test: against torch, leaving all as it was, and what it suggests put to the test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.optimizers import SGD, Adam
from core.datasets.load import load
from core.experiment.architecture import architecture
from core.experiment.comparisons import comparison
from core.experiment.examples import read_example
from core.experiment.network import Dense, Dropout
from core.experiment.variants import expand, override
from core.training.batches import CHUNK
from core.training.events import Ended
from core.training.loop import prepare, train
from core.training.range_test import range_test
from core.training.rates import RangePicture, suggestion, three_rates
from core.training.rows import generator, start_row

if TYPE_CHECKING:
    from core.datasets.samples import Dataset
    from core.experiment.variants import Run
    from tests.core.training.conftest import Lab, Oracle

LAYERS = (Dense(id="a", units=8), Dropout(id="b", rate=0.3))


def picture_of(lab: Lab, run: Run, dataset: Dataset, row: Any = None) -> tuple[RangePicture, int]:
    """Return the picture and the number of yields."""
    built = lab.built(run, dataset)
    training = run.experiment.training
    if row is None:
        row = start_row(built, training.seed, torch.float64).numpy()
    work, calls = range_test(built, dataset, training, row), 0
    while True:
        try:
            next(work)
            calls += 1
        except StopIteration as done:
            return done.value, calls


@pytest.mark.parametrize("optimizer", [SGD(momentum=0.5), Adam()], ids=lambda one: one.kind)
def test_it_does_torchs_steps_at_growing_rates(optimizer: Any, lab: Lab, oracle: Oracle) -> None:
    run = lab.run(LAYERS, optimizer=optimizer, batch_size=5, seed=3, penalty=lab.penalty(l2=0.01))
    dataset = lab.dataset("binary")
    picture, _ = picture_of(lab, run, dataset)
    usual = type(optimizer)().learning_rate
    np.testing.assert_allclose(picture.rates, (usual * np.logspace(-3, 3, 100))[: len(picture.rates)], rtol=1e-12)
    row = start_row(lab.built(run, dataset), 3, torch.float64)
    network = oracle.network(run.experiment, 2, 1, row)
    steps = oracle.optimizer(optimizer, network.parameters())
    x = torch.tensor(dataset.preparation.apply(dataset.train.raw)).double()
    labels = torch.tensor(dataset.train.labels)
    order, draws = generator(3, "order"), generator(3, "masks")
    found: list[float] = []
    while len(found) < len(picture.losses):
        for at in torch.split(torch.randperm(len(x), generator=order), 5):
            steps.param_groups[0]["lr"] = float((usual * np.logspace(-3, 3, 100))[len(found)])
            masks = oracle.masks(run.experiment, 2, len(at), [0.3], draws)
            oracle.lay_masks(network, [mask.double() for mask in masks])
            steps.zero_grad()
            loss = oracle.loss("binary_cross_entropy", "binary", network(x[at]), labels[at])
            (loss + oracle.penalty(network, 0, 0.01)).backward()  # type: ignore[no-untyped-call]
            steps.step()
            oracle.lay_masks(network, [torch.ones(1, dtype=torch.float64)])
            with torch.no_grad():
                found.append(float(oracle.loss("binary_cross_entropy", "binary", network(x), labels)))
            if len(found) == len(picture.losses):
                break
    np.testing.assert_allclose(picture.losses, found, rtol=1e-9)


def test_it_leaves_a_training_that_goes_on_as_it_is(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    run = lab.run(LAYERS, optimizer=Adam(learning_rate=0.05), batch_size=5, epochs=6)
    alone = lab.drive(lab.job([run], dataset))
    built, row = lab.built(run, dataset), alone.begun[0].row.copy()
    before, state = row.copy(), torch.get_rng_state()
    test = range_test(built, dataset, run.experiment.training, row)
    rows: list[Any] = []
    told: list[Any] = []
    for events in train(lab.job([run], dataset)):
        next(test, None)
        told += events
        rows += [event.last_row for event in events if isinstance(event, Ended)]
    np.testing.assert_array_equal(rows[0], alone.ended[0].last_row)
    assert [type(event) for event in told] == [type(event) for event in alone.events]
    np.testing.assert_array_equal(row, before)
    assert torch.get_rng_state().equal(state)
    first, again = (picture_of(lab, run, dataset, before)[0] for _ in range(2))
    np.testing.assert_array_equal(first.losses, again.losses)
    np.testing.assert_array_equal(first.row, before)
    assert not first.losses.flags.writeable


@pytest.mark.parametrize(("batch", "steps"), [(5, 100), (23, 100), ("all", 100), (1, 300)])
def test_one_next_is_one_step_of_a_pass_that_is_long_enough(batch: Any, steps: int, lab: Lab) -> None:
    dataset = lab.dataset("binary", sizes=(300, 5, 5) if batch == 1 else (23, 9, 7))
    run = lab.run(batch_size=batch, optimizer=Adam(learning_rate=0.001))
    picture, calls = picture_of(lab, run, dataset)
    assert calls == len(picture.rates) - (picture.diverged is None)
    assert calls <= steps
    whole = np.log10(picture.rates[1] / picture.rates[0]) * (steps - 1)
    assert whole == pytest.approx(6)


def test_a_large_batch_takes_a_next_a_chunk(lab: Lab) -> None:
    run = lab.run((), loss="mean_squared_error", batch_size="all", optimizer=Adam())
    picture, calls = picture_of(lab, run, lab.dataset("regression", sizes=(2 * CHUNK + 5, 1, 1)))
    assert calls >= 3 * len(picture.rates) - 1


def test_it_ends_where_the_loss_breaks_out(lab: Lab) -> None:
    run = lab.run((), loss="mean_squared_error", optimizer=SGD())
    picture, _ = picture_of(lab, run, lab.dataset("regression"))
    assert picture.diverged is not None
    assert len(picture.rates) == len(picture.losses) == len(picture.smoothed) < 100
    assert picture.diverged > picture.rates[-1]
    assert (picture.losses <= 2 * picture.start).all()
    assert f"grew beyond all bounds at {picture.diverged:.2g}" in picture.reason


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_told(broken: float, lab: Lab) -> None:
    run, dataset = lab.run(), lab.dataset("binary")
    row = np.full(lab.built(run, dataset).parameters, broken)
    picture, _ = picture_of(lab, run, dataset, row)
    assert (len(picture.losses), picture.suggested, three_rates(picture)) == (0, None, None)
    assert picture.reason == "The loss is not finite from the first step on: begin with other weights."


def test_weights_that_learn_nothing_are_told(lab: Lab) -> None:
    # A dead network: no neuron of the ReLU layer ever fires, and the best output bias is found already.
    run, dataset = lab.run((Dense(id="a", units=2, activation="relu"),), batch_size="all"), lab.dataset("binary")
    share = dataset.train.labels.mean()
    row = np.array([0, 0, 0, 0, -1, -1, 0, 0, math.log(share / (1 - share))])
    picture, _ = picture_of(lab, run, dataset, row)
    assert picture.suggested is None
    assert picture.reason.startswith("The loss fell at no learning rate")


def test_the_smoothed_loss_is_the_mean_of_all_before_with_falling_weights(lab: Lab) -> None:
    picture, _ = picture_of(lab, lab.run(), lab.dataset("binary"))
    for place in (0, 1, 7, len(picture.losses) - 1):
        weights = 0.8 ** np.arange(place, -1, -1)
        wanted = (weights * picture.losses[: place + 1]).sum() / weights.sum()
        assert picture.smoothed[place] == pytest.approx(wanted, rel=1e-12)


def test_the_suggestion_is_a_tenth_of_the_rate_of_the_lowest_loss() -> None:
    rates, losses = np.logspace(-3, 0, 7), np.array([0.9, 0.8, 0.6, 0.3, 0.5, 0.8, 0.9])
    assert suggestion(rates, losses, 1.0, 3.0) == (
        0.003,
        "The loss was lowest at a learning rate of 0.032 and grew beyond all bounds at 3. "
        "A tenth of it, 0.003, leaves room for a whole training.",
    )
    assert suggestion(rates, losses, 0.2, None)[0] is None


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "nadam"])
@pytest.mark.parametrize("example", ["spiral", "circle", "xor", "gaussians", "plane", "digits"])
def test_of_the_three_rates_the_stable_one_ends_lowest(example: str, optimizer: str) -> None:
    experiment = override(
        read_example(example),
        {"training.optimizer": optimizer, "training.early_stopping": None, "training.epochs": 60},
    )
    dataset = load(experiment.data)
    built = architecture(experiment, dataset.facts)
    work = range_test(built, dataset, experiment.training, start_row(built, 0).numpy())
    while True:
        try:
            next(work)
        except StopIteration as done:
            rates = three_rates(done.value)
            break
    assert rates is not None
    assert [rate.name for rate in rates] == ["too small", "stable", "too large"]
    assert all(f"{rate.value:g}" in rate.sentence for rate in rates)
    runs = expand(comparison(experiment, {"training.optimizer.learning_rate": [rate.value for rate in rates]}))
    ends = [event for events in train(prepare(runs)) for event in events if isinstance(event, Ended)]
    small, stable, large = (
        math.inf if end.outcome == "diverged" else end.last.train_loss or 0.0
        for end in sorted(ends, key=lambda end: end.run)
    )
    assert stable < small
    assert stable < large
