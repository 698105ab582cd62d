"""Thinned networks over the plane and of a sample, against torch's own modules with explicit masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.experiment.network import Dense, Dropout
from core.probes.look import Look, places
from core.probes.plane import plane
from core.probes.subnetworks import opinions, subnetworks
from core.probes.thinned import draw_masks, with_rate

if TYPE_CHECKING:
    from core.choices.losses import Task
    from tests.core.probes.conftest import Bench, SceneStub

HEADS: tuple[tuple[Task, str], ...] = (
    ("binary", "binary_cross_entropy"),
    ("binary", "cross_entropy"),
    ("binary", "hinge"),
    ("classes", "cross_entropy"),
    ("classes", "hinge"),
    ("regression", "mean_squared_error"),
)
LAYERS = (
    Dropout(id="drop 0", rate=0.2),
    Dense(units=6, id="one"),
    Dropout(id="drop 1", rate=0.5),
    Dropout(id="drop 2", rate=0.1),
    Dense(units=5, id="two", activation="relu"),
    Dropout(id="drop 3", rate=0.4),
)
BARE = (Dense(units=6, id="one"), Dense(units=5, id="two", activation="relu"))


def expected(bench: Bench, scene: SceneStub, row: Any, x: Any, rate: float | None, masks: int, seed: int) -> Any:
    """Return the outputs (masks, n, outputs) of torch's networks under the masks of a seed."""
    thinned = with_rate(scene.architecture, rate)
    drawn = draw_masks(thinned, [[layer.rate for layer in thinned.dropouts]], masks, seed, torch.float64)
    found = []
    for place in range(masks):
        named = {layer.id: mask[0, place] for layer, mask in zip(thinned.dropouts, drawn, strict=True)}
        with torch.no_grad():
            found.append(bench.sequential(scene, row, named)(torch.tensor(x).double()).numpy())
    return np.stack(found)


@pytest.mark.parametrize(("layers", "rate"), [(LAYERS, None), (LAYERS, 0.3), (BARE, 0.3)])
@pytest.mark.parametrize(("task", "loss"), HEADS)
def test_maps_are_those_of_the_networks_under_each_mask(
    bench: Bench, task: Task, loss: str, layers: Any, rate: float | None
) -> None:
    scene = bench.scene(layers, task=task, loss=loss)
    row = bench.row(scene)
    picture = bench.drive(subnetworks(rate, 7, masks=12, shown=4, seed=3)(scene, row))
    x = scene.dataset.preparation.apply(places(scene.dataset.facts.span, 7))
    y = expected(bench, scene, row, x, rate, 12, 3)
    mean, deviation = y.mean(0), y.std(0)
    np.testing.assert_allclose(picture.outputs.reshape(49, -1), mean, rtol=1e-9, atol=1e-12)
    answered = deviation[np.arange(49), mean.argmax(1)]
    np.testing.assert_allclose(picture.disagreement.ravel(), answered, rtol=1e-6, atol=1e-9)
    look = Look.of(scene.architecture, scene.dataset)
    for at in range(4):
        shade, winner = look.surface(y[at])
        np.testing.assert_allclose(picture.shades[at].ravel(), shade, rtol=1e-9, atol=1e-12)
        assert (picture.winners is None) == (winner is None)
        if picture.winners is not None and winner is not None:
            np.testing.assert_array_equal(picture.winners[at].ravel(), winner)
    shade, winner = look.surface(mean)
    np.testing.assert_allclose(picture.shade.ravel(), shade, rtol=1e-9, atol=1e-12)
    assert (picture.kind, picture.low, picture.high) == (look.kind, look.low, look.high)
    assert picture.masks == 12
    assert len(picture.shades) == 4
    assert picture.thins
    for array in (picture.shades, picture.outputs, picture.shade, picture.disagreement):
        assert not array.flags.writeable


