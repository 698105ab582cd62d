"""A network as a row: to and from ``nn.Sequential``, start weights, and the lecture's perceptron."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from core.choices.activations import ACTIVATIONS
from core.choices.datasets import Facts
from core.choices.fields import Mistake
from core.choices.initializers import Given, He, Normal, Xavier, Zeros
from core.choices.losses import LOSSES, Task
from core.datasets.samples import Dataset, Part, Preparation
from core.experiment.network import Dense, Dropout, Output
from core.training.backpropagation import Backpropagation
from core.training.rows import from_sequential, start_row, to_sequential, views, weight_mask

if TYPE_CHECKING:
    from core.experiment.architecture import Architecture
    from tests.core.training.conftest import Lab, Oracle

TASKS: tuple[Task, ...] = ("binary", "classes", "regression")
HEADS: list[tuple[Task, str]] = [(task, tag) for tag, row in LOSSES.items() for task in TASKS if task in row.heads]

layer_stacks = st.lists(
    st.one_of(
        st.builds(
            lambda units, activation: Dense(units=units, activation=activation),
            st.integers(1, 6),
            st.sampled_from(sorted(ACTIVATIONS)),
        ),
        st.builds(lambda rate: Dropout(rate=rate), st.sampled_from([0.0, 0.5])),
    ),
    max_size=6,
)


def scores(built: Architecture, row: Tensor, x: Tensor) -> Tensor:
    """Return what the engine makes of samples x (m, inputs): what the loss is taken from, (m, outputs)."""
    passes = Backpropagation(built)
    return passes.scored(passes.logits(views(row.unsqueeze(0), built), x.unsqueeze(0)))[0]


@given(layers=layer_stacks, head=st.sampled_from(HEADS), inputs=st.integers(1, 5), seed=st.integers(0, 99))
def test_a_row_comes_back_from_a_sequential_bit_for_bit_and_both_say_the_same(
    layers: list[Dense | Dropout], head: tuple[Task, str], inputs: int, seed: int, lab: Lab
) -> None:
    task, loss = head
    dataset = lab.dataset(task, inputs=inputs)
    built = lab.built(lab.run(layers, loss=loss), dataset)
    row = start_row(built, seed, torch.float64)
    network = to_sequential(built, row).eval()
    assert from_sequential(network).equal(row)
    assert from_sequential(to_sequential(built, row.float())).equal(row.float())
    assert len(row) == built.parameters == sum(p.numel() for p in network.parameters())
    x = torch.tensor(dataset.train.raw)
    torch.testing.assert_close(network(x).detach(), scores(built, row, x), rtol=1e-12, atol=1e-14)


def test_a_sequential_is_a_copy_and_takes_no_global_random_number(lab: Lab) -> None:
    built = lab.built(lab.run((Dense(units=4),)), lab.dataset())
    row = start_row(built, 0)
    before, kept = torch.get_rng_state(), row.clone()
    network = to_sequential(built, row)
    assert torch.get_rng_state().equal(before)
    row.zero_()
    assert from_sequential(network).equal(kept)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    assert row.eq(0).all()
    taken = from_sequential(network)
    taken.zero_()
    assert from_sequential(network).equal(kept + 1)


def test_a_sequential_drops_out_while_it_trains(lab: Lab) -> None:
    built = lab.built(lab.run((Dropout(rate=0.25), Dense(units=3), Dropout(rate=0.5))), lab.dataset())
    rates = [module.p for module in to_sequential(built, start_row(built, 0)) if isinstance(module, nn.Dropout)]
    assert rates == [0.25, 0.5]


def test_a_row_lies_in_the_order_of_parameters_to_vector(lab: Lab) -> None:
    built = lab.built(lab.run((Dense(units=2), Dropout(), Dense(units=3)), loss="hinge"), lab.dataset("classes"))
    sizes = [(layer.start, layer.bias_start, layer.stop) for layer in built.dense]
    assert sizes == [(0, 4, 6), (6, 12, 15), (15, 24, 27)]
    matrix = torch.arange(54.0).view(2, 27)
    first, second, output = views(matrix, built)
    assert first.weight[1].tolist() == [[27, 28], [29, 30]]
    assert second.bias[1].tolist() == [[39, 40, 41]]
    assert output.transposed[0].equal(output.weight[0].T)
    second.weight[0, 2, 1] = -1
    assert matrix[0, 11] == -1
    mask = weight_mask(built).tolist()
    assert mask == [1] * 4 + [0] * 2 + [1] * 6 + [0] * 3 + [1] * 9 + [0] * 3


@pytest.mark.parametrize("initializer", [None, Xavier(), He(), Normal(std=0.3), Zeros()], ids=repr)
def test_start_weights_are_those_of_each_layers_initializer(initializer: object, lab: Lab) -> None:
    settings: dict[str, Any] = {} if initializer is None else {"initializer": initializer}
    layers = (Dense(units=300, **settings), Dense(units=200, **settings))
    built = lab.built(lab.run(layers, output=Output(**settings), loss="hinge"), lab.dataset("classes", inputs=50))
    row = start_row(built, 3, torch.float64)
    for layer, (weight, _, bias) in zip(built.dense, views(row.unsqueeze(0), built), strict=True):
        spread = {
            "None": 1 / math.sqrt(3 * layer.inputs),
            "Xavier": math.sqrt(2 / (layer.inputs + layer.units)),
            "He": math.sqrt(2 / layer.inputs),
            "Normal": 0.3,
            "Zeros": 0.0,
        }[type(initializer).__name__ if initializer else "None"]
        assert weight.std().item() == pytest.approx(spread, rel=0.1)
        assert bool(bias.any()) == (initializer is None)


def test_start_weights_of_a_seed_are_always_the_same_and_of_another_are_others(lab: Lab) -> None:
    built = lab.built(lab.run((Dense(units=30),)), lab.dataset())
    rows = [start_row(built, seed) for seed in (0, 1, 0, 999_999_999)]
    assert rows[0].equal(rows[2])
    for one, other in ((0, 1), (0, 3), (1, 3)):
        assert not (rows[one] == rows[other]).any()


def perceptron(lab: Lab) -> tuple[Architecture, Tensor]:
    """Return the lecture's perceptron: w₀ = 1, w = (3, −2), ŷ = σ(w₀ + w·x)."""
    output = Output(initializer=Given(weights=((3.0, -2.0),), biases=(1.0,)))
    built = lab.built(lab.run((), output=output), lab.dataset())
    return built, start_row(built, 0, torch.float64)


