"""A pad to draw points of one's own: each class has its colour; a click sets a point, a drag sprays them."""

from random import Random

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.shell.theme import Theme

Point = tuple[float, float, int]

MOST_CLASSES = 10
MOST_POINTS = 2000
_SPAN = 6.0  # from −6 to 6 along both axes
_RADIUS = 2.9
_SPRAY = 14.0  # pixels around the mouse
_APART = 5.0  # pixels that the mouse moves between two points of a spray
_RUBBER = 12.0  # pixels
_STEP = 0.25  # of the keyboard's cross
_CLASS_KEYS = [Qt.Key(Qt.Key.Key_1 + place) for place in range(9)] + [Qt.Key.Key_0]
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class DrawPad(QWidget):
    """Left sets points of the chosen class, right those of the other one; by keyboard the arrows move a cross, Enter
    sets a point and Delete erases near it; 1 to 9 and 0 choose a class.

    drew: all points after a change (a tuple of x₁, x₂, class), and whether the gesture goes on. finished: it is over.
    picked: another class was chosen by key.
    """

    drew = Signal(object, bool)
    finished = Signal()
    picked = Signal(int)

    def __init__(self, theme: Theme, random: Random | None = None, parent: QWidget | None = None) -> None:
        """Make a pad; random: where the points of a spray fall."""
        super().__init__(parent)
        self.theme = theme
        self.random = random or Random()
        self.points: tuple[Point, ...] = ()
        self.brush = 1
        self.erasing = False
        self.cross = (0.0, 0.0)
        self._pressed: int | None = None  # the class that a drag sprays, −1 while it erases
        self._last = QPointF()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Pad to draw points"))
        self.setAccessibleDescription(
            self.tr("The arrow keys move the cross, Enter sets a point, Delete erases, 1 to 9 choose the class.")
        )
        theme.changed.connect(self.update)

    def show_points(self, points: tuple[Point, ...]) -> None:
        """Show points."""
        if points != self.points:
            self.points = points
            self.update()

    @property
    def other(self) -> int:
        """The class of the right mouse button."""
        return 1 if self.brush == 0 else 0

    def place(self, x1: float, x2: float) -> QPointF:
        """Return where on the pad a point lies."""
        side = self.width()
        return QPointF((x1 / _SPAN + 1) / 2 * side, (1 - x2 / _SPAN) / 2 * side)

    def at(self, place: QPointF) -> tuple[float, float]:
        """Return the point at a place of the pad, within its limits and to two decimals."""
        side = max(1, self.width())
        x1, x2 = (2 * place.x() / side - 1) * _SPAN, (1 - 2 * place.y() / side) * _SPAN
        return round(min(max(x1, -_SPAN), _SPAN), 2), round(min(max(x2, -_SPAN), _SPAN), 2)

    # -- mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture: set one point, or erase."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) or self._pressed is not None:
            return
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = -1 if self.erasing and left else self.brush if left else self.other
        self._last = event.position()
        if self._pressed < 0:
            self._erase(event.position())
        else:
            self._add([(*self.at(event.position()), self._pressed)])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Spray, or erase on."""
        if self._pressed is None:
            return
        if self._pressed < 0:
            self._erase(event.position())
            return
        way = event.position() - self._last
        if way.manhattanLength() >= _APART and self.rect().contains(event.position().toPoint()):
            self._last = event.position()
            stray = QPointF(self.random.uniform(-_SPRAY, _SPRAY), self.random.uniform(-_SPRAY, _SPRAY))
            self._add([(*self.at(event.position() + stray), self._pressed)])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if self._pressed is not None and not event.buttons():
            self._pressed = None
            self.finished.emit()

    # -- keyboard ------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the pad from being shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cross, set a point, erase, choose a class."""
        key = Qt.Key(event.key())
        if not self._is_ours(event):
            super().keyPressEvent(event)
        elif key in _ARROWS:
            step = _STEP * (4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            moved = (place + step * way for place, way in zip(self.cross, _ARROWS[key], strict=True))
            x1, x2 = (min(max(place, -_SPAN), _SPAN) for place in moved)
            self.cross = (x1, x2)
            self.update()
        elif key in _CLASS_KEYS:
            self.picked.emit(_CLASS_KEYS.index(key))
        else:
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._add([(*self.cross, self.brush)])
            else:
                self._erase(self.place(*self.cross))
            self.finished.emit()

    def _is_ours(self, event: QKeyEvent) -> bool:
        ours = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, *_ARROWS, *_CLASS_KEYS}
        plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        return plain == Qt.KeyboardModifier.NoModifier and event.key() in ours

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the cross."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the cross."""
        super().focusOutEvent(event)
        self.update()

    # -- points --------------------------------------------------------------------------------------------------

    def _add(self, points: list[Point]) -> None:
        room = MOST_POINTS - len(self.points)
        if room > 0:
            self._change((*self.points, *points[:room]))

    def _erase(self, place: QPointF) -> None:
        left = tuple(
            point for point in self.points if (self.place(point[0], point[1]) - place).manhattanLength() > _RUBBER
        )
        if len(left) != len(self.points):
            self._change(left)

    def _change(self, points: tuple[Point, ...]) -> None:
        self.show_points(points)
        self.drew.emit(points, True)

    # -- looks ---------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(200, 200)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stay a square."""
        super().resizeEvent(event)
        self.setFixedHeight(self.width())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the axes, the points and the cross."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, side = self.theme, float(self.width())
        painter.setPen(QPen(theme.color("accent" if self.hasFocus() else "border"), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.color("canvas"))
        painter.drawRoundedRect(QRectF(1, 1, side - 2, side - 2), 6, 6)
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawLine(QPointF(side / 2, 4), QPointF(side / 2, side - 4))
        painter.drawLine(QPointF(4, side / 2), QPointF(side - 4, side / 2))
        self._draw_points(painter)
        if self.hasFocus():
            self._draw_cross(painter)
        if not self.points:
            painter.setPen(theme.color("text2"))
            painter.setFont(theme.font(theme.sizes.small))
            room = self.rect().adjusted(16, 0, -16, -self.height() // 2)
            text = self.tr("Click to set points, drag to spray them")
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)

    def _draw_points(self, painter: QPainter) -> None:
        # Points with a round pen, a class at a time: thousands of ellipses would take too long.
        colors = self.theme.classes(1 + max((point[2] for point in self.points), default=1))
        for label, color in enumerate(colors):
            places = [self.place(x1, x2) for x1, x2, of in self.points if of == label]
            for shade, width in ((self.theme.color("dotRing"), 2 * _RADIUS + 2), (color, 2 * _RADIUS)):
                painter.setPen(QPen(shade, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPoints(places)

    def _draw_cross(self, painter: QPainter) -> None:
        place = self.place(*self.cross)
        painter.setPen(QPen(self.theme.color("accent"), 1))
        painter.drawLine(place - QPointF(7, 0), place + QPointF(7, 0))
        painter.drawLine(place - QPointF(0, 7), place + QPointF(0, 7))
