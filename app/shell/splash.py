"""What is seen until the window is there: the program's mark, its name and its version."""

from time import perf_counter

from PySide6.QtCore import QRectF, QSettings, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QLabel

from app.shell.settings import Settings
from app.shell.theme import Theme
from core.resources import RESOURCES
from core.runs.versions import VERSION

_SIZE = QSize(340, 140)
_MARK = 76  # pixels of its side
_LEFT = 32
_PATIENCE = 0.1  # seconds that the window system is waited for


def splash(store: QSettings) -> QLabel:
    """Return the picture, shown, in the colours that the window will have."""
    theme = Theme(Settings(store).theme)
    ratio = QGuiApplication.primaryScreen().devicePixelRatio()
    picture = QPixmap(_SIZE * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(theme.color("panel"))
    painter = QPainter(picture)
    painter.setPen(theme.color("border"))
    painter.drawRect(QRectF(0, 0, _SIZE.width() - 1, _SIZE.height() - 1))
    top = (_SIZE.height() - _MARK) // 2
    painter.drawPixmap(_LEFT, top, QIcon(str(RESOURCES / "downhill.svg")).pixmap(QSize(_MARK, _MARK), ratio))
    words = QRectF(_LEFT + _MARK + 24, top, _SIZE.width(), _MARK / 2)
    for text, pixels, bold, color in (("Downhill", 30, True, "text"), (VERSION, 13, False, "text2")):
        painter.setFont(theme.font(pixels, bold=bold))
        painter.setPen(theme.color(color))
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        words.translate(0, _MARK / 2)
    painter.end()
    # Not a QSplashScreen: it waits up to a second until the window system has shown it.
    shown = QLabel()
    shown.setWindowFlags(Qt.WindowType.SplashScreen | Qt.WindowType.FramelessWindowHint)
    shown.setPixmap(picture)
    shown.resize(_SIZE)
    shown.move(QGuiApplication.primaryScreen().availableGeometry().center() - shown.rect().center())
    shown.show()
    deadline = perf_counter() + _PATIENCE
    while not shown.windowHandle().isExposed() and perf_counter() < deadline:
        QGuiApplication.processEvents()
    shown.repaint()
    return shown
