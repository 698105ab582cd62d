"""The surface: what is near hides what is far, and what is seen under the mouse is what lies there."""

from typing import Any

import numpy as np
import pytest

from core.pictures.depth import BANDS, heights
from core.pictures.mesh import MOST_QUADS, Camera, Mesh

SIZE = (400.0, 300.0)


def hill(count: int = 11) -> np.ndarray[Any, Any]:
    x = np.linspace(-1, 1, count)
    return np.asarray(BANDS * np.exp(-4 * (x[None] ** 2 + x[:, None] ** 2)))


def test_the_middle_of_the_floor_is_the_middle_of_the_screen_and_the_far_side_is_farther_and_higher() -> None:
    points = np.array([[0, 0, 0.425], [0, 1, 0], [0, -1, 0.0]])
    flat, far = Camera(turn=0, tilt=40).project(points, *SIZE)
    np.testing.assert_allclose(flat[0], [200, 150], atol=1)
    assert far[1] > far[2]
    assert flat[1, 1] < flat[2, 1]  # y goes down on a screen


def test_the_camera_turns_all_around_but_never_below_the_floor() -> None:
    camera = Camera(turn=170, tilt=30).turned(20, -90)
    assert camera.turn == -170
    assert camera.tilt > 0
    assert camera.turned(0, 500).tilt < 90
    assert Camera().zoomed(1e9).zoom < 100


def test_quads_come_from_back_to_front_with_a_colour_each(picture: Any) -> None:
    mesh = Mesh.of(picture(np.ones((11, 11))), hill())
    camera = Camera(turn=0, tilt=30)
    quads, inks = mesh.quads(camera, *SIZE)
    assert quads.shape == (100, 4, 2)
    assert inks.shape == (100,)
    assert (inks >> 24 == 255).all()
    # Seen along y, the far side lies at the upper end of the screen.
    assert quads[:10, :, 1].mean() < quads[-10:, :, 1].mean()


def test_low_is_dark(picture: Any) -> None:
    low = Mesh.of(picture(np.ones((3, 3))), np.zeros((3, 3))).quads(Camera(), *SIZE)[1]
    high = Mesh.of(picture(np.ones((3, 3))), np.full((3, 3), float(BANDS))).quads(Camera(), *SIZE)[1]
    assert (low & 255).max() < (high & 255).min()


@pytest.mark.parametrize("count", [9, 25, 51, 101])
def test_a_fine_grid_is_thinned_to_what_can_be_painted_and_keeps_its_corners(picture: Any, count: int) -> None:
    bands = hill(count)
    mesh = Mesh.of(picture(np.ones((count, count))), bands)
    assert max(mesh.bands.shape) - 1 <= MOST_QUADS
    np.testing.assert_allclose(mesh.points[0, 0, :2], [-1, -1])
    np.testing.assert_allclose(mesh.points[-1, -1, :2], [1, 1])
    assert mesh.bands[-1, -1] == bands[-1, -1]


def test_the_place_under_the_mouse_is_the_one_that_was_projected_there(picture: Any) -> None:
    axis = np.linspace(-1, 1, 21)
    made = picture(np.ones((21, 21)), xs=axis, ys=axis)
    mesh = Mesh.of(made, np.zeros((21, 21)))
    camera = Camera(turn=25, tilt=50)
    for place in ([0.3, -0.6], [-0.8, 0.8], [0.0, 0.0]):
        flat, _ = camera.project(mesh.lifted(np.array([place]), np.zeros(1)), *SIZE)
        found = mesh.under(camera, *SIZE, *flat[0])
        assert found is not None
        np.testing.assert_allclose(found, place, atol=0.051)
    assert mesh.under(camera, *SIZE, 2.0, 2.0) is None


def test_a_hill_hides_what_is_behind_it(picture: Any) -> None:
    mesh = Mesh.of(picture(np.ones((41, 41))), hill(41))
    camera = Camera(turn=0, tilt=12)
    top = camera.project(np.array([[0, 0, 0.6]]), *SIZE)[0][0]
    found = mesh.under(camera, *SIZE, *top)
    assert found is not None
    assert found[1] <= 0.15  # the near slope, not the floor or the slope behind


@pytest.mark.parametrize(("turn", "tilt"), [(0, 12), (-35, 38), (140, 25), (60, 80)])
def test_points_are_hidden_where_a_nearer_part_of_the_surface_is_seen_in_their_place(
    picture: Any, turn: float, tilt: float
) -> None:
    camera = Camera(turn, tilt)
    x = np.linspace(-1, 1, 51)
    bands = BANDS * (0.5 + 0.5 * np.sin(5 * x[None] + 1) * np.cos(4 * x[:, None]))
    mesh = Mesh.of(picture(np.ones((51, 51)), xs=x, ys=x), bands)
    points = mesh.lifted(np.random.default_rng(0).uniform(-0.95, 0.95, (150, 2)), np.zeros(150))
    points[:, 2] = heights(mesh.grid, bands, points[:, :2]) / BANDS * 0.85 + 0.01
    # All of the surface in points that lie closer than a pixel: the nearest of those around a place is what is seen.
    fine = np.stack(np.meshgrid(*[np.linspace(-1, 1, 401)] * 2), axis=-1).reshape(-1, 2)
    surface = np.column_stack([fine, heights(mesh.grid, bands, fine) / BANDS * 0.85])
    flat, far = camera.project(surface, *SIZE)
    seen, away = camera.project(points, *SIZE)
    nearest = np.array([far[np.abs(flat - place).max(axis=1) < 0.75].min(initial=np.inf) for place in seen])
    found = mesh.hidden(camera, points)
    behind = nearest < away - 0.15
    assert not found[nearest > away - 0.01].any()
    assert found[behind].sum() >= 0.97 * behind.sum()  # but for those that look over a ridge by less than a pixel
    assert found.any() == behind.any() == (tilt < 60)


def test_the_eye_is_where_nothing_is_far(picture: Any) -> None:
    camera = Camera(turn=70, tilt=20)
    _, far = camera.project(camera.eye[None] * 1.0, *SIZE)
    assert far[0] == pytest.approx(0, abs=1e-9)


def test_what_is_no_number_or_above_all_hills_is_not_hidden(picture: Any) -> None:
    mesh = Mesh.of(picture(np.ones((11, 11))), hill())
    points = np.array([[np.nan, 0, 0], [0.2, 0.9, 2.0], [0.0, 0.9, 0.02]])
    assert mesh.hidden(Camera(turn=0, tilt=12), points).tolist() == [False, False, True]
