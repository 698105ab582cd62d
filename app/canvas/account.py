"""What a neuron computes, in words and live numbers."""

from dataclasses import dataclass

import numpy as np

from app.canvas.plan import CardPlan, NetworkPlan
from app.canvas.scene import Pair
from app.canvas.shades import Floats
from app.canvas.words import number, subscript, tr
from app.shell.selection import Neuron, Weight
from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.features import FEATURES

_TERMS = 3  # of the weighted sum, the strongest


@dataclass(frozen=True)
class Account:
    """What is said of a neuron.

    formulas: the same at different lengths, the longest first. bias, largest: the weights behind the numbers, None
    where there are none yet. gradient: the length of the gradient of the neuron's weights.
    """

    title: str
    formulas: tuple[str, ...]
    bias: tuple[Weight, float] | None = None
    largest: tuple[Weight, float] | None = None
    gradient: float | None = None


def account(
    plan: NetworkPlan, neuron: Neuron, weights: tuple[Pair, ...], gradients: tuple[Pair, ...]
) -> Account | None:
    """Say what a neuron computes; None if there is no such neuron."""
    card = plan.card(neuron.layer)
    if card is None or card.kind == "dropout" or not 0 <= neuron.unit < (card.units or 0):
        return None
    if card.kind == "input":
        label = card.labels[neuron.unit] if neuron.unit < len(card.labels) else f"x{subscript(neuron.unit + 1)}"
        sentence = FEATURES[plan.features[neuron.unit]].sentence if plan.span is not None else ""
        return Account(f"{card.name} · {label}", (sentence,))
    title = card.name if card.kind == "output" and card.units == 1 else f"{card.name} · {_nth(card, neuron.unit)}"
    general = _applied(card.activation, "w·x + b")
    place, source = plan.dense_place(card.id), plan.source(card.id)
    if place is None or source is None or place >= len(weights):
        return Account(title, (general,))
    matrix, biases = weights[place]
    if np.shape(matrix) != (card.units, card.inputs):
        return Account(title, (general,))
    row, bias = np.asarray(matrix[neuron.unit], float), float(biases[neuron.unit])
    strongest = int(np.abs(row).argmax())
    names = _names(source, len(row))
    sums = [_sum(row, bias, names, terms) for terms in range(min(_TERMS, len(row)), 0, -1)]
    gradient = None
    if place < len(gradients) and np.shape(gradients[place][0]) == np.shape(matrix):
        gradient = float(np.linalg.norm(gradients[place][0][neuron.unit]))
    return Account(
        title,
        (*(_applied(card.activation, text) for text in sums), general),
        (Weight(card.id, neuron.unit, None), bias),
        (Weight(card.id, neuron.unit, strongest), float(row[strongest])),
        gradient,
    )


def _nth(card: CardPlan, unit: int) -> str:
    return card.labels[unit] if unit < len(card.labels) else tr("neuron") + f" {unit + 1}"


def _applied(activation: str, inside: str) -> str:
    """Write g(inside) with the name of the activation."""
    if activation == "linear":
        return inside
    return f"{OUTPUT_ACTIVATIONS[activation].title.lower()}({inside})"


def _names(source: CardPlan, count: int) -> tuple[str, ...]:
    """Return how the inputs of a neuron are called: by their labels, x₁ …, or a₁ … for those of neurons."""
    labels = source.labels if source.kind == "input" else ()
    letter = "x" if source.kind == "input" else "a"
    return tuple(labels[i] if i < len(labels) else letter + subscript(i + 1) for i in range(count))


def _sum(row: Floats, bias: float, names: tuple[str, ...], terms: int) -> str:
    """Write the weighted sum with its strongest terms: −0.42·x₁ + 1.31·x₂ + … − 0.27."""
    strongest = sorted(np.argsort(-np.abs(row), kind="stable")[:terms].tolist())
    text = ""
    for place in strongest:
        value = float(row[place])
        sign = "−" if value < 0 else "+"
        shown = number(abs(value)) if text else number(value)
        text += f" {sign} {shown}·{names[place]}" if text else f"{shown}·{names[place]}"
    if len(row) > terms:
        text += " + …"
    return f"{text} {'−' if bias < 0 else '+'} {number(abs(bias))}"
