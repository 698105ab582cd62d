"""Distributions of weights and activations against numpy's histograms; dead and saturated neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.activations import ACTIVATIONS
from core.experiment.network import Dense, Dropout
from core.probes.distributions import distributions

if TYPE_CHECKING:
    from core.choices.losses import Task
    from core.probes.layer_pictures import Histogram
    from tests.core.probes.conftest import Bench, SceneStub

LAYERS = (
    Dense(units=6, id="tanh"),
    Dropout(id="drop", rate=0.5),
    Dense(units=7, id="relu", activation="relu"),
    Dense(units=5, id="sigmoid", activation="sigmoid"),
    Dense(units=4, id="gelu", activation="gelu"),
)


def outputs(bench: Bench, scene: SceneStub, row: Any) -> list[Any]:
    """Return the outputs (n, units) of each layer on the training part, by torch's modules."""
    x, found = torch.tensor(bench.inputs(scene, scene.dataset.train)), []
    with torch.no_grad():
        for linear, activation in bench.modules(scene, row):
            x = activation(linear(x))
            found.append(x.numpy())
    return found


def check(found: Histogram, place: int, values: Any) -> None:
    """Compare with numpy's histogram over the same edges."""
    np.testing.assert_array_equal(found.counts[place], np.histogram(values, found.edges)[0])
    beyond = (values < found.edges[0]) | (values > found.edges[-1])
    assert found.outside[place] == beyond.sum()
    assert found.not_a_number[place] == np.isnan(values).sum()
    assert found.counts[place].sum() + beyond.sum() + np.isnan(values).sum() == values.size


@pytest.mark.parametrize("shape", [(2,), (5, 4)], ids=["plane", "images"])
@pytest.mark.parametrize(
    ("task", "loss"),
    [("binary", "binary_cross_entropy"), ("classes", "cross_entropy"), ("regression", "mean_squared_error")],
)
def test_counts_are_numpys_of_every_row(bench: Bench, task: Task, loss: str, shape: tuple[int, ...]) -> None:
    scene = bench.scene(LAYERS, task=task, loss=loss, shape=shape, samples=300)
    rows = np.stack([bench.row(scene, seed) * scale for seed, scale in ((0, 1), (1, 0.2), (2, 3))])
    picture = bench.drive(distributions(bins=16)(scene, rows))
    assert [layer.layer for layer in picture.layers] == ["tanh", "relu", "sigmoid", "gelu", "output"]
    assert (picture.part, picture.samples) == ("train", 150)
    for place, row in enumerate(rows):
        split = scene.architecture.split(row)
        for layer, (_, weights, _), a in zip(picture.layers, split, outputs(bench, scene, row), strict=True):
            check(layer.weights, place, weights)
            check(layer.activations, place, a)
    np.testing.assert_allclose(picture.layers[0].weights.shares.sum(1), 1 - picture.layers[0].weights.outside / 6 / 2)


def test_bins_of_bounded_activations_reach_from_bound_to_bound(bench: Bench) -> None:
    scene = bench.scene(LAYERS, task="classes", loss="cross_entropy")
    picture = bench.drive(distributions()(scene, bench.row(scene)))
    ends = {layer.layer: (layer.activations.edges[0], layer.activations.edges[-1]) for layer in picture.layers}
    assert ends["tanh"] == (-1, 1)
    assert ends["sigmoid"] == (0, 1)
    assert ends["output"] == (0, 1)
    assert ends["relu"][0] == 0
    assert ends["gelu"][0] == -ends["gelu"][1]
    for layer in picture.layers:
        assert len(layer.weights.edges) == 65
        for reach in (layer.weights.edges[-1], layer.activations.edges[-1]):
            assert np.log2(reach) == round(np.log2(reach))


