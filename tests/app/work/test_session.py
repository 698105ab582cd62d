"""The background thread through its Qt side: it trains, pauses, steps and draws as the core alone would."""

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.work.messages import Scene
from app.work.session import Phase, Session
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Run, expand, override
from core.training.events import Changed, Ended, EpochDone, Event, Follow, Look, Looked, Row, SetWeight, Stepped
from core.training.loop import prepare, train

WAIT = 20_000


def experiment(epochs: int = 3, **training: Any) -> Experiment:
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 100}},
            "network": {"layers": [{"kind": "dense", "id": "a", "units": 4}, {"kind": "dropout", "id": "b"}]},
            "training": {"epochs": epochs, "batch_size": 20} | training,
        }
    )


class Heard:
    """The events that a session has told."""

    def __init__(self, session: Session) -> None:
        self.events: list[Event] = []
        session.happened.connect(self.events.extend)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def prepared(session: Session, qtbot: QtBot, runs: tuple[Run, ...]) -> Heard:
    heard = Heard(session)
    session.prepare(runs)
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    return heard


def test_training_in_the_thread_tells_the_same_as_the_core_alone(session: Session, qtbot: QtBot) -> None:
    runs = expand(experiment())
    heard = prepared(session, qtbot, runs)
    session.go()
    qtbot.waitUntil(lambda: session.phase is Phase.OVER, timeout=WAIT)
    alone = [event for events in train(prepare(runs)) for event in events]
    assert [event.metrics for event in heard.of(EpochDone)] == [
        event.metrics for event in alone if isinstance(event, EpochDone)
    ]
    (ended,) = heard.of(Ended)
    (expected,) = [event for event in alone if isinstance(event, Ended)]
    np.testing.assert_array_equal(ended.row, expected.row)


def test_train_pressed_before_the_job_is_ready_waits_in_line(session: Session, qtbot: QtBot) -> None:
    heard = Heard(session)
    session.prepare(expand(experiment()))
    session.go()
    assert session.phase is Phase.PREPARING
    qtbot.waitUntil(lambda: session.phase is Phase.OVER, timeout=WAIT)
    assert len(heard.of(Ended)) == 1


def test_one_step_is_one_step_and_one_epoch_one_epoch(session: Session, qtbot: QtBot) -> None:
    heard = prepared(session, qtbot, expand(experiment(epochs=50)))
    session.go(steps=1)
    session.tell(Look())
    qtbot.waitUntil(lambda: len(heard.of(Looked)) == 1, timeout=WAIT)
    first = heard.of(Looked)[0].step
    session.go(steps=1)
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    session.tell(Look())
    qtbot.waitUntil(lambda: len(heard.of(Looked)) == 2, timeout=WAIT)
    assert heard.of(Looked)[1].step - first == 1
    session.go(epochs=1)
    qtbot.waitUntil(lambda: heard.of(EpochDone)[-1].epoch == 1, timeout=WAIT)


def test_pause_stops_and_go_goes_on(session: Session, qtbot: QtBot) -> None:
    heard = prepared(session, qtbot, expand(experiment(epochs=100_000)))
    session.go()
    qtbot.waitUntil(lambda: len(heard.of(EpochDone)) > 5, timeout=WAIT)
    session.pause()
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    session.tell(Look())
    qtbot.waitUntil(lambda: len(heard.of(Looked)) == 1, timeout=WAIT)
    session.tell(Look())
    qtbot.waitUntil(lambda: len(heard.of(Looked)) == 2, timeout=WAIT)
    assert heard.of(Looked)[0].step == heard.of(Looked)[1].step
    session.go()
    count = len(heard.of(EpochDone))
    qtbot.waitUntil(lambda: len(heard.of(EpochDone)) > count + 5, timeout=WAIT)


def test_a_live_change_reaches_the_training(session: Session, qtbot: QtBot) -> None:
    heard = prepared(session, qtbot, expand(experiment(epochs=100_000)))
    session.go()
    session.change("training.optimizer.learning_rate", 0.5)
    qtbot.waitUntil(lambda: len(heard.of(Changed)) == 1, timeout=WAIT)
    assert heard.of(Changed)[0].new == 0.5
    qtbot.waitUntil(lambda: heard.of(EpochDone)[-1].learning_rate == 0.5, timeout=WAIT)


def test_slow_motion_tells_the_tensors_of_each_step(session: Session, qtbot: QtBot) -> None:
    heard = prepared(session, qtbot, expand(experiment(epochs=100_000)))
    session.tell(Follow(0))
    session.go(rate=200)
    qtbot.waitUntil(lambda: len(heard.of(Stepped)) >= 3, timeout=WAIT)
    first, second = heard.of(Stepped)[:2]
    assert first.x.shape == (20, 2)
    assert first.t.shape == (20, 1)
    assert first.masks[0].shape == (20, 4)
    np.testing.assert_array_equal(first.after, second.before)
    assert second.step == first.step + 1


def norm(scene: Scene, row: Row) -> Generator[None, None, float]:
    """A probe for these tests: the length of a row, drawn in two slices."""
    yield None
    return float(np.linalg.norm(row))


