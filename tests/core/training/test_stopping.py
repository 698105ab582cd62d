"""Early stopping and the plateau schedule against tables written by hand, with the meaning that they have in Keras."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from core.choices.optimizers import SGD
from core.choices.schedules import Plateau
from core.experiment.experiment import Experiment
from core.experiment.training import EarlyStopping, Training
from core.experiment.variants import Run
from core.training.events import Metrics
from core.training.member import Member, new_member
from core.training.stopping import Patience, larger_is_better

if TYPE_CHECKING:
    from tests.core.training.conftest import Lab

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("values", "min_delta", "larger", "waited", "best_epochs"),
    [
        # Each epoch's value; then the epochs waited after it, and the best epoch so far.
        ([5, 4, 3, 2], 0, False, [0, 0, 0, 0], [1, 2, 3, 4]),
        ([5, 6, 5, 4, 4], 0, False, [0, 1, 2, 0, 1], [1, 1, 1, 4, 4]),  # equal is no improvement
        ([5, 4.5, 4, 3.75], 0.5, False, [0, 1, 0, 1], [1, 1, 3, 3]),  # by exactly min_delta neither
        ([5, 4.75, 4.5, 4.25], 0.5, False, [0, 1, 2, 0], [1, 1, 1, 4]),  # it adds up from the best
        ([NAN, NAN, 3, NAN, 2], 0, False, [1, 2, 0, 1, 0], [0, 0, 3, 3, 5]),
        ([INF, 3, INF, 4], 0, False, [1, 0, 1, 2], [0, 2, 2, 2]),
        ([0.5, 0.6, 0.6, 0.4, 0.7], 0, True, [0, 0, 1, 2, 0], [1, 2, 2, 2, 5]),
        ([0.5, 0.75, 0.76, 1.0], 0.25, True, [0, 1, 0, 1], [1, 1, 3, 3]),
        ([0.0, 0.0, NAN, 0.25], 0, True, [0, 1, 2, 0], [1, 1, 1, 4]),
        ([-1, -2, -2, -3], 0, False, [0, 0, 1, 0], [1, 2, 2, 4]),
    ],
)
def test_patience(
    values: list[float], min_delta: float, larger: bool, waited: list[int], best_epochs: list[int]
) -> None:
    patience = Patience(min_delta, larger)
    for epoch, (value, wait, best) in enumerate(zip(values, waited, best_epochs, strict=True), start=1):
        before = patience.best_epoch
        assert patience.look(value, epoch) == (best != before)
        assert (patience.waited, patience.best_epoch) == (wait, best)
        again = Patience(**patience.plain())
        assert again == patience


def test_accuracies_grow_and_losses_fall() -> None:
    assert larger_is_better("validation_accuracy")
    assert not larger_is_better("validation_loss")
    assert not larger_is_better("train_loss")


def member(lab: Lab, **training: Any) -> Member:
    dataset = lab.dataset("binary")
    experiment = Experiment(training=Training(optimizer=SGD(learning_rate=1.0), device="cpu", **training))
    run = Run("run", experiment)
    return new_member(0, run, lab.built(run, dataset), "cpu", lab.job([run], dataset).dtype)


def seen(validation_loss: float, validation_accuracy: float = 0.5, train_loss: float = 1.0) -> Metrics:
    return Metrics(train_loss=train_loss, validation_loss=validation_loss, validation_accuracy=validation_accuracy)


@dataclass
class Walk:
    """What a run does of its own accord, epoch by epoch."""

    rates: list[float] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    stopped_after: int | None = None


def walk(member: Member, metrics: list[Metrics]) -> Walk:
    told = Walk()
    for epoch, one in enumerate(metrics):
        member.begin_epoch(epoch)
        told.rates.append(member.settings.learning_rate)
        member.look(one, epoch + 1)
        told.cuts.append(member.cuts)
        if member.stops_early:
            told.stopped_after = epoch + 1
            break
    return told


@pytest.mark.parametrize(
    ("losses", "patience", "min_delta", "stopped_after", "best_epoch"),
    [
        ([5, 4, 4.1, 4.2, 4.3, 1], 3, 0, 5, 2),  # stops when waited == patience, and does not see the 1
        ([5, 4, 4.1, 4.2, 3.9, 4, 4, 4], 3, 0, 8, 5),
        ([5, 4, 4, 4], 1, 0, 3, 2),
        ([5, 4.9, 4.8, 4.7, 4.6], 2, 0.5, 3, 1),
        ([5, 4.9, 4.4, 4.3, 4.2, 4.1], 3, 0.5, 6, 3),
        ([5, 4, 3, 2, 1], 1, 0, None, 5),
        ([5, NAN, NAN, 1], 2, 0, 3, 1),
    ],
)
def test_early_stopping(
    losses: list[float],
    patience: int,
    min_delta: float,
    stopped_after: int | None,
    best_epoch: int,
    lab: Lab,
) -> None:
    run = member(lab, early_stopping=EarlyStopping(patience=patience, min_delta=min_delta))
    told = walk(run, [seen(loss) for loss in losses])
    assert told.stopped_after == stopped_after
    assert run.best.best_epoch == best_epoch


@pytest.mark.parametrize(
    ("monitor", "stopped_after", "best_epoch"),
    [("validation_loss", 3, 1), ("validation_accuracy", 5, 3), ("train_loss", 4, 2)],
)
def test_early_stopping_watches_its_monitor_alone(monitor: str, stopped_after: int, best_epoch: int, lab: Lab) -> None:
    run = member(lab, early_stopping=EarlyStopping(monitor=monitor, patience=2))
    table = [  # validation loss, validation accuracy, training loss
        seen(1.0, 0.5, 0.9),
        seen(1.1, 0.6, 0.8),
        seen(1.2, 0.7, 0.9),
        seen(1.3, 0.7, 0.9),
        seen(1.4, 0.7, 0.9),
        seen(0.1, 0.9, 0.1),
    ]
    assert walk(run, table).stopped_after == stopped_after
    assert run.best.best_epoch == best_epoch


@pytest.mark.parametrize(
    ("losses", "settings", "rates"),
    [
        # The rate of each epoch. It is cut when waited == patience, and the wait begins anew.
        ([5, 4, 4, 4, 4, 4, 4, 4], {"patience": 2}, [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25]),
        ([5, 5, 5, 5], {"patience": 1}, [1, 1, 0.5, 0.25]),
        ([5, 4, 4, 3, 3, 3, 2, 2], {"patience": 2}, [1, 1, 1, 1, 1, 1, 0.5, 0.5]),
        ([5, 4.6, 4.2, 3.8], {"patience": 1, "min_delta": 0.5}, [1, 1, 0.5, 0.5]),
        ([5, 5, 5, 5, 5], {"patience": 1, "factor": 0.1, "min_factor": 0.01}, [1, 1, 0.1, 0.01, 0.01]),
        ([5, NAN, NAN, NAN], {"patience": 1}, [1, 1, 0.5, 0.25]),
        ([5, 4, 3, 2], {"patience": 1}, [1, 1, 1, 1]),
    ],
)
def test_reduce_on_plateau(losses: list[float], settings: dict[str, Any], rates: list[float], lab: Lab) -> None:
    run = member(lab, schedule=Plateau(**settings))
    assert walk(run, [seen(loss) for loss in losses]).rates == pytest.approx(rates, rel=1e-12)


def test_plateau_and_early_stopping_wait_each_on_their_own(lab: Lab) -> None:
    run = member(
        lab,
        schedule=Plateau(patience=2, monitor="train_loss"),
        early_stopping=EarlyStopping(patience=4, monitor="validation_accuracy"),
    )
    table = [
        seen(1, 0.5, 1.0),
        seen(1, 0.5, 1.0),
        seen(1, 0.6, 1.0),  # a cut, and an improvement of the accuracy
        seen(1, 0.6, 0.9),
        seen(1, 0.6, 0.9),
        seen(1, 0.6, 0.9),  # a cut
        seen(1, 0.6, 0.1),
    ]
    told = walk(run, table)
    assert told.rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert told.cuts == [0, 0, 1, 1, 1, 2, 2]
    assert told.stopped_after == 7


def keras(values: list[float], stopping: EarlyStopping, plateau: Plateau, larger: bool) -> tuple[list[float], int, int]:
    """Return the rates, the epoch after which Keras' callbacks stop, and the epoch that they restore.

    Written from the source of keras.callbacks.EarlyStopping and ReduceLROnPlateau (min_lr as a share, no cooldown).
    """
    sign = -1 if larger else 1
    best, wait, best_epoch = INF, 0, 0
    low, held, rate = INF, 0, 1.0
    rates = []
    for epoch, value in enumerate(values, start=1):
        rates.append(rate)
        if sign * value < low - plateau.min_delta:
            low, held = sign * value, 0
        else:
            held += 1
            if held >= plateau.patience:
                rate, held = max(rate * plateau.factor, plateau.min_factor), 0
        wait += 1
        if sign * value < best - stopping.min_delta:
            best, best_epoch, wait = sign * value, epoch, 0
        elif wait >= stopping.patience:
            return rates, epoch, best_epoch
    return rates, len(values), best_epoch


@pytest.mark.parametrize("monitor", ["validation_loss", "validation_accuracy", "train_loss"])
@pytest.mark.parametrize("seed", range(4))
def test_a_whole_training_does_what_keras_callbacks_would(monitor: str, seed: int, lab: Lab) -> None:
    dataset = lab.dataset("binary", seed=seed, sizes=(40, 30, 10))
    stopping = EarlyStopping(monitor=monitor, patience=6, min_delta=0.01)
    plateau = Plateau(monitor=monitor, patience=2, min_delta=0.02, factor=0.6, min_factor=0.3)
    runs = [
        lab.run(
            optimizer=SGD(learning_rate=rate),
            batch_size=5,
            epochs=60,
            early_stopping=stopping,
            schedule=plateau,
            seed=seed,
        )
        for rate in (0.05, 0.5, 3.0)
    ]
    story = lab.drive(lab.job(runs, dataset))
    for place, run in enumerate(runs):
        epochs, ended = story.epochs(place)[1:], story.ended[place]
        values = [getattr(epoch.metrics, monitor) for epoch in epochs]
        rates, stopped_after, best_epoch = keras(values, stopping, plateau, monitor.endswith("accuracy"))
        assert ended.epoch == len(epochs) == stopped_after
        assert ended.outcome == ("early stopping" if stopped_after < 60 else "epochs")
        assert ended.best_epoch == best_epoch
        base = run.experiment.training.optimizer.learning_rate
        assert [epoch.learning_rate for epoch in epochs] == pytest.approx([base * rate for rate in rates], rel=1e-12)
        assert [epoch.waited for epoch in epochs][-1] == len(epochs) - best_epoch
        np.testing.assert_array_equal(ended.row, story.epochs(place)[best_epoch].row)
        if ended.outcome == "early stopping":
            assert ended.message == (
                f"No improvement for 6 epochs: stopped after epoch {stopped_after}, best epoch {best_epoch}."
            )
    assert any(ended.outcome == "early stopping" for ended in story.ended.values())
    assert any(epoch.cuts for place in range(3) for epoch in story.epochs(place))


def test_test_data_are_never_watched(lab: Lab) -> None:
    # The same run with another test part goes the same way.
    run = lab.run(
        batch_size=5,
        epochs=20,
        early_stopping=EarlyStopping(patience=3),
        schedule=Plateau(patience=1, min_delta=0.01),
    )
    stories = []
    for test in ("train", "validation"):
        dataset = lab.dataset("binary")
        other = type(dataset)(
            dataset.facts, dataset.preparation, dataset.train, dataset.validation, getattr(dataset, test)
        )
        stories.append(lab.drive(lab.job([run], other)))
    assert stories[0].epochs()[-1].epoch == stories[1].epochs()[-1].epoch
    np.testing.assert_array_equal(stories[0].ended[0].row, stories[1].ended[0].row)
    assert stories[0].ended[0].metrics.test_loss != stories[1].ended[0].metrics.test_loss
