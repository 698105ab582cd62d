import math
import tomllib
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.experiment.training import EarlyStopping, Training
from core.experiment.variants import Run
from core.runs.curves import COLUMNS
from core.runs.record import Intervention, Record
from core.runs.recorder import Recorder
from core.runs.versions import VERSION, versions
from core.training.events import (
    Begun,
    Changed,
    Edited,
    Ended,
    EpochDone,
    Looked,
    Metrics,
    Refused,
    Row,
    Saved,
    State,
)
from core.training.keeping import capacity, carries_row

PARAMETERS = 3
RUN = Run("first", Experiment())


def row(epoch: float) -> Row:
    return np.full(PARAMETERS, epoch, np.float32)


def begun(run: int = 0, epoch: int = 0) -> Begun:
    return Begun(run, epoch, PARAMETERS, 400, 10, "cpu", "small networks are faster on the CPU", row(epoch))


def done(epoch: int, loss: float = 1.0, run: int = 0, carries: bool = True) -> EpochDone:
    metrics = Metrics(train_loss=loss, validation_loss=loss)
    return EpochDone(run, epoch, 10 * epoch, metrics, 0.0, 0.01, 0, 0, row(epoch) if carries else None)


def ended(epoch: int, best: int, **changes: object) -> Ended:
    event = Ended(
        run=0,
        outcome="epochs",
        message="All epochs are done.",
        epoch=epoch,
        step=10 * epoch,
        best_epoch=best,
        seconds=1.5,
        metrics=Metrics(test_loss=0.25),
        last=Metrics(validation_loss=0.5),
        row=row(best),
        best_row=row(best),
        last_row=row(epoch),
        state=State({"row": row(epoch)}, {"epoch": epoch}),
    )
    return replace(event, **changes)  # type: ignore[arg-type]


