"""At the first start the window lies on the screen, with its frame."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QWidget

from app.shell.placing import first_size, keep_on_screen


class Framed:
    """Stands for a window with a frame, on a screen of 1440 × 900 with a task bar of 40 below."""

    def __init__(self, frame: QRect) -> None:
        self.frame = frame
        self.hint = self.size()

    def screen(self) -> Any:
        return SimpleNamespace(availableGeometry=lambda: QRect(0, 0, 1440, 860))

    def frameGeometry(self) -> QRect:  # noqa: N802
        return QRect(self.frame)

    def size(self) -> QSize:
        return self.frame.size() - QSize(2, 60)

    def sizeHint(self) -> QSize:
        return self.hint

    def resize(self, size: QSize) -> None:
        self.frame.setSize(size + QSize(2, 60))

    def move(self, x: int, y: int) -> None:
        self.frame.moveTo(x, y)


@pytest.mark.parametrize(
    ("screen", "size"), [(QSize(1920, 1080), QSize(1440, 900)), (QSize(1440, 900), QSize(1424, 860))]
)
def test_the_first_size_leaves_room_for_a_frame(screen: QSize, size: QSize) -> None:
    assert first_size(cast(QScreen, SimpleNamespace(availableSize=lambda: screen))) == size


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (QRect(0, 0, 1426, 880), QRect(0, 0, 1426, 860)),  # a frame that is higher than usual
        (QRect(200, 100, 1300, 800), QRect(140, 60, 1300, 800)),  # put too far to the right and below
        (QRect(-20, -30, 1300, 800), QRect(0, 0, 1300, 800)),
        (QRect(20, 30, 1300, 800), QRect(20, 30, 1300, 800)),
    ],
)
def test_what_lies_off_the_screen_comes_back(before: QRect, after: QRect) -> None:
    window = Framed(before)
    keep_on_screen(cast(QWidget, window))
    assert window.frame == after


def test_a_window_of_a_chosen_size_stays_so() -> None:
    window = Framed(QRect(-4, -4, 1448, 868))
    window.hint = QSize(1424, 820)
    keep_on_screen(cast(QWidget, window))
    assert window.frame == QRect(-4, -4, 1448, 868)
