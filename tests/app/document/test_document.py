"""One edit path: every change is one undo step, gestures merge, and nothing changes what was handed out."""

import pytest
from pytestqt.qtbot import QtBot

from app.document.document import Document
from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.experiment.network import Dense


@pytest.fixture
def document(qapp: object) -> Document:
    return Document(Experiment())


def test_an_edit_tells_the_value_before_and_after(document: Document, qtbot: QtBot) -> None:
    before = document.experiment
    with qtbot.waitSignal(document.changed) as told:
        document.set({"training.epochs": 7}, "epochs")
    assert told.args == [before, document.experiment]
    assert document.experiment.training.epochs == 7
    assert document.unsaved


def test_undo_and_redo_go_back_and_forth_over_every_edit(document: Document) -> None:
    values = [document.experiment]
    document.edit_network(document.experiment.network.insert(0, Dense(units=3)), "add")
    values.append(document.experiment)
    document.set({"training.seed": 5}, "seed")
    values.append(document.experiment)
    document.undo_stack.undo()
    assert document.experiment == values[1]
    document.undo_stack.undo()
    assert document.experiment == values[0]
    assert not document.unsaved
    document.undo_stack.redo()
    document.undo_stack.redo()
    assert document.experiment == values[2]


def test_a_drag_is_one_step_and_the_next_drag_another(document: Document) -> None:
    for epochs in (10, 20, 30):
        document.set({"training.epochs": epochs}, "epochs", merge="training.epochs")
    document.end_merge()
    document.set({"training.epochs": 40}, "epochs", merge="training.epochs")
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert document.experiment.training.epochs == 30
    document.undo_stack.undo()
    assert document.experiment.training.epochs == Experiment().training.epochs


def test_drags_of_different_settings_do_not_merge(document: Document) -> None:
    document.set({"training.epochs": 10}, "epochs", merge="training.epochs")
    document.set({"training.seed": 10}, "seed", merge="training.seed")
    assert document.undo_stack.count() == 2


def test_a_drag_that_ends_where_it_began_leaves_no_step(document: Document) -> None:
    epochs = document.experiment.training.epochs
    document.set({"training.epochs": 10}, "epochs", merge="training.epochs")
    document.set({"training.epochs": epochs}, "epochs", merge="training.epochs")
    assert document.undo_stack.count() == 0
    assert not document.unsaved


def test_an_edit_that_changes_nothing_leaves_no_step_and_tells_nothing(document: Document, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(document.changed):
        document.set({"training.epochs": document.experiment.training.epochs}, "epochs")
    assert document.undo_stack.count() == 0


def test_a_value_that_cannot_be_is_refused_and_changes_nothing(document: Document) -> None:
    before = document.experiment
    with pytest.raises(Mistake, match=r"training\.epochs: expected a whole number from 1"):
        document.set({"training.epochs": 0}, "epochs")
    assert document.experiment is before


def test_opening_another_experiment_empties_the_undo_stack(document: Document, qtbot: QtBot) -> None:
    document.set({"training.epochs": 7}, "epochs")
    with qtbot.waitSignal(document.opened):
        document.open(Experiment(name="other"), None)
    assert document.undo_stack.count() == 0
    assert not document.unsaved
