"""The health of gradients: how large they and the updates are in each layer, against the weights and over the depth."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from core.choices.optimizers import SGD
from core.experiment.architecture import Architecture
from core.probes.forward import array, matrix, slice_size, tensor
from core.probes.layer_pictures import HealthPicture, Mover
from core.probes.pictures import Floats
from core.probes.samples import FixedSamples, mean_gradient
from core.probes.scene import Probe, Scene, Slices
from core.training.backpropagation import Backpropagation
from core.training.batches import Samples
from core.training.events import Row
from core.training.member import row_settings
from core.training.rows import views
from core.training.step import RowSettings, Stepper


def health(movers: Sequence[Mover], most: int = 1024) -> Probe[HealthPicture]:
    """Return the probe of one row (P,) or of several (K, P), with what is known of how each moves.

    The gradient is that of the mean loss over ``most`` training samples, spread evenly, with dropout off. The update
    is that of a step that was done; or else of the optimizer's next step along this gradient, with penalty, clipping
    and weight decay; or else the learning rate times this gradient.
    """
    fixed = FixedSamples(most, "train")

    def probe(scene: Scene, row: Row) -> Slices[HealthPicture]:
        theta, architecture = matrix(row), scene.architecture
        assert len(theta) == len(movers), "one mover a row"
        samples = yield from fixed.of(scene, theta.dtype)
        index = torch.arange(len(samples)).expand(len(theta), -1)
        gradient = yield from mean_gradient(architecture, theta, samples, index)
        delta = yield from _deltas(architecture, theta, samples)
        update = _updates(architecture, theta, gradient, movers)
        yield
        return HealthPicture(
            layers=tuple(layer.id for layer in architecture.dense),
            gradient=_norms(architecture, gradient),
            update=_norms(architecture, update),
            weights=_norms(architecture, theta),
            delta=delta,
            sources=tuple(mover.source for mover in movers),
            samples=len(samples),
        )

    return probe


def _deltas(architecture: Architecture, theta: Tensor, samples: Samples) -> Slices[Floats]:
    """Return the root mean square of δ in each layer (K, L) in float64, dropout off."""
    rows, dense = len(theta), architecture.dense
    passes, network = Backpropagation(architecture), views(theta, architecture)
    off = [torch.ones(1, dtype=theta.dtype)] * len(architecture.dropouts)
    total = torch.zeros((rows, len(dense)), dtype=torch.float64)
    size = slice_size(architecture, 2 * rows)
    for start in range(0, len(samples), size):
        x, t = (values.expand(rows, *values.shape) for values in samples.between(start, start + size))
        z, tape = passes.forward(network, x, off)
        delta = passes.output_delta(z, t, 1.0)
        layer = len(dense)
        for activation, (_, sums, outputs) in zip(reversed(passes.plan), reversed(tape), strict=True):
            if activation is not None:
                layer -= 1
                delta = activation.backward(delta, sums, outputs)
                total[:, layer] += delta.double().square().sum((1, 2))
                if not layer:
                    break
                delta = torch.bmm(delta, network[layer].weight)
        yield
    counts = torch.tensor([layer.units * len(samples) for layer in dense])
    return array((total / counts).sqrt())


def _norms(architecture: Architecture, values: Tensor) -> Floats:
    """Return the norm of each layer's weights (K, L) in float64, of values (K, P)."""
    parts = [values[:, layer.start : layer.bias_start] for layer in architecture.dense]
    return array(torch.stack([torch.linalg.vector_norm(part, dim=1, dtype=torch.float64) for part in parts], 1))


def _updates(architecture: Architecture, theta: Tensor, gradient: Tensor, movers: Sequence[Mover]) -> Tensor:
    """Return by how much a step changes each row (K, P), in float64: float32 would round small changes away."""
    states = [_optimizer_state(mover) for mover in movers]
    moved = theta.to(torch.float64, copy=True)
    stepper = Stepper(architecture, moved, [_settings(mover) for mover in movers], states)
    stepper.gradient.copy_(gradient)
    stepper.update()
    found = moved - theta
    for place, mover in enumerate(movers):
        if mover.stepped is not None:
            before, after = (tensor(row, torch.float64) for row in (mover.stepped.before, mover.stepped.after))
            found[place] = after - before
    return found


def _settings(mover: Mover) -> RowSettings:
    if mover.source == "next step":
        return replace(row_settings(mover.training), learning_rate=mover.learning_rate)
    return RowSettings(SGD(), mover.learning_rate, 0.0, 0.0, None)


def _optimizer_state(mover: Mover) -> dict[str, Tensor]:
    """Return what the optimizer remembers: vectors (P,) in float64, and counts as they are."""
    if mover.source != "next step" or mover.state is None:
        return {}
    found = {
        name.removeprefix("optimizer."): tensor(values)
        for name, values in mover.state.arrays.items()
        if name.startswith("optimizer.")
    }
    return {name: value.double() if value.dim() else value for name, value in found.items()}
