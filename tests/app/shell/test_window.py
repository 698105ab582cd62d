"""The window: keys and buttons, what is shown of the training, the layout."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QMessageBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.shell.actions import ROWS
from app.shell.settings import Settings
from app.shell.theme import Theme
from app.shell.widgets.help import HelpButton, HelpCard
from app.shell.window import MainWindow
from app.work.session import Phase
from core.experiment.network import Dense

WAIT = 20_000
MakeWindow = Callable[..., MainWindow]


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key as the user does: it goes to what has the focus."""
    QTest.keyClick(window.focusWidget() or window, key, modifier)


@pytest.fixture
def ready(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    """Return a window with a job that is ready to train."""
    window = make_window(start=True)
    qtbot.waitUntil(lambda: window.session.phase is Phase.PAUSED, timeout=WAIT)
    return window


# -- actions ---------------------------------------------------------------------------------------------------------


def test_no_two_actions_have_the_same_key(window: MainWindow) -> None:
    keys = [QKeySequence(key).toString() for row in ROWS for key in row.keys]
    keys += [str(place + 1) for place in range(len(window.parts.tabs))]
    assert len(set(keys)) == len(keys)


def test_what_nothing_is_bound_to_is_invisible_and_every_button_does_something(window: MainWindow) -> None:
    assert not window.commands["export_plot"].isVisible()
    assert not window.commands["save"].isVisible()
    for name in ("train", "step_batch", "undo", "theme", "reset_layout"):
        assert window.commands[name].isVisible()
    shown = []
    window.commands.bind("export_plot", lambda: shown.append(True))
    window.commands["export_plot"].trigger()
    assert shown == [True]


def test_every_button_of_the_toolbar_has_a_tooltip_and_a_name(window: MainWindow) -> None:
    for button in window.toolbar.findChildren(QToolButton):
        assert button.toolTip()
        assert button.accessibleName() or button.text()


def test_space_trains_and_pauses_whatever_has_the_focus(ready: MainWindow, qtbot: QtBot) -> None:
    ready.toolbar.steps[0].setFocus()
    press(ready, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: ready.session.phase is Phase.TRAINING, timeout=WAIT)
    assert ready.toolbar.train.text() == "Pause"
    press(ready, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: ready.session.phase is Phase.PAUSED, timeout=WAIT)
    assert ready.toolbar.train.text() == "Train"


def test_in_a_text_field_space_and_letters_are_text(window: MainWindow) -> None:
    field = window.findChild(QLineEdit, "field")
    assert field is not None
    field.setFocus()
    before = window.theme.mode
    QTest.keyClicks(field, "st f1 +")
    assert field.text() == "st f1 +"
    assert window.theme.mode == before
    assert not window.commands["fill"].isChecked()


def test_enter_works_the_button_that_has_the_focus(window: MainWindow) -> None:
    button = window.parts.data.findChild(HelpButton)
    assert button is not None
    button.setFocus()
    press(window, Qt.Key.Key_Return)
    card = window.findChild(HelpCard)
    assert card is not None
    window.parts.canvas.setFocus()
    press(window, Qt.Key.Key_Escape)
    assert window.findChild(HelpCard) is None


def test_escape_clears_the_selection_once_no_card_is_open(window: MainWindow) -> None:
    cleared = []
    window.commands.bind("cancel", lambda: cleared.append(True))
    window.parts.canvas.setFocus()
    press(window, Qt.Key.Key_Escape)
    assert cleared == [True]


def test_keys_of_layers_work_on_the_canvas_alone(window: MainWindow) -> None:
    moved = []
    window.commands.bind("next_layer", lambda: moved.append(True))
    window.parts.canvas.setFocus()
    press(window, Qt.Key.Key_Right)
    window.bottom.bar.setFocus()
    press(window, Qt.Key.Key_Right)
    assert moved == [True]
    assert window.bottom.bar.currentIndex() == 1


def test_undo_says_what_it_takes_back(window: MainWindow) -> None:
    undo = window.commands["undo"]
    assert not undo.isEnabled()
    window.document.set({"training.epochs": 7}, "Epochs")
    assert undo.isEnabled()
    assert "Epochs" in undo.text()
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.document.experiment.training.epochs == 1000
    assert window.commands["redo"].isEnabled()


def test_the_list_of_keys_holds_every_key_that_does_something(window: MainWindow, qtbot: QtBot) -> None:
    press(window, Qt.Key.Key_F1)
    dialog = window.findChild(QDialog)
    assert dialog is not None
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"Space", "Train", "1 … 6", "Esc"} <= texts | {"Esc"}
    assert "Ctrl+E" not in texts
    dialog.close()


