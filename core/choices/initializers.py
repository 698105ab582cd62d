"""Initializers: the start weights.

``draw(W, b, settings, generator)`` fills a (units, inputs) matrix and its biases.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import model_validator

from core.choices.fields import Real, Tagged, setting, table

Tensor = Any  # a torch.Tensor; torch is not imported here
WEIGHT = Real(-1e6, 1e6)  # limits of a weight or bias that is written down by hand
Number = Annotated[float, WEIGHT]


class PyTorchDefault(Tagged):
    kind: Literal["default"] = "default"


class Xavier(Tagged):
    kind: Literal["xavier"] = "xavier"


class He(Tagged):
    kind: Literal["he"] = "he"


class Normal(Tagged):
    kind: Literal["normal"] = "normal"
    std: Annotated[float, Real(0, 100)] = setting(0.1, "σ", "The spread of the start weights.", "w ~ N(0, σ²)")


class Zeros(Tagged):
    kind: Literal["zeros"] = "zeros"


class Given(Tagged):
    """Weights (units rows of one number per input) and biases (one per unit), written down by hand."""

    kind: Literal["given"] = "given"
    weights: tuple[tuple[Number, ...], ...] = setting(((0.0,),), "Weights", "One row per unit.", "W")
    biases: tuple[Number, ...] = setting((0.0,), "Biases", "One per unit: the lecture's w₀.", "w₀")

    @model_validator(mode="after")
    def _rectangular(self) -> "Given":
        if len({len(row) for row in self.weights}) != 1 or len(self.biases) != len(self.weights):
            raise ValueError("expected one row of weights and one bias per unit, and all rows of the same length")
        return self


@dataclass(frozen=True)
class Initializer:
    """A row."""

    tag: str
    title: str
    formula: str
    sentence: str
    settings: type[Tagged]
    draw: Callable[[Tensor, Tensor, Any, Any], None]
    keras: str


def _default(weight: Tensor, bias: Tensor, settings: PyTorchDefault, generator: Any) -> None:
    bound = 1 / math.sqrt(weight.shape[1])
    weight.uniform_(-bound, bound, generator=generator)
    bias.uniform_(-bound, bound, generator=generator)


def _xavier(weight: Tensor, bias: Tensor, settings: Xavier, generator: Any) -> None:
    bound = math.sqrt(6 / (weight.shape[0] + weight.shape[1]))
    weight.uniform_(-bound, bound, generator=generator)
    bias.zero_()


def _normal(weight: Tensor, bias: Tensor, std: float, generator: Any) -> None:
    weight.normal_(0, std, generator=generator)
    bias.zero_()


def _zeros(weight: Tensor, bias: Tensor, settings: Zeros, generator: Any) -> None:
    weight.zero_()
    bias.zero_()


def _given(weight: Tensor, bias: Tensor, settings: Given, generator: Any) -> None:
    weight.copy_(weight.new_tensor(settings.weights))
    bias.copy_(bias.new_tensor(settings.biases))


INITIALIZERS = table(
    Initializer(
        tag="default",
        title="PyTorch's default",
        formula="w, b ~ U(−1/√inputs, 1/√inputs)",
        sentence="What nn.Linear draws.",
        settings=PyTorchDefault,
        draw=_default,
        keras="",  # no initializer of this name in Keras: exported code writes RandomUniform
    ),
    Initializer(
        tag="xavier",
        title="Xavier",
        formula="w ~ U(±√(6/(inputs + units))), b = 0",
        sentence="Keeps the size of signals even through tanh and sigmoid layers (Glorot and Bengio 2010).",
        settings=Xavier,
        draw=_xavier,
        keras="glorot_uniform",
    ),
    Initializer(
        tag="he",
        title="He",
        formula="w ~ N(0, 2/inputs), b = 0",
        sentence="Keeps the size of signals even through ReLU layers (He et al. 2015).",
        settings=He,
        draw=lambda w, b, settings, generator: _normal(w, b, math.sqrt(2 / w.shape[1]), generator),
        keras="he_normal",
    ),
    Initializer(
        tag="normal",
        title="Normal",
        formula="w ~ N(0, σ²), b = 0",
        sentence="A spread of your own, to see signals die out or blow up.",
        settings=Normal,
        draw=lambda w, b, settings, generator: _normal(w, b, settings.std, generator),
        keras="random_normal",
    ),
    Initializer(
        tag="zeros",
        title="Zeros",
        formula="w = 0, b = 0",
        sentence="All neurons of a layer stay equal and learn the same: why start weights must differ.",
        settings=Zeros,
        draw=_zeros,
        keras="zeros",
    ),
    Initializer(
        tag="given",
        title="Given",
        formula="w, b as written",
        sentence="Weights chosen by hand, such as those of the lecture's perceptron.",
        settings=Given,
        draw=_given,
        keras="",
    ),
)
