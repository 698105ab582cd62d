"""The network is built: by dragging, by clicks, by keys, by menus, and through the list beside the canvas."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QSpinBox

from app.canvas.parts import Part
from app.selftest.checks import wait
from app.selftest.hands import Ctrl, Hands, Right, Shift
from app.selftest.trial import Trial
from core.experiment.network import Dense

DENSE, DROPOUT = Part("layer", "dense"), Part("layer", "dropout")


def names(trial: Trial) -> list[str]:
    return [layer.name for layer in trial.experiment.network.layers]


def dense(trial: Trial, place: int) -> Dense:
    layer = trial.experiment.network.layers[place]
    assert isinstance(layer, Dense)
    return layer


def hint(trial: Trial) -> str:
    return trial.program.window.status.currentMessage()


# -- dragging ----------------------------------------------------------------------------------------------------------


def test_a_layer_of_the_palette_is_dropped_between_two_cards(trial: Trial, hands: Hands) -> None:
    at = hands.slot(1)
    assert hands.carry(DROPOUT, at, drop=False)
    assert hint(trial) == "Release to insert Dropout between Dense 1 and Dense 2."
    marks = trial.program.canvas.scene.marks
    assert marks.slot_shown is not None
    assert hands.carry(DROPOUT, at)
    assert names(trial) == ["Dense 1", "Dropout 1", "Dense 2"]
    assert marks.slot_shown is None
    assert trial.program.selection.layer == trial.experiment.network.layers[1].id


def test_a_layer_is_dropped_into_an_empty_network_onto_the_words_that_ask_for_it(trial: Trial, hands: Hands) -> None:
    for _ in range(2):
        hands.press_spot("name", trial.experiment.network.layers[0].id)
        hands.key(Qt.Key.Key_Delete)
    starters = trial.program.canvas.starters
    assert starters.isVisible()
    assert hands.carry(DENSE, starters.geometry().center())
    assert names(trial) == ["Dense 1"]
    assert not starters.isVisible()


def test_a_chip_is_dragged_once_the_mouse_has_moved_far_enough(
    trial: Trial, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = trial.program.layers.layer_chips[0]
    dragged: list[QPoint] = []
    # A real drag would take the mouse over until it is let go of.
    monkeypatch.setattr(chip, "drag", dragged.append)
    hands.click(chip)
    assert dragged == []
    hands.drag(chip, chip.rect().center(), chip.rect().center() + QPoint(60, 5))
    assert len(dragged) == 1
    assert names(trial) == ["Dense 1", "Dense 2"]


def test_an_activation_dropped_on_a_dense_card_sets_it(trial: Trial, hands: Hands) -> None:
    at = hands.on_canvas("name", "b")
    assert hands.carry(Part("activation", "relu"), at, drop=False)
    assert hint(trial) == "Release to set ReLU on Dense 2."
    assert hands.carry(Part("activation", "relu"), at)
    assert [dense(trial, place).activation for place in (0, 1)] == ["tanh", "relu"]


def test_drops_that_cannot_be_are_refused_with_the_reason(trial: Trial, hands: Hands) -> None:
    assert hands.carry(DROPOUT, hands.slot(1))
    dropout, before = trial.experiment.network.layers[1], trial.experiment
    relu = Part("activation", "relu")
    input_card = trial.program.canvas.scene.network.cards[0].rect
    on_input = hands.view.mapFromScene(input_card.center())
    cases = (
        (relu, hands.slot(0), "An activation belongs on a layer, not between layers."),
        (relu, on_input, "The input has no activation: drop it on a Dense layer."),
        (relu, hands.on_canvas("name", dropout.id), "Dropout has no activation: drop it on a Dense layer."),
        (relu, hands.on_canvas("name", "output"), "The activation of the output follows from data and loss."),
        (
            DENSE,
            QPoint(4, hands.slot(0).y()),
            "Layers belong between Input and Output: nothing comes before the input.",
        ),
    )
    for part, at, reason in cases:
        assert not hands.carry(part, at), reason
        assert hint(trial) == reason
    assert trial.experiment == before


def test_a_card_is_dragged_to_another_place_and_esc_gives_the_drag_up(trial: Trial, hands: Hands) -> None:
    viewport = hands.view.viewport()
    start, end = hands.on_canvas("name", "a"), hands.on_canvas("name", "b") + QPoint(90, 0)
    hands.drag(viewport, start, end, drop=False)
    assert hint(trial) == "Release to move Dense 1 between Dense 2 and Output."
    hands.key(Qt.Key.Key_Escape)
    hands.drag(viewport, start, start)
    assert names(trial) == ["Dense 1", "Dense 2"]
    hands.drag(viewport, start, end)
    assert names(trial) == ["Dense 2", "Dense 1"]


# -- clicks ------------------------------------------------------------------------------------------------------------


def test_the_stepper_of_a_card_counts_by_clicks_by_the_wheel_and_by_typing(trial: Trial, hands: Hands) -> None:
    hands.press_spot("more", "a")
    assert dense(trial, 0).units == 5
    hands.press_spot("less", "a")
    hands.press_spot("less", "a")
    assert dense(trial, 0).units == 3
    hands.wheel(hands.view.viewport(), hands.on_canvas("units", "a"), 2)
    assert dense(trial, 0).units == 5
    hands.press_spot("units", "a")
    editor = trial.program.canvas.fields.editor
    wait(lambda: isinstance(editor.widget, QSpinBox) and editor.widget.hasFocus(), "no editor")
    hands.key(Qt.Key.Key_A, Ctrl)
    hands.letters("12")
    hands.key(Qt.Key.Key_Return)
    assert dense(trial, 0).units == 12
    assert hands.view.hasFocus()


def test_the_activation_of_a_card_is_chosen_from_its_menu(trial: Trial, hands: Hands) -> None:
    hands.press_spot("activation", "b")
    hands.choose("Sigmoid")
    assert dense(trial, 1).activation == "sigmoid"


def test_a_double_click_on_its_name_renames_a_layer_and_letters_do_not_train(trial: Trial, hands: Hands) -> None:
    hands.double_click(hands.view.viewport(), hands.on_canvas("name", "a"))
    editor = trial.program.canvas.fields.editor
    wait(lambda: isinstance(editor.widget, QLineEdit) and editor.widget.hasFocus(), "no editor")
    hands.letters("s r VLT 12")
    hands.key(Qt.Key.Key_Return)
    assert names(trial) == ["s r VLT 12", "Dense 2"]
    assert trial.program.trainer.steps == 0


def test_the_menu_of_a_card_has_everything_that_can_be_dragged(trial: Trial, hands: Hands) -> None:
    hands.click(hands.view.viewport(), hands.on_canvas("name", "a"))
    hands.context_menu(hands.view.viewport(), hands.on_canvas("name", "a"))
    hands.choose("Move to the back")
    assert names(trial) == ["Dense 2", "Dense 1"]
    hands.still()
    hands.context_menu(hands.view.viewport(), hands.on_canvas("name", "a"))
    hands.choose("Delete")
    assert names(trial) == ["Dense 2"]


# -- keys --------------------------------------------------------------------------------------------------------------


def test_layers_are_inserted_moved_renamed_and_deleted_by_keys_alone(trial: Trial, hands: Hands) -> None:
    hands.key(Qt.Key.Key_Right, times=2)
    assert trial.program.selection.layer == "a"
    hands.key(Qt.Key.Key_Insert)
    assert hands.menu().title() == "Insert layer after Dense 1"
    hands.key(Qt.Key.Key_Down)
    hands.key(Qt.Key.Key_Return)
    assert names(trial) == ["Dense 1", "Dropout 1", "Dense 2"]
    hands.key(Qt.Key.Key_Right, Ctrl)
    assert names(trial) == ["Dense 1", "Dense 2", "Dropout 1"]
    hands.key(Qt.Key.Key_F2)
    hands.letters("Sieve")
    hands.key(Qt.Key.Key_Return)
    assert names(trial) == ["Dense 1", "Dense 2", "Sieve"]
    hands.key(Qt.Key.Key_Delete)
    assert names(trial) == ["Dense 1", "Dense 2"]
    hands.key(Qt.Key.Key_Return)
    hands.letters("6")
    hands.key(Qt.Key.Key_Return)
    assert dense(trial, 1).units == 6


def test_cut_copy_paste_and_duplicate_by_keys(trial: Trial, hands: Hands) -> None:
    hands.press_spot("name", "b")
    hands.key(Qt.Key.Key_C, Ctrl)
    hands.press_spot("name", "a")
    hands.key(Qt.Key.Key_V, Ctrl)
    assert [dense(trial, place).units for place in range(3)] == [4, 3, 3]
    hands.still()
    hands.press_spot("name", "a")
    hands.key(Qt.Key.Key_X, Ctrl)
    assert [dense(trial, place).units for place in range(2)] == [3, 3]
    hands.key(Qt.Key.Key_V, Ctrl)
    hands.key(Qt.Key.Key_D, Ctrl)
    assert [dense(trial, place).units for place in range(4)] == [3, 4, 4, 3]
    assert len(set(names(trial))) == 4
    QApplication.clipboard().setText("no layers")
    before = trial.experiment
    hands.key(Qt.Key.Key_V, Ctrl)
    assert trial.experiment == before
    assert hint(trial) == "The clipboard holds no layers: copy a layer first."


def test_undo_and_redo_by_keys_by_buttons_and_step_by_step(trial: Trial, hands: Hands) -> None:
    states = [trial.experiment]
    hands.press_spot("more", "a")
    states.append(trial.experiment)
    hands.still()
    hands.carry(DROPOUT, hands.slot(2))
    states.append(trial.experiment)
    hands.press_spot("name", "a")
    hands.key(Qt.Key.Key_Delete)
    states.append(trial.experiment)
    for state in reversed(states[:-1]):
        hands.key(Qt.Key.Key_Z, Ctrl)
        assert trial.experiment == state
    assert not trial.program.window.commands["undo"].isEnabled()
    for state in states[1:]:
        hands.key(Qt.Key.Key_Z, Ctrl | Shift)
        assert trial.experiment == state
    undo = hands.button("undo")
    hands.click(undo)
    assert trial.experiment == states[-2]
    hands.click(hands.button("redo"))
    assert trial.experiment == states[-1]
    assert trial.program.window.isWindowModified()


def test_turns_of_the_wheel_in_a_row_are_one_undo_step(trial: Trial, hands: Hands) -> None:
    before = trial.experiment
    hands.wheel(hands.view.viewport(), hands.on_canvas("units", "a"), 1)
    hands.wheel(hands.view.viewport(), hands.on_canvas("units", "a"), 1)
    assert dense(trial, 0).units == 6
    hands.key(Qt.Key.Key_Z, Ctrl)
    assert trial.experiment == before


# -- the palette and the list by keyboard ------------------------------------------------------------------------------


def test_the_palette_works_by_double_click_and_enter(trial: Trial, hands: Hands) -> None:
    layers = trial.program.layers
    hands.double_click(layers.layer_chips[1])
    assert names(trial) == ["Dense 1", "Dense 2", "Dropout 1"]
    hands.press_spot("name", "a")
    chip = next(chip for chip in layers.activation_chips if chip.part.tag == "relu")
    chip.setFocus()
    hands.key(Qt.Key.Key_Return)
    assert dense(trial, 0).activation == "relu"
    assert trial.program.trainer.steps == 0


def test_the_list_of_layers_selects_edits_and_moves(trial: Trial, hands: Hands) -> None:
    table = trial.program.layers.list
    hands.click(table.viewport(), hands.cell(table, 1, 0))
    assert trial.program.selection.layer == "a"
    hands.key(Qt.Key.Key_Down)
    assert trial.program.selection.layer == "b"
    hands.key(Qt.Key.Key_Up, Ctrl)
    assert names(trial) == ["Dense 2", "Dense 1"]
    hands.key(Qt.Key.Key_Return)
    hands.letters("7")
    hands.key(Qt.Key.Key_Return)
    assert dense(trial, 0).units == 7
    hands.key(Qt.Key.Key_Delete)
    assert names(trial) == ["Dense 1"]


# -- problems ----------------------------------------------------------------------------------------------------------


def test_a_problem_stands_on_its_card_train_says_why_not_and_the_mend_helps(trial: Trial, hands: Hands) -> None:
    trial.program.document.set({"training.loss": "cross_entropy", "data.source": "plane"}, "For a test")
    problem = next(p for p in trial.program.trainer.problems if p.severity == "error")
    assert problem.layer_id == "output"
    assert problem.mend is not None
    train = trial.program.window.toolbar.train
    assert not train.isEnabled()
    assert train.toolTip() == f"{problem.sentence} (Space)"
    assert trial.program.window.status.state.text() == problem.sentence
    hands.key(Qt.Key.Key_Space)
    assert trial.program.trainer.steps == 0
    assert hands.spot("problem", "output")
    hands.press_spot("mend", "output")
    assert train.isEnabled()
    assert not [p for p in trial.program.trainer.problems if p.severity == "error"]
    trial.ready()


def test_the_menu_of_the_right_button_belongs_to_what_lies_under_it(trial: Trial, hands: Hands) -> None:
    hands.click(hands.view.viewport(), hands.on_canvas("name", "b"), button=Right)
    assert trial.experiment.network.layers[1].id == "b"
    hands.context_menu(hands.view.viewport(), QPoint(6, hands.view.height() - 120))
    titles = [action.text().split("\t")[0] for action in hands.menu().actions()]
    assert "Paste" in titles
    assert "Delete" not in titles