@pytest.mark.parametrize(
    ("x", "z", "answer"), [((-1.0, 2.0), -6.0, 0.0025), ((4.0, 2.0), 9.0, 0.9999), ((1.0, 2.0), 0.0, 0.5)]
)
def test_the_perceptron_of_the_lecture(x: tuple[float, float], z: float, answer: float, lab: Lab) -> None:
    built, row = perceptron(lab)
    assert row.tolist() == [3, -2, 1]
    found = scores(built, row, torch.tensor([x], dtype=torch.float64)).item()
    assert found == z
    assert round(1 / (1 + math.exp(-found)), 4) == answer


def test_one_step_of_the_perceptron_is_that_of_the_lecture(lab: Lab) -> None:
    # ∂J/∂w = (ŷ − y)·x and ∂J/∂w₀ = ŷ − y, for the sample (4, 2) of class 0 and a learning rate of 0.1.
    from core.choices.optimizers import SGD

    output = Output(initializer=Given(weights=((3.0, -2.0),), biases=(1.0,)))
    part = Part(np.array([[4.0, 2.0]]), np.array([0]))
    dataset = Dataset(Facts((2,), ("no", "yes"), 1), Preparation(), part, part, part)
    run = lab.run((), output=output, optimizer=SGD(learning_rate=0.1), epochs=1)
    (row,) = lab.rows(lab.job([run], dataset))
    wrong = 1 / (1 + math.exp(-9))
    np.testing.assert_allclose(row, [3 - 0.4 * wrong, -2 - 0.2 * wrong, 1 - 0.1 * wrong], rtol=1e-15)


@pytest.mark.parametrize("place", ["Dense 7", "Output"])
def test_given_weights_of_another_shape_are_refused_with_their_place(place: str, lab: Lab) -> None:
    wrong = Given(weights=((1.0, 2.0, 3.0), (1.0, 2.0, 3.0)), biases=(0.0, 0.0))
    layers = (Dense(name="Dense 7", units=2, initializer=wrong),) if place == "Dense 7" else ()
    output = Output(initializer=wrong) if place == "Output" else Output()
    built = lab.built(lab.run(layers, output=output), lab.dataset())
    rows = 2 if place == "Dense 7" else 1
    with pytest.raises(Mistake, match=f'"{place}": expected {rows} rows of 2 numbers, got 2 rows of 3'):
        start_row(built, 0)


@pytest.mark.parametrize(("task", "loss"), HEADS)
def test_a_sequential_gives_what_its_loss_in_torch_takes(task: Task, loss: str, lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset(task)
    run = lab.run((Dense(units=3),), loss=loss)
    built = lab.built(run, dataset)
    row = start_row(built, 0, torch.float64)
    x, name = torch.tensor(dataset.train.raw), LOSSES[loss].torch
    if name:
        labels = torch.tensor(dataset.train.labels)
        target = {"binary": labels.double(), "sign": 2.0 * labels - 1, "value": labels, "one-hot": labels}[
            built.head.target
        ]
        found = to_sequential(built, row)(x)
        if built.head.target == "one-hot":
            target = nn.functional.one_hot(labels, built.outputs).double()
        value = getattr(nn, name)()(found.squeeze(1), target)
        wanted = oracle.loss(loss, task, oracle.network(run.experiment, 2, built.outputs, row)(x), labels)
        assert value.item() == pytest.approx(wanted.item(), rel=1e-12)
