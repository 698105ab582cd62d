"""A switch: on or off, at once."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.shell.theme import Theme


class Switch(QAbstractButton):
    """On or off; ``toggled`` and ``clicked`` as for every button. Enter works it too, for Space trains."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        """Make a switch; name: what it switches, for screen readers."""
        super().__init__(parent)
        self.theme = theme
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.updateGeometry)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the room for the pill and the ring around it."""
        height = self.theme.sizes.base + 3
        return QSize(round(height * 1.7) + 6, height + 6)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Switch with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a pill with a knob at one of its ends."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pill = QRectF(self.rect()).adjusted(3, 3, -3, -3)
        radius = pill.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        track = "disabled" if not self.isEnabled() else "fill" if self.isChecked() else "strong"
        painter.setBrush(self.theme.color(track))
        painter.drawRoundedRect(pill, radius, radius)
        painter.setBrush(Qt.GlobalColor.white)
        x = pill.right() - radius if self.isChecked() else pill.left() + radius
        painter.drawEllipse(QPointF(x, pill.center().y()), radius - 2, radius - 2)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.color("accent"), 2))
            ring = pill.adjusted(-2, -2, 2, 2)
            painter.drawRoundedRect(ring, radius + 2, radius + 2)
