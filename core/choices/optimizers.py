"""Optimizers: how a gradient becomes a step. The directions themselves are computed by ``torch.optim``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from core.choices.fields import Real, Tagged, setting, table

LearningRate = Annotated[float, Real(0, 1e9, log=True)]
Decay = Annotated[float, Real(0, 0.999999)]
Epsilon = Annotated[float, Real(0, 1, above=True, log=True)]


class OptimizerSettings(Tagged):
    """What every optimizer has: the learning rate η."""

    learning_rate: LearningRate = setting(
        0.01,
        "Learning rate",
        "How far each step goes: too small and it crawls, too large and it overshoots.",
        "w ← w − η·∂J/∂w",
    )


class SGD(OptimizerSettings):
    kind: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = setting(
        0.03, "Learning rate", "How far each step goes against the gradient.", "w ← w − η·∂J/∂w"
    )
    momentum: Decay = setting(0.0, "Momentum", "Keeps part of the last step, like a heavy ball.", "v ← μv + g")
    nesterov: bool = setting(False, "Nesterov", "Looks ahead along the momentum before it steps.", "g + μv")


class _Adaptive(OptimizerSettings):
    """Shared by Adam and its kin: decaying means of the gradient and of its square."""

    learning_rate: LearningRate = setting(
        0.001, "Learning rate", "The size of a step, about the same for every weight.", "w ← w − η·m̂/(√v̂ + ε)"
    )
    beta1: Decay = setting(0.9, "β₁", "Memory of the mean gradient.", "m ← β₁m + (1 − β₁)g")
    beta2: Decay = setting(0.999, "β₂", "Memory of the mean squared gradient.", "v ← β₂v + (1 − β₂)g²")
    eps: Epsilon = setting(1e-8, "ε", "Keeps the division finite.", "√v̂ + ε")


class Adam(_Adaptive):
    kind: Literal["adam"] = "adam"
    amsgrad: bool = setting(False, "AMSGrad", "Divides by the largest mean square so far.", "v̂ ← max(v̂, v)")


class AdamW(_Adaptive):
    kind: Literal["adamw"] = "adamw"
    amsgrad: bool = setting(False, "AMSGrad", "Divides by the largest mean square so far.", "v̂ ← max(v̂, v)")
    weight_decay: Annotated[float, Real(0, 10, log=True)] = setting(
        0.01, "Weight decay", "Shrinks all weights and biases a little at each step.", "w ← (1 − ηλ)·w"
    )


class NAdam(_Adaptive):
    kind: Literal["nadam"] = "nadam"
    learning_rate: LearningRate = setting(0.002, "Learning rate", "The size of a step.", "w ← w − η·m̂/(√v̂ + ε)")
    momentum_decay: Annotated[float, Real(0, 1)] = setting(
        0.004, "Momentum decay", "How fast the momentum warms up.", "μₜ = β₁(1 − ½·0.96^(tψ))"
    )


class Adadelta(OptimizerSettings):
    kind: Literal["adadelta"] = "adadelta"
    learning_rate: LearningRate = setting(1.0, "Learning rate", "A factor on the step that it finds itself.", "η·Δ")
    rho: Decay = setting(0.9, "ρ", "Memory of the squared gradients and steps.", "v ← ρv + (1 − ρ)g²")
    eps: Epsilon = setting(1e-6, "ε", "Keeps the division finite, and starts it off.", "√(u + ε) / √(v + ε)")


class Adagrad(OptimizerSettings):
    kind: Literal["adagrad"] = "adagrad"
    learning_rate: LearningRate = setting(0.05, "Learning rate", "Divided by all gradients so far.", "η·g / (√s + ε)")
    lr_decay: Annotated[float, Real(0, 1)] = setting(0.0, "Decay", "Lowers the rate further.", "η / (1 + (t − 1)·d)")
    initial_accumulator_value: Annotated[float, Real(0, 1000)] = setting(
        0.0, "Initial sum", "Where the sum of squares starts.", "s₀"
    )
    eps: Epsilon = setting(1e-10, "ε", "Keeps the division finite.", "√s + ε")


class RMSprop(OptimizerSettings):
    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = setting(0.01, "Learning rate", "Divided by recent gradients.", "η·g / (√v + ε)")
    alpha: Decay = setting(0.99, "α", "Memory of the squared gradients.", "v ← αv + (1 − α)g²")
    momentum: Decay = setting(0.0, "Momentum", "Keeps part of the last step.", "b ← μb + g/(√v + ε)")
    centered: bool = setting(False, "Centred", "Divides by the deviation instead of the size.", "√(v − m²)")
    eps: Epsilon = setting(1e-8, "ε", "Keeps the division finite.", "√v + ε")


@dataclass(frozen=True)
class Optimizer:
    """A row.

    remembers: how many numbers it keeps of each weight, under the settings given.
    fused: arguments that choose torch's fastest CPU kernel; capturable: whether a CUDA graph can hold its step.
    """

    tag: str
    title: str
    formula: str
    sentence: str
    settings: type[OptimizerSettings]
    torch: str
    keras: str
    remembers: Callable[[Any], int]
    fused: Mapping[str, Any] = field(default_factory=dict)
    capturable: bool = True


def torch_arguments(settings: OptimizerSettings) -> dict[str, Any]:
    """Return the keyword arguments of the torch class for a direction of these settings: no learning rate, no decay."""
    values = settings.model_dump(exclude={"kind", "learning_rate", "weight_decay"})
    if "beta1" in values:
        values["betas"] = (values.pop("beta1"), values.pop("beta2"))
    return values


OPTIMIZERS = table(
    Optimizer(
        tag="sgd",
        title="SGD",
        formula="w ← w − η·∂J/∂w",
        sentence="Stochastic gradient descent: straight down the gradient of the batch, with momentum if wanted.",
        settings=SGD,
        torch="SGD",
        keras="SGD",
        remembers=lambda settings: int(settings.momentum > 0),
        fused={"fused": True},
    ),
    Optimizer(
        tag="adam",
        title="Adam",
        formula="w ← w − η·m̂/(√v̂ + ε)",
        sentence="Momentum, and a step size of its own for every weight: the usual first choice.",
        settings=Adam,
        torch="Adam",
        keras="Adam",
        remembers=lambda settings: 2 + settings.amsgrad,
        fused={"fused": True},
    ),
    Optimizer(
        tag="adamw",
        title="AdamW",
        formula="w ← (1 − ηλ)·w − η·m̂/(√v̂ + ε)",
        sentence="Adam with weight decay kept apart from the gradient.",
        settings=AdamW,
        torch="AdamW",
        keras="AdamW",
        remembers=lambda settings: 2 + settings.amsgrad,
        fused={"fused": True},
    ),
    Optimizer(
        tag="adadelta",
        title="Adadelta",
        formula="w ← w − η·√(u + ε)/√(v + ε)·g",
        sentence="Finds its step size from its own past steps.",
        settings=Adadelta,
        torch="Adadelta",
        keras="Adadelta",
        remembers=lambda settings: 2,
        fused={"foreach": False},
    ),
    Optimizer(
        tag="adagrad",
        title="Adagrad",
        formula="w ← w − η·g/(√Σg² + ε)",
        sentence="Smaller steps for weights that have moved much; slows down for good.",
        settings=Adagrad,
        torch="Adagrad",
        keras="Adagrad",
        remembers=lambda settings: 1,
        fused={"fused": True},
        capturable=False,
    ),
    Optimizer(
        tag="rmsprop",
        title="RMSprop",
        formula="w ← w − η·g/(√v + ε)",
        sentence="Adagrad that forgets: steps sized by recent gradients.",
        settings=RMSprop,
        torch="RMSprop",
        keras="RMSprop",
        remembers=lambda settings: 1 + (settings.momentum > 0) + settings.centered,
        fused={"foreach": False},
    ),
    Optimizer(
        tag="nadam",
        title="NAdam",
        formula="w ← w − η·(μm̂ + (1 − μ)ĝ)/(√v̂ + ε)",
        sentence="Adam that looks ahead as Nesterov's momentum does.",
        settings=NAdam,
        torch="NAdam",
        keras="Nadam",
        remembers=lambda settings: 2,
        fused={"foreach": False},
    ),
)
