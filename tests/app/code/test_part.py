"""The code tab: it follows the network, and the selected layer stands out in it both ways."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.code.part import FLAVOURS, CodePart
from app.shell.theme import Theme
from core.exchange.code.sketch import sketch
from core.exchange.formats import FORMATS
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.network import Dense

Written = Callable[[str], None]


def line_of(part: CodePart, text: str) -> int:
    return next(n for n, line in enumerate(part.widget.toPlainText().split("\n")) if text in line)


def marked(part: CodePart) -> list[str]:
    """Return the lines that are painted, without what is before and after them."""
    return [selection.cursor.block().text().strip() for selection in part.widget.extraSelections()]


def place_of(part: CodePart, line: int) -> QPoint:
    """Return where a line is, scrolled into sight."""
    part.widget.verticalScrollBar().setValue(line)
    block = part.widget.document().findBlockByNumber(line)
    box = part.widget.blockBoundingGeometry(block).translated(part.widget.contentOffset())
    return QPoint(30, round(box.center().y()))


def test_nothing_is_written_before_torch_is_there(part: CodePart, written: Written) -> None:
    part.write()
    assert part.widget.toPlainText() == ""
    written("nn.Linear(2, 3),  # First")


def test_it_is_the_code_that_would_be_exported_by_the_name_of_the_file(
    part: CodePart, written: Written, experiment: Experiment
) -> None:
    written("nn.Linear")
    assert part.widget.toPlainText() == sketch(experiment, "A-B", FORMATS["python"]).text


def test_an_edit_is_seen_at_once_and_what_is_read_stays_in_place(part: CodePart, written: Written) -> None:
    written("nn.Linear(2, 3),  # First")
    part.widget.verticalScrollBar().setValue(20)
    top = part.widget.firstVisibleBlock().text()
    part.document.set({"network.layers.a.units": 5}, "units")
    written("nn.Linear(2, 5),  # First")
    assert part.widget.verticalScrollBar().value() == 20
    assert part.widget.firstVisibleBlock().text() == top
    part.document.undo_stack.undo()
    written("nn.Linear(2, 3),  # First")


def test_many_edits_in_a_row_end_with_the_newest(part: CodePart, written: Written) -> None:
    for units in range(1, 40):
        part.document.set({"network.layers.a.units": units}, "units")
        part.write()
    written("nn.Linear(2, 39),  # First")


def test_the_lines_of_the_selected_layer_stand_out_and_are_scrolled_to(part: CodePart, written: Written) -> None:
    written("nn.Linear")
    part.widget.verticalScrollBar().setValue(0)
    part.selection.select_layer("b")
    assert marked(part) == ["nn.Linear(3, 2),  # Second", "nn.ReLU(),"]
    top, rows = part.widget.verticalScrollBar().value(), 160 // part.widget.fontMetrics().lineSpacing()
    assert top <= line_of(part, "# Second") < top + rows
    part.selection.select_layer("d")
    assert marked(part) == ["nn.Dropout(0.25),  # Off"]
    part.selection.select_layer(None)
    assert marked(part) == []


def test_a_layer_that_is_selected_before_its_lines_are_written_is_scrolled_to_then(
    part: CodePart, written: Written
) -> None:
    part.selection.select_layer("output")
    written("nn.Linear")
    for place in (2, 0):
        part.widget.verticalScrollBar().setValue(0)
        part.flavour.setCurrentIndex(place)
        written("keras.Sequential" if place else "nn.Sequential")
        assert part.widget.verticalScrollBar().value() > 0
        assert any("# Output" in line for line in marked(part)) or place
    part.widget.verticalScrollBar().setValue(0)
    network = part.document.experiment.network
    part.document.edit_network(network.insert(3, Dense(id="new", name="New", units=4)), "insert")
    part.selection.select_layer("new")
    assert part.widget.verticalScrollBar().value() == 0
    written("# New")
    assert part.widget.verticalScrollBar().value() > 0


def test_the_lines_move_with_the_code(part: CodePart, written: Written) -> None:
    written("nn.Linear")
    part.selection.select_layer("b")
    before = part.widget.lines
    part.document.edit_network(part.document.experiment.network.remove("d"), "delete")
    written("nn.Tanh(),\n        nn.Linear(3, 2),  # Second")
    assert part.widget.lines == tuple(line - 1 for line in before)
    assert marked(part)[0] == "nn.Linear(3, 2),  # Second"


def test_a_click_on_a_line_selects_its_layer_and_no_other_line_does(part: CodePart, written: Written) -> None:
    written("nn.Linear")
    for text, layer in (("# Second", "b"), ("# Off", "d"), ("def prepare", "input"), ("torch.sigmoid(", "output")):
        QTest.mouseClick(part.widget.viewport(), Qt.MouseButton.LeftButton, pos=place_of(part, line_of(part, text)))
        assert part.selection.layer == layer
    value = part.widget.verticalScrollBar().value()
    QTest.mouseClick(part.widget.viewport(), Qt.MouseButton.LeftButton, pos=place_of(part, line_of(part, "import csv")))
    assert part.selection.layer == "output"
    assert value != part.widget.verticalScrollBar().value()  # it was scrolled to by this test


def test_the_arrow_keys_walk_to_a_line(part: CodePart, written: Written) -> None:
    written("nn.Linear")
    part.widget.setFocus()
    line = line_of(part, "return nn.Sequential(")
    QTest.mouseClick(part.widget.viewport(), Qt.MouseButton.LeftButton, pos=place_of(part, line))
    assert part.selection.layer is None
    QTest.keyClick(part.widget, Qt.Key.Key_Down)
    assert part.selection.layer == "a"


def test_space_and_letters_are_left_to_the_window(part: CodePart, written: Written) -> None:
    written("nn.Linear")
    before = part.widget.toPlainText()
    QTest.keyClicks(part.widget, "x ")
    assert part.widget.toPlainText() == before


@pytest.mark.parametrize("place", range(len(FLAVOURS)))
def test_every_flavour_can_be_chosen(part: CodePart, written: Written, experiment: Experiment, place: int) -> None:
    part.flavour.setCurrentIndex(place)
    text = sketch(experiment, "A-B", FLAVOURS[place]).text
    written(text)
    assert part.widget.toPlainText() == text


def test_copy_takes_all_of_it(part: CodePart, written: Written) -> None:
    written("nn.Linear")
    said: list[str] = []
    part.hint.connect(said.append)
    QTest.mouseClick(part.copy, Qt.MouseButton.LeftButton)
    text = part.widget.toPlainText()
    assert QGuiApplication.clipboard().text() == text
    assert said == [f"Copied {len(text.splitlines())} lines of code."]


def test_what_cannot_be_written_is_told_in_its_place(part: CodePart, written: Written) -> None:
    written("nn.Linear")
    part.document.set({"data.source": "ripple"}, "data")
    written("# training.loss: for data with numbers expected one of")
    assert part.lines == {}
    part.document.undo_stack.undo()
    written("nn.Linear")


def test_of_several_runs_it_is_the_one_that_is_shown(part: CodePart, written: Written) -> None:
    plain = part.document.experiment.model_dump(mode="json")
    plain["variants"] = [{"name": f"seed {seed}", "settings": {"training.seed": seed}} for seed in (7, 8)]
    part.document.open(read_experiment(plain), None)
    written("start weights of seed 7")
    part.session.run = 1
    part.session.run_changed.emit(1)
    written("start weights of seed 8")


def test_names_beyond_16_bits_do_not_shift_what_is_put_in(part: CodePart, written: Written) -> None:
    part.document.set({"network.layers.a.name": "😀 one"}, "name")
    written("# 😀 one")
    part.document.set({"network.layers.b.name": "😀😀 two"}, "name")
    written("# 😀😀 two")
    assert part.widget.toPlainText() == sketch(part.document.experiment, "A-B", FORMATS["python"]).text


def test_the_colours_follow_the_theme(part: CodePart, written: Written, theme: Theme) -> None:
    written("nn.Linear")
    part.selection.select_layer("b")
    theme.set(mode="dark")
    (first, *_rest) = part.widget.extraSelections()
    assert first.format.background().color() == theme.color("soft")
    line = part.widget.document().findBlockByNumber(line_of(part, "import csv"))
    formats = line.layout().formats()
    assert formats[0].format.foreground().color() == theme.color("accent")


def test_nothing_is_written_while_it_is_not_seen(part: CodePart, written: Written, qtbot: QtBot) -> None:
    written("nn.Linear(2, 3)")
    part.widget.hide()
    part.document.set({"network.layers.a.units": 6}, "units")
    part.write()
    assert not part._writing
    part.widget.show()
    written("nn.Linear(2, 6)")
