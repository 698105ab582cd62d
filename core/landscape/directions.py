"""From directions to a plane: random, principal components, chosen weights, a line, three runs.

This file imports no torch.
"""

from dataclasses import replace

import numpy as np

from core.choices.fields import Mistake
from core.experiment.architecture import Architecture
from core.landscape.components import Components, components
from core.landscape.coordinates import Frame, nearest
from core.landscape.scene import Slices
from core.landscape.values import (
    Ask,
    Directions,
    Floats,
    Kind,
    LineDirections,
    PathDirections,
    Place,
    Plane,
    RandomDirections,
    RunDirections,
    Weight,
    WeightDirections,
    like,
)
from core.training.events import Row, SetWeight

_MARGIN = 1.15  # times as far as the rows that are to be seen reach
_LEAST_WEIGHT = 1.0  # how far a chosen weight is varied at least
_MOVES = 1e-6  # of a row's size: nearer rows than this are the same, but for rounding


class Planes:
    """Makes planes for one choice of directions, and keeps what does not depend on the row that is looked at."""

    def __init__(self, directions: Directions) -> None:
        self.directions = directions
        self._components: Components | None = None

    def at(self, architecture: Architecture, row: Row) -> Slices[Plane]:
        """Return the plane through a row (P,), in slices; raises Mistake where the directions are not of this network.

        Where the path or the runs do not give two axes, filter-normalised random ones take their place.
        """
        directions = self.directions
        for other in _rows(directions):
            if other.shape != (architecture.parameters,):
                raise Mistake(f"landscape: expected rows of {architecture.parameters} weights, got {other.size}")
        if isinstance(directions, RandomDirections):
            yield
            return _random(directions, architecture, row)
        if isinstance(directions, WeightDirections):
            return _weights(directions, architecture, row)
        if isinstance(directions, PathDirections):
            if self._components is None:
                self._components = yield from components(directions.rows)
            return (yield from _path(directions, self._components, architecture, row))
        yield
        if isinstance(directions, LineDirections):
            return _line(directions, architecture, row)
        return (yield from _runs(directions, architecture, row))


def _rows(directions: Directions) -> tuple[Row, ...]:
    """Return the rows that directions are made of."""
    if isinstance(directions, PathDirections):
        return directions.rows
    if isinstance(directions, LineDirections):
        return directions.start, directions.end
    if isinstance(directions, RunDirections):
        return directions.first, directions.second, directions.third
    return ()


def shown(plane: Plane, ask: Ask) -> Slices[Plane]:
    """Return a plane with the middle and the reach that are asked for, in slices."""
    if ask.reach is not None:
        return replace(plane, reach=(ask.reach, ask.reach))
    if not ask.cover:
        return plane
    found = yield from nearest(plane, ask.cover)
    found = found[np.isfinite(found).all(axis=1)]
    if not len(found):
        return plane
    low, high = found.min(axis=0), found.max(axis=0)
    middle, half = (low + high) / 2, _MARGIN * (high - low) / 2
    return replace(plane, middle=_place(middle), reach=_reach(_place(half), plane.reach, square=ask.square))


def _place(pair: Floats) -> Place:
    return float(pair[0]), float(pair[1])


def _reach(half: Place, otherwise: Place, *, square: bool) -> Place:
    """Return half the width and height, where rows need that much; what they do not need at all is as otherwise."""
    if square:
        most = max(half)
        return (most, most) if most > 0 else otherwise
    x, y = (need if need > 1e-3 * max(half) else 0.0 for need in half)
    return x or y or otherwise[0], y or x or otherwise[1]


# -- random ------------------------------------------------------------------------------------------------------------


def filter_normalised(architecture: Architecture, direction: Floats, row: Row) -> Floats:
    """Return a direction (P,) with the length of the row's weights in each neuron, and 0 for the biases.

    d ← d·‖w‖ / ‖d‖ for each row of each weight matrix (Li et al. 2018). A neuron without weights does not move.
    """
    found = np.zeros(len(direction))
    for layer in architecture.dense:
        part = slice(layer.start, layer.bias_start)
        shape = (layer.units, layer.inputs)
        weights, drawn = row[part].reshape(shape).astype(np.float64), direction[part].reshape(shape)
        own = np.linalg.norm(drawn, axis=1, keepdims=True)
        sizes = np.linalg.norm(weights, axis=1, keepdims=True) / np.where(own > 0, own, 1)
        found[part] = (drawn * sizes).ravel()
    return found


def _orthogonal(architecture: Architecture, direction: Floats, other: Floats) -> Floats:
    """Return a direction without what it has in common with another, neuron by neuron.

    Of a neuron with one input nothing would be left: its part stays as it is.
    """
    found = direction.copy()
    for layer in architecture.dense:
        if layer.inputs == 1:
            continue
        part = slice(layer.start, layer.bias_start)
        shape = (layer.units, layer.inputs)
        mine, its = direction[part].reshape(shape), other[part].reshape(shape)
        square = np.square(its).sum(axis=1, keepdims=True)
        share = (mine * its).sum(axis=1, keepdims=True) / np.where(square > 0, square, 1)
        found[part] = (mine - share * its).ravel()
    return found


def _drawn(architecture: Architecture, row: Row, seed: int, *, orthogonal: bool = False) -> tuple[Floats, Floats]:
    draws = np.random.default_rng(seed).standard_normal((2, architecture.parameters))
    first, second = draws[0], draws[1]
    if orthogonal:
        second = _orthogonal(architecture, second, first)
    return filter_normalised(architecture, first, row), filter_normalised(architecture, second, row)


