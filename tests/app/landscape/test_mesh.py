"""The surface: what is near hides what is far, and what is seen under the mouse is what lies there."""

from typing import Any

import numpy as np
import pytest

from app.landscape.depth import BANDS
from app.landscape.mesh import MOST_QUADS, Camera, Mesh

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
    made = picture(np.ones((21, 21)))
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