def test_bins_hold_nearly_all_of_the_widest_row(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    rows = np.stack([bench.row(scene, seed) * scale for seed, scale in ((0, 1), (1, 5))])
    for layer in bench.drive(distributions()(scene, rows)).layers:
        widest = rows[1]
        weights = next(w for dense, w, _ in scene.architecture.split(widest) if dense.id == layer.layer)
        spread = np.sqrt((weights**2).mean())
        assert 3 * spread <= layer.weights.edges[-1] < 6 * spread


def test_bins_rest_while_weights_move_and_follow_when_they_must(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    row = bench.row(scene)
    probe = distributions()

    def reach(scale: float) -> float:
        return float(bench.drive(probe(scene, row * scale)).layers[0].weights.edges[-1])

    first = reach(1)
    assert [reach(scale) for scale in (0.9, 0.7, 0.5, 1)] == [first] * 4
    wide = reach(4)
    assert wide > first
    assert [reach(scale) for scale in (3, 1, 0.9, 4)] == [wide] * 4
    assert reach(1e-3) < wide / 8


def test_diverged_row_is_counted_apart_and_leaves_the_bins_alone(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    good = bench.row(scene)
    bad = np.where(np.arange(len(good)) % 5 == 0, np.nan, good)
    both = bench.drive(distributions()(scene, np.stack([bad, good])))
    alone = bench.drive(distributions()(scene, good))
    for layer, single, (_, weights, _) in zip(both.layers, alone.layers, scene.architecture.split(bad), strict=True):
        np.testing.assert_array_equal(layer.weights.edges, single.weights.edges)
        np.testing.assert_array_equal(layer.weights.counts[1:], single.weights.counts)
        np.testing.assert_array_equal(layer.activations.counts[1:], single.activations.counts)
        check(layer.weights, 0, weights)
        if single.dead is not None:
            assert layer.dead is not None
            assert not layer.dead[0].any()
        if single.saturated is not None:
            assert layer.saturated is not None
            assert np.isnan(layer.saturated[0])
            assert layer.saturated[1] == pytest.approx(single.saturated[0])
    assert both.layers[0].activations.not_a_number[0] > 0


def test_infinite_weights_lie_outside(bench: Bench) -> None:
    scene = bench.scene((Dense(units=2, id="one"),))
    row = bench.row(scene)
    row[:4] = (np.inf, 0.5, -0.5, -np.inf)
    weights = bench.drive(distributions()(scene, row)).layers[0].weights
    check(weights, 0, row[:4])
    assert (weights.outside[0], weights.not_a_number[0]) == (2, 0)


def test_dead_neurons_are_those_that_are_0_on_all_samples(bench: Bench) -> None:
    """Closed form: with weights of 0 a ReLU neuron is its bias, 0 below 0."""
    scene = bench.scene((Dense(units=3, id="one", activation="relu"),))
    alive, dead = np.zeros(13), np.zeros(13)
    alive[6:9] = (0.5, -0.5, 0.5)
    dead[6:9] = (-1, -1, 1e-3)
    layer, output = bench.drive(distributions()(scene, np.stack([alive, dead]))).layers
    np.testing.assert_array_equal(layer.dead, [[False, True, False], [True, True, False]])
    assert layer.dead_share is not None
    np.testing.assert_allclose(layer.dead_share, [1 / 3, 2 / 3])
    assert layer.saturated is None
    assert output.dead is None
    assert output.dead_share is None


def test_dead_neurons_have_no_gradient(bench: Bench) -> None:
    scene = bench.scene((Dense(units=40, id="one", activation="relu"),), samples=14)
    row = bench.row(scene)
    row[80:120] -= 6
    dead = bench.drive(distributions()(scene, row)).layers[0].dead
    assert dead is not None
    np.testing.assert_array_equal(dead[0], (outputs(bench, scene, row)[0] == 0).all(0))
    assert 0 < dead.sum() < 40
    part = scene.dataset.train
    slope = bench.slope(scene, row, bench.inputs(scene, part), bench.targets(scene, part))
    np.testing.assert_array_equal(dead[0], (slope[:80].reshape(40, 2) == 0).all(1))


@pytest.mark.parametrize(("activation", "limit"), [("tanh", 0.1), ("sigmoid", 0.1)])
def test_saturated_is_where_the_slope_is_less_than_a_tenth_of_the_steepest(
    bench: Bench, activation: str, limit: float
) -> None:
    scene = bench.scene((Dense(units=20, id="one", activation=activation),), samples=400)
    row = bench.row(scene)
    layer, output = bench.drive(distributions()(scene, row)).layers
    a = outputs(bench, scene, row)[0]
    slope = 1 - a**2 if activation == "tanh" else 4 * a * (1 - a)
    share = (slope < limit).mean()
    assert 0.05 < share < 0.95
    assert layer.saturated is not None
    assert layer.saturated[0] == pytest.approx(share, abs=1e-12)
    assert layer.dead is None
    assert output.saturated is None  # its loss is taken from z, and does not suffer


def test_output_whose_loss_goes_through_its_activation_can_saturate(bench: Bench) -> None:
    scene = bench.scene((), loss="mean_squared_error")
    (output,) = bench.drive(distributions()(scene, np.array([50.0, 50.0, 0.0]))).layers
    assert output.saturated is not None
    assert output.saturated[0] > 0.9


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_only_relu_dies_and_only_sigmoid_and_tanh_saturate(bench: Bench, activation: str) -> None:
    scene = bench.scene((Dense(units=3, id="one", activation=activation),))
    layer, _ = bench.drive(distributions()(scene, bench.row(scene))).layers
    assert (layer.dead is not None) == (activation == "relu")
    assert (layer.saturated is not None) == (activation in ("sigmoid", "tanh"))
    assert layer.activations.outside[0] <= 0.1 * 3 * 20


@pytest.mark.parametrize("rows", [1, 5])
def test_slices_are_short(bench: Bench, rows: int) -> None:
    layers = (Dense(units=128, id="one", activation="relu"), Dense(units=64, id="two"))
    scene = bench.scene(layers, task="classes", loss="cross_entropy", shape=(28, 28), samples=1200)
    row = np.stack([bench.row(scene, seed) for seed in range(rows)]).astype(np.float32)
    assert bench.worst(distributions(), scene, row) < 0.008
