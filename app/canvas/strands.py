"""Links as numbers: where each runs, which weight it shows, how strong it is drawn. No drawing here.

A gap between two cards holds a link per weight, or, where there would be too many, a few bundles, each of which shows
the mean of a block of weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from app.canvas.layout import CardLayout, Layout
from app.shell.selection import Neuron, Weight

MOST_LINKS = 600
LEVELS = 8  # of strength
_BUNDLES = 8  # at each side of a gap with too many links
_SAMPLES = 13  # points along a link, to find the one under the mouse

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32] | Floats
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Gap:
    """The links from one card to the next.

    source: the layer whose neurons they begin at, past Dropout. origin: the card they begin at. dense: the place of
    their weights among the dense layers, None for the lines into a Dropout card. rows, columns: by link, the neuron it
    ends at and begins at; of bundles, the first of their block.
    """

    layer: str
    source: str
    origin: str
    dense: int | None
    bundled: bool
    start: int
    rows: Ints
    columns: Ints

    @property
    def stop(self) -> int:
        return self.start + len(self.rows)

    def values(self, matrix: Matrix) -> Floats:
        """Return the number of each link: its weight, or the mean over a bundle's block."""
        if not self.bundled:
            return np.asarray(matrix[self.rows, self.columns], np.float64)
        rows, columns = np.unique(self.rows), np.unique(self.columns)
        sums = np.add.reduceat(np.add.reduceat(matrix, rows, axis=0), columns, axis=1).ravel()
        high, wide = self.sizes(matrix.shape)
        return np.asarray(sums / (high * wide), np.float64)

    def sizes(self, shape: tuple[int, ...]) -> tuple[Ints, Ints]:
        """Return the height and the width of the block of a (units, inputs) matrix that each bundle stands for."""
        rows, columns = np.unique(self.rows), np.unique(self.columns)
        high, wide = np.diff([*rows, shape[0]]), np.diff([*columns, shape[1]])
        return np.repeat(high, len(wide)), np.tile(wide, len(high))


@dataclass(frozen=True)
class Strands:
    """All links of a layout. curves: (links, 4, 2), the points of a cubic each; lines: (links, points, 2) along it."""

    gaps: tuple[Gap, ...]
    curves: Floats
    lines: Floats

    def gap_of(self, link: int) -> Gap:
        """Return the gap that a link lies in."""
        return next(gap for gap in self.gaps if gap.start <= link < gap.stop)

    def at(self, point: QPointF, reach: float) -> int | None:
        """Return the link nearest to a point, None if none is within reach."""
        if not len(self.lines):
            return None
        here = np.array([point.x(), point.y()])
        begin, step = self.lines[:, :-1], np.diff(self.lines, axis=1)
        along = ((here - begin) * step).sum(-1) / np.maximum((step * step).sum(-1), 1e-9)
        nearest = begin + step * along.clip(0, 1)[..., None]
        distance = np.hypot(*np.moveaxis(nearest - here, -1, 0)).min(axis=1)
        link = int(distance.argmin())
        return link if distance[link] <= reach else None

    def of_weight(self, weight: Weight) -> int | None:
        """Return the link of a weight; None if it has none of its own."""
        for gap in self.gaps:
            if gap.layer == weight.layer and gap.dense is not None and not gap.bundled:
                found = np.flatnonzero((gap.rows == weight.unit) & (gap.columns == weight.source))
                return gap.start + int(found[0]) if len(found) else None
        return None

    def of_neuron(self, neuron: Neuron) -> Ints:
        """Return the links that end or begin at a neuron."""
        found = [
            gap.start
            + np.flatnonzero(
                ((gap.rows == neuron.unit) & (gap.layer == neuron.layer))
                | ((gap.columns == neuron.unit) & (gap.source == neuron.layer))
            )
            for gap in self.gaps
            if not gap.bundled
        ]
        return np.concatenate(found) if found else np.zeros(0, np.intp)


