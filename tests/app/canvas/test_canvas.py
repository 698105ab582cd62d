"""The canvas and its document: problems, the empty network, opening, undo."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app.shell.selection import Neuron
from app.shell.theme import Theme
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.problems import problems

from .conftest import Hands, MakeHands, draw_weights


def test_canvas_follows_the_document(hands: Hands) -> None:
    scene = hands.canvas.scene
    hands.document.set({"network.layers.a.units": 3}, "fewer")
    assert len(scene.network.cards[1].cells) == 3
    assert hands.canvas.header.count.text() == "59 parameters"
    hands.document.undo_stack.undo()
    assert len(scene.network.cards[1].cells) == 8
    hands.document.set({"data.features": ["x1"]}, "one")
    assert [card.plan.units for card in scene.network.cards] == [1, 8, 8, 8, 1]


def test_an_edit_elsewhere_leaves_the_cards_alone(hands: Hands) -> None:
    cards = dict(hands.canvas.scene.cards)
    hands.document.set({"training.epochs": 7}, "epochs")
    assert hands.canvas.scene.cards == cards
    hands.document.set({"network.layers.b.units": 7}, "units")
    kept = {layer for layer, card in hands.canvas.scene.cards.items() if cards[layer] is card}
    assert kept == {"input", "a", "p"}


def test_opening_forgets_selection_and_numbers(hands: Hands, digits: Experiment) -> None:
    hands.canvas.set_weights(draw_weights(hands.canvas))
    hands.selection.select_layer("a")
    hands.selection.pin(Neuron("a", 1))
    hands.document.open(digits, None)
    assert (hands.selection.layer, hands.selection.pinned) == (None, None)
    assert hands.canvas.scene.live.weights == ()
    assert hands.canvas.header.count.text() == "109,386 parameters"


def test_a_pinned_neuron_that_is_gone_is_let_go(hands: Hands) -> None:
    hands.selection.pin(Neuron("a", 7))
    hands.canvas.edits.set_units("a", 7)
    assert hands.selection.pinned is None


def test_problem_is_shown_with_its_mend(make_hands: MakeHands) -> None:
    experiment = read_experiment({"data": {"source": "digits"}, "network": {"layers": ["dense"]}})
    hands = make_hands(experiment)
    hands.canvas.set_problems(problems(experiment))
    card = hands.canvas.scene.network.card("output")
    assert card is not None
    assert not card.problem.isEmpty()
    hands.click(hands.at("mend", "output"))
    assert hands.document.experiment.training.loss == "cross_entropy"
    assert hands.document.undo_stack.undoText() == "Take cross-entropy"
    hands.canvas.set_problems(problems(hands.document.experiment))
    card = hands.canvas.scene.network.card("output")
    assert card is not None
    assert card.problem.isEmpty()
    assert card.plan.units == 10


# -- the empty network -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "source", "layers"),
    [(0, "gaussians", []), (1, "xor", ["Dense 1"]), (2, "spiral", ["Dense 1", "Dense 2"])],
)
def test_starters_begin_with_a_click(make_hands: MakeHands, place: int, source: str, layers: list[str]) -> None:
    hands = make_hands(Experiment())
    starters = hands.canvas.starters
    assert starters.isVisible()
    QTest.mouseClick(starters.buttons[place], Qt.MouseButton.LeftButton)
    assert hands.document.experiment.data.source.kind == source
    assert hands.names == layers
    assert not starters.isVisible()
    hands.document.undo_stack.undo()
    assert starters.isVisible()


def test_starters_can_be_reached_by_keyboard(make_hands: MakeHands) -> None:
    hands = make_hands(Experiment())
    assert all(button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in hands.canvas.starters.buttons)


def test_starters_stand_between_input_and_output(make_hands: MakeHands) -> None:
    hands = make_hands(Experiment())
    left, right = (hands.view.on_viewport(card.rect) for card in hands.canvas.scene.network.cards)
    frame = hands.canvas.starters.geometry()
    assert left.right() < frame.left() < frame.right() < right.left()


# -- what is read and seen -------------------------------------------------------------------------------------------


def test_parts_have_names_for_a_screen_reader(hands: Hands) -> None:
    assert hands.view.accessibleName() == "Network canvas"
    for widget in hands.canvas.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and isinstance(widget, QPushButton):
            assert widget.accessibleName() or widget.text()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(840, 560), (504, 390)])
@pytest.mark.parametrize("example", ["spiral", "digits"])
def test_no_text_is_cut(
    make_hands: MakeHands,
    theme: Theme,
    request: pytest.FixtureRequest,
    mode: str,
    width: int,
    height: int,
    example: str,
) -> None:
    theme.set(mode=mode)
    hands = make_hands(request.getfixturevalue(example), width, height)
    hands.canvas.set_weights(draw_weights(hands.canvas))
    hands.selection.pin(Neuron("a", 3))
    QApplication.processEvents()
    assert hands.canvas.scene.cut_texts() == ()
    labels = [label for label in hands.canvas.findChildren(QLabel) if label.isVisible() and label.text()]
    assert len(labels) > 4
    for label in labels:
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.contentsRect().width(), label.text()
    theme.set(mode="light")


def test_read_out_and_zoom_control_do_not_overlap(make_hands: MakeHands, spiral: Experiment) -> None:
    for width in (320, 504, 840, 1400):
        hands = make_hands(spiral, width, 500)
        hands.selection.pin(Neuron("a", 0))
        one, other = hands.canvas.attention.readout.geometry(), hands.canvas.zoom_control.geometry()
        assert not one.intersects(other)
        assert hands.canvas.rect().contains(one)
        assert hands.canvas.rect().contains(other)


def test_presentation_mode_is_larger(hands: Hands, theme: Theme) -> None:
    hands.canvas.resize(1600, 1000)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale == pytest.approx(1.0))
    theme.set(presentation=True)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale > 1.2)
    assert hands.view.zoom.percent == 100
    theme.set(presentation=False)
    hands.qtbot.waitUntil(lambda: hands.view.zoom.scale == pytest.approx(1.0))


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_menu_of_the_canvas(hands: Hands) -> None:
    at = hands.view.rect().bottomLeft()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, hands.view.mapToGlobal(at))
    QApplication.sendEvent(hands.view.viewport(), event)
    menu = hands.canvas.fields.menu
    assert menu is not None
    assert [action.text().split("\t")[0] for action in menu.actions()] == ["Insert layer after Dense 2", "Paste"]
    menu.close()
