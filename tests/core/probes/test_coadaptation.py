"""Hidden neurons switched off, against torch's own modules with explicit masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.experiment.network import Dense, Dropout
from core.probes.coadaptation import SHARES, co_adaptation
from core.probes.thinned import after_each_hidden, draw_masks

if TYPE_CHECKING:
    from core.choices.losses import Task
    from core.datasets.samples import Part
    from tests.core.probes.conftest import Bench, SceneStub

HEADS: tuple[tuple[Task, str], ...] = (
    ("binary", "binary_cross_entropy"),
    ("binary", "cross_entropy"),
    ("binary", "hinge"),
    ("binary", "mean_squared_error"),
    ("classes", "cross_entropy"),
    ("classes", "hinge"),
    ("regression", "mean_squared_error"),
    ("regression", "huber"),
)
LAYERS = (
    Dropout(id="drop 0", rate=0.4),
    Dense(units=6, id="one"),
    Dropout(id="drop 1", rate=0.4),
    Dense(units=5, id="two", activation="relu"),
)


def measured(bench: Bench, scene: SceneStub, row: Any, part: Part, masks: dict[str, Any]) -> float:
    """Return accuracy, or the loss of numbers, of torch's network under masks."""
    with torch.no_grad():
        y = bench.sequential(scene, row, masks)(torch.tensor(bench.inputs(scene, part))).numpy()
    if scene.architecture.head.target == "value":
        distance = y - bench.targets(scene, part)
        huber = np.where(abs(distance) <= 1, distance**2 / 2, abs(distance) - 0.5)
        return float((huber if scene.architecture.loss.tag == "huber" else distance**2).mean())
    if y.shape[1] > 1:
        return float((y.argmax(1) == part.labels).mean())
    border = 0.5 if scene.architecture.head.activation == "sigmoid" else 0
    return float(((y[:, 0] > border) == part.labels).mean())


@pytest.mark.parametrize("shape", [(2,), (5, 4)], ids=["plane", "images"])
@pytest.mark.parametrize(("task", "loss"), HEADS)
def test_values_are_those_of_the_network_under_each_mask(
    bench: Bench, task: Task, loss: str, shape: tuple[int, ...]
) -> None:
    scene = bench.scene(LAYERS, task=task, loss=loss, shape=shape, samples=90, validation=45)
    row = bench.row(scene)
    shares = (0.0, 0.3, 0.8)
    picture = bench.drive(co_adaptation(shares, masks=4, seed=2)(scene, row))
    one, two = draw_masks(after_each_hidden(scene.architecture), [[s, s] for s in shares], 4, 2, torch.float64)
    wanted = [
        [measured(bench, scene, row, scene.dataset.validation, {"one": one[s, m], "two": two[s, m]}) for m in range(4)]
        for s in range(3)
    ]
    np.testing.assert_allclose(picture.values, [wanted], rtol=1e-10)
    np.testing.assert_array_equal(picture.shares, shares)
    assert picture.measure == ("loss" if task == "regression" else "accuracy")
    assert (picture.part, picture.samples, picture.hidden) == ("validation", 45, 11)
    assert not picture.values.flags.writeable


def test_a_single_neuron_that_is_off_leaves_the_bias_to_answer(bench: Bench) -> None:
    """Closed form: with its only neuron off the network says class 0 of all, by its bias."""
    scene = bench.scene((Dense(units=1, id="one"),), samples=200)
    row = np.array([3.0, 0.0, 0.0, 5.0, -0.1])
    picture = bench.drive(co_adaptation((0.5,), masks=50)(scene, row))
    labels = scene.dataset.train.labels
    (masks,) = draw_masks(after_each_hidden(scene.architecture), [[0.5]], 50, 0, torch.float64)
    on = measured(bench, scene, row, scene.dataset.train, {})
    # Scaled by 2 the neuron answers the same, since its bias is small.
    wanted = np.where(masks[0, :, 0] == 0, (labels == 0).mean(), on)
    np.testing.assert_allclose(picture.values[0, 0], wanted, atol=0.02)
    assert set(np.unique(masks)) == {0, 2}
    assert abs(on - (labels == 0).mean()) > 0.03


def test_several_rows_are_as_one_by_one(bench: Bench) -> None:
    scene = bench.scene(LAYERS, samples=100)
    rows = np.stack([bench.row(scene, seed) for seed in range(3)])
    picture = bench.drive(co_adaptation()(scene, rows))
    assert picture.values.shape == (3, len(SHARES), 20)
    for row, values in zip(rows, picture.values, strict=True):
        np.testing.assert_allclose(bench.drive(co_adaptation()(scene, row)).values, [values], rtol=1e-12)


