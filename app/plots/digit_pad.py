"""A pad to draw a digit on, with what the network is given of it in a corner."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.handwriting import Image, image_of_strokes, path_of
from app.shell.theme import Theme

_PAPER, _INK, _GRID = QColor("#0b0c10"), QColor("#ffffff"), QColor("#1c1f27")
_PEN = 0.075  # width of a line as a share of the pad
_SMALL = 0.26  # side of the corner's picture
_EVERY_MS = 40  # between two images while a line is drawn
_STEP = 0.04  # of the pad, by an arrow key


def grey_image(image: Image) -> QImage:
    """Return an image (height, width) in 0 … 1, white on black."""
    grey = np.ascontiguousarray(np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8))
    height, width = grey.shape
    return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


class DigitPad(QWidget):
    """The pad. drawn: the image (side, side) that the network is given, or None while there is nothing on it.

    With the keyboard: the arrow keys move the pen, with Shift they draw; Backspace takes a line back, Delete clears.
    """

    drawn = Signal(object)
    strokes_changed = Signal()

    def __init__(self, theme: Theme, side: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.side = side
        self.strokes: list[list[tuple[float, float]]] = []
        self.shown: Image | None = None  # what the network is given
        self.given = False  # whether that is an image of the data rather than a drawing
        self._drawing = False
        self._pen: tuple[float, float] | None = None  # of the keyboard
        self._timer = QTimer(self, singleShot=True, interval=_EVERY_MS)
        self._timer.timeout.connect(self._tell)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Pad to draw on"))
        keys = self.tr("Arrow keys move the pen, with Shift they draw; Backspace takes a line back, Delete clears")
        self.setAccessibleDescription(keys)
        self.setToolTip(self.tr("Draw with the mouse. {0}.").format(keys))

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(162, 162)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be drawn on."""
        return QSize(96, 96)

    def heightForWidth(self, width: int) -> int:
        """Return a square's height."""
        return width

    # -- what is on it -------------------------------------------------------------------------------------------

    def set_side(self, side: int) -> None:
        """Make images of this many pixels along a side, from now on."""
        if side != self.side:
            self.side = side
            self.clear()

    def clear(self) -> None:
        """Wipe the pad."""
        self._set([])

    def undo(self) -> None:
        """Take the last line back."""
        self._set(self.strokes[:-1])

    def show_image(self, image: Image) -> None:
        """Show an image of the data instead of a drawing, and send it through the network."""
        self.strokes = []
        self.shown, self.given = image, True
        self._changed()
        self.drawn.emit(image)

    @property
    def blank(self) -> bool:
        """Whether there is nothing on it."""
        return self.shown is None

    def _set(self, strokes: list[list[tuple[float, float]]]) -> None:
        self.strokes = strokes
        self._drawing = False
        self._tell()

    def _tell(self) -> None:
        self._timer.stop()
        self.shown, self.given = image_of_strokes(self.strokes, self.side), False
        self._changed()
        self.drawn.emit(self.shown)

    def _changed(self) -> None:
        self.strokes_changed.emit()
        self.update()

    # -- the mouse -----------------------------------------------------------------------------------------------

    def _at(self, place: QPointF) -> tuple[float, float]:
        side = max(1, min(self.width(), self.height()))
        return min(max(place.x() / side, 0.0), 1.0), min(max(place.y() / side, 0.0), 1.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a line."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drawing = True
            self._pen = None
            self.strokes.append([self._at(event.position())])
            self._tell()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        if self._drawing:
            self.strokes[-1].append(self._at(event.position()))
            self.update()
            if not self._timer.isActive():
                self._timer.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if event.button() == Qt.MouseButton.LeftButton and self._drawing:
            self._drawing = False
            self._tell()

    # -- the keyboard --------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the pen, draw, take back, clear."""
        moves = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        if event.key() in moves:
            across, down = moves[Qt.Key(event.key())]
            self._move_pen(across * _STEP, down * _STEP, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() == Qt.Key.Key_Backspace:
            self.undo()
        elif event.key() == Qt.Key.Key_Delete:
            self.clear()
        else:
            event.ignore()

    def _move_pen(self, across: float, down: float, draw: bool) -> None:
        x, y = self._pen or (0.5, 0.5)
        moved = min(max(x + across, 0.0), 1.0), min(max(y + down, 0.0), 1.0)
        if draw:
            if not self.strokes or self.strokes[-1][-1] != (x, y):
                self.strokes.append([(x, y)])
            self.strokes[-1].append(moved)
        self._pen = moved
        if draw:
            self._tell()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Put the pen away."""
        super().focusOutEvent(event)
        self._pen = None
        self.update()

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw paper, lines, the pen of the keyboard, and the small picture while no line is being drawn."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(min(self.width(), self.height()))
        square = QRectF(0, 0, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PAPER)
        painter.drawRoundedRect(square, 6, 6)
        if self.given and self.shown is not None:
            painter.drawImage(square.adjusted(6, 6, -6, -6), grey_image(self.shown))
        else:
            self._draw_lines(painter, side)
        if self._pen is not None and self.hasFocus():
            painter.setPen(QPen(self.theme.color("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(self._pen[0] * side, self._pen[1] * side), 5, 5)
        if self.hasFocus():
            painter.setPen(QPen(self.theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(square.adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _draw_lines(self, painter: QPainter, side: float) -> None:
        painter.setPen(QPen(_GRID, 1))
        for place in range(1, 4):
            at = round(side * place / 4) + 0.5
            painter.drawLine(QPointF(at, 4), QPointF(at, side - 4))
            painter.drawLine(QPointF(4, at), QPointF(side - 4, at))
        if self.strokes:
            pen = QPen(_INK, _PEN * side)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.strokePath(QTransform.fromScale(side, side).map(path_of(self.strokes)), pen)
        if self.shown is not None and not self._drawing:
            small = round(side * _SMALL)
            corner = QRectF(side - small - 6, side - small - 6, small, small)
            painter.drawImage(corner, grey_image(self.shown))
            painter.setPen(QPen(self.theme.color("strong"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(corner)
