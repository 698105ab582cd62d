"""What the colours of the landscape mean: a bar of bands with the losses at its ends."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from core.pictures.depth import BANDS, Scale, colours

_BAR = 84.0  # pixels
_HIGH = 8.0
_GAP = 6.0


class LossBar(QWidget):
    """Low loss, bands, high loss in one line, called "loss"; the high one is told as ≥ where losses beyond it were
    clipped."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.texts = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.changed.connect(self.updateGeometry)

    def show_scale(self, scale: Scale, clipped: float | None) -> None:
        """Show a scale; clipped: the loss above which all share the top colour, if any do."""
        high = written(scale.loss(BANDS), 2)
        texts = (self.tr("loss {0}").format(written(scale.loss(0), 2)), f"≥ {high}" if clipped is not None else high)
        if texts == self.texts:
            return
        self.texts = texts
        told = self.tr("Colours: loss from {0} (dark) to {1} (light)").format(written(scale.loss(0), 2), texts[1])
        if clipped is not None:
            told += self.tr("; higher losses have the lightest colour")
        self.setToolTip(told)
        self.setAccessibleName(told)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room of the bar and of both numbers."""
        metrics = QFontMetricsF(self.theme.font(self.theme.sizes.axis))
        widest = metrics.horizontalAdvance(self.tr("loss {0}").format("0.0000")) + metrics.horizontalAdvance("≥ 0.0000")
        return QSize(round(_BAR + 2 * _GAP + widest), round(metrics.height()) + 4)

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it, at the right end of its room."""
        if not self.texts[0]:
            return
        painter = QPainter(self)
        font = self.theme.font(self.theme.sizes.axis)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        color = self.theme.color("text2")
        wide = metrics.horizontalAdvance(self.texts[1])
        x = self.width() - wide
        line = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.setPen(color)
        painter.drawText(QRectF(x, 0, wide + 2, self.height()), line, self.texts[1])
        x -= _GAP + _BAR
        painter.setPen(Qt.PenStyle.NoPen)
        top = (self.height() - _HIGH) / 2
        for place, (red, green, blue) in enumerate(colours(BANDS).tolist()):
            painter.fillRect(QRectF(x + place * _BAR / BANDS, top, _BAR / BANDS + 0.5, _HIGH), QColor(red, green, blue))
        wide = metrics.horizontalAdvance(self.texts[0])
        painter.setPen(color)
        painter.drawText(QRectF(x - _GAP - wide, 0, wide + 2, self.height()), line, self.texts[0])
        painter.end()
