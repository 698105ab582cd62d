"""Drawing, class bars, confusion and mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.plots.class_bars import ClassBars
from app.plots.digit_pad import DigitPad
from app.plots.handwriting import image_of_strokes
from app.plots.images import AnswersPart, DrawPart
from app.shell.icons import Icons
from app.shell.theme import Theme
from core.probes.digits import classify, report
from core.probes.pictures import DigitPicture, image_of

if TYPE_CHECKING:
    from app.work.messages import Scene
    from core.runs.record import Record
    from tests.app.plots.conftest import Hand, Lab

ZERO = [(0.5, 0.1), (0.3, 0.2), (0.22, 0.5), (0.3, 0.8), (0.5, 0.9), (0.7, 0.8), (0.78, 0.5), (0.7, 0.2), (0.5, 0.1)]
SEVEN = [(0.2, 0.2), (0.8, 0.2), (0.7, 0.4), (0.5, 0.85)]
points = st.tuples(st.floats(0, 1), st.floats(0, 1))


@pytest.fixture(scope="module")
def record(lab: Lab) -> Record:
    return lab.small(
        "Digits", source={"kind": "digits"}, test=0.3, loss="cross_entropy", epochs=6, units=24, validation=0.1
    )


@pytest.fixture(scope="module")
def scene(lab: Lab, record: Record) -> Scene:
    return lab.scene(record)


# -- handwriting -----------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(points, min_size=1, max_size=8), min_size=1, max_size=4))
@example([[(0.0, 0.0), (0.0, 4.687155004181832e-17)]])
@pytest.mark.usefixtures("qapp")
def test_mnists_way_box_of_20_centred_by_mass(strokes: list[list[tuple[float, float]]]) -> None:
    image = image_of_strokes(strokes, 28)
    assert image is not None
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert image.min() >= 0
    assert image.max() <= 1
    rows, columns = (np.flatnonzero(image.sum(axis=axis) > 0.02) for axis in (1, 0))
    # The box of 20 × 20, one more where it lies between pixels.
    assert len(rows) <= 21
    assert len(columns) <= 21
    for axis, there in ((1, rows), (0, columns)):
        line = image.sum(axis=axis, dtype=np.float64)
        mass = (line * (np.arange(28) + 0.5)).sum() / line.sum()
        at_the_edge = there[0] <= 0 or there[-1] >= 27
        assert abs(mass - 14) <= 0.6 or at_the_edge


@pytest.mark.usefixtures("qapp")
def test_a_digit_has_the_same_image_wherever_and_however_large_it_is_drawn() -> None:
    large = image_of_strokes([SEVEN], 28)
    small = image_of_strokes([[(0.1 + x * 0.4, 0.5 + y * 0.4) for x, y in SEVEN]], 28)
    assert large is not None
    assert small is not None
    np.testing.assert_allclose(large, small, atol=0.02)


@pytest.mark.usefixtures("qapp")
def test_proportions_are_kept() -> None:
    image = image_of_strokes([[(0.5, 0.1), (0.5, 0.9)]], 28)
    assert image is not None
    assert (image.sum(axis=1) > 0.02).sum() == 20
    assert 2 <= (image.sum(axis=0) > 0.02).sum() <= 4


@pytest.mark.usefixtures("qapp")
def test_edges_are_grey() -> None:
    image = image_of_strokes([SEVEN], 28)
    assert image is not None
    assert ((image > 0.1) & (image < 0.9)).sum() > 20


@pytest.mark.usefixtures("qapp")
def test_small_images_are_filled_from_edge_to_edge() -> None:
    image = image_of_strokes([SEVEN], 8)
    assert image is not None
    assert image.shape == (8, 8)
    assert (image.sum(axis=1) > 0.05).all()


@pytest.mark.usefixtures("qapp")
def test_a_dot_is_small_and_nothing_is_nothing() -> None:
    dot = image_of_strokes([[(0.3, 0.7)]], 28)
    assert dot is not None
    assert 2 <= dot.sum() <= 12
    assert image_of_strokes([], 28) is None


# -- the pad ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def part(qtbot: QtBot, icons: Icons, scene: Scene) -> DrawPart:
    part = DrawPart(icons)
    part.set_data(scene.dataset)
    qtbot.addWidget(part)
    part.resize(328, 200)
    part.show()
    qtbot.waitExposed(part)
    return part


def test_mouse_draws_and_every_image_is_told(qtbot: QtBot, part: DrawPart, hand: Hand) -> None:
    images: list[Any] = []
    part.drawn.connect(images.append)
    hand.draw(part.pad, SEVEN)
    assert len(part.pad.strokes) == 1
    np.testing.assert_allclose(part.pad.strokes[0], SEVEN, atol=0.01)
    assert len(images) >= 2
    assert images[-1].shape == (8, 8)
    np.testing.assert_array_equal(images[-1], image_of_strokes(part.pad.strokes, 8))


def test_lines_are_taken_back_and_the_pad_is_cleared(part: DrawPart, hand: Hand) -> None:
    images: list[Any] = []
    part.drawn.connect(images.append)
    assert not part.undo.isEnabled()
    hand.draw(part.pad, SEVEN)
    first = images[-1]
    hand.draw(part.pad, [(0.3, 0.5), (0.7, 0.5)])
    QTest.mouseClick(part.undo, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(images[-1], first)
    QTest.mouseClick(part.clear, Qt.MouseButton.LeftButton)
    assert images[-1] is None
    assert part.pad.blank
    assert not part.clear.isEnabled()


def test_keyboard_draws_takes_back_and_clears(part: DrawPart) -> None:
    pad = part.pad
    pad.setFocus()
    QTest.keyClick(pad, Qt.Key.Key_Up)
    assert pad.blank
    for _ in range(5):
        QTest.keyClick(pad, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(pad, Qt.Key.Key_Right)
    QTest.keyClick(pad, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert [len(stroke) for stroke in pad.strokes] == [6, 2]
    assert pad.shown is not None
    QTest.keyClick(pad, Qt.Key.Key_Backspace)
    assert len(pad.strokes) == 1
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.blank


def test_pad_shows_ink_where_it_was_drawn(part: DrawPart, hand: Hand) -> None:
    hand.draw(part.pad, [(0.2, 0.3), (0.7, 0.3)])
    image = part.pad.grab().toImage()
    side = image.width()
    assert image.pixelColor(round(side * 0.4), round(side * 0.3)).lightness() > 240
    assert image.pixelColor(round(side * 0.4), round(side * 0.6)).lightness() < 40


def test_drawn_digit_is_recognised(lab: Lab, record: Record, scene: Scene, part: DrawPart, hand: Hand) -> None:
    """The whole way: mouse, image, network, bars."""
    hand.draw(part.pad, ZERO)
    assert part.pad.shown is not None
    picture = lab.drive(classify(part.pad.shown)(scene, record.row))
    part.set_picture(picture)
    assert picture.winner == 0
    shares = part.bars.shares()
    assert shares == pytest.approx(picture.probabilities.tolist())
    assert part.bars.texts()[0] == f"{shares[0]:.1%}".replace("%", " %")
    assert part.bars.accessibleName().startswith("0: ")


def test_answer_to_a_drawing_that_was_wiped_is_not_shown(
    lab: Lab, record: Record, scene: Scene, part: DrawPart, hand: Hand
) -> None:
    hand.draw(part.pad, SEVEN)
    assert part.pad.shown is not None
    picture = lab.drive(classify(part.pad.shown)(scene, record.row))
    QTest.mouseClick(part.clear, Qt.MouseButton.LeftButton)
    part.set_picture(picture)
    assert part.bars.texts() == ["–"] * 10


def test_scores_are_drawn_from_least_to_greatest(qtbot: QtBot, theme: Theme) -> None:
    bars = ClassBars(theme)
    qtbot.addWidget(bars)
    bars.set_classes(("a", "b", "c"))
    scores = np.array([-1.5, 0.5, 2.5])
    bars.set_picture(DigitPicture(np.zeros((2, 2)), scores, None, 2, {}, {}))
    assert bars.shares() == [0, 0.5, 1]
    assert bars.texts() == ["\N{MINUS SIGN}1.50", "0.50", "2.50"]
    bars.grab()


def test_pad_of_another_size_is_wiped(qtbot: QtBot, theme: Theme, hand: Hand) -> None:
    pad = DigitPad(theme, 28)
    qtbot.addWidget(pad)
    pad.resize(150, 150)
    hand.draw(pad, SEVEN)
    assert pad.shown is not None
    pad.set_side(8)
    assert pad.blank


def test_drawing_is_quick(lab: Lab, record: Record, scene: Scene, part: DrawPart, hand: Hand) -> None:
    hand.draw(part.pad, [*SEVEN] * 20)
    part.pad.set_side(28)
    hand.draw(part.pad, [*SEVEN] * 20)
    assert lab.quickest(part.pad._tell) < 0.004
    part.pad.set_side(8)
    hand.draw(part.pad, SEVEN)
    assert part.pad.shown is not None
    picture = lab.drive(classify(part.pad.shown)(scene, record.row))
    assert lab.quickest(lambda: part.set_picture(picture)) < 0.004


# -- confusion and mistakes ------------------------------------------------------------------------------------------


@pytest.fixture
def answers(qtbot: QtBot, lab: Lab, icons: Icons, record: Record, scene: Scene) -> AnswersPart:
    part = AnswersPart(icons)
    qtbot.addWidget(part)
    part.resize(328, 520)
    part.show()
    qtbot.waitExposed(part)
    part.set_data(scene.dataset)
    part.set_picture(lab.drive(report()(scene, record.row)))
    QApplication.processEvents()
    return part


def cell(answers: AnswersPart, row: int, column: int) -> QPoint:
    """Return the middle of a cell."""
    table = answers.confusion
    return table.visualRect(table.table.index(row, column)).center()


def test_counts_are_printed_in_the_cells(answers: AnswersPart, record: Record, scene: Scene, lab: Lab) -> None:
    picture = lab.drive(report()(scene, record.row))
    model = answers.confusion.table
    for row in range(10):
        for column in range(10):
            count = picture.counts[row, column]
            assert model.data(model.index(row, column)) == (f"{count}" if count else "")
    tip = model.data(model.index(4, 9), Qt.ItemDataRole.ToolTipRole)
    assert tip == f"true 4, predicted 9: {picture.counts[4, 9]}"
    assert answers.header.note.text() == f"test, {picture.right / picture.total:.1%} right".replace("%", " %")
    assert f"{picture.right} of {picture.total} right" in answers.caption.text()


def test_cells_fill_the_width_and_none_is_cut(answers: AnswersPart) -> None:
    table = answers.confusion
    last = table.visualRect(table.table.index(9, 9))
    assert table.viewport().rect().contains(last)
    assert last.right() > table.viewport().width() - 12


def test_right_answers_are_blue_and_wrong_ones_orange(answers: AnswersPart) -> None:
    picture = answers.report
    assert picture is not None
    image = answers.confusion.viewport().grab().toImage()
    wrong = np.argwhere(picture.counts * (1 - np.eye(10, dtype=int)) > 0)
    right = answers.confusion.visualRect(answers.confusion.table.index(0, 0))
    color = image.pixelColor(right.left() + 4, right.center().y() + 6)
    assert color.blue() > color.red()
    for row, column in wrong.tolist():
        rect = answers.confusion.visualRect(answers.confusion.table.index(row, column))
        color = image.pixelColor(rect.left() + 4, rect.center().y() + 6)
        assert color.red() > color.blue()


def test_click_on_a_cell_shows_its_images_and_another_click_all(answers: AnswersPart) -> None:
    picture = answers.report
    assert picture is not None
    true, predicted = int(picture.mistakes.true[0]), int(picture.mistakes.predicted[0])
    viewport = answers.confusion.viewport()
    everything = answers.mistakes.table.rowCount()
    assert everything == len(picture.mistakes)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=cell(answers, true, predicted))
    model = answers.mistakes.table
    assert model.rowCount() == picture.counts[true, predicted]
    assert {model.classes(row) for row in range(model.rowCount())} == {(f"{true}", f"{predicted}")}
    assert answers.all.isVisible()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=cell(answers, true, predicted))
    assert model.rowCount() == everything
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=cell(answers, 0, 0))
    assert not answers.mistakes.isVisible()
    assert answers.none.text() == "These are right."
    QTest.mouseClick(answers.all, Qt.MouseButton.LeftButton)
    assert model.rowCount() == everything
    assert not answers.all.isVisible()


def test_keyboard_chooses_a_cell_and_lets_it_go(answers: AnswersPart) -> None:
    table = answers.confusion
    table.setFocus()
    table.setCurrentIndex(table.table.index(2, 3))
    QTest.keyClick(table, Qt.Key.Key_Right)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert table.choice == (2, 4)
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert table.choice is None


def test_worst_mistake_comes_first_and_is_sent_on_a_click(qtbot: QtBot, answers: AnswersPart, scene: Scene) -> None:
    picture = answers.report
    assert picture is not None
    view = answers.mistakes
    index = int(picture.mistakes.index[0])
    true, predicted = (
        scene.dataset.facts.classes[int(value[0])] for value in (picture.mistakes.true, picture.mistakes.predicted)
    )
    assert view.table.data(view.table.index(0)) == f"{true} → {predicted}"
    with qtbot.waitSignal(answers.chosen) as chosen:
        place = view.visualRect(view.table.index(0)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args is not None
    image, part, at = chosen.args
    assert (part, at) == ("test", index)
    np.testing.assert_array_equal(image, image_of(scene.dataset, "test", index))
    with qtbot.waitSignal(answers.chosen) as chosen:
        view.setFocus()
        QTest.keyClick(view, Qt.Key.Key_Right)
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen.args is not None
    assert chosen.args[2] == picture.mistakes.index[1]


def test_only_whole_rows_of_mistakes_are_shown(answers: AnswersPart) -> None:
    view = answers.mistakes
    assert view.viewport().height() % view.gridSize().height() == 0


def test_report_of_other_classes_is_not_mixed_in(answers: AnswersPart, lab: Lab) -> None:
    other = lab.small(source={"kind": "rings", "samples": 90}, loss="cross_entropy", epochs=1)
    before = answers.report
    answers.set_picture(lab.drive(report()(lab.scene(other), other.row)))
    assert answers.report is before


def test_model_without_a_report_is_empty(qtbot: QtBot, icons: Icons, scene: Scene) -> None:
    part = AnswersPart(icons)
    qtbot.addWidget(part)
    part.set_data(scene.dataset)
    assert part.mistakes.table.data(QModelIndex()) is None
    assert part.confusion.table.data(part.confusion.table.index(0, 0)) == ""
    part.grab()


def test_a_report_is_taken_within_4_ms(answers: AnswersPart, lab: Lab) -> None:
    picture = answers.report
    assert picture is not None
    assert lab.quickest(lambda: answers.set_picture(picture)) < 0.004
