"""A step forward and back in numbers: z and a of each layer, δ, the gradients, and the chain rule of one weight.

The chain of a weight is a product only within one sample: the gradient of a batch is the mean of its samples' products,
which no product of means equals. So a chain holds its factors sample by sample; a screen shows those of one sample, and
their mean over the batch as the gradient.

Within a sample, the lecture's chain ∂J/∂w = ∂J/∂ŷ · ∂ŷ/∂z · … · ∂z/∂w has one factor a layer only where there is a
single path from the weight to the loss. Where there are several, their sum is the chain rule, and a product cannot tell
it apart. So a chain is written from the weight upwards as far as the path stays single, g′(z) and the next weight a
layer, and what lies behind, over all paths, is one factor: ∂J/∂a of the last neuron of the single path, or ∂J/∂z of a
softmax, whose every output depends on every z. That product is the gradient for any depth and any width.

It is the gradient of the loss. The penalty adds a term of its own to each weight, which no sample has a share in; it is
told apart, with the λ that the step was taken with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch import Tensor

from core.choices.activations import Activation
from core.datasets.samples import Part
from core.experiment.architecture import Architecture, DenseLayer
from core.experiment.training import Training
from core.probes.forward import array, matrix, tensor
from core.probes.pictures import NO_STEP, Chain, DenseFlow, DropoutFlow, Factor, FlowPicture, Role, SlopePicture
from core.probes.samples import FixedSamples, mean_gradient
from core.probes.scene import Probe, Scene, Slices
from core.training.backpropagation import Backpropagation
from core.training.batches import targets
from core.training.events import Row, Stepped
from core.training.rows import View, views

_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_MOST_SAMPLES = 1024  # of a batch that training has not done
_STEEPEST = 700.0  # beyond it e^z is no float64


def flow(stepped: Stepped, weight: tuple[str, int, int | None] | None = None) -> Probe[FlowPicture]:
    """Return the probe of a step that was followed; the row it is given does not matter, the step has its own.

    weight: the layer's id, unit and source (None: the bias) of the weight whose chain is wanted.
    """

    def probe(scene: Scene, row: Row) -> Slices[FlowPicture]:  # noqa: ARG001 (what every probe is given)
        passes = Backpropagation(scene.architecture)
        step = _Step(scene.architecture, passes, stepped, tensor(stepped.before).dtype)
        yield
        step.back(1 / len(stepped.x))
        yield
        layers = tuple(step.flows())
        yield
        found = None if weight is None else chain(scene.architecture, stepped, *weight)
        losses = passes.loss.terms(passes.scored(step.z), step.t)[0]
        return FlowPicture(
            step=stepped.step,
            x=stepped.x,
            t=stepped.t,
            outputs=array(passes.head.function(step.z)[0]),
            losses=array(losses),
            layers=layers,
            chain=found,
        )

    return probe


def trial(weight: tuple[str, int, int | None], training: Training) -> Probe[FlowPicture]:
    """Return the probe of a step that training has not done, with a weight's chain.

    A batch of the first training samples, at most 1,024, with dropout off; training: its batch size, rate and penalty.
    """

    def probe(scene: Scene, row: Row) -> Slices[FlowPicture]:
        train = scene.dataset.train
        count = min(len(train) if training.batch_size == "all" else training.batch_size, _MOST_SAMPLES)
        some = Part(train.raw[:count], train.labels[:count])
        x = scene.dataset.preparation.apply(some.raw)
        t = array(targets(some, scene.architecture, tensor(x).dtype))
        masks = tuple(np.ones((len(x), layer.units), np.float32) for layer in scene.architecture.dropouts)
        penalty, rate = training.penalty, training.optimizer.learning_rate
        step = Stepped(0, 0, NO_STEP, rate, row, row, x, t, masks, penalty.l1, penalty.l2)
        return (yield from flow(step, weight)(scene, row))

    return probe


def chain(architecture: Architecture, stepped: Stepped, layer: str, unit: int, source: int | None) -> Chain | None:
    """Return the chain of a weight, in float64; None if the network has no such weight."""
    dense = architecture.dense
    at = next((place for place, found in enumerate(dense) if found.id == layer), None)
    if at is None or unit >= dense[at].units or (source is not None and source >= dense[at].inputs):
        return None
    passes = Backpropagation(architecture)
    step = _Step(architecture, passes, stepped, torch.float64)
    step.back(1.0)
    factors = _Climb(architecture, passes, step).factors(at, unit, source)
    name = _Names(len(dense))
    symbol = f"∂J/∂{'w' if source is not None else 'b'}{name.number(at)}"
    view = step.dense[at].view
    value = float(view.bias[0, 0, unit] if source is None else view.weight[0, unit, source])
    l1, l2 = (0.0, 0.0) if source is None else (stepped.l1, stepped.l2)
    return Chain(layer, unit, source, symbol, tuple(factors), value, l1, l2)


def slope(most: int = 1024) -> Probe[SlopePicture]:
    """Return the probe of ∂J/∂w for every weight and bias, dropout off, over some training samples evenly spread."""
    fixed = FixedSamples(most, "train")

    def probe(scene: Scene, row: Row) -> Slices[SlopePicture]:
        theta = matrix(row)
        samples = yield from fixed.of(scene, theta.dtype)
        gradient = yield from mean_gradient(scene.architecture, theta, samples, torch.arange(len(samples))[None])
        return SlopePicture(array(gradient[0]), len(samples))

    return probe


@dataclass
class _Dense:
    """A dense layer in a step, tensors (1, B, units)."""

    layer: DenseLayer
    view: View
    activation: Activation | None  # None of the output layer, whose own is the head
    x: Tensor
    z: Tensor
    a: Tensor
    delta: Tensor
    mask: Tensor | None = None  # of the dropout layers right after it, all in one


class _Step:
    """A batch on its way forward, and back."""

    def __init__(
        self, architecture: Architecture, passes: Backpropagation, stepped: Stepped, dtype: torch.dtype
    ) -> None:
        self.architecture = architecture
        self.passes = passes
        self.l1, self.l2 = stepped.l1, stepped.l2
        network = views(tensor(stepped.before, dtype).unsqueeze(0), architecture)
        self.t = tensor(stepped.t, dtype).unsqueeze(0)
        self.masks = [tensor(mask, dtype).unsqueeze(0) for mask in stepped.masks]
        x = tensor(stepped.x, dtype).unsqueeze(0)
        self.z, self.tape = passes.forward(network, x, self.masks)
        self.dense: list[_Dense] = []
        self.dropped: list[Tensor] = []  # what each dropout layer leaves
        last = x
        for activation, (inputs, z, a) in zip(passes.plan, self.tape, strict=True):
            if inputs is None:
                last = last * z
                self.dropped.append(last)
                if self.dense:
                    before = self.dense[-1].mask
                    self.dense[-1].mask = z if before is None else before * z
                continue
            place = len(self.dense)
            layer = architecture.dense[place]
            output = layer is architecture.dense[-1]
            self.dense.append(_Dense(layer, network[place], None if output else activation, inputs, z, a, z))
            last = a
        self.dense[-1].a = passes.head.function(self.z)

    def back(self, scale: float) -> None:
        """Find δ of every layer, of ``scale`` times the sum of the samples' losses."""
        delta = self.passes.output_delta(self.z, self.t, scale)
        for place in range(len(self.dense) - 1, -1, -1):
            dense = self.dense[place]
            if dense.activation is not None:
                delta = dense.activation.backward(delta, dense.z, dense.a)
            dense.delta = delta
            if place:
                before = self.dense[place - 1]
                delta = torch.bmm(delta, dense.view.weight)
                if before.mask is not None:
                    delta = delta * before.mask

    def flows(self) -> Sequence[DenseFlow | DropoutFlow]:
        """Return all layers in order."""
        dense, dropouts = iter(self.dense), iter(zip(self.masks, self.dropped, strict=True))
        found: list[DenseFlow | DropoutFlow] = []
        for layer in self.architecture.layers:
            if isinstance(layer, DenseLayer):
                one = next(dense)
                weight = one.delta[0].T @ one.x[0]
                w = one.view.weight[0]
                penalty = self.l1 * w.sign() + 2 * self.l2 * w
                parts = (one.x[0], one.z[0], one.a[0], one.delta[0], weight, one.delta[0].sum(0), penalty)
                found.append(DenseFlow(layer.id, *(array(part) for part in parts)))
            else:
                mask, left = next(dropouts)
                found.append(DropoutFlow(layer.id, array(mask[0]), array(left[0])))
        return found