def strands_of(layout: Layout) -> Strands:
    """Return the links of a layout; the gaps with most links are bundled until there are not too many."""
    pairs = list(zip(layout.cards[:-1], layout.cards[1:], strict=True))
    loose = {place for place, (left, right) in enumerate(pairs) if left.plan.column and right.plan.column}

    def count(place: int) -> int:
        left, right = pairs[place]
        return len(left.right) * (1 if right.plan.kind == "dropout" else len(right.left))

    while sum(count(place) for place in loose) > MOST_LINKS:
        loose.remove(max(loose, key=count))
    gaps: list[Gap] = []
    curves: list[Floats] = []
    source, start, dense = layout.cards[0].plan.id, 0, 0
    for place, (left, right) in enumerate(pairs):
        if not left.plan.units or not right.plan.units:
            dense += right.plan.kind != "dropout"
            continue
        is_dropout = right.plan.kind == "dropout"
        gap, curve = _gap(left, right, source, None if is_dropout else dense, place in loose, start)
        gaps.append(gap)
        curves.append(curve)
        start = gap.stop
        if not is_dropout:
            source = right.plan.id
            dense += 1
    points = np.concatenate(curves) if curves else np.zeros((0, 4, 2))
    return Strands(tuple(gaps), points, _along(points))


def _gap(
    left: CardLayout, right: CardLayout, source: str, dense: int | None, loose: bool, start: int
) -> tuple[Gap, Floats]:
    begins = np.array([point.toTuple() for point in (left.right if loose else _edge(left, right=True))])
    ends = np.array([point.toTuple() for point in (right.left if loose else _edge(right, right=False))])
    if dense is None:  # each circle follows one neuron
        count = min(len(begins), len(ends))
        rows = columns = np.arange(count)
    else:
        rows, columns = (grid.ravel() for grid in np.mgrid[: len(ends), : len(begins)])
    curves = np.empty((len(rows), 4, 2))
    curves[:, 0], curves[:, 3] = begins[columns], ends[rows]
    middle = (curves[:, 0, 0] + curves[:, 3, 0]) / 2
    curves[:, 1] = np.stack([middle, curves[:, 0, 1]], axis=1)
    curves[:, 2] = np.stack([middle, curves[:, 3, 1]], axis=1)
    if not loose:
        rows = _blocks(right.plan.units, len(ends))[rows]
        columns = _blocks(left.plan.units, len(begins))[columns]
    return Gap(right.plan.id, source, left.plan.id, dense, not loose, start, rows, columns), curves


def _edge(card: CardLayout, right: bool) -> tuple[QPointF, ...]:
    """Return the points at a card's edge where bundles meet."""
    count = min(_BUNDLES, max(card.plan.units or 1, 1))
    x = card.rect.right() if right else card.rect.left()
    step = card.body.height() * 0.8 / _BUNDLES
    middle = card.body.center().y()
    return tuple(QPointF(x, middle + (place - (count - 1) / 2) * step) for place in range(count))


def _blocks(units: int | None, count: int) -> Ints:
    """Return the first unit of each of ``count`` blocks of nearly the same size."""
    return np.linspace(0, units or count, count, endpoint=False).astype(np.intp)


def _along(curves: Floats) -> Floats:
    t = np.linspace(0, 1, _SAMPLES)[:, None]
    weights = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3], axis=1)[..., 0]
    return np.asarray(np.einsum("pk,lkc->lpc", weights, curves))


def levels(strands: Strands, values: Sequence[Matrix | None], relative: bool, largest: float = 0.0) -> Ints:
    """Return how strong each link is drawn: ±1 … ±LEVELS, or 0 where there is no number.

    values: the matrix of each dense layer. relative: to the largest number of all, ``largest`` among them (gradients,
    which may be tiny); otherwise |w| / (1 + |w|), so that a weight of 1 is half way whatever the others are. Bundles
    are always drawn relative to the largest of their gap, as means of many weights are small.
    """
    found = np.zeros(len(strands.curves), np.intp)
    parts: list[tuple[Gap, Floats]] = []
    for gap in strands.gaps:
        matrix = None if gap.dense is None or gap.dense >= len(values) else values[gap.dense]
        if matrix is not None:
            parts.append((gap, np.nan_to_num(gap.values(matrix))))
    most = max((float(np.abs(part).max()) for gap, part in parts if not gap.bundled), default=0.0)
    most = max(most, largest)
    for gap, part in parts:
        size = np.abs(part)
        if gap.bundled or relative:
            share = size / (max(float(size.max()) if gap.bundled else most, 1e-30) * 1.0001)
        else:
            share = size / (1 + size)
        level = 1 + (share * LEVELS).clip(0, LEVELS - 1).astype(np.intp)
        found[gap.start : gap.stop] = np.where(part < 0, -level, level)
    return found