def test_seed_decides_and_twins_are_equal(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    row = bench.row(scene)
    first = bench.drive(co_adaptation(seed=4)(scene, np.stack([row, row]))).values
    np.testing.assert_allclose(first[0], first[1], rtol=1e-12)
    np.testing.assert_array_equal(bench.drive(co_adaptation(seed=4)(scene, np.stack([row, row]))).values, first)
    assert (bench.drive(co_adaptation(seed=5)(scene, row)).values[0] != first[0]).any()


def test_band_is_numpys(bench: Bench) -> None:
    scene = bench.scene(LAYERS, task="regression", loss="mean_squared_error")
    picture = bench.drive(co_adaptation()(scene, bench.row(scene)))
    mean, low, high = picture.band
    np.testing.assert_allclose(mean, np.mean(picture.values, 2))
    np.testing.assert_allclose(low, np.quantile(picture.values, 0.1, axis=2))
    np.testing.assert_allclose(high, np.quantile(picture.values, 0.9, axis=2))
    assert low[0, 0] == pytest.approx(high[0, 0])  # with nothing off there is nothing to spread
    assert low[0, 5] < mean[0, 5] < high[0, 5]


def test_sample_is_spread_evenly_over_validation_or_else_training(bench: Bench) -> None:
    scene = bench.scene(LAYERS, samples=100, validation=30)
    row = bench.row(scene)
    found = [
        bench.drive(probe(scene, row))
        for probe in (co_adaptation(), co_adaptation(most=10), co_adaptation(part="train"))
    ]
    assert [(one.part, one.samples) for one in found] == [("validation", 30), ("validation", 10), ("train", 50)]
    thirds = type(scene.dataset.validation)(scene.dataset.validation.raw[::3], scene.dataset.validation.labels[::3])
    assert found[1].values[0, 0, 0] == pytest.approx(measured(bench, scene, row, thirds, {}))
    without = bench.drive(co_adaptation()(bench.scene(LAYERS), row))
    assert without.part == "train"


def test_other_data_are_looked_at_anew(bench: Bench) -> None:
    probe = co_adaptation()
    small, large = bench.scene(LAYERS, samples=40), bench.scene(LAYERS, samples=80)
    row = bench.row(small)
    assert [bench.drive(probe(scene, row)).samples for scene in (small, large, small)] == [20, 40, 20]


def test_network_without_hidden_layer_has_nothing_to_switch_off(bench: Bench) -> None:
    scene = bench.scene((Dropout(id="drop", rate=0.5),))
    row = bench.row(scene)
    picture = bench.drive(co_adaptation()(scene, row))
    assert picture.hidden == 0
    assert picture.values.shape == (1, 10, 20)
    np.testing.assert_array_equal(picture.values, measured(bench, scene, row, scene.dataset.train, {}))


@pytest.mark.parametrize(("task", "loss"), [HEADS[0], HEADS[4], HEADS[6]])
def test_diverged_row_has_no_values_and_leaves_the_others_alone(bench: Bench, task: Task, loss: str) -> None:
    scene = bench.scene(LAYERS, task=task, loss=loss)
    good = bench.row(scene)
    bad = np.where(np.arange(len(good)) % 7 == 0, np.nan, good)
    picture = bench.drive(co_adaptation()(scene, np.stack([bad, good])))
    assert np.isnan(picture.values[0, :5]).all()
    np.testing.assert_allclose(picture.values[1:], bench.drive(co_adaptation()(scene, good)).values, rtol=1e-12)
    assert np.isnan(picture.band.low[0, :5]).all()
    assert np.isfinite(picture.band.low[1]).all()


def test_infinite_loss_has_no_band(bench: Bench) -> None:
    scene = bench.scene((Dense(units=3, id="one", activation="relu"),), task="regression", loss="mean_squared_error")
    picture = bench.drive(co_adaptation()(scene, np.full(13, 1e200)))
    assert np.isinf(picture.values).any()
    assert np.isnan(picture.band.middle[0, 0])


def test_share_of_all_neurons_is_refused() -> None:
    with pytest.raises(Mistake, match="share of neurons"):
        co_adaptation((0.5, 1.0))


@pytest.mark.parametrize("rows", [1, 5])
def test_slices_are_short(bench: Bench, rows: int) -> None:
    layers = (Dense(units=128, id="one", activation="relu"), Dense(units=64, id="two", activation="relu"))
    scene = bench.scene(layers, task="classes", loss="cross_entropy", shape=(28, 28), samples=1200)
    row = np.stack([bench.row(scene, seed) for seed in range(rows)]).astype(np.float32)
    assert bench.worst(co_adaptation(), scene, row) < 0.008
