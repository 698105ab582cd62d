"""The line above the network that says, in slow motion, what is computed at this moment."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.canvas.passes import Direction
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel

_HEIGHT, _PILL = 28, 20


class Caption(QFrame):
    """Direction, what happens, and of which step. Hidden while nothing is told."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("canvasCaption")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("What is computed now"))
        self.direction, self.text, self.note = QLabel(), ElidedLabel(), QLabel()
        set_class(self.direction, "pill")
        self.direction.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.direction.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        set_class(self.note, "caption")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 0, 16, 4)
        layout.setSpacing(8)
        layout.addWidget(self.direction)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.note)
        self._words: dict[Direction, str] = {
            "forward": self.tr("forward"),
            "loss": self.tr("loss"),
            "backward": self.tr("backward"),
            "update": self.tr("update"),
        }
        theme.changed.connect(self._restyle)
        self._restyle()
        self.setVisible(False)

    def _restyle(self) -> None:
        self.setStyleSheet(f"#canvasCaption {{ background: {self._theme.hex('canvas')}; }}")
        scale = self._theme.sizes.base / 13
        self.setFixedHeight(round(_HEIGHT * scale))
        self.direction.setFixedHeight(round(_PILL * scale))
        self.direction.ensurePolished()
        # As wide as the widest word, so that the line does not dance.
        before = self.direction.text()
        widest = 0
        for word in self._words.values():
            self.direction.setText(word)
            widest = max(widest, self.direction.sizeHint().width())
        self.direction.setFixedWidth(widest)
        self.direction.setText(before)

    def tell(self, direction: Direction, text: str, note: str) -> None:
        """Say what is computed now."""
        self.direction.setText(self._words[direction])
        self.text.setText(text)
        self.note.setText(note)
        # The note gives way to what happens.
        room = self.width() - 32 - self.direction.width() - 16
        wanted = self.text.fontMetrics().horizontalAdvance(text) + self.note.sizeHint().width() + 8
        self.note.setVisible(wanted <= room)
        self.setToolTip(note)
        self.setAccessibleDescription(f"{self.direction.text()}: {text}. {note}")
        self.setVisible(True)
