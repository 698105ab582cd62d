"""The network whose weights tests set by hand while it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.choices.optimizers import SGD, Adam, AdamW, RMSprop
from core.experiment.network import Dense, Dropout
from core.training.events import (
    SetWeight,
)

if TYPE_CHECKING:
    from core.datasets.samples import Dataset
    from core.experiment.variants import Run
    from tests.core.training.conftest import Lab

LAYERS = (
    Dense(id="a", units=5),
    Dropout(id="b", rate=0.3),
    Dense(id="c", units=4),
)
SETTINGS: dict[str, Any] = {"batch_size": 5, "epochs": 4}  # 23 samples: 5 steps an epoch
OPTIMIZERS = (SGD(learning_rate=0.2), SGD(momentum=0.8), Adam(learning_rate=0.02), AdamW(), RMSprop(momentum=0.5))
WEIGHTS = {
    "weight": SetWeight("c", 3, 1, 1.5),
    "bias": SetWeight("a", 2, None, -0.75),
    "output weight": SetWeight("output", 0, 2, 0.0),
    "output bias": SetWeight("output", 0, None, 3.25),
}


def place(lab: Lab, run: Run, dataset: Dataset, edit: SetWeight) -> int:
    """Return where a weight lies in a row, by counting."""
    at = 0
    for layer in lab.built(run, dataset).dense:
        if layer.id == edit.layer and edit.source is not None:
            return at + edit.unit * layer.inputs + edit.source
        at += layer.units * layer.inputs
        if layer.id == edit.layer:
            return at + edit.unit
        at += layer.units
    raise AssertionError(edit)
