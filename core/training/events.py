"""What training tells: frozen events with copied, read-only numpy arrays; and what it can be told: orders.

``run`` is the place of a run in its job. This file imports no torch, so that a screen can read it at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import Frozen, Mistake, Real
from core.choices.optimizers import OptimizerSettings
from core.experiment.network import Dropout
from core.experiment.training import Penalty

Row = NDArray[np.float32] | NDArray[np.float64]
Outcome = Literal["epochs", "early stopping", "diverged", "interrupted"]


@dataclass(frozen=True)
class State:
    """All that a run needs to go on as if it had never stopped: arrays by name, and plain JSON values."""

    arrays: Mapping[str, NDArray[Any]]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Metrics:
    """Loss and accuracy of one row on each part, with dropout off and without the penalty; None: does not exist."""

    train_loss: float | None = None
    validation_loss: float | None = None
    test_loss: float | None = None
    train_accuracy: float | None = None
    validation_accuracy: float | None = None
    test_accuracy: float | None = None


@dataclass(frozen=True)
class Begun:
    """A run has begun (or goes on, from ``epoch`` > 0); row: the start weights."""

    run: int
    epoch: int
    parameters: int
    samples: int
    steps_per_epoch: int
    device: str
    device_reason: str
    row: Row


@dataclass(frozen=True)
class EpochDone:
    """An epoch is done. ``epoch`` counts from 1, ``step`` all steps so far; losses without the penalty.

    metrics: of the row as it is now, the training part on its fixed sample; penalty: what the weights cost on top.
    learning_rate: of this epoch; cuts: how often a plateau has cut it so far; waited: epochs without an improvement.
    row: a copy of the weights, at the epochs that a path keeps.
    """

    run: int
    epoch: int
    step: int
    metrics: Metrics
    penalty: float
    learning_rate: float
    cuts: int
    waited: int
    row: Row | None


@dataclass(frozen=True)
class Changed:
    """An intervention: a setting was changed while it trained, after ``step`` steps."""

    run: int
    step: int
    path: str
    old: float
    new: float


@dataclass(frozen=True)
class Ended:
    """A run has ended. row: what it keeps (the best if restored, the last good one if diverged); last_row: the last.

    metrics: of the kept row on all samples of each part; last: of the last row. best_epoch: 0 is the start.
    seconds: that its matrix has spent on steps and evaluations so far; runs of a matrix train at the same time.
    message: why it ended, in a sentence. state: to go on from, None if it diverged.
    """

    run: int
    outcome: Outcome
    message: str
    epoch: int
    step: int
    best_epoch: int
    seconds: float
    metrics: Metrics
    last: Metrics
    row: Row
    best_row: Row
    last_row: Row
    state: State | None


@dataclass(frozen=True)
class Saved:
    """The answer to the order Save: the state of a run as it is now."""

    run: int
    state: State


@dataclass(frozen=True)
class Looked:
    """The answer to the order Look: the weights of a run as they are now, after ``step`` steps."""

    run: int
    epoch: int
    step: int
    row: Row


@dataclass(frozen=True)
class Stepped:
    """One step of a run that is followed, with all that it was computed from.

    before, after: the weights (P,). x: (B, inputs), t: (B, outputs) as the network takes them. masks: (B, units) per
    dropout layer, 0 or 1 / (share kept). A batch above 4,096 samples is told by its last chunk.
    """

    run: int
    epoch: int
    step: int
    learning_rate: float
    before: Row
    after: Row
    x: Row
    t: Row
    masks: tuple[Row, ...]


def _limits(model: type[Frozen], field: str) -> Real:
    return next(item for item in model.model_fields[field].metadata if isinstance(item, Real))


# What may change while a run trains, within the limits that it has in an experiment.
CHANGEABLE: Mapping[str, Real] = {
    "training.optimizer.learning_rate": _limits(OptimizerSettings, "learning_rate"),
    "training.penalty.l1": _limits(Penalty, "l1"),
    "training.penalty.l2": _limits(Penalty, "l2"),
    "network.dropout": _limits(Dropout, "rate"),
}

Event = Begun | EpochDone | Changed | Ended | Saved | Looked | Stepped


@dataclass(frozen=True)
class Change:
    """An order: set training.optimizer.learning_rate, training.penalty.l1, .l2 or network.dropout, from the next step.

    run: the place of the run, or None for all of them. Raises Mistake where the path is another one or the value is
    beyond the limits of the setting.
    """

    path: str
    value: float
    run: int | None = None

    def __post_init__(self) -> None:
        limits = CHANGEABLE.get(self.path)
        if limits is None:
            raise Mistake(f"{self.path}: while it trains, expected one of {', '.join(CHANGEABLE)}; start it again")
        if not limits.least <= self.value <= limits.most:
            raise Mistake(f"{self.path}: expected a number from {limits.least:g} to {limits.most:g}, got {self.value}")


@dataclass(frozen=True)
class Save:
    """An order: tell the state of every run that is not over."""


@dataclass(frozen=True)
class Look:
    """An order: tell the weights of every run that is not over, or of one."""

    run: int | None = None


@dataclass(frozen=True)
class Follow:
    """An order: tell each step of this run in full from now on; None: of no run, which is fastest."""

    run: int | None


@dataclass(frozen=True)
class Stop:
    """An order: end every run now, as interrupted."""


Order = Change | Save | Look | Follow | Stop
# One next() of a training: the events of one step, mostly none.
Events = tuple[Event, ...]
NOTHING: Events = ()
