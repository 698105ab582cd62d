"""Numbers to pixels: heat maps, weight images and grey pictures as bytes that Qt can blend without converting."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPixmap

from app.shell.theme import Theme
from core.choices.features import FEATURES

Pixels = NDArray[np.uint32]  # 0xAARRGGBB, premultiplied
Floats = NDArray[np.float32] | NDArray[np.float64]
Picture = Floats | NDArray[np.uint8]

_RADIUS = 4 / 32  # of a tile's corners, as a share of its side
_SIDE = 32


class Shades:
    """The colours of numbers in the theme of the moment."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Take the colours of the theme anew."""
        self._map = _packed(self._theme.diverging())
        grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
        grey[:, 3] = 255
        self._grey = _packed(grey)
        self._empty = np.full((_SIDE, _SIDE), self._map[127], np.uint32)

    def color(self, value: float) -> QColor:
        """Return the colour of a number of −1 … 1."""
        return self.colors(np.array([value]))[0]

    def colors(self, values: Floats) -> list[QColor]:
        """Return the colours of numbers (n,) of −1 … 1."""
        return [QColor(packed) for packed in self._map[_places(values)].tolist()]

    def tiles(self, values: Picture) -> list[QPixmap]:
        """Return a pixmap per unit of floats in −1 … 1 (units, n, n), cut off beyond, or of RGBA (units, n, n, 4)."""
        if values.dtype == np.uint8:
            return _cut(_rounded(_packed(values)))
        return _cut(_rounded(self._map[_places(np.asarray(values, np.float32))]))

    def grey(self, picture: Picture) -> QPixmap:
        """Return an image of floats in 0 … 1 or bytes (h, w), white on black; RGBA (h, w, 4) as it is."""
        if picture.ndim == 3:
            return _cut(_packed(picture)[None])[0]
        places = picture
        if picture.dtype != np.uint8:
            places = np.rint(np.nan_to_num(np.asarray(picture, np.float32)).clip(0, 1) * 255).astype(np.uint8)
        return _cut(np.ascontiguousarray(self._grey[places])[None])[0]

    def empty(self) -> QPixmap:
        """Return the tile of a neuron that has not computed anything yet."""
        return _cut(_rounded(self._empty[None].copy()))[0]


def feature_tiles(features: tuple[str, ...], span: tuple[float, float]) -> Floats:
    """Return what each feature is over the plane, (features, 32, 32) in −1 … 1; the first row is the largest x₂."""
    along = np.linspace(*span, _SIDE)
    x1, x2 = np.meshgrid(along, along[::-1])
    values = np.stack([np.broadcast_to(FEATURES[tag].function(x1, x2), x1.shape) for tag in features])
    largest = np.abs(values).max(axis=(1, 2), keepdims=True)
    return np.asarray(values / np.where(largest > 0, largest, 1))


def _places(values: Floats) -> NDArray[np.uint8]:
    """Return the places of numbers in a map of 256 colours; NaN takes the middle."""
    places = np.asarray(values, np.float32) * np.float32(127.5) + np.float32(127.5)
    np.clip(places, 0, 255, out=places)
    if np.isnan(places.sum()):
        np.nan_to_num(places, copy=False, nan=127.5)
    return places.astype(np.uint8)


def _packed(rgba: NDArray[np.generic]) -> Pixels:
    """Return RGBA bytes (…, 4), opaque, as premultiplied pixels (…)."""
    parts = np.asarray(rgba, np.uint32)
    return np.asarray(0xFF000000 | parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2], np.uint32)


def _rounded(pixels: Pixels) -> Pixels:
    """Round the corners of square tiles (units, n, n), in place."""
    side = pixels.shape[-1]
    rows, columns, share = _corners(side)
    found = pixels[:, rows, columns]
    parts = [((found >> shift & 255) * share).astype(np.uint32) << shift for shift in (24, 16, 8, 0)]
    pixels[:, rows, columns] = parts[0] | parts[1] | parts[2] | parts[3]
    return pixels


@cache
def _corners(side: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return rows, columns and cover (0 … 1) of the pixels that a rounded corner cuts."""
    radius = side * _RADIUS
    middle = np.arange(side) + 0.5
    outside = np.maximum(radius - np.minimum(middle, side - middle), 0)
    distance = np.hypot(outside[:, None], outside[None, :])
    cover = np.clip(radius - distance + 0.5, 0, 1)
    cover[distance == 0] = 1
    rows, columns = np.nonzero(cover < 1)
    return rows, columns, cover[rows, columns]


def _cut(pixels: Pixels) -> list[QPixmap]:
    """Return the pictures (count, h, w) as pixmaps, converted as one atlas."""
    count, height, width = pixels.shape
    atlas = np.ascontiguousarray(pixels)
    image = QImage(atlas.data, width, count * height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
    whole = QPixmap.fromImage(image)
    return [whole.copy(QRect(0, place * height, width, height)) for place in range(count)]