def test_neurons_that_are_kept_are_told(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    picture = bench.drive(subnetworks(None, 4, masks=8, shown=3)(scene, bench.row(scene)))
    rates = [[layer.rate for layer in scene.architecture.dropouts]]
    drawn = draw_masks(scene.architecture, rates, 8, 0, torch.float64)
    assert picture.rates == {"drop 0": 0.2, "drop 1": 0.5, "drop 2": 0.1, "drop 3": 0.4}
    for layer, mask in zip(scene.architecture.dropouts, drawn, strict=True):
        np.testing.assert_array_equal(picture.kept[layer.id], mask[0, :3] > 0)


def test_probability_deviates_alike_for_one_output_and_for_two(bench: Bench) -> None:
    """Closed form: two outputs with the weighted sums −z/2 and z/2 are a sigmoid of z."""
    layers = (Dense(units=6, id="one"), Dropout(id="drop", rate=0.5))
    one, two = (bench.scene(layers, loss=loss) for loss in ("binary_cross_entropy", "cross_entropy"))
    row = bench.row(one)
    w, b = row[18:24], row[24:]
    twice = np.concatenate([row[:18], -w / 2, w / 2, -b / 2, b / 2])
    a, b2 = (bench.drive(subnetworks()(scene, theta)) for scene, theta in ((one, row), (two, twice)))
    np.testing.assert_allclose(a.disagreement, b2.disagreement, atol=1e-9)
    np.testing.assert_allclose(a.shade, b2.shade, atol=1e-9)
    assert a.disagreement.max() > 0.05
    assert a.disagreement.max() <= 0.5


def test_mean_of_a_linear_network_is_near_the_network_itself(bench: Bench) -> None:
    """Closed form: behind the last mask all is linear, so masks of mean 1 leave the mean of the answers as it was."""
    layers = (Dense(units=30, id="one"), Dropout(id="drop", rate=0.5))
    scene = bench.scene(layers, task="regression", loss="mean_squared_error")
    row = bench.row(scene)
    picture = bench.drive(subnetworks(None, 9, masks=2000)(scene, row))
    whole = bench.drive(plane(9, 4)(scene, row)).outputs
    # The variance of Σ wᵢ·aᵢ·mᵢ at rate ½ is Σ (wᵢ·aᵢ)².
    x = scene.dataset.preparation.apply(places((-6, 6), 9))
    linear, activation = bench.modules(scene, row)[0]
    a = activation(linear(torch.tensor(x).double())).detach().numpy()
    exact = np.sqrt(((a * row[90:120]) ** 2).sum(1)).reshape(9, 9)
    assert (abs(picture.outputs - whole)[..., 0] < 5 * exact / np.sqrt(2000)).all()
    np.testing.assert_allclose(picture.disagreement, exact, rtol=0.1)


def test_seed_decides(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    row = bench.row(scene)
    first, again, other = (bench.drive(subnetworks(seed=seed)(scene, row)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.disagreement, again.disagreement)
    assert (first.disagreement != other.disagreement).any()


@pytest.mark.parametrize("layers", [BARE, (Dense(units=6, id="one"), Dropout(id="drop", rate=0.0))])
def test_network_that_drops_nothing_says_so_and_its_sub_networks_are_itself(bench: Bench, layers: Any) -> None:
    scene = bench.scene(layers)
    row = bench.row(scene)
    picture = bench.drive(subnetworks(None, 10)(scene, row))
    assert not picture.thins
    whole = bench.drive(plane(10, 4)(scene, row))
    np.testing.assert_allclose(picture.outputs, whole.outputs, rtol=1e-12)
    np.testing.assert_allclose(picture.shades, np.stack([whole.shade] * 9), rtol=1e-12)
    assert picture.disagreement.max() < 1e-12
    single = bench.drive(opinions(np.array([1.0, 2.0], np.float32))(scene, row))
    assert not single.thins
    assert single.outputs.shape == (48, 1)
    assert single.deviation[0] < 1e-12


@pytest.mark.parametrize("shape", [(2,), (5, 4)], ids=["plane", "images"])
@pytest.mark.parametrize(("task", "loss"), HEADS)
def test_opinions_of_a_sample(bench: Bench, task: Task, loss: str, shape: tuple[int, ...]) -> None:
    scene = bench.scene(LAYERS, task=task, loss=loss, shape=shape)
    row = bench.row(scene)
    part = scene.dataset.test
    sample = (part.raw[3] * scene.dataset.preparation.scale).astype(np.float32).reshape(shape)
    picture = bench.drive(opinions(sample, masks=15, seed=6)(scene, row))
    x = scene.dataset.preparation.apply(sample.reshape(1, -1) / np.float32(scene.dataset.preparation.scale))
    y = expected(bench, scene, row, x, None, 15, 6)[:, 0]
    np.testing.assert_allclose(picture.outputs, y, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(picture.mean, y.mean(0), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(picture.deviation, y.std(0), rtol=1e-6, atol=1e-9)
    if task == "regression":
        assert picture.votes is None
        return
    border = 0.5 if scene.architecture.head.activation == "sigmoid" else 0
    answers = y.argmax(1) if y.shape[1] > 1 else y[:, 0] > border
    assert picture.votes is not None
    np.testing.assert_array_equal(picture.votes, [(answers == c).sum() for c in range(len(picture.votes))])
    assert picture.votes.sum() == 15
    assert picture.rates["drop 1"] == 0.5


def test_diverged_row_has_maps_without_numbers(bench: Bench) -> None:
    scene = bench.scene(LAYERS, task="classes", loss="cross_entropy")
    row = np.full_like(bench.row(scene), np.nan)
    picture = bench.drive(subnetworks(None, 6)(scene, row))
    assert np.isnan(picture.disagreement).all()
    assert np.isnan(picture.shade).all()
    single = bench.drive(opinions(np.zeros(2, np.float32))(scene, row))
    assert np.isnan(single.mean).all()
    np.testing.assert_array_equal(single.votes, [0, 0, 0])


def test_rate_of_all_neurons_is_refused() -> None:
    for make in (lambda: subnetworks(1.0), lambda: opinions(np.zeros(2, np.float32), 1.0)):
        with pytest.raises(Mistake, match="dropout rate"):
            make()


@pytest.mark.parametrize("units", [8, 128])
def test_slices_are_short(bench: Bench, units: int) -> None:
    scene = bench.scene((Dense(units=units, id="one"), Dense(units=units, id="two")))
    assert bench.worst(subnetworks(0.5), scene, bench.row(scene).astype(np.float32)) < 0.008
