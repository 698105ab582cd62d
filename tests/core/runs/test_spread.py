"""The band of many runs against numpy, and the verdict on a difference."""

import math
from time import thread_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from core.runs.curves import COLUMNS, Curves, Floats
from core.runs.spread import band, quantiles, ranked, within_spread


def curves(epochs: list[int], losses: list[float], spans: list[int] | None = None) -> Curves:
    values = np.full((len(epochs), len(COLUMNS)), np.nan)
    values[:, COLUMNS.index("epoch")] = epochs
    values[:, COLUMNS.index("validation_loss")] = losses
    return Curves(values, np.ones(len(epochs), np.int64) if spans is None else np.array(spans))


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.one_of(st.floats(-1e6, 1e6), st.just(math.nan)),
    )
)
def test_quantiles_are_numpys(table: Floats) -> None:
    shares = (0.0, 0.1, 0.5, 0.9, 1.0)
    some = ~np.isnan(table).all(0)
    found = np.array(quantiles(table, shares))
    if some.any():
        wanted = np.nanquantile(table[:, some], shares, axis=0)
        np.testing.assert_allclose(found[:, some], wanted, rtol=1e-12, atol=1e-9)
    assert np.isnan(found[:, ~some]).all()


def test_a_band_over_runs_of_different_length() -> None:
    draws = np.random.default_rng(0)
    losses = [draws.random(count) for count in (9, 9, 4, 6)]
    losses[1][2] = math.nan
    losses[3][5] = math.inf  # the last before it diverged
    found = band([curves(list(range(len(one))), one.tolist()) for one in losses], "validation_loss")
    assert found.epochs.tolist() == list(range(9))
    assert found.runs.tolist() == [4, 4, 3, 4, 3, 2, 2, 2, 2]
    for epoch in range(9):
        there = [one[epoch] for one in losses if len(one) > epoch and math.isfinite(one[epoch])]
        low, median, high = np.quantile(there, (0.1, 0.5, 0.9))
        assert (found.low[epoch], found.median[epoch], found.high[epoch]) == pytest.approx((low, median, high))


def test_folded_epochs_have_no_band() -> None:
    found = band(
        [curves([0, 1, 4, 9, 10], [5, 4, 3, 2, 1], [1, 4, 4, 1, 1]), curves([9, 10], [4, 3])], "validation_loss"
    )
    assert found.epochs.tolist() == [0, 9, 10]
    assert found.median.tolist() == [5, 3, 2]


def test_of_no_run_there_is_no_band() -> None:
    assert len(band([], "validation_loss").epochs) == 0
    assert len(band([curves([], [])], "validation_loss").median) == 0


def test_a_band_is_quick_enough_for_a_redraw() -> None:
    draws = np.random.default_rng(0)
    runs = [curves(list(range(2000)), draws.random(2000).tolist()) for _ in range(16)]
    took = []
    for _ in range(5):
        start = thread_time()
        band(runs, "validation_loss")
        took.append(thread_time() - start)
    assert min(took) < 0.016


def by_seed(values: list[float]) -> dict[int, float]:
    return dict(enumerate(values))


A = [0.50, 0.52, 0.54, 0.56, 0.58]


@pytest.mark.parametrize(
    ("other", "within", "words"),
    [
        (
            [0.51, 0.53, 0.55, 0.57, 0.59],
            True,
            "lies within the spread of the seeds. Medians: a 0.54, b 0.55. b is lower in 0 of 5",
        ),
        (
            [0.20, 0.22, 0.24, 0.26, 0.28],
            False,
            "more than the spread of the seeds. Medians: a 0.54, b 0.24. b is lower in 5 of 5",
        ),
        ([0.10, 0.20, 0.30, 0.95, 0.99], True, "b is lower in 3 of 5 seeds."),  # a's median lies among its seeds
        ([0.20, 0.22, 0.24, math.nan, math.inf], True, "b is lower in 3 of 5 seeds."),
        ([0.90, math.inf, math.nan, math.inf, math.inf], False, "b inf"),
        ([0.20, 0.22, 0.24], None, "Fewer than 4 seeds each do not tell"),
        ([], None, "Fewer than 4 seeds"),
    ],
)
def test_a_difference_within_the_spread_is_called_so(other: list[float], within: bool | None, words: str) -> None:
    found = within_spread(("a", by_seed(A)), ("b", by_seed(other)))
    assert found.within is within
    assert words in found.sentence
    assert "Medians: a 0.54, b " in found.sentence
    mirrored = within_spread(("b", by_seed(other)), ("a", by_seed(A)))
    assert mirrored.within is within


def test_two_settings_that_always_diverge_do_not_differ() -> None:
    gone = by_seed([math.nan] * 5)
    assert within_spread(("a", gone), ("b", gone)).within


def test_the_middle_is_numpys() -> None:
    # One value just inside and just outside the 10-90 % of the other's seeds.
    low = float(np.quantile(A, 0.1))
    for shift, within in ((1e-9, True), (-1e-9, False)):
        narrow = by_seed([low + shift] * 5)
        assert within_spread(("a", by_seed(A)), ("b", narrow)).within is within


def test_only_seeds_that_both_have_are_pairs() -> None:
    found = within_spread(("a", dict.fromkeys(range(6), 1.0)), ("b", dict.fromkeys(range(2, 9), 0.5)))
    assert (found.lower, found.pairs) == (4, 4)


def test_quantiles_with_runs_that_diverged() -> None:
    values = [3.0, 1.0, math.inf, 2.0]
    assert ranked(values, (0.0, 0.5, 0.9)) == [1.0, 2.5, math.inf]
    assert ranked([math.inf], (0.5,)) == [math.inf]
    assert ranked([-math.inf, 1.0, 2.0], (0.0, 0.5)) == [-math.inf, 1.0]
    finite = [3.0, 1.0, 7.0, 2.0, 5.0]
    assert ranked(finite, (0.1, 0.5, 0.9)) == pytest.approx(np.quantile(finite, (0.1, 0.5, 0.9)).tolist())
