"""Drawing points of one's own: clicks, sprays, erasing, keys; each gesture one undo step."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.panels.drawing import MOST_POINTS, DrawPad
from app.panels.points import PointsPart
from app.shell.icons import Icons
from core.choices.datasets import Points
from core.choices.losses import LOSSES

Show = Callable[[QWidget, int, int], None]
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def part(document: Document, icons: Icons, show: Show) -> PointsPart:
    document.set({"data.source": "points"}, "choose")
    document.undo_stack.clear()
    part = PointsPart(document, icons, Random(1))
    document.changed.connect(part.refresh)
    show(part, 216, 400)
    return part


def points(document: Document) -> tuple[Any, ...]:
    source = document.experiment.data.source
    assert isinstance(source, Points)
    return source.points


def spray(pad: DrawPad, button: Qt.MouseButton, places: list[tuple[int, int]]) -> None:
    QTest.mousePress(pad, button, PLAIN, QPoint(*places[0]))
    for place in places[1:]:
        # The buttons that are down travel with a real move.
        QTest.mouseMove(pad, QPoint(*place))
    QTest.mouseRelease(pad, button, PLAIN, QPoint(*places[-1]))


def test_a_left_click_sets_a_point_of_the_brush_a_right_one_of_the_other(part: PointsPart, document: Document) -> None:
    side = part.pad.width()
    QTest.mouseClick(part.pad, LEFT, PLAIN, QPoint(side // 4, side // 4))
    QTest.mouseClick(part.pad, RIGHT, PLAIN, QPoint(3 * side // 4, 3 * side // 4))
    first, second = points(document)
    assert first == pytest.approx((-3, 3, 1), abs=0.05)
    assert second == pytest.approx((3, -3, 0), abs=0.05)
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert part.pad.points == (first,)


def test_a_drag_sprays_in_one_undo_step(part: PointsPart, document: Document) -> None:
    spray(part.pad, LEFT, [(20 + 8 * step, 40 + 3 * step) for step in range(12)])
    assert len(points(document)) > 6
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Draw points"
    spray(part.pad, RIGHT, [(120, 150 - 6 * step) for step in range(8)])
    assert document.undo_stack.count() == 2
    assert {point[2] for point in points(document)} == {0, 1}
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert points(document) == ()


def test_points_stay_on_the_pad(part: PointsPart, document: Document) -> None:
    side = part.pad.width()
    spray(part.pad, LEFT, [(2, 2), (6, 2), (12, 2), (20, 2), (side + 40, -40)])
    for x1, x2, _ in points(document):
        assert -6 <= x1 <= 6
        assert -6 <= x2 <= 6


def test_the_eraser_and_clear(part: PointsPart, document: Document) -> None:
    for place in ((40, 40), (100, 100), (160, 160)):
        QTest.mouseClick(part.pad, LEFT, PLAIN, QPoint(*place))
    QTest.mouseClick(part.eraser, LEFT)
    assert part.pad.erasing
    QTest.mouseClick(part.pad, LEFT, PLAIN, QPoint(100, 100))
    assert len(points(document)) == 2
    assert document.undo_stack.undoText() == "Erase points"
    QTest.mouseClick(part.clear, LEFT)
    assert points(document) == ()
    assert not part.clear.isEnabled()
    document.undo_stack.undo()
    assert len(points(document)) == 2
    QTest.mouseClick(part.brushes[0], LEFT)
    assert not part.pad.erasing
    assert not part.eraser.isChecked()


def test_a_brush_for_a_third_class_is_offered_and_changes_the_loss(part: PointsPart, document: Document) -> None:
    QTest.mouseClick(part.pad, LEFT, PLAIN, QPoint(40, 40))
    QTest.mouseClick(part.pad, RIGHT, PLAIN, QPoint(100, 100))
    assert document.experiment.training.loss == "binary_cross_entropy"
    assert [brush.text() for brush in part.brushes if brush.isVisible()] == ["class −1", "class +1", "+ class"]
    QTest.mouseClick(part.brushes[2], LEFT)
    QTest.mouseClick(part.pad, LEFT, PLAIN, QPoint(160, 40))
    assert points(document)[-1][2] == 2
    assert "classes" in LOSSES[document.experiment.training.loss].heads
    assert [brush.text() for brush in part.brushes if brush.isVisible()] == [
        "class 1",
        "class 2",
        "class 3",
        "+ class",
    ]
    document.undo_stack.undo()
    assert document.experiment.training.loss == "binary_cross_entropy"


def test_the_pad_works_by_keyboard(part: PointsPart, document: Document) -> None:
    pad = part.pad
    pad.setFocus()
    QTest.keyClick(pad, Qt.Key.Key_Right)
    QTest.keyClick(pad, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(pad, Qt.Key.Key_Return)
    QTest.keyClick(pad, Qt.Key.Key_1)
    assert pad.brush == 0
    assert part.brushes[0].isChecked()
    for _ in range(7):
        QTest.keyClick(pad, Qt.Key.Key_Left)
    QTest.keyClick(pad, Qt.Key.Key_Return)
    assert points(document) == ((0.25, 1.0, 1), (-1.5, 1.0, 0))
    assert document.undo_stack.count() == 2
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert points(document) == ((0.25, 1.0, 1),)
    QTest.keyClick(pad, Qt.Key.Key_9)  # not offered
    assert pad.brush == 0


def test_the_keys_of_the_pad_are_no_shortcuts_of_the_window(part: PointsPart, document: Document, show: Show) -> None:
    from PySide6.QtGui import QShortcut

    pressed: list[str] = []
    for key in ("1", "2", "Del"):
        QShortcut(key, part, lambda key=key: pressed.append(key))
    part.pad.setFocus()
    QTest.keyClick(part.pad, Qt.Key.Key_1)
    QTest.keyClick(part.pad, Qt.Key.Key_Delete)
    assert not pressed
    assert part.pad.brush == 0


def test_the_pad_does_not_overflow(part: PointsPart, document: Document) -> None:
    many = tuple((0.0, 0.0, place % 2) for place in range(MOST_POINTS))
    document.set({"data.source.points": many}, "many")
    QTest.mouseClick(part.pad, LEFT, PLAIN, QPoint(40, 40))
    assert len(points(document)) == MOST_POINTS
    assert "no more fit" in part.count.text()


def test_places_and_points_agree(part: PointsPart) -> None:
    for x1, x2 in ((0.0, 0.0), (-6.0, 6.0), (3.5, -2.25)):
        assert part.pad.at(part.pad.place(x1, x2)) == pytest.approx((x1, x2), abs=0.01)
