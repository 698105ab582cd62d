"""Patience: when something has not improved for too long. Early stopping and the plateau schedule share it."""

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Patience:
    """The best value so far and the epochs waited since; ``larger`` is whether a larger value is better."""

    min_delta: float = 0.0
    larger: bool = False
    best: float = math.inf
    best_epoch: int = 0
    waited: int = 0

    def __post_init__(self) -> None:
        if self.larger and self.best == math.inf:
            self.best = -math.inf

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON values, from which the same patience can be made again."""
        fields = asdict(self)
        if math.isinf(self.best):  # no value yet; JSON has no infinity, and the default is the same one
            del fields["best"]
        return fields

    def look(self, value: float, epoch: int) -> bool:
        """Take the value of an epoch; return whether it is an improvement by more than ``min_delta``."""
        gain = value - self.best if self.larger else self.best - value
        if gain > self.min_delta:  # false for NaN too
            self.best, self.best_epoch, self.waited = value, epoch, 0
            return True
        self.waited += 1
        return False


def larger_is_better(monitor: str) -> bool:
    """Tell whether a monitor is an accuracy rather than a loss."""
    return monitor.endswith("accuracy")
