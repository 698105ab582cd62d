"""Where everything lies: cards, their fields and their neurons, in scene coordinates. Nothing is drawn here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QPointF, QRectF

from app.canvas.plan import CardPlan, NetworkPlan

HEADER, FIELD, FOOT = 36.0, 36.0, 28.0
PAD = 10.0
TILE = 32.0
_SMALL_TILE = 26.0  # of more than 8 neurons in a column
GAP, EMPTY_GAP = 44.0, 300.0
LEAST_BODY = 180.0
_PAGER, _CAPTION = 26.0, 20.0
_WIDTHS = {"input": 104.0, "dense": 168.0, "dropout": 112.0, "output": 140.0}
_PROBLEM_WIDTH = 196.0

SpotKind = Literal[
    "name",
    "menu",
    "less",
    "units",
    "more",
    "activation",
    "rate",
    "unit",
    "bias",
    "back",
    "on",
    "mend",
    "problem",
    "card",
]


@dataclass(frozen=True)
class Spot:
    """A place that answers to the mouse."""

    kind: SpotKind
    layer: str
    rect: QRectF
    unit: int = -1


def field_of(spot: Spot) -> str:
    """Return the field of a layer that a place shows, "" for none."""
    return {"less": "units", "more": "units"}.get(spot.kind, spot.kind)


@dataclass(frozen=True)
class Body:
    """How the neurons of a card are arranged: ``columns`` of cells, ``cell`` wide, every ``pitch``."""

    columns: int
    cell: float
    pitch: float
    width: float
    height: float


@dataclass(frozen=True)
class CardLayout:
    """A card in place. cells: a rectangle per neuron on the page; left, right: where links end and begin."""

    plan: CardPlan
    rect: QRectF
    body: QRectF
    cells: tuple[QRectF, ...]
    left: tuple[QPointF, ...]
    right: tuple[QPointF, ...]
    caption: QRectF
    pager: QRectF
    problem: QRectF
    mend: QRectF
    spots: tuple[Spot, ...]

    @property
    def header(self) -> QRectF:
        """The strip with the name, by which a card is dragged."""
        return QRectF(self.rect.x(), self.rect.y(), self.rect.width(), HEADER)

    @property
    def field(self) -> QRectF:
        """The row under the name: activation, rate or a note."""
        return QRectF(self.rect.x() + PAD, self.rect.y() + HEADER, self.rect.width() - 2 * PAD, 28)

    @property
    def foot(self) -> QRectF:
        """The strip with parameter count and shape."""
        return QRectF(self.rect.x(), self.rect.bottom() - FOOT, self.rect.width(), FOOT)


@dataclass(frozen=True)
class Layout:
    """All cards in place, and the gaps between them where layers can be dropped."""

    plan: NetworkPlan
    cards: tuple[CardLayout, ...]
    slots: tuple[QRectF, ...] = field(default=())

    @property
    def rect(self) -> QRectF:
        """What all cards cover."""
        total = QRectF()
        for card in self.cards:
            total = total.united(card.rect)
        return total

    def card(self, layer: str) -> CardLayout | None:
        """Return the card of a layer."""
        return next((card for card in self.cards if card.plan.id == layer), None)

    def at(self, point: QPointF) -> Spot | None:
        """Return the topmost place under a point."""
        for card in self.cards:
            for spot in reversed(card.spots):
                if spot.rect.contains(point):
                    return spot
        return None

    def unit_rect(self, layer: str, unit: int) -> QRectF | None:
        """Return where a neuron is drawn, None if it is not on the page."""
        card = self.card(layer)
        if card is None or unit not in card.plan.shown:
            return None
        place = unit - card.plan.shown.start
        return card.cells[place] if place < len(card.cells) else None


# Measures the height that a problem's text needs in a width; the drawing knows the fonts.
Measure = Callable[[str, float], float]


def lay_out(plan: NetworkPlan, measure: Measure) -> Layout:
    """Arrange the cards from left to right, all of one height, neurons centred so that links run level."""
    bodies = [_body(card) for card in plan.cards]
    blocks = [_problem_height(card, measure) for card in plan.cards]
    top = max(blocks, default=0.0)
    height = max([LEAST_BODY, *(body.height for body in bodies)])
    gap = EMPTY_GAP if plan.empty else GAP
    cards: list[CardLayout] = []
    slots: list[QRectF] = []
    x = 0.0
    for card, body in zip(plan.cards, bodies, strict=True):
        width = max(_WIDTHS[card.kind], body.width + 2 * PAD, _PROBLEM_WIDTH if card.problems else 0.0)
        rect = QRectF(x, 0, width, HEADER + FIELD + top + height + FOOT)
        if cards:
            slots.append(QRectF(x - gap / 2 - 16, 0, 32, rect.height()))
        cards.append(_place(card, body, rect, top, measure))
        x += width + gap
    return Layout(plan, tuple(cards), tuple(slots))


def _body(card: CardPlan) -> Body:
    count = len(card.shown)
    under = (_CAPTION if card.caption else 0.0) + (_PAGER if card.pages > 1 else 0.0)
    if card.picture == "picture":
        return Body(1, 112, 112, 112, 112 + under)
    if card.picture == "bars":
        return Body(1, 24, 24, 168, count * 24 + under)
    if card.picture == "circles":
        columns, cell, pitch = (1, 16.0, _pitch(count)) if card.column else (8, 10.0, 14.0)
    elif card.picture == "images" or (card.picture == "tiles" and not card.column):
        columns, cell, pitch = 4, TILE, 38.0
    elif card.kind == "input" and card.picture == "cells":
        return Body(1, 12, _pitch(count), 120, count * _pitch(count) + under)
    elif card.kind == "output" and count == 1:
        return Body(1, 56, 56, 56, 56 + under)
    elif card.column:
        columns, cell, pitch = 1, TILE if count <= 8 else _SMALL_TILE, _pitch(count)
    else:
        columns, cell, pitch = 8, 14.0, 18.0
    rows = -(-count // columns)
    return Body(columns, cell, pitch, columns * pitch - (pitch - cell), rows * pitch + under)


def _pitch(count: int) -> float:
    # The same for neurons and for the dropout circles behind them, so that the lines between are level.
    return 40.0 if count <= 8 else 30.0


def _problem_height(card: CardPlan, measure: Measure) -> float:
    if not card.problems:
        return 0.0
    text = measure(card.problems[0].sentence, _PROBLEM_WIDTH - 2 * PAD - 12)
    return text + 12 + (30 if card.problems[0].mend else 0) + 6


def _place(card: CardPlan, body: Body, rect: QRectF, top: float, measure: Measure) -> CardLayout:
    area = QRectF(rect.x(), HEADER + FIELD + top, rect.width(), rect.height() - HEADER - FIELD - top - FOOT)
    cells = tuple(_cells(card, body, area))
    last = max((cell.bottom() for cell in cells), default=area.bottom())
    caption = pager = QRectF()
    if card.caption:
        below = 5 if card.picture == "images" else 2  # a line under each image tells how strongly its neuron fires
        caption = QRectF(rect.x() + 2, last + below, rect.width() - 4, 18)
        last += _CAPTION
    if card.pages > 1:
        pager = QRectF(rect.x() + PAD, last + 6, rect.width() - 2 * PAD, 20)
    problem, mend = _problem_rects(card, rect, measure)
    left, right = _ends(card, cells)
    spots = tuple(_spots(card, rect, cells, pager, problem, mend))
    return CardLayout(card, rect, area, cells, left, right, caption, pager, problem, mend, spots)


def _cells(card: CardPlan, body: Body, area: QRectF) -> Iterator[QRectF]:
    count = len(card.shown)
    rows = -(-count // body.columns) if count else 0
    y = area.center().y() - body.height / 2
    if card.picture == "bars":
        for row in range(count):
            yield QRectF(area.x() + PAD, y + row * body.pitch, area.width() - 2 * PAD, body.cell)
        return
    across = (body.columns - 1) * body.pitch + body.cell
    x = area.center().x() - across / 2
    if card.kind == "input" and card.picture != "picture":
        x = area.right() - PAD - 4 - across  # names stand to the left of them
    elif card.kind == "output" and count > 1:
        x = area.x() + PAD + 4  # and here to the right
    for place in range(rows * body.columns):
        if place < count:
            row, column = divmod(place, body.columns)
            inset = (body.pitch - body.cell) / 2
            yield QRectF(x + column * body.pitch, y + row * body.pitch + inset, body.cell, body.cell)


def _ends(card: CardPlan, cells: tuple[QRectF, ...]) -> tuple[tuple[QPointF, ...], tuple[QPointF, ...]]:
    """Return where links of single neurons end at the left and begin at the right; none if they are not in a column."""
    if card.column and cells:
        before = 5 if card.picture == "bars" else 2  # there stands text
        return (
            tuple(QPointF(cell.left() - before, cell.center().y()) for cell in cells),
            tuple(QPointF(cell.right() + 2, cell.center().y()) for cell in cells),
        )
    return (), ()


def _problem_rects(card: CardPlan, rect: QRectF, measure: Measure) -> tuple[QRectF, QRectF]:
    if not card.problems:
        return QRectF(), QRectF()
    box = QRectF(rect.x() + PAD, HEADER + FIELD - 2, rect.width() - 2 * PAD, 0)
    text = measure(card.problems[0].sentence, _PROBLEM_WIDTH - 2 * PAD - 12)
    mend = QRectF()
    if card.problems[0].mend is not None:
        mend = QRectF(box.x() + 6, box.y() + text + 10, box.width() - 12, 24)
    box.setHeight(text + 12 + (30 if card.problems[0].mend else 0))
    return box, mend


def _spots(
    card: CardPlan, rect: QRectF, cells: tuple[QRectF, ...], pager: QRectF, problem: QRectF, mend: QRectF
) -> Iterator[Spot]:
    yield Spot("card", card.id, rect)
    header = QRectF(rect.x(), 0, rect.width(), HEADER)
    row = QRectF(rect.x() + PAD, HEADER, rect.width() - 2 * PAD, 28)
    if card.kind == "dense":
        stepper = stepper_rect(rect)
        yield Spot("name", card.id, QRectF(header.x(), 0, stepper.left() - header.x() - 4, HEADER))
        yield Spot("units", card.id, stepper)
        yield Spot("less", card.id, QRectF(stepper.x(), stepper.y(), 20, stepper.height()))
        yield Spot("more", card.id, QRectF(stepper.right() - 20, stepper.y(), 20, stepper.height()))
        yield Spot("activation", card.id, row)
    elif card.kind == "dropout":
        yield Spot("name", card.id, header)
        yield Spot("rate", card.id, row)
    elif card.kind == "output":
        yield Spot("name", card.id, header)
        if card.activation:
            yield Spot("activation", card.id, row)
    yield Spot("menu", card.id, menu_rect(rect))
    if card.problems:
        yield Spot("problem", card.id, problem)
        if not mend.isEmpty():
            yield Spot("mend", card.id, mend)
    for unit, cell in zip(card.shown, () if card.picture == "picture" else cells, strict=False):
        yield Spot("unit", card.id, cell, unit)
        if card.kind in ("dense", "output") and cell.width() >= _SMALL_TILE and card.picture != "bars":
            yield Spot("bias", card.id, bias_rect(cell).adjusted(-2, -2, 2, 2), unit)
    if not pager.isEmpty():
        yield Spot("back", card.id, QRectF(pager.x(), pager.y(), 28, pager.height()))
        yield Spot("on", card.id, QRectF(pager.right() - 28, pager.y(), 28, pager.height()))


def stepper_rect(rect: QRectF) -> QRectF:
    """Return where the units stepper of a dense card lies."""
    return QRectF(rect.right() - PAD - 76, rect.y() + 6, 66, 24)


def menu_rect(rect: QRectF) -> QRectF:
    """Return where the dots of a card's menu lie."""
    return QRectF(rect.right() - 18, rect.y() + 6, 16, 24)


def bias_rect(cell: QRectF) -> QRectF:
    """Return where the little square of a neuron's bias lies."""
    return QRectF(cell.left() - 6.5, cell.bottom() - 6, 6, 6)
