"""Hovering, pinning, the read-out, and weights set by hand."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.canvas.account import account
from app.canvas.scene import Pair
from app.canvas.words import number, weight_name
from app.shell.selection import Neuron, Weight
from core.experiment.experiment import Experiment

from .conftest import Hands, MakeHands

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.4249, "0.42"),
        (-0.42, "−0.42"),
        (0.0, "0.00"),
        (12.34, "12.3"),
        (-345.6, "−346"),
        (0.0012, "1.2e−3"),
        (1e9, "1.0e9"),
        (float("nan"), "nan"),
        (float("-inf"), "−inf"),
    ],
)
def test_numbers_are_written_short(value: float, text: str) -> None:
    assert number(value) == text


def test_weights_are_named_from_one() -> None:
    assert weight_name(Weight("a", 2, 6)) == "w₃,₇"
    assert weight_name(Weight("a", 11, None)) == "b₁₂"


def test_hovering_a_neuron_takes_the_output_view(hands: Hands, weights: list[Pair]) -> None:
    hands.point(hands.at("unit", "a", 2))
    assert hands.selection.shown == Neuron("a", 2)
    readout = hands.canvas.attention.readout
    assert readout.isVisible()
    assert readout.title.text() == "Dense 1 · neuron 3"
    W, b = weights[0]
    assert readout.bias.text() == number(float(b[2]))
    assert readout.largest.text() == number(float(W[2, np.abs(W[2]).argmax()]))
    hands.point(QPoint(2, 2))
    assert hands.selection.shown is None
    assert not readout.isVisible()


def test_click_pins_and_lets_go(hands: Hands) -> None:
    hands.click(hands.at("unit", "b", 4))
    assert hands.selection.pinned == Neuron("b", 4)
    assert hands.selection.layer == "b"
    hands.point(QPoint(2, 2))
    assert hands.selection.shown == Neuron("b", 4)
    hands.click(hands.at("unit", "b", 4))
    assert hands.selection.pinned is None


def test_click_beside_the_cards_lets_go_of_everything(hands: Hands) -> None:
    hands.selection.select_layer("a")
    hands.selection.pin(Neuron("a", 1))
    hands.click(QPoint(3, hands.view.height() - 3))
    assert (hands.selection.layer, hands.selection.pinned) == (None, None)


def test_a_circle_of_dropout_stands_for_its_neuron(hands: Hands) -> None:
    hands.click(hands.at("unit", "p", 5))
    assert hands.selection.pinned == Neuron("a", 5)


def test_read_out_follows_the_numbers(hands: Hands, weights: list[Pair]) -> None:
    hands.selection.pin(Neuron("a", 0))
    changed = [(W + 1, b + 1) for W, b in weights]
    hands.canvas.set_weights(changed)
    assert hands.canvas.attention.readout.bias.text() == number(float(changed[0][1][0]))
    gradients = [(np.full_like(W, 3.0), b) for W, b in weights]
    hands.canvas.set_gradients(gradients)
    assert hands.canvas.attention.readout.gradient.text() == number(float(np.sqrt(5 * 9)))


def test_formula_is_the_neuron_in_live_numbers(hands: Hands, weights: list[Pair]) -> None:
    W, b = np.array(weights[0][0]), np.array(weights[0][1])
    W[1], b[1] = (0.5, -2.0, 0.0, 0.1, 1.25), -0.3
    plan = hands.canvas.scene.network.plan
    found = account(plan, Neuron("a", 1), ((W, b), *weights[1:]), ())
    assert found is not None
    assert found.formulas[0] == "tanh(0.50·x₁ − 2.00·x₂ + 1.25·sin x₂ + … − 0.30)"
    assert found.formulas[-1] == "tanh(w·x + b)"
    assert found.largest == (Weight("a", 1, 1), -2.0)


def test_account_of_every_neuron_can_be_given(make_hands: MakeHands, digits: Experiment) -> None:
    plan = make_hands(digits).canvas.scene.network.plan
    for card in plan.cards:
        found = account(plan, Neuron(card.id, 0), (), ())
        assert (found is None) == (card.kind == "dropout")
    assert account(plan, Neuron("gone", 0), (), ()) is None
    assert account(plan, Neuron("a", 128), (), ()) is None


def test_hovering_a_link_tells_its_weight(hands: Hands, weights: list[Pair]) -> None:
    hands.canvas.set_gradients([(W * 0.1, b * 0.1) for W, b in weights])
    hands.point(hands.link("a", 2, 3))
    tip = hands.canvas.attention.value_tip
    assert tip.isVisible()
    w = float(weights[0][0][2, 3])
    assert tip.text() == f"w₃,₄ = {number(w)}, gradient {number(w * 0.1)}"
    hands.canvas.set_weights([(W * 2, b) for W, b in weights])
    assert tip.text().startswith(f"w₃,₄ = {number(w * 2)}")
    hands.point(QPoint(2, 2))
    assert not tip.isVisible()


def test_hovering_a_bias_tells_it(hands: Hands, weights: list[Pair]) -> None:
    hands.point(hands.at("bias", "b", 3))
    assert hands.canvas.attention.value_tip.text() == f"b₄ = {number(float(weights[1][1][3]))}"


def test_a_link_without_a_value_says_so(hands: Hands) -> None:
    hands.point(hands.link("a", 2, 3))
    assert hands.canvas.attention.value_tip.text() == "w₃,₄: no value yet"


def test_a_weight_is_edited_by_hand(hands: Hands, weights: list[Pair]) -> None:
    edited: list[tuple[Weight, float]] = []
    restored: list[Weight] = []
    hands.canvas.weight_edited.connect(lambda weight, value: edited.append((weight, value)))
    hands.canvas.weight_restored.connect(restored.append)
    hands.click(hands.link("b", 1, 6))
    weight = Weight("b", 1, 6)
    assert hands.selection.weight == weight
    editor = hands.canvas.attention.weight_editor
    assert editor.isVisible()
    assert not editor.back.isEnabled()
    assert editor.between.text() == "from neuron 7 of Dense 1 to neuron 2 of Dense 2"
    assert editor.box.value() == pytest.approx(float(weights[1][0][1, 6]), abs=1e-4)
    editor.box.selectAll()
    QTest.keyClicks(editor.box, editor.box.locale().toString(1.5))
    QTest.keyClick(editor.box, Qt.Key.Key_Return)
    assert edited == [(weight, 1.5)]
    QTest.keyClick(editor.box, Qt.Key.Key_Up)
    assert edited[-1][1] == pytest.approx(1.6)
    assert not editor.back.isEnabled()  # until the run has answered
    hands.canvas.set_by_hand(frozenset({weight}))
    QTest.mouseClick(editor.back, Qt.MouseButton.LeftButton)
    assert restored == [weight]
    hands.canvas.set_by_hand(frozenset())
    assert not editor.back.isEnabled()
    QTest.keyClick(editor.box, Qt.Key.Key_Escape)
    assert not editor.isVisible()
    assert hands.selection.weight is None
    assert hands.view.hasFocus()


def test_editor_follows_the_training(hands: Hands, weights: list[Pair]) -> None:
    hands.click(hands.link("a", 2, 3))
    hands.canvas.set_weights([(W + 1, b) for W, b in weights])
    editor = hands.canvas.attention.weight_editor
    assert editor.box.value() == pytest.approx(float(weights[0][0][2, 3]) + 1, abs=1e-4)


def test_a_bias_is_edited_by_a_click(hands: Hands, weights: list[Pair]) -> None:
    hands.click(hands.at("bias", "a", 3))
    assert hands.selection.weight == Weight("a", 3, None)
    assert hands.canvas.attention.weight_editor.between.text() == "bias of neuron 4 of Dense 1"


def test_numbers_of_the_read_out_open_the_editor(hands: Hands, weights: list[Pair]) -> None:
    hands.selection.pin(Neuron("b", 0))
    readout = hands.canvas.attention.readout
    QTest.mouseClick(readout.largest, Qt.MouseButton.LeftButton)
    strongest = int(np.abs(weights[1][0][0]).argmax())
    assert hands.selection.weight == Weight("b", 0, strongest)
    QTest.mouseClick(readout.bias, Qt.MouseButton.LeftButton)
    assert hands.selection.weight == Weight("b", 0, None)


def test_weights_of_a_neuron_can_be_chosen_from_its_menu(hands: Hands, weights: list[Pair]) -> None:
    hands.canvas.fields.open_menu("a", 2, hands.view.mapToGlobal(QPoint(50, 50)))
    menu = hands.canvas.fields.menu
    assert menu is not None
    own = menu.actions()[0].menu()
    assert own is not None
    texts = [action.text() for action in own.actions()]  # type: ignore[attr-defined]
    assert len(texts) == 6
    assert texts[1] == f"w₃,₁ = {number(float(weights[0][0][2, 0]))}   x₁"
    own.actions()[1].trigger()  # type: ignore[attr-defined]
    menu.close()
    assert hands.selection.weight == Weight("a", 2, 0)
    assert hands.canvas.attention.weight_editor.isVisible()


def test_a_weight_selected_elsewhere_is_lit(hands: Hands, weights: list[Pair]) -> None:
    hands.selection.select_weight(Weight("b", 1, 6))
    assert not hands.canvas.scene.links._hover.path().isEmpty()
    assert not hands.canvas.attention.weight_editor.isVisible()
    hands.selection.select_weight(None)
    assert hands.canvas.scene.links._hover.path().isEmpty()


def test_another_network_closes_the_editor(hands: Hands, weights: list[Pair]) -> None:
    hands.click(hands.link("a", 2, 3))
    hands.canvas.edits.remove("p")
    assert not hands.canvas.attention.weight_editor.isVisible()
    assert hands.selection.weight is None
