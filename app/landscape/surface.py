"""The landscape as a surface that can be turned: painted by Qt, so that it is there on every computer.

It needs no OpenGL: 2,500 quads from back to front take some milliseconds, and a window without OpenGL is not drawn more
slowly by it, as it would be by a widget of OpenGL in it.
"""

from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.landscape.arrows import downhill, first_step, later_steps
from app.landscape.drape import Drape, Sight, Thread, draw_spots
from app.landscape.frames import LandscapeFrame
from app.landscape.plot import draw_ring
from app.landscape.strokes import casing, marks, step_marks
from app.plots.spots import Spot
from app.shell.theme import Theme
from core.landscape.values import Floats, Place
from core.pictures.depth import Scale
from core.pictures.mesh import MOVING_QUADS, Camera, Mesh

_SHARP_MS = 220  # of rest, after which the surface is painted with smooth edges
_SLICE = 0.004  # seconds of painting, before the window has its turn
_AT_A_TIME = 100  # quads
_TURN = 0.5  # degrees a pixel
_KEY_TURN = 10.0
_TURNS = {
    Qt.Key.Key_Left: (-_KEY_TURN, 0.0),
    Qt.Key.Key_Right: (_KEY_TURN, 0.0),
    Qt.Key.Key_Up: (0.0, _KEY_TURN),
    Qt.Key.Key_Down: (0.0, -_KEY_TURN),
}
_ZOOMS = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Equal: 1.25, Qt.Key.Key_Minus: 0.8}
_MESH_COLOR = QColor(255, 255, 255, 26)


