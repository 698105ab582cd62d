"""Directions and the planes that they make: filter normalisation, principal components, weights, a line, three runs."""

from typing import Any

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.experiment.network import Dense
from core.landscape.coordinates import coordinates
from core.landscape.directions import Planes, shown
from core.landscape.values import (
    Ask,
    Directions,
    LineDirections,
    PathDirections,
    Plane,
    RandomDirections,
    RunDirections,
    Weight,
    WeightDirections,
)

LAYERS = (Dense(units=5, id="one"), Dense(units=1, id="two"), Dense(units=3, id="three"))


def made(bench: Any, directions: Directions, row: Any, scene: Any) -> Plane:
    found: Plane = bench.drive(Planes(directions).at(scene.architecture, row))
    return found


def axes(plane: Plane) -> list[Any]:
    assert plane.d2 is not None
    return [plane.d1.astype(np.float64), plane.d2.astype(np.float64)]


class TestRandom:
    @pytest.mark.parametrize("orthogonal", [False, True])
    def test_are_as_long_as_the_weights_of_each_neuron(self, bench: Any, orthogonal: bool) -> None:
        scene = bench.scene(LAYERS, task="classes", loss="cross_entropy")
        row = bench.row(scene)
        plane = made(bench, RandomDirections(1, orthogonal=orthogonal), row, scene)
        for axis in axes(plane):
            parts = zip(scene.architecture.split(axis), scene.architecture.split(row), strict=True)
            for (_, drawn, drawn_biases), (_, weights, _) in parts:
                lengths = np.linalg.norm(drawn, axis=1)
                np.testing.assert_allclose(lengths, np.linalg.norm(weights, axis=1), rtol=1e-12)
                assert not drawn_biases.any()

    def test_orthogonal_ones_are_so_neuron_by_neuron_but_for_a_single_input(self, bench: Any) -> None:
        scene = bench.scene(LAYERS, task="classes", loss="cross_entropy")
        first, second = axes(made(bench, RandomDirections(1, orthogonal=True), bench.row(scene), scene))
        for (layer, mine, _), (_, its, _) in zip(
            scene.architecture.split(first), scene.architecture.split(second), strict=True
        ):
            products = (mine * its).sum(axis=1)
            if layer.inputs > 1:
                np.testing.assert_allclose(products, 0, atol=1e-14)
            else:
                lengths = np.linalg.norm(mine, axis=1) * np.linalg.norm(its, axis=1)
                np.testing.assert_allclose(np.abs(products), lengths, rtol=1e-12)

    def test_are_the_same_for_the_same_seed(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        one, same, other = (made(bench, RandomDirections(seed), row, scene) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one.d1, same.d1)
        assert not np.allclose(one.d1, other.d1)
        assert not np.allclose(*axes(one))

    def test_follow_the_size_of_the_weights_and_not_their_sign(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        once, thrice = (made(bench, RandomDirections(1), factor * row, scene) for factor in (1, -3))
        np.testing.assert_allclose(thrice.d1, 3 * once.d1, rtol=1e-12)

    def test_leave_a_neuron_without_weights_where_it_is(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        row[:2] = 0
        plane = made(bench, RandomDirections(1), row, scene)
        assert not plane.d1[:2].any()
        assert plane.d1[2:8].all()

    def test_are_around_the_row_with_a_reach_of_one(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene, dtype=torch.float32)
        plane = made(bench, RandomDirections(1), row, scene)
        np.testing.assert_array_equal(plane.row, row)
        assert (plane.home, plane.middle, plane.reach) == ((0.0, 0.0), (0.0, 0.0), (1.0, 1.0))
        assert plane.d1.dtype == np.float32
        assert plane.norms == pytest.approx([np.linalg.norm(axis) for axis in axes(plane)], rel=1e-6)
        assert plane.labels == ("random direction 1", "random direction 2")


class TestThePath:
    @pytest.mark.parametrize("count", [3, 8, 40, 200])
    @pytest.mark.parametrize("inputs", [2, 30])
    def test_gives_the_axes_of_the_singular_value_decomposition(self, bench: Any, count: int, inputs: int) -> None:
        scene = bench.scene(inputs=inputs)
        path = bench.path(scene, count)
        plane = made(bench, PathDirections(path), path[-1].astype(np.float64), scene)
        rows = np.stack(path).astype(np.float64)
        _, values, vectors = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
        for axis, wanted in zip(axes(plane), vectors, strict=False):
            np.testing.assert_allclose(axis * np.sign(axis @ wanted), wanted, atol=1e-8)
        assert plane.explained is not None
        np.testing.assert_allclose(plane.explained, (values**2 / (values**2).sum())[:2], rtol=1e-9)
        assert plane.filled == 0
        assert "principal component 1" in plane.labels[0]

    def test_of_many_rows_and_weights_needs_no_more_than_the_leading_ones(self, bench: Any) -> None:
        # More rows and weights than basis vectors: the method is no longer exact by counting.
        scene = bench.scene(inputs=60)
        path = bench.path(scene, 260)
        plane = made(bench, PathDirections(path), path[-1].astype(np.float64), scene)
        rows = np.stack(path).astype(np.float64)
        values, vectors = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)[1:]
        assert len(values) > 200
        for axis, wanted in zip(axes(plane), vectors, strict=False):
            np.testing.assert_allclose(axis * np.sign(axis @ wanted), wanted, atol=1e-7)
        assert plane.explained is not None
        np.testing.assert_allclose(plane.explained, (values**2 / (values**2).sum())[:2], rtol=1e-9)

    def test_goes_through_the_row_or_through_the_mean(self, bench: Any) -> None:
        scene = bench.scene(inputs=8)
        path = bench.path(scene, 10)
        row = path[-1].astype(np.float64)
        exact = made(bench, PathDirections(path), row, scene)
        assert coordinates(exact, [row]).off_plane[0] == 0
        mean = made(bench, PathDirections(path, "mean"), row, scene)
        np.testing.assert_allclose(mean.row, np.mean(np.stack(path).astype(np.float64), axis=0), rtol=1e-12)
        squares = [np.square(coordinates(plane, path).off_plane).sum() for plane in (mean, exact)]
        assert squares[0] < squares[1]
        assert mean.home == mean.middle == tuple(coordinates(mean, [row]).places[0])

    def test_is_within_the_reach(self, bench: Any) -> None:
        scene = bench.scene()
        path = bench.path(scene, 10)
        plane = made(bench, PathDirections(path), path[-1].astype(np.float64), scene)
        assert plane.reach[0] == plane.reach[1]
        largest = np.abs(coordinates(plane, path).places).max()
        assert largest < plane.reach[0] < 1.2 * largest

    def test_that_does_not_move_gives_way_to_random_directions(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        drawn = made(bench, RandomDirections(0), row, scene)
        for path in ((row,), (row, row, row)):
            plane = made(bench, PathDirections(path), row, scene)
            assert (plane.filled, plane.explained, plane.reach) == (2, (0.0, 0.0), (1.0, 1.0))
            np.testing.assert_array_equal(plane.d1, drawn.d1)
            assert "random direction 1" in plane.labels[0]
            assert "random" in plane.labels[1]
            assert coordinates(plane, path).largest == 0

    def test_along_a_line_has_a_second_axis_that_is_random(self, bench: Any) -> None:
        scene = bench.scene()
        row, way = bench.row(scene), bench.row(scene, 1)
        plane = made(bench, PathDirections(tuple(row + step * way for step in (0, 0.5, 2))), row, scene)
        assert plane.filled == 1
        assert plane.explained == pytest.approx((1.0, 0.0), abs=1e-12)
        first, second = axes(plane)
        assert abs(first @ way) == pytest.approx(np.linalg.norm(way), rel=1e-12)
        assert first @ second == pytest.approx(0, abs=1e-12)
        assert np.linalg.norm(second) == pytest.approx(1)
        assert plane.labels == ("principal component 1, 100.0% of the variance", "random direction 2")

    def test_leaves_out_rows_that_are_not_finite(self, bench: Any) -> None:
        scene = bench.scene()
        path = bench.path(scene, 10)
        broken = path[0].copy()
        broken[2] = np.inf
        row = path[-1].astype(np.float64)
        with_it, without = (
            made(bench, PathDirections(rows), row, scene) for rows in ((*path, broken, broken * np.nan), path)
        )
        np.testing.assert_allclose(with_it.d1, without.d1, atol=1e-12)
        assert with_it.reach == pytest.approx(without.reach)

    def test_of_rows_that_are_huge_is_found(self, bench: Any) -> None:
        scene = bench.scene()
        path = bench.path(scene, 10)
        usual, huge = (
            made(bench, PathDirections(tuple(row * np.float32(scale) for row in path)), path[-1], scene)
            for scale in (1, 2.0**100)
        )
        np.testing.assert_allclose(np.abs(usual.d1 @ huge.d1), 1, rtol=1e-6)
        assert huge.explained == pytest.approx(usual.explained, rel=1e-9)


class TestWeights:
    def test_are_the_coordinates(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        plane = made(bench, WeightDirections(Weight("one", 1, 0), Weight("output", 0)), row, scene)
        np.testing.assert_array_equal(plane.at(row[2], row[-1]), row)
        moved = plane.at(7.0, -5.0)
        assert (moved[2], moved[-1]) == (7, -5)
        assert np.count_nonzero(moved != row) == 2
        assert plane.home == plane.middle == (row[2], row[-1])
        assert plane.labels == ("weights.one[1][0]", "biases.output[0]")
        assert plane.reach[0] >= 1.5 * max(abs(row[2]), abs(row[-1]))

    def test_may_be_one(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        plane = made(bench, WeightDirections(Weight("output", 0, 3)), row, scene)
        assert plane.d2 is None
        assert plane.dimensions == 1
        np.testing.assert_array_equal(plane.at(row[-2]), row)
        assert plane.norms == (1.0, 0.0)

    @pytest.mark.parametrize(
        ("weights", "sentence"),
        [
            ((Weight("one", 1, 0), Weight("one", 1, 0)), "expected two weights that differ"),
            ((Weight("two", 1, 0), None), "expected the id of one of the dense layers"),
            ((Weight("one", 4, 0), None), "expected a unit from 0 to 3"),
            ((Weight("one", 0, 2), None), "expected a source from 0 to 1"),
        ],
    )
    def test_that_are_none_are_a_mistake(self, bench: Any, weights: Any, sentence: str) -> None:
        scene = bench.scene()
        with pytest.raises(Mistake, match=sentence):
            made(bench, WeightDirections(*weights), bench.row(scene), scene)


class TestTheLine:
    def test_is_0_at_the_start_and_1_at_the_end(self, bench: Any) -> None:
        scene = bench.scene()
        start, end, row = (bench.row(scene, seed) for seed in range(3))
        plane = made(bench, LineDirections(start, end), row, scene)
        np.testing.assert_array_equal(plane.at(0), start)
        np.testing.assert_allclose(plane.at(1), end, rtol=1e-14)
        assert (plane.middle, plane.reach) == ((0.5, 0.0), (1.0, 1.0))
        assert plane.home[0] == pytest.approx((row - start) @ (end - start) / ((end - start) @ (end - start)))

    def test_between_equal_rows_is_random(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        plane = made(bench, LineDirections(row, row), row, scene)
        assert (plane.filled, plane.middle) == (1, (0.0, 0.0))
        np.testing.assert_array_equal(plane.d1, made(bench, RandomDirections(0), row, scene).d1)
        assert plane.labels == ("random direction 1",)


class TestThreeRuns:
    def test_lie_on_the_plane_in_their_true_shape(self, bench: Any) -> None:
        scene = bench.scene(inputs=6)
        rows = [bench.row(scene, seed) for seed in range(3)]
        plane = made(bench, RunDirections(*rows), rows[0], scene)
        found = coordinates(plane, rows)
        np.testing.assert_allclose(found.off_plane, 0, atol=1e-12)
        np.testing.assert_allclose(found.places[:2], [[0, 0], [1, 0]], atol=1e-14)
        length = np.linalg.norm(rows[1] - rows[0])
        sides = [np.linalg.norm(found.places[a] - found.places[b]) for a, b in ((0, 2), (1, 2))]
        wanted = [np.linalg.norm(rows[a] - rows[b]) for a, b in ((0, 2), (1, 2))]
        np.testing.assert_allclose(sides, np.array(wanted) / length, rtol=1e-12)
        first, second = axes(plane)
        assert first @ second == pytest.approx(0, abs=1e-10)
        assert plane.norms == pytest.approx((length, length))
        inside = np.abs(found.places - plane.middle) < plane.reach
        assert inside.all()

    def test_on_one_line_have_a_second_axis_that_is_random(self, bench: Any) -> None:
        scene = bench.scene()
        row, way = bench.row(scene), bench.row(scene, 1)
        plane = made(bench, RunDirections(row, row + way, row + 3 * way), row, scene)
        assert plane.filled == 1
        np.testing.assert_allclose(coordinates(plane, [row + 3 * way]).places, [[3, 0]], atol=1e-12)
        assert plane.norms[0] == pytest.approx(plane.norms[1])
        assert plane.middle[0] == pytest.approx(1.5)

    def test_of_the_same_weights_are_a_random_plane(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        plane = made(bench, RunDirections(row, row, row), row, scene)
        assert (plane.filled, plane.middle, plane.reach) == (2, (0.0, 0.0), (1.0, 1.0))

    def test_of_another_network_are_a_mistake(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        with pytest.raises(Mistake, match="expected rows of 17 weights, got 3"):
            made(bench, RunDirections(row, row, row[:3]), row, scene)


class TestShown:
    def test_covers_rows_with_a_margin(self, bench: Any) -> None:
        scene = bench.scene()
        path = bench.path(scene, 10)
        plane = made(bench, PathDirections(path), path[-1].astype(np.float64), scene)
        places = coordinates(plane, path).places
        for square in (True, False):
            moved = bench.drive(shown(plane, Ask(cover=(*path, path[0] * np.float32(np.nan)), square=square)))
            away = np.abs(places - moved.middle) / moved.reach
            np.testing.assert_allclose(moved.middle, (places.min(axis=0) + places.max(axis=0)) / 2, rtol=1e-12)
            assert away.max() == pytest.approx(1 / 1.15)
            assert (moved.reach[0] == moved.reach[1]) is square
        assert moved.home == plane.home
        np.testing.assert_array_equal(moved.row, plane.row)

    def test_of_a_single_row_keeps_the_reach(self, bench: Any) -> None:
        scene = bench.scene()
        row = bench.row(scene)
        plane = made(bench, RandomDirections(0), row, scene)
        moved = bench.drive(shown(plane, Ask(cover=(plane.at(2, 3),))))
        assert moved.middle == pytest.approx((2, 3))
        assert moved.reach == (1.0, 1.0)

    def test_of_nothing_that_is_finite_keeps_the_plane(self, bench: Any) -> None:
        scene = bench.scene()
        plane = made(bench, RandomDirections(0), bench.row(scene), scene)
        assert bench.drive(shown(plane, Ask(cover=(bench.row(scene) * np.nan,)))) is plane

    def test_takes_the_reach_that_is_given(self, bench: Any) -> None:
        scene = bench.scene()
        plane = made(bench, RandomDirections(0), bench.row(scene), scene)
        assert bench.drive(shown(plane, Ask(reach=0.25))).reach == (0.25, 0.25)
