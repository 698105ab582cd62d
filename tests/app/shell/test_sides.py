"""A side of the window: how its two panels share the height, and that a share chosen by hand is remembered."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSplitterHandle, QWidget
from pytestqt.qtbot import QtBot

from app.shell.sides import Side
from app.shell.theme import Theme
from app.shell.window import MainWindow

MakeWindow = Callable[..., MainWindow]


def tall(height: int) -> QWidget:
    panel = QWidget()
    panel.setFixedHeight(height)
    panel.setMinimumWidth(150)
    return panel


@pytest.fixture
def make_side(qtbot: QtBot, theme: Theme) -> Callable[[int, int, int], Side]:
    def make(upper: int, lower: int, height: int) -> Side:
        side = Side(("Upper", tall(upper)), ("Lower", tall(lower)), 200, 0.3)
        qtbot.addWidget(side)
        side.resize(240, height)
        side.show()
        qtbot.waitExposed(side)
        qtbot.waitUntil(lambda: not side._soon.isActive())
        return side

    return make


def drag_handle(side: Side, by: int) -> None:
    handle = side.splitter.handle(1)
    assert isinstance(handle, QSplitterHandle)
    middle = handle.rect().center()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(handle, left, none, middle)
    QTest.mouseMove(handle, middle + QPoint(0, by))
    QTest.mouseRelease(handle, left, none, middle + QPoint(0, by))


@pytest.mark.parametrize(
    ("upper", "lower", "height", "expected"),
    [
        (300, 300, 900, 316),  # both have what they need
        (300, 900, 700, 316),  # the upper one has what it needs, the lower one scrolls
        (900, 900, 705, 490),  # the lower one keeps its 30 % of 700
        (900, 900, 405, 240),  # and 160 pixels at least
        (900, 100, 705, 584),  # or what it needs
    ],
)
def test_the_upper_panel_has_what_it_needs_and_leaves_the_lower_some(
    make_side: Callable[[int, int, int], Side], upper: int, lower: int, height: int, expected: int
) -> None:
    side = make_side(upper, lower, height)
    above, below = side.splitter.sizes()
    assert (above, below) == (expected, height - 5 - expected)


def test_a_side_that_grows_shares_out_anew(make_side: Callable[[int, int, int], Side], qtbot: QtBot) -> None:
    side = make_side(300, 900, 111)  # as a dock is before the window has been laid out
    side.resize(240, 700)
    qtbot.waitUntil(lambda: side.splitter.sizes()[0] == 316)


def test_a_handle_moved_by_hand_stays_where_it_is_put(make_side: Callable[[int, int, int], Side], qtbot: QtBot) -> None:
    side = make_side(300, 900, 705)
    drag_handle(side, -116)
    assert side.splitter.sizes() == [200, 500]
    side.resize(240, 1405)
    qtbot.waitUntil(lambda: side.splitter.sizes() == [400, 1000])
    other = make_side(300, 900, 705)
    other.restore(side.save())
    assert other.splitter.sizes() == [200, 500]
    other.restore(None)
    assert other.splitter.sizes() == [316, 384]


@pytest.mark.parametrize("odd", [b"", b"abc", b"nan", b"-1", b"7", b"\xff"])
def test_a_share_that_is_none_counts_as_none(make_side: Callable[[int, int, int], Side], odd: bytes) -> None:
    side = make_side(300, 900, 705)
    side.restore(QByteArray(odd))
    assert side.splitter.sizes() == [316, 384]


def test_shares_are_remembered_with_the_layout_and_reset_with_it(make_window: MakeWindow, qtbot: QtBot) -> None:
    first = make_window()
    by_need = [side.splitter.sizes() for side in (first.left, first.right)]
    drag_handle(first.left, 60)
    drag_handle(first.right, -40)
    moved = [side.splitter.sizes() for side in (first.left, first.right)]
    assert moved[0] != by_need[0]
    assert moved[1] != by_need[1]
    first.close()
    second = make_window()
    qtbot.waitUntil(lambda: [side.splitter.sizes() for side in (second.left, second.right)] == moved)
    second.commands["reset_layout"].trigger()
    qtbot.waitUntil(lambda: [side.splitter.sizes() for side in (second.left, second.right)] == by_need)


def test_a_panel_that_becomes_wider_widens_its_dock(window: MainWindow, qtbot: QtBot) -> None:
    assert window.right.width() == 360
    window.parts.output.setMinimumWidth(500)
    qtbot.waitUntil(lambda: window.right.width() >= 500)
