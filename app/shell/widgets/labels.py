"""Labels: one that is cut to its room, and a number under its caption."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.shell.style import set_class
from app.shell.theme import Theme


class ElidedLabel(QLabel):
    """A line that ends in … where there is no room for it, and then tells all of it in its tooltip."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        """Show another text."""
        if text != self.text():
            super().setText(text)
            self._tell()

    def minimumSizeHint(self) -> QSize:
        """Return the room of a few letters."""
        return QSize(24, super().minimumSizeHint().height())

    @property
    def shown(self) -> str:
        """What can be read: the text, or as much of it as there is room for."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell in the tooltip what is cut."""
        super().resizeEvent(event)
        self._tell()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the text, cut to the room."""
        painter = QPainter(self)
        role = self.foregroundRole()
        self.style().drawItemText(
            painter, self.contentsRect(), int(self.alignment()), self.palette(), self.isEnabled(), self.shown, role
        )

    def _tell(self) -> None:
        self.setToolTip(self.text() if self.shown != self.text() else "")


class Pill(QWidget):
    """Some words on the accent's soft colour, in short where there is no room for all; hidden while there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.text = self.short = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.hide()

    def tell(self, text: str, short: str) -> None:
        """Show a text, or a short one where that has no room."""
        if text != self.text:
            self.text, self.short = text, short
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.setVisible(bool(text))
            self.updateGeometry()
            self.update()

    def _room(self, text: str) -> QSize:
        size = self.theme.sizes.axis
        return QSize(QFontMetrics(self._font()).horizontalAdvance(text) + size + 5, size + 9)

    def _font(self) -> QFont:
        return self.theme.font(self.theme.sizes.axis, bold=True)

    def sizeHint(self) -> QSize:
        """Return the room of the text."""
        return self._room(self.text)

    def minimumSizeHint(self) -> QSize:
        """Return the room of the short text."""
        return self._room(self.short)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("soft"))
        text = self.text if self.sizeHint().width() <= self.width() else self.short
        rect = QRect(QPoint(), self._room(text))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setPen(self.theme.color("accent"))
        painter.setFont(self._font())
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()


class Metric(QWidget):
    """A number under its caption, in a room that does not change with the number."""

    def __init__(
        self, theme: Theme, caption: str, widest: str = "0.0000", size: str = "metric", parent: QWidget | None = None
    ) -> None:
        """Make a label; widest: a text as wide as any that it will show; size: of the number, metric or base."""
        super().__init__(parent)
        self.theme = theme
        self.widest = widest
        self._wide = 0
        self.size_name = size
        self.caption = QLabel(caption)
        set_class(self.caption, "axis")
        self.number = QLabel("–")
        set_class(self.number, "metric" if size == "metric" else "title")
        self.number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.caption)
        column.addWidget(self.number)
        theme.changed.connect(self._fit)
        self._fit()
        self.set_value("–")

    def set_value(self, text: str) -> None:
        """Show a number, or – where there is none."""
        if text != self.number.text():
            self.number.setText(text)
            self._keep_room()
            self.number.setAccessibleName(f"{self.caption.text()}: {text}")

    def set_caption(self, text: str) -> None:
        """Show another caption."""
        self.caption.setText(text)
        self._fit()

    def _fit(self) -> None:
        sizes = self.theme.sizes
        number = QFontMetrics(self.theme.font(getattr(sizes, self.size_name), bold=True))
        caption = QFontMetrics(self.theme.font(sizes.axis))
        self._wide = 4 + max(number.horizontalAdvance(self.widest), caption.horizontalAdvance(self.caption.text()))
        self._keep_room(anew=True)
        self.updateGeometry()

    def _keep_room(self, anew: bool = False) -> None:
        """Fix the size of the number: another text in a label of a free size lays out the whole panel around it."""
        if anew:
            self.number.setFixedSize(max(self._wide, self.number.sizeHint().width()), self.number.sizeHint().height())
        elif self.number.fontMetrics().horizontalAdvance(self.number.text()) > self.number.width():
            self.number.setFixedWidth(self.number.sizeHint().width())

    def sizeHint(self) -> QSize:
        """Return the room of the widest number, or of a wider one that came all the same."""
        hint = super().sizeHint()
        return QSize(max(self._wide, hint.width()), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Return the same: a number is never cut."""
        return self.sizeHint()


def line(upright: bool = False) -> QFrame:
    """Return a thin line that parts what lies beside it."""
    frame = QFrame()
    set_class(frame, "upright" if upright else "line")
    return frame