def test_an_open_view_is_drawn_while_it_trains_and_once_it_pauses(session: Session, qtbot: QtBot) -> None:
    heard = prepared(session, qtbot, expand(experiment(epochs=100_000)))
    frames: list[float] = []
    session.framed.connect(lambda view, picture: frames.append(picture))
    session.watch("norm", norm, rate=100)
    qtbot.waitUntil(lambda: len(frames) == 1, timeout=WAIT)
    session.go()
    qtbot.waitUntil(lambda: len(set(frames)) > 4, timeout=WAIT)
    session.pause()
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    session.tell(Look())
    qtbot.waitUntil(lambda: bool(heard.of(Looked)), timeout=WAIT)
    last = float(np.linalg.norm(heard.of(Looked)[-1].row))
    qtbot.waitUntil(lambda: frames[-1] == pytest.approx(last, rel=1e-6), timeout=WAIT)


def test_what_a_run_keeps_is_drawn_once_it_is_over_also_for_a_view_that_opens_then(
    session: Session, qtbot: QtBot
) -> None:
    heard = prepared(session, qtbot, expand(experiment(epochs=5)))
    frames: dict[str, float] = {}
    session.framed.connect(lambda view, picture: frames.update({view: picture}))
    session.watch("before", norm, rate=2)
    qtbot.waitUntil(lambda: "before" in frames, timeout=WAIT)
    session.go()
    qtbot.waitUntil(lambda: session.phase is Phase.OVER, timeout=WAIT)
    session.watch("after", norm)
    kept = float(np.linalg.norm(heard.of(Ended)[0].row))
    qtbot.waitUntil(lambda: frames == {"before": kept, "after": kept}, timeout=WAIT)


def broken(scene: Scene, row: Row) -> Generator[None, None, float]:
    """A probe that fails."""
    yield None
    raise RuntimeError("no picture")


def test_an_error_in_the_thread_is_told_and_the_thread_lives_on(session: Session, qtbot: QtBot) -> None:
    prepared(session, qtbot, expand(experiment()))
    with qtbot.waitSignal(session.failed, timeout=WAIT) as told:
        session.watch("broken", broken)
    assert "no picture" in told.args[0]
    assert "RuntimeError" in told.args[1]
    session.watch("broken", None)
    prepared(session, qtbot, expand(experiment()))


def test_a_view_that_fails_is_closed_and_training_goes_on(session: Session, qtbot: QtBot) -> None:
    heard = prepared(session, qtbot, expand(experiment(epochs=100_000)))
    failures: list[str] = []
    session.failed.connect(lambda sentence, trace: failures.append(sentence))
    session.go()
    session.watch("broken", broken)
    qtbot.waitUntil(lambda: bool(failures), timeout=WAIT)
    count = len(heard.of(EpochDone))
    qtbot.waitUntil(lambda: len(heard.of(EpochDone)) > count + 20, timeout=WAIT)
    assert failures == ["A view could not be drawn: no picture"]
    assert session.phase is Phase.TRAINING


def test_a_view_of_one_job_is_not_drawn_of_the_next(session: Session, qtbot: QtBot) -> None:
    drawn: list[int] = []

    def units(scene: Scene, row: Row) -> Generator[None, None, int]:
        drawn.append(scene.architecture.dense[0].units)
        yield None
        return drawn[-1]

    prepared(session, qtbot, expand(experiment()))
    session.watch("units", units)
    qtbot.waitUntil(lambda: drawn == [4], timeout=WAIT)
    prepared(session, qtbot, expand(override(experiment(), {"network.layers.a.units": 9})))
    session.watch("norm", norm)
    with qtbot.waitSignal(session.framed, timeout=WAIT):
        pass
    assert drawn == [4]


def test_data_that_cannot_be_had_are_told_in_a_sentence(session: Session, qtbot: QtBot) -> None:
    missing = experiment().model_copy(
        update={"data": read_experiment({"data": {"source": {"kind": "csv", "path": "/no/such.csv"}}}).data}
    )
    with qtbot.waitSignal(session.failed, timeout=WAIT) as told:
        session.prepare(expand(missing))
    assert "/no/such.csv" in told.args[0]
    assert told.args[1] == ""


def test_answers_of_an_earlier_job_are_ignored(session: Session, qtbot: QtBot) -> None:
    heard = prepared(session, qtbot, expand(experiment(epochs=100_000)))
    session.go()
    qtbot.waitUntil(lambda: len(heard.of(EpochDone)) > 3, timeout=WAIT)
    heard.events.clear()
    session.prepare(expand(experiment(epochs=2, seed=9)))
    session.go()
    qtbot.waitUntil(lambda: session.phase is Phase.OVER, timeout=WAIT)
    assert [event.epoch for event in heard.of(EpochDone)] == [0, 1, 2]


def test_a_change_while_a_frame_waits_to_be_fetched_is_drawn_once_it_was(session: Session, qtbot: QtBot) -> None:
    prepared(session, qtbot, expand(experiment()))
    worker = session._worker
    session._timer.stop()  # the window is busy: nothing is fetched
    frames: list[float] = []
    session.framed.connect(lambda view, picture: frames.append(picture))
    session.watch("norm", norm, rate=100)
    qtbot.waitUntil(lambda: worker.outbox.waits("norm"), timeout=WAIT)
    session.tell(SetWeight("a", 0, 0, 100.0))
    qtbot.waitUntil(worker.inbox.empty, timeout=WAIT)
    qtbot.wait(100)  # the thread has nothing to do but to wait
    session.drain()
    assert len(frames) == 1
    assert frames[0] < 100
    session._timer.start()
    qtbot.waitUntil(lambda: frames[-1] > 100, timeout=WAIT)
