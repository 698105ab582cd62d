"""The chain of the selected weight, as the card at the lower left writes it."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.canvas.chain_card import ChainAccount
from app.canvas.scene import Pair
from app.canvas.words import precise
from app.shell.selection import Neuron, Weight
from app.shell.theme import Theme
from core.experiment.experiment import Experiment, read_experiment
from core.probes.pictures import Chain, Factor

from .conftest import Hands, MakeHands, draw_weights

WEIGHT = Weight("b", 1, 6)
SYMBOLS = ("∂J/∂ŷ", "∂ŷ/∂z₃", "∂z₃/∂a₂", "∂a₂/∂z₂", "∂z₂/∂w₂")


def make_chain(symbols: tuple[str, ...] = SYMBOLS, l1: float = 0.0, l2: float = 0.0) -> Chain:
    draws = np.random.default_rng(0)
    factors = tuple(Factor("weight", symbol, "b", draws.normal(size=10)) for symbol in symbols)
    return Chain("b", 1, 6, "∂J/∂w₂", factors, value=-0.5, l1=l1, l2=l2)


def tell(hands: Hands, chain: Chain, sample: int = 3) -> None:
    hands.selection.select_weight(Weight(chain.layer, chain.unit, chain.source))
    hands.canvas.set_chain(ChainAccount(chain, sample, "step 12"))


def written(hands: Hands) -> tuple[list[str], list[str]]:
    card = hands.canvas.attention.chain_card
    return [label.text() for label in card.symbols], [label.text() for label in card.numbers]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.012345, "0.0123"),
        (-1.2, "−1.20"),
        (12.34, "12.3"),
        (1234.5, "1234"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.00012, "1.20e−4"),
        (-123456.0, "−1.23e5"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_to_multiply_have_three_digits(value: float, text: str) -> None:
    assert precise(value) == text


def test_chain_is_written_in_the_numbers_of_one_sample(hands: Hands) -> None:
    chain = make_chain()
    tell(hands, chain, sample=3)
    symbols, numbers = written(hands)
    assert symbols == ["∂J/∂w₂", *SYMBOLS]
    assert numbers == [precise(chain.products[3]), *(precise(float(factor.values[3])) for factor in chain.factors)]
    mean = hands.canvas.attention.chain_card.mean
    assert mean.text() == f"sample 4 of 10, step 12 · mean over the batch = gradient {precise(chain.gradient)}"
    assert mean.shown == mean.text()
    assert hands.canvas.attention.chain_card.isVisible()


def test_the_penalty_has_a_term_of_its_own(hands: Hands) -> None:
    chain = make_chain(l1=0.01, l2=0.1)
    tell(hands, chain)
    mean = hands.canvas.attention.chain_card.mean
    assert mean.text().endswith(
        f"mean {precise(chain.gradient)} + penalty λ·sign(w) −0.0100 + 2λw −0.100 = gradient {precise(chain.total)}"
    )


@pytest.mark.parametrize("room", [400, 300, 220])
def test_where_there_is_no_room_the_first_factors_are_one(make_hands: MakeHands, spiral: Experiment, room: int) -> None:
    hands = make_hands(spiral, room, 340)
    chain = make_chain(("∂J/∂ŷ", "∂ŷ/∂z₄", "∂z₄/∂d₃", "∂d₃/∂a₃", *(f"∂{x}" for x in ("a₃/∂z₃", "z₃/∂a₂", "z₂/∂w₂"))))
    tell(hands, chain, sample=2)
    symbols, numbers = written(hands)
    merged = len(chain.factors) - (len(symbols) - 2)
    assert merged > 1
    last = chain.factors[merged - 1].symbol.split("/")[1]
    assert symbols[1:] == [f"∂J/{last}", *(factor.symbol for factor in chain.factors[merged:])]
    assert numbers[1] == precise(float(np.prod([factor.values[2] for factor in chain.factors[:merged]])))
    card = hands.canvas.attention.chain_card
    assert hands.canvas.rect().contains(card.geometry())
    assert hands.canvas.zoom_control.isHidden()
    hands.selection.select_weight(None)
    assert not hands.canvas.zoom_control.isHidden()


@pytest.mark.parametrize("presentation", [False, True])
@pytest.mark.parametrize("size", [(830, 540), (410, 340)])
def test_nothing_is_cut_and_nothing_overlaps(
    make_hands: MakeHands, theme: Theme, spiral: Experiment, size: tuple[int, int], presentation: bool
) -> None:
    theme.set(presentation=presentation)
    try:
        hands = make_hands(spiral, *size)
        hands.canvas.set_weights(draw_weights(hands.canvas))
        hands.canvas.attention.edit_weight(WEIGHT, QPoint(size[0] // 2, size[1] - 60))
        tell(hands, make_chain(l2=0.1))
        hands.qtbot.wait(20)
        card = hands.canvas.attention.chain_card
        for label in (*card.symbols, *card.numbers):
            assert label.fontMetrics().horizontalAdvance(label.text()) <= label.contentsRect().width()
            assert label.fontMetrics().height() <= label.height() + 1
        assert card.mean.shown == card.mean.text()
        labels = [label.geometry() for label in card.findChildren(QLabel)]
        assert all(card.rect().contains(label) for label in labels), (card.rect(), labels, card.sizeHint())
        laid = [card, hands.canvas.attention.weight_editor, hands.canvas.zoom_control]
        shown = [widget.geometry() for widget in laid if widget.isVisible()]
        assert not shown[0].intersects(shown[1])
        assert all(not rect.intersects(shown[0]) for rect in shown[1:])
    finally:
        theme.set(presentation=False)


def test_the_editor_stays_within_a_window_that_gets_smaller(hands: Hands, weights: list[Pair]) -> None:
    hands.canvas.attention.edit_weight(WEIGHT, QPoint(800, 300))
    editor = hands.canvas.attention.weight_editor
    assert hands.canvas.rect().contains(editor.geometry())
    hands.canvas.resize(420, 400)
    assert hands.canvas.rect().contains(editor.geometry())


def test_chain_of_another_weight_is_not_shown(hands: Hands) -> None:
    hands.selection.select_weight(Weight("a", 0, 0))
    hands.canvas.set_chain(ChainAccount(make_chain(), 0, ""))
    assert not hands.canvas.attention.chain_card.isVisible()


def test_chain_goes_with_its_weight(hands: Hands, weights: list[Pair]) -> None:
    hands.click(hands.link("b", 1, 6))
    tell(hands, make_chain())
    assert hands.canvas.attention.chain_card.isVisible()
    QTest.keyClick(hands.canvas.attention.weight_editor.box, Qt.Key.Key_Escape)
    assert not hands.canvas.attention.chain_card.isVisible()


def test_one_card_at_a_time_lies_at_the_lower_left(hands: Hands, weights: list[Pair]) -> None:
    chain, readout = hands.canvas.attention.chain_card, hands.canvas.attention.readout
    hands.selection.pin(Neuron("a", 0))
    assert (chain.isVisible(), readout.isVisible()) == (False, True)
    tell(hands, make_chain())
    assert (chain.isVisible(), readout.isVisible()) == (True, False)
    hands.point(hands.at("unit", "a", 2))
    assert (chain.isVisible(), readout.isVisible()) == (False, True)
    hands.leave()
    assert (chain.isVisible(), readout.isVisible()) == (True, False)
    hands.selection.select_weight(None)
    assert (chain.isVisible(), readout.isVisible()) == (False, True)


def test_another_chain_takes_the_place_of_the_first(hands: Hands) -> None:
    tell(hands, make_chain())
    tell(hands, make_chain(SYMBOLS[3:]))
    assert written(hands)[0] == ["∂J/∂w₂", *SYMBOLS[3:]]
    shown = [label.text() for label in hands.canvas.attention.chain_card.findChildren(QLabel) if label.isVisible()]
    assert len([text for text in shown if text == "·"]) == 2


def test_gradients_are_wanted_while_something_is_looked_at(hands: Hands, weights: list[Pair]) -> None:
    canvas = hands.canvas
    told: list[bool] = []
    canvas.gradients_wanted_changed.connect(told.append)
    away = QPoint(2, 2)
    looks: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: hands.point(hands.link("a", 2, 3)), lambda: hands.point(away)),
        (lambda: hands.point(hands.at("bias", "a", 3)), lambda: hands.point(away)),
        (lambda: hands.point(hands.at("unit", "b", 4)), lambda: hands.point(away)),
        (lambda: hands.selection.pin(Neuron("b", 1)), lambda: hands.selection.pin(None)),
        (lambda: hands.selection.select_weight(WEIGHT), lambda: hands.selection.select_weight(None)),
        (lambda: canvas.header.links.setCurrentIndex(1), lambda: canvas.header.links.setCurrentIndex(0)),
    ]
    for look, leave in looks:
        look()
        assert canvas.gradients_wanted
        leave()
        assert not canvas.gradients_wanted
    assert told == [True, False] * 6
    hands.point(hands.at("unit", "input", 0))
    assert not canvas.gradients_wanted


def test_a_hovered_gradient_says_of_what_it_is(hands: Hands, weights: list[Pair]) -> None:
    hands.canvas.set_gradients([(W * 0.1, b * 0.1) for W, b in weights], "mean over 400 training samples")
    hands.point(hands.link("a", 2, 3))
    assert hands.canvas.attention.value_tip.text().endswith("\nmean over 400 training samples")


@pytest.mark.parametrize("part", ["header", "caption"])
def test_what_lies_above_the_canvas_follows_the_theme(hands: Hands, theme: Theme, part: str) -> None:
    hands.canvas.caption.tell("forward", "Dense 1", "step 1")
    widget = getattr(hands.canvas, part)
    try:
        for mode in ("light", "dark", "light"):
            theme.set(mode=mode)
            color = widget.grab().toImage().pixelColor(3, widget.height() // 2)
            assert color.name() == theme.hex("canvas"), mode
    finally:
        theme.set(mode="light")


def test_a_narrow_header_leaves_out_what_does_not_fit(hands: Hands) -> None:
    header = hands.canvas.header
    for width in (700, 400, 260):
        hands.canvas.resize(width, 400)
        hands.qtbot.wait(10)
        assert header.title.width() >= header.title.sizeHint().width()
        assert header.links.width() >= header.links.minimumSizeHint().width()
        if header.count.isVisible():
            assert header.count.width() >= header.count.sizeHint().width()
    assert not header.count.isVisible()


def test_a_weight_of_a_perceptron(make_hands: MakeHands) -> None:
    hands = make_hands(read_experiment({"network": {"layers": []}}))
    chain = Chain("output", 0, None, "∂J/∂b", make_chain(("∂J/∂ŷ", "∂ŷ/∂z", "∂z/∂b")).factors, 0.1, 0.0, 0.0)
    tell(hands, chain)
    assert written(hands)[0] == ["∂J/∂b", "∂J/∂ŷ", "∂ŷ/∂z", "∂z/∂b"]
