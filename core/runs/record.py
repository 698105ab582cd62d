"""A record: what a run did. A fact, saved in the file and never undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.experiment.variants import Origin
from core.runs.curves import Curves
from core.training.events import Metrics, Outcome, Row, State


@dataclass(frozen=True)
class Intervention:
    """A setting that was changed, or a weight that was set by hand, once so many steps were done.

    path: of the setting, or weights.<layer id>[unit][source], biases.<layer id>[unit].
    """

    step: int
    path: str
    old: float
    new: float


@dataclass(frozen=True, eq=False)
class Record:
    """What a run did.

    experiment: what it trained, without variants. started: ISO 8601, in UTC. steps: until its newest epoch, its state
    or its end. seconds: spent on steps and evaluations, known once it has ended. outcome: None while it has not. rows:
    kept of the path, by epoch in order; the start, the best and the last epoch are among them once it has ended. row:
    what the run keeps; last_row: where it stood at its end, which lies between two epochs if it was interrupted there.
    metrics: of ``row`` (of ``last_row`` until it has ended); last: of the last epoch. state: to go on from, None if
    there is none. versions: of downhill, torch, numpy and python. origin: of start weights that the seed did not draw.
    """

    name: str
    experiment: Experiment
    device: str
    device_reason: str
    parameters: int
    started: str
    seconds: float
    steps: int
    epochs: int
    curves: Curves
    interventions: tuple[Intervention, ...]
    outcome: Outcome | None
    message: str
    best_epoch: int
    metrics: Metrics
    last: Metrics
    rows: Mapping[int, Row]
    row: Row
    last_row: Row
    state: State | None
    versions: Mapping[str, str]
    origin: Origin | None = None

    def at(self, moment: Literal["start", "best", "last"] | int) -> Row:
        """Return the row of a moment or of an epoch; raises Mistake, which tells the nearest, if it was not kept."""
        if moment == "last":
            return self.last_row
        epoch = {"start": 0, "best": self.best_epoch}[moment] if isinstance(moment, str) else moment
        if epoch in self.rows:
            return self.rows[epoch]
        nearest = min(self.rows, key=lambda kept: (abs(kept - epoch), kept))
        raise Mistake(f'run "{self.name}": the weights of epoch {epoch} were not kept; the nearest are of {nearest}')
