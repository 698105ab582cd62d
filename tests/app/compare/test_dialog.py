"""The dialog that makes a comparison: chips, the runs that follow, their names, and what is refused."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableWidgetItem
from pytestqt.qtbot import QtBot

from app.compare.dialog import CompareDialog
from app.shell.icons import Icons
from app.shell.theme import Theme
from core.experiment.comparisons import comparison
from core.experiment.examples import read_example
from core.experiment.experiment import Experiment
from core.experiment.fairness import as_variants
from core.experiment.variants import Run, Variant

RATE = "training.optimizer.learning_rate"
Make = Callable[..., CompareDialog]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    icons = Icons(Theme())

    def dialog(name: str = "spiral", path: str = "") -> CompareDialog:
        found = CompareDialog(read_example(name), icons, path)
        qtbot.addWidget(found)
        found.show()
        return found

    return dialog


def press(dialog: CompareDialog, *texts: str) -> None:
    for chip in dialog.chips.chips:
        if chip.text() in texts:
            QTest.mouseClick(chip, Qt.MouseButton.LeftButton)


def turn(dialog: CompareDialog, title: str) -> None:
    titles = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    dialog.list.setCurrentRow(titles.index(title))


def cell(dialog: CompareDialog, row: int) -> QTableWidgetItem:
    found = dialog.table.item(row, 0)
    assert found is not None
    return found


def names(dialog: CompareDialog) -> list[str]:
    return [variant.name for variant in dialog.variants]


def test_a_setting_comes_with_its_values_pressed_and_the_runs_are_chosen(make: Make) -> None:
    dialog = make(path=RATE)
    chosen: list[Experiment] = []
    dialog.chosen.connect(chosen.append)
    assert len(dialog.chips.pressed) > 2
    assert names(dialog) == [cell(dialog, row).text() for row in range(dialog.table.rowCount())]
    assert "start weights" in dialog.fair.text()
    assert "learning rate" in dialog.fair.text()
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    (experiment,) = chosen
    assert [variant.settings[RATE] for variant in experiment.variants] == list(dialog.chips.pressed)
    assert experiment.model_copy(update={"variants": ()}) == dialog.base


def test_two_settings_are_crossed_and_too_many_runs_are_told(make: Make) -> None:
    dialog = make()
    turn(dialog, "Batch size")
    press(dialog, "batch 1", "batch 32")
    assert len(dialog.variants) == 2
    turn(dialog, "Activation")
    press(dialog, "ReLU", "Sigmoid")
    assert len(dialog.variants) == 4
    assert dialog.table.columnCount() == 3
    turn(dialog, "Seed")
    press(dialog, *[f"seed {seed}" for seed in range(1, 6)])
    assert "at most" in dialog.refusal.text() or "2 to 16 runs" in dialog.refusal.text()
    assert not dialog.go.isEnabled()
    press(dialog, "seed 5")
    assert len(dialog.variants) == 16
    assert dialog.go.isEnabled()


def test_another_value_can_be_typed_and_a_bad_one_is_refused_in_a_sentence(make: Make) -> None:
    dialog = make(path=RATE)
    before = len(dialog.variants)
    QTest.keyClicks(dialog.chips.other, "0.5")
    QTest.keyClick(dialog.chips.other, Qt.Key.Key_Return)
    assert 0.5 in dialog.chips.pressed
    assert len(dialog.variants) == before + 1
    assert dialog.isVisible()  # Enter in the field does not close it
    QTest.keyClicks(dialog.chips.other, "-3")
    QTest.keyClick(dialog.chips.other, Qt.Key.Key_Return)
    assert dialog.chips.refusal.text().startswith("Learning rate: expected a number")
    assert len(dialog.variants) == before + 1
    QTest.keyClick(dialog.chips.other, Qt.Key.Key_Backspace)  # what was refused is no longer there
    assert not dialog.chips.refusal.text()
    QTest.keyClick(dialog.chips.other, Qt.Key.Key_Return)
    assert dialog.chips.refusal.text()
    dialog.chips.chips[0].click()
    assert not dialog.chips.refusal.text()


def enter(dialog: CompareDialog, text: str) -> None:
    dialog.chips.other.setText(text)
    QTest.keyClick(dialog.chips.other, Qt.Key.Key_Return)


@pytest.mark.parametrize("text", ["40-47", " 40 … 47", "40..47"])
def test_whole_numbers_take_a_range(make: Make, text: str) -> None:
    dialog = make()
    turn(dialog, "Seed")
    assert "1-8" in dialog.chips.other.placeholderText()
    press(dialog, "seed 3")
    enter(dialog, text)
    assert dialog.chips.pressed == (3, *range(40, 48))
    assert len(dialog.variants) == 9
    enter(dialog, "46-48")
    assert dialog.chips.pressed == (3, *range(40, 49))


@pytest.mark.parametrize("text", ["1-17", "8-1"])
def test_a_range_that_no_comparison_can_have_is_refused_by_the_settings_name(make: Make, text: str) -> None:
    dialog = make()
    turn(dialog, "Seed")
    enter(dialog, text)
    assert dialog.chips.refusal.text() == (
        f"Seed: expected a range of 2 to 16 whole numbers, such as 1-8, got {text}; a comparison has at most 16 runs"
    )
    assert dialog.chips.pressed == ()


def test_numbers_that_are_not_whole_have_no_range(make: Make) -> None:
    dialog = make(path=RATE)
    assert "1-8" not in dialog.chips.other.placeholderText()
    enter(dialog, "1-8")
    assert dialog.chips.refusal.text().startswith("Learning rate: expected a number")


def test_the_line_on_what_is_held_equal_tells_how_far_rounding_goes(make: Make) -> None:
    assert "rounding can grow into another result" in make(path=RATE).fair.toolTip()


def test_runs_are_renamed_and_removed(make: Make) -> None:
    dialog = make("optimizers")
    assert names(dialog) == ["SGD", "Momentum", "Adagrad", "RMSprop", "Adam"]
    cell(dialog, 0).setText("Plain")
    assert names(dialog)[0] == "Plain"
    cell(dialog, 0).setText("Adam")
    assert names(dialog)[0] == "Plain"
    assert "no other run" in dialog.refusal.text()
    dialog.table.selectRow(4)
    QTest.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert names(dialog) == ["Plain", "Momentum", "Adagrad", "RMSprop"]


def test_values_are_edited_in_the_table_and_bad_ones_refused(make: Make) -> None:
    dialog = make(path=RATE)
    last = dialog.table.rowCount() - 1
    item = dialog.table.item(last, 1)
    assert item is not None
    item.setText("0.7")
    assert dialog.variants[last].settings == {RATE: 0.7}
    assert names(dialog)[last] == "learning rate 0.7"  # a name of its own would stay
    cell(dialog, 0).setText("Slow")
    slow = dialog.table.item(0, 1)
    assert slow is not None
    slow.setText("0.0002")
    assert (names(dialog)[0], dialog.variants[0].settings[RATE]) == ("Slow", 0.0002)
    again = dialog.table.item(0, 1)
    assert again is not None
    again.setText("much")
    assert dialog.refusal.text().startswith("Learning rate: expected a number")
    assert dialog.variants[0].settings[RATE] == 0.0002


def test_comparing_can_be_stopped(make: Make) -> None:
    dialog = make("optimizers")
    chosen: list[Experiment] = []
    dialog.chosen.connect(chosen.append)
    QTest.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    assert chosen[0].variants == ()
    assert not make("spiral").stop.isVisible()


def test_a_comparison_goes_on_with_its_values_and_the_names_that_were_given(qtbot: QtBot) -> None:
    base = read_example("spiral")
    made = comparison(base, {RATE: [0.01, 0.3]})
    named = (Variant(name="Slow", settings=made.variants[0].settings), made.variants[1])
    dialog = CompareDialog(made.model_copy(update={"variants": named}), Icons(Theme()))
    qtbot.addWidget(dialog)
    assert dialog.chips.path == RATE
    assert dialog.chips.pressed == (0.01, 0.3)
    press(dialog, "learning rate 0.1")
    assert names(dialog) == ["Slow", "learning rate 0.1", "learning rate 0.3"]


def test_chips_of_one_kind_are_one_chip(make: Make) -> None:
    dialog = make("optimizers")
    pressed = [chip.text() for chip in dialog.chips.chips if chip.isChecked()]
    assert pressed == ["SGD", "SGD, momentum 0.9", "Adam", "Adagrad", "RMSprop"]
    texts = [chip.text() for chip in dialog.chips.chips]
    assert len(set(texts)) == len(texts)
    press(dialog, "NAdam")
    assert {"Momentum", "NAdam"} <= set(names(dialog))
    assert next(v for v in dialog.variants if v.name == "SGD").settings["training.optimizer"]["learning_rate"] == 0.2


def test_another_setting_from_a_menu_begins_anew(make: Make) -> None:
    dialog = make("optimizers", "training.batch_size")
    assert names(dialog) == ["batch 1", "batch 32", "all samples"]
    same = make("optimizers", "training.optimizer")
    assert names(same) == ["SGD", "Momentum", "Adagrad", "RMSprop", "Adam"]


def test_what_cannot_be_compared_presses_nothing(make: Make) -> None:
    dialog = make("spiral", "training.epochs")
    assert names(dialog) == []
    assert dialog.chips.pressed == ()


def test_a_run_is_added_as_a_copy_and_told_if_it_stays_one(make: Make) -> None:
    dialog = make(path=RATE)
    before = names(dialog)
    dialog.table.selectRow(1)
    QTest.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    assert names(dialog) == [*before[:2], f"{before[1]} (2)", *before[2:]]
    item = dialog.table.item(2, 1)
    assert item is not None
    item.setText(str(dialog.variants[0].settings[RATE]))
    assert "Another run has this value already" in dialog.refusal.text()
    again = dialog.table.item(2, 1)
    assert again is not None
    again.setText("0.77")
    assert names(dialog)[2] == "learning rate 0.77"
    assert 0.77 in dialog.chips.pressed


def test_runs_of_the_past_with_other_layers_and_data_are_shown(qtbot: QtBot) -> None:
    one, two = read_example("spiral"), read_example("pass-the-class")
    dialog = CompareDialog(as_variants([Run("one", one), Run("two", two)]), Icons(Theme()))
    qtbot.addWidget(dialog)
    assert names(dialog) == ["one", "two"]
    assert dialog.table.columnCount() > 2
    words = [dialog.table.words(dialog.variants[1], path) for path in dialog.table.paths]
    assert all(0 < len(word) < 80 for word in words)
    assert "as set" in [dialog.table.words(dialog.variants[0], path) for path in dialog.table.paths]
