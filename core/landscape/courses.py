"""What optimizers race on, and what a race tells: losses of two weights with a known formula. No torch here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.choices.fields import table
from core.choices.optimizers import OptimizerSettings
from core.landscape.values import Floats, Place

Number = Any  # a number, an array or a tensor: the formulas are written with operators alone


@dataclass(frozen=True)
class Course:
    """A loss J(w₁, w₂). start: where racers begin; reach: half the width and height around (0, 0) that shows it."""

    tag: str
    title: str
    formula: str
    sentence: str
    loss: Callable[[Number, Number], Number]
    gradient: Callable[[Number, Number], tuple[Number, Number]]
    start: Place
    reach: Place


COURSES = table(
    Course(
        tag="ravine",
        title="Ravine",
        formula="J = ½(w₁² + 25·w₂²)",
        sentence="25 times as steep across as along: plain steps zigzag between the walls, and diverge above 2/25.",
        loss=lambda w1, w2: (w1 * w1 + 25 * w2 * w2) / 2,
        gradient=lambda w1, w2: (w1, 25 * w2),
        start=(-4.0, 1.0),
        reach=(5.0, 2.0),
    ),
    Course(
        tag="saddle",
        title="Saddle",
        formula="J = ½(w₁² − w₂²) + ¼·w₂⁴",
        sentence="At the saddle (0, 0) the gradient is 0, yet it is no minimum: those are at (0, ±1).",
        loss=lambda w1, w2: (w1 * w1 - w2 * w2) / 2 + w2 * w2 * w2 * w2 / 4,
        gradient=lambda w1, w2: (w1, w2 * w2 * w2 - w2),
        start=(-1.5, 0.001),
        reach=(2.0, 1.6),
    ),
)


@dataclass(frozen=True)
class Racer:
    """An optimizer with its settings, under a name."""

    name: str
    optimizer: OptimizerSettings


@dataclass(frozen=True, eq=False)
class Lap:
    """The way of one racer: n steps, or fewer where the next one would no longer be finite. Read-only.

    places: (n + 1, 2) the two weights; losses: (n + 1,) there. gradients: (n, 2) where each step begins. momenta:
    (n, 2) what the optimizer has gathered with it, None if it keeps no momentum; a step goes against gradient and
    momentum. steps: (n, 2) what was added to the weights.
    """

    racer: Racer
    places: Floats
    losses: Floats
    gradients: Floats
    momenta: Floats | None
    steps: Floats
    diverged: bool
