"""Edits of layers: one undo step each, the selection following, a sentence where something cannot be done."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.canvas.edits import LayerEdits
from app.canvas.parts import LAYERS_TYPE, MOST_LAYERS
from app.document.document import Document
from app.shell.selection import Neuron, Selection
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout, Network


@pytest.fixture
def document(qapp: QApplication, spiral: Experiment) -> Iterator[Document]:
    document = Document(spiral)
    yield document
    document.close()


@pytest.fixture
def selection() -> Selection:
    return Selection()


@pytest.fixture
def edits(document: Document, selection: Selection) -> LayerEdits:
    return LayerEdits(document, selection)


@pytest.fixture
def hints(edits: LayerEdits) -> list[str]:
    found: list[str] = []
    edits.hint.connect(found.append)
    return found


def _names(document: Document) -> list[str]:
    return [layer.name for layer in document.experiment.network.layers]


def test_insert_behind_the_selected_layer(edits: LayerEdits, document: Document, selection: Selection) -> None:
    selection.select_layer("a")
    edits.insert("dropout")
    assert _names(document) == ["Dense 1", "Dropout 2", "Dropout 1", "Dense 2"]
    assert edits.selected is not None
    assert edits.selected.name == "Dropout 2"
    document.undo_stack.undo()
    assert _names(document) == ["Dense 1", "Dropout 1", "Dense 2"]


def test_insert_behind_the_input_is_first(edits: LayerEdits, document: Document, selection: Selection) -> None:
    selection.select_layer("input")
    edits.insert("dense")
    assert _names(document)[0] == "Dense 3"


def test_insert_without_a_selection_is_last(edits: LayerEdits, document: Document) -> None:
    edits.insert("dense")
    assert _names(document)[-1] == "Dense 3"


def test_a_network_has_its_limit(edits: LayerEdits, document: Document, hints: list[str]) -> None:
    document.edit_network(Network(layers=tuple(Dense() for _ in range(MOST_LAYERS))), "many")
    edits.insert("dense")
    assert len(document.experiment.network.layers) == MOST_LAYERS
    assert hints == ["A network has at most 64 layers."]


def test_delete_selects_what_takes_its_place(edits: LayerEdits, document: Document, selection: Selection) -> None:
    selection.select_layer("p")
    selection.pin(Neuron("p", 1))
    edits.remove("p")
    assert _names(document) == ["Dense 1", "Dense 2"]
    assert selection.layer == "b"
    assert selection.pinned is None
    edits.remove("b")
    edits.remove("a")
    assert selection.layer is None


@pytest.mark.parametrize("layer", ["input", "output"])
def test_ends_stay(edits: LayerEdits, document: Document, hints: list[str], layer: str) -> None:
    before = document.experiment
    edits.remove(layer)
    edits.move(layer, 0)
    edits.duplicate(layer)
    edits.cut(layer)
    assert document.experiment == before
    assert len(hints) == 4


def test_duplicate_keeps_settings_and_takes_a_fresh_name(edits: LayerEdits, document: Document) -> None:
    edits.duplicate("b")
    copy = document.experiment.network.layers[-1]
    assert isinstance(copy, Dense)
    assert (copy.name, copy.units, copy.activation) == ("Dense 3", 8, "relu")
    assert copy.id != "b"


def test_cut_and_paste_moves_a_layer(edits: LayerEdits, document: Document, selection: Selection) -> None:
    edits.cut("p")
    assert _names(document) == ["Dense 1", "Dense 2"]
    assert QGuiApplication.clipboard().mimeData().hasFormat(LAYERS_TYPE)
    selection.select_layer("b")
    edits.paste()
    assert _names(document) == ["Dense 1", "Dense 2", "Dropout 1"]
    last = document.experiment.network.layers[-1]
    assert isinstance(last, Dropout)
    assert last.rate == 0.2
    edits.paste()
    assert _names(document)[-1] == "Dropout 2"


def test_layers_can_be_pasted_from_text(edits: LayerEdits, document: Document) -> None:
    QGuiApplication.clipboard().setText('[{"kind": "dense", "name": "Mine", "units": 3}, "dropout"]')
    edits.paste()
    assert _names(document)[-2:] == ["Mine", "Dropout"]


@pytest.mark.parametrize("text", ["", "hello", "[]", '{"kind": "dense"}'])
def test_other_text_is_not_pasted(edits: LayerEdits, document: Document, hints: list[str], text: str) -> None:
    before = document.experiment
    QGuiApplication.clipboard().setText(text)
    edits.paste()
    assert document.experiment == before
    assert hints == ["The clipboard holds no layers: copy a layer first."]


def test_a_fault_in_pasted_layers_is_told(edits: LayerEdits, hints: list[str]) -> None:
    QGuiApplication.clipboard().setText('[{"kind": "dense", "units": 0}]')
    edits.paste()
    assert hints == ["network.layers[0].units: expected a whole number from 1 to 4096, got 0"]


def test_turns_of_the_wheel_are_one_undo_step(edits: LayerEdits, document: Document) -> None:
    for units in (9, 10, 11):
        edits.set_units("a", units)
    assert document.undo_stack.count() == 1
    document.end_merge()
    edits.set_units("a", 12)
    assert document.undo_stack.count() == 2


def test_numbers_stay_within_their_limits(edits: LayerEdits, document: Document) -> None:
    edits.set_units("a", 0)
    edits.set_rate("p", 2.0)
    dense, dropout = document.experiment.network.layers[:2]
    assert isinstance(dense, Dense)
    assert isinstance(dropout, Dropout)
    assert (dense.units, dropout.rate) == (1, 0.95)


def test_activation_needs_a_dense_layer(edits: LayerEdits, document: Document, hints: list[str]) -> None:
    before = document.experiment
    for layer in (None, "p", "output"):
        edits.set_activation(layer, "relu")
    assert document.experiment == before
    assert len(hints) == 3


def test_rename_output_and_layers(edits: LayerEdits, document: Document) -> None:
    edits.rename("a", "  First ")
    edits.rename("output", "Answer")
    edits.rename("b", "   ")
    assert _names(document) == ["First", "Dropout 1", "Dense 2"]
    assert document.experiment.network.output.name == "Answer"


def test_layers_are_walked_through_with_both_ends(edits: LayerEdits, selection: Selection) -> None:
    seen = []
    for _ in range(6):
        edits.step_layer(1)
        seen.append(selection.layer)
    assert seen == ["input", "a", "p", "b", "output", "output"]
    edits.step_layer(-1)
    assert selection.layer == "b"
