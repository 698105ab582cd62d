"""Gradients of batches against the full gradient: by autograd, by training's own batches, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.datasets.samples import Part
from core.experiment.network import Dense, Dropout
from core.probes.batch_gradients import batch_gradients
from core.training.batches import Batches, Masks, Samples
from core.training.rows import generator

if TYPE_CHECKING:
    from typing import Any

    from core.choices.losses import Task
    from tests.core.probes.conftest import Bench, SceneStub

LAYERS = (Dense(units=4, id="one"), Dropout(id="drop", rate=0.5), Dense(units=3, id="two", activation="relu"))


def whole_gradient(bench: Bench, scene: SceneStub, row: Any, part: Part) -> Any:
    """Return autograd's gradient (P,) over a part, dropout off."""
    return bench.slope(scene, row, bench.inputs(scene, part), bench.targets(scene, part))


def drawn(scene: SceneStub, size: int, seed: int, epochs: int) -> list[tuple[Any, Any]]:
    """Return x and t of the batches of this size that training draws, without short ones."""
    samples = Samples(scene.dataset.train, scene.dataset.preparation, scene.architecture, "cpu", torch.float64)
    units = [layer.units for layer in scene.architecture.dropouts]
    masks = Masks(units, [[0.5] * len(units)], [generator(seed, "masks")])
    batches = Batches(samples, size, [generator(seed, "order")], masks)
    found = []
    for _ in range(epochs):
        for block in batches.epoch():
            found += [(x[0].numpy(), t[0].numpy()) for x, t in zip(block.x, block.t, strict=True)]
    return [(x, t) for x, t in found if len(x) == size]


@pytest.mark.parametrize("shape", [(2,), (5, 4)], ids=["plane", "images"])
@pytest.mark.parametrize(
    ("task", "loss"),
    [
        ("binary", "binary_cross_entropy"),
        ("binary", "hinge"),
        ("classes", "cross_entropy"),
        ("regression", "mean_squared_error"),
    ],
)
def test_batches_are_those_of_training_and_their_gradients_autograds(
    bench: Bench, task: Task, loss: str, shape: tuple[int, ...]
) -> None:
    scene = bench.scene(LAYERS, task=task, loss=loss, shape=shape, samples=50)
    row = bench.row(scene)
    picture = bench.drive(batch_gradients((1, 4, 10), batches=8, seed=3)(scene, row))
    assert picture.sizes == (1, 4, 10)
    assert (picture.samples, picture.available) == (25, 25)
    whole = whole_gradient(bench, scene, row, scene.dataset.train)
    assert picture.length[0] == pytest.approx(np.linalg.norm(whole), rel=1e-9)
    for column, size in enumerate(picture.sizes):
        for place, (x, t) in enumerate(drawn(scene, size, 3, epochs=4)[:8]):
            part = bench.slope(scene, row, x, t)
            lengths = np.linalg.norm(part), np.linalg.norm(whole)
            ratio = picture.ratio[0, column, place]
            assert ratio == pytest.approx(lengths[0] / lengths[1], rel=1e-8, abs=1e-12)
            if lengths[0] > 0:
                cosine = picture.cosine[0, column, place]
                assert cosine == pytest.approx(part @ whole / lengths[0] / lengths[1], rel=1e-7)
    assert not picture.cosine.flags.writeable


def test_batches_of_an_epoch_have_the_full_gradient_as_their_mean(bench: Bench) -> None:
    """Closed form: g·ḡ/|g|² is ratio × cosine, and its mean over batches that share out all samples is 1."""
    scene = bench.scene(LAYERS, samples=240)
    rows = np.stack([bench.row(scene, seed) for seed in range(2)])
    picture = bench.drive(batch_gradients((1,), batches=120)(scene, rows))
    np.testing.assert_allclose((picture.ratio * picture.cosine).mean(2), 1, rtol=1e-9)


