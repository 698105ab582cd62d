"""What the colours of the plane mean: a bar with its values, or a swatch per class."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.shading import Shading
from app.shell.theme import Theme
from app.shell.widgets.numbers import MINUS

_BAR = 10.0  # pixels wide
_GAP = 8.0
_STOPS = 16
_MOST_TEXT = 72.0  # pixels


@dataclass(frozen=True)
class Mark:
    """A text beside the bar: at a height from −1 (below) to 1, with a note under it."""

    at: float
    text: str
    note: str = ""


class ColourBar(QWidget):
    """A bar of the diverging map, or the swatches of classes; it stands beside the plane."""

    def __init__(self, theme: Theme, shading: Shading, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.shading = shading
        self.marks: tuple[Mark, ...] = ()
        self.classes: tuple[str, ...] = ()
        self._widest = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def reset(self) -> None:
        """Forget how much room earlier texts took."""
        self._widest = 0

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show the bar with these texts."""
        self._show(tuple(marks), ())

    def show_classes(self, names: Sequence[str]) -> None:
        """Show a swatch per class."""
        self._show((), tuple(names))

    def _show(self, marks: tuple[Mark, ...], classes: tuple[str, ...]) -> None:
        if (marks, classes) != (self.marks, self.classes):
            self.marks, self.classes = marks, classes
            told = [f"{mark.text} {mark.note}".strip() for mark in marks] or list(classes)
            self.setAccessibleName(self.tr("Colours: {0}").format(", ".join(told)))
            self.setToolTip("\n".join(classes))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the room of the widest text so far, so that the plane beside it keeps its size."""
        metrics = QFontMetricsF(self.theme.font(self.theme.sizes.axis, bold=True))
        texts = [text for mark in self.marks for text in (mark.text, mark.note)] or list(self.classes) or ["p = ½"]
        widest = max(metrics.horizontalAdvance(text) for text in (*texts, f"{MINUS}0.00"))
        self._widest = max(self._widest, round(_BAR + _GAP + min(widest, _MOST_TEXT) + 2))
        return QSize(self._widest, 120)

    def minimumSizeHint(self) -> QSize:
        """Return the same width."""
        return QSize(self.sizeHint().width(), 60)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.classes:
            self._draw_classes(painter)
        else:
            self._draw_bar(painter)
        painter.end()

    def _draw_bar(self, painter: QPainter) -> None:
        height = float(self.height())
        gradient = QLinearGradient(QPointF(0, height), QPointF(0, 0))
        colors = self.shading.map
        for place in range(_STOPS + 1):
            red, green, blue, _ = colors[round(place / _STOPS * (len(colors) - 1))]
            gradient.setColorAt(place / _STOPS, f"#{red:02x}{green:02x}{blue:02x}")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(QRectF(0, 0, _BAR, height), 3, 3)
        bold, plain = (self.theme.font(self.theme.sizes.axis, bold=weight) for weight in (True, False))
        line = QFontMetricsF(bold).height()
        for mark in self.marks:
            written = [(mark.text, bold, "text"), (mark.note, plain, "text2")]
            written = [text for text in written if text[0]]
            lines = len(written)
            middle = (1 - mark.at) / 2 * height
            top = min(max(middle - lines * line / 2, 0), height - lines * line)
            for text, font, color in written:
                painter.setFont(font)
                painter.setPen(self.theme.color(color))
                self._text(painter, _BAR + _GAP, top, text)
                top += line

    def _draw_classes(self, painter: QPainter) -> None:
        plain = self.theme.font(self.theme.sizes.axis)
        line = min(QFontMetricsF(plain).height() + 6, self.height() / len(self.classes))
        painter.setFont(plain)
        for place, (name, color) in enumerate(zip(self.classes, self.theme.classes(len(self.classes)), strict=False)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(0, place * line + (line - _BAR) / 2, _BAR, _BAR), 3, 3)
            painter.setPen(self.theme.color("text"))
            self._text(painter, _BAR + _GAP, place * line + (line - QFontMetricsF(plain).height()) / 2, name)

    def _text(self, painter: QPainter, left: float, top: float, text: str) -> None:
        metrics = QFontMetricsF(painter.font())
        room = self.width() - left
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room + 1)
        painter.drawText(QRectF(left, top, room + 2, metrics.height()), int(Qt.AlignmentFlag.AlignVCenter), shown)
