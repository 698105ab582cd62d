"""Forward and backward for K networks at once, as the lecture derives them: the chain rule, layer by layer.

Shapes: x (K, B, inputs), targets (K, B, outputs), a dense layer's W (K, units, inputs) and b (K, 1, units).

    forward    z = x·Wᵀ + b      a = g(z)
    backward   δ = ∂J/∂z         ∂J/∂W = δᵀ·x     ∂J/∂b = Σ δ     ∂J/∂x = δ·W     δ before = ∂J/∂x · g′(z)

Dropout multiplies by its mask on both ways. No autograd: nothing here asks for a gradient.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.choices.activations import OUTPUT_ACTIVATIONS, Activation
from core.experiment.architecture import Architecture, DenseLayer
from core.training.rows import View

# What a forward pass leaves for the backward one: of a dense layer its x, z and a; of dropout None and its mask.
Tape = list[tuple[Tensor | None, Tensor, Tensor]]


class Backpropagation:
    """The two passes of one architecture, for any number of networks."""

    def __init__(self, architecture: Architecture) -> None:
        self.loss = architecture.loss
        self.head = OUTPUT_ACTIVATIONS[architecture.head.activation]
        # One entry per layer: the activation of a dense layer, None for dropout. The output's activation is applied
        # apart, since some losses are taken from its weighted sum.
        self.plan: tuple[Activation | None, ...] = tuple(
            (OUTPUT_ACTIVATIONS["linear"] if layer is architecture.layers[-1] else OUTPUT_ACTIVATIONS[layer.activation])
            if isinstance(layer, DenseLayer)
            else None
            for layer in architecture.layers
        )

    def logits(self, network: Sequence[View], x: Tensor) -> Tensor:
        """Return z of the output layer (K, B, outputs) with dropout off."""
        dense = iter(network)
        for activation in self.plan:
            if activation is not None:
                layer = next(dense)
                x = activation.function(torch.baddbmm(layer.bias, x, layer.transposed))
        return x

    def scored(self, z: Tensor) -> Tensor:
        """Return what the loss is taken from: z itself, or the output g(z)."""
        return z if self.loss.from_logits else self.head.function(z)

    def forward(self, network: Sequence[View], x: Tensor, masks: Sequence[Tensor]) -> tuple[Tensor, Tape]:
        """Return z of the output layer and the tape; masks: (K, B, units) per dropout layer, already scaled."""
        tape: Tape = []
        dense = iter(network)
        dropped = iter(masks)
        for activation in self.plan:
            if activation is None:
                mask = next(dropped)
                x = x * mask
                tape.append((None, mask, mask))
            else:
                layer = next(dense)
                z = torch.baddbmm(layer.bias, x, layer.transposed)
                a = activation.function(z)
                tape.append((x, z, a))
                x = a
        return x, tape

    def output_delta(self, z: Tensor, t: Tensor, scale: float) -> Tensor:
        """Return δ of the output layer: the derivative by z of ``scale`` times the sum of the samples' losses."""
        if self.loss.from_logits:
            return self.loss.gradient(z, t).mul_(scale)  # type: ignore[no-any-return]
        y = self.head.function(z)
        return self.head.backward(self.loss.gradient(y, t) * scale, z, y)  # type: ignore[no-any-return]

    def backward(self, network: Sequence[View], gradient: Sequence[View], tape: Tape, delta: Tensor) -> None:
        """Write ∂J/∂W and ∂J/∂b of every dense layer into the views of the gradient; delta: δ of the output layer."""
        layer = len(network)
        for place in range(len(tape) - 1, -1, -1):
            x, z, a = tape[place]
            if x is None:
                delta = delta * z  # the mask
                continue
            activation = self.plan[place]
            assert activation is not None
            delta = activation.backward(delta, z, a)
            layer -= 1
            torch.bmm(delta.transpose(1, 2), x, out=gradient[layer].weight)
            torch.sum(delta, 1, keepdim=True, out=gradient[layer].bias)
            if not layer:
                break  # before the first dense layer nothing learns: there may still be dropout of the inputs
            delta = torch.bmm(delta, network[layer].weight)
