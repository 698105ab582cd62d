"""Numbers over the plane as colours: the theme's diverging map, or a colour per class that pales where it is unsure."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.shell.theme import Theme
from core.probes.pictures import Floats, Kind

_STEPS = 256
_OPACITY = {False: 0.78, True: 0.85}  # over the panel, in the light and in the dark theme, so that points stand out
_BANDS = 4  # on either side of the middle, where numbers are made discrete


class Answers(Protocol):
    """What networks answer over the plane, as PlanePicture and SubNetworksPicture have it."""

    @property
    def kind(self) -> Kind: ...
    @property
    def outputs(self) -> Floats: ...
    @property
    def shade(self) -> Floats: ...
    @property
    def winner(self) -> NDArray[np.uint8] | None: ...


class Shading:
    """The colours of a theme, ready to be looked up."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Take the theme's colours anew."""
        self.map = self._over_panel(self.theme.diverging().astype(float))
        self._classes: dict[int, NDArray[np.uint8]] = {}

    def _over_panel(self, colors: NDArray[np.float64]) -> NDArray[np.uint8]:
        opacity = _OPACITY[self.theme.dark]
        panel = np.array(self.theme.color("panel").getRgb(), float)
        mixed = np.rint(colors * opacity + panel * (1 - opacity)).astype(np.uint8)
        mixed[:, 3] = 255
        return mixed

    def classes(self, count: int) -> NDArray[np.uint8]:
        """Return (count · 256, 4): of each class the middle colour at 0 to its own at 1."""
        if count not in self._classes:
            middle = np.array(self.theme.color("middle").getRgb(), float)
            full = np.array([color.getRgb() for color in self.theme.classes(count)], float)
            share = np.linspace(0, 1, _STEPS)[None, :, None]
            table = middle * (1 - share) + full[:, None, :] * share
            self._classes[count] = self._over_panel(table.reshape(-1, 4))
        return self._classes[count]

    def values(self, shade: Floats, discrete: bool = False, bands: int = 1) -> NDArray[np.uint8]:
        """Return RGBA (n, m, 4) of numbers in −1 … 1; discrete: in bands on either side of 0."""
        if discrete:
            shade = np.where(shade > 0, 1.0, -1.0) * np.clip(np.ceil(np.abs(shade) * bands), 1, bands) / bands
        return self.map[_places((_known(shade) + 1) / 2)]

    def surface(self, picture: Answers, discrete: bool = False) -> NDArray[np.uint8]:
        """Return RGBA (n, n, 4) of the network's answers over the plane."""
        if picture.kind not in ("classes", "scores") or picture.winner is None:
            return self.values(picture.shade, discrete, _BANDS if picture.kind == "value" else 1)
        count = picture.outputs.shape[-1]
        # The best of several probabilities is above 1/count: below it no colour is needed.
        least = 1 / count if picture.kind == "classes" else 0.0
        sure = np.ones_like(picture.shade) if discrete else (_known(picture.shade) - least) / (1 - least)
        pixels: NDArray[np.uint8] = self.classes(count)[picture.winner.astype(np.intp) * _STEPS + _places(sure)]
        return pixels

    def dot(self, shade: float) -> QColor:
        """Return the colour of a point with a number."""
        red, green, blue, _ = self.theme.diverging()[_places(np.array([(shade + 1) / 2]))[0]]
        return QColor(int(red), int(green), int(blue))


def _known(shade: Floats) -> Floats:
    """Return numbers with 0 in place of NaN; np.nan_to_num takes ten times as long."""
    return np.where(np.isnan(shade), 0, shade)


def _places(share: Floats) -> NDArray[np.intp]:
    return np.clip(np.rint(share * (_STEPS - 1)), 0, _STEPS - 1).astype(np.intp)
