"""The banner under the toolbar: one message at a time, with one way on."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.shell.icons import Icons
from app.shell.widgets.banner import Banner, Message

Show = Callable[..., QWidget]


@pytest.fixture
def banner(icons: Icons, show: Show) -> Banner:
    banner = Banner(icons)
    show(banner)
    return banner


def test_nothing_to_show_is_nothing_there(banner: Banner) -> None:
    assert not banner.isVisible()


def test_the_banner_offers_one_way_on(banner: Banner) -> None:
    pressed = []
    banner.show_message("err", "Loss became NaN.", "Rewind", lambda: pressed.append(True))
    assert banner.isVisible()
    assert banner.accessibleName() == "Loss became NaN."
    QTest.mouseClick(banner.action, Qt.MouseButton.LeftButton)
    assert pressed == [True]
    assert not banner.isVisible()


def test_the_newest_message_is_shown_and_the_one_before_after_it(banner: Banner) -> None:
    banner.show_message("warn", "first")
    banner.show_message("info", "second")
    assert banner.text.text() == "second"
    assert not banner.action.isVisible()
    QTest.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert banner.text.text() == "first"
    QTest.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_a_message_is_replaced_by_its_key_and_can_be_withdrawn(banner: Banner) -> None:
    heard: list[Message | None] = []
    banner.shown.connect(heard.append)
    banner.show_message("err", "one", key="a")
    banner.show_message("err", "two", key="a")
    banner.show_message("info", "three", key="b")
    assert [message.text for message in banner.messages] == ["two", "three"]
    banner.withdraw("b")
    banner.withdraw("nothing")
    banner.withdraw("a")
    assert not banner.isVisible()
    assert heard[-1] is None


def test_a_long_message_wraps_and_is_never_cut(banner: Banner, qtbot: QtBot) -> None:
    banner.show_message("err", "What happened and why and what was kept. " * 6, "Save as…")
    window = banner.window()
    window.resize(360, 400)
    qtbot.waitUntil(lambda: banner.text.height() >= banner.text.heightForWidth(banner.text.width()))
    assert banner.text.heightForWidth(banner.text.width()) > 40
