"""The chips of the palette: dragged onto the canvas, or chosen by a double click or Enter."""

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QEnterEvent, QFocusEvent, QIcon, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.canvas.parts import Part, mime_of
from app.shell.style import set_class

_KEYS = (
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
)


class Chip(QPushButton):
    """A part that can be dragged. chosen: a double click or Enter. pointed: hovered or focused, or no longer."""

    chosen = Signal(object)
    pointed = Signal(object, bool)

    def __init__(self, part: Part, what_for: str, parent: QWidget | None = None) -> None:
        super().__init__(part.title, parent)
        self.part = part
        self._pressed: QPoint | None = None
        set_class(self, "chip")
        self.setStyleSheet("text-align: left;")
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName(part.title)
        self.setAccessibleDescription(what_for)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def show_icon(self, icon: QIcon) -> None:
        """Show a picture of the part."""
        self.setIcon(icon)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where a drag would begin."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin the drag once the mouse has moved far enough."""
        at = event.position().toPoint()
        begun = self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton
        if begun and (at - (self._pressed or at)).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.setDown(False)
            self.pointed.emit(self, False)
            self.drag(at)
        else:
            super().mouseMoveEvent(event)

    def drag(self, at: QPoint) -> None:
        """Carry the part until it is dropped."""
        drag = QDrag(self)
        drag.setMimeData(mime_of(self.part))
        drag.setPixmap(self.grab())
        drag.setHotSpot(at)
        drag.exec(Qt.DropAction.CopyAction)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Choose the part."""
        self._pressed = None
        self.chosen.emit(self.part)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep the keys that are this chip's from the shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter; the arrow keys go to the chips around."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.part)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.focusPreviousChild()
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self.focusNextChild()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Tell that the mouse is here."""
        super().enterEvent(event)
        self.pointed.emit(self, True)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that it is gone."""
        super().leaveEvent(event)
        self.pointed.emit(self, False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was shown for the chip goes with the focus."""
        super().focusOutEvent(event)
        self.pointed.emit(self, False)
