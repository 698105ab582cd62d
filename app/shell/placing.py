"""Where a window lies at its first start: on the screen with its frame, which is known only once it is shown."""

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QWidget

FRAMED_MS = 200  # after which a window manager has given a window its frame, and told it
_WANTED = QSize(1440, 900)
_FRAME = QSize(16, 40)  # pixels of borders and title bar, as the wider ones of usual desktops have them


def first_size(screen: QScreen) -> QSize:
    """Return the size of the first start, without its frame: on a small screen all that a usual frame leaves."""
    return _WANTED.boundedTo(screen.availableSize() - _FRAME)


def keep_on_screen(window: QWidget) -> None:
    """Make a window that is shown smaller and move it, as far as parts of it or of its frame lie off the screen.

    One of another size than its hint is left alone: someone has chosen that.
    """
    room, frame = window.screen().availableGeometry(), window.frameGeometry()
    if room.contains(frame) or window.size() != window.sizeHint():
        return
    size = frame.size().boundedTo(room.size())
    window.resize(size - (frame.size() - window.size()))
    last = QPoint(room.right() - size.width() + 1, room.bottom() - size.height() + 1)
    window.move(max(room.left(), min(frame.left(), last.x())), max(room.top(), min(frame.top(), last.y())))
