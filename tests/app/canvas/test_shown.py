"""The run that is shown: its network on the canvas, what it sets for itself, and what editing does meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolTip

from app.canvas.layers_panel import LayersPanel
from app.canvas.menus import compare_menu
from app.canvas.shown import ShownRun
from app.canvas.strip import LayerStrip
from app.document.document import Document
from app.shell.selection import Selection
from app.shell.theme import Theme
from core.experiment.comparisons import comparison, offer
from core.experiment.experiment import Experiment
from core.experiment.fairness import as_variants
from core.experiment.variants import Run, Variant, expand, override
from tests.app.canvas.conftest import Hands, MakeHands

UNITS = {"network.layers.a.units": [2, 5, 9]}


class Chosen:
    """Stands for a session that shows one of the runs."""

    def __init__(self, shown: ShownRun) -> None:
        self.shown = shown
        self.run = 0
        shown._session = self  # type: ignore[assignment]

    def show(self, run: int) -> None:
        self.run = run
        self.shown.changed.emit()


def compare(hands: Hands, values: dict[str, Any]) -> Chosen:
    chosen = Chosen(hands.canvas.edits.shown)
    hands.document.edit(comparison(hands.document.experiment, values), "compare")
    return chosen


def units(hands: Hands) -> list[int | None]:
    return [card.units for card in hands.canvas.scene.network.plan.cards]


def test_the_network_of_the_shown_run_is_drawn(hands: Hands) -> None:
    assert units(hands) == [5, 8, 8, 8, 1]
    chosen = compare(hands, UNITS)
    assert units(hands) == [5, 2, 2, 8, 1]
    chosen.show(2)
    assert units(hands) == [5, 9, 9, 8, 1]
    assert hands.canvas.header.count.text().startswith("Dense 1: 9 units · ")
    assert hands.canvas.scene.network.plan.cards[1].own == {"units"}
    hands.document.undo_stack.undo()
    assert units(hands) == [5, 8, 8, 8, 1]
    assert hands.canvas.header.count.text().endswith("parameters")
    assert not any(card.own for card in hands.canvas.scene.network.plan.cards)


@pytest.mark.parametrize(
    "values",
    [
        UNITS,
        {"network.dropout": [0, 0.4]},
        {"network.activation": ["relu", "sine"]},
        {"data.features": [["x1"], ["x1", "x2"]]},
        {"training.loss": ["binary_cross_entropy", "cross_entropy"], "network.units": [3, 30]},
    ],
)
def test_every_run_is_drawn_as_it_would_be_alone(make_hands: MakeHands, spiral: Experiment, values: Any) -> None:
    hands = make_hands(spiral)
    chosen = compare(hands, values)
    for place, run in enumerate(expand(hands.document.experiment)):
        chosen.show(place)
        alone = make_hands(run.experiment).canvas.scene.network.plan
        found = hands.canvas.scene.network.plan
        for card, other in zip(found.cards, alone.cards, strict=True):
            kept = ("id", "units", "inputs", "activation", "rate", "labels", "note")
            assert [getattr(card, name) for name in kept] == [getattr(other, name) for name in kept]


def test_list_and_strip_show_the_same_run(theme: Theme, spiral: Experiment) -> None:
    document = Document(comparison(spiral, UNITS))
    shown = ShownRun(document)
    chosen = Chosen(shown)
    panel, strip = LayersPanel(document, Selection(), theme, shown=shown), LayerStrip(document, shown)
    chosen.show(1)
    cell = panel.list.layers.index(1, 1)
    assert cell.data() == "5"
    assert not panel.list.layers.flags(cell) & Qt.ItemFlag.ItemIsEditable
    assert cell.data(Qt.ItemDataRole.ToolTipRole).startswith("Dense 1: 5 units sets this itself: 5. The others: 2, 9.")
    assert "Dense 1 (5, Tanh)" in strip.layers.text()
    document.close()


def test_what_the_run_sets_is_marked_and_told(hands: Hands) -> None:
    def accented() -> int:
        card = hands.canvas.scene.cards["a"]
        image: QImage = card.item.pixmap().toImage()
        accent = hands.canvas._theme.color("accent").rgb()
        return sum(image.pixel(x, y) == accent for x in range(image.width()) for y in range(image.height() // 3))

    before = accented()
    compare(hands, {"network.activation": ["relu", "sine"]})
    assert accented() > before + 50
    hands.point(hands.at("activation", "a"))
    assert QToolTip.text() == "ReLU sets this itself: ReLU. The others: Sine. A click shows and edits them."
    assert not hands.canvas.attention.curve_tip.isVisible()
    hands.point(hands.at("menu", "a"))
    assert QToolTip.text().startswith("Compare")


def open_menu(hands: Hands) -> QMenu:
    menu = hands.canvas.fields.menu
    assert menu is not None
    return menu


def texts(menu: QMenu) -> list[str]:
    return [action.text().replace("\t", " ") for action in menu.actions() if action.text()]


def test_a_click_offers_the_runs_and_the_experiments_own(hands: Hands) -> None:
    chosen = compare(hands, {"network.dropout": [0, 0.5]})
    asked: list[str] = []
    hands.canvas.compare.connect(asked.append)
    hands.click(hands.at("rate", "p"))
    menu = open_menu(hands)
    head, *runs = texts(menu)
    assert head == "Each run has its own; show that of"
    assert runs == ["no dropout 0", "dropout 0.5", "Edit the runs…", "Edit the experiment's own (0.2)…"]
    assert [action.isChecked() for action in menu.actions()[1:3]] == [True, False]
    menu.actions()[2].trigger()
    assert chosen.run == 1
    assert hands.canvas.scene.network.plan.cards[2].rate == 0.5
    next(action for action in menu.actions() if action.text() == "Edit the runs…").trigger()
    assert asked == [""]
    menu.close()


def test_the_experiments_own_activation_is_chosen_from_its_menu(hands: Hands) -> None:
    compare(hands, {"network.activation": ["relu", "sine"]})
    hands.click(hands.at("activation", "a"))
    last = open_menu(hands).actions()[-1]
    assert last.text() == "Edit the experiment's own (Tanh)"
    inner = last.menu()
    assert isinstance(inner, QMenu)
    assert inner.windowFlags() & Qt.WindowType.Popup == Qt.WindowType.Popup
    next(action for action in inner.actions() if action.text() == "Sigmoid").trigger()
    open_menu(hands).close()
    assert hands.dense(0).activation == "sigmoid"
    assert hands.canvas.scene.network.plan.cards[1].activation == "relu"
    assert "keep their own" in hands.hints[-1]


def test_the_header_names_the_run_also_where_networks_are_alike(hands: Hands) -> None:
    chosen = compare(hands, {"training.seed": [1, 2]})
    assert hands.canvas.header.count.text().startswith("seed 1 · ")
    chosen.show(1)
    assert hands.canvas.header.count.text().startswith("seed 2 · ")
    hands.document.open(hands.document.experiment.model_copy(update={"variants": ()}), None)
    assert not hands.canvas.header.count.text().startswith("seed")


def test_editing_the_experiments_own_says_so(hands: Hands) -> None:
    compare(hands, {"network.dropout": [0, 0.5]})
    hands.selection.select_layer("p")
    hands.key(Qt.Key.Key_Return)
    next(action for action in open_menu(hands).actions() if "own (0.2)" in action.text()).trigger()
    open_menu(hands).close()
    box = hands.canvas.fields.editor.widget
    assert box is not None
    QTest.keyClicks(box, "0.3")
    QTest.keyClick(box, Qt.Key.Key_Return)
    layer: Any = hands.layers[1]
    assert layer.rate == 0.3
    assert hands.canvas.scene.network.plan.cards[2].rate == 0
    assert "keep their own" in hands.hints[-1]


def test_neither_wheel_nor_stepper_edit_what_the_runs_have(hands: Hands) -> None:
    compare(hands, UNITS)
    before = hands.document.experiment
    hands.view.change_by(hands.spot("more", "a"), 1)
    assert hands.document.experiment is before
    assert hands.hints[-1].startswith("Dense 1: 2 units sets this itself: 2. The others: 5, 9.")
    hands.click(hands.at("more", "a"))
    assert hands.document.experiment is before
    open_menu(hands).close()
    hands.view.change_by(hands.spot("more", "b"), 1)  # which no run sets
    assert hands.dense(2).units == 9
    assert units(hands) == [5, 2, 2, 9, 1]


def test_layers_of_a_run_alone_are_shown_and_not_edited(hands: Hands, spiral: Experiment) -> None:
    shallow = override(spiral, {"network.layers": [{"kind": "dense", "id": "z", "name": "Only", "units": 3}]})
    chosen = Chosen(hands.canvas.edits.shown)
    hands.document.edit(as_variants([Run("deep", spiral), Run("shallow", shallow)]), "compare")
    assert units(hands) == [5, 8, 8, 8, 1]
    hands.canvas.edits.rename("a", "Wide")
    assert hands.names[0] == "Wide"
    chosen.show(1)
    assert units(hands) == [5, 3, 1]
    before = hands.document.experiment
    edits = hands.canvas.edits
    refused: tuple[Callable[[], None], ...] = (
        lambda: edits.insert("dense", 0),
        lambda: edits.remove("z"),
        lambda: edits.move("a", 1),
        lambda: edits.set_units("a", 3),
        lambda: edits.rename("output", "End"),
    )
    for edit in refused:
        hands.hints.clear()
        edit()
        assert hands.hints == [
            "shallow has layers of its own: show a run without, or stop comparing, to edit the network."
        ]
    assert hands.document.experiment is before


def test_a_variant_that_cannot_be_is_shown_as_the_experiment(hands: Hands) -> None:
    variants = (Variant(name="odd", settings={"network.layers.gone.units": 3}),)
    hands.document.edit(hands.document.experiment.model_copy(update={"variants": variants}), "odd")
    assert units(hands) == [5, 8, 8, 8, 1]


# -- what can be compared ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "lines"),
    [
        (
            "a",
            [
                "Units of Dense 1…",
                "Activation of Dense 1…",
                "Start weights of Dense 1…",
                "Units of all hidden layers…",
                "Activation of all hidden layers…",
                "Start weights of all hidden layers…",
            ],
        ),
        ("p", ["Dropout rate…"]),
        ("output", ["Start weights of the output…", "Loss…"]),
        ("input", ["Features…"]),
    ],
)
def test_every_setting_of_a_card_can_be_compared(hands: Hands, layer: str, lines: list[str]) -> None:
    asked: list[str] = []
    menu = compare_menu(hands.view, hands.canvas.edits, layer, asked.append)
    assert texts(menu) == lines
    for action in menu.actions():
        action.trigger()
    assert len(asked) == len(lines)
    for path in asked:
        assert len(comparison(hands.document.experiment, {path: _two(hands, path)}).variants) == 2


def _two(hands: Hands, path: str) -> tuple[Any, ...]:
    found = offer(hands.document.experiment, path)
    assert found is not None
    return found.values[:2]


def test_what_images_leave_no_choice_of_is_told(make_hands: MakeHands, digits: Experiment) -> None:
    hands = make_hands(digits)
    line, why = compare_menu(hands.view, hands.canvas.edits, "input", print).actions()
    assert (line.text(), line.isEnabled()) == ("Features…", False)
    assert "one value of features" in why.text()


def test_the_dots_of_a_card_open_its_menu(hands: Hands) -> None:
    for layer in ("input", "a", "p", "output"):
        hands.click(hands.at("menu", layer))
        assert texts(open_menu(hands))[0] == "Compare"
        assert hands.selection.layer == layer
        open_menu(hands).close()
