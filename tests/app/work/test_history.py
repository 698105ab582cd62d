"""The history of runs: what goes on from a record takes its place."""

from dataclasses import replace

import numpy as np
import pytest

from app.work.history import MOST_RECORDS, History
from app.work.session import Session
from core.experiment.experiment import read_experiment
from core.experiment.memory import KEEP_BYTES
from core.experiment.variants import Run, expand
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Save, State
from core.training.loop import prepare, train

RUNS = expand(
    read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 40}},
            "network": {"layers": [{"kind": "dense", "id": "a", "units": 2}]},
            "training": {"epochs": 5, "batch_size": 20},
        }
    )
)


def stopped(runs: tuple[Run, ...] = RUNS) -> Record:
    """Return the record of a run that was saved on its way."""
    recorder, training = Recorder(runs), train(prepare(runs))
    while recorder.record(0).epochs < 2 if recorder.records() else True:
        recorder.take(next(training))
    recorder.take(training.send(Save()))
    return recorder.record(0)


@pytest.fixture
def session(qapp: object) -> Session:
    return Session()


@pytest.fixture
def history(session: Session) -> History:
    return History(session)


def test_a_run_that_goes_on_is_there_once_from_the_start_at_its_place(history: History, session: Session) -> None:
    first, last = stopped(), stopped()
    history.clear((first, last))
    history.begin(RUNS, {0: last})
    assert history.past == (first,)
    assert history.current == (last,)
    assert history.records == (first, last)  # also before the job is ready, in which case it may be saved
    assert (history.places, history.place) == ((0,), 1)
    states = {0: last.state} if last.state is not None else {}
    for events in train(prepare(RUNS, states=states)):
        session.happened.emit(events)
    assert [record.epochs for record in history.records] == [2, 5]


def test_a_run_that_begins_anew_leaves_the_past_alone(history: History) -> None:
    first = stopped()
    history.clear((first,))
    history.begin(RUNS)
    assert history.past == (first,)
    assert history.current == ()
    assert history.place == 1


def weighing(record: Record, parameters: int) -> Record:
    """Return a record of a larger network: three rows of a path, and a state as Adam has it."""
    row = np.zeros(parameters, np.float32)
    arrays = dict.fromkeys(("row", "best_row", "optimizer.exp_avg", "optimizer.exp_avg_sq"), row)
    rows = dict.fromkeys((0, 1, 2, 3), row)
    return replace(record, rows=rows, row=row, last_row=row, best_epoch=2, state=State(arrays, {"step": 1}))


def total(records: tuple[Record, ...]) -> int:
    arrays = [
        array
        for record in records
        for array in (
            *record.rows.values(),
            *(record.state.arrays.values() if record.state else ()),
            record.row,
            record.last_row,
        )
    ]
    return sum(array.nbytes for array in arrays)


@pytest.mark.parametrize("parameters", [100, 100_000, 4_000_000, 200_000_000])
def test_a_hundred_runs_and_more_stay_within_the_budget(
    parameters: int, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Zeros that nothing is written to take no memory.
    record = weighing(stopped(), parameters)
    monkeypatch.setattr(History, "current", property(lambda self: (record,)))
    for _ in range(130):
        history.begin(RUNS)
    past = history.past
    assert len(past) == len(history.places) <= MOST_RECORDS
    assert list(history.places) == list(range(130 - len(past), 130))
    assert past[-1] is record
    curves = sum(found.curves.values.nbytes for found in past)
    assert total(past[:-1]) + curves <= 2 * KEEP_BYTES
    assert len(past) == {100: 100, 100_000: 100}.get(parameters, len(past))
    whole = [found for found in past if found.state is not None]
    assert list(past[-len(whole) :]) == whole  # the newest ones
    for found in past[: -len(whole)]:
        assert list(found.rows) == [0, 2, 3]
    if parameters == 100:
        assert whole == list(past)
    if parameters == 200_000_000:
        assert past == (record,)
