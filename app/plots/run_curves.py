"""What the curves of one run are, for a plot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.runs.curves import Column, Curves, Floats
from core.runs.record import Intervention, Record
from core.runs.seeds import as_one, shared_name


@dataclass(frozen=True, eq=False)
class RunCurves:
    """A run in the plots.

    place: among all runs, which gives it its colour and marker everywhere. best_epoch: 0 where there is none.
    patience: epochs that early stopping waits, None where it is off. faint: an earlier run, drawn as a thin line.
    diverged_at: the step of the first loss that was not finite. visible: whether it is drawn at all. band: by column
    the ends of the middle 80 % of several seeds, of which the curves are the medians.
    """

    name: str
    place: int
    curves: Curves
    best_epoch: int = 0
    patience: int | None = None
    faint: bool = False
    interventions: tuple[Intervention, ...] = field(default=())
    diverged_at: int | None = None
    visible: bool = True
    band: Mapping[Column, tuple[Floats, Floats]] | None = None

    @classmethod
    def of(cls, record: Record, place: int, faint: bool = False, visible: bool = True) -> "RunCurves":
        """Return the curves of a record."""
        stopping = record.experiment.training.early_stopping
        return cls(
            name=record.name,
            place=place,
            curves=record.curves,
            best_epoch=record.best_epoch,
            patience=None if stopping is None else stopping.patience,
            faint=faint,
            interventions=record.interventions,
            diverged_at=record.steps if record.outcome == "diverged" else None,
            visible=visible,
        )

    @classmethod
    def of_seeds(cls, records: Sequence[Record], place: int, visible: bool = True) -> "RunCurves":
        """Return the medians over seeds, with their band."""
        curves, ends = as_one(records)
        words = QCoreApplication.translate("RunCurves", "{0} seeds: median, 10–90 %").format(len(records))
        own = shared_name(records)
        name = f"{own}, {words}" if own else words
        return cls(name, place, curves, visible=visible, band=ends)

    def epoch_at(self, step: int) -> float:
        """Return where a step lies on the axis of epochs."""
        steps, epochs = self.curves["step"], self.curves["epoch"]
        if not len(steps):
            return 0.0
        if step > steps[-1] and len(steps) > 1 and steps[-1] > steps[-2]:  # in an epoch that is not done
            return float(epochs[-1] + (step - steps[-1]) / (steps[-1] - steps[-2]))
        return float(np.interp(step, steps, epochs))

    @property
    def waited(self) -> int:
        """Epochs since the best one."""
        waited = self.curves["waited"]
        return int(waited[-1]) if len(waited) and np.isfinite(waited[-1]) else 0
