"""Activations g: what a neuron makes of its weighted sum z.

The maths is written with tensor methods alone, so that reading a table costs no import of torch.
``function(z)`` returns g(z); ``backward(delta, z, a)`` returns delta · g′(z), where a = g(z). A kink takes the
derivative that PyTorch's autograd takes there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.choices.fields import table

Tensor = Any  # a torch.Tensor; torch is not imported here


@dataclass(frozen=True)
class Activation:
    """A row: the maths, the words, and the spelling in other tools."""

    tag: str
    title: str
    formula: str
    derivative: str
    sentence: str
    function: Callable[[Tensor], Tensor]
    backward: Callable[[Tensor, Tensor, Tensor], Tensor]
    torch: str
    keras: str
    onnx: str


def _sigmoid_backward(delta: Tensor, z: Tensor, a: Tensor) -> Tensor:
    scaled = delta * a
    return scaled.addcmul_(scaled, a, value=-1)  # delta·a − delta·a²


def _tanh_backward(delta: Tensor, z: Tensor, a: Tensor) -> Tensor:
    return delta.addcmul(delta * a, a, value=-1)  # delta·(1 − a²)


_SLOPE = 0.01  # of leaky ReLU, PyTorch's default
_SQRT_HALF = math.sqrt(0.5)
_DENSITY = 1 / math.sqrt(2 * math.pi)


def _gelu_backward(delta: Tensor, z: Tensor, a: Tensor) -> Tensor:
    cumulative = ((z * _SQRT_HALF).erf() + 1) * 0.5
    return delta * (cumulative + z * (z * z * -0.5).exp() * _DENSITY)


def _silu_backward(delta: Tensor, z: Tensor, a: Tensor) -> Tensor:
    s = z.sigmoid()
    return delta * s * (1 + z * (1 - s))


ACTIVATIONS = table(
    Activation(
        tag="linear",
        title="Linear",
        formula="g(z) = z",
        derivative="g′(z) = 1",
        sentence="Passes the weighted sum on unchanged; layers of it alone are still one linear map.",
        function=lambda z: z,
        backward=lambda delta, z, a: delta,
        torch="Identity",
        keras="linear",
        onnx="Identity",
    ),
    Activation(
        tag="sigmoid",
        title="Sigmoid",
        formula="σ(z) = 1 / (1 + e⁻ᶻ)",
        derivative="g′(z) = g(z)·(1 − g(z))",
        sentence="Squeezes any number into 0…1, so that it can be read as a probability; far from 0 it saturates.",
        function=lambda z: z.sigmoid(),
        backward=_sigmoid_backward,
        torch="Sigmoid",
        keras="sigmoid",
        onnx="Sigmoid",
    ),
    Activation(
        tag="tanh",
        title="Tanh",
        formula="g(z) = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)",
        derivative="g′(z) = 1 − g(z)²",
        sentence="Squeezes any number into −1…1, centred on 0; far from 0 it saturates.",
        function=lambda z: z.tanh(),
        backward=_tanh_backward,
        torch="Tanh",
        keras="tanh",
        onnx="Tanh",
    ),
    Activation(
        tag="relu",
        title="ReLU",
        formula="g(z) = max(0, z)",
        derivative="g′(z) = 1 if z > 0, else 0",
        sentence="Cuts off what is negative: fast, does not saturate above 0, but a neuron stuck below 0 is dead.",
        function=lambda z: z.relu(),
        backward=lambda delta, z, a: delta * (a > 0),
        torch="ReLU",
        keras="relu",
        onnx="Relu",
    ),
    Activation(
        tag="leaky_relu",
        title="Leaky ReLU",
        formula="g(z) = z if z > 0, else 0.01·z",
        derivative="g′(z) = 1 if z > 0, else 0.01",
        sentence="ReLU with a small slope below 0, so that no neuron dies.",
        function=lambda z: z.maximum(z * _SLOPE),
        backward=lambda delta, z, a: delta.where(a > 0, delta * _SLOPE),
        torch="LeakyReLU",
        keras="leaky_relu",
        onnx="LeakyRelu",
    ),
    Activation(
        tag="elu",
        title="ELU",
        formula="g(z) = z if z > 0, else eᶻ − 1",
        derivative="g′(z) = 1 if z > 0, else eᶻ",
        sentence="Like ReLU above 0, a smooth bend to −1 below it.",
        function=lambda z: z.clamp(min=0) + z.clamp(max=0).expm1(),
        backward=lambda delta, z, a: delta * z.clamp(max=0).exp(),  # not a + 1, which loses the digits of eᶻ
        torch="ELU",
        keras="elu",
        onnx="Elu",
    ),
    Activation(
        tag="gelu",
        title="GELU",
        formula="g(z) = z·Φ(z)",
        derivative="g′(z) = Φ(z) + z·φ(z)",
        sentence="A smooth ReLU, weighted by the normal distribution; transformers use it.",
        function=lambda z: z * ((z * _SQRT_HALF).erf() + 1) * 0.5,
        backward=_gelu_backward,
        torch="GELU",
        keras="gelu",
        onnx="Gelu",
    ),
    Activation(
        tag="silu",
        title="SiLU",
        formula="g(z) = z·σ(z)",
        derivative="g′(z) = σ(z)·(1 + z·(1 − σ(z)))",
        sentence="A smooth ReLU, also called swish, which dips a little below 0.",
        function=lambda z: z * z.sigmoid(),
        backward=_silu_backward,
        torch="SiLU",
        keras="silu",
        onnx="Swish",
    ),
    Activation(
        tag="softplus",
        title="Softplus",
        formula="g(z) = ln(1 + eᶻ)",
        derivative="g′(z) = σ(z)",
        sentence="ReLU with its corner rounded off; always above 0.",
        function=lambda z: z.clamp(min=0) + z.abs().neg().exp().log1p(),
        backward=lambda delta, z, a: delta * z.sigmoid(),
        torch="Softplus",
        keras="softplus",
        onnx="Softplus",
    ),
    Activation(
        tag="sine",
        title="Sine",
        formula="g(z) = sin z",
        derivative="g′(z) = cos z",
        sentence="A wave: good at patterns that repeat, easily lost in many small valleys.",
        function=lambda z: z.sin(),
        backward=lambda delta, z, a: delta * z.cos(),
        torch="",  # no nn module of this name: exported code writes torch.sin
        keras="",
        onnx="Sin",
    ),
)


def _softmax_backward(delta: Tensor, z: Tensor, a: Tensor) -> Tensor:
    scaled = delta * a
    return scaled - a * scaled.sum(-1, keepdim=True)


# Softmax looks at a whole layer, not at one neuron: it belongs to outputs alone and stands in no menu.
SOFTMAX = Activation(
    tag="softmax",
    title="Softmax",
    formula="ŷᵢ = eᶻⁱ / Σⱼ eᶻʲ",
    derivative="∂ŷᵢ/∂zⱼ = ŷᵢ·(δᵢⱼ − ŷⱼ)",
    sentence="Turns a score per class into probabilities that add up to 1.",
    function=lambda z: z.softmax(-1),
    backward=_softmax_backward,
    torch="Softmax",
    keras="softmax",
    onnx="Softmax",
)
OUTPUT_ACTIVATIONS = {row.tag: row for row in (*ACTIVATIONS.values(), SOFTMAX)}