class SurfaceView(QWidget):
    """The surface with the paths on it. Dragging turns, the wheel zooms, a double click resets; so do arrow keys, + and
    −, and Home.

    pointed: the place of the plane under the mouse, or None. chosen: the place that was clicked; None: the trained
    weights again.
    """

    pointed = Signal(object)
    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.camera = Camera()
        self.frame: LandscapeFrame | None = None
        self.mesh: Mesh | None = None
        self._bands: Floats | None = None
        self._picture: QPixmap | None = None  # the quads, painted once for all that is drawn over them
        self._drape: Drape | None = None  # the lines that lie on it, as they are seen
        self._sharp: _Sharp | None = None  # being painted with smooth edges, piece by piece
        self._moving: Mesh | None = None  # the surface of fewer quads
        self._pointer: Place | None = None
        self._taken: Place | None = None
        self._pressed: QPointF | None = None
        self._dragged = False
        self._rest = QTimer(self, interval=_SHARP_MS, singleShot=True)
        self._rest.timeout.connect(self._sharpen)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 100)
        self.setAccessibleName(self.tr("Surface of the loss"))
        self.setAccessibleDescription(self.explained())
        theme.changed.connect(self._anew)

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(320, 260)

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_frame(self, frame: LandscapeFrame, scale: Scale) -> None:
        """Show a picture of a plane and the paths on it."""
        self.frame = frame
        self._bands = scale.bands(frame.picture.loss)
        self.mesh = Mesh.of(frame.picture, self._bands)
        self._moving = Mesh.of(frame.picture, self._bands, MOVING_QUADS)
        self._anew()

    def clear_frame(self) -> None:
        """Show nothing."""
        self.frame = self.mesh = self._moving = self._bands = None
        self._taken = None
        self._anew()

    def explained(self) -> str:
        """Return what the keys do."""
        return self.tr("Arrow keys turn it, + and − zoom, Home resets, Escape goes back to the trained weights")

    def tell(self, text: str) -> None:
        """Let a screen reader know what is told of the place that is pointed at."""
        if self.hasFocus():
            self.setAccessibleDescription(f"{text}. {self.explained()}")

    def point_at(self, place: Place | None) -> None:
        """Mark the place that the mouse points at, here or elsewhere."""
        if place != self._pointer:
            self._pointer = place
            self.update()

    def take(self, place: Place | None) -> None:
        """Mark the place whose weights the network takes, or none."""
        self._taken = place
        self.update()

    def reset(self) -> None:
        """Look at it from where it was looked at first."""
        self.look(Camera())

    def look(self, camera: Camera) -> None:
        """Look at it from elsewhere."""
        self.camera = camera
        self._anew()

    def _anew(self) -> None:
        self._picture = self._sharp = self._drape = None
        self._rest.start()
        self.update()

    def _sharpen(self) -> None:
        """Paint all quads with smooth edges, in slices, and show them once they are all there."""
        if self.mesh is None or not self.isVisible():
            return
        if self._sharp is None:
            self._sharp = _Sharp(self._blank(), *self.mesh.quads(self.camera, self.width(), self.height()))
        if self._sharp.paint():
            self._picture, self._sharp = self._sharp.picture, None
            self.update()
        else:
            QTimer.singleShot(0, self, self._go_on)

    def _go_on(self) -> None:
        if self._sharp is not None:
            self._sharpen()

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        if self.mesh is None or self.frame is None:
            painter.end()
            draw_ring(self, self.theme)
            return
        if self._picture is None or self._picture.deviceIndependentSize().toSize() != self.size():
            self._picture = self._quads()
            self._sharp = self._drape = None
            self._rest.start()
        painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_lines(painter)
        painter.end()
        draw_ring(self, self.theme)

    def _blank(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        return picture

    def _quads(self) -> QPixmap:
        """Return the surface painted fast: few quads, edges as they come."""
        assert self._moving is not None
        picture = self._blank()
        painter = QPainter(picture)
        painter.setPen(Qt.PenStyle.NoPen)
        corners, inks = self._moving.quads(self.camera, self.width(), self.height())
        _paint(painter, corners, inks)
        painter.end()
        return picture

    def _draw_lines(self, painter: QPainter) -> None:
        """Draw paths, steps and marks over the surface."""
        assert self.frame is not None
        theme, frame, sight = self.theme, self.frame, self.sight
        if self._drape is None:
            self._drape = Drape(sight, self._threads(frame), casing(theme))
        self._drape.paint(painter)
        white = QColor("white")
        spots = [*marks(theme, frame.paths), *step_marks(theme, frame.ahead)]
        if self._taken is not None:
            spots.append(Spot(*self._taken, "d", 18, theme.color("fill"), white, 2.0))
        if self._pointer is not None:
            spots.append(Spot(*self._pointer, "+", 14, theme.color("text"), casing(theme), 1.0))
        draw_spots(painter, sight, spots)

    @property
    def sight(self) -> Sight:
        """How the surface is seen now."""
        assert self.mesh is not None
        assert self._bands is not None
        return Sight(self.mesh, self._bands, self.camera, self.width(), self.height())

    def _threads(self, frame: LandscapeFrame) -> list[Thread]:
        """Return all lines of a picture, those on top last."""
        theme = self.theme
        found = [Thread(path.places, theme.series(path.place)) for path in frame.paths]
        for places, name, dashed in (
            (downhill(frame), "text", False),
            (later_steps(frame), "accent", True),
            (first_step(frame), "accent", False),
        ):
            if places is not None:
                found.append(Thread(places, theme.color(name), dashed))
        return found

    # -- mouse and keyboard --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to turn."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn, or tell what is under the mouse."""
        if self._pressed is None:
            self.pointed.emit(self._under(event.position()))
            return
        way = event.position() - self._pressed
        if self._dragged or way.manhattanLength() > 3:
            self._dragged = True
            self._pressed = event.position()
            self.look(self.camera.turned(way.x() * _TURN, way.y() * _TURN))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take the place that was clicked, unless the surface was turned."""
        if self._pressed is not None and not self._dragged:
            place = self._under(event.position())
            if place is not None:
                self.chosen.emit(place)
        self._pressed = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Reset the view."""
        self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self.look(self.camera.zoomed(1.0015 ** event.angleDelta().y()))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep the keys that zoom from being those of the network's canvas."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _ZOOMS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn, zoom and reset; go back to the trained weights."""
        key = event.key()
        if key in _TURNS:
            self.look(self.camera.turned(*_TURNS[Qt.Key(key)]))
        elif key in _ZOOMS:
            self.look(self.camera.zoomed(_ZOOMS[Qt.Key(key)]))
        elif key == Qt.Key.Key_Home:
            self.reset()
        elif key == Qt.Key.Key_Escape and self._taken is not None:
            self.chosen.emit(None)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the mouse has gone."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def _under(self, point: QPointF) -> Place | None:
        if self.mesh is None:
            return None
        return self.mesh.under(self.camera, self.width(), self.height(), point.x(), point.y())


class _Sharp:
    """A surface on its way to be painted well."""

    def __init__(self, picture: QPixmap, corners: Floats, inks: NDArray[np.uint32]) -> None:
        self.picture = picture
        self.corners = corners
        self.inks = inks
        self.done = 0

    def paint(self) -> bool:
        """Paint for some milliseconds; return whether all is painted."""
        start = perf_counter()
        painter = QPainter(self.picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(_MESH_COLOR, 1))
        while self.done < len(self.corners) and perf_counter() - start < _SLICE:
            some = slice(self.done, self.done + _AT_A_TIME)
            _paint(painter, self.corners[some], self.inks[some])
            self.done += _AT_A_TIME
        painter.end()
        return self.done >= len(self.corners)


def _paint(painter: QPainter, corners: Floats, inks: NDArray[np.uint32]) -> None:
    for (a, b, c, d), ink in zip(corners.tolist(), inks.tolist(), strict=True):
        painter.setBrush(QColor.fromRgb(ink))
        painter.drawConvexPolygon([QPointF(*a), QPointF(*b), QPointF(*c), QPointF(*d)])
