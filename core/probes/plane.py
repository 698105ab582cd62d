"""The network over the plane: what it answers everywhere, and what every neuron computes."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture, DenseLayer
from core.probes.contour import zero_line
from core.probes.forward import Forward, array, tensor
from core.probes.look import Look, centres, places
from core.probes.pictures import INPUT, AnswerPicture, Floats, NeuronPicture, PlanePicture, Tiles
from core.probes.scene import Probe, Scene, Slices
from core.training.events import Row

MOST_TILES = 64  # of a layer whose units are not asked for by number


def plane(
    resolution: int = 100,
    tile: int = 32,
    neuron: tuple[str, int] | None = None,
    units: Mapping[str, range] | None = None,
    points: Sequence[tuple[float, float]] = (),
) -> Probe[PlanePicture]:
    """Return the probe of the plane: outputs at resolution², tiles at tile² (0: no tiles).

    neuron: a layer's id (or INPUT) and a unit, to be drawn at full resolution. units: which units of a layer have
    tiles, by the layer's id; the first 64 where nothing is said. points: (x₁, x₂) to be answered exactly.
    """
    grids = _Grids(resolution, tile, points)

    def probe(scene: Scene, row: Row) -> Slices[PlanePicture]:
        forward = Forward(scene.architecture, row)
        grids.take(scene.dataset, forward.dtype)
        outputs, chosen = yield from _answers(forward, grids.wide, neuron)
        tiles = (yield from _tiles(forward, grids.small, units or {})) if tile else {}
        look = Look.of(scene.architecture, scene.dataset)
        answers = outputs.numpy()
        seen = None
        if neuron is not None and chosen is not None:
            seen = _neuron(neuron, chosen, look, grids, row)
            yield
        square = (resolution, resolution)
        shade, winner = look.surface(answers)
        return PlanePicture(
            span=grids.span,
            kind=look.kind,
            outputs=answers.reshape(*square, -1),
            shade=shade.reshape(square),
            low=look.low,
            high=look.high,
            winner=None if winner is None else winner.reshape(square),
            tiles={
                layer: Tiles(first, look.tiles(layer, values).reshape(-1, tile, tile))
                for layer, (first, values) in tiles.items()
            },
            neuron=seen,
            asked=forward.outputs(grids.points)[1].numpy() if len(points) else answers[:0],
        )

    return probe


def answer(points: Sequence[tuple[float, float]], start: Row) -> Probe[AnswerPicture]:
    """Return the probe of what the network says of points (x₁, x₂), with the row ``start`` and with the row now."""

    def probe(scene: Scene, row: Row) -> Slices[AnswerPicture]:
        raw = np.array(points, np.float64).reshape(-1, 2)
        found = []
        for weights in (start, row):
            forward = Forward(scene.architecture, weights)
            x = tensor(scene.dataset.preparation.apply(raw), forward.dtype)
            found.append(array(forward.outputs(x)[1]))
            yield
        return AnswerPicture(*found)

    return probe


class _Grids:
    """The inputs at all places that are looked at; they change only with the data."""

    def __init__(self, resolution: int, tile: int, points: Sequence[tuple[float, float]]) -> None:
        self.resolution = resolution
        self.tile = tile
        self.asked = np.array(points, np.float64).reshape(-1, 2)
        self.dataset: Dataset | None = None
        self.span = (0.0, 0.0)
        self.wide = self.small = self.points = torch.empty(0)

    def take(self, dataset: Dataset, dtype: torch.dtype) -> None:
        """Make the inputs of a data set, unless they are there."""
        if dataset is self.dataset and self.wide.dtype == dtype:
            return
        self.span = dataset.facts.span
        small = places(self.span, self.tile) if self.tile else self.asked[:0]
        raw = places(self.span, self.resolution), small, self.asked
        self.wide, self.small, self.points = (tensor(dataset.preparation.apply(part), dtype) for part in raw)
        self.dataset = dataset


def _answers(
    forward: Forward, x: Tensor, neuron: tuple[str, int] | None
) -> Slices[tuple[Tensor, tuple[Tensor, Tensor] | None]]:
    """Return the outputs (n, outputs), and z and a (n, units) of the layer of a neuron if there is such a one."""
    dense = _layer(forward.architecture, neuron)
    outputs, chosen = [], []
    for part in forward.slices(x):
        if dense is None:
            outputs.append(forward.outputs(part)[1])
        else:
            layers = list(forward.layers(part))
            outputs.append(layers[-1][1])
            z, a = layers[forward.architecture.dense.index(dense)]
            chosen.append((z, a) if dense is forward.architecture.dense[-1] else _column(z, a, neuron))
        yield
    if neuron is not None and neuron[0] == INPUT and neuron[1] < x.shape[1]:
        return torch.cat(outputs), _column(x, x, neuron)
    if dense is None:
        return torch.cat(outputs), None
    return torch.cat(outputs), (torch.cat([z for z, _ in chosen]), torch.cat([a for _, a in chosen]))


def _layer(architecture: Architecture, neuron: tuple[str, int] | None) -> DenseLayer | None:
    """Return the layer of a neuron; None if it is no neuron of this network."""
    if neuron is None:
        return None
    return next((dense for dense in architecture.dense if dense.id == neuron[0] and neuron[1] < dense.units), None)


def _column(z: Tensor, a: Tensor, neuron: tuple[str, int] | None) -> tuple[Tensor, Tensor]:
    assert neuron is not None
    unit = slice(neuron[1], neuron[1] + 1)
    return z[:, unit].contiguous(), a[:, unit].contiguous()


def _tiles(forward: Forward, x: Tensor, units: Mapping[str, range]) -> Slices[dict[str, tuple[int, Floats]]]:
    """Return for each layer the first unit shown and the outputs (units, tile²) of all that are."""
    names = [INPUT, *(dense.id for dense in forward.architecture.dense)]
    shown = [units.get(name, range(MOST_TILES)) for name in names]
    found: list[list[Tensor]] = [[] for _ in names]
    for part in forward.slices(x):
        outputs = [part, *(a for _, a in forward.layers(part))]
        for place, values in enumerate(outputs):
            found[place].append(values[:, shown[place].start : shown[place].stop])
        yield
    return {
        name: (wanted.start, torch.cat(parts).T.contiguous().numpy())
        for name, wanted, parts in zip(names, shown, found, strict=True)
    }


def _neuron(
    neuron: tuple[str, int], chosen: tuple[Tensor, Tensor], look: Look, grids: _Grids, row: Row
) -> NeuronPicture:
    name, unit = neuron
    layer = _layer(look.architecture, neuron)
    z, a = (values.numpy() for values in chosen)
    border = z[:, :1]
    if z.shape[1] > 1:  # the output layer of several classes: where this class ceases to be the best
        border = (z[:, unit] - np.delete(z, unit, axis=1).max(axis=1))[:, None]
        z, a = z[:, unit : unit + 1], a[:, unit : unit + 1]
    x = centres(grids.span, grids.resolution)
    square = (grids.resolution, grids.resolution)
    outputs = np.ascontiguousarray(a.T)
    low, high = look.ends(layer, outputs)
    weights = row[:0] if layer is None else row[layer.start + unit * layer.inputs :][: layer.inputs]
    return NeuronPicture(
        layer=name,
        unit=unit,
        z=z.reshape(square),
        a=a.reshape(square),
        shade=look.tiles(name, outputs).reshape(square),
        low=low,
        high=high,
        line=np.empty((0, 2, 2)) if layer is None else zero_line(border.reshape(square), x, x[::-1]),
        weights=weights.copy(),
        bias=0.0 if layer is None else float(row[layer.bias_start + unit]),
        activation="" if layer is None else layer.activation,
    )
