"""What another patience would have done, against brute force and against runs that were really trained with it."""

import numpy as np
import pytest

from app.stopping.course import Course, Window, joined, patience_to, verdict
from core.experiment.training import EarlyStopping
from core.runs.curves import CurveBuffer, Curves
from core.runs.record import Record
from core.training.events import EpochDone, Metrics
from tests.app.stopping.stage import Lab


def course_of(record: Record, ghost: Record | None = None) -> Course:
    return Course.of(record, 0, ghost, 1)


@pytest.mark.parametrize("monitor", ["validation_loss", "validation_accuracy"])
@pytest.mark.parametrize("min_delta", [0.0, 0.01])
def test_the_handle_finds_the_longest_patience_that_would_have_stopped_there(
    lab: Lab, monitor: str, min_delta: float
) -> None:
    course = course_of(lab.record())
    own = EarlyStopping(monitor=monitor, min_delta=min_delta)
    stops = {
        patience: course.replayed(own.model_copy(update={"patience": patience})).stopped for patience in range(1, 90)
    }
    for epoch in range(1, course.trained + 1):
        possible = [patience for patience, stop in stops.items() if stop is not None and stop <= epoch]
        assert patience_to(course, own, epoch + 0.2) == max(possible, default=1)
    best = course.replayed(own.model_copy(update={"patience": 1000})).best_epoch
    assert patience_to(course, own, course.trained + 25.4) == course.trained + 25 - best
    assert patience_to(course, own, -3) == 1


@pytest.mark.parametrize("patience", [1, 3, 6, 11, 40])
def test_what_would_have_been_is_what_is_where_it_is_trained(lab: Lab, patience: int) -> None:
    stopping = EarlyStopping(patience=patience)
    course, live = course_of(lab.record()), course_of(lab.record(patience=patience))
    found = Window.of(course.replayed(stopping), course)
    really = Window.of(live.replayed(stopping), live)
    assert found == really
    assert found is not None
    assert found.stopped == live.stopped
    if found.stopped is not None:
        assert found.end == found.stopped == found.best_epoch + found.missed


def test_beyond_what_was_trained_it_is_unknown_until_the_ghost_has_been_there(lab: Lab) -> None:
    record, free = lab.record(patience=6), lab.record()
    longer = EarlyStopping(patience=12)
    alone = course_of(record)
    assert alone.replayed(longer).outcome is None
    window = Window.of(alone.replayed(longer), alone)
    assert window is not None
    assert not window.known
    assert "unknown, train on" in verdict(alone, alone.replayed(longer), window)
    known = course_of(record, free)
    assert known.trained == free.epochs > record.epochs
    assert known.stopped == record.epochs
    assert known.replayed(longer).stopped == course_of(lab.record(patience=12)).stopped
    for column in ("epoch", "validation_loss", "train_loss"):
        np.testing.assert_array_equal(known.known[column], free.curves[column])


def test_a_ghost_that_is_not_past_the_stop_tells_nothing_yet(lab: Lab) -> None:
    record = lab.record(patience=6)
    assert course_of(record, record).known is record.curves


def test_curves_are_joined_without_a_gap_or_a_double(lab: Lab) -> None:
    free = lab.record().curves
    both = joined(free.until(10), free)
    np.testing.assert_array_equal(both.values, free.values)
    np.testing.assert_array_equal(both.spans, free.spans)


def test_the_verdict_says_what_was_saved_and_what_was_missed(lab: Lab) -> None:
    free = lab.record()
    course = course_of(free)
    values = free.curves["validation_loss"]
    seen = set()
    for patience in range(1, 60):
        found = course.replayed(EarlyStopping(patience=patience))
        said = verdict(course, found, Window.of(found, course))
        assert said.startswith("This run had no early stopping. Patience")
        if found.stopped is None or found.stopped == free.epochs:
            continue
        later = values[found.stopped + 1 :]
        if later.min() < values[: found.stopped + 1].min():
            assert f"It misses epoch {found.stopped + 1 + later.argmin()}, validation loss {later.min():.4g}" in said
        else:
            assert f"in the {free.epochs - found.stopped} epochs that it saves" in said
        seen.add("misses" in said)
    assert seen == {True, False}


def buffered(losses: list[float], stopping: EarlyStopping) -> Curves:
    buffer = CurveBuffer("validation_loss", min_delta=stopping.min_delta)
    waited, best = 0, np.inf
    for epoch, loss in enumerate(losses):
        waited, best = (0, loss) if loss < best else (waited + 1, best)
        buffer.append(EpochDone(0, epoch, epoch, Metrics(loss, loss), 0.0, 0.1, 0, waited, None, 0.0))
    return buffer.curves()


def test_a_run_so_long_that_its_epochs_are_folded_still_shows_how_long_it_has_waited(lab: Lab) -> None:
    own = EarlyStopping(patience=50_000)
    epochs = 25_000
    losses = np.full(epochs + 1, 0.5)
    losses[:101] = np.linspace(1, 0.4, 101)
    record = lab.record(patience=6)
    experiment = record.experiment.model_copy(
        update={"training": record.experiment.training.model_copy(update={"early_stopping": own, "epochs": 10**6})}
    )
    curves = buffered(losses.tolist(), own)
    assert (curves.spans > 1).any()
    fields = {name: getattr(record, name) for name in record.__dataclass_fields__}
    long = Record(
        **fields | {"curves": curves, "experiment": experiment, "outcome": None, "best_epoch": 100, "epochs": epochs}
    )
    course = course_of(long)
    window = Window.of(course.replayed(own), course)
    assert window == Window(100, epochs - 100, None, False, own)
    assert "24900 of 50000 missed" in verdict(course, course.replayed(own), window)
    other = course.replayed(EarlyStopping(patience=7))
    assert Window.of(other, course) is None
    assert "unknown" in verdict(course, other, None)
