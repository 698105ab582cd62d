"""Curves made fit for drawing: smoothed, and thinned so that no peak is lost."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_ROUNDING = 20.0  # how many powers of e a block of smoothing may span before digits are lost


def thin(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """Return at most ``most`` points of a curve: of each of ``most``/2 neighbourhoods the least and the greatest.

    They stay in their order, so that a line through them covers what the line through all points covers. Where a
    neighbourhood holds NaN alone, the curve has a gap.
    """
    count = len(y)
    if count <= most:
        return x, y
    bins = max(1, most // 2)
    size = -(-count // bins)
    bins = -(-count // size)
    low = high = np.concatenate([y, np.full(bins * size - count, y[-1])]).reshape(bins, size)
    unknown = np.isnan(low)
    if unknown.any():
        low, high = np.where(unknown, np.inf, low), np.where(unknown, -np.inf, high)
    ends = low.argmin(axis=1), high.argmax(axis=1)
    pair = np.stack([np.minimum(*ends), np.maximum(*ends)], axis=1) + np.arange(bins)[:, None] * size
    place = np.minimum(pair.ravel(), count - 1)
    return x[place], y[place]


def smooth(y: Floats, weight: float) -> Floats:
    """Return the decaying mean of a curve, each value weighing ``weight`` times what the one after it weighs.

    It starts at the first value rather than at 0. A NaN stays NaN, and counts for nothing after it.
    """
    if weight <= 0 or not len(y):
        return y
    known = np.isfinite(y)
    total = _decayed(np.where(known, y, 0.0), weight)
    share = _decayed(known.astype(np.float64), weight)
    return np.divide(total, share, out=np.full_like(total, np.nan), where=known)


def _decayed(values: Floats, weight: float) -> Floats:
    """Return s with s[i] = weight·s[i − 1] + values[i]: block by block, and then from block to block."""
    count = len(values)
    size = min(count, max(2, int(_ROUNDING / -np.log(weight))))
    blocks = -(-count // size)
    padded = np.concatenate([values, np.zeros(blocks * size - count)]).reshape(blocks, size)
    powers = weight ** np.arange(size)
    inner = np.cumsum(padded / powers, axis=1) * powers
    carried = np.empty(blocks)
    carry, jump = 0.0, weight**size
    for place, last in enumerate(inner[:, -1].tolist()):
        carried[place] = carry
        carry = carry * jump + last
    decayed: Floats = (inner + carried[:, None] * (powers * weight)).ravel()[:count]
    return decayed
