"""What early stopping did in a run, and what another patience would have done: values, without Qt's widgets."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from app.plots.run_curves import RunCurves
from app.shell.widgets.numbers import written
from core.choices.schedules import MONITORS
from core.experiment.training import EarlyStopping
from core.runs.curves import COLUMNS, Column, Curves
from core.runs.record import Record
from core.runs.replay import Regions, Replay, regions, replay
from core.training.events import Outcome
from core.training.stopping import larger_is_better

MOST_PATIENCE = 100_000


@dataclass(frozen=True, eq=False)
class Course:
    """A run and its ghost, if it has one, as far as they have come.

    known: the curves of the run, and beyond its end those of its ghost. regions: of their validation loss; None
    where it never fell. outcome: how what is known ended.
    """

    record: Record
    run: RunCurves
    ghost: RunCurves | None
    known: Curves
    regions: Regions | None
    outcome: Outcome | None

    @classmethod
    def of(cls, record: Record, place: int, ghost: Record | None = None, ghost_place: int = 0) -> "Course":
        """Return the course of a run, by its place among all runs."""
        known, last = record.curves, record
        if ghost is not None and ghost.epochs > record.epochs and record.outcome is not None:
            known, last = joined(record.curves, ghost.curves), ghost
        return cls(
            record,
            RunCurves.of(record, place),
            None if ghost is None else RunCurves.of(ghost, ghost_place, faint=True),
            known,
            regions(known),
            last.outcome,
        )

    @property
    def stopped(self) -> int | None:
        """The epoch after which early stopping has ended the run."""
        return self.record.epochs if self.record.outcome == "early stopping" else None

    @property
    def own(self) -> EarlyStopping | None:
        """The early stopping that the run was trained with."""
        return self.record.experiment.training.early_stopping

    @property
    def live(self) -> bool:
        """Whether the run has not ended."""
        return self.record.outcome is None

    @property
    def trained(self) -> int:
        """The epochs that are known."""
        return int(self.known["epoch"][-1]) if len(self.known) else 0

    def replayed(self, stopping: EarlyStopping) -> Replay:
        """Return what early stopping with other settings would have done."""
        return replay(self.known, stopping, self.record.experiment.training.epochs, self.outcome)


def joined(curves: Curves, more: Curves) -> Curves:
    """Return curves, and beyond their end those of another run."""
    beyond = more["epoch"] > (curves["epoch"][-1] if len(curves) else -1)
    values = np.concatenate([curves.values, more.values[beyond]])
    return Curves(values, np.concatenate([curves.spans, more.spans[beyond]]))


def patience_to(course: Course, stopping: EarlyStopping, epoch: float) -> int:
    """Return the longest patience that would have ended the run by an epoch; beyond those that are known it is the
    patience that would end there if none of them were an improvement."""
    free = course.replayed(stopping.model_copy(update={"patience": MOST_PATIENCE}))
    waited = free.misses[free.epochs <= round(epoch)].max(initial=0)
    if len(free.epochs) and epoch > free.epochs[-1]:
        waited = round(epoch) - free.best_epoch
    return min(max(int(waited), 1), MOST_PATIENCE)


@dataclass(frozen=True)
class Window:
    """The window of patience: it begins at the best epoch, and ends the run when it is over.

    missed: epochs since the best one. stopped: where it has ended the run, or would have; None if it would not, or
    nobody knows. known: whether it is known what becomes of it.
    """

    best_epoch: int
    missed: int
    stopped: int | None
    known: bool
    stopping: EarlyStopping

    @property
    def end(self) -> int:
        """The epoch after which it is over, unless another one is better."""
        return self.best_epoch + self.stopping.patience

    @classmethod
    def of(cls, found: Replay, course: Course) -> "Window | None":
        """Return the window at the end of what was replayed; None where the epochs are not told one by one."""
        reached = int(found.epochs[-1]) if len(found.epochs) else 0
        if found.outcome is None and reached < course.trained:
            if course.live and found.stopping == course.own:
                return cls(course.record.best_epoch, course.run.waited, None, False, found.stopping)
            return None
        missed = int(found.misses[-1]) if reached else 0
        return cls(found.best_epoch, missed, found.stopped, found.outcome is not None, found.stopping)


# -- in words ----------------------------------------------------------------------------------------------------------


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stopping", text)


def verdict(course: Course, found: Replay, window: Window | None, *, short: bool = False) -> str:
    """Say what early stopping has done or would do, what lies beyond, and what the regions tell; short: in fewer words,
    for little room."""
    sentences = []
    if course.own is None:
        sentences.append(_tr("This run had no early stopping."))
    if course.live and window is not None and not window.known and found.stopping == course.own:
        sentences.append(_so_far(course, window, short=short))
    elif short and found.stopped is not None and found.best is not None:
        best = _value(course, found.stopping, found.best_epoch)
        text = _tr("Stops after epoch {0}; the best is epoch {1}, {2}.")
        sentences.append(text.format(f"{found.stopped:,}", f"{found.best_epoch:,}", best))
    else:
        sentences.append(found.sentence)
    if found.stopped is not None:
        sentences.append(_beyond(course, found))
    if course.regions is not None:
        sentences.append(_in_short(course.regions) if short else course.regions.sentence)
    return " ".join(filter(None, sentences))


def _in_short(found: Regions) -> str:
    if found.best_epoch == found.last:
        words = _tr("Under-fitting before epoch {0}; the validation loss may fall further.")
    elif found.good[1] == found.last:
        words = _tr("Under-fitting before epoch {0}, good from there to {1}.")
    elif found.over_fits:
        words = _tr("Under-fitting before epoch {0}, good to {1}, then over-fitting.")
    else:
        words = _tr("Under-fitting before epoch {0}, good to {1}, then both losses are higher.")
    return words.format(*(f"{epoch:,}" for epoch in found.good))


def _so_far(course: Course, window: Window, *, short: bool) -> str:
    if not window.best_epoch:
        return _tr("No epoch is an improvement yet: {0} of {1} missed.").format(window.missed, window.stopping.patience)
    best = _value(course, window.stopping, window.best_epoch)
    text = _tr("So far epoch {0} is the best, {1}. {2} of {3} missed: without an improvement it stops after epoch {4}.")
    if short:
        text = _tr("So far epoch {0} is the best, {1}; {2} of {3} missed.")
    return text.format(f"{window.best_epoch:,}", best, window.missed, window.stopping.patience, f"{window.end:,}")


def _beyond(course: Course, found: Replay) -> str:
    """Say what the epochs after a stop brought, as far as they were trained."""
    assert found.stopped is not None
    values = course.known[column_of(found.stopping)]
    after = (course.known["epoch"] > found.stopped) & np.isfinite(values)
    if not after.any() or found.best is None:
        return ""
    sign = -1.0 if larger_is_better(found.stopping.monitor) else 1.0
    place = int(np.where(after, sign * values, np.inf).argmin())
    last, best = course.trained, int(course.known["epoch"][place])
    if sign * values[place] < sign * found.best:
        text = _tr("It misses epoch {0}, {1}, which is better.")
        return text.format(f"{best:,}", _value(course, found.stopping, best))
    text = _tr("Nothing better comes in the {0} epochs that it saves: after epoch {1}, {2}.")
    return text.format(f"{last - found.stopped:,}", f"{last:,}", _value(course, found.stopping, last))


def column_of(stopping: EarlyStopping) -> Column:
    """Return the column of the curves that the monitor is in."""
    return next(column for column in COLUMNS if column == stopping.monitor)


def _value(course: Course, stopping: EarlyStopping, epoch: int) -> str:
    """Write the monitor's value of an epoch, with its name."""
    place = int(np.searchsorted(course.known["epoch"], epoch))
    value = float(course.known[column_of(stopping)][min(place, len(course.known) - 1)])
    return f"{MONITORS[stopping.monitor].lower()} {written(value, 4)}"
