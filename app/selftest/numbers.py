"""Whether what is drawn is what the network computes, by PyTorch's own layers in float64."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.selftest.checks import check, wait
from app.selftest.trial import Trial
from app.shell.selection import Weight
from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.features import FEATURES
from core.experiment.architecture import Architecture
from core.training.events import Row

Floats = NDArray[np.float64]

_CLOSE = 1e-4  # the largest difference of what is drawn, computed in float32
# How a tile colours what a neuron puts out, as core/probes/plane.py says it.
_SHADES = {
    "tanh": lambda a: a,
    "sigmoid": lambda a: 2 * a - 1,
    "relu": lambda a: a / (1 + np.abs(a)),
}


def outputs_of(architecture: Architecture, row: Row, x: Floats) -> Mapping[str, Floats]:
    """Return what each dense layer puts out for inputs (n, inputs), by its id: (n, units)."""
    import torch

    found = {}
    values = torch.from_numpy(np.ascontiguousarray(x, np.float64))
    for layer, weight, bias in architecture.split(row):
        linear = torch.nn.Linear(layer.inputs, layer.units, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.astype(np.float64)))
            linear.bias.copy_(torch.from_numpy(bias.astype(np.float64)))
            values = OUTPUT_ACTIVATIONS[layer.activation].function(linear(values))
        found[layer.id] = values.numpy()
    return found


def gradient_of(architecture: Architecture, row: Row, x: Row, t: Row, weight: Weight) -> float:
    """Return ∂J/∂w of one weight by autograd, for a batch x (B, inputs), t (B, 1) and binary cross-entropy."""
    import torch

    parameters = torch.from_numpy(row.astype(np.float64)).requires_grad_()
    values, place = torch.from_numpy(x.astype(np.float64)), -1
    for layer in architecture.dense:
        matrix = parameters[layer.start : layer.bias_start].reshape(layer.units, layer.inputs)
        bias = parameters[layer.bias_start : layer.stop]
        values = OUTPUT_ACTIVATIONS[layer.activation].function(torch.nn.functional.linear(values, matrix, bias))
        if layer.id == weight.layer and weight.source is not None:
            place = layer.start + weight.unit * layer.inputs + weight.source
    loss = torch.nn.functional.binary_cross_entropy(values, torch.from_numpy(t.astype(np.float64)))
    (gradient,) = torch.autograd.grad(loss, parameters)
    return float(gradient[place])


def _grid(span: tuple[float, float], features: tuple[str, ...], count: int) -> Floats:
    """Return the features (count², features) at the centres of equal squares, the upper row first."""
    low, high = span
    along = low + (np.arange(count) + 0.5) * (high - low) / count
    x1, x2 = np.meshgrid(along, along[::-1])
    columns = [np.broadcast_to(FEATURES[tag].function(x1, x2), x1.shape).ravel() for tag in features]
    return np.stack(columns, axis=1)


def check_plane(trial: Trial, row: Row) -> None:
    """Check that the output view and all tiles show what the network computes with these weights."""
    scene = trial.program.session.scenes[0]
    span, features = scene.dataset.facts.span, scene.experiment.data.features
    boundary, canvas = trial.program.output.boundary, trial.program.canvas
    *hidden, output = scene.architecture.dense

    def agrees() -> bool:
        picture = boundary.picture
        if picture is None:
            return False
        expected = outputs_of(scene.architecture, row, _grid(span, features, len(picture.shade)))[output.id]
        return bool(np.abs(picture.outputs.reshape(expected.shape) - expected).max() < _CLOSE)

    wait(agrees, "The output view does not show what the network answers.")
    for layer in hidden:
        drawn = canvas.scene.live.tiles[layer.id]
        tiles = np.asarray(getattr(drawn, "values", drawn))
        side = tiles.shape[1]
        expected = outputs_of(scene.architecture, row, _grid(span, features, side))[layer.id].T
        shades = _SHADES[layer.activation](expected).reshape(-1, side, side)
        gap = float(np.abs(tiles - shades).max())
        check(gap < _CLOSE, f"The tiles of {layer.name} differ from what its neurons compute by {gap:.1e}.")
