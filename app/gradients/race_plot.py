"""The plot of the race: the losses as a map, the way of each racer on it, and the arrows of one of them."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from app.gradients.plot import Plot, Row, number
from app.gradients.track import RaceFrame
from app.landscape.arrows import arrow
from app.landscape.strokes import PathItems, casing
from app.plots.axes import Axis, round_ticks
from app.plots.spots import Spot, Spots, marker
from app.plots.thinning import Floats
from app.shell.theme import Theme
from core.landscape.courses import Lap
from core.pictures.depth import heights, painted

_PIXELS = (256, 384)  # height and width of the map
_LONGEST = 0.22  # of the picture: the arrow of the longest gradient or momentum of a lap
_SHORTEST = 0.03  # of the picture: an arrow that can still be seen
ARROWS = ("gradient", "momentum", "step")


def arrow_color(theme: Theme, name: str) -> QColor:
    """Return the colour of an arrow."""
    return theme.color({"gradient": "err", "momentum": "ok", "step": "accent"}[name])


def racer_color(theme: Theme, place: int) -> QColor:
    """Return the colour of a racer."""
    return theme.classes(10)[place % 10]


class RacePlot(Plot):
    """Shows a race up to a step. chosen: a racer was clicked, by its place."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        self.frame: RaceFrame | None = None
        self.step = 0
        self.racer = 0  # whose arrows are drawn
        self.arrows = frozenset(ARROWS)
        self._names = "w₁", "w₂"
        self._shown = 0.0, 0.0
        left = Axis(theme, "left", round_ticks, widest="\N{MINUS SIGN}0.00")
        super().__init__(theme, left, Axis(theme, "bottom", round_ticks), self.tr("Race of the optimizers"))
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.view.addItem(self.image, ignoreBounds=True)
        self.ways: list[PathItems] = []
        self.items = {name: PathItems(self.view, 30 + 2 * place) for place, name in enumerate(ARROWS)}
        self.heads = Spots(self.view, 40)
        self.scene().sigMouseClicked.connect(self._clicked)
        self.refresh()

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        super().refresh()
        for axis, name in zip((self.bottom, self.left), self._names, strict=True):
            axis.setGrid(False)
            axis.name(name)

    def show_frame(self, frame: RaceFrame | None, names: tuple[str, str]) -> None:
        """Show a race from its start; names: of the two weights."""
        self.frame, self.step, self._names = frame, 0, names
        if frame is None:
            self.image.clear()
        else:
            pixels = painted(frame.scale.bands(frame.loss), _PIXELS)
            self.image.setImage(pixels, autoLevels=False, levels=None)
            left, low = float(frame.xs[0]), float(frame.ys[0])
            wide, tall = float(frame.xs[-1]) - left, float(frame.ys[-1]) - low
            self._shown = wide, tall
            self.image.setRect(QRectF(left, low, wide, tall))
            self.span((left, left + wide), (low, low + tall))
        self.refresh()

    def show_step(self, step: int) -> None:
        """Show the race after so many steps."""
        self.step = step
        self.draw()

    def show_racer(self, place: int) -> None:
        """Draw the arrows of a racer."""
        self.racer = place
        self.draw()

    def show_arrows(self, names: frozenset[str]) -> None:
        """Draw these arrows."""
        self.arrows = names
        self.draw()

    # -- drawn ---------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw ways, heads and arrows."""
        laps = () if self.frame is None else self.frame.laps
        edge = casing(self.theme)
        while len(self.ways) < len(laps):
            self.ways.append(PathItems(self.view, 10))
        spots = []
        for place, way in enumerate(self.ways):
            if place >= len(laps):
                way.show(None, edge, edge)
                continue
            places = laps[place].places[: self.step + 1]
            color = racer_color(self.theme, place)
            way.show(places, color, edge)
            size = 13.0 if place == self.racer else 9.0
            spots.append(Spot(float(places[-1, 0]), float(places[-1, 1]), marker(place), size, color, edge, 1.5))
        self.heads.show(spots)
        lap = laps[self.racer] if self.racer < len(laps) else None
        for name, item in self.items.items():
            item.show(None if lap is None else self._arrow(name, lap), arrow_color(self.theme, name), edge)

    def _arrow(self, name: str, lap: Lap) -> Floats | None:
        """Return the arrow of the step that comes next; None where there is none."""
        if name not in self.arrows or self.step >= len(lap.steps):
            return None
        start, size = lap.places[self.step], np.array(self._shown)
        if name == "step":
            way = lap.steps[self.step]
        else:
            pushed = lap.gradients if name == "gradient" else lap.momenta
            if pushed is None or not np.isfinite(pushed[self.step]).all():
                return None
            longest = np.nanmax(np.hypot(*(pushed / size).T))
            way = -pushed[self.step] * (_LONGEST / longest if longest > 0 else 0.0)
        length = float(np.hypot(*(way / size)))
        if not length > 0:
            return None
        return arrow(start, start + way * max(1.0, _SHORTEST / length), size)

    # -- the mouse -----------------------------------------------------------------------------------------------

    def read(self, x: float, y: float) -> tuple[str, Sequence[Row]]:
        """Tell the loss at a place, and of a racer that is near what it does next."""
        frame = self.frame
        if frame is None:
            return "", ()
        loss = float(heights(_Grid(frame), frame.loss, np.array([[x, y]]))[0])
        rows: list[Row] = [(None, self.tr("loss here"), number(loss))]
        near = self._near(x, y)
        if near is not None:
            lap = frame.laps[near]
            at = min(self.step, len(lap.losses) - 1)
            rows.append(
                (racer_color(self.theme, near), lap.racer.name, self.tr("loss {0}").format(number(lap.losses[at])))
            )
            if at < len(lap.steps):
                for name, pair in (
                    (self.tr("gradient"), lap.gradients[at]),
                    (self.tr("momentum"), None if lap.momenta is None else lap.momenta[at]),
                    (self.tr("step"), lap.steps[at]),
                ):
                    if pair is not None:
                        rows.append((None, name, f"({number(pair[0], 2)}, {number(pair[1], 2)})"))
        return f"({number(x, 2)}, {number(y, 2)})", rows

    def _near(self, x: float, y: float) -> int | None:
        """Return the racer whose head is within some pixels of a place."""
        if self.frame is None:
            return None
        size = np.array(self._shown) / np.array([max(self.view.width(), 1), max(self.view.height(), 1)])
        heads = np.array([lap.places[min(self.step, len(lap.places) - 1)] for lap in self.frame.laps])
        away = np.hypot(*((heads - [x, y]) / size).T)
        place = int(away.argmin())
        return place if away[place] < 12 else None

    def _clicked(self, event: object) -> None:
        if event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            at = self.view.mapSceneToView(event.scenePos())  # type: ignore[attr-defined]
            near = self._near(float(at.x()), float(at.y()))
            if near is not None:
                self.chosen.emit(near)


class _Grid:
    """The places of a frame as ``heights`` wants them."""

    def __init__(self, frame: RaceFrame) -> None:
        self.xs, self.ys = frame.xs, frame.ys
