"""Animations: frames as a GIF that any slide shows."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]  # (height, width, 3)
Told = Callable[[int, int], object]

MOST_FRAMES = 120
MOST_BYTES = 5_000_000
_SECONDS = 6.0  # that it takes, as far as the pace of its frames stays within these limits
_PACE = (60, 300)  # ms a frame
_FIRST, _LAST = 800, 2500  # ms that the first and the last frame stay
# Times as many pixels as half of all colours have at the most: such a colour stays as it is. And how many do.
_FREQUENT, _MOST_FREQUENT = 8, 128
_LOOKED_AT = 5  # frames that the colours are taken of


def gif(frame: Callable[[int], Pixels], count: int, told: Told = lambda done, total: None) -> bytes:
    """Return an animation that begins anew when it is over, of at most 5 MB.

    frame: draws the frames 0 … count − 1, all of one size; any of them may be asked for more than once. There are at
    most 120 in the file, spread evenly with the first and the last: fewer where the file would be too large. Frames
    that follow each other and are equal become one. told: how many frames are done, of how many.
    """
    places = spread(count, MOST_FRAMES)
    palette = _Palette([frame(place) for place in spread(count, _LOOKED_AT)])
    while True:
        found = _written(frame, places, palette, told)
        if len(found) <= MOST_BYTES or len(places) <= 2:
            return found
        places = [places[place] for place in spread(len(places), len(places) // 2)]


def spread(count: int, most: int) -> list[int]:
    """Return at most so many of the places 0 … count − 1, spread evenly, the first and the last among them."""
    return sorted(set(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()))


def _written(frame: Callable[[int], Pixels], places: list[int], palette: "_Palette", told: Told) -> bytes:
    pace = int(np.clip(1000 * _SECONDS / len(places), *_PACE)) // 10 * 10  # GIF counts hundredths of a second
    durations = [pace] * len(places)
    durations[0] = max(pace, _FIRST)
    durations[-1] = _LAST

    def drawn() -> Iterator[Image.Image]:
        for done, place in enumerate(places, 1):
            # One palette for all frames, and no dithering: what does not move is not written again.
            yield palette.picture(frame(place))
            told(done, len(places))

    pictures = drawn()
    buffer = io.BytesIO()
    options: dict[str, Any] = {"save_all": True, "append_images": pictures, "duration": durations, "loop": 0}
    next(pictures).save(buffer, format="GIF", **options)
    return buffer.getvalue()


class _Palette:
    """256 colours for frames. Those of flat areas and lines stay as they are: paper stays white.

    The rest stand for all others, of which each counts once: thin lines keep their colours, too. Every colour becomes
    the nearest one; Pillow itself looks for it only roughly.
    """

    def __init__(self, frames: list[Pixels]) -> None:
        packed, counts = np.unique(np.concatenate([_packed(frame).ravel() for frame in frames]), return_counts=True)
        colours = _unpacked(packed[counts.argsort()[::-1]])
        count = min(_MOST_FREQUENT, int((counts > _FREQUENT * np.median(counts)).sum()))
        frequent, others = colours[:count], colours[count:]
        if len(others):
            line = Image.fromarray(others.astype(np.uint8)[None])
            rest = line.quantize(256 - count, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            frequent = np.concatenate([frequent, np.array(rest.getpalette()).reshape(-1, 3)])
        self.colours = frequent
        self._nearest = np.full(1 << 24, -1, np.int16)  # by colour, as far as it was looked for

    def picture(self, pixels: Pixels) -> Image.Image:
        """Return a frame in these colours."""
        packed = _packed(pixels)
        unknown = np.unique(packed[self._nearest[packed] < 0])
        for some in np.array_split(unknown, len(unknown) // 4096 + 1):
            away = np.square(_unpacked(some)[:, None] - self.colours).sum(axis=2)
            self._nearest[some] = away.argmin(axis=1)
        picture = Image.fromarray(self._nearest[packed].astype(np.uint8))
        picture.putpalette(self.colours.astype(np.uint8).tobytes())
        return picture


def _packed(pixels: Pixels) -> NDArray[np.int32]:
    """Return colours (…, 3) as whole numbers (…)."""
    red, green, blue = np.moveaxis(pixels.astype(np.int32), -1, 0)
    found: NDArray[np.int32] = red << 16 | green << 8 | blue
    return found


def _unpacked(colours: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return whole numbers (n,) as colours (n, 3)."""
    found: NDArray[np.int32] = colours[:, None] >> np.array([16, 8, 0], np.int32) & 255
    return found
