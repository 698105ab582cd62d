"""The palette and the list of layers, by mouse and by keyboard."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QDrag, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from app.canvas.chips import Chip
from app.canvas.curves import sample_curves
from app.canvas.layers_model import ACTIVATION, NAME, SIZE
from app.canvas.layers_panel import LayersPanel
from app.canvas.parts import Part, part_in
from app.document.document import Document
from app.shell.selection import Selection
from app.shell.theme import Theme
from core.choices.activations import ACTIVATIONS
from core.experiment.experiment import Experiment
from core.experiment.network import LAYERS, Dense
from core.experiment.problems import problems

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
CTRL = Qt.KeyboardModifier.ControlModifier


class Desk:
    """A panel with its document."""

    def __init__(self, qtbot: QtBot, theme: Theme, experiment: Experiment) -> None:
        self.qtbot = qtbot
        self.was = experiment.network.layers
        self.document, self.selection = Document(experiment), Selection()
        self.panel = LayersPanel(self.document, self.selection, theme)
        self.list = self.panel.list
        self.hints: list[str] = []
        self.panel.hint.connect(self.hints.append)
        qtbot.addWidget(self.panel)
        self.panel.resize(208, 640)
        self.panel.show()
        qtbot.waitExposed(self.panel)

    @property
    def names(self) -> list[str]:
        return [layer.name for layer in self.document.experiment.network.layers]

    def chip(self, tag: str) -> Chip:
        chips = [*self.panel.layer_chips, *self.panel.activation_chips]
        return next(chip for chip in chips if chip.part.tag == tag)

    def select(self, row: int, column: int = NAME) -> None:
        self.list.setFocus()
        self.list.setCurrentIndex(self.list.layers.index(row, column))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.list, key, modifiers)

    def editor(self) -> QWidget:
        kinds = (QSpinBox, QDoubleSpinBox, QComboBox, QLineEdit)
        return next(w for kind in kinds for w in self.list.viewport().findChildren(kind))


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, spiral: Experiment) -> Iterator[Desk]:
    desk = Desk(qtbot, theme, spiral)
    yield desk
    desk.document.close()


def test_every_row_of_the_tables_has_a_chip(desk: Desk) -> None:
    assert [chip.part.tag for chip in desk.panel.layer_chips] == list(LAYERS)
    assert [chip.part.tag for chip in desk.panel.activation_chips] == list(ACTIVATIONS)


def test_double_click_appends_a_layer(desk: Desk) -> None:
    QTest.mouseDClick(desk.chip("dense"), Qt.MouseButton.LeftButton)
    assert desk.names == ["Dense 1", "Dropout 1", "Dense 2", "Dense 3"]


def test_enter_does_what_a_double_click_does(desk: Desk) -> None:
    QTest.keyClick(desk.chip("dropout"), Qt.Key.Key_Return)
    assert desk.names[-1] == "Dropout 2"
    desk.selection.select_layer("a")
    QTest.keyClick(desk.chip("gelu"), Qt.Key.Key_Enter)
    layer = desk.document.experiment.network.layers[0]
    assert isinstance(layer, Dense)
    assert layer.activation == "gelu"


def test_activation_without_a_dense_layer_says_so(desk: Desk) -> None:
    QTest.mouseDClick(desk.chip("relu"), Qt.MouseButton.LeftButton)
    assert desk.hints == ["Select a Dense layer first: an activation belongs on one."]


def test_a_chip_is_dragged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[Part | None] = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, action: carried.append(part_in(drag.mimeData())))
    chip = desk.chip("dense")
    none = Qt.KeyboardModifier.NoModifier
    QTest.mousePress(chip, Qt.MouseButton.LeftButton, none, QPoint(10, 10))
    QTest.mouseMove(chip, QPoint(12, 10))
    assert carried == []
    QTest.mouseMove(chip, QPoint(60, 10))
    assert carried == [Part("layer", "dense")]
    QTest.mouseRelease(chip, Qt.MouseButton.LeftButton, none, QPoint(60, 10))
    assert desk.names == ["Dense 1", "Dropout 1", "Dense 2"]


def test_arrows_walk_through_the_chips(desk: Desk) -> None:
    desk.chip("dense").setFocus()
    QTest.keyClick(desk.chip("dense"), Qt.Key.Key_Right)
    assert desk.chip("dropout").hasFocus()
    QTest.keyClick(desk.chip("dropout"), Qt.Key.Key_Left)
    assert desk.chip("dense").hasFocus()


def test_hovering_an_activation_shows_its_curve(desk: Desk, qtbot: QtBot) -> None:
    desk.panel.set_curves(sample_curves())
    assert not desk.chip("tanh").icon().isNull()
    QTest.mouseMove(desk.chip("tanh"))
    tip = desk.panel._tip
    qtbot.waitUntil(tip.isVisible)
    assert tip.title.text() == "Tanh"
    QTest.mouseMove(desk.list)
    qtbot.waitUntil(lambda: not tip.isVisible())


# -- the list --------------------------------------------------------------------------------------------------------


def test_list_says_what_the_canvas_shows(desk: Desk) -> None:
    model = desk.list.layers
    rows = [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]
    assert rows == [
        ["Input", "5", ""],
        ["Dense 1", "8", "Tanh"],
        ["Dropout 1", "0.2", ""],
        ["Dense 2", "8", "ReLU"],
        ["Output", "1", "Sigmoid"],
    ]
    spoken = model.index(1, NAME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Dense 1, 8 units, Tanh"
    assert desk.list.accessibleName() == "Layers of the network"


def test_problems_are_read_out(desk: Desk) -> None:
    desk.document.set({"data.source": "digits"}, "data")
    desk.panel.set_problems(problems(desk.document.experiment))
    spoken = desk.list.layers.index(4, NAME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "does not fit data with 10 classes" in spoken


def test_selection_goes_both_ways(desk: Desk) -> None:
    desk.select(1)
    assert desk.selection.layer == "a"
    desk.key(Qt.Key.Key_Down)
    assert desk.selection.layer == "p"
    desk.selection.select_layer("output")
    assert desk.list.currentIndex().row() == 4
    desk.selection.select_layer(None)
    assert not desk.list.currentIndex().isValid()


def test_keys_move_delete_and_duplicate(desk: Desk) -> None:
    desk.select(1)
    desk.key(Qt.Key.Key_Down, CTRL)
    assert desk.names == ["Dropout 1", "Dense 1", "Dense 2"]
    assert desk.list.currentIndex().row() == 2
    desk.key(Qt.Key.Key_Up, CTRL)
    assert desk.names == ["Dense 1", "Dropout 1", "Dense 2"]
    desk.key(Qt.Key.Key_D, CTRL)
    assert desk.names == ["Dense 1", "Dense 3", "Dropout 1", "Dense 2"]
    desk.key(Qt.Key.Key_Delete)
    assert desk.names == ["Dense 1", "Dropout 1", "Dense 2"]
    assert desk.selection.layer == "p"


def test_enter_edits_units(desk: Desk) -> None:
    desk.select(1)
    desk.key(Qt.Key.Key_Return)
    box = desk.editor()
    assert isinstance(box, QSpinBox)
    box.selectAll()
    QTest.keyClicks(box, "21")
    QTest.keyClick(box, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(
        lambda: desk.document.experiment.network.layers[0] == desk.was[0].model_copy(update={"units": 21})
    )


def test_enter_edits_a_rate(desk: Desk) -> None:
    desk.select(2, SIZE)
    desk.key(Qt.Key.Key_Return)
    box = desk.editor()
    assert isinstance(box, QDoubleSpinBox)
    box.setValue(0.5)
    QTest.keyClick(box, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(
        lambda: desk.document.experiment.network.layers[1] == desk.was[1].model_copy(update={"rate": 0.5})
    )


def test_enter_chooses_an_activation(desk: Desk) -> None:
    desk.select(3, ACTIVATION)
    desk.key(Qt.Key.Key_Return)
    choice = desk.editor()
    assert isinstance(choice, QComboBox)
    assert choice.currentData() == "relu"
    choice.setCurrentIndex(choice.findData("elu"))
    desk.list.commitData(choice)
    layer = desk.document.experiment.network.layers[2]
    assert isinstance(layer, Dense)
    assert layer.activation == "elu"


def test_f2_renames_the_output_too(desk: Desk) -> None:
    desk.select(4)
    desk.key(Qt.Key.Key_F2)
    line = desk.editor()
    assert isinstance(line, QLineEdit)
    line.setText("Answer")
    QTest.keyClick(line, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: desk.document.experiment.network.output.name == "Answer")


def test_what_follows_from_data_is_not_edited(desk: Desk) -> None:
    desk.select(0)
    desk.key(Qt.Key.Key_Return)
    assert desk.hints == ["This follows from data and loss."]


def test_insert_asks_for_the_kind(desk: Desk) -> None:
    desk.select(1)
    desk.key(Qt.Key.Key_Insert)
    menu = desk.list.menu
    assert menu is not None
    assert menu.title() == "Insert layer after Dense 1"
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert desk.names == ["Dense 1", "Dense 3", "Dropout 1", "Dense 2"]
    assert desk.list.currentIndex().row() == 2


def test_arrows_are_not_taken_by_shortcuts_of_the_window(desk: Desk) -> None:
    for widget in (desk.list, desk.chip("dense")):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(widget, event)
        assert event.isAccepted()


def test_undo_and_opening_reach_the_list(desk: Desk, digits: Experiment) -> None:
    desk.panel.choose(Part("layer", "dense"))
    desk.document.undo_stack.undo()
    assert desk.list.layers.rowCount() == 5
    desk.document.open(digits, None)
    assert desk.list.layers.index(1, SIZE).data() == "128"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_chips_fit_into_the_dock(desk: Desk, theme: Theme, mode: str) -> None:
    theme.set(mode=mode)
    desk.panel.set_curves(sample_curves())
    assert desk.panel.minimumSizeHint().width() <= 208
    for chip in (*desk.panel.layer_chips, *desk.panel.activation_chips):
        assert chip.sizeHint().width() <= chip.width()
    theme.set(mode="light")
