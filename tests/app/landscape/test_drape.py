"""Lines on the surface: they follow it, and what a hill hides is faint."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.landscape.drape import Drape, Sight, Thread, draw_spots, followed
from app.plots.spots import Spot
from core.pictures.depth import BANDS
from core.pictures.mesh import Camera, Mesh

SIZE = (400, 300)
RED, BLUE = QColor("#ff0000"), QColor("#0000ff")


@pytest.fixture
def sight(picture: Any) -> Sight:
    """A hill, seen from low in front: what is behind it (y > 0) cannot be seen in the middle."""
    x = np.linspace(-1, 1, 41)
    bands = BANDS * np.exp(-6 * (x[None] ** 2 + x[:, None] ** 2))
    return Sight(Mesh.of(picture(np.ones((41, 41)), xs=x, ys=x), bands), bands, Camera(turn=0, tilt=10), *SIZE)


def painted(sight: Sight, places: Any) -> int:
    """Return how many pixels a line has in its own colour."""
    image = QImage(*SIZE, QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    Drape(sight, [Thread(np.array(places, float), RED)], BLUE).paint(painter)
    painter.end()
    return sum(image.pixelColor(x, y) == RED for x in range(SIZE[0]) for y in range(SIZE[1]))


def test_a_line_in_front_is_painted_and_one_behind_the_hill_is_faint(sight: Sight) -> None:
    front, behind = [(-0.3, -0.8), (0.3, -0.8)], [(-0.15, 0.6), (0.15, 0.6)]
    assert painted(sight, front) > 50
    assert painted(sight, behind) == 0
    # One that goes past the hill is seen on both sides of it.
    assert 50 < painted(sight, [(-0.9, 0.6), (0.9, 0.6)]) < painted(sight, [(-0.9, -0.6), (0.9, -0.6)])


def test_gaps_and_what_lies_outside_are_left_out(sight: Sight) -> None:
    nan = float("nan")
    assert painted(sight, [(nan, nan), (nan, nan)]) == 0
    assert painted(sight, [(5.0, 5.0), (6.0, 6.0)]) == 0
    whole = painted(sight, [(-0.8, -0.8), (0.8, -0.8)])
    assert 0 < painted(sight, [(-0.8, -0.8), (-0.2, -0.8), (nan, nan), (0.2, -0.8), (0.8, -0.8)]) < whole


def test_a_hidden_mark_is_faint(sight: Sight) -> None:
    def middle(place: tuple[float, float]) -> QColor:
        image = QImage(*SIZE, QImage.Format.Format_ARGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        draw_spots(painter, sight, [Spot(*place, "o", 12, RED)])
        painter.end()
        (x, y), *_ = sight.seen(np.array([place]))[0]
        return image.pixelColor(round(x), round(y))

    assert middle((0.0, -0.8)) == RED
    assert middle((0.0, 0.6)).green() > 100


def test_a_line_of_few_points_gets_more_and_keeps_its_own() -> None:
    places = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.1]])
    found = followed(places, 40)
    assert 30 < len(found) < 45
    assert all((np.abs(found - place).max(axis=1) == 0).any() for place in places)
    assert np.hypot(*np.diff(found, axis=0).T).max() < 0.05
    # It stays on the line.
    assert ((found[:, 1] == 0) | (found[:, 0] == 1)).all()


def test_a_line_that_does_not_move_or_has_one_place_stays_as_it_is() -> None:
    for places in (np.zeros((1, 2)), np.zeros((5, 2)), np.full((3, 2), np.nan), np.empty((0, 2))):
        assert followed(places, 40) is places


def test_a_gap_stays_a_gap() -> None:
    found = followed(np.array([[0, 0], [1, 0], [np.nan, np.nan], [0, 1], [1, 1]], float), 20)
    gap = np.flatnonzero(np.isnan(found[:, 0]))
    assert len(gap) > 0
    assert (found[: gap[0], 1] == 0).all()
    assert (found[gap[-1] + 1 :, 1] == 1).all()
