"""The losses over the plane, point by point, against a loop through ``nn.Sequential``."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from core.choices.activations import ACTIVATIONS
from core.choices.fields import Mistake
from core.choices.losses import LOSSES, Task
from core.experiment.network import Dense, Dropout
from core.landscape import grid
from core.landscape.surface import landscape
from core.landscape.values import Ask, LandscapePicture, RandomDirections, Weight, WeightDirections

PAIRS: list[tuple[str, Task]] = [(tag, task) for tag, loss in LOSSES.items() for task in loss.heads]
DEPTHS: dict[str, tuple[Dense | Dropout, ...]] = {
    "none": (),
    "one": (Dense(units=5, id="one"),),
    "three": (
        Dropout(rate=0.3),
        Dense(units=5, id="one"),
        Dropout(rate=0.5),
        Dense(units=1, id="two", activation="relu"),
        Dense(units=3, id="three"),
    ),
}
SEVEN = Ask(resolution=7, levels=())


def picture(bench: Any, scene: Any, row: Any, ask: Ask = SEVEN) -> LandscapePicture:
    found: LandscapePicture = bench.drive(landscape(RandomDirections(3), ask)(scene, row))
    return found


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("loss", "task"), PAIRS)
def test_every_loss_equals_the_loop(bench: Any, loss: str, task: Task, depth: str) -> None:
    scene = bench.scene(DEPTHS[depth], task=task, loss=loss)
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
        found = picture(bench, scene, bench.row(scene, dtype=dtype))
        assert found.loss.dtype == np.float64
        np.testing.assert_allclose(found.loss, bench.grid(scene, found), rtol=tolerance)


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"sine"}))
def test_every_activation_equals_the_loop(bench: Any, activation: str) -> None:
    layers = [Dense(units=units, id=str(units), activation=activation) for units in (6, 4, 3)]
    scene = bench.scene(layers, task="classes", loss="cross_entropy")
    found = picture(bench, scene, bench.row(scene, dtype=torch.float32))
    np.testing.assert_allclose(found.loss, bench.grid(scene, found), rtol=1e-5)


def test_images_and_many_inputs(bench: Any) -> None:
    scene = bench.scene(task="classes", loss="cross_entropy", inputs=50, image=True)
    found = picture(bench, scene, bench.row(scene, dtype=torch.float32))
    np.testing.assert_allclose(found.loss, bench.grid(scene, found), rtol=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_small_pieces_and_several_threads_change_nothing(
    bench: Any, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    scene = bench.scene((Dense(units=4, id="one"), Dense(units=3, id="two")), samples=100)
    row = bench.row(scene)
    whole = picture(bench, scene, row)
    pieces = []
    inner = grid.Grid._piece

    def piece(self: Any, room: Any, block: Any, place: Any, points: Any) -> Any:
        pieces.append((points.stop - points.start, block.products.shape[2]))
        return inner(self, room, block, place, points)

    monkeypatch.setattr(grid, "_PIECE_BYTES", 4 * 8 * 20 * 3)  # three points of twenty samples
    monkeypatch.setattr(grid, "_LEAST_BLOCK", 20)
    monkeypatch.setattr(grid, "_KEPT_BYTES", 0)
    monkeypatch.setattr(grid.Grid, "_piece", piece)
    torch.set_num_threads(threads)
    try:
        cut = picture(bench, scene, row)
    finally:
        torch.set_num_threads(1)
    assert max(points for points, _ in pieces) < 49
    assert len({samples for _, samples in pieces}) > 1
    assert sum(points * samples for points, samples in pieces) == 49 * 75
    np.testing.assert_allclose(cut.loss, whole.loss, rtol=1e-13)


class TestThreads:
    """Each works in memory of its own, kept from one grid to the next."""

    @pytest.fixture(autouse=True)
    def two(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(grid, "_SLICE", 0.0)
        monkeypatch.setattr(grid, "_PIECE_NUMBERS", 1000)
        torch.set_num_threads(2)
        yield
        torch.set_num_threads(1)

    def test_two_landscapes_in_turn_do_not_disturb_each_other(self, bench: Any) -> None:
        works, wanted = [], []
        for units, dtype in ((4, torch.float32), (7, torch.float64), (5, torch.float32)):
            scene = bench.scene([Dense(units=units, id="one"), Dense(units=3, id="two", activation="gelu")])
            row = bench.row(scene, dtype=dtype)
            wanted.append(picture(bench, scene, row, Ask(9, levels=())).loss)
            works.append(landscape(RandomDirections(3), Ask(9, levels=()))(scene, row))
        found: list[Any] = [None] * len(works)
        while any(loss is None for loss in found):
            for at, work in enumerate(works):
                try:
                    next(work)
                except StopIteration as done:
                    found[at] = found[at] if done.value is None else done.value.loss
        for loss, alone in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(loss, alone)

    def test_are_gone_when_it_is_left(self, bench: Any) -> None:
        before = threading.active_count()
        scene = bench.scene()
        work = landscape(RandomDirections(3), Ask(33, levels=()))(scene, bench.row(scene))
        while threading.active_count() == before:
            next(work)
        work.close()
        assert threading.active_count() == before


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cross_entropy_of_weighted_sums_beyond_any_power(bench: Any, dtype: torch.dtype) -> None:
    scene = bench.scene([Dense(units=4, id="one", activation="relu")])
    found = picture(bench, scene, bench.row(scene, dtype=dtype), Ask(5, reach=1e4, levels=()))
    assert found.loss.max() > 1000
    np.testing.assert_allclose(found.loss, bench.grid(scene, found), rtol=1e-5 if dtype == torch.float32 else 1e-12)


class TestPowersOfTheFirstLayer:
    """A sigmoid, or a tanh taken as one, is made of powers of rows and columns where none can overflow."""

    @staticmethod
    def watch(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        used = []
        inner = grid.Grid._powers

        def powers(self: Any, *arguments: Any) -> Any:
            found = inner(self, *arguments)
            used.append(found is not None)
            return found

        monkeypatch.setattr(grid.Grid, "_powers", powers)
        return used

    @pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
    @pytest.mark.parametrize(("reach", "small"), [(0.1, True), (1.0, True), (8.0, True), (500.0, False)])
    def test_change_nothing(
        self, bench: Any, monkeypatch: pytest.MonkeyPatch, activation: str, reach: float, small: bool
    ) -> None:
        used = self.watch(monkeypatch)
        scene = bench.scene([Dense(units=4, id="one", activation=activation), Dense(units=3, id="two")])
        found = picture(bench, scene, bench.row(scene, dtype=torch.float32), Ask(9, reach=reach, levels=()))
        assert used == [small]
        np.testing.assert_allclose(found.loss, bench.grid(scene, found), rtol=1e-5)

    @pytest.mark.parametrize("activation", ["relu", "gelu"])
    def test_are_of_no_use_elsewhere(self, bench: Any, monkeypatch: pytest.MonkeyPatch, activation: str) -> None:
        used = self.watch(monkeypatch)
        scene = bench.scene([Dense(units=4, id="one", activation=activation)])
        picture(bench, scene, bench.row(scene))
        assert used == [False]

    def test_are_left_out_where_they_are_too_many(self, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        used = self.watch(monkeypatch)
        monkeypatch.setattr(grid, "_POWERS_BYTES", 100)
        scene = bench.scene([Dense(units=4, id="one")])
        picture(bench, scene, bench.row(scene, dtype=torch.float32))
        assert used == [False]


@pytest.mark.parametrize(("l1", "l2"), [(0.01, 0.0), (0.0, 0.02), (0.01, 0.02)])
def test_with_the_penalty_on_weights_alone(bench: Any, l1: float, l2: float) -> None:
    scene = bench.scene()
    row = bench.row(scene)
    without, found = picture(bench, scene, row), picture(bench, scene, row, Ask(7, l1=l1, l2=l2, levels=()))
    assert (without.with_penalty, found.with_penalty) == (False, True)
    plane = found.plane
    assert plane.d2 is not None
    for j, y in enumerate(found.ys):
        for i, x in enumerate(found.xs):
            theta = plane.row + x * plane.d1 + y * plane.d2
            weights = np.concatenate([w.ravel() for _, w, _ in scene.architecture.split(theta)])
            cost = l1 * np.abs(weights).sum() + l2 * np.square(weights).sum()
            assert found.loss[j, i] == pytest.approx(without.loss[j, i] + cost, rel=1e-12)
    assert found.centre_loss == pytest.approx(found.loss[3, 3], rel=1e-12)


class TestTheSamples:
    def test_are_spread_evenly_and_always_the_same(self, bench: Any) -> None:
        scene = bench.scene(samples=40)
        found = picture(bench, scene, bench.row(scene), Ask(5, samples=7, levels=()))
        assert found.samples == 7
        assert found.indices.tolist() == [0, 4, 8, 12, 17, 21, 25]
        np.testing.assert_allclose(found.loss, bench.grid(scene, found), rtol=1e-12)

    def test_are_all_where_there_are_no_more(self, bench: Any) -> None:
        scene = bench.scene(samples=40)
        found = picture(bench, scene, bench.row(scene), Ask(5, samples=31, levels=()))
        assert found.indices.tolist() == list(range(30))

    def test_may_be_those_of_validation(self, bench: Any) -> None:
        scene = bench.scene(samples=40)
        found = picture(bench, scene, bench.row(scene), Ask(5, part="validation", levels=()))
        assert (found.part, found.samples) == ("validation", 10)
        np.testing.assert_allclose(found.loss, bench.grid(scene, found), rtol=1e-12)

    def test_of_a_part_without_any_are_a_mistake(self, bench: Any) -> None:
        scene = bench.scene(samples=1)
        with pytest.raises(Mistake, match="the train part has no samples"):
            picture(bench, scene, bench.row(scene))


class TestADivergedRun:
    def test_keeps_infinite_losses_and_nan(self, bench: Any) -> None:
        scene = bench.scene((), task="regression", loss="mean_squared_error")
        row = np.full(scene.architecture.parameters, 1e19, np.float32)
        found = picture(bench, scene, row, Ask(5, reach=2.0, levels=()))
        loop = bench.grid(scene, found)
        finite = np.isfinite(found.loss)
        assert 0 < finite.sum() < finite.size
        assert np.isinf(found.loss[~finite]).all()
        # The loop adds up in float32 and overflows a little sooner.
        assert np.isinf(loop[~finite]).all()
        np.testing.assert_allclose(found.loss[np.isfinite(loop)], loop[np.isfinite(loop)], rtol=1e-5)
        assert found.finite_range is not None

    def test_of_weights_that_are_no_numbers_is_nan_everywhere(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene, dtype=torch.float32)
        row[3] = np.nan
        found = picture(bench, scene, row)
        assert np.isnan(found.loss).all()
        assert np.isnan(found.centre_loss)
        assert found.finite_range is None
        assert found.slope == (0.0, 0.0)


def test_the_slope_is_the_tangent_in_the_middle(bench: Any) -> None:
    scene = bench.scene()
    ask = Ask(3, reach=1e-4, l1=0.01, l2=0.02, levels=())
    for directions in (RandomDirections(1), WeightDirections(Weight("one", 2, 1))):
        found = bench.drive(landscape(directions, ask)(scene, bench.row(scene)))
        middle = found.loss.shape[0] // 2
        x = (found.loss[middle, 2] - found.loss[middle, 0]) / (found.xs[2] - found.xs[0])
        assert found.slope[0] == pytest.approx(x, rel=1e-5)
        if middle:
            y = (found.loss[2, 1] - found.loss[0, 1]) / (found.ys[2] - found.ys[0])
            assert found.slope[1] == pytest.approx(y, rel=1e-5)
        else:
            assert found.slope[1] == 0
