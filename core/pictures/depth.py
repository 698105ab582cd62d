"""Losses as colours: the map "depth", 14 bands between levels that stay where they are while a network trains."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.landscape.values import Floats, LandscapePicture

# Low is dark, as a valley; equal steps of lightness, in both themes.
STOPS = ("#0d1530", "#143058", "#1d5078", "#3c7590", "#6f9aa3", "#a5bfbd", "#d8e0d8", "#f6f4ec")
BANDS = 14
# Times the loss of the start weights, above which all losses share a colour: where colours are logarithmic or not.
CLIP = {True: 12.0, False: 3.0}
LINE = 0.22  # opacity of the white iso-lines
_ROUNDING = 1e-4  # bands: a plain that lies on a level is one band, and no line
_LEAST_SPAN = 0.2  # of logarithms: a plain is not made to look like mountains
_STEP = 0.1  # to which the ends of a logarithmic scale are rounded
_DEEPEST = 4.0  # powers of ten below the top that are told apart
_NARROW = 0.5  # of the scale: where the picture fills less of it, it is taken anew


def colours(count: int) -> NDArray[np.uint8]:
    """Return so many colours (count, 3) from the lowest to the highest, linear between the stops."""
    stops = np.array([[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in STOPS], float)
    place = np.linspace(0, len(STOPS) - 1, count)
    table = np.stack([np.interp(place, np.arange(len(STOPS)), stops[:, channel]) for channel in range(3)], axis=1)
    found: NDArray[np.uint8] = np.rint(table).astype(np.uint8)
    return found


class Grid(Protocol):
    """What losses were taken over: evenly spaced places (n,) and (m,)."""

    @property
    def xs(self) -> Floats: ...
    @property
    def ys(self) -> Floats: ...


@dataclass(frozen=True)
class Scale:
    """Where the colours begin and end. low, high: losses, or their logarithms (to the base ten) where ``log``."""

    log: bool = True
    low: float = -1.0
    high: float = 0.0

    def on(self, loss: Floats) -> Floats:
        """Return losses as the scale has them: logarithms, or themselves; infinite where they are no numbers."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.log10(loss) if self.log else loss
        return np.where(np.isnan(loss), np.inf, found)

    def bands(self, loss: Floats) -> Floats:
        """Return losses in bands, 0 … 14; those beyond the ends of the scale lie at its ends."""
        found: Floats = np.clip((self.on(loss) - self.low) / (self.high - self.low), 0.0, 1.0) * BANDS
        return found

    def loss(self, band: float) -> float:
        """Return the loss at a place in bands."""
        value = self.low + band / BANDS * (self.high - self.low)
        return 10**value if self.log else value


class Levels:
    """Keeps a scale that fits the pictures that come, and moves it seldom: colours that change cannot be read."""

    def __init__(self) -> None:
        self.scale: Scale | None = None

    def forget(self) -> None:
        """Fit the next picture, whatever was before it."""
        self.scale = None

    def follow(self, picture: LandscapePicture, most: float, *, log: bool) -> Scale:
        """Return the scale of a picture. most: the loss above which all have the top colour, infinite for none."""
        low, high = _ends(picture, most, log)
        kept = self.scale
        if kept is not None and kept.log == log:
            room = (kept.high - kept.low) / BANDS
            fits = (
                kept.low - room <= low and high <= kept.high + room and high - low >= _NARROW * (kept.high - kept.low)
            )
            if fits:
                return kept
        if log:
            low, high = math.floor(low / _STEP) * _STEP, math.ceil(high / _STEP) * _STEP
        self.scale = Scale(log, low, high)
        return self.scale


def _ends(picture: LandscapePicture, most: float, log: bool) -> tuple[float, float]:
    found = picture.finite_range
    if found is None:
        return (-1.0, 0.0) if log else (0.0, 1.0)
    low, high = found
    if low < most:
        high = min(high, most)
    if not log:
        return (low, high) if high > low else (low, low + max(abs(low), 1e-9))
    top = math.log10(high) if high > 0 else 0.0
    bottom = max(math.log10(low) if low > 0 else -math.inf, top - _DEEPEST)
    if top - bottom < _LEAST_SPAN:
        middle = (top + bottom) / 2
        return middle - _LEAST_SPAN / 2, middle + _LEAST_SPAN / 2
    return bottom, top


def clipped_above(picture: LandscapePicture, scale: Scale) -> float | None:
    """Return the loss above which this picture's losses share the top colour, None where there are none."""
    top = scale.loss(BANDS)
    loss = picture.loss
    beyond = ~(loss <= top * (1 + 1e-9) if top >= 0 else loss <= top)
    # The rounding of the scale's ends leaves no band out: only what lies more than a band above it counts.
    above = scale.on(loss) > scale.high + (scale.high - scale.low) / BANDS
    return top if bool((beyond & above).any()) else None


def finer(values: Floats, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return a grid (m, n) as one of another shape, linear between its points in both directions."""
    found = values.astype(np.float32)
    for axis, count in enumerate(shape):
        known = found.shape[axis]
        if known == 1:
            found = np.repeat(found, count, axis=axis)
            continue
        place = np.linspace(0, known - 1, count)
        before = np.minimum(place.astype(np.intp), known - 2)
        share = (place - before).astype(np.float32)
        share = share[:, None] if axis == 0 else share
        found = np.take(found, before, axis) * (1 - share) + np.take(found, before + 1, axis) * share
    return found


def painted(bands: Floats, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return RGBA (height, width, 4) of losses in bands (m, n): filled bands, and iso-lines one pixel wide on top."""
    fine = finer(bands, shape)
    colour = colours(BANDS)[np.minimum(fine + _ROUNDING, BANDS - 0.001).astype(np.intp)]
    # The distance to the nearest level in pixels is the distance in bands over the slope in bands per pixel.
    slope = np.maximum(
        np.abs(np.diff(fine, axis=0, append=fine[-1:])), np.abs(np.diff(fine, axis=1, append=fine[:, -1:]))
    )
    level = np.rint(fine)
    near = np.abs(fine - level) / np.maximum(slope, 1e-6)
    inner = (level > 0) & (level < BANDS) & (slope > _ROUNDING)
    share = np.where(inner, np.clip(1 - near, 0, 1) * np.float32(LINE), 0)[..., None]
    pixels = np.empty((*fine.shape, 4), np.uint8)
    pixels[..., :3] = colour + (255 - colour) * share
    pixels[..., 3] = 255
    return pixels


def heights(grid: Grid, bands: Floats, places: Floats) -> Floats:
    """Return the heights (k,) in bands at places (k, 2) of a grid, linear between its points; NaN outside it."""
    xs, ys = grid.xs, grid.ys
    if len(xs) < 2 or len(ys) < 2:
        return np.full(len(places), np.nan)
    across = (places[:, 0] - xs[0]) / (xs[-1] - xs[0]) * (len(xs) - 1)
    up = (places[:, 1] - ys[0]) / (ys[-1] - ys[0]) * (len(ys) - 1)
    inside = (across >= 0) & (across <= len(xs) - 1) & (up >= 0) & (up <= len(ys) - 1)
    column = np.clip(np.nan_to_num(across).astype(np.intp), 0, len(xs) - 2)
    row = np.clip(np.nan_to_num(up).astype(np.intp), 0, len(ys) - 2)
    x, y = across - column, up - row
    lower = bands[row, column] * (1 - x) + bands[row, column + 1] * x
    upper = bands[row + 1, column] * (1 - x) + bands[row + 1, column + 1] * x
    found: Floats = np.where(inside, lower * (1 - y) + upper * y, np.nan)
    return found
