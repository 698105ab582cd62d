"""Dragging from the palette: where it lands is shown, what does not fit is refused with its reason."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication

from app.canvas.parts import MOST_LAYERS, Part, mime_of, part_in
from core.choices.activations import ACTIVATIONS
from core.experiment.experiment import read_experiment
from core.experiment.network import LAYERS

from .conftest import Hands, MakeHands

DENSE, DROPOUT, RELU = Part("layer", "dense"), Part("layer", "dropout"), Part("activation", "relu")


def test_parts_survive_the_drag(qapp: QApplication) -> None:
    parts = [*(Part("layer", kind) for kind in LAYERS), *(Part("activation", tag) for tag in ACTIVATIONS)]
    assert [part_in(mime_of(part)) for part in parts] == parts


@pytest.mark.parametrize("raw", [b"", b"layer:lstm", b"activation:softmax", b"\xff\xff", b"layer"])
def test_other_things_are_no_parts(qapp: QApplication, raw: bytes) -> None:
    data = QMimeData()
    data.setData("application/x-downhill-part", raw)
    assert part_in(data) is None


@pytest.mark.parametrize("place", range(4))
def test_a_layer_lands_in_its_slot(hands: Hands, place: int) -> None:
    hands.carry(DENSE, hands.slot(place), drop=False)
    shown = hands.canvas.scene.marks.slot_shown
    assert shown is not None
    assert hands.canvas.scene.network.slots[place].contains(shown.center())
    assert hands.hints[-1].startswith("Release to insert Dense between")
    hands.carry(DENSE, hands.slot(place))
    assert hands.names[place] == "Dense 3"
    assert hands.canvas.scene.marks.slot_shown is None
    assert hands.selection.layer == hands.layers[place].id
    hands.document.undo_stack.undo()
    assert hands.names == ["Dense 1", "Dropout 1", "Dense 2"]


def test_a_layer_dropped_on_a_card_lands_beside_it(hands: Hands) -> None:
    card = hands.canvas.scene.network.card("a")
    assert card is not None
    right = QPointF(card.rect.right() - 5, card.rect.center().y())
    hands.carry(DROPOUT, hands.on_screen(right))
    assert hands.names == ["Dense 1", "Dropout 2", "Dropout 1", "Dense 2"]


def test_an_activation_is_set_on_its_card(hands: Hands) -> None:
    card = hands.canvas.scene.network.card("a")
    assert card is not None
    at = hands.on_screen(card.rect.center())
    assert hands.carry(RELU, at, drop=False)
    assert hands.hints[-1] == "Release to set ReLU on Dense 1."
    hands.carry(RELU, at)
    assert hands.dense(0).activation == "relu"
    assert hands.selection.layer == "a"


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (None, "An activation belongs on a layer, not between layers."),
        ("input", "The input has no activation: drop it on a Dense layer."),
        ("p", "Dropout has no activation: drop it on a Dense layer."),
        ("output", "The activation of the output follows from data and loss."),
    ],
)
def test_an_activation_is_refused_elsewhere(hands: Hands, layer: str | None, reason: str) -> None:
    before = hands.document.experiment
    card = hands.canvas.scene.network.card(layer or "")
    at = hands.slot(1) if card is None else hands.on_screen(card.rect.center())
    assert not hands.carry(RELU, at, drop=False)
    assert hands.canvas.scene.marks.refused
    assert hands.hints[-1] == reason
    hands.carry(RELU, at)
    assert hands.document.experiment == before
    assert hands.hints[-1] == reason  # it stays to be read
    assert not hands.canvas.scene.marks.refused


@pytest.mark.parametrize(("edge", "word"), [("left", "before the input"), ("right", "after the output")])
def test_layers_belong_between_the_ends(make_hands: MakeHands, edge: str, word: str) -> None:
    hands = make_hands(read_experiment({"network": {"layers": ["dense"]}}), width=1200)
    rect = hands.canvas.scene.network.rect
    x = rect.left() - 20 if edge == "left" else rect.right() + 20
    assert not hands.carry(DENSE, hands.on_screen(QPointF(x, rect.center().y())))
    assert word in hands.hints[-1]
    assert len(hands.layers) == 1


def test_a_full_network_takes_no_more(make_hands: MakeHands) -> None:
    layers = [{"kind": "dense", "id": f"d{i}", "units": 1} for i in range(MOST_LAYERS)]
    hands = make_hands(read_experiment({"network": {"layers": layers}}))
    assert not hands.carry(DENSE, hands.slot(3))
    assert hands.hints[-1] == "A network has at most 64 layers."


def test_the_slot_goes_with_the_mouse(hands: Hands) -> None:
    hands.carry(DENSE, hands.slot(1), drop=False)
    QApplication.sendEvent(hands.view.viewport(), QDragLeaveEvent())
    assert hands.canvas.scene.marks.slot_shown is None
    assert hands.hints[-1] == ""


def test_a_file_is_not_taken(hands: Hands) -> None:
    data = QMimeData()
    data.setText("hello")
    none = Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    QApplication.sendEvent(hands.view.viewport(), event)
    assert not event.isAccepted()
