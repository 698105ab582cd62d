"""Features of 2-D data: what the network is given of a point (x₁, x₂). The maths takes and returns numpy arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """A row; ``code`` is the same function as a line of Python over numpy columns ``x1`` and ``x2``."""

    tag: str
    title: str
    formula: str
    sentence: str
    function: Callable[[Floats, Floats], Floats]
    code: str


FEATURES = table(
    Feature("x1", "x₁", "x₁", "The point's horizontal place.", lambda x1, x2: x1, "x1"),
    Feature("x2", "x₂", "x₂", "The point's vertical place.", lambda x1, x2: x2, "x2"),
    Feature("x1_squared", "x₁²", "x₁²", "Far left or far right.", lambda x1, x2: x1 * x1, "x1 ** 2"),
    Feature("x2_squared", "x₂²", "x₂²", "Far up or far down.", lambda x1, x2: x2 * x2, "x2 ** 2"),
    Feature("x1_x2", "x₁x₂", "x₁·x₂", "Same signs or opposite ones.", lambda x1, x2: x1 * x2, "x1 * x2"),
    Feature("sin_x1", "sin x₁", "sin x₁", "Stripes from left to right.", lambda x1, x2: np.sin(x1), "np.sin(x1)"),
    Feature("sin_x2", "sin x₂", "sin x₂", "Stripes from bottom to top.", lambda x1, x2: np.sin(x2), "np.sin(x2)"),
)
