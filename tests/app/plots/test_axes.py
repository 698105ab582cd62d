"""Ticks at round numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.axes import finite_range, log_ticks, percent, power, round_ticks, share_ticks, whole_ticks


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 20))
def test_round_ticks_lie_within_and_are_not_too_many(low: float, width: float, count: int) -> None:
    ticks = round_ticks(low, low + width, count)
    assert len(ticks) <= count + 1
    step = width / 1e6
    assert all(low - step <= tick <= low + width + step for tick in ticks)


def test_round_ticks_are_round() -> None:
    assert round_ticks(0, 10, 5) == [0, 2, 4, 6, 8, 10]
    assert round_ticks(0, 0.7, 4) == pytest.approx([0, 0.2, 0.4, 0.6])
    assert round_ticks(3, 3, 4) == []


def test_whole_ticks_are_whole() -> None:
    assert whole_ticks(0, 3, 10) == [0, 1, 2, 3]


def test_no_share_above_one() -> None:
    assert share_ticks(0.4, 1.05, 8)[-1] == 1


@pytest.mark.parametrize(
    ("low", "high", "count", "wanted"),
    [
        (-3, 0, 4, [0.001, 0.01, 0.1, 1]),
        (-2, 0, 6, [0.01, 0.03, 0.1, 0.3, 1]),
        (-1, 0, 12, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        (-12, 0, 4, [1e-12, 1e-8, 1e-4, 1]),
    ],
)
def test_log_ticks_are_powers_of_ten_and_what_fits_between(
    low: float, high: float, count: int, wanted: list[float]
) -> None:
    assert [10**tick for tick in log_ticks(low, high, count)] == pytest.approx(wanted)


def test_narrow_logarithmic_axis_has_even_ticks() -> None:
    ticks = [10**tick for tick in log_ticks(np.log10(0.51), np.log10(0.58), 4)]
    assert ticks == pytest.approx([0.52, 0.54, 0.56, 0.58])


def test_numbers_are_written() -> None:
    assert (percent(0.957), power(-2)) == ("95.7 %", "0.01")


def test_range_of_what_is_finite() -> None:
    assert finite_range([np.array([np.nan, 2.0]), np.array([-1.0, np.inf])]) == (-1, 2)
    assert finite_range([np.array([np.nan])]) is None
