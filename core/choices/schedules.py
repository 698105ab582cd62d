"""Schedules: how the learning rate changes from epoch to epoch.

``factor(settings, epoch, epochs, cuts)`` gives the factor on the learning rate of an epoch (counted from 0) of
``epochs``; ``cuts`` is how often a plateau has cut it so far, 0 for every other schedule.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from core.choices.fields import OneOf, Real, Tagged, Whole, setting, table

# What early stopping and the plateau schedule can watch. Test data are never among it.
MONITORS = {
    "validation_loss": "Validation loss",
    "validation_accuracy": "Validation accuracy",
    "train_loss": "Training loss",
}
Monitor = Annotated[str, OneOf(MONITORS)]
Epochs = Annotated[int, Whole(1, 1_000_000)]
Factor = Annotated[float, Real(0, 1, above=True)]


class Constant(Tagged):
    kind: Literal["none"] = "none"


class Plateau(Tagged):
    kind: Literal["plateau"] = "plateau"
    monitor: Monitor = setting("validation_loss", "Monitor", "What must get better.")
    factor: Factor = setting(0.5, "Factor", "What the rate is multiplied by.", "η ← η·f")
    patience: Annotated[int, Whole(1, 100_000)] = setting(3, "Patience", "Epochs without an improvement before a cut.")
    min_delta: Annotated[float, Real(0, 1e6)] = setting(0.0, "Min delta", "What counts as an improvement.")
    min_factor: Annotated[float, Real(0, 1)] = setting(1e-4, "Least factor", "The rate is never cut below this share.")


class Step(Tagged):
    kind: Literal["step"] = "step"
    every: Epochs = setting(10, "Every", "Epochs between two cuts.")
    factor: Factor = setting(0.5, "Factor", "What the rate is multiplied by at each cut.", "η ← η·f")


class Cosine(Tagged):
    kind: Literal["cosine"] = "cosine"
    last: Annotated[float, Real(0, 1)] = setting(0.0, "Last factor", "The share of the rate left at the end.")


class Exponential(Tagged):
    kind: Literal["exponential"] = "exponential"
    factor: Factor = setting(0.99, "Factor", "What the rate is multiplied by at each epoch.", "η ← η·f")


class WarmUp(Tagged):
    kind: Literal["warm_up"] = "warm_up"
    epochs: Epochs = setting(5, "Epochs", "Epochs until the full rate is reached.")


@dataclass(frozen=True)
class Schedule:
    """A row."""

    tag: str
    title: str
    formula: str
    sentence: str
    settings: type[Tagged]
    factor: Callable[[Any, int, int, int], float]
    torch: str
    keras: str


SCHEDULES = table(
    Schedule(
        tag="none",
        title="None",
        formula="η",
        sentence="The learning rate stays as it is.",
        settings=Constant,
        factor=lambda settings, epoch, epochs, cuts: 1.0,
        torch="",
        keras="",
    ),
    Schedule(
        tag="plateau",
        title="Reduce on plateau",
        formula="η ← η·f after p epochs without an improvement",
        sentence="Cuts the learning rate when learning has stalled.",
        settings=Plateau,
        factor=lambda settings, epoch, epochs, cuts: max(settings.factor**cuts, settings.min_factor),
        torch="ReduceLROnPlateau",
        keras="ReduceLROnPlateau",
    ),
    Schedule(
        tag="step",
        title="Step",
        formula="η·f^⌊epoch/every⌋",
        sentence="Cuts the learning rate after every so many epochs.",
        settings=Step,
        factor=lambda settings, epoch, epochs, cuts: settings.factor ** (epoch // settings.every),
        torch="StepLR",
        keras="LearningRateScheduler",
    ),
    Schedule(
        tag="cosine",
        title="Cosine",
        formula="η·(l + (1 − l)·½(1 + cos(π·epoch/epochs)))",
        sentence="Lets the learning rate glide down along half a cosine.",
        settings=Cosine,
        factor=lambda settings, epoch, epochs, cuts: (
            settings.last + (1 - settings.last) * 0.5 * (1 + math.cos(math.pi * min(epoch / epochs, 1)))
        ),
        torch="CosineAnnealingLR",
        keras="LearningRateScheduler",
    ),
    Schedule(
        tag="exponential",
        title="Exponential",
        formula="η·f^epoch",
        sentence="Lowers the learning rate a little at every epoch.",
        settings=Exponential,
        factor=lambda settings, epoch, epochs, cuts: settings.factor**epoch,
        torch="ExponentialLR",
        keras="LearningRateScheduler",
    ),
    Schedule(
        tag="warm_up",
        title="Warm-up",
        formula="η·min(1, (epoch + 1)/w)",
        sentence="Starts with small steps while the first gradients are wild.",
        settings=WarmUp,
        factor=lambda settings, epoch, epochs, cuts: min(1.0, (epoch + 1) / settings.epochs),
        torch="LinearLR",
        keras="LearningRateScheduler",
    ),
)
