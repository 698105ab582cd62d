"""What the probes of dropout return: frozen values of read-only arrays. This file imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.probes.pictures import Floats, Integers, Kind, PartName


class Band(NamedTuple):
    """A middle and the 10 % and 90 % quantiles around it; NaN where a number is not finite."""

    middle: Floats
    low: Floats
    high: Floats


def band(values: Floats, middle: Literal["mean", "median"]) -> Band:
    """Return the band over the last axis; quantiles are interpolated linearly."""
    finite = np.where(np.isfinite(values), values, np.nan)
    low, half, high = np.quantile(finite, (0.1, 0.5, 0.9), axis=-1)
    return Band(finite.mean(-1) if middle == "mean" else half, low, high)


@dataclass(frozen=True, eq=False)
class CoAdaptationPicture:
    """How K networks fare as a growing share of their hidden neurons is switched off at random.

    shares: (S,), the probability of each hidden neuron to be off. values: (K, S, masks) float64, the accuracy 0 … 1 or,
    of regression, the mean loss, under each mask; NaN where an answer is not a number. Networks, and shares, have the
    same random numbers. part, samples: what it is measured on. hidden: how many hidden neurons there are; of none
    nothing is switched off, and the values are those of the network itself.
    """

    shares: Floats
    values: Floats
    measure: Literal["accuracy", "loss"]
    part: PartName
    samples: int
    hidden: int

    @property
    def band(self) -> Band:
        """The mean over the masks and its 10–90 % band, (K, S) each."""
        return band(self.values, "mean")


@dataclass(frozen=True, eq=False)
class SubNetworksPicture:
    """Thinned networks over the plane, at the centres of n × n equal squares of the span; row 0 is the upper edge.

    rates: of each dropout layer by its id; a network that has none is given one after each hidden layer, by that
    layer's id, where a rate was asked for. masks: over how many thinned networks mean and disagreement are taken.

    Of the first of them: shades (shown, n, n) and winners (shown, n, n), as a PlanePicture has them, and by layer which
    neurons are ``kept`` (shown, units). Of their mean: outputs (n, n, outputs), shade and winner (n, n).

    disagreement: (n, n), the standard deviation over the masks of the probability (score, number) of the class that
    their mean answers: √(1/T Σₜ (ŷₜ − ȳ)²). Read as the network's own uncertainty: Gal and Ghahramani 2016, "Dropout as
    a Bayesian Approximation"; of numbers it is their predictive deviation without the noise of the data.
    """

    span: tuple[float, float]
    kind: Kind
    low: float
    high: float
    rates: Mapping[str, float]
    masks: int
    shades: Floats
    winners: NDArray[np.uint8] | None
    kept: Mapping[str, NDArray[np.bool_]]
    outputs: Floats
    shade: Floats
    winner: NDArray[np.uint8] | None
    disagreement: Floats

    @property
    def thins(self) -> bool:
        """Whether anything is dropped; if not, all sub-networks are the network itself."""
        return any(rate > 0 for rate in self.rates.values())


@dataclass(frozen=True, eq=False)
class OpinionsPicture:
    """What thinned networks say of one sample.

    outputs: (masks, outputs); mean and deviation over the masks: (outputs,), the deviation √(1/T Σₜ (ŷₜ − ȳ)²), see
    SubNetworksPicture. votes: (classes,), how many of them answer each class; None of
    numbers. An answer that is not a number is no vote. rates: as there.
    """

    rates: Mapping[str, float]
    outputs: Floats
    mean: Floats
    deviation: Floats
    votes: Integers | None

    @property
    def thins(self) -> bool:
        """Whether anything is dropped; if not, all sub-networks are the network itself."""
        return any(rate > 0 for rate in self.rates.values())
