"""Rows of the past: how many are kept within the memory that the session allows, and that one is drawn once."""

from pytestqt.qtbot import QtBot

from app.plots import probes
from app.work.history import History
from app.work.session import Phase, Session
from core.experiment.variants import expand
from core.training.events import EpochDone, Event
from tests.app.work.small_network import experiment

WAIT = 20_000
PARAMETERS = 17


def train(session: Session, qtbot: QtBot, epochs: int) -> None:
    with qtbot.waitSignal(session.phase_changed, check_params_cb=lambda phase: phase is Phase.PAUSED, timeout=WAIT):
        session.prepare(expand(experiment()))
    with qtbot.waitSignal(session.phase_changed, check_params_cb=lambda phase: phase is Phase.PAUSED, timeout=WAIT):
        session.go(epochs=epochs)


def test_training_and_record_keep_as_many_rows_as_the_session_allows(session: Session, qtbot: QtBot) -> None:
    told: list[Event] = []
    session.happened.connect(told.extend)
    history = History(session)
    session.keep_bytes = 5 * 4 * PARAMETERS
    history.begin(expand(experiment()))
    train(session, qtbot, 20)
    record = history.current[0]
    assert record.parameters == PARAMETERS
    assert tuple(record.rows) == (0, 4, 8, 12, 16)
    copied = [event.epoch for event in told if isinstance(event, EpochDone) and event.row is not None]
    assert len(copied) < 20  # training does not copy what the record would drop
    assert {4, 8, 12, 16} <= set(copied)


def test_past_runs_beyond_what_the_session_allows_keep_start_best_and_last(session: Session, qtbot: QtBot) -> None:
    history = History(session)
    history.begin(expand(experiment()))
    train(session, qtbot, 6)
    history.begin(expand(experiment()))
    train(session, qtbot, 6)
    session.keep_bytes = 1000  # of rows and curves; all of the first run would be 1,116
    assert [len(record.rows) for record in history.past] == [7]
    history.begin(expand(experiment()))
    first, last = history.past
    assert set(first.rows) == {0, first.best_epoch, 6}
    assert len(last.rows) == 7


def test_a_row_of_the_past_is_drawn_once_while_training_goes_on(session: Session, qtbot: QtBot) -> None:
    history = History(session)
    history.begin(expand(experiment()))
    train(session, qtbot, 3)
    row = history.current[0].rows[1]
    frames: list[str] = []
    session.framed.connect(lambda view, _picture: frames.append(view))
    session.go()
    session.watch("past", probes.weights, row=row, rate=100.0)
    session.watch("now", probes.weights, rate=100.0)
    qtbot.waitUntil(lambda: frames.count("now") > 5, timeout=WAIT)
    assert frames.count("past") == 1
    session.watch("past", probes.weights, row=row, rate=100.0)  # asked anew, it is drawn anew
    qtbot.waitUntil(lambda: frames.count("past") == 2, timeout=WAIT)
