"""Losses J: how wrong a prediction is, and the output layer that each task then needs (the table of the design).

``terms(y, t)`` gives the loss of each sample, the mean over its outputs, from (…, B, outputs) to (…, B);
``gradient(y, t)`` its derivative by y, (…, B, outputs). With ``from_logits`` y is the weighted sum z of the
output layer, which is exact where the output's activation saturates; otherwise y is the output ŷ itself.
Targets t are floats of the same shape as y: 0/1, ±1, one-hot or values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.choices.fields import table

Tensor = Any  # a torch.Tensor; torch is not imported here
Task = Literal["binary", "classes", "regression"]


@dataclass(frozen=True)
class Head:
    """The output layer that follows from a task and a loss.

    units: the number of outputs; None stands for one per class.
    activation: a tag of OUTPUT_ACTIVATIONS.
    target: "binary" 0/1, "sign" −1/+1, "one-hot", or "value".
    """

    units: int | None
    activation: str
    target: Literal["binary", "sign", "one-hot", "value"]


@dataclass(frozen=True)
class Loss:
    """A row: the maths, the words, the output layer per task, and the spelling in other tools."""

    tag: str
    title: str
    formula: str
    sentence: str
    heads: Mapping[Task, Head]
    from_logits: bool
    terms: Callable[[Tensor, Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor], Tensor]
    torch: str
    keras: str


def _binary_cross_entropy(z: Tensor, t: Tensor) -> Tensor:
    # −t·ln σ(z) − (1−t)·ln(1−σ(z)) = max(z, 0) − t·z + ln(1 + e^−|z|), which never overflows
    return (z.clamp(min=0) - t * z + z.abs().neg().exp().log1p()).mean(-1)


def _huber(y: Tensor, t: Tensor) -> Tensor:
    distance = (y - t).abs()
    return (distance * distance * 0.5).where(distance <= 1, distance - 0.5).mean(-1)


def _hinge_margins(y: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Crammer and Singer: 1 + the best wrong score − the right one, and the one-hot place of the best wrong one."""
    wrong = y.masked_fill(t > 0, float("-inf"))
    best, place = wrong.max(-1, keepdim=True)
    rival = t.new_zeros(y.shape).scatter_(-1, place, 1.0)
    return (1 + best.squeeze(-1) - (y * t).sum(-1)), rival


def _hinge(y: Tensor, t: Tensor) -> Tensor:
    if y.shape[-1] == 1:
        return (1 - y * t).clamp(min=0).mean(-1)
    return _hinge_margins(y, t)[0].clamp(min=0)


def _hinge_gradient(y: Tensor, t: Tensor) -> Tensor:
    if y.shape[-1] == 1:
        return -t * (y * t < 1)
    margin, rival = _hinge_margins(y, t)
    return (rival - t) * (margin > 0).unsqueeze(-1)


_DISTANCE_HEADS: Mapping[Task, Head] = {
    "binary": Head(1, "tanh", "sign"),
    "regression": Head(1, "linear", "value"),
}

LOSSES = table(
    Loss(
        tag="binary_cross_entropy",
        title="Binary cross-entropy",
        formula="J = −1/n Σ y·ln ŷ + (1 − y)·ln(1 − ŷ)",
        sentence="For yes-or-no questions: a prediction that is sure and wrong costs most.",
        heads={"binary": Head(1, "sigmoid", "binary")},
        from_logits=True,
        terms=_binary_cross_entropy,
        gradient=lambda z, t: z.sigmoid().sub_(t),  # one output, so no mean over outputs
        torch="BCEWithLogitsLoss",
        keras="binary_crossentropy",
    ),
    Loss(
        tag="cross_entropy",
        title="Cross-entropy",
        formula="J = −1/n Σ ln ŷ[right class]",
        sentence="For several classes: the probability given to the right one should be near 1.",
        heads={"binary": Head(2, "softmax", "one-hot"), "classes": Head(None, "softmax", "one-hot")},
        from_logits=True,
        terms=lambda z, t: -(z.log_softmax(-1) * t).sum(-1),
        gradient=lambda z, t: z.softmax(-1).sub_(t),
        torch="CrossEntropyLoss",
        keras="categorical_crossentropy",
    ),
    Loss(
        tag="mean_squared_error",
        title="Mean squared error",
        formula="J = 1/n Σ (y − ŷ)²",
        sentence="For numbers: large errors count much more than small ones.",
        heads={**_DISTANCE_HEADS, "classes": Head(None, "softmax", "one-hot")},
        from_logits=False,
        terms=lambda y, t: (y - t).square().mean(-1),
        gradient=lambda y, t: (y - t) * (2 / y.shape[-1]),
        torch="MSELoss",
        keras="mean_squared_error",
    ),
    Loss(
        tag="mean_absolute_error",
        title="Mean absolute error",
        formula="J = 1/n Σ |y − ŷ|",
        sentence="For numbers: every unit of error counts the same, so outliers pull less.",
        heads=_DISTANCE_HEADS,
        from_logits=False,
        terms=lambda y, t: (y - t).abs().mean(-1),
        gradient=lambda y, t: (y - t).sign() / y.shape[-1],
        torch="L1Loss",
        keras="mean_absolute_error",
    ),
    Loss(
        tag="huber",
        title="Huber",
        formula="J = 1/n Σ ½(y − ŷ)² if |y − ŷ| ≤ 1, else |y − ŷ| − ½",
        sentence="Squared near 0, absolute far from it: smooth, and calm about outliers.",
        heads=_DISTANCE_HEADS,
        from_logits=False,
        terms=_huber,
        gradient=lambda y, t: (y - t).clamp(-1, 1) / y.shape[-1],
        torch="HuberLoss",
        keras="huber",
    ),
    Loss(
        tag="hinge",
        title="Hinge",
        formula="J = 1/n Σ max(0, 1 − y·ŷ)",
        sentence="Wants the right side by a margin of 1, as a support vector machine does; beyond that it is content.",
        heads={"binary": Head(1, "linear", "sign"), "classes": Head(None, "linear", "one-hot")},
        from_logits=False,
        terms=_hinge,
        gradient=_hinge_gradient,
        # Not torch's MultiMarginLoss, which adds up over all wrong classes; nor, for several classes, Keras'
        # categorical_hinge, which counts a wrong score below 0 as 0. Exported code writes the formula.
        torch="",
        keras="hinge",  # of one output
    ),
)
