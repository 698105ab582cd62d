"""What runs that are compared say together, in a sentence."""

from collections.abc import Sequence
from math import inf, isfinite

import numpy as np
from PySide6.QtCore import QCoreApplication

from app.shell.widgets.numbers import written
from core.experiment.fairness import fairness
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.seeds import by_settings, shared_name
from core.runs.spread import HIGH, LOW, quantiles, within_spread
from core.training.events import Metrics


def last_loss(record: Record) -> float:
    """Return the last validation loss of a run, or its training loss where nothing was kept aside; NaN before it."""
    return loss_of(record.last)


def loss_of(metrics: Metrics) -> float:
    """Return the validation loss, or the training loss where nothing was kept aside; NaN where there is none."""
    found = metrics.train_loss if metrics.validation_loss is None else metrics.validation_loss
    return float("nan") if found is None else found


def reached(record: Record) -> str:
    """Say how far a run has come."""
    return QCoreApplication.translate("Compare", "diverged") if record.outcome == "diverged" else numbers(record.last)


def numbers(metrics: Metrics) -> str:
    """Write loss and accuracy; nothing where there is no loss."""
    loss, accuracy = loss_of(metrics), metrics.validation_accuracy
    if np.isnan(loss):
        return ""
    return written(loss) + ("" if accuracy is None else f" · {written(100 * accuracy)} %")


def best(records: Sequence[Record]) -> int | None:
    """Return the place of the run with the lowest loss; None where there is none to be preferred."""
    losses = [last_loss(record) for record in records]
    lowest = min((loss for loss in losses if isfinite(loss)), default=inf)
    alone = isfinite(lowest) and losses.count(lowest) == 1
    return losses.index(lowest) if len(records) > 1 and alone else None


def summary(records: Sequence[Record]) -> str:
    """Say what is held equal and what differs; over several seeds: how much they spread, or whether that is luck."""
    if len(records) < 2:
        return ""
    groups = by_settings(records)
    seeds = min(map(len, groups))
    losses = [
        (shared_name(runs) or runs[0].name, {run.experiment.training.seed: last_loss(run) for run in runs})
        for runs in groups
    ]
    if not any(isfinite(loss) for _, by_seed in losses for loss in by_seed.values()):
        seeds = 1  # nothing is trained yet: there is no spread to be told
    if len(groups) == 1 and seeds > 1:
        values = np.array([[loss] for loss in losses[0][1].values()])
        low, middle, high = (written(float(found[0])) for found in quantiles(values, (LOW, 0.5, HIGH)))
        sentence = QCoreApplication.translate("Compare", "{0} seeds: last loss {1} in the middle, 10–90 % {2} to {3}.")
        return sentence.format(seeds, middle, low, high)
    if len(groups) > 1 and seeds > 1:
        ranked = sorted(losses, key=lambda group: float(np.median([_ranked(loss) for loss in group[1].values()])))
        return within_spread(ranked[1], ranked[0]).sentence
    return fairness([Run(record.name, record.experiment) for record in records]).sentence


def _ranked(loss: float) -> float:
    return loss if isfinite(loss) else inf
