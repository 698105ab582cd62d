"""What both plots of a landscape are: their frame, their axes, and what mouse and keyboard do."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.landscape.frames import LandscapeFrame
from app.plots.axes import Axis
from app.plots.spots import Spots
from app.shell.theme import Theme
from core.landscape.values import Place

_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Down: (0, -1), Qt.Key.Key_Up: (0, 1)}
_FAR = 5  # points of the grid, with Shift


def draw_ring(widget: QWidget, theme: Theme) -> None:
    """Draw the ring of a widget that has the keyboard."""
    if not widget.hasFocus():
        return
    shown = widget.viewport() if isinstance(widget, LandscapePlot) else widget
    painter = QPainter(shown)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("accent"), 2))
    painter.drawRoundedRect(QRectF(shown.rect()).adjusted(1, 1, -1, -1), 4, 4)
    painter.end()


class LandscapePlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that tells places. The arrow keys point at a place as the mouse does, Enter takes it as a click does, Esc
    goes back.

    pointed: the place that is pointed at, or None. chosen: the place that was clicked; None: the trained weights again.
    """

    pointed = Signal(object)
    chosen = Signal(object)

    def __init__(self, theme: Theme, left: Axis, bottom: Axis) -> None:
        super().__init__(axisItems={"left": left, "bottom": bottom}, enableMenu=False)
        self.theme = theme
        self.left, self.bottom = left, bottom
        self.frame: LandscapeFrame | None = None
        self.view = self.getPlotItem().getViewBox()
        self.hideButtons()
        self.getPlotItem().layout.setContentsMargins(0, 6, 6, 0)
        self.setMouseEnabled(False, False)
        self.view.disableAutoRange()
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleDescription(self.explained())
        self.spots = Spots(self.view, 20)
        self.taken = Spots(self.view, 25)
        self.pointer = Spots(self.view, 30)
        self._taken: Place | None = None
        self._pointed: Place | None = None
        self.scene().sigMouseMoved.connect(self._moved)
        self.scene().sigMouseClicked.connect(self._clicked)

    def explained(self) -> str:
        """Return what the keys do."""
        return QCoreApplication.translate(
            "LandscapePlot",
            "Arrow keys point at another place of the grid, with Shift five further; Enter takes the weights of that "
            "place, Escape goes back to those that were trained",
        )

    def tell(self, text: str) -> None:
        """Let a screen reader know what is told of the place that is pointed at."""
        if self.hasFocus():
            self.setAccessibleDescription(f"{text}. {self.explained()}")

    def point_at(self, place: Place | None) -> None:
        """Mark the place that is pointed at, here or elsewhere."""
        self._pointed = place

    def place_at(self, x: float, y: float) -> Place | None:
        """Return the place of the plane that a point of the plot stands for, None outside the picture."""
        raise NotImplementedError

    def place_under(self, point: QPointF) -> Place | None:
        """Return the place of the plane at a point of the scene, None outside the picture."""
        if self.frame is None or not self.view.sceneBoundingRect().contains(point):
            return None
        at = self.view.mapSceneToView(point)
        return self.place_at(float(at.x()), float(at.y()))

    def _moved(self, point: QPointF) -> None:
        self.pointed.emit(self.place_under(point))

    def _clicked(self, event: object) -> None:
        button, point = event.button(), event.scenePos()  # type: ignore[attr-defined]
        place = self.place_under(point) if button == Qt.MouseButton.LeftButton else None
        if place is not None:
            self.chosen.emit(place)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the mouse has gone."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    # -- keyboard ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Point at another place, take it, or go back."""
        key = event.key()
        if self.frame is not None and key in _ARROWS:
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.pointed.emit(self._moved_by(_ARROWS[Qt.Key(key)], _FAR if far else 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointed is not None:
            self.chosen.emit(self._pointed)
        elif key == Qt.Key.Key_Escape and self._taken is not None:
            self.chosen.emit(None)
        elif key == Qt.Key.Key_Escape and self._pointed is not None:
            self.pointed.emit(None)
        else:
            event.ignore()

    def _moved_by(self, way: tuple[int, int], cells: int) -> Place:
        """Return the place of the grid so many cells further, from the place that is pointed at or shown."""
        assert self.frame is not None
        picture, live = self.frame.picture, self.frame.live
        here = self._pointed or self._taken or (picture.plane.middle if live is None else live.now)
        found = []
        for at, step, axis in zip(here, way, (picture.xs, picture.ys), strict=True):
            near = int(np.abs(axis - np.nan_to_num(at)).argmin())
            found.append(float(axis[min(max(near + step * cells, 0), len(axis) - 1)]))
        return found[0], found[1]

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring and the pointer away."""
        super().focusOutEvent(event)
        self.viewport().update()
        self.pointed.emit(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plot, with a ring while it has the keyboard."""
        super().paintEvent(event)
        draw_ring(self, self.theme)