class _Names:
    """Symbols of a network's layers: numbered if there is more than one."""

    def __init__(self, layers: int) -> None:
        self.layers = layers

    def number(self, place: int) -> str:
        return "" if self.layers == 1 else str(place + 1).translate(_DIGITS)

    def z(self, place: int) -> str:
        return f"z{self.number(place)}"

    def a(self, place: int) -> str:
        return "ŷ" if place == self.layers - 1 else f"a{self.number(place)}"

    def d(self, place: int) -> str:
        """What dropout leaves of a layer."""
        return f"d{self.number(place)}"


class _Climb:
    """Writes the chain of a weight: from the loss down to it."""

    def __init__(self, architecture: Architecture, passes: Backpropagation, step: _Step) -> None:
        self.architecture = architecture
        self.passes = passes
        self.step = step
        self.names = _Names(len(step.dense))

    def factors(self, at: int, unit: int, source: int | None) -> list[Factor]:
        """Return the factors of the weight to ``unit`` of layer ``at``, that of the loss first."""
        dense, names = self.step.dense, self.names
        top = at
        while top + 1 < len(dense) and dense[top + 1].layer.units == 1:
            top += 1
        found = self._behind(top, unit if top == at else 0)
        for place in range(top, at, -1):
            below = unit if place - 1 == at else 0
            weight = dense[place].view.weight[0, 0, below].expand(len(self.step.t[0]))
            left = names.a(place - 1) if dense[place - 1].mask is None else names.d(place - 1)
            found.append(self._factor("weight", f"∂{names.z(place)}/∂{left}", place, weight))
            found += self._through(place - 1, below)
        letter = "b" if source is None else "w"
        values = torch.ones(len(self.step.t[0])) if source is None else dense[at].x[0, :, source]
        found.append(self._factor("input", f"∂{names.z(at)}/∂{letter}{names.number(at)}", at, values))
        return found

    def _behind(self, top: int, unit: int) -> list[Factor]:
        """Return ∂J/∂z of a neuron: as a chain if it is an output of its own, else as a sum and what follows it."""
        dense, names = self.step.dense, self.names
        if top < len(dense) - 1:
            above = dense[top + 1]
            values = above.delta[0] @ above.view.weight[0, :, unit]
            left = names.a(top) if dense[top].mask is None else names.d(top)
            paths = prod(layer.layer.units for layer in dense[top + 1 :])
            return [self._factor("paths", f"∂J/∂{left}", top, values, paths), *self._through(top, unit)]
        output = dense[-1]
        if self.passes.head.tag == "softmax":
            values = output.delta[0, :, unit]
            return [self._factor("paths", f"∂J/∂{names.z(top)}", top, values, output.layer.units)]
        z, a = output.z, output.a
        if self.passes.loss.from_logits:
            # A sigmoid: as steep on both sides of 0, and on the lower one its slope keeps all its digits.
            z = -z.abs().clamp(max=_STEEPEST)
            a = self.passes.head.function(z)
        slope = self.passes.head.backward(torch.ones_like(z), z, a)[0, :, unit]
        # Where the loss is taken from z, ∂J/∂ŷ is what ∂J/∂z leaves when ∂ŷ/∂z is taken out.
        by_y = output.delta[0, :, unit] / slope
        if not self.passes.loss.from_logits:
            by_y = self.passes.loss.gradient(output.a, self.step.t)[0, :, unit]
        return [
            self._factor("loss", "∂J/∂ŷ", top, by_y),
            self._factor("activation", f"∂ŷ/∂{names.z(top)}", top, slope),
        ]

    def _through(self, place: int, unit: int) -> list[Factor]:
        """Return the factors of a hidden neuron on the way down: its dropout, if it has one, and g′(z)."""
        dense, names = self.step.dense[place], self.names
        assert dense.activation is not None
        found = []
        if dense.mask is not None:
            symbol = f"∂{names.d(place)}/∂{names.a(place)}"
            found.append(self._factor("mask", symbol, place, dense.mask[0, :, unit]))
        slope = dense.activation.backward(torch.ones_like(dense.z), dense.z, dense.a)[0, :, unit]
        found.append(self._factor("activation", f"∂{names.a(place)}/∂{names.z(place)}", place, slope))
        return found

    def _factor(self, role: Role, symbol: str, place: int, values: Tensor, paths: int = 1) -> Factor:
        copied = values.to(torch.float64).contiguous().numpy().copy()
        copied.flags.writeable = False
        return Factor(role, symbol, self.step.dense[place].layer.id, copied, paths)