def test_larger_batches_point_more_nearly_the_right_way(bench: Bench) -> None:
    scene = bench.scene(LAYERS, samples=1000)
    picture = bench.drive(batch_gradients((1, 10, 100, 500), batches=100)(scene, bench.row(scene)))
    middle, low, high = picture.angle_band
    assert (np.diff(middle[0]) < 0).all()
    assert (np.diff(picture.ratio_band.middle[0]) < 0).all()
    assert (low <= middle).all()
    assert (middle <= high).all()
    np.testing.assert_allclose(high, np.quantile(picture.angle, 0.9, axis=2))
    # Closed form, for batches drawn without replacement: E|ḡ|² = |g|² + (E|gᵢ|² − |g|²)/B · (n − B)/(n − 1).
    squares = (picture.ratio[0] ** 2).mean(1)
    single = bench.drive(batch_gradients((1,), batches=500)(scene, bench.row(scene)))
    alone = float((single.ratio**2).mean())
    for size, found in zip((10, 100), squares[1:3], strict=True):
        wanted = 1 + (alone - 1) / size * (500 - size) / 499
        assert found == pytest.approx(wanted, rel=0.2)


def test_batch_of_all_samples_is_the_full_gradient(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    picture = bench.drive(batch_gradients((20, 500), batches=3)(scene, bench.row(scene)))
    assert picture.sizes == (20, 20)
    np.testing.assert_allclose(picture.ratio, 1, rtol=1e-12)
    np.testing.assert_allclose(picture.cosine, 1, rtol=1e-12)
    np.testing.assert_allclose(picture.angle, 0, atol=1e-4)


def test_rows_are_as_one_by_one_and_the_seed_decides(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    rows = np.stack([bench.row(scene, seed) for seed in range(3)])
    together = bench.drive(batch_gradients((1, 5), 10, seed=2)(scene, rows))
    for place, row in enumerate(rows):
        alone = bench.drive(batch_gradients((1, 5), 10, seed=2)(scene, row))
        np.testing.assert_allclose(together.cosine[place], alone.cosine[0], rtol=1e-9)
        np.testing.assert_allclose(together.ratio[place], alone.ratio[0], rtol=1e-9)
    other = bench.drive(batch_gradients((1, 5), 10, seed=3)(scene, rows))
    assert (other.ratio != together.ratio).any()


def test_large_parts_are_looked_at_by_some_samples_spread_evenly(bench: Bench) -> None:
    scene = bench.scene(LAYERS, samples=400)
    row = bench.row(scene)
    picture = bench.drive(batch_gradients((7,), 5, most=50)(scene, row))
    assert (picture.samples, picture.available) == (50, 200)
    some = Part(scene.dataset.train.raw[::4], scene.dataset.train.labels[::4])
    whole = whole_gradient(bench, scene, row, some)
    assert picture.length[0] == pytest.approx(np.linalg.norm(whole), rel=1e-9)


def test_diverged_row_has_no_angles_and_leaves_the_others_alone(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    good = bench.row(scene)
    picture = bench.drive(batch_gradients((1, 5), 4)(scene, np.stack([np.full_like(good, np.nan), good])))
    assert np.isnan(picture.cosine[0]).all()
    assert np.isnan(picture.ratio_band.middle[0]).all()
    alone = bench.drive(batch_gradients((1, 5), 4)(scene, good))
    np.testing.assert_allclose(picture.cosine[1], alone.cosine[0], rtol=1e-9)


def test_gradient_of_0_has_no_angle(bench: Bench) -> None:
    """A hinge that is content on all samples: there is nothing to point at."""
    scene = bench.scene((Dense(units=1, id="one", activation="relu"),), loss="hinge")
    scene.dataset.train.labels[:] = 1
    picture = bench.drive(batch_gradients((1, 5), 4)(scene, np.array([0.0, 0.0, 1.0, 5.0, 0.0])))
    assert picture.length[0] == 0
    assert np.isnan(picture.cosine).all()
    assert np.isnan(picture.ratio).all()


def test_batch_of_no_samples_is_refused() -> None:
    with pytest.raises(Mistake, match="batch size: expected at least 1, got 0"):
        batch_gradients((1, 0))


@pytest.mark.parametrize("rows", [1, 5])
def test_slices_are_short(bench: Bench, rows: int) -> None:
    layers = (Dense(units=128, id="one", activation="relu"), Dense(units=64, id="two"))
    scene = bench.scene(layers, task="classes", loss="cross_entropy", shape=(28, 28), samples=1200)
    row = np.stack([bench.row(scene, seed) for seed in range(rows)]).astype(np.float32)
    assert bench.worst(batch_gradients(batches=10), scene, row) < 0.016
