"""Losses as colours: exact bands, levels that hold still, iso-lines where the levels are."""

from typing import Any

import numpy as np
import pytest

from core.pictures.depth import BANDS, STOPS, Levels, Scale, clipped_above, colours, finer, heights, painted


def test_the_map_goes_through_its_stops_from_dark_to_light() -> None:
    found = colours(8)
    assert [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in found.tolist()] == list(STOPS)
    brightness = colours(BANDS).astype(int).sum(axis=1)
    assert (np.diff(brightness) > 0).all()


def test_bands_are_even_in_the_logarithm_or_in_the_loss() -> None:
    log, even = Scale(True, -2.0, 0.0), Scale(False, 0.0, 2.0)
    np.testing.assert_allclose(log.bands(np.array([0.01, 0.1, 1.0])), [0, BANDS / 2, BANDS])
    np.testing.assert_allclose(even.bands(np.array([0.0, 0.5, 2.0])), [0, BANDS / 4, BANDS])
    assert log.loss(BANDS / 2) == pytest.approx(0.1)
    assert even.loss(BANDS / 4) == pytest.approx(0.5)


def test_what_is_no_number_has_the_top_colour_and_what_is_too_low_the_lowest() -> None:
    bands = Scale(True, -2.0, 0.0).bands(np.array([np.nan, np.inf, 50.0, 1e-9, 0.0]))
    np.testing.assert_array_equal(bands, [BANDS, BANDS, BANDS, 0, 0])


def test_levels_hold_still_until_the_picture_has_outgrown_them(picture: Any) -> None:
    levels = Levels()
    first = levels.follow(picture(np.array([[0.1, 1.0], [0.5, 0.2]])), np.inf, log=True)
    assert first == Scale(True, -1.0, 0.0)
    near = levels.follow(picture(np.array([[0.11, 0.95], [0.5, 0.2]])), np.inf, log=True)
    assert near is first
    deeper = levels.follow(picture(np.array([[0.01, 0.95], [0.5, 0.2]])), np.inf, log=True)
    assert deeper == Scale(True, -2.0, 0.0)
    shallow = levels.follow(picture(np.array([[0.5, 0.95], [0.6, 0.7]])), np.inf, log=True)
    assert shallow.low > -0.5
    even = levels.follow(picture(np.array([[0.5, 0.95], [0.6, 0.7]])), np.inf, log=False)
    assert (even.log, even.low, even.high) == (False, 0.5, 0.95)


def test_high_losses_are_clipped_and_told(picture: Any) -> None:
    losses = np.array([[0.1, 1.0], [500.0, 0.2]])
    scale = Levels().follow(picture(losses), 2.0, log=True)
    assert scale.high == pytest.approx(0.4)  # log₁₀ 2, to the next tenth
    assert clipped_above(picture(losses), scale) == pytest.approx(10**0.4)
    assert clipped_above(picture(np.array([[0.1, 1.0], [2.0, 0.2]])), scale) is None
    assert clipped_above(picture(np.array([[0.1, np.nan], [2.0, 0.2]])), scale) is not None


def test_a_picture_that_lies_above_the_clip_as_a_whole_is_still_drawn(picture: Any) -> None:
    scale = Levels().follow(picture(np.array([[20.0, 40.0], [30.0, 20.0]])), 2.0, log=True)
    assert scale.loss(0) <= 20 * 1.0001
    assert scale.loss(BANDS) >= 40 / 1.0001


def test_a_plain_and_a_picture_without_numbers_have_a_scale(picture: Any) -> None:
    plain = Levels().follow(picture(np.full((3, 3), 0.5)), np.inf, log=True)
    assert plain.high - plain.low >= 0.2 - 1e-9
    assert plain.loss(0) < 0.5 < plain.loss(BANDS)
    for log in (True, False):
        nothing = Levels().follow(picture(np.full((3, 3), np.nan)), np.inf, log=log)
        assert nothing.high > nothing.low
    even = Levels().follow(picture(np.zeros((3, 3))), np.inf, log=False)
    assert even.high > even.low


def test_a_finer_grid_is_linear_between_the_points() -> None:
    y, x = np.mgrid[0:3, 0:4].astype(float)
    found = finer(2 * x + 5 * y, (9, 13))
    fine_y, fine_x = np.meshgrid(np.linspace(0, 2, 9), np.linspace(0, 3, 13), indexing="ij")
    np.testing.assert_allclose(found, 2 * fine_x + 5 * fine_y, atol=1e-5)
    np.testing.assert_array_equal(finer(np.array([[1.0, 2.0]]), (3, 2)), [[1, 2]] * 3)


def test_bands_are_filled_and_their_borders_are_one_light_pixel() -> None:
    ramp = np.linspace(0, BANDS, 2)[None].repeat(2, 0)
    pixels = painted(ramp, (10, 1401))
    assert pixels.shape == (10, 1401, 4)
    assert (pixels[..., 3] == 255).all()
    table = colours(BANDS)
    for band in range(BANDS):
        np.testing.assert_array_equal(pixels[5, 100 * band + 50, :3], table[band])
    for level in range(1, BANDS):
        line = pixels[5, 100 * level, :3].astype(int)
        assert (line > table[level]).all()
        np.testing.assert_array_equal(pixels[5, 100 * level + 2, :3], table[level])
        np.testing.assert_array_equal(pixels[5, 100 * level - 2, :3], table[level - 1])


def test_a_plain_has_no_lines_even_on_a_level() -> None:
    pixels = painted(np.full((3, 3), 7.0), (30, 30))
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) == 1


def test_heights_are_linear_between_points_and_none_outside(picture: Any) -> None:
    made = picture(np.zeros((5, 9)), xs=np.linspace(-1, 1, 9), ys=np.linspace(-1, 1, 5))
    x, y = np.meshgrid(made.xs, made.ys)
    places = np.array([[-1.0, -1.0], [1.0, 1.0], [0.13, -0.7], [1.01, 0.0], [np.nan, 0.0]])
    found = heights(made, 3 * x - y + 4, places)
    np.testing.assert_allclose(found[:3], 3 * places[:3, 0] - places[:3, 1] + 4)
    assert np.isnan(found[3:]).all()
