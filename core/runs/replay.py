"""Early stopping replayed on the curves of a run: where another patience would have stopped it, and what it missed.

Early stopping watches a run and changes nothing in it until it ends it. So the curves of one run tell exactly what any
patience, min delta or monitor would have done, as far as the run was trained.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import Mistake
from core.choices.schedules import MONITORS
from core.experiment.training import EarlyStopping
from core.experiment.variants import Run, override
from core.runs.curves import COLUMNS, Curves, Floats
from core.runs.record import Record
from core.training.events import Outcome
from core.training.stopping import Patience, larger_is_better

Integers = NDArray[np.int64]

# A validation loss this share of the whole way down above its lowest still counts as good.
TOLERANCE = 0.2


@dataclass(frozen=True, eq=False)
class Replay:
    """What early stopping would have done.

    epochs, misses, values: (n,) each epoch that it would have seen, how many it had then waited without an improvement,
    and the monitor's value. best_epoch: 0 if none was an improvement; best: its value, None if there is none. outcome:
    how the run would have ended, None where that is unknown: the curves end before the patience does.
    """

    stopping: EarlyStopping
    epochs: Integers
    misses: Integers
    values: Floats
    best_epoch: int
    best: float | None
    outcome: Literal["early stopping", "epochs", "diverged"] | None
    sentence: str

    @property
    def stopped(self) -> int | None:
        """The epoch after which it would have stopped; None if it would not have, or nobody knows."""
        return int(self.epochs[-1]) if self.outcome == "early stopping" else None


def replay(curves: Curves, stopping: EarlyStopping, epochs: int, outcome: Outcome | None = None) -> Replay:
    """Return what early stopping would have done in the run of these curves.

    epochs: how many the run was to train at the most. outcome: how it ended, None while it trains. What is folded into
    extremes, in runs of more than 20,000 epochs, cannot be replayed: the outcome is then unknown.
    """
    whole, gapless = _exact(curves)
    seen = whole["epoch"].astype(np.int64)
    values = whole.values[:, COLUMNS.index(stopping.monitor)]
    improved = _improvements(values, stopping)
    misses = seen - np.maximum.accumulate(np.where(improved, seen, 0))
    enough = np.flatnonzero(misses >= stopping.patience)
    found: Literal["early stopping", "epochs", "diverged"] | None = None
    if len(enough):
        found = "early stopping"
        upto = slice(int(enough[0]) + 1)
        seen, misses, values = seen[upto], misses[upto], values[upto]
    elif gapless and outcome == "diverged":
        found = "diverged"
    elif gapless and len(seen) >= epochs:
        found = "epochs"
    best_epoch = int(seen[-1] - misses[-1]) if len(seen) else 0
    best = float(values[best_epoch - 1]) if best_epoch else None
    sentence = _sentence(stopping, seen, misses, best_epoch, best, found) if gapless else _FOLDED
    return Replay(stopping, seen, misses, values, best_epoch, best, found, sentence)


_FOLDED = "The first epochs of so long a run are kept as extremes only: where it would have stopped is unknown."


def _exact(curves: Curves) -> tuple[Curves, bool]:
    """Return the epochs from 1 on that are told one by one without a gap, and whether these are all there are."""
    trained = curves["epoch"] > 0
    values, spans = curves.values[trained], curves.spans[trained]
    wanted = np.arange(1, len(values) + 1)
    wrong = np.flatnonzero((values[:, COLUMNS.index("epoch")] != wanted) | (spans != 1))
    count = wrong[0] if len(wrong) else len(values)
    return Curves(values[:count], spans[:count]), count == len(values)


def _improvements(values: Floats, stopping: EarlyStopping) -> NDArray[np.bool_]:
    """Return (n,) whether each value is an improvement, as ``Patience`` finds it, in the time of a redraw.

    An improvement on the best by more than min delta is lower than all values before, so only those are looked at.
    """
    larger = larger_is_better(stopping.monitor)
    falling = -values if larger else values
    lowest = np.fmin.accumulate(np.concatenate([[np.inf], falling]))[:-1]
    improved = falling < lowest
    if stopping.min_delta:
        patience = Patience(stopping.min_delta, larger)
        for place in np.flatnonzero(improved):
            improved[place] = patience.look(float(values[place]), int(place) + 1)
    return improved


def _sentence(
    stopping: EarlyStopping, seen: Integers, misses: Integers, best_epoch: int, best: float | None, outcome: str | None
) -> str:
    what = MONITORS[stopping.monitor].lower()
    patience = f"Patience {stopping.patience}"
    reached = int(seen[-1]) if len(seen) else 0
    top = f"the best is epoch {best_epoch}, {what} {best:.4g}" if best is not None else f"no {what} was ever finite"
    if outcome == "early stopping":
        if best is None or not (stopping.restore_best and best_epoch):
            return f"{patience} stops after epoch {reached}; {top}."
        back = f"goes back to the best, epoch {best_epoch} ({what} {best:.4g})"
        return f"{patience} stops after epoch {reached} and {back}."
    if outcome == "epochs":
        return f"{patience} never runs out: all {_count(reached)} are trained; {top}."
    if outcome == "diverged":
        return f"{patience} does not run out before the loss becomes infinite after epoch {reached}; {top}."
    missed = f"{misses[-1] if len(misses) else 0} of {stopping.patience} missed"
    return f"{patience} reaches beyond the {_count(reached)} trained, {missed}: unknown, train on."


def _count(epochs: int) -> str:
    return f"{epochs:,} epoch{'' if epochs == 1 else 's'}"


@dataclass(frozen=True)
class Regions:
    """The lecture's three regions of the validation loss over the epochs.

    Good is from the first to the last epoch whose validation loss lies within 20 % of the way from the start down to
    the lowest one. Before it, while both losses fall, the network under-fits; after it, where the validation loss is
    higher for good and the training loss no higher than at the best epoch, it over-fits.

    good: first and last epoch. best_epoch: of the lowest validation loss. last: the last epoch there is.
    over_fits: whether what follows the good epochs is over-fitting; if not, the training loss has risen as well.
    """

    good: tuple[int, int]
    best_epoch: int
    last: int
    over_fits: bool
    sentence: str


def regions(curves: Curves) -> Regions | None:
    """Return the regions of a run so far, from its exact epochs; None where the validation loss never fell."""
    exact = (curves.spans == 1) & np.isfinite(curves["validation_loss"])
    epochs, validation = curves["epoch"][exact].astype(int), curves["validation_loss"][exact]
    train = curves["train_loss"][exact]
    if len(epochs) < 2:
        return None
    best = int(validation.argmin())
    fallen = validation[0] - validation[best]
    if not fallen > 0:
        return None
    good = np.flatnonzero(validation <= validation[best] + TOLERANCE * fallen)
    first, final = int(epochs[good[0]]), int(epochs[good[-1]])
    last = int(epochs[-1])
    over_fits = bool(final < last and train[good[-1] + 1 :].mean() <= train[best])
    under = f"Under-fitting before epoch {first}: there is more to learn. "
    if best == len(epochs) - 1:
        rest = f"The validation loss is the lowest at the last epoch, {last}: it may fall further."
    elif final == last:
        rest = f"Good from there to epoch {last}: the validation loss stays near its lowest, at epoch {epochs[best]}."
    elif over_fits:
        rest = (
            f"Good to epoch {final}. Over-fitting from then on: the validation loss rises while the training loss is "
            "lower still."
        )
    else:
        rest = f"Good to epoch {final}. From then on both losses are higher, which is not over-fitting."
    return Regions((first, final), int(epochs[best]), last, over_fits, under + rest)


def keep_going(record: Record) -> Run:
    """Return the run that trains on past the stop of one that early stopping has ended: the ghost.

    Trained from ``record.state``, it is the run itself up to the stop, and beyond it what stopping saved. Raises
    Mistake where there is nothing to go on from.
    """
    if record.outcome != "early stopping" or record.state is None:
        raise Mistake(f'run "{record.name}": expected one that early stopping has ended; train it with early stopping')
    return Run(f"{record.name}: kept going"[:80], override(record.experiment, {"training.early_stopping": None}))
