"""What training tells: frozen events with copied, read-only numpy arrays; and what it can be told: orders.

``run`` is the place of a run in its job. This file imports no torch, so that a screen can read it at once.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import Frozen, Mistake, Real
from core.choices.initializers import WEIGHT
from core.choices.optimizers import OptimizerSettings
from core.experiment.architecture import Architecture
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
    row: a copy of the weights, at the epochs that a path keeps. seconds: as of Ended, up to here; NaN: not known.
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
    seconds: float = math.nan


@dataclass(frozen=True)
class Changed:
    """An intervention: a setting was changed while it trained, after ``step`` steps."""

    run: int
    step: int
    path: str
    old: float
    new: float


@dataclass(frozen=True)
class Edited:
    """An intervention: a weight, or a bias (source None), was set by hand after ``step`` steps.

    old, new: as the row's kind of numbers holds them; equal if it had this value already.
    """

    run: int
    step: int
    layer: str
    unit: int
    source: int | None
    old: float
    new: float

    @property
    def path(self) -> str:
        """The weight as records and files name it."""
        return weight_path(self.layer, self.unit, self.source)


@dataclass(frozen=True)
class Refused:
    """The answer to an order that a run cannot obey: why not, in a sentence. The run goes on as it was."""

    run: int
    sentence: str


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
    """The answer to the order Look: the weights of a run as they are now, after ``step`` steps.

    Those that were set by hand are among them, although training meets them at its next step only.
    """

    run: int
    epoch: int
    step: int
    row: Row


@dataclass(frozen=True)
class Stepped:
    """One step of a run that is followed, with all that it was computed from.

    before, after: the weights (P,). x: (B, inputs), t: (B, outputs) as the network takes them. masks: (B, units) per
    dropout layer, 0 or 1 / (share kept). l1, l2: λ of the penalty on the weights, as of this step. A batch above 4,096
    samples is told by its last chunk.
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
    l1: float = 0.0
    l2: float = 0.0


def weight_path(layer: str, unit: int, source: int | None) -> str:
    """Return how files name a weight: weights.<layer id>[unit][source], or biases.<layer id>[unit]."""
    return f"biases.{layer}[{unit}]" if source is None else f"weights.{layer}[{unit}][{source}]"


def _limits(model: type[Frozen], field: str) -> Real:
    return next(item for item in model.model_fields[field].metadata if isinstance(item, Real))


# What may change while a run trains, within the limits that it has in an experiment.
CHANGEABLE: Mapping[str, Real] = {
    "training.optimizer.learning_rate": _limits(OptimizerSettings, "learning_rate"),
    "training.penalty.l1": _limits(Penalty, "l1"),
    "training.penalty.l2": _limits(Penalty, "l2"),
    "network.dropout": _limits(Dropout, "rate"),
}

Event = Begun | EpochDone | Changed | Edited | Refused | Ended | Saved | Looked | Stepped


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
class SetWeight:
    """An order: set a weight, or a bias (source None), before the next step.

    It is answered by Edited, or by Refused, for each run that it is for and that is not over; run: the place of the
    run, or None for all of them. What the optimizer remembers stays as it is, for it is of gradients that were really
    met; so does a tensor's that is set in a loop written by hand. Raises Mistake where the value is beyond the limits
    of a weight.
    """

    layer: str
    unit: int
    source: int | None
    value: float
    run: int | None = None

    def __post_init__(self) -> None:
        if not WEIGHT.least <= self.value <= WEIGHT.most:
            raise Mistake(f"{self.path}: expected a number from {WEIGHT.least:g} to {WEIGHT.most:g}, got {self.value}")

    @property
    def path(self) -> str:
        """The weight as records and files name it."""
        return weight_path(self.layer, self.unit, self.source)

    def place(self, architecture: Architecture) -> int:
        """Return where the weight lies in a row of this network; raises Mistake if there is no such weight."""
        layer = next((layer for layer in architecture.dense if layer.id == self.layer), None)
        if layer is None:
            found = ", ".join(layer.id for layer in architecture.dense)
            raise Mistake(f"{self.path}: expected the id of one of the dense layers {found}, got {self.layer}")
        for what, index, count in (("unit", self.unit, layer.units), ("source", self.source, layer.inputs)):
            if index is not None and not 0 <= index < count:
                raise Mistake(f"{self.path}: expected a {what} from 0 to {count - 1}, got {index}")
        if self.source is None:
            return layer.bias_start + self.unit
        return layer.start + self.unit * layer.inputs + self.source


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


Order = Change | SetWeight | Save | Look | Follow | Stop
# One next() of a training: the events of one step, mostly none.
Events = tuple[Event, ...]
NOTHING: Events = ()