def _random(directions: RandomDirections, architecture: Architecture, row: Row) -> Plane:
    first, second = _drawn(architecture, row, directions.seed, orthogonal=directions.orthogonal)
    axes = [first, second][: directions.dimensions]
    return _plane("random", row, row, axes, reach=(1.0, 1.0), seed=directions.seed)


def _filled(axes: list[Floats], wanted: int, length: float | None, architecture: Architecture, row: Row) -> int:
    """Fill up missing axes with random ones, orthogonal to those that there are; return how many.

    length: what they should have, None for the length that comes of the filter normalisation.
    """
    missing = wanted - len(axes)
    for drawn in _drawn(architecture, row, 0)[:missing]:
        axis = drawn
        for other in axes:
            square = _inner(other, other)
            axis = axis - (_inner(axis, other) / square if square > 0 else 0.0) * other
        size = _norm(axis)
        axes.append(axis * (length / size) if length is not None and size > 0 else axis)
    return missing


# -- the others --------------------------------------------------------------------------------------------------------


def _path(directions: PathDirections, found: Components, architecture: Architecture, row: Row) -> Slices[Plane]:
    axes = list(found.axes)
    filled = _filled(axes, 2, 1.0 if axes else None, architecture, row)
    explained = (*found.explained, 0.0, 0.0)
    through = directions.through == "mean" and filled < 2
    plane = _plane("pca", like(found.mean, row) if through else row, row, axes, reach=(1.0, 1.0))
    plane = replace(plane, explained=(explained[0], explained[1]), filled=filled)
    if filled == 2:
        return plane
    if through:
        home = Frame(plane).place(row)[0]
        plane = replace(plane, home=home, middle=home)
    path = yield from nearest(plane, directions.rows)
    away = np.nanmax(np.abs(path - plane.middle), axis=0) * _MARGIN
    return replace(plane, reach=_reach(_place(away), (1.0, 1.0), square=True))


def _weights(directions: WeightDirections, architecture: Architecture, row: Row) -> Plane:
    chosen = [weight for weight in (directions.first, directions.second) if weight is not None]
    places = [_index(weight, architecture) for weight in chosen]
    if len(set(places)) < len(places):
        raise Mistake(f"{chosen[0].path}: expected two weights that differ, got the same one twice")
    # The coordinates are the weights' own values, so the plane's row has 0 in their place.
    origin, values, axes = row.copy(), row[places].astype(np.float64), []
    origin[places] = 0
    for place in places:
        axis = np.zeros(len(row))
        axis[place] = 1
        axes.append(axis)
    finite = np.abs(values[np.isfinite(values)])
    reach = max(_LEAST_WEIGHT, 1.5 * float(finite.max(initial=0.0)))
    plane = _plane("weights", origin, row, axes, reach=(reach, reach))
    home = (float(values[0]), float(values[1]) if len(values) > 1 else 0.0)
    return replace(plane, weights=tuple(chosen), home=home, middle=home)


def _index(weight: Weight, architecture: Architecture) -> int:
    return SetWeight(weight.layer, weight.unit, weight.source, 0.0).place(architecture)


def _line(directions: LineDirections, architecture: Architecture, row: Row) -> Plane:
    way = directions.end.astype(np.float64) - directions.start
    axes = [way] if _moves(way, directions.start) else []
    filled = _filled(axes, 1, None, architecture, directions.start)
    plane = _plane("line", directions.start, row, axes, reach=(1.0, 1.0))
    home = Frame(plane).place(row)[0]
    # Half as long again on both sides.
    return replace(plane, filled=filled, home=home, middle=(0.0 if filled else 0.5, 0.0))


def _runs(directions: RunDirections, architecture: Architecture, row: Row) -> Slices[Plane]:
    origin = directions.first
    axes: list[Floats] = []
    for other in (directions.second, directions.third):
        way = other.astype(np.float64) - origin
        if axes:
            way = way - _inner(way, axes[0]) / _inner(axes[0], axes[0]) * axes[0]
        if _moves(way, origin):
            # The second axis is as long as the first, so that shapes are true.
            axes.append(way if not axes else way * (_norm(axes[0]) / _norm(way)))
    length = _norm(axes[0]) if axes else None
    filled = _filled(axes, 2, length, architecture, origin)
    plane = replace(_plane("runs", origin, row, axes, reach=(1.0, 1.0)), filled=filled)
    plane = replace(plane, home=Frame(plane).place(row)[0])
    return (yield from shown(plane, Ask(cover=(directions.first, directions.second, directions.third))))


def _inner(one: Floats, other: Floats) -> float:
    return float(np.einsum("p,p", one, other))  # without the threads of a BLAS library


def _norm(vector: Floats) -> float:
    return float(np.sqrt(_inner(vector, vector)))


def _moves(way: Floats, row: Row) -> bool:
    """Tell whether a way from a row is more than rounding."""
    size = _norm(way)
    return bool(np.isfinite(size)) and size > _MOVES * _norm(row.astype(np.float64))


def _plane(kind: Kind, origin: Row, row: Row, axes: list[Floats], *, reach: Place, seed: int = 0) -> Plane:
    """Return the plane of these axes, in the row's kind of numbers."""
    norms = [_norm(axis) for axis in axes]
    return Plane(
        kind=kind,
        row=like(origin, row),
        d1=like(axes[0], row),
        d2=like(axes[1], row) if len(axes) > 1 else None,
        home=(0.0, 0.0),
        middle=(0.0, 0.0),
        reach=reach,
        norms=(norms[0], norms[1] if len(norms) > 1 else 0.0),
        seed=seed,
    )
