"""What a learning-rate range test answers, and the three rates of the lecture that follow from it. No torch here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.training.events import Row

Floats = NDArray[np.float64]

DECADES = 3  # powers of ten that the test goes through, below and above the usual learning rate of the optimizer
_FALL = 0.001  # share of the loss that the test must win for a suggestion
# Measured: with both, the stable rate ended lowest on six of the shipped examples with six optimizers each.
_SMALLER = 1000  # times smaller than the suggested rate is one that crawls
_LARGER = 10  # times the rate at which the test broke down, or its largest, is one that overshoots


@dataclass(frozen=True, eq=False)
class RangePicture:
    """Loss against a learning rate that grew exponentially, a step each; arrays (n,), read-only.

    rates: of each step, n ≥ 1. losses: after it, on a fixed sample of the training part, with dropout off and without
    the penalty; smoothed: their exponential mean. start: the loss before the first step. diverged: the rate whose step
    ended the test, for the loss was more than twice that of the start, or no longer finite (those are not among the
    arrays); None where it went through all rates. suggested: None where the loss never fell. reason: why this one.
    row: the weights that it began with.
    """

    rates: Floats
    losses: Floats
    smoothed: Floats
    start: float
    diverged: float | None
    suggested: float | None
    reason: str
    row: Row


@dataclass(frozen=True)
class Rate:
    """One of the lecture's three pictures: a learning rate, and what it will do."""

    name: str
    value: float
    sentence: str


def rounded(rate: float) -> float:
    """Return a rate as one would type it."""
    return float(f"{rate:.1g}")


def suggestion(rates: Floats, smoothed: Floats, start: float, diverged: float | None) -> tuple[float | None, str]:
    """Return the suggested learning rate and why: a tenth of the one at which the smoothed loss was lowest.

    There the test was at its best, but at the brink: a little further the loss climbs, and a training has to stay
    finite for thousands of steps. Two other rules are usual. The point of steepest descent jumps about with the noise
    of small sets; and a tenth of the point of divergence does not exist where the steps of an optimizer are bounded, as
    Adam's are: on six shipped examples, Adam never diverged.
    """
    if not len(rates) or not np.isfinite(start):
        return None, "The loss is not finite from the first step on: begin with other weights."
    place = int(smoothed.argmin())
    if not smoothed[place] < (1 - _FALL) * start:
        return None, "The loss fell at no learning rate: these weights learn nothing more, or nothing at all."
    found = rounded(rates[place] / 10)
    edge = f"and grew beyond all bounds at {diverged:.2g}" if diverged is not None else "and never grew beyond bounds"
    return found, (
        f"The loss was lowest at a learning rate of {rates[place]:.2g} {edge}. "
        f"A tenth of it, {found:g}, leaves room for a whole training."
    )


def three_rates(picture: RangePicture) -> tuple[Rate, Rate, Rate] | None:
    """Return a learning rate that is too small, a stable one and one that is too large, of the network that was tested.

    None where the test has found none.
    """
    if picture.suggested is None:
        return None
    small = rounded(picture.suggested / _SMALLER)
    brink = float(picture.rates[-1]) if picture.diverged is None else picture.diverged
    large = rounded(_LARGER * brink)
    what = "where the test ended" if picture.diverged is None else "at which its loss broke out of its bounds"
    return (
        Rate("too small", small, f"A thousandth of the stable rate: at {small:g} the loss crawls."),
        Rate("stable", picture.suggested, picture.reason),
        Rate(
            "too large",
            large,
            f"{_LARGER} times the rate {what}: at {large:g} steps overshoot, and the loss jumps or grows.",
        ),
    )