def finished(epochs: int = 3) -> Record:
    recorder = Recorder([RUN], now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    recorder.take((begun(), done(0, 9.0)))
    recorder.take(done(epoch, abs(epoch - 2) + 1.0) for epoch in range(1, epochs + 1))
    recorder.take((ended(epochs, best=2),))
    return recorder.record(0)


def test_a_record_tells_what_the_run_did() -> None:
    record = finished()
    assert (record.name, record.experiment, record.device) == ("first", Experiment(), "cpu")
    assert record.started == "2026-01-02T03:04:05+00:00"
    assert (record.outcome, record.message, record.seconds) == ("epochs", "All epochs are done.", 1.5)
    assert (record.steps, record.epochs, record.best_epoch, record.parameters) == (30, 3, 2, PARAMETERS)
    assert record.metrics.test_loss == 0.25
    assert record.last.validation_loss == 0.5
    assert list(record.rows) == [0, 1, 2, 3]
    assert record.curves["validation_loss"].tolist() == [9, 2, 1, 2]
    assert record.state is not None
    assert record.versions == versions()


def test_moments_of_a_record() -> None:
    record = finished()
    assert record.at("start")[0] == 0
    assert record.at("best")[0] == 2
    assert record.at("last")[0] == 3
    assert record.at(1)[0] == 1


def test_a_moment_that_was_not_kept_is_a_mistake_that_tells_the_nearest() -> None:
    with pytest.raises(Mistake, match=r'run "first": the weights of epoch 9 were not kept; the nearest are of 3'):
        finished().at(9)


def test_best_and_last_are_kept_whatever_the_path_drops() -> None:
    recorder = Recorder([RUN], keep_bytes=3 * 4 * PARAMETERS)
    recorder.take((begun(), *(done(epoch, carries=epoch % 8 == 0) for epoch in range(18))))
    recorder.take((ended(17, best=13),))
    record = recorder.record(0)
    assert list(record.rows) == [0, 8, 13, 16, 17]
    assert [record.at(moment)[0] for moment in ("start", "best", "last")] == [0, 13, 17]


def test_a_record_can_be_had_while_the_run_is_on() -> None:
    recorder = Recorder([RUN, replace(RUN, name="second")])
    assert recorder.records() == ()
    recorder.take((begun(),))
    assert recorder.record(0).epochs == 0
    state = State({}, {"epoch": 2})
    recorder.take((done(1, 0.5), done(2, 0.7), done(3, 0.6, carries=False), Saved(0, state), Looked(0, 3, 35, row(9))))
    record = recorder.record(0)
    assert (record.outcome, record.message, record.epochs, record.steps, record.best_epoch) == (None, "", 3, 30, 1)
    assert record.metrics == record.last == Metrics(0.6, 0.6)
    assert record.state is state
    assert record.last_row[0] == 2
    assert [record.name for record in recorder.records()] == ["first"]


def test_a_state_within_an_epoch_tells_the_steps_so_far() -> None:
    recorder = Recorder([RUN])
    recorder.take((begun(), done(0), Saved(0, State({}, {"step": 7}))))
    assert recorder.record(0).steps == 7
    recorder.take((done(1),))
    assert recorder.record(0).steps == 10


def test_interventions_are_noted() -> None:
    recorder = Recorder([RUN])
    recorder.take((begun(), Changed(0, 7, "training.optimizer.learning_rate", 0.01, 0.1)))
    assert recorder.record(0).interventions == (Intervention(7, "training.optimizer.learning_rate", 0.01, 0.1),)


def test_weights_set_by_hand_are_interventions() -> None:
    recorder = Recorder([RUN])
    recorder.take((begun(), Edited(0, 7, "a", 2, 5, 0.5, 2.0), Edited(0, 9, "a", 2, None, 0.0, 1.0)))
    recorder.take((Refused(0, "weights.b[0][0]: there is none"),))
    assert recorder.record(0).interventions == (
        Intervention(7, "weights.a[2][5]", 0.5, 2.0),
        Intervention(9, "biases.a[2]", 0.0, 1.0),
    )


def test_changes_of_one_setting_before_one_step_are_one_and_none_if_nothing_came_of_them() -> None:
    recorder = Recorder([RUN])
    dragged = [Edited(0, 7, "a", 2, 5, 0.5 + i, 1.5 + i) for i in range(1000)]
    rate = "training.optimizer.learning_rate"
    recorder.take((begun(), Changed(0, 6, rate, 0.1, 0.2), *dragged))
    recorder.take((Changed(0, 7, rate, 0.2, 0.3), Edited(0, 7, "a", 2, 4, 3.0, 4.0), Changed(0, 7, rate, 0.3, 0.4)))
    recorder.take((Edited(0, 7, "a", 2, 5, 1000.5, 9.0), Edited(0, 7, "a", 2, 4, 4.0, 3.0)))
    recorder.take((Edited(0, 8, "a", 2, 5, 8.5, 8.5),))
    assert recorder.record(0).interventions == (
        Intervention(6, rate, 0.1, 0.2),
        Intervention(7, rate, 0.2, 0.4),
        Intervention(7, "weights.a[2][5]", 0.5, 9.0),
    )


def test_a_run_that_is_interrupted_within_an_epoch_ends_between_two() -> None:
    recorder = Recorder([RUN])
    recorder.take((begun(), done(0), done(1), ended(1, 1, outcome="interrupted", step=14, last_row=row(1.4))))
    record = recorder.record(0)
    assert list(record.rows) == [0, 1]
    assert record.rows[1][0] == 1
    assert record.at("last")[0] == np.float32(1.4)
    assert record.steps == 14


def test_a_run_that_diverges_goes_back_to_its_last_good_row() -> None:
    recorder = Recorder([RUN])
    recorder.take((begun(), done(0), done(1), done(2, carries=False)))
    broken = Metrics(train_loss=math.nan)
    recorder.take((ended(3, 1, outcome="diverged", step=25, last_row=row(2), row=row(2), last=broken, state=None),))
    record = recorder.record(0)
    assert list(record.rows) == [0, 1, 2]
    assert record.last.train_loss is not None
    assert math.isnan(record.last.train_loss)
    assert record.state is None


def test_a_run_that_goes_on_adds_to_its_record() -> None:
    before = replace(finished(), interventions=(Intervention(12, "training.penalty.l2", 0.0, 0.1),), seconds=1.5)
    recorder = Recorder([RUN], before={0: before})
    recorder.take((begun(epoch=3), done(4, 0.1), done(5, 0.3), ended(5, best=4, seconds=2.5)))
    record = recorder.record(0)
    assert record.started == before.started
    assert record.interventions == before.interventions
    assert record.curves["epoch"].tolist() == [0, 1, 2, 3, 4, 5]
    assert list(record.rows) == [0, 1, 2, 3, 4, 5]
    assert record.seconds == 2.5


def test_what_came_after_the_state_that_a_run_goes_on_from_is_forgotten() -> None:
    late = Intervention(29, "network.dropout", 0.0, 0.5)
    before = replace(finished(), interventions=(Intervention(12, "network.dropout", 0.5, 0.0), late))
    recorder = Recorder([RUN], before={0: before})
    recorder.take((begun(epoch=2),))
    record = recorder.record(0)
    assert record.curves["epoch"].tolist() == [0, 1, 2]
    assert list(record.rows) == [0, 1, 2]
    assert record.interventions == before.interventions[:1]


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION
    assert set(versions()) == {"downhill", "torch", "numpy", "python"}
    assert all(versions().values())


def test_an_improvement_below_min_delta_is_no_best_epoch_while_it_trains() -> None:
    stopping = EarlyStopping(min_delta=0.5)
    experiment = Experiment(training=Training(early_stopping=stopping))
    recorder = Recorder([Run("first", experiment)])
    recorder.take((begun(), done(1, 2.0), done(2, 1.9), done(3, 1.8)))
    assert recorder.record(0).best_epoch == 1


def test_a_hundred_long_runs_stay_within_the_budget() -> None:
    parameters, epochs, budget = 5_000, 1_000, 8 << 20
    runs = [replace(RUN, name=str(place)) for place in range(100)]
    keep = capacity(parameters, len(runs), budget)
    recorder = Recorder(runs, keep_bytes=budget)
    zeros = np.zeros(parameters, np.float32)
    tracemalloc.start()
    recorder.take(replace(begun(run), parameters=parameters, row=zeros.copy()) for run in range(100))
    for epoch in range(epochs + 1):
        carries = carries_row(epoch, keep)
        recorder.take(
            replace(done(epoch, run=run, carries=False), row=zeros.copy() if carries else None) for run in range(100)
        )
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    records = recorder.records()
    assert all(len(record.curves) == epochs + 1 for record in records)
    kept = sum(row.nbytes for record in records for row in record.rows.values())
    assert budget / 3 < kept <= budget + 100 * zeros.nbytes  # the first row of each comes on top
    curves = 100 * 2 * (epochs + 1) * len(COLUMNS) * 8  # a buffer that has just grown is twice as long as its curves
    assert taken < kept + curves + (1 << 20)
