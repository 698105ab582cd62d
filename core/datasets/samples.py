"""What a maker of samples returns, and what training is given: parts, and how raw numbers become inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.choices.datasets import Facts
from core.choices.features import FEATURES

Array = NDArray[Any]
# Told bytes done and bytes in all; may raise to cancel.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Samples:
    """All samples of a set: raw (n, numbers), float64 or uint8; labels (n,), int64 class indices or float64 values.

    own_test: how many of the last samples are the set's own test part.
    """

    raw: Array
    labels: Array
    own_test: int = 0


@dataclass(frozen=True)
class Part:
    """Some of the samples, in a fixed order; arrays as in Samples, read-only."""

    raw: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Preparation:
    """How raw numbers become inputs: features (of the plane), times scale, minus mean, divided by deviation.

    features: tags, empty where raw numbers are the inputs; mean and deviation: (inputs,) float32, or None.
    """

    features: tuple[str, ...] = ()
    scale: float = 1.0
    mean: Array | None = None
    deviation: Array | None = None

    def apply(self, raw: Array) -> NDArray[np.float32]:
        """Return (n, inputs) float32 of raw (n, numbers)."""
        inputs = raw
        if self.features:
            x1, x2 = raw[:, 0].astype(np.float64), raw[:, 1].astype(np.float64)
            inputs = np.stack([FEATURES[tag].function(x1, x2) for tag in self.features], axis=1)
        # Multiply in float32: that is what training does on the device with images, so both agree to the last bit.
        prepared = inputs.astype(np.float32)
        if self.scale != 1:
            prepared *= np.float32(self.scale)
        if self.mean is not None and self.deviation is not None:
            prepared -= self.mean
            prepared /= self.deviation
        return prepared


@dataclass(frozen=True)
class Dataset:
    """Samples parted into training, validation and test, with how to prepare them."""

    facts: Facts
    preparation: Preparation
    train: Part
    validation: Part
    test: Part
