"""Rows seen from a plane: known points, on axes of any length and angle."""

from typing import Any

import numpy as np
import pytest

from core.landscape.coordinates import along, coordinates
from core.landscape.values import Plane


def plane(*axes: Any, home: tuple[float, float] = (0.0, 0.0)) -> Plane:
    """Return a plane of any axes through a row that is not 0."""
    row = np.linspace(1, 2, len(axes[0]))
    second = axes[1] if len(axes) > 1 else None
    norms = float(np.linalg.norm(axes[0])), 0.0
    return Plane("random", row, axes[0], second, home, home, (1.0, 1.0), norms)


def skew(angle: float, size: int = 9) -> tuple[Any, Any]:
    """Return two axes of very different lengths at an angle in degrees."""
    one, other = np.linalg.qr(np.random.default_rng(0).normal(size=(size, 2)))[0].T
    radians = np.deg2rad(angle)
    return 100 * one, 0.01 * (np.cos(radians) * one + np.sin(radians) * other)


@pytest.mark.parametrize("angle", [90, 60, 5, 0.1])
def test_points_of_the_plane_are_found(angle: float) -> None:
    flat = plane(*skew(angle))
    assert flat.d2 is not None
    wanted = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (-3.0, 250.0)]
    found = coordinates(flat, [flat.row + x * flat.d1 + y * flat.d2 for x, y in wanted])
    np.testing.assert_allclose(found.places, wanted, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.off_plane, 0, atol=1e-10)


def test_a_point_off_the_plane_is_as_far_as_it_was_lifted() -> None:
    flat = plane(*skew(40))
    assert flat.d2 is not None
    upright = np.linalg.svd(np.stack([flat.d1, flat.d2 * 1e4]))[2][5]
    found = coordinates(flat, [flat.row + 2 * flat.d1 - flat.d2 + 7 * upright])
    np.testing.assert_allclose(found.places, [[2, -1]], rtol=1e-9)
    assert found.off_plane[0] == pytest.approx(7)
    assert found.scale == pytest.approx(np.hypot(np.linalg.norm(2 * flat.d1 - flat.d2), 7))


def test_they_are_the_least_squares_solution() -> None:
    draws = np.random.default_rng(1)
    flat = plane(*skew(30))
    assert flat.d2 is not None
    rows = list(draws.normal(size=(5, 9)))
    found = coordinates(flat, rows)
    for at, row in enumerate(rows):
        solution, (square,), *_ = np.linalg.lstsq(np.stack([flat.d1, flat.d2], axis=1), row - flat.row)
        np.testing.assert_allclose(found.places[at], solution, rtol=1e-9)
        assert found.off_plane[at] == pytest.approx(np.sqrt(square))


def test_the_relative_distance_is_that_of_the_farthest_row_from_home() -> None:
    one, other, upright = np.eye(9)[:3]
    flat = plane(one, other, home=(1.0, 0.0))
    rows = [flat.row + one, flat.row + 5 * one + 3 * upright, flat.row + one + upright]
    found = coordinates(flat, rows)
    assert found.scale == 5
    np.testing.assert_allclose(found.relative, [0, 0.6, 0.2])
    assert found.largest == pytest.approx(0.6)


def test_rows_that_are_not_finite_have_no_place() -> None:
    flat = plane(*np.eye(9)[:2])
    found = coordinates(flat, [flat.row * np.inf, flat.row + flat.d1, flat.row * np.nan])
    assert np.isnan(found.places[[0, 2]]).all()
    assert np.isnan(found.off_plane[[0, 2]]).all()
    np.testing.assert_allclose(found.places[1], [1, 0])
    assert found.largest == 0
    assert coordinates(flat, [flat.row * np.nan]).largest == 0


def test_no_rows_and_rows_at_home_are_no_fault() -> None:
    flat = plane(*np.eye(9)[:2])
    assert coordinates(flat, []).places.shape == (0, 2)
    assert coordinates(flat, [flat.row, flat.row]).relative.tolist() == [0, 0]


def test_on_a_line_y_is_0() -> None:
    line = plane(3 * np.eye(9)[4])
    found = coordinates(line, [line.row + 6 * np.eye(9)[4] + 2 * np.eye(9)[0]])
    np.testing.assert_allclose(found.places, [[2, 0]])
    assert found.off_plane[0] == pytest.approx(2)


def test_axes_that_do_not_span_a_plane_give_the_shortest_answer() -> None:
    axis = np.eye(9)[0]
    found = coordinates(plane(axis, axis), [plane(axis).row + 4 * axis])
    np.testing.assert_allclose(found.places, [[2, 2]])
    nothing = coordinates(plane(0 * axis, 0 * axis), [plane(axis).row + 4 * axis])
    np.testing.assert_allclose(nothing.places, [[0, 0]])
    assert nothing.off_plane[0] == 4


def test_an_arrow_is_the_part_of_a_step_that_lies_in_the_plane() -> None:
    flat = plane(*skew(40))
    assert flat.d2 is not None
    upright = np.linalg.svd(np.stack([flat.d1, flat.d2 * 1e4]))[2][5]
    assert along(flat, 2 * flat.d1 - 3 * flat.d2 + upright) == pytest.approx((2, -3), rel=1e-9)
    line = plane(np.eye(9)[2])
    assert along(line, np.arange(9.0)) == (2.0, 0.0)
