"""The contour map: filled bands of the loss, and the paths of the runs on it."""

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.landscape.arrows import downhill, first_step, later_steps
from app.landscape.frames import LandscapeFrame
from app.landscape.names import Names
from app.landscape.plot import LandscapePlot
from app.landscape.strokes import DASHES, PathItems, casing, marks, step_marks
from app.plots.axes import Axis, Ticks, round_ticks
from app.plots.spots import Spot, Spots
from app.shell.theme import Theme
from core.landscape.values import LandscapePicture, Place
from core.pictures.depth import Scale, painted

_MOST_PIXELS = 512  # of a picture's side: more is not seen while it moves, and costs the window time


class ContourMap(LandscapePlot):
    """The map."""

    def __init__(self, theme: Theme) -> None:
        left = Axis(theme, "left", self._ticks(1), widest="\N{MINUS SIGN}0.00")
        super().__init__(theme, left, Axis(theme, "bottom", self._ticks(0)))
        self.setAccessibleName(self.tr("Contour map of the loss"))
        self.view.setDefaultPadding(0)
        self.view.setAspectLocked(True)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.view.addItem(self.image, ignoreBounds=True)
        self.lines: list[PathItems] = []
        self.arrow = PathItems(self.view, 12)
        self.step = PathItems(self.view, 16)
        self.steps = PathItems(self.view, 14, DASHES)
        self.step_spots = Spots(self.view, 18)
        self.names = Names(self.view, 22)
        self.view.sigResized.connect(lambda _view: self._name_paths())
        self.refresh()

    def show_frame(self, frame: LandscapeFrame, scale: Scale) -> None:
        """Show a picture of a plane and the paths on it."""
        before = None if self.frame is None else self.frame.picture
        self.frame = frame
        picture = frame.picture
        if before is None or before.span != picture.span:
            self._fit(picture)
        room = self.view.sceneBoundingRect()
        ratio = self.devicePixelRatioF()
        sides = [min(_MOST_PIXELS, max(64, round(side * ratio))) for side in (room.height(), room.width())]
        side = min(sides) if self.view.state["aspectLocked"] else max(sides)
        pixels = painted(scale.bands(picture.loss), (side, side))
        self.image.setImage(pixels, autoLevels=False, levels=None)
        left, low, width, height = picture.span
        self.image.setRect(QRectF(left, low, width or 1.0, height or 1.0))
        self._draw_paths()

    def clear_frame(self) -> None:
        """Show nothing."""
        self.frame = None
        self.image.clear()
        self.take(None)
        self._draw_paths()

    def point_at(self, place: Place | None) -> None:
        """Mark the place that is pointed at, here or elsewhere."""
        super().point_at(place)
        fill, edge = self.theme.color("text"), casing(self.theme)
        self.pointer.show([] if place is None else [Spot(*place, "+", 15, fill, edge, 1.0)])

    def take(self, place: Place | None) -> None:
        """Mark the place whose weights the network takes, or none."""
        self._taken = place
        white = QColor("white")
        self.taken.show([] if place is None else [Spot(*place, "d", 20, self.theme.color("fill"), white, 2.0)])

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.setBackground(self.theme.color("panel"))
        for axis in (self.left, self.bottom):
            axis.refresh()
            axis.setGrid(False)
        self._draw_paths()
        self.take(self._taken)

    def _ticks(self, axis: int) -> Ticks:
        """Return round numbers along the picture, and none beside it where its room is of another shape."""

        def ticks(low: float, high: float, count: int) -> list[float]:
            if self.frame is None:
                return []
            span = self.frame.picture.span
            least, most = span[axis], span[axis] + span[axis + 2]
            share = min(1.0, (most - least) / (high - low)) if high > low else 1.0
            return round_ticks(max(low, least), min(high, most), max(2, round(count * share)))

        return ticks

    # -- drawing -------------------------------------------------------------------------------------------------

    def _fit(self, picture: LandscapePicture) -> None:
        left, low, width, height = picture.span
        self.view.setAspectLocked(bool(0.5 < (width or 1.0) / (height or 1.0) < 2.0))
        self.view.setRange(xRange=(left, left + (width or 1.0)), yRange=(low, low + (height or 1.0)), padding=0)

    def _draw_paths(self) -> None:
        paths = () if self.frame is None else self.frame.paths
        while len(self.lines) < len(paths):
            self.lines.append(PathItems(self.view))
        for place, items in enumerate(self.lines):
            path = paths[place] if place < len(paths) else None
            color = QColor() if path is None else self.theme.series(path.place)
            items.show(None if path is None else path.places, color, casing(self.theme))
        self.spots.show(marks(self.theme, paths))
        self._name_paths()
        self._draw_ahead()

    def _name_paths(self) -> None:
        """Name the runs where there is room for it now."""
        self.names.show(() if self.frame is None else self.frame.paths, self.theme)

    def _draw_ahead(self) -> None:
        """Draw the way down, and where the next steps would lead."""
        frame, edge = self.frame, casing(self.theme)
        ahead = None if frame is None else frame.ahead
        self.arrow.show(None if frame is None else downhill(frame), self.theme.color("text"), edge)
        self.step.show(None if frame is None else first_step(frame), self.theme.color("accent"), edge)
        self.steps.show(None if frame is None else later_steps(frame), self.theme.color("accent"), edge)
        self.step_spots.show(step_marks(self.theme, ahead))

    def place_at(self, x: float, y: float) -> Place | None:
        """Return the place itself, if it lies in the picture."""
        assert self.frame is not None
        left, low, width, height = self.frame.picture.span
        return (x, y) if left <= x <= left + width and low <= y <= low + height else None
