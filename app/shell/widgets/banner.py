"""The banner under the toolbar: what happened, why, what was kept, and one way on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from app.shell.icons import Icons
from app.shell.style import set_class

Kind = Literal["info", "warn", "err"]
_ICONS: dict[Kind, tuple[str, str]] = {
    "info": ("info", "accent"),
    "warn": ("warning", "warn"),
    "err": ("error", "err"),
}
_MOST = 20  # messages that wait behind the one that is shown


@dataclass(frozen=True)
class Message:
    """What a banner shows; ``key`` names it, so that it can be replaced or withdrawn."""

    kind: Kind
    text: str
    action_text: str = ""
    callback: Callable[[], object] | None = None
    key: str = ""


class Banner(QFrame):
    """Shows the newest message; once it is closed, the one before. Nothing to show: nothing there."""

    shown = Signal(object)  # Message | None

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.icons = icons
        self.messages: list[Message] = []
        self.picture = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.action = QPushButton()
        self.action.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.action.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.action.clicked.connect(self._act)
        self.close_button = QToolButton()
        set_class(self.close_button, "small")
        self.close_button.setIconSize(QSize(16, 16))
        self.close_button.setIcon(icons.get("close"))
        self.close_button.setToolTip(self.tr("Close this message"))
        self.close_button.setAccessibleName(self.tr("Close this message"))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 5, 10, 5)
        row.setSpacing(10)
        row.addWidget(self.picture)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(self.close_button)
        icons.theme.changed.connect(self._show)
        self._show()

    def show_message(
        self,
        kind: Kind,
        text: str,
        action_text: str = "",
        callback: Callable[[], object] | None = None,
        key: str = "",
    ) -> None:
        """Show a message; it takes the place of one with the same key, or the same text."""
        message = Message(kind, text, action_text, callback, key)
        others = [m for m in self.messages if not (key and m.key == key) and m.text != text]
        self.messages = [*others, message][-_MOST:]
        self._show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def withdraw(self, key: str) -> None:
        """Take back the message of this key, if it is still there."""
        left = [message for message in self.messages if message.key != key]
        if len(left) != len(self.messages):
            self.messages = left
            self._show()

    def dismiss(self) -> None:
        """Close the message that is shown."""
        del self.messages[-1:]
        self._show()

    def _act(self) -> None:
        callback = self.messages[-1].callback
        self.dismiss()
        if callback is not None:
            callback()

    def _show(self) -> None:
        message = self.messages[-1] if self.messages else None
        if message is not None:
            icon, color = _ICONS[message.kind]
            side = self.icons.theme.sizes.base + 5
            self.picture.setPixmap(self.icons.pixmap(icon, side, self.devicePixelRatioF(), color))
            self.text.setText(message.text)
            self.setAccessibleName(message.text)
            self.action.setText(message.action_text)
            self.action.setVisible(bool(message.action_text))
            self.setMinimumHeight(self.icons.theme.sizes.row + 8)
            set_class(self, f"banner-{message.kind}")
        self.setVisible(message is not None)
        self.shown.emit(message)
