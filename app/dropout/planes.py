"""Sub-networks over the plane: some of them one by one, the mean of all, and where they disagree."""

from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QSize, Signal
from PySide6.QtWidgets import QWidget

from app.dropout.mosaic import Mosaic, image_of
from app.plots.colour_bar import ColourBar, Mark
from app.plots.shading import Shading
from app.plots.surface import TOP, Surface
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.numbers import MINUS, written
from app.work.messages import Scene
from core.datasets.samples import Part
from core.probes.dropout_pictures import SubNetworksPicture

_GAP = 12
_LEAST_WITH_POINTS = 190  # pixels of a plane on which there is room for points
_HALF = 0.5  # the largest deviation of probabilities

Row = tuple[str, int | None, list[str]]


class Ramp(Shading):
    """Disagreement as a colour: from the middle of the other maps, where all agree, to the colour of text."""

    def refresh(self) -> None:
        """Take the theme's colours anew."""
        ends = np.array([self.theme.color(name).getRgb() for name in ("middle", "text")], float)
        share = np.linspace(0, 1, 256)[:, None]
        self.map = np.rint(ends[0] * (1 - share) + ends[1] * share).astype(np.uint8)


class Planes(QWidget):
    """Draws a picture. pointed: a title and rows that tell of what lies under the mouse, and where that is; or None."""

    pointed = Signal(object, QPoint)

    def __init__(self, theme: Theme, mean: Surface, doubt: Surface) -> None:
        super().__init__()
        self.theme = theme
        self.scene: Scene | None = None
        self.picture: SubNetworksPicture | None = None
        self._with_points: bool | None = None  # None: of other data
        self.highest = _HALF  # disagreement that has the last colour
        self.mosaic = Mosaic()
        self.mean, self.doubt = mean, doubt
        self.shading, self.ramp = mean.shading, doubt.shading
        self.doubt.getPlotItem().hideAxis("left")  # which is that of the mean
        self.bar = ColourBar(theme, self.ramp)
        self.captions = (ElidedLabel(), ElidedLabel(self.tr("mean")), ElidedLabel(self.tr("disagreement")))
        for child in (self.mosaic, self.mean, self.doubt, self.bar, *self.captions):
            child.setParent(self)
        for caption in self.captions:
            set_class(caption, "axis")
        self.mosaic.pointed.connect(self._point_at_one)
        for surface in (self.mean, self.doubt):
            surface.pointed.connect(lambda place, surface=surface: self._point_at(surface, place))

    def set_scene(self, scene: Scene | None) -> None:
        """Take the data of the run that is shown."""
        if scene is self.scene:
            return
        self.scene, self.picture = scene, None
        self.mosaic.show_images(())
        for surface in (self.mean, self.doubt):
            surface.clear_data()
        self._with_points = None
        self._lay_out()

    def _show_points(self, on: bool) -> None:
        """Show the samples on the planes, or not."""
        if self.scene is None or not self.scene.dataset.facts.plane or on is self._with_points:
            return
        self._with_points = on
        parts = [self.scene.dataset.train, self.scene.dataset.validation]
        if not on:
            parts = [Part(part.raw[:0], part.labels[:0]) for part in parts]
        for surface in (self.mean, self.doubt):
            surface.set_data(self.scene.dataset.facts, *parts)

    def show_picture(self, picture: SubNetworksPicture) -> None:
        """Show a picture."""
        self.picture = picture
        self._fit(picture)
        ones = (
            replace(picture, shade=shade, winner=None if picture.winners is None else picture.winners[place])
            for place, shade in enumerate(picture.shades)
        )
        self.mosaic.show_images([image_of(self.shading.surface(one)) for one in ones])
        self.captions[0].setText(self.tr("{0} of {1} sub-networks").format(len(picture.shades), picture.masks))
        self.mean.paint_over(self.shading.surface(picture))
        self.doubt.paint_over(self.ramp.values(2 * picture.disagreement / self.highest - 1))

    def _fit(self, picture: SubNetworksPicture) -> None:
        """Keep the colours of probabilities; of other answers, change them where they have become useless."""
        # Less than a hundredth of what the other colours reach over is no disagreement that matters.
        most = max(float(np.nanmax(picture.disagreement, initial=0.0)), (picture.high - picture.low) / 100)
        if picture.kind in ("probability", "classes"):
            self.highest = _HALF
        elif not self.highest / 8 < most <= self.highest:
            self.highest = float(2.0 ** np.ceil(np.log2(most)))
        self.bar.show_marks([Mark(1, written(self.highest)), Mark(0, written(self.highest / 2)), Mark(-1, "0")])

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.shading.refresh()
        self.ramp.refresh()
        for surface in (self.mean, self.doubt):
            surface.refresh()
        self.bar.reset()
        self.mosaic.setAccessibleName(self.tr("What some sub-networks answer over the plane"))
        self.mean.setAccessibleName(self.tr("The mean of what the sub-networks answer"))
        self.doubt.setAccessibleName(self.tr("Where the sub-networks disagree"))
        if self.picture is not None:
            self.show_picture(self.picture)
        self._lay_out()

    # -- room ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: object) -> None:
        """Make the best of another size."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._lay_out()

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(420, 160)

    def _lay_out(self) -> None:
        """Put the squares side by side, or on two lines where that makes them larger; the small ones have the rest."""
        axis, below = round(self.mean.left.minimumWidth()), round(self.mean.bottom.minimumHeight())
        line, bar = self.captions[1].sizeHint().height(), self.bar.sizeHint().width()
        above = line + TOP

        def side(columns: int, rows: int) -> int:
            wide = (self.width() - axis - bar - _GAP * columns) // columns
            return int(max(40, min(wide, self.height() // rows - above - below)))

        three, two = side(3, 1), side(2, 2)
        square = max(three, two)
        self._show_points(square >= _LEAST_WITH_POINTS)
        doubt = self.width() - bar - _GAP - square
        mean = doubt - _GAP - square
        lower = 0
        if two > three:
            mean, lower = axis, self.height() // 2
            doubt = mean + square + _GAP
        first = self.width() if two > three else mean - axis - _GAP
        self.mosaic.setGeometry(0, above, first, lower - above - _GAP if two > three else square)
        self.mean.setGeometry(mean - axis, lower + line, axis + square + 1, TOP + square + below + 1)
        self.doubt.setGeometry(doubt, lower + line, square + 1, TOP + square + below + 1)
        self.bar.setGeometry(doubt + square + _GAP, lower + above, bar, square)
        self.captions[0].setGeometry(0, 0, first, line)
        for caption, left in zip(self.captions[1:], (mean, doubt), strict=True):
            caption.setGeometry(left, lower, square, line)

    # -- the mouse -----------------------------------------------------------------------------------------------

    def _point_at_one(self, place: int | None, at: QPoint) -> None:
        picture = self.picture
        if place is None or picture is None or self.scene is None:
            self.pointed.emit(None, QPoint())
            return
        names = {layer.id: layer.name for layer in self.scene.architecture.layers}
        rows: list[Row] = [
            (names[layer], None, [self.tr("{0} of {1} left").format(int(kept[place].sum()), len(kept[place]))])
            for layer, kept in picture.kept.items()
        ]
        told = self.tr("Sub-network {0}").format(place + 1), rows
        self.pointed.emit(told, self.mosaic.mapTo(self, at))

    def _point_at(self, surface: Surface, place: tuple[float, float] | None) -> None:
        if place is None or self.picture is None:
            self.pointed.emit(None, QPoint())
            return
        at = surface.mapTo(self, surface.mapFromScene(surface.view.mapViewToScene(QPointF(*place))))
        self.pointed.emit(self.told_of(*place), at)

    def told_of(self, x: float, y: float) -> tuple[str, Sequence[Row]]:
        """Return a title and rows that tell of a place of the plane."""
        assert self.picture is not None
        assert self.scene is not None
        picture, classes = self.picture, self.scene.dataset.facts.classes
        low, high = picture.span
        count = len(picture.disagreement)
        column, row = (
            int(np.clip(share * count, 0, count - 1)) for share in ((x - low) / (high - low), (high - y) / (high - low))
        )
        outputs = picture.outputs[row, column]
        words = self.tr("mean")
        if picture.kind in ("classes", "scores") and picture.winner is not None:
            words = self.tr("mean: {0}").format(classes[int(picture.winner[row, column])])
            value = float(outputs.max())
        else:
            value = float(outputs[-1])
        rows: list[Row] = [
            (words, None, [("p " if picture.kind in ("probability", "classes") else "") + written(value)]),
            (self.tr("disagreement"), None, [f"± {written(float(picture.disagreement[row, column]), 2)}"]),
        ]
        return f"x₁ {_two(x)}, x₂ {_two(y)}", rows


def make_planes(theme: Theme) -> Generator[None, None, Planes]:
    """Make it, a surface in each turn."""
    mean = Surface(theme, Shading(theme))
    yield
    doubt = Surface(theme, Ramp(theme))
    yield
    return Planes(theme, mean, doubt)


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS)
