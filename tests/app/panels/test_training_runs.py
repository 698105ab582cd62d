"""The panel of training while runs are compared: what the shown run has, and what it sets for itself."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.panels.editors import ChoiceEditor, NumberEditor
from app.panels.form import Form
from app.panels.training import TrainingPanel
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.work.session import Session
from app.work.trainer import Trainer
from core.experiment.comparisons import comparison

Show = Callable[[QWidget, int, int], None]


@pytest.fixture
def panel(
    document: Document, session: Session, trainer: Trainer, theme: Theme, icons: Icons, show: Show
) -> TrainingPanel:
    panel = TrainingPanel(document, session, trainer, theme, icons)
    show(panel, 392, 1200)
    return panel


def test_what_the_shown_run_sets_itself_is_shown_and_is_for_its_table(
    panel: TrainingPanel, document: Document, session: Session
) -> None:
    rate, epochs = panel.form.row("training.optimizer.learning_rate"), panel.form.row("training.epochs")
    height = rate.height()
    document.edit(comparison(document.experiment, {"training.optimizer.learning_rate": [0.1, 0.003]}), "compare")
    session.scenes = (None, None)  # type: ignore[assignment]
    session.show(1)
    assert isinstance(rate.editor, NumberEditor)
    assert rate.editor.field.text() == "0.003"
    assert not rate.editor.field.isEnabled()
    assert epochs.editor.isEnabled()
    assert rate.height() == height
    rate.enterEvent(QEnterEvent(QPointF(), QPointF(), QPointF()))
    assert rate.toolTip() == "learning rate 0.003 sets this itself: 0.003. The others: 0.1."
    asked: list[str] = []
    panel.compare.connect(asked.append)
    QTest.mousePress(rate.editor.field, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    actions = {action.text(): action for action in menu.actions()}
    assert actions["learning rate 0.003"].isChecked()
    actions["Edit the runs…"].trigger()
    assert asked == [""]
    actions["learning rate 0.1"].trigger()
    menu.close()
    assert rate.editor.field.text() == "0.1"
    document.undo_stack.undo()
    assert rate.editor.field.isEnabled()
    assert rate.toolTip() == ""


def test_all_that_belongs_to_what_a_run_sets_is_its_own(
    panel: TrainingPanel, document: Document, session: Session, qtbot: QtBot
) -> None:
    optimizers = [{"kind": "sgd", "learning_rate": 0.1}, {"kind": "adam", "learning_rate": 0.02}]
    document.edit(comparison(document.experiment, {"training.optimizer": optimizers}), "compare")
    session.scenes = (None, None)  # type: ignore[assignment]
    session.show(1)
    qtbot.waitUntil(lambda: not any(form.growing for form in panel.findChildren(Form)))
    optimizer, rate = panel.form.row("training.optimizer"), panel.form.row("training.optimizer.learning_rate")
    assert isinstance(optimizer.editor, ChoiceEditor)
    assert isinstance(rate.editor, NumberEditor)
    assert optimizer.editor.combo.currentData() == "adam"
    assert rate.editor.field.text() == "0.02"
    assert not optimizer.editor.isEnabled()
    assert not rate.editor.isEnabled()
    assert panel.form.row("training.schedule").editor.isEnabled()
    document.edit(document.experiment.model_copy(update={"variants": ()}), "no comparison")
    assert optimizer.editor.combo.currentData() == "sgd"
    assert panel.form.row("training.optimizer.learning_rate").editor.isEnabled()