def test_about_tells_versions(window: MainWindow) -> None:
    window.commands["about"].trigger()
    box = window.findChild(QMessageBox)
    assert box is not None
    assert "Qt" in box.informativeText()
    box.close()


# -- training --------------------------------------------------------------------------------------------------------


def test_one_batch_is_one_step_and_the_read_outs_say_so(ready: MainWindow, qtbot: QtBot) -> None:
    press(ready, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: ready.toolbar.step.number.text() == "1", timeout=WAIT)
    QTest.mouseClick(ready.toolbar.steps[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ready.toolbar.epoch.number.text() == "1", timeout=WAIT)
    press(ready, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: ready.toolbar.step.number.text() == "0", timeout=WAIT)


def test_speed_and_time_left_are_told_while_it_trains(ready: MainWindow, qtbot: QtBot) -> None:
    ready.speed.set_position(20)
    press(ready, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: ready.toolbar.pace.number.text() != "–", timeout=WAIT)
    assert ready.toolbar.left.number.text() != "–"
    press(ready, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: ready.toolbar.pace.number.text() == "–", timeout=WAIT)


def test_a_new_start_can_be_typed(ready: MainWindow, qtbot: QtBot) -> None:
    field = ready.toolbar.seed.field
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClicks(field, "42")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert ready.document.experiment.training.seed == 42
    assert not field.hasFocus()
    press(ready, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert field.text() == str(ready.document.experiment.training.seed)
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClicks(field, "77")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == str(ready.document.experiment.training.seed)


def test_a_change_that_needs_a_new_start_is_told(ready: MainWindow, qtbot: QtBot) -> None:
    press(ready, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: ready.toolbar.epoch.number.text() == "1", timeout=WAIT)
    network = ready.document.experiment.network
    layer = network.layers[0]
    assert isinstance(layer, Dense)
    ready.document.edit_network(network.replace(layer.model_copy(update={"units": 5})), "Units")
    assert ready.toolbar.train.text() == "Restart"
    assert ready.status.state.text() == "Changed since the run that is shown: units of Dense 1"
    ready.document.undo_stack.undo()
    assert ready.toolbar.train.text() == "Train"
    assert ready.status.state.text() == ""


def test_what_forbids_training_is_said_where_it_would_be_started(window: MainWindow) -> None:
    window.document.set({"data.source": "plane"}, "Data")
    assert not window.trainer.can_train
    assert not window.toolbar.train.isEnabled()
    assert not window.commands["step_batch"].isEnabled()
    sentence = window.trainer.problems[0].sentence
    assert sentence in window.toolbar.train.toolTip()
    assert window.status.state.text() == sentence
    window.document.undo_stack.undo()
    assert window.toolbar.train.isEnabled()


def test_the_status_bar_counts_samples(ready: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "steps per epoch" in ready.status.samples.text(), timeout=WAIT)
    assert ready.status.samples.text() == "80 train · 20 validation · 4 steps per epoch"


def test_the_device_gives_its_reason_and_can_be_chosen(ready: MainWindow, qtbot: QtBot) -> None:
    chip = ready.toolbar.device
    qtbot.waitUntil(lambda: "loaded" not in chip.toolTip(), timeout=WAIT)
    chip.choices["cpu"].trigger()
    assert ready.document.experiment.training.device == "cpu"
    qtbot.waitUntil(lambda: "by hand" in chip.toolTip(), timeout=WAIT)
    assert chip.choices["cpu"].isChecked()


def test_speed_goes_from_slow_motion_to_no_limit(window: MainWindow) -> None:
    assert window.speed.rate is None
    slider = window.toolbar.speed.slider
    slider.setValue(0)
    assert window.speed.rate == 0.2
    assert window.speed.text() == "a step every 5 seconds"
    rates: list[float | None] = []
    window.speed.changed.connect(rates.append)
    window.parts.canvas.setFocus()
    for _ in range(30):
        press(window, Qt.Key.Key_BracketRight)
    assert rates[-1] is None
    assert rates[:-1] == sorted(rate for rate in rates if rate)
    assert slider.value() == slider.maximum()
    press(window, Qt.Key.Key_BracketLeft)
    assert window.speed.rate is not None


def test_in_a_narrow_window_text_goes_first_and_the_slider_moves_to_a_menu(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.toolbar
    levels = []
    for width in (1800, 1340, 1100, 880):
        window.resize(width, 700)
        qtbot.waitUntil(partial(_has_width, bar, width))
        levels.append((bar.level, bar.speed.isVisible(), bar.more.isVisible()))
        assert bar.train.isVisible()
        assert bar.epoch.isVisible()
    assert levels[0] == (0, True, False)
    assert levels == sorted(levels, key=lambda level: level[0])
    assert levels[-1][1:] == (False, True)


def _has_width(widget: QWidget, width: int) -> bool:
    return widget.width() == width


# -- layout ----------------------------------------------------------------------------------------------------------


def test_the_first_layout_is_that_of_the_picture(window: MainWindow) -> None:
    assert (window.left.width(), window.right.width(), window.bottom.height()) == (240, 360, 260)


def test_the_layout_is_remembered_and_can_be_reset(make_window: MakeWindow, qtbot: QtBot) -> None:
    first = make_window()
    first.resizeDocks([first.docks["left"]], [300], Qt.Orientation.Horizontal)
    first.docks["bottom"].close()
    qtbot.waitUntil(lambda: first.left.width() == 300)
    first.close()
    second = make_window()
    qtbot.waitUntil(lambda: second.left.width() == 300)
    assert not second.docks["bottom"].isVisible()
    second.commands["reset_layout"].trigger()
    qtbot.waitUntil(lambda: second.left.width() == 240)
    assert second.docks["bottom"].isVisible()


def test_f_gives_the_plots_the_room_of_the_canvas_and_back(window: MainWindow, qtbot: QtBot) -> None:
    window.parts.canvas.setFocus()
    press(window, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: window.bottom.height() > 600)
    assert not window.parts.canvas.isVisible()
    assert window.parts.strip is not None
    assert window.parts.strip.isVisible()
    press(window, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: window.bottom.height() == 260)
    assert window.parts.canvas.isVisible()


def test_numbers_turn_the_tabs_and_a_double_click_fills(window: MainWindow, qtbot: QtBot) -> None:
    turned: list[str] = []
    window.bottom.turned.connect(turned.append)
    window.parts.canvas.setFocus()
    press(window, Qt.Key.Key_6)
    press(window, Qt.Key.Key_1)
    assert turned == ["runs", "loss"]
    corner = window.parts.tabs[0].corner
    assert corner is not None
    assert corner.isVisible()
    middle = window.bottom.bar.tabRect(1).center()
    QTest.mouseClick(window.bottom.bar, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseDClick(window.bottom.bar, Qt.MouseButton.LeftButton, pos=middle)
    assert window.commands["fill"].isChecked()
    assert not corner.isVisible()


def test_controls_of_a_tab_go_below_where_there_is_no_room_beside(window: MainWindow, qtbot: QtBot) -> None:
    corner = window.parts.tabs[0].corner
    assert corner is not None
    assert corner.y() < window.bottom.bar.height()
    window.resize(880, 700)
    qtbot.waitUntil(lambda: corner.y() >= window.bottom.bar.height())


def test_for_images_output_and_training_are_tabs(window: MainWindow) -> None:
    assert not window.right.tabs.isVisible()
    window.document.set({"data.source": "digits", "training.loss": "cross_entropy"}, "Data")
    assert window.right.tabs.isVisible()
    assert window.parts.output.isVisible()
    assert not window.parts.training.isVisible()
    window.right.tabs.setCurrentIndex(1)
    assert window.parts.training.isVisible()
    window.document.undo_stack.undo()
    assert window.parts.output.isVisible()
    assert window.parts.training.isVisible()


def test_theme_and_presentation_are_remembered(window: MainWindow, theme: Theme, settings: Settings) -> None:
    window.parts.canvas.setFocus()
    press(window, Qt.Key.Key_T)
    press(window, Qt.Key.Key_P)
    assert (settings.theme, settings.presentation) == ("dark", True)
    assert window.toolbar.height() == theme.sizes.toolbar == 60
    press(window, Qt.Key.Key_T)
    press(window, Qt.Key.Key_P)
    assert (settings.theme, settings.presentation) == ("light", False)


def test_the_title_names_the_file_and_marks_what_is_unsaved(window: MainWindow, tmp_path: Path) -> None:
    assert window.windowTitle() == "Small[*] – Downhill"
    window.document.set({"training.epochs": 7}, "Epochs")
    assert window.isWindowModified()
    window.document.saved(tmp_path / "mine.downhill")
    assert window.windowTitle() == "mine[*] – Downhill"
    assert not window.isWindowModified()


def test_a_hint_stands_over_the_state_until_the_next(window: MainWindow) -> None:
    window.hint("An activation belongs on a layer, not between layers")
    assert window.status.currentMessage() == "An activation belongs on a layer, not between layers"
    window.hint("")
    assert window.status.currentMessage() == ""


def test_a_file_dropped_on_the_window_is_told(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.downhill"))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    with qtbot.waitSignal(window.dropped) as told:
        QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, data, left, none))
    assert told.args == [tmp_path / "a.downhill"]
