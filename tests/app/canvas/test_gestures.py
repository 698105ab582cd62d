"""Mouse and keys on the canvas."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLineEdit, QMenu, QSpinBox, QToolButton, QWidget

from app.canvas.scene import Pair
from app.shell.selection import Neuron
from core.experiment.network import Dropout

from .conftest import Hands

# A menu is a window of its own, and the platform without a screen can neither raise it nor grab keys for it.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def _wheel(hands: Hands, at: QPoint, notches: int) -> None:
    viewport = hands.view.viewport()
    event = QWheelEvent(
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def _menu(hands: Hands) -> QMenu:
    menu = hands.canvas.fields.menu
    assert menu is not None
    return menu


def _choose(menu: QMenu, text: str) -> None:
    action = next(action for action in menu.actions() if action.text().replace("&", "").split("\t")[0] == text)
    action.trigger()
    menu.close()


# -- cards -----------------------------------------------------------------------------------------------------------


def test_stepper_changes_units(hands: Hands) -> None:
    hands.click(hands.at("more", "a"))
    assert hands.dense(0).units == 9
    hands.click(hands.at("less", "a"))
    hands.click(hands.at("less", "a"))
    assert hands.dense(0).units == 7
    assert hands.document.undo_stack.count() == 1


def test_wheel_on_the_stepper_changes_units_and_does_not_zoom(hands: Hands) -> None:
    scale = hands.view.zoom.scale
    _wheel(hands, hands.at("units", "a"), 1)
    _wheel(hands, hands.at("units", "a"), 1)
    assert hands.dense(0).units == 10
    assert hands.view.zoom.fitting
    assert hands.view.zoom.scale <= scale
    hands.qtbot.waitUntil(lambda: not hands.view._merge.isActive())
    _wheel(hands, hands.at("units", "a"), -1)
    assert hands.document.undo_stack.count() == 2


def test_wheel_on_the_rate(hands: Hands) -> None:
    _wheel(hands, hands.at("rate", "p"), 1)
    layer = hands.layers[1]
    assert isinstance(layer, Dropout)
    assert layer.rate == 0.25


def test_units_are_typed_and_stepped(hands: Hands) -> None:
    hands.click(hands.at("units", "a"))
    box = hands.canvas.fields.editor.widget
    assert isinstance(box, QSpinBox)
    assert box.hasFocus()
    QTest.keyClicks(box, "12")
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert hands.dense(0).units == 13
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert hands.canvas.fields.editor.widget is None
    assert hands.view.hasFocus()


def test_rate_is_typed(hands: Hands) -> None:
    hands.click(hands.at("rate", "p"))
    box = hands.canvas.fields.editor.widget
    assert isinstance(box, QDoubleSpinBox)
    box.selectAll()
    QTest.keyClicks(box, box.locale().toString(0.5))
    QTest.keyClick(box, Qt.Key.Key_Return)
    layer = hands.layers[1]
    assert isinstance(layer, Dropout)
    assert layer.rate == 0.5


def test_double_click_renames(hands: Hands) -> None:
    QTest.mouseDClick(hands.view.viewport(), Qt.MouseButton.LeftButton, NONE, hands.at("name", "a"))
    line = hands.canvas.fields.editor.widget
    assert isinstance(line, QLineEdit)
    QTest.keyClicks(line, "Hidden")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert hands.names[0] == "Hidden"


def test_escape_gives_up_a_name(hands: Hands) -> None:
    hands.selection.select_layer("a")
    hands.key(Qt.Key.Key_F2)
    line = hands.canvas.fields.editor.widget
    assert isinstance(line, QLineEdit)
    QTest.keyClicks(line, "Hidden")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert hands.names[0] == "Dense 1"


def test_activation_is_chosen_from_its_menu(hands: Hands) -> None:
    hands.click(hands.at("activation", "a"))
    checked = [action.text() for action in _menu(hands).actions() if action.isChecked()]
    assert checked == ["Tanh"]
    _choose(_menu(hands), "GELU")
    assert hands.dense(0).activation == "gelu"


def test_activation_of_the_output_says_where_it_comes_from(hands: Hands) -> None:
    hands.click(hands.at("activation", "output"))
    assert hands.canvas.fields.menu is None
    assert hands.hints[-1] == "The activation of the output follows from data and loss."


def test_hover_shows_the_curve(hands: Hands) -> None:
    hands.point(hands.at("activation", "a"))
    tip = hands.canvas.attention.curve_tip
    assert tip.isVisible()
    assert tip.title.text() == "Tanh"
    assert tip.slope.text() == "g′(z) = 1 − g(z)²"
    hands.point(QPoint(3, 3))
    assert not tip.isVisible()


def test_card_is_dragged_to_another_place(hands: Hands) -> None:
    hands.drag(hands.at("name", "a"), hands.slot(2), drop=False)
    assert hands.canvas.scene.marks.slot_shown is not None
    assert hands.hints[-1] == "Release to move Dense 1 between Dropout 1 and Dense 2."
    QTest.mouseRelease(hands.view.viewport(), Qt.MouseButton.LeftButton, NONE, hands.slot(2))
    assert hands.names == ["Dropout 1", "Dense 1", "Dense 2"]
    assert hands.canvas.scene.marks.slot_shown is None
    assert hands.document.undo_stack.count() == 1


def test_card_dragged_to_the_front(hands: Hands) -> None:
    hands.drag(hands.at("name", "b"), hands.slot(0))
    assert hands.names == ["Dense 2", "Dense 1", "Dropout 1"]


def test_escape_gives_up_a_drag(hands: Hands) -> None:
    hands.drag(hands.at("name", "b"), hands.slot(0), drop=False)
    hands.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(hands.view.viewport(), Qt.MouseButton.LeftButton, NONE, hands.slot(0))
    assert hands.names == ["Dense 1", "Dropout 1", "Dense 2"]
    assert hands.canvas.scene.marks.slot_shown is None


def test_a_small_move_is_a_click(hands: Hands) -> None:
    at = hands.at("name", "b")
    hands.drag(at, at + QPoint(2, 0))
    assert hands.names == ["Dense 1", "Dropout 1", "Dense 2"]
    assert hands.selection.layer == "b"


def test_ends_cannot_be_dragged(hands: Hands) -> None:
    hands.drag(hands.at("name", "output"), hands.slot(0))
    assert hands.document.undo_stack.count() == 0


# -- keys ------------------------------------------------------------------------------------------------------------


def test_arrows_select_layers_and_neurons(hands: Hands) -> None:
    hands.key(Qt.Key.Key_Right)
    hands.key(Qt.Key.Key_Right)
    assert hands.selection.layer == "a"
    hands.key(Qt.Key.Key_Down)
    hands.key(Qt.Key.Key_Down)
    assert hands.selection.pinned == Neuron("a", 1)
    hands.key(Qt.Key.Key_Up)
    assert hands.selection.pinned == Neuron("a", 0)
    hands.key(Qt.Key.Key_Right)
    hands.key(Qt.Key.Key_Down)  # on Dropout: the neuron behind the circle
    assert hands.selection.pinned == Neuron("a", 1)
    hands.key(Qt.Key.Key_Left)
    assert hands.selection.layer == "a"
    hands.key(Qt.Key.Key_Escape)
    assert hands.selection.pinned is None
    hands.key(Qt.Key.Key_Escape)
    assert hands.selection.layer is None


def test_delete_duplicate_and_clipboard_by_keys(hands: Hands) -> None:
    hands.selection.select_layer("p")
    hands.key(Qt.Key.Key_D, CTRL)
    assert hands.names == ["Dense 1", "Dropout 1", "Dropout 2", "Dense 2"]
    hands.key(Qt.Key.Key_Delete)
    assert hands.names == ["Dense 1", "Dropout 1", "Dense 2"]
    hands.selection.select_layer("b")
    hands.key(Qt.Key.Key_C, CTRL)
    assert '"relu"' in QGuiApplication.clipboard().text()
    hands.key(Qt.Key.Key_X, CTRL)
    assert hands.names == ["Dense 1", "Dropout 1"]
    hands.selection.select_layer("a")
    hands.key(Qt.Key.Key_V, CTRL)
    assert hands.names == ["Dense 1", "Dense 2", "Dropout 1"]


def test_control_arrows_move_a_layer(hands: Hands) -> None:
    hands.selection.select_layer("a")
    hands.key(Qt.Key.Key_Right, CTRL)
    assert hands.names == ["Dropout 1", "Dense 1", "Dense 2"]
    hands.key(Qt.Key.Key_Up, CTRL)
    assert hands.names == ["Dense 1", "Dropout 1", "Dense 2"]


def test_insert_opens_its_menu_at_the_slot(hands: Hands) -> None:
    hands.selection.select_layer("a")
    hands.key(Qt.Key.Key_Insert)
    menu = _menu(hands)
    assert menu.title() == "Insert layer after Dense 1"
    assert hands.canvas.scene.marks.slot_shown is not None
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert hands.names == ["Dense 1", "Dropout 2", "Dropout 1", "Dense 2"]
    assert hands.canvas.scene.marks.slot_shown is None


def test_enter_edits_the_selected_layer(hands: Hands) -> None:
    hands.selection.select_layer("p")
    hands.key(Qt.Key.Key_Return)
    assert isinstance(hands.canvas.fields.editor.widget, QDoubleSpinBox)
    hands.canvas.fields.editor.close()
    hands.selection.select_layer("output")
    hands.key(Qt.Key.Key_Return)
    assert hands.hints[-1] == "Input and Output follow from data and loss."


# -- menus -----------------------------------------------------------------------------------------------------------


def test_right_click_opens_the_menu_of_the_layer(hands: Hands) -> None:
    at = hands.at("name", "a")
    hands.canvas.fields.open_menu("a", -1, hands.view.mapToGlobal(at))
    texts = [action.text().split("\t")[0] for action in _menu(hands).actions() if action.text()]
    assert texts[:2] == ["Compare", "Insert layer after Dense 1"]
    assert {"Activation", "Units or rate …", "Rename …", "Cut", "Copy", "Paste", "Duplicate", "Delete"} <= set(texts)
    hands.selection.select_layer("a")
    _choose(_menu(hands), "Duplicate")
    assert hands.names == ["Dense 1", "Dense 3", "Dropout 1", "Dense 2"]


def test_menu_key_and_right_click_ask_for_it(hands: Hands) -> None:
    asked: list[tuple[str, int]] = []
    hands.view.menu_asked.disconnect(hands.canvas.fields.open_menu)
    hands.view.menu_asked.connect(lambda layer, unit, at: asked.append((layer, unit)))
    hands.selection.select_layer("b")
    hands.selection.pin(Neuron("b", 2))
    at = hands.at("unit", "a", 4)
    for reason, where in ((QContextMenuEvent.Reason.Keyboard, QPoint()), (QContextMenuEvent.Reason.Mouse, at)):
        event = QContextMenuEvent(reason, where, hands.view.viewport().mapToGlobal(where))
        QApplication.sendEvent(hands.view.viewport(), event)
    assert asked == [("b", 2), ("a", 4)]


# -- zoom ------------------------------------------------------------------------------------------------------------


def test_wheel_zooms_at_the_pointer(hands: Hands) -> None:
    at = QPoint(200, 250)
    before, scale = hands.view.mapToScene(at), hands.view.zoom.scale
    _wheel(hands, at, 1)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale == pytest.approx(scale * 1.25))
    assert (hands.view.mapToScene(at) - before).manhattanLength() < 4
    assert not hands.view.zoom.fitting


def test_keys_and_buttons_zoom(hands: Hands) -> None:
    scale = hands.view.zoom.scale
    hands.key(Qt.Key.Key_Plus)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale == pytest.approx(scale * 1.25))
    hands.key(Qt.Key.Key_Minus)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale == pytest.approx(scale))
    buttons: list[QToolButton] = [hands.canvas.zoom_control.into, hands.canvas.zoom_control.whole]
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale == pytest.approx(scale * 1.25))
    assert hands.canvas.zoom_control.percent.text() == f"{round(scale * 125)} %"
    QTest.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale == pytest.approx(scale))
    hands.key(Qt.Key.Key_Plus)
    hands.key(Qt.Key.Key_0)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale == pytest.approx(scale) and hands.view.zoom.fitting)


def test_middle_drag_pans(hands: Hands) -> None:
    viewport, middle = hands.view.viewport(), Qt.MouseButton.MiddleButton
    before = hands.view.mapToScene(QPoint(100, 100))
    QTest.mousePress(viewport, middle, NONE, QPoint(100, 100))
    QTest.mouseMove(viewport, QPoint(160, 130))
    QTest.mouseRelease(viewport, middle, NONE, QPoint(160, 130))
    moved = hands.view.mapToScene(QPoint(160, 130)) - before
    assert moved.manhattanLength() < 3


def test_the_network_stays_in_sight_while_it_fits(hands: Hands) -> None:
    hands.canvas.resize(500, 400)
    shown = hands.view.mapToScene(hands.view.viewport().rect()).boundingRect()
    assert shown.contains(hands.canvas.scene.network.rect)
    hands.canvas.edits.insert("dense")

    def fits() -> bool:
        shown = hands.view.mapToScene(hands.view.viewport().rect()).boundingRect()
        return shown.contains(hands.canvas.scene.network.rect)

    hands.qtbot.waitUntil(fits)


def test_editors_keep_their_keys_from_the_window(hands: Hands, weights: list[Pair]) -> None:
    hands.selection.select_layer("a")
    hands.key(Qt.Key.Key_Return)
    hands.click(hands.link("b", 1, 6))
    editors: list[QWidget] = [hands.canvas.attention.weight_editor.box, hands.canvas.header.links]
    hands.key(Qt.Key.Key_Return)
    assert hands.canvas.fields.editor.widget is not None
    editors.append(hands.canvas.fields.editor.widget)
    for editor in editors:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Up, NONE)
        event.ignore()
        QApplication.sendEvent(editor, event)
        assert event.isAccepted()


def test_an_undo_in_the_middle_of_a_drag_does_no_harm(hands: Hands) -> None:
    hands.canvas.edits.insert("dense", 0)
    layer = hands.layers[0].id
    hands.drag(hands.at("name", layer), hands.slot(2), drop=False)
    hands.document.undo_stack.undo()
    QTest.mouseMove(hands.view.viewport(), hands.slot(1))
    QTest.mouseRelease(hands.view.viewport(), Qt.MouseButton.LeftButton, NONE, hands.slot(1))
    assert hands.names == ["Dense 1", "Dropout 1", "Dense 2"]
