"""Comparing by mouse and keys: from button, key, and the menus of cards and rows; the table; the runs on the canvas."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QDialog

from app.compare.dialog import CompareDialog
from app.panels.form import Form
from app.selftest.checks import wait
from app.selftest.hands import Hands, gone
from app.selftest.trial import Trial
from core.experiment.comparisons import comparison
from core.training.events import Look, Looked, Row

RATE = "training.optimizer.learning_rate"


def dialog_of(hands: Hands) -> CompareDialog:
    found = hands.dialog(CompareDialog)
    assert isinstance(found, CompareDialog)
    return found


def turn(hands: Hands, dialog: CompareDialog, title: str) -> None:
    rows = {dialog.list.item(row).text(): dialog.list.item(row) for row in range(dialog.list.count())}
    dialog.list.scrollToItem(rows[title])
    hands.click(dialog.list.viewport(), dialog.list.visualItemRect(rows[title]).center())


def press(hands: Hands, dialog: CompareDialog, *names: str) -> None:
    for name in names:
        hands.click(next(chip for chip in dialog.chips.chips if chip.text() == name))


def names(dialog: CompareDialog) -> list[str]:
    return [variant.name for variant in dialog.variants]


def edit(hands: Hands, dialog: CompareDialog, row: int, column: int, text: str) -> None:
    hands.double_click(dialog.table.viewport(), hands.cell(dialog.table, row, column))
    wait(lambda: dialog.table.state() == QAbstractItemView.State.EditingState, "the cell is not edited")
    hands.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    hands.letters(text)
    hands.key(Qt.Key.Key_Return)


def closed(dialog: QDialog) -> None:
    gone(dialog, "the dialog stays")


def trained(trial: Trial, count: int) -> None:
    history = trial.program.history
    wait(lambda: len(history.current) == count and all(r.epochs > 1 for r in history.current), "no run trains", 60)


def row_of(trial: Trial, run: int) -> Row:
    before = len(trial.told(Looked))
    trial.program.session.tell(Look(run))
    wait(lambda: len(trial.told(Looked)) > before, "the run does not tell its weights")
    return trial.told(Looked)[-1].row


def test_from_the_key_through_chips_and_table_to_runs_that_train(trial: Trial, hands: Hands) -> None:
    hands.key(Qt.Key.Key_C)
    dialog = dialog_of(hands)
    turn(hands, dialog, "Learning rate")
    press(hands, dialog, "learning rate 0.01", "learning rate 0.1")
    assert names(dialog) == ["learning rate 0.01", "learning rate 0.1"]

    edit(hands, dialog, 0, 1, "0.02")
    assert dialog.isVisible()
    assert names(dialog) == ["learning rate 0.02", "learning rate 0.1"]
    assert dialog.chips.pressed == (0.1, 0.02)

    hands.click(dialog.add)
    hands.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    hands.letters("0.5")
    hands.key(Qt.Key.Key_Return)
    assert names(dialog) == ["learning rate 0.02", "learning rate 0.5", "learning rate 0.1"]
    edit(hands, dialog, 1, 0, "Too fast")

    hands.click(dialog.table.viewport(), hands.cell(dialog.table, 2, 0))
    hands.key(Qt.Key.Key_Delete)
    assert names(dialog) == ["learning rate 0.02", "Too fast"]

    hands.key(Qt.Key.Key_Return)
    closed(dialog)
    assert [variant.settings[RATE] for variant in trial.experiment.variants] == [0.02, 0.5]
    trained(trial, 2)
    assert [record.name for record in trial.program.history.current] == ["learning rate 0.02", "Too fast"]


def test_escape_leaves_a_cell_and_then_the_dialog_and_nothing_changes(trial: Trial, hands: Hands) -> None:
    before = trial.experiment
    hands.click(hands.button("compare"))
    dialog = dialog_of(hands)
    turn(hands, dialog, "Batch size")
    press(hands, dialog, "batch 1", "batch 32")
    hands.double_click(dialog.table.viewport(), hands.cell(dialog.table, 0, 1))
    wait(lambda: dialog.table.state() == QAbstractItemView.State.EditingState, "the cell is not edited")
    hands.letters("77")
    hands.key(Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert names(dialog) == ["batch 1", "batch 32"]
    hands.key(Qt.Key.Key_Escape)
    closed(dialog)
    assert trial.experiment is before


def test_a_kind_is_chosen_in_the_table(trial: Trial, hands: Hands) -> None:
    hands.key(Qt.Key.Key_C)
    dialog = dialog_of(hands)
    turn(hands, dialog, "Optimizer")
    press(hands, dialog, "SGD", "Adam")
    place = hands.cell(dialog.table, 0, 1)
    hands.double_click(dialog.table.viewport(), place)
    wait(lambda: dialog.table.findChild(QComboBox) is not None, "there is nothing to choose from")
    box = dialog.table.findChild(QComboBox)
    assert box is not None
    wait(lambda: box.view().isVisible(), "the box stays shut")
    hands.key(Qt.Key.Key_Down)
    hands.key(Qt.Key.Key_Return)
    wait(lambda: names(dialog) == ["SGD, momentum 0.9", "Adam"], f"the runs are {names(dialog)}")
    assert dialog.variants[0].settings["training.optimizer"]["momentum"] == 0.9
    assert dialog.isVisible()


def test_from_the_dots_of_a_card_to_runs_of_other_widths_each_with_its_own_network(trial: Trial, hands: Hands) -> None:
    program = trial.program
    hands.press_spot("menu", "a")
    hands.choose("Compare")
    hands.choose("Units of Dense 1…")
    dialog = dialog_of(hands)
    press(hands, dialog, "Dense 1: 1 unit", "Dense 1: 4 units", "Dense 1: 8 units")
    assert names(dialog) == ["Dense 1: 2 units", "Dense 1: 16 units"]
    hands.key(Qt.Key.Key_Return)
    closed(dialog)
    trained(trial, 2)
    hands.key(Qt.Key.Key_Space)
    trial.ready()

    plan = program.canvas.scene.network.plan
    assert [card.units for card in plan.cards] == [2, 2, 3, 1]
    trial.wait_drawn(row_of(trial, 0))
    hands.active()
    hands.press_spot("units", "a")
    hands.choose("Dense 1: 16 units")
    wait(lambda: program.session.run == 1, "the other run is not shown")
    plan = program.canvas.scene.network.plan
    assert [card.units for card in plan.cards] == [2, 16, 3, 1]
    assert plan.cards[1].own == {"units"}
    trial.wait_drawn(row_of(trial, 1))
    assert program.layers.list.layers.index(1, 1).data() == "16"

    hands.press_spot("units", "a")
    hands.choose("Edit the experiment's own (4)…")
    wait(lambda: program.canvas.fields.editor.widget is not None, "there is no editor")
    hands.letters("5")
    hands.key(Qt.Key.Key_Return)
    first: Any = trial.experiment.network.layers[0]
    assert first.units == 5
    assert program.canvas.scene.network.plan.cards[1].units == 16


def test_from_the_name_of_a_row_of_the_data(trial: Trial, hands: Hands) -> None:
    form = trial.program.data.form
    assert isinstance(form, Form)
    row = form.row("data.source.noise")
    hands.point(hands.view.viewport())
    hands.point(row.label)
    wait(lambda: row.caret is not None and row.caret.isVisible(), "the name does not show that it has a menu")
    hands.click(row.label, QPoint(4, row.label.height() // 2))
    hands.choose("Compare values of noise…")
    dialog = dialog_of(hands)
    assert names(dialog)[:2] == ["noise 0", "noise 0.05"]
    assert "samples of its own" in dialog.fair.text()
    hands.key(Qt.Key.Key_Escape)
    closed(dialog)


def test_what_cannot_be_compared_is_not_offered_and_told(trial: Trial, hands: Hands) -> None:
    row = trial.program.training.form.row("training.epochs")
    hands.context_menu(row.label, row.label.rect().center())
    first, why = hands.menu().actions()
    assert not first.isEnabled()
    assert "same epochs" in why.text()


def test_features_are_compared_from_their_header(trial: Trial, hands: Hands) -> None:
    hands.click(trial.program.data.features.button)
    dialog = dialog_of(hands)
    assert names(dialog)[0] == "x₁, x₂"
    hands.key(Qt.Key.Key_Return)
    closed(dialog)
    trained(trial, len(trial.experiment.variants))
    for run, variant in enumerate(trial.experiment.variants):
        trial.program.session.show(run)
        plan = trial.program.canvas.scene.network.plan
        assert list(plan.features) == variant.settings["data.features"]
        assert plan.cards[0].units == len(plan.features)
        wait(lambda count=plan.parameters: trial.drawn_row().size == count, "the run is not drawn")  # type: ignore[misc]


def test_two_runs_of_the_history_with_other_layers_become_a_comparison(trial: Trial, hands: Hands) -> None:
    program = trial.program
    trial.one_epoch()
    program.canvas.edits.remove("b")
    program.trainer.rewind()
    trial.ready()
    trial.one_epoch()
    records = (program.history.past[-1], program.history.current[0])
    program.runs.compare(records)
    trained(trial, 2)
    cards = []
    for run in (0, 1):
        program.session.show(run)
        cards.append([card.id for card in program.canvas.scene.network.plan.cards])
    assert cards == [["input", "a", "b", "output"], ["input", "a", "output"]]
    program.canvas.edits.remove("a")  # of a run whose layers are its own
    assert "layers of its own" in program.window.status.currentMessage()
    assert len(trial.experiment.network.layers) == 2
    hands.key(Qt.Key.Key_C)
    dialog = dialog_of(hands)
    assert dialog.table.rowCount() == 2
    texts = [dialog.table.words(variant, "network.layers") for variant in dialog.variants]
    assert texts == ["as set", "layers 4"]
    hands.key(Qt.Key.Key_Escape)


@pytest.mark.parametrize("path", ["network.dropout", "network.activation"])
def test_the_canvas_shows_what_the_shown_run_has(trial: Trial, hands: Hands, path: str) -> None:
    program = trial.program
    program.canvas.edits.insert("dropout", 1)
    values: list[Any] = [0.0, 0.5] if path == "network.dropout" else ["relu", "sine"]
    program.compare.train(comparison(trial.experiment, {path: values}))
    trained(trial, 2)
    for run in (1, 0):
        program.session.show(run)
        cards = program.canvas.scene.network.plan.cards
        found = cards[2].rate if path == "network.dropout" else cards[1].activation
        assert found == values[run]
        words = [cell for cell in (cards[2].own, cards[1].own) if cell]
        assert words
        assert np.isfinite(trial.drawn_row()).all()
