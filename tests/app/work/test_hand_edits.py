"""Weights set by hand, between canvas and run: what is seen, recorded, taken back, and forgotten."""

from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.shell.selection import Weight
from app.work.hand_edits import HandEdits
from app.work.history import History
from app.work.messages import Scene
from app.work.session import Phase, Session
from core.experiment.variants import expand
from core.project.archive import Project, load, save
from core.runs.record import Intervention
from core.training.events import (
    Ended,
    Event,
    Look,
    Looked,
    Refused,
    Row,
    Save,
    Saved,
    SetWeight,
)
from core.training.loop import prepare, train
from tests.app.work.small_network import BIAS, OUTPUT, PLACES, WEIGHT, experiment

WAIT = 20_000


def weights(scene: Scene, row: Row) -> Generator[None, None, Row]:
    """A probe: the row."""
    yield None
    return row


class Bench:
    """A session with its history and hand edits, and what a view of it shows."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.qtbot = qtbot
        self.history = History(session)
        self.edits = HandEdits(session)
        self.events: list[Event] = []
        self.refused: list[str] = []
        self.row: Row | None = None
        session.happened.connect(self.events.extend)
        session.framed.connect(self._framed)
        self.edits.refused.connect(self.refused.append)

    def _framed(self, view: str, row: Row) -> None:
        if view == "row":
            self.row = row

    def begin(self, epochs: int = 100_000) -> None:
        runs = expand(experiment(epochs))
        self.history.begin(runs)
        self.session.prepare(runs)
        self.session.watch("row", weights, rate=100)
        self.until(lambda: self.session.phase is Phase.PAUSED and self.row is not None)

    def until(self, done: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(done, timeout=WAIT)

    def shown(self, weight: Weight) -> float:
        assert self.row is not None
        return float(self.row[PLACES[weight]])

    def shows(self, row: Row) -> bool:
        return self.row is not None and np.array_equal(self.row, row)

    def until_shown(self, weight: Weight, value: float) -> None:
        self.until(lambda: self.shown(weight) == np.float32(value))

    def look(self) -> Looked:
        self.session.tell(Look())
        count = len([event for event in self.events if isinstance(event, Looked)])
        self.until(lambda: len([event for event in self.events if isinstance(event, Looked)]) > count)
        return [event for event in self.events if isinstance(event, Looked)][-1]

    def steps(self, count: int) -> None:
        before = self.look().step
        self.session.go(steps=count)
        self.until(lambda: self.look().step == before + count and self.session.phase is Phase.PAUSED)

    def edit(self, weight: Weight, value: float) -> None:
        """Edit, and wait for the answer."""
        with self.qtbot.waitSignal(self.edits.changed, timeout=WAIT):
            self.edits.edit(weight, value)

    def ask(self, what: Callable[[], None]) -> None:
        with self.qtbot.waitSignal(self.edits.changed, timeout=WAIT):
            what()

    def run_to_the_end(self) -> Ended:
        self.session.go()
        self.until(lambda: self.session.phase is Phase.OVER)
        return next(event for event in self.events if isinstance(event, Ended))


@pytest.fixture
def bench(session: Session, qtbot: QtBot) -> Bench:
    return Bench(session, qtbot)


def test_an_edit_while_paused_is_shown_at_once_and_trained_on_from_the_next_step(bench: Bench) -> None:
    bench.begin()
    bench.steps(3)
    before = bench.look().row
    bench.edit(WEIGHT, 2.5)
    bench.until_shown(WEIGHT, 2.5)
    expected = before.copy()
    expected[PLACES[WEIGHT]] = 2.5
    np.testing.assert_array_equal(bench.look().row, expected)
    assert bench.session.phase is Phase.PAUSED
    assert bench.history.current[0].interventions == (
        Intervention(3, "weights.a[1][0]", float(before[PLACES[WEIGHT]]), 2.5),
    )
    assert bench.edits.edited == {WEIGHT}
    assert bench.edits.trained(WEIGHT) == float(before[PLACES[WEIGHT]])
    bench.steps(1)
    value = float(bench.look().row[PLACES[WEIGHT]])
    assert value != 2.5
    assert abs(value - 2.5) < 0.05
    assert not bench.edits.what_if


def test_undo_and_redo_set_the_values_before_and_after(bench: Bench) -> None:
    bench.begin()
    start = bench.look().row
    trained = {weight: float(start[place]) for weight, place in PLACES.items()}
    assert not bench.edits.can_undo
    bench.edit(WEIGHT, 2.0)
    bench.edit(BIAS, -1.0)
    bench.edits.end_merge()
    bench.edit(BIAS, -3.0)
    assert bench.edits.can_undo
    assert not bench.edits.can_redo
    for weight, value, edited in (
        (BIAS, -1.0, {WEIGHT, BIAS}),
        (BIAS, trained[BIAS], {WEIGHT}),
        (WEIGHT, trained[WEIGHT], set()),
    ):
        bench.ask(bench.edits.undo)
        bench.until_shown(weight, value)
        assert bench.edits.edited == edited
    assert not bench.edits.can_undo
    np.testing.assert_array_equal(bench.look().row, start)
    assert bench.history.current[0].interventions == ()  # nothing of it has met a step
    for weight, value in ((WEIGHT, 2.0), (BIAS, -1.0), (BIAS, -3.0)):
        bench.ask(bench.edits.redo)
        bench.until_shown(weight, value)
    assert not bench.edits.can_redo
    assert bench.edits.trained(BIAS) == trained[BIAS]
    bench.ask(bench.edits.undo)
    bench.edit(OUTPUT, 1.0)
    assert not bench.edits.can_redo


def test_a_drag_is_one_step_of_undo_and_all_that_is_asked_quickly_is_obeyed_in_order(bench: Bench) -> None:
    bench.begin()
    trained = float(bench.look().row[PLACES[WEIGHT]])
    for tenth in range(1, 60):
        bench.edits.edit(WEIGHT, tenth / 10)
    bench.edits.edit(BIAS, 7.0)
    bench.edits.undo()
    bench.edits.undo()
    bench.edits.redo()
    bench.until(lambda: bench.edits.can_redo and bench.edits.can_undo and bench.edits.edited == {WEIGHT})
    bench.until_shown(WEIGHT, 5.9)
    assert bench.edits.trained(WEIGHT) == trained
    bench.ask(bench.edits.undo)
    assert not bench.edits.can_undo
    bench.until_shown(WEIGHT, trained)


def test_a_drag_back_to_where_it_began_leaves_nothing(bench: Bench) -> None:
    bench.begin()
    trained = float(bench.look().row[PLACES[WEIGHT]])
    bench.edit(WEIGHT, 3.0)
    bench.edit(WEIGHT, trained)
    assert not bench.edits.can_undo
    assert bench.edits.edited == frozenset()


def test_back_to_the_trained_value(bench: Bench) -> None:
    bench.begin()
    bench.steps(2)
    trained = float(bench.look().row[PLACES[BIAS]])
    bench.edit(BIAS, 3.0)
    bench.edits.end_merge()
    bench.edit(BIAS, 4.0)
    bench.ask(lambda: bench.edits.restore(BIAS))
    bench.until_shown(BIAS, trained)
    assert bench.edits.trained(BIAS) is None
    bench.edits.restore(BIAS)  # it is that already: nothing happens
    bench.edits.restore(WEIGHT)
    bench.ask(bench.edits.undo)
    bench.until_shown(BIAS, 4.0)
    assert bench.edits.trained(BIAS) == trained
    bench.ask(bench.edits.redo)
    assert bench.edits.edited == frozenset()


def test_an_edit_while_it_trains_is_an_intervention_and_so_is_taking_it_back(bench: Bench) -> None:
    bench.begin()
    bench.session.go()
    bench.until(lambda: len(bench.history.current[0].curves) > 5)
    bench.edit(OUTPUT, 8.0)
    bench.until(lambda: abs(bench.shown(OUTPUT) - 8) < 1.5)
    trained = bench.edits.trained(OUTPUT)
    bench.ask(bench.edits.undo)
    bench.session.pause()
    bench.until(lambda: bench.session.phase is Phase.PAUSED)
    first, second = bench.history.current[0].interventions
    assert first.path == second.path == "weights.output[0][2]"
    assert first.step < second.step
    assert (first.old, first.new, second.new) == (trained, 8.0, trained)
    assert second.old != 8.0  # training has moved it since


def test_a_run_with_edits_is_saved_reopened_and_goes_on_exactly(bench: Bench, tmp_path: Path) -> None:
    bench.begin(epochs=6)
    bench.steps(7)
    bench.edit(WEIGHT, 1.25)
    bench.steps(4)
    bench.edit(OUTPUT, -0.5)  # has not met a step when it is saved
    bench.session.tell(Save())
    bench.until(lambda: any(isinstance(event, Saved) for event in bench.events))
    record = bench.history.current[0]
    save(Project(experiment(6), (record,)), tmp_path / "a.downhill")
    (opened,) = load(tmp_path / "a.downhill").records
    assert opened.interventions == record.interventions
    assert [(change.step, change.path, change.new) for change in opened.interventions] == [
        (7, "weights.a[1][0]", 1.25),
        (11, "weights.output[0][2]", -0.5),
    ]
    ended = bench.run_to_the_end()
    assert opened.state is not None
    again = train(prepare(expand(experiment(6)), states={0: opened.state}))
    found = next(event for events in again for event in events if isinstance(event, Ended))
    np.testing.assert_array_equal(found.last_row, ended.last_row)


def test_after_the_end_an_edit_is_a_what_if_that_views_show_and_the_record_does_not(bench: Bench) -> None:
    bench.begin(epochs=3)
    bench.edit(BIAS, 3.0)
    ended = bench.run_to_the_end()
    kept = ended.row.copy()
    assert bench.edits.edited == frozenset()  # those of the run are part of what it has become
    assert not bench.edits.can_undo
    assert not bench.edits.what_if
    (before,) = bench.history.current
    assert [change.path for change in before.interventions] == ["biases.a[3]"]
    bench.until(lambda: bench.shows(kept))
    bench.edit(WEIGHT, 9.0)
    bench.until_shown(WEIGHT, 9.0)
    assert bench.edits.what_if
    assert bench.edits.trained(WEIGHT) == float(kept[PLACES[WEIGHT]])
    (after,) = bench.history.current
    assert after.interventions == before.interventions
    np.testing.assert_array_equal(after.row, kept)
    np.testing.assert_array_equal(ended.row, kept)
    frames: list[Row] = []
    bench.session.framed.connect(lambda view, row: frames.append(row) if view == "late" else None)
    bench.session.watch("late", weights)  # a view that is opened now
    bench.until(lambda: bool(frames))
    assert frames[0][PLACES[WEIGHT]] == 9.0
    bench.ask(bench.edits.undo)
    bench.until(lambda: bench.shows(kept))
    bench.ask(bench.edits.redo)
    bench.ask(lambda: bench.edits.restore(WEIGHT))
    bench.until(lambda: bench.shows(kept))
    assert not bench.edits.what_if
    assert bench.refused == []


def test_another_run_forgets_all(bench: Bench) -> None:
    bench.begin()
    bench.edit(WEIGHT, 9.0)
    with bench.qtbot.waitSignal(bench.edits.changed, timeout=WAIT):
        bench.session.prepare(expand(experiment()))
    assert bench.edits.edited == frozenset()
    assert not bench.edits.can_undo
    bench.edits.undo()
    bench.until(lambda: bench.session.phase is Phase.PAUSED)
    bench.edits.undo()
    assert bench.look().row[PLACES[WEIGHT]] != 9.0


def test_what_cannot_be_set_is_refused_in_a_sentence_and_nothing_else_happens(bench: Bench) -> None:
    bench.edits.edit(WEIGHT, 1.0)
    assert bench.refused == ["There is no run yet whose weights could be set."]
    bench.begin()
    for weight, value in (
        (Weight("gone", 0, 0), 1.0),
        (Weight("a", 4, 0), 1.0),
        (WEIGHT, float("nan")),
        (WEIGHT, 1e9),
    ):
        bench.refused.clear()
        bench.edits.edit(weight, value)
        (sentence,) = bench.refused
        assert "expected" in sentence
    assert not bench.edits.can_undo
    assert bench.session.phase is Phase.PAUSED
    bench.edit(WEIGHT, 1.0)
    bench.until_shown(WEIGHT, 1.0)


def test_the_thread_refuses_too_and_always_answers(bench: Bench) -> None:
    bench.begin(epochs=2)

    def refusals() -> list[str]:
        return [event.sentence for event in bench.events if isinstance(event, Refused)]

    bench.session.tell(SetWeight("gone", 0, 0, 1.0, 0))
    bench.session.tell(SetWeight("a", 0, 0, 1.0, 5))
    bench.until(lambda: len(refusals()) == 2)
    assert refusals()[1] == "weights.a[0][0]: there is no run whose weights could be set"
    bench.run_to_the_end()
    bench.session.tell(SetWeight("gone", 0, 0, 1.0))
    bench.until(lambda: len(refusals()) == 3)
    assert "expected the id of one of the dense layers a, output, got gone" in refusals()[2]
    assert bench.session.phase is Phase.OVER
