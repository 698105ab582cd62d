"""landscape() as a generator: coarse to fine, left at any time, and what it does at the edges."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.landscape import grid
from core.landscape.surface import landscape, on_plane, true_loss
from core.landscape.values import (
    Ask,
    LandscapePicture,
    LineDirections,
    PathDirections,
    RandomDirections,
    Weight,
    WeightDirections,
)


def pictures(bench: Any, ask: Ask, directions: Any = None) -> list[LandscapePicture]:
    """Return all pictures of a landscape in the order in which they come."""
    scene = bench.scene()
    last, yielded = bench.told(landscape(directions or RandomDirections(0), ask)(scene, bench.row(scene)))
    return [*(picture for picture in yielded if picture is not None), last]


class TestLevels:
    @pytest.mark.parametrize(
        ("resolution", "sizes"),
        [(51, [9, 17, 33, 51]), (33, [9, 17, 33]), (25, [9, 17, 25]), (9, [9]), (3, [3]), (101, [9, 17, 33, 101])],
    )
    def test_become_finer(self, bench: Any, resolution: int, sizes: list[int]) -> None:
        found = pictures(bench, Ask(resolution))
        assert [picture.loss.shape for picture in found] == [(size, size) for size in sizes]
        assert [picture.level for picture in found] == list(range(len(sizes)))
        assert [picture.final for picture in found] == [False] * (len(sizes) - 1) + [True]
        assert all(a.seconds <= b.seconds for a, b in pairwise(found))

    def test_can_be_left_out(self, bench: Any) -> None:
        (found,) = pictures(bench, Ask(51, levels=()))
        np.testing.assert_allclose(found.loss, pictures(bench, Ask(51))[-1].loss, rtol=1e-13)

    def test_take_over_what_they_share(self, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        taken = []
        inner = grid.Grid.fill

        def fill(self: Any, loss: Any, xs: Any, ys: Any, columns: Any, rows: Any) -> Any:
            taken.append(len(columns) * len(rows))
            return inner(self, loss, xs, ys, columns, rows)

        monkeypatch.setattr(grid.Grid, "fill", fill)
        found = pictures(bench, Ask(33))
        assert sum(taken) == 33 * 33
        np.testing.assert_array_equal(found[2].loss[::2, ::2], found[1].loss)
        np.testing.assert_array_equal(found[1].loss[::2, ::2], found[0].loss)
        np.testing.assert_allclose(found[-1].loss, pictures(bench, Ask(33, levels=()))[0].loss, rtol=1e-13)
        taken.clear()
        pictures(bench, Ask(51))
        # 33 and 51 points share the middle and both ends of each axis.
        assert sum(taken) == 33 * 33 + 51 * 51 - 9

    @pytest.mark.parametrize("directions", [WeightDirections(Weight("one", 0, 0)), RandomDirections(0, dimensions=1)])
    def test_of_a_line(self, bench: Any, directions: Any) -> None:
        found = pictures(bench, Ask(51), directions)
        assert [picture.loss.shape for picture in found] == [(1, 9), (1, 17), (1, 33), (1, 51)]
        assert found[-1].ys.tolist() == [0.0]
        scene = bench.scene()
        for picture in found:
            np.testing.assert_allclose(picture.loss, bench.grid(scene, picture), rtol=1e-12)


class TestTheCentre:
    @pytest.mark.parametrize("resolution", [1, 2, 3, 24, 25, 50, 51, 100, 101])
    def test_is_a_point_and_its_loss_is_the_true_one(self, bench: Any, resolution: int) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        for picture in pictures(bench, Ask(resolution)):
            middle = len(picture.xs) // 2
            assert picture.xs[middle] == picture.ys[middle] == 0
            assert picture.loss[middle, middle] == pytest.approx(bench.loss_of(scene, row), rel=1e-12)
            assert picture.centre_loss == pytest.approx(bench.loss_of(scene, row), rel=1e-12)
        assert len(picture.xs) == resolution | 1

    def test_of_a_chosen_weight_is_its_value(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        (picture,) = pictures(bench, Ask(5, levels=()), WeightDirections(Weight("one", 1, 0), Weight("one", 1)))
        assert (picture.xs[2], picture.ys[2]) == (row[2], row[9])
        assert picture.loss[2, 2] == pytest.approx(bench.loss_of(scene, row), rel=1e-12)

    def test_of_a_line_lies_half_way(self, bench: Any) -> None:
        scene = bench.scene()
        start, end = bench.row(scene, 1), bench.row(scene, 2)
        (picture,) = pictures(bench, Ask(9, levels=()), LineDirections(start, end))
        np.testing.assert_allclose(picture.xs, np.linspace(-0.5, 1.5, 9), atol=1e-15)
        assert picture.centre_loss == pytest.approx(bench.loss_of(scene, (start + end) / 2), rel=1e-12)
        losses = [bench.loss_of(scene, start), bench.loss_of(scene, end)]
        np.testing.assert_allclose(picture.loss[0, [2, 6]], losses, rtol=1e-12)

    def test_in_float32(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene, dtype=torch.float32)
        found = bench.drive(landscape(RandomDirections(0), Ask(5))(scene, row))
        assert found.loss[2, 2] == pytest.approx(found.centre_loss, rel=1e-6)
        assert bench.drive(true_loss(scene, row, Ask(5))) == found.centre_loss


class TestTheGenerator:
    def test_leaves_the_row_alone(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        before = row.copy()
        row.flags.writeable = False
        found = bench.drive(landscape(RandomDirections(0), Ask(5))(scene, row))
        np.testing.assert_array_equal(row, before)
        assert not any(array.flags.writeable for array in (found.loss, found.xs, found.ys, found.plane.row))
        assert not np.shares_memory(found.plane.row, row)

    def test_can_be_left_at_any_next(self, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(grid, "_SLICE", 0.0)  # a piece for each slice, however long it takes
        scene = bench.scene()
        probe = landscape(RandomDirections(0), Ask(33))
        _, yielded = bench.told(probe(scene, bench.row(scene)))
        for count in range(len(yielded)):
            work = probe(scene, bench.row(scene))
            for _ in range(count):
                next(work)
            work.close()
        assert torch.get_num_threads() == 1

    def test_works_in_slices(self, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(grid, "_SLICE", 0.0)
        scene = bench.scene(samples=2000)
        _, yielded = bench.told(landscape(RandomDirections(0), Ask(51, samples=1500))(scene, bench.row(scene)))
        # 2,601 points × 1,500 samples × 5 units, of which a piece takes a million at the most.
        assert len(yielded) >= 20

    def test_gives_its_callers_threads_back(self, bench: Any) -> None:
        scene = bench.scene()
        torch.set_num_threads(2)
        try:
            for _ in landscape(RandomDirections(0), Ask(17))(scene, bench.row(scene)):
                assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(1)

    def test_follows_the_row_from_call_to_call(self, bench: Any) -> None:
        scene = bench.scene()
        probe = landscape(RandomDirections(0), Ask(5, levels=()))
        for seed in range(3):
            row = bench.row(scene, seed)
            assert bench.drive(probe(scene, row)).centre_loss == pytest.approx(bench.loss_of(scene, row), rel=1e-12)

    def test_takes_new_data_when_the_scene_changes(self, bench: Any) -> None:
        probe = landscape(RandomDirections(0), Ask(5, levels=()))
        for samples in (40, 80):
            scene = bench.scene(samples=samples)
            row = bench.row(scene)
            found = bench.drive(probe(scene, row))
            assert found.samples == samples * 3 // 4
            assert found.centre_loss == pytest.approx(bench.loss_of(scene, row), rel=1e-12)

    def test_draws_a_plane_again_as_it_was(self, bench: Any) -> None:
        scene = bench.scene()
        path = bench.path(scene, 12)
        ask = Ask(9, cover=path, levels=())
        first = bench.drive(landscape(PathDirections(path), ask)(scene, path[-1]))
        again = bench.drive(landscape(first.plane, Ask(9, levels=()))(scene, path[0]))
        np.testing.assert_array_equal(again.loss, first.loss)
        assert (again.xs.tolist(), again.ys.tolist()) == (first.xs.tolist(), first.ys.tolist())


class TestAsk:
    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"resolution": 0}, "resolution: expected a whole number from 1 to 101, got 0"),
            ({"resolution": 102}, "resolution"),
            ({"samples": 0}, "samples: expected at least 1"),
            ({"reach": 0.0}, "range: expected a number above 0"),
            ({"reach": float("nan")}, "range"),
            ({"l1": -1.0}, "penalty"),
        ],
    )
    def test_refuses_what_cannot_be(self, wrong: Any, sentence: str) -> None:
        with pytest.raises(Mistake, match=sentence):
            Ask(**wrong)


def test_rows_on_a_plane_have_both_losses(bench: Any) -> None:
    scene = bench.scene()
    path = bench.path(scene, 6)
    ask = Ask(5, part="validation", l2=0.01)
    plane = bench.drive(landscape(PathDirections(path), ask)(scene, path[-1])).plane
    found = bench.drive(on_plane(plane, path, ask)(scene, path[0]))
    for at, row in enumerate(path):
        x, y = found.coordinates.places[at]
        for loss, theta in ((found.on_plane[at], plane.at(x, y)), (found.true[at], row)):
            weights = np.concatenate([w.ravel() for _, w, _ in scene.architecture.split(theta.astype(np.float64))])
            wanted = bench.loss_of(scene, theta, "validation") + 0.01 * np.square(weights).sum()
            assert loss == pytest.approx(wanted, rel=1e-5)
    assert found.on_plane[-1] == pytest.approx(found.true[-1], rel=1e-6)
    assert found.samples == 10
