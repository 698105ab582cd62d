"""A whole number with − and +."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QIntValidator, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QWidget

from app.shell.icons import Icons
from app.shell.style import set_class

_GESTURE_MS = 600  # without another step, a gesture is over
_PAGE = 10


class Stepper(QFrame):
    """− n +, changed by its buttons, the wheel, ↑ and ↓ (Page: tens) or typing.

    changed: the number, at each step that the user makes. finished: the gesture is over, so that all of its steps can
    be one undo step. ``set_value`` emits neither.
    """

    changed = Signal(int)
    finished = Signal()

    def __init__(self, icons: Icons, least: int, most: int, name: str, parent: QWidget | None = None) -> None:
        """Make a stepper; name: what the number is, for screen readers."""
        super().__init__(parent)
        self.theme = icons.theme
        self.least = least
        self.most = most
        self.value = least
        self._wheel = 0
        set_class(self, "stepper")
        self.minus = self._button(icons, "minus", self.tr("Less"), -1)
        self.plus = self._button(icons, "plus", self.tr("More"), +1)
        self.field = QLineEdit(str(least))
        set_class(self.field, "plain")
        self.field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.field.setValidator(QIntValidator(least, most, self))
        self.field.setAccessibleName(name)
        self.field.editingFinished.connect(self._typed)
        self.field.installEventFilter(self)
        self.setFocusProxy(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for part in (self.minus, self.field, self.plus):
            row.addWidget(part)
        self._timer = QTimer(self, interval=_GESTURE_MS, singleShot=True)
        self._timer.timeout.connect(self.finished)
        self.theme.changed.connect(self._fit)
        self._fit()
        self._enable()

    def set_value(self, value: int) -> None:
        """Show a number, without telling that it has changed."""
        self.value = value
        self.field.setText(str(value))
        self._enable()

    def set_limits(self, least: int, most: int) -> None:
        """Set the limits, both included."""
        self.least, self.most = least, most
        self.field.setValidator(QIntValidator(least, most, self))
        self._fit()
        self._enable()

    def step(self, by: int) -> None:
        """Go up or down, as far as the limits allow."""
        self._change(max(self.least, min(self.value + by, self.most)))

    def _change(self, value: int) -> None:
        if value != self.value:
            self.set_value(value)
            self._timer.start()
            self.changed.emit(value)

    def _typed(self) -> None:
        if self.field.hasAcceptableInput():
            self._change(int(self.field.text()))
        else:
            self.field.setText(str(self.value))
        self._finish()

    def _finish(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.finished.emit()

    def _button(self, icons: Icons, icon: str, name: str, by: int) -> QToolButton:
        button = QToolButton()
        set_class(button, "small")
        button.setIcon(icons.get(icon, "text2"))
        button.setIconSize(QSize(12, 12))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setAutoRepeat(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrow keys do the same
        button.clicked.connect(lambda: self.step(by))
        return button

    def _enable(self) -> None:
        self.minus.setEnabled(self.value > self.least)
        self.plus.setEnabled(self.value < self.most)

    def _fit(self) -> None:
        widest = "8" * max(2, len(str(self.most)))
        self.field.setFixedWidth(QFontMetrics(self.theme.font(self.theme.sizes.small)).horizontalAdvance(widest) + 10)
        self.setFixedHeight(self.theme.sizes.row - 6)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that a text field leaves alone."""
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: _PAGE,
            Qt.Key.Key_PageDown: -_PAGE,
        }
        if watched is self.field and isinstance(event, QKeyEvent) and event.key() in steps:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # it is ours, not a shortcut of the window
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.step(steps[Qt.Key(event.key())])
                return True
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step once per notch; fine wheels and touch pads add up to one."""
        self._wheel += event.angleDelta().y()
        notches = int(self._wheel / 120)
        self._wheel -= notches * 120
        if notches:
            self.step(notches)
        event.accept()
