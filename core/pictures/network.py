"""A network as a drawing: a column of units and a card per layer, links between them. SVG written here, no matplotlib.

Of a wide layer some units are drawn and dots stand for the rest. Links have the sign and the size of their weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.datasets import Facts
from core.choices.features import FEATURES
from core.datasets.samples import Array
from core.experiment.architecture import Architecture, DenseLayer, DropoutLayer
from core.pictures.look import BORDER, NEGATIVE, PANEL, POSITIVE, TEXT, TEXT_2

_FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
_ROW = 6  # columns beside each other; more go on below
_WIDE = 662 / _ROW  # pixels of a column: six are as wide as a page
_UNITS = 8  # that are drawn of a layer at the most
_STEP, _RADIUS = 17, 5.5
_CARD = 72  # pixels high
_GAP = 10
_LETTERS = 19  # that a card is wide
_DOTS = -1  # in place of a unit: those that are not drawn


@dataclass(frozen=True)
class _Column:
    """A layer as it is drawn. lines: of its card. layer: None for the inputs. units: their numbers."""

    title: str
    lines: tuple[str, ...]
    layer: DenseLayer | DropoutLayer | None
    units: tuple[int, ...]


def svg(architecture: Architecture, facts: Facts, features: Sequence[str], row: Array | None = None) -> str:
    """Return the drawing of a network. features: tags, of points of the plane; row: (P,), the weights of the links."""
    columns = [_inputs(architecture.inputs, facts, features), *map(_column, architecture.layers)]
    weights = {} if row is None else {layer.id: weight for layer, weight, _ in architecture.split(row)}
    most = max(len(column.units) for column in columns)
    high = most * _STEP + _GAP + _CARD + 2 * _GAP
    rows = [columns[start : start + _ROW] for start in range(0, len(columns), _ROW)]
    wide = max(map(len, rows)) * _WIDE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high * len(rows):.0f}" '
        f'width="{wide:.0f}" height="{high * len(rows):.0f}" font-family="{_FONT}">'
    ]
    for place, some in enumerate(rows):
        top = place * high + _GAP
        for at in range(1, len(some)):
            parts += _links(some[at - 1], some[at], at, top, most, weights)
        if place + 1 < len(rows):
            parts.append(_text(len(some) * _WIDE - 4, top + most * _STEP / 2 + 4, "→", TEXT_2, 13, "end"))
        for at, column in enumerate(some):
            parts += _units(column, at, top, most)
            parts += _card(column, at, top + most * _STEP + _GAP)
    return "\n".join([*parts, "</svg>"])


def _inputs(count: int, facts: Facts, features: Sequence[str]) -> _Column:
    """Return the column of the inputs."""
    if facts.image:
        what = " × ".join(map(str, facts.shape)) + " pixels"
    else:
        names = [FEATURES[tag].title for tag in features] if facts.plane else facts.columns
        what = ", ".join(names)
    return _Column("Input", (_counted(count, "input"), what), None, _drawn(count))


def _column(layer: DenseLayer | DropoutLayer) -> _Column:
    if isinstance(layer, DropoutLayer):
        return _Column(layer.name, (f"rate {layer.rate:g}", "while training"), layer, _drawn(layer.units))
    parameters = layer.units * (layer.inputs + 1)
    lines = (
        _counted(layer.units, "unit"),
        OUTPUT_ACTIVATIONS[layer.activation].title,
        f"{parameters:,} parameters",
    )
    return _Column(layer.name, lines, layer, _drawn(layer.units))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _drawn(units: int) -> tuple[int, ...]:
    """Return which units are drawn: all, or the first ones, dots and the last."""
    return tuple(range(units)) if units <= _UNITS else (*range(_UNITS - 2), _DOTS, units - 1)


def _x(at: int) -> float:
    return (at + 0.5) * _WIDE


def _y(column: _Column, place: int, top: float, most: int) -> float:
    return top + (most - len(column.units)) * _STEP / 2 + (place + 0.5) * _STEP


def _links(
    before: _Column, column: _Column, at: int, top: float, most: int, weights: dict[str, Array]
) -> Iterator[str]:
    """Yield the links into a column: of each unit to its own in a dropout layer, else of all to all."""
    known = weights.get(column.layer.id) if isinstance(column.layer, DenseLayer) else None
    largest = float(np.abs(known).max()) if known is not None and np.isfinite(known).all() else 0.0
    for place, unit in enumerate(column.units):
        for other, source in enumerate(before.units):
            if _DOTS in (unit, source) or (isinstance(column.layer, DropoutLayer) and unit != source):
                continue
            colour, width, opacity = TEXT_2, 0.8, 0.45
            if known is not None and largest > 0:
                share = float(known[unit, source]) / largest
                colour = POSITIVE if share > 0 else NEGATIVE
                width, opacity = 0.4 + 2 * abs(share), 0.16 + 0.74 * abs(share)
            yield (
                f'<line x1="{_x(at - 1) + _RADIUS:.1f}" y1="{_y(before, other, top, most):.1f}" '
                f'x2="{_x(at) - _RADIUS:.1f}" y2="{_y(column, place, top, most):.1f}" stroke="{colour}" '
                f'stroke-width="{width:.2f}" stroke-opacity="{opacity:.2f}"/>'
            )


def _units(column: _Column, at: int, top: float, most: int) -> Iterator[str]:
    dashed = ' stroke-dasharray="2.5 2"' if isinstance(column.layer, DropoutLayer) else ""
    for place, unit in enumerate(column.units):
        y = _y(column, place, top, most)
        if unit == _DOTS:
            yield from (f'<circle cx="{_x(at):.1f}" cy="{y + d:.1f}" r="1.1" fill="{TEXT_2}"/>' for d in (-4, 0, 4))
        else:
            yield (
                f'<circle cx="{_x(at):.1f}" cy="{y:.1f}" r="{_RADIUS}" fill="{PANEL}" stroke="{TEXT}" '
                f'stroke-width="1.2"{dashed}/>'
            )


def _card(column: _Column, at: int, top: float) -> Iterator[str]:
    yield (
        f'<rect x="{_x(at) - _WIDE / 2 + 4:.1f}" y="{top:.1f}" width="{_WIDE - 8:.1f}" height="{_CARD}" rx="6" '
        f'fill="{PANEL}" stroke="{BORDER}"/>'
    )
    yield _text(_x(at), top + 17, _cut(column.title), TEXT, 11, weight="bold")
    for place, line in enumerate(column.lines):
        yield _text(_x(at), top + 33 + 14 * place, _cut(line), TEXT if place == 0 else TEXT_2, 10)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _text(x: float, y: float, text: str, colour: str, size: int, anchor: str = "middle", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{colour}">{escape(text)}</text>'
    )
