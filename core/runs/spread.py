"""The spread over seeds: the band of many runs, and whether a difference is more than the luck of the start."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.runs.curves import Column, Curves, Floats

LOW, HIGH = 0.1, 0.9
LEAST_SEEDS = 4  # fewer say next to nothing about a spread


@dataclass(frozen=True, eq=False)
class Band:
    """Median and 10–90 % of some runs at each epoch, all (n,); NaN where no run has a value.

    runs: how many have one at that epoch. It falls where runs end, and the band is then that of the others.
    """

    epochs: NDArray[np.int64]
    median: Floats
    low: Floats
    high: Floats
    runs: NDArray[np.int64]


def band(curves: Sequence[Curves], column: Column) -> Band:
    """Return the band of runs in a column, over their exact epochs; runs may be of different lengths."""
    exact = [one.spans == 1 for one in curves]
    of_run = [one["epoch"][keep].astype(np.int64) for one, keep in zip(curves, exact, strict=True)]
    epochs = np.unique(np.concatenate([np.empty(0, np.int64), *of_run]))
    table = np.full((max(len(curves), 1), len(epochs)), np.nan)
    for row, one, keep, places in zip(table, curves, exact, of_run, strict=False):
        row[np.searchsorted(epochs, places)] = one[column][keep]
    low, median, high = quantiles(table, (LOW, 0.5, HIGH))
    return Band(epochs, median, low, high, np.isfinite(table).sum(0))


def quantiles(table: Floats, shares: Sequence[float]) -> tuple[Floats, ...]:
    """Return the quantiles (n,) of the numbers in each column of (k, n), as numpy's, leaving out what is not finite.

    numpy's own goes through the columns one by one where it leaves numbers out, which takes too long while one looks.
    """
    kept = np.sort(np.where(np.isfinite(table), table, np.nan), axis=0)  # NaN comes last
    last = np.maximum(np.isfinite(kept).sum(0) - 1, 0)
    found = []
    for share in shares:
        place = share * last
        below = np.floor(place).astype(int)
        low = np.take_along_axis(kept, below[None], 0)[0]
        high = np.take_along_axis(kept, np.minimum(below + 1, last)[None], 0)[0]
        found.append(low + (high - low) * (place - below))
    return tuple(found)


@dataclass(frozen=True)
class Difference:
    """Two settings over seeds. within: whether they differ by no more than the seeds do; None: nobody can tell yet.

    medians: of the first and the second. lower: in how many of ``pairs`` seeds that both have the second is the lower.
    """

    within: bool | None
    medians: tuple[float, float]
    lower: int
    pairs: int
    sentence: str


def within_spread(first: tuple[str, Mapping[int, float]], second: tuple[str, Mapping[int, float]]) -> Difference:
    """Tell whether the difference of two settings lies within the spread of the seeds.

    Each is a name and a value by seed, such as the last validation loss; NaN or infinite where the run diverged. The
    difference lies within the spread if the median of either lies among the middle 80 % of the other's seeds.
    """
    values = [np.array([_finite(value) for value in by_seed.values()]) for _, by_seed in (first, second)]
    shared = [(first[1][seed], second[1][seed]) for seed in first[1] if seed in second[1]]
    lower = sum(_finite(b) < _finite(a) for a, b in shared)
    medians = [float(np.median(some)) if len(some) else math.nan for some in values]
    names = f"Medians: {first[0]} {medians[0]:.4g}, {second[0]} {medians[1]:.4g}."
    within = None
    if min(map(len, values)) < LEAST_SEEDS:
        verdict = f"Fewer than {LEAST_SEEDS} seeds each do not tell whether that is luck: compare over more seeds."
    else:
        ranges = [_middle(some) for some in values]
        within = _holds(ranges[1], medians[0]) or _holds(ranges[0], medians[1])
        lies = "lies within" if within else "is more than"
        verdict = f"The difference {lies} the spread of the seeds."
    pairs = f" {second[0]} is lower in {lower} of {len(shared)} seeds." if len(shared) >= LEAST_SEEDS else ""
    return Difference(within, (medians[0], medians[1]), lower, len(shared), f"{verdict} {names}{pairs}")


def _finite(value: float) -> float:
    """Return a value as it is ranked: a run that diverged is worse than all others."""
    return value if math.isfinite(value) else math.inf


def _middle(values: Floats) -> tuple[float, float]:
    """Return the 10 % and the 90 % quantile; infinite where it falls among runs that diverged."""
    low, high = ranked(values, (LOW, HIGH))
    return low, high


def ranked(values: Sequence[float] | Floats, shares: Sequence[float]) -> list[float]:
    """Return quantiles of numbers; infinite where one falls among those that are, as of runs that diverged."""
    inorder = np.sort(np.asarray(values, np.float64))
    found = []
    for share in shares:
        place = share * (len(inorder) - 1)
        low, high = float(inorder[math.floor(place)]), float(inorder[math.ceil(place)])
        part = place % 1
        found.append(low + (high - low) * part if math.isfinite(low) and math.isfinite(high) else high if part else low)
    return found


def _holds(ends: tuple[float, float], value: float) -> bool:
    return ends[0] <= value <= ends[1]
