"""The pictures side by side: their room, the mouse over all of them, the keyboard."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.compare.mosaic import Mosaic, Panel
from app.shell.theme import Theme


def shown(qtbot: QtBot, count: int, width: int = 620, height: int = 210) -> Mosaic:
    mosaic = Mosaic(Theme())
    qtbot.addWidget(mosaic)
    mosaic.resize(width, height)
    image = QImage(4, 4, QImage.Format.Format_RGBA8888)
    image.fill(QColor("red"))
    mosaic.show_panels([Panel(f"run {at}", at, image, "0.1") for at in range(count)], 0)
    mosaic.show()
    return mosaic


def test_panels_lie_within_the_widget_and_do_not_overlap(qtbot: QtBot) -> None:
    for count, width, height in ((1, 620, 210), (5, 620, 210), (5, 300, 900), (16, 1200, 700)):
        mosaic = shown(qtbot, count, width, height)
        rects = [mosaic.rect_of(at) for at in range(count)]
        assert all(rect.right() <= width and rect.bottom() <= height for rect in rects)
        assert not any(a.intersects(b) for place, a in enumerate(rects) for b in rects[:place])
        assert all(mosaic.rect_of(at).contains(mosaic.picture_of(at)) for at in range(count))


def test_a_picture_is_drawn_where_it_is_said_to_be(qtbot: QtBot) -> None:
    mosaic = shown(qtbot, 3)
    pixels = mosaic.grab().toImage()
    for at in range(3):
        assert pixels.pixelColor(mosaic.picture_of(at).center().toPoint()) == QColor("red")


def test_the_mouse_is_at_the_same_place_of_every_picture(qtbot: QtBot) -> None:
    mosaic = shown(qtbot, 3)
    told: list[object] = []
    mosaic.pointed.connect(told.append)
    picture = mosaic.picture_of(1)
    QTest.mouseMove(mosaic, QPoint(round(picture.left() + picture.width() / 4), round(picture.center().y())))
    assert mosaic.pointer is not None
    assert abs(mosaic.pointer[0] - 0.25) < 0.02
    assert abs(mosaic.pointer[1] - 0.5) < 0.02
    QTest.mouseMove(mosaic, QPoint(mosaic.width() - 1, mosaic.height() - 1))
    assert told[-1] is None


def test_a_run_is_chosen_by_a_click_and_by_keys(qtbot: QtBot) -> None:
    mosaic = shown(qtbot, 5)
    chosen: list[int] = []
    mosaic.chosen.connect(chosen.append)
    centre = mosaic.rect_of(2).center().toPoint()
    QTest.mouseClick(mosaic, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)
    QTest.keyClick(mosaic, Qt.Key.Key_Right)
    QTest.keyClick(mosaic, Qt.Key.Key_Return)
    QTest.keyClick(mosaic, Qt.Key.Key_Left)
    QTest.keyClick(mosaic, Qt.Key.Key_Left)
    QTest.keyClick(mosaic, Qt.Key.Key_Return)
    assert chosen == [2, 3, 1]


def test_the_end_of_a_long_name_can_be_read(qtbot: QtBot) -> None:
    def drawn(*names: str) -> list[QImage]:
        mosaic = shown(qtbot, 8)
        mosaic.show_panels([Panel(name, 0, None, "") for name in names], 7)
        pixels = mosaic.grab().toImage()
        return [pixels.copy(mosaic.rect_of(at).toRect()) for at in range(len(names))]

    words = "a setting with a long name"
    one, other, same, *_ = drawn(f"{words} 0.01", f"{words} 0.03", f"{words} 0.01", *["x"] * 5)
    assert one == same
    assert one != other


def test_where_names_have_no_room_the_words_that_all_share_are_left_out(qtbot: QtBot) -> None:
    def pixels(*names: str) -> QImage:
        mosaic = shown(qtbot, 8)
        mosaic.show_panels([Panel(name, 0, None, "") for name in names], 7)
        return mosaic.grab().toImage()

    rates = [f"0.{at}" for at in range(1, 9)]
    assert pixels(*(f"a setting with a long name {rate}" for rate in rates)) == pixels(*rates)
    assert pixels(*(f"of {rate}" for rate in rates)) != pixels(*rates)  # there is room for these
