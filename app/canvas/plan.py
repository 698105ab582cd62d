"""What the canvas shows of an experiment: a card per layer, as far as data and loss let it be known. No Qt drawing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from app.canvas.words import counted, tr
from app.shell.selection import Neuron
from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.datasets import Facts, facts_of
from core.choices.features import FEATURES
from core.choices.fields import Mistake, Tagged
from core.choices.losses import Head
from core.experiment.architecture import head_of, input_count
from core.experiment.checks import Problem
from core.experiment.experiment import Experiment
from core.experiment.network import Dense

INPUT = "input"
COLUMN = 16  # so many units stand in one column with a link each; more are a grid, paged and bundled

Kind = Literal["input", "dense", "dropout", "output"]
# How the units of a card are drawn: heat maps, weight images, plain cells, circles, bars, one picture.
Picture = Literal["tiles", "images", "cells", "circles", "bars", "picture"]


@dataclass(frozen=True)
class CardPlan:
    """A card: what stands on it. ``units`` is None where data and loss do not tell."""

    id: str
    kind: Kind
    name: str
    units: int | None
    picture: Picture
    inputs: int | None = None
    labels: tuple[str, ...] = ()
    activation: str = ""
    rate: float = 0.0
    note: str = ""
    caption: str = ""
    problems: tuple[Problem, ...] = ()
    page: int = 0
    own: frozenset[str] = frozenset()  # fields that the run which is shown sets for itself in a comparison

    @property
    def parameters(self) -> int | None:
        """The number of weights and biases; None where it is not known."""
        if self.kind in ("input", "dropout"):
            return 0
        if self.units is None or self.inputs is None:
            return None
        return self.units * (self.inputs + 1)

    @property
    def shape(self) -> str:
        """The shape of what comes out, as the lecture writes it: (B, 8)."""
        return f"(B, {'?' if self.units is None else f'{self.units:,}'})"

    @property
    def per_page(self) -> int:
        """How many units are shown at once."""
        small = self.picture in ("cells", "circles") and self.kind != "input"
        return 64 if small and (self.units or 0) > COLUMN else COLUMN

    @property
    def pages(self) -> int:
        """How many pages the units take."""
        return 1 if self.picture == "picture" else max(1, -(-(self.units or 0) // self.per_page))

    @property
    def shown(self) -> range:
        """The units on the page."""
        if self.picture == "picture":
            return range(1)
        first = self.page * self.per_page
        return range(first, min(first + self.per_page, self.units or 0))

    @property
    def has_bars(self) -> bool:
        """Whether outputs can be compared by the lengths of bars; a single number that may be anything cannot."""
        return (self.units or 0) > 1 or self.activation == "sigmoid"

    @property
    def column(self) -> bool:
        """Whether all units stand one below the other, so that each link can have its own line."""
        return self.picture not in ("picture", "images") and self.units is not None and self.units <= COLUMN


@dataclass(frozen=True)
class NetworkPlan:
    """All cards from left to right."""

    cards: tuple[CardPlan, ...]
    span: tuple[float, float] | None  # axis limits of the plane, None for other data
    features: tuple[str, ...]

    @property
    def parameters(self) -> int | None:
        """The number of weights and biases of the network."""
        total = 0
        for card in self.cards:
            if card.parameters is None:
                return None
            total += card.parameters
        return total

    def card(self, layer: str) -> CardPlan | None:
        """Return the card of a layer, None if there is none."""
        return next((card for card in self.cards if card.id == layer), None)

    def dense_place(self, layer: str) -> int | None:
        """Return the place of a layer among the dense layers, the output last."""
        dense = [card.id for card in self.cards if card.kind in ("dense", "output")]
        return dense.index(layer) if layer in dense else None

    def source(self, layer: str) -> CardPlan | None:
        """Return the card whose neurons feed a layer: the one before it, past Dropout."""
        found = None
        for card in self.cards:
            if card.id == layer:
                return found
            if card.kind != "dropout":
                found = card
        return None

    def neuron(self, layer: str, unit: int) -> Neuron:
        """Return the neuron that a place on a card stands for: a Dropout circle for the neuron behind it."""
        card, source = self.card(layer), self.source(layer)
        return Neuron(source.id if card is not None and card.kind == "dropout" and source is not None else layer, unit)

    @property
    def empty(self) -> bool:
        """Whether there is nothing between input and output."""
        return len(self.cards) == 2


class KnownFacts:
    """The facts of the data set last asked for, so that a table is not looked up at every edit."""

    def __init__(self) -> None:
        self._source: Tagged | None = None
        self._facts: Facts | None = None

    def of(self, source: Tagged) -> Facts | None:
        """Return the facts, None where the data cannot be read."""
        if source != self._source:
            self._source = source
            try:
                self._facts = facts_of(source)
            except Mistake:
                self._facts = None
        return self._facts


def plan_network(
    experiment: Experiment,
    facts: Facts | None,
    problems: tuple[Problem, ...] = (),
    pages: Mapping[str, int] | None = None,
    own: Iterable[tuple[str, str]] = (),
) -> NetworkPlan:
    """Return the cards of an experiment.

    facts: of its data, None if they cannot be read. pages: the page turned to, by layer. own: the fields (layer, name)
    that the run has for itself.
    """
    width = None if facts is None else input_count(experiment, facts)
    cards = [_input(experiment, facts, width)]
    others: Picture = "tiles" if facts is None or facts.plane else "cells"
    first = True
    for layer in experiment.network.layers:
        if isinstance(layer, Dense):
            images = facts is not None and facts.image and first
            cards.append(
                CardPlan(
                    layer.id,
                    "dense",
                    layer.name,
                    layer.units,
                    "images" if images else others,
                    width,
                    activation=layer.activation,
                    caption=tr("weights as images") if images else "",
                )
            )
            width, first = layer.units, False
        else:
            cards.append(CardPlan(layer.id, "dropout", layer.name, width, "circles", width, rate=layer.rate))
    cards.append(_output(experiment, facts, width))
    full = tuple(_finished(card, problems, pages or {}, own) for card in cards)
    return NetworkPlan(full, facts.span if facts and facts.plane else None, experiment.data.features)


def _input(experiment: Experiment, facts: Facts | None, width: int | None) -> CardPlan:
    name = tr("Input")
    if facts is None or width is None:
        return CardPlan(INPUT, "input", name, None, "cells", note=tr("no data yet"))
    if facts.plane:
        labels = tuple(FEATURES[tag].title for tag in experiment.data.features)
        return CardPlan(
            INPUT, "input", name, width, "tiles", labels=labels, note=counted(width, tr("feature"), tr("features"))
        )
    if facts.image:
        height, across = facts.shape
        note = f"{height} × {across} " + tr("pixels")
        return CardPlan(INPUT, "input", name, width, "picture", note=note, caption=tr("one sample"))
    return CardPlan(
        INPUT, "input", name, width, "cells", labels=facts.columns, note=counted(width, tr("column"), tr("columns"))
    )


def _output(experiment: Experiment, facts: Facts | None, width: int | None) -> CardPlan:
    output = experiment.network.output
    head: Head | None = None
    if facts is not None:
        try:
            head = head_of(experiment.training.loss, facts)
        except Mistake:
            head = None
    if facts is None or head is None:
        note = tr("follows from the data") if facts is None else tr("does not fit the data")
        return CardPlan(output.id, "output", output.name, None, "bars", width, note=note)
    units = head.units or len(facts.classes)
    labels = _output_labels(facts, head, units)
    single = facts.plane and units == 1
    return CardPlan(
        output.id,
        "output",
        output.name,
        units,
        "tiles" if facts.plane else "bars",
        width,
        labels=labels,
        activation=head.activation,
        note=counted(units, tr("unit"), tr("units")),
        caption=labels[0] if single else "",
    )


def _output_labels(facts: Facts, head: Head, units: int) -> tuple[str, ...]:
    if units > 1:
        return facts.classes[:units]
    if head.activation == "sigmoid" and len(facts.classes) == 2:
        return (f"P({facts.classes[1]})",)
    return ("ŷ",)


def _finished(
    card: CardPlan, problems: tuple[Problem, ...], pages: Mapping[str, int], own: Iterable[tuple[str, str]]
) -> CardPlan:
    mine = tuple(
        sorted((problem for problem in problems if problem.layer_id == card.id), key=lambda p: p.severity != "error")
    )
    page = min(pages.get(card.id, 0), card.pages - 1)
    fields = frozenset(name for layer, name in own if layer == card.id)
    return replace(card, problems=mine, page=page, own=fields)


def activation_title(tag: str) -> str:
    """Return the name of an activation on the screen."""
    return OUTPUT_ACTIVATIONS[tag].title
