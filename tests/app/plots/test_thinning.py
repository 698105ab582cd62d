"""Curves thinned and smoothed, against plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.thinning import smooth, thin


@given(st.integers(1, 5000), st.integers(2, 400))
def test_thinned_curve_keeps_extremes_ends_of_range_and_order(count: int, most: int) -> None:
    draws = np.random.default_rng(count)
    x, y = np.arange(count, dtype=float), draws.normal(size=count)
    thin_x, thin_y = thin(x, y, most)
    assert len(thin_x) == len(thin_y) <= max(most, 2)
    assert (thin_y.min(), thin_y.max()) == (y.min(), y.max())
    assert (np.diff(thin_x) >= 0).all()
    assert set(zip(thin_x, thin_y, strict=True)) <= set(zip(x, y, strict=True))


def test_every_peak_survives() -> None:
    y = np.zeros(20_000)
    y[[17, 4_000, 19_999]] = 5, -7, 9
    _, found = thin(np.arange(20_000.0), y, 2000)
    assert {5, -7, 9} <= set(found)


def test_a_gap_stays_a_gap() -> None:
    y = np.ones(1000)
    y[300:700] = np.nan
    x, found = thin(np.arange(1000.0), y, 100)
    assert np.isnan(found[(x > 320) & (x < 680)]).all()
    assert np.isfinite(found[(x < 280) | (x > 720)]).all()


def test_short_curve_is_left_as_it_is() -> None:
    x, y = np.arange(5.0), np.ones(5)
    assert thin(x, y, 10) == (x, y)


@pytest.mark.parametrize("weight", [0.01, 0.5, 0.75, 0.99, 0.999])
@pytest.mark.parametrize("count", [1, 2, 37, 3000])
def test_smoothing_is_the_decaying_mean(weight: float, count: int) -> None:
    y = np.random.default_rng(1).normal(size=count)
    total = share = 0.0
    wanted = []
    for value in y:
        total, share = weight * total + value, weight * share + 1
        wanted.append(total / share)
    np.testing.assert_allclose(smooth(y, weight), wanted, rtol=1e-9, atol=1e-12)


def test_smoothing_of_0_is_off() -> None:
    y = np.random.default_rng(1).normal(size=50)
    assert smooth(y, 0.0) is y


def test_what_is_not_finite_counts_for_nothing() -> None:
    y = np.array([1.0, np.nan, 3.0, np.inf, 5.0])
    found = smooth(y, 0.5)
    assert np.isnan(found[[1, 3]]).all()
    assert found[2] == pytest.approx((1 * 0.25 + 3) / 1.25)
    assert found[4] == pytest.approx((1 / 16 + 3 / 4 + 5) / (1 / 16 + 1 / 4 + 1))
