"""Pixels of tiles are the colours of their numbers."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPixmap

from app.canvas.shades import Shades, feature_tiles
from app.shell.theme import Theme
from core.choices.features import FEATURES


def _pixel(pixmap: QPixmap, row: int, column: int) -> tuple[int, int, int]:
    color = pixmap.toImage().pixelColor(column, row)
    return color.red(), color.green(), color.blue()


@pytest.mark.parametrize("value", [-1.0, -0.5, 0.0, 0.25, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tile_has_the_colours_of_its_numbers(theme: Theme, value: float, dtype: type) -> None:
    tiles: NDArray[np.float64] = np.zeros((2, 8, 8), dtype)
    tiles[1, 3, 5] = value
    pixmaps = Shades(theme).tiles(tiles)
    table = theme.diverging()
    assert _pixel(pixmaps[1], 3, 5) == tuple(table[int(value * 127.5 + 127.5)][:3].tolist())
    assert _pixel(pixmaps[0], 3, 5) == tuple(table[127][:3].tolist())


def test_numbers_beyond_one_are_cut_off_and_nan_is_neutral(theme: Theme) -> None:
    tiles = np.zeros((1, 8, 8))
    tiles[0, 4, 2:6] = (-np.inf, -7, 9, np.nan)
    pixmap, table = Shades(theme).tiles(tiles)[0], theme.diverging()
    assert [_pixel(pixmap, 4, c) for c in range(2, 6)] == [tuple(table[i][:3].tolist()) for i in (0, 0, 255, 127)]


def test_rgba_is_shown_as_it_is(theme: Theme) -> None:
    tiles = np.full((1, 8, 8, 4), 255, np.uint8)
    tiles[0, 2, 4] = (10, 200, 30, 255)
    assert _pixel(Shades(theme).tiles(tiles)[0], 2, 4) == (10, 200, 30)


def test_corners_are_round(theme: Theme) -> None:
    image = Shades(theme).tiles(np.zeros((1, 32, 32)))[0].toImage()
    assert image.pixelColor(0, 0).alpha() < 40
    assert image.pixelColor(16, 0).alpha() == 255


def test_an_image_is_grey(theme: Theme) -> None:
    picture = np.zeros((4, 4), np.float32)
    picture[1, 2] = 1
    pixmap = Shades(theme).grey(picture)
    assert (_pixel(pixmap, 1, 2), _pixel(pixmap, 0, 0)) == ((255, 255, 255), (0, 0, 0))


def test_feature_tiles_are_the_features() -> None:
    tiles = feature_tiles(tuple(FEATURES), (-6.0, 6.0))
    assert tiles.shape == (len(FEATURES), 32, 32)
    assert np.abs(tiles).max(axis=(1, 2)) == pytest.approx(1)
    assert tiles[0, 0, 0] == -1  # x₁ at the left
    assert tiles[1, 0, 0] == 1  # x₂ at the top


def test_the_colour_of_a_number_is_that_of_a_tile(theme: Theme) -> None:
    expected = QColor(*theme.diverging()[255].tolist())
    assert Shades(theme).color(1.0) == expected
