"""The landscape as a surface that can be turned: painted by Qt, so that it is there on every computer.

It needs no OpenGL: 2,500 quads from back to front take some milliseconds, and a window without OpenGL is not drawn more
slowly by it, as it would be by a widget of OpenGL in it.
"""

from collections.abc import Sequence
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.landscape.contours import marks
from app.landscape.depth import Scale, heights
from app.landscape.frames import LandscapeFrame
from app.landscape.mesh import MOVING_QUADS, Camera, Mesh
from app.plots.spots import Spot
from app.shell.theme import Theme
from core.landscape.values import Floats, Place

_SHARP_MS = 220  # of rest, after which the surface is painted with smooth edges
_SLICE = 0.004  # seconds of painting, before the window has its turn
_AT_A_TIME = 100  # quads
_TURN = 0.5  # degrees a pixel
_KEY_TURN = 10.0
_LINE, _CASING = 2.2, 4.6
_CASING_COLOR = QColor("#14171d")
_MESH_COLOR = QColor(255, 255, 255, 26)


class SurfaceView(QWidget):
    """The surface with the paths on it. Dragging turns, the wheel zooms, a double click resets; so do arrow keys, + and
    −, and Home.

    pointed: the place of the plane under the mouse, or None. chosen: a place that was clicked.
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
        self.setAccessibleDescription(self.tr("Arrow keys turn it, + and − zoom, Home resets"))
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
        self._picture = self._sharp = None
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
            return
        if self._picture is None or self._picture.deviceIndependentSize().toSize() != self.size():
            self._picture = self._quads()
            self._sharp = None
            self._rest.start()
        painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_paths(painter)
        painter.end()

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

    def _draw_paths(self, painter: QPainter) -> None:
        assert self.frame is not None
        for path in self.frame.paths:
            flat = self._flat(path.places)
            for width, ink in ((_CASING, _CASING_COLOR), (_LINE, self.theme.series(path.place))):
                painter.setPen(
                    QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
                )
                for piece in _pieces(flat):
                    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in piece.tolist()]))
        white = QColor("white")
        spots = marks(self.theme, self.frame.paths)
        if self._taken is not None:
            spots.append(Spot(*self._taken, "d", 13, self.theme.color("fill"), white, 2.0))
        if self._pointer is not None:
            spots.append(Spot(*self._pointer, "+", 14, white, _CASING_COLOR, 1.0))
        self._draw_spots(painter, spots)

    def _draw_spots(self, painter: QPainter, spots: Sequence[Spot]) -> None:
        if not spots:
            return
        places = self._flat(np.array([(spot.x, spot.y) for spot in spots]))
        for spot, (x, y) in zip(spots, places.tolist(), strict=True):
            if not np.isfinite(x):
                continue
            shape = QTransform.fromTranslate(x, y).scale(spot.size, spot.size).map(Symbols[spot.symbol])
            painter.setPen(Qt.PenStyle.NoPen if spot.edge is None else QPen(spot.edge, spot.width))
            painter.setBrush(spot.fill)
            painter.drawPath(shape)

    def _flat(self, places: Floats) -> Floats:
        """Return where places of the plane (k, 2) are seen on the surface; NaN outside the picture."""
        assert self.mesh is not None
        assert self._bands is not None
        up = heights(self.mesh.picture, self._bands, places)
        flat, _ = self.camera.project(self.mesh.lifted(places, up), self.width(), self.height())
        return flat

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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn, zoom and reset."""
        turns = {
            Qt.Key.Key_Left: (-_KEY_TURN, 0.0),
            Qt.Key.Key_Right: (_KEY_TURN, 0.0),
            Qt.Key.Key_Up: (0.0, _KEY_TURN),
            Qt.Key.Key_Down: (0.0, -_KEY_TURN),
        }
        zooms = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Equal: 1.25, Qt.Key.Key_Minus: 0.8}
        if event.key() in turns:
            self.look(self.camera.turned(*turns[Qt.Key(event.key())]))
        elif event.key() in zooms:
            self.look(self.camera.zoomed(zooms[Qt.Key(event.key())]))
        elif event.key() == Qt.Key.Key_Home:
            self.reset()
        else:
            event.ignore()

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


def _pieces(flat: Floats) -> list[Floats]:
    """Return the pieces of a line (k, 2) between its gaps, which are NaN."""
    ends = np.flatnonzero(~np.isfinite(flat).all(axis=1))
    return [piece[np.isfinite(piece).all(axis=1)] for piece in np.split(flat, ends) if len(piece) > 1]
