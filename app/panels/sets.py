"""Rows to choose a data set by name: images, which may have to be downloaded, and a file of one's own."""

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.panels.rows import Refusal
from app.shell.icons import Icons
from app.shell.style import set_class

ICON = 18
_EDGE = 8


class SetButton(QAbstractButton):
    """Icon, title, and a note at the right, or below where there is no room for it; the chosen one is tinted."""

    def __init__(self, icons: Icons, icon: str, title: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = icons.theme
        self.note = ""
        self.setIcon(icons.get(icon))
        self.setText(title)
        self.setCheckable(True)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.setToolTip(f"{title}: {sentence}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.theme.changed.connect(self._fit)
        self._fit()

    def set_note(self, note: str) -> None:
        """Show another note."""
        if note != self.note:
            self.note = note
            self._fit()

    def nextCheckState(self) -> None:
        """Leave it to the document which one is chosen."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter, for Space trains."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Return the room of the title."""
        return QSize(self._title_end() + _EDGE, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take one line or two."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light up."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Go out again."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self.theme
        chosen = self.isChecked()
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if chosen or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("soft" if chosen else "raise"))
            painter.drawRoundedRect(frame, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, 6, 6)
        row = theme.sizes.row
        icon = self.icon().pixmap(QSize(ICON, ICON), self.devicePixelRatioF())
        painter.drawPixmap(_EDGE, (row - ICON) // 2, icon)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(theme.sizes.small, bold=chosen))
        left = _EDGE + ICON + 8
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(left, 0, self.width() - left, row), middle, self.text())
        painter.setPen(theme.color("accent" if chosen else "text2"))
        painter.setFont(self._small())
        if self._two_lines(self.width()):
            height = painter.fontMetrics().height()
            painter.drawText(QRect(left, row - 6, self.width() - left, height), middle, self.note)
        else:
            room = QRect(0, 0, self.width() - _EDGE, row)
            painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, self.note)

    def _fit(self) -> None:
        below = QFontMetrics(self._small()).height() if self._two_lines(self.width()) else 0
        self.setFixedHeight(self.theme.sizes.row + below)
        self.updateGeometry()
        self.update()

    def _small(self) -> QFont:
        return self.theme.font(self.theme.sizes.axis)

    def _title_end(self) -> int:
        bold = QFontMetrics(self.theme.font(self.theme.sizes.small, bold=True))
        return _EDGE + ICON + 8 + bold.horizontalAdvance(self.text())

    def _two_lines(self, width: int) -> bool:
        return self._title_end() + 8 + QFontMetrics(self._small()).horizontalAdvance(self.note) + _EDGE > width


class DownloadRow(QWidget):
    """A data set that may have to be downloaded: it asks first, shows how far it is, and can be cancelled.

    chosen: the user wants it, and a download if that is needed. cancelled: not any more.
    """

    chosen = Signal()
    cancelled = Signal()

    def __init__(
        self, icons: Icons, icon: str, title: str, sentence: str, bytes_: int, parent: QWidget | None = None
    ) -> None:
        """Make a row; bytes_: how much a download would be, 0 for none."""
        super().__init__(parent)
        self.title = title
        self.bytes = bytes_
        self.there = bytes_ == 0
        self.button = SetButton(icons, icon, title, sentence)
        self.button.clicked.connect(self._clicked)
        self.text = QLabel()
        self.text.setWordWrap(True)
        set_class(self.text, "caption")
        self.fault = Refusal(icons.theme)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Download of {0}").format(title))
        self.yes = QPushButton(self.tr("Download"))
        self.yes.clicked.connect(self._agreed)
        self.no = QPushButton(self.tr("Cancel"))
        self.no.clicked.connect(self._declined)
        buttons = QHBoxLayout()
        for button in (self.yes, self.no):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.button)
        for widget in (self.text, self.bar, self.fault):
            column.addWidget(widget)
        column.addLayout(buttons)
        self.loading = False
        self.settle()

    def settle(self, fault: str = "") -> None:
        """Show nothing but the row, and why the last download failed."""
        self.loading = False
        for widget in (self.text, self.bar, self.yes, self.no):
            widget.hide()
        self.fault.say(fault)

    def ask(self) -> None:
        """Ask whether to download."""
        self.settle()
        self.text.setText(self.tr("{0} is a download of {1}.").format(self.title, megabytes(self.bytes)))
        for widget in (self.text, self.yes, self.no):
            widget.show()
        self.yes.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_progress(self, done: int, total: int) -> None:
        """Show how far a download is, in bytes of a file."""
        if not self.loading:
            self.settle()
            self.loading = True
            for widget in (self.text, self.bar, self.no):
                widget.show()
        # In thousandths: a bar counts in whole numbers of 32 bits.
        self.bar.setRange(0, 1000 if total else 0)
        self.bar.setValue(round(1000 * done / total) if total else 0)
        self.text.setText(self.tr("{0} of {1}").format(megabytes(done), megabytes(total)))

    def _clicked(self) -> None:
        if self.there:
            self.chosen.emit()
        elif not self.loading:
            self.ask()

    def _agreed(self) -> None:
        self.settle()
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.chosen.emit()

    def _declined(self) -> None:
        loading = self.loading
        self.settle()
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        if loading:
            self.cancelled.emit()


def megabytes(count: int) -> str:
    """Write a number of bytes as "11.6 MB"."""
    return f"{count / 1e6:.1f} MB"
