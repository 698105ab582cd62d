"""The session held to the document: what is sent in live, what needs a restart, and what a run goes on from."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer, without_live
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Origin
from core.runs.record import Record
from core.training.events import Change, Changed, Event, Look, Looked, Order, Save, Saved, SetWeight

WAIT = 20_000
RATE = "training.optimizer.learning_rate"


def experiment(rates: tuple[float, ...] = (0.2, 0.2), **training: Any) -> Experiment:
    layers: list[dict[str, Any]] = [{"kind": "dense", "id": "a", "units": 4}]
    layers += [{"kind": "dropout", "id": f"d{place}", "rate": rate} for place, rate in enumerate(rates)]
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 100}},
            "network": {"layers": layers},
            "training": {"epochs": 100_000, "batch_size": 20} | training,
        }
    )


class Bench:
    """A document that is trained."""

    def __init__(self, session: Session, qtbot: QtBot, experiment: Experiment) -> None:
        self.session = session
        self.qtbot = qtbot
        self.document = Document(experiment)
        self.trainer = Trainer(self.document, session)
        self.history = History(session)
        self.trainer.starting.connect(self.history.begin)
        self.events: list[Event] = []
        self.refused: list[str] = []
        session.happened.connect(self.events.extend)
        self.trainer.refused.connect(self.refused.append)

    def until(self, done: Any) -> None:
        self.qtbot.waitUntil(done, timeout=WAIT)

    def ready(self) -> None:
        self.until(lambda: self.session.phase is Phase.PAUSED)

    def look(self) -> Looked:
        count = len(self.of(Looked))
        self.session.tell(Look())
        self.until(lambda: len(self.of(Looked)) > count)
        found: Looked = self.of(Looked)[-1]
        return found

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def rates(self) -> dict[str, Any]:
        """Return the live settings as the job has them."""
        count = len(self.of(Saved))
        self.session.tell(Save())
        self.until(lambda: len(self.of(Saved)) > count)
        values = self.of(Saved)[-1].state.values
        return {name: values[name] for name in ("learning_rate", "l1", "l2", "dropout")}

    def step(self) -> None:
        before = self.look().step
        self.trainer.step_batch()
        self.until(lambda: self.look().step == before + 1 and self.session.phase is Phase.PAUSED)

    def record(self) -> Record:
        self.rates()
        return self.history.current[0]


@pytest.fixture
def bench(session: Session, qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(session, qtbot, experiment())
    bench.trainer.rewind()
    bench.ready()
    yield bench
    bench.document.close()


def test_live_settings_reach_the_job_and_what_was_changed_while_it_was_stale_follows(bench: Bench) -> None:
    bench.step()
    bench.document.set({RATE: 0.5, "training.penalty.l2": 0.01}, "live")
    assert bench.rates() == {"learning_rate": 0.5, "l1": 0, "l2": 0.01, "dropout": [0.2, 0.2]}
    bench.document.set({"training.batch_size": 10}, "needs a restart")
    assert bench.trainer.stale
    bench.document.set({RATE: 0.25}, "live, while it is stale")
    bench.document.set({"training.batch_size": 20}, "as it was")
    assert not bench.trainer.stale
    assert bench.rates()["learning_rate"] == 0.25
    paths = [(event.path, event.old, event.new) for event in bench.of(Changed)]
    assert paths == [(RATE, 0.01, 0.5), ("training.penalty.l2", 0.0, 0.01), (RATE, 0.5, 0.25)]


def test_one_rate_for_all_dropout_layers_is_live_and_a_rate_of_its_own_needs_a_restart(bench: Bench) -> None:
    bench.step()
    bench.document.set({"network.dropout": 0.4}, "all")
    assert not bench.trainer.stale
    assert bench.rates()["dropout"] == [0.4, 0.4]
    mixed = experiment((0.4, 0.1))
    bench.document.edit(bench.document.experiment.model_copy(update={"network": mixed.network}), "one")
    assert bench.trainer.stale
    assert bench.rates()["dropout"] == [0.4, 0.4]
    bench.document.undo_stack.undo()
    assert not bench.trainer.stale


def test_a_live_value_beyond_its_limits_is_told_and_raises_nothing_in_the_slot(bench: Bench, qtbot: QtBot) -> None:
    bench.step()
    now = bench.document.experiment
    for name, value in (("l2", -1.0), ("l1", float("nan")), ("l2", 1e30)):
        penalty = now.training.penalty.model_copy(update={name: value})  # model_copy checks nothing
        wild = now.model_copy(update={"training": now.training.model_copy(update={"penalty": penalty})})
        bench.refused.clear()
        with qtbot.capture_exceptions() as raised:
            bench.document.edit(wild, "wild")
        assert raised == []
        (sentence,) = bench.refused
        assert f"training.penalty.{name}: expected a number from 0 to" in sentence
        bench.document.edit(now, "tame")
    assert bench.rates()["l2"] == 0


LIVE_VALUES = st.floats(allow_nan=True, allow_infinity=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(rate=LIVE_VALUES, l1=LIVE_VALUES, l2=LIVE_VALUES, dropout=LIVE_VALUES)
def test_no_live_value_at_all_raises(
    qapp: object, monkeypatch: pytest.MonkeyPatch, rate: float, l1: float, l2: float, dropout: float
) -> None:
    session = Session()
    document = Document(experiment())
    trainer = Trainer(document, session)
    trainer.rewind()
    session.phase = Phase.PAUSED
    trainer.steps = 1
    told: list[Order] = []
    monkeypatch.setattr(session, "tell", told.append)
    now = document.experiment
    training = now.training.model_copy(
        update={
            "optimizer": now.training.optimizer.model_copy(update={"learning_rate": rate}),
            "penalty": now.training.penalty.model_copy(update={"l1": l1, "l2": l2}),
        }
    )
    layers = tuple(
        layer.model_copy(update={"rate": dropout}) if layer.kind == "dropout" else layer for layer in now.network.layers
    )
    network = now.network.model_copy(update={"layers": layers})
    document.changed.emit(now, now.model_copy(update={"training": training, "network": network}))
    assert all(isinstance(order, Change) for order in told)
    document.close()


def test_a_weight_set_by_hand_at_the_start_is_not_lost_by_a_live_change(bench: Bench) -> None:
    bench.session.tell(SetWeight("a", 0, 0, 3.0, 0))
    bench.until(lambda: bench.trainer.edited)
    assert bench.trainer.begun
    assert bench.trainer.steps == 0
    bench.document.set({RATE: 0.5}, "live")
    assert bench.look().row[0] == 3.0
    assert bench.rates()["learning_rate"] == 0.5
    bench.document.set({"training.batch_size": 10}, "needs a restart")
    assert bench.trainer.stale
    assert bench.look().row[0] == 3.0
    bench.trainer.rewind()
    bench.ready()
    assert not bench.trainer.begun
    assert bench.look().row[0] != 3.0


def test_start_weights_set_by_hand_are_saved_and_come_back(bench: Bench) -> None:
    bench.session.tell(SetWeight("a", 0, 0, 3.0, 0))
    bench.until(lambda: bench.trainer.edited)
    bench.rates()  # asks for the state, as saving does
    (record,) = bench.history.records
    assert record.steps == 0
    bench.trainer.rewind()
    bench.ready()
    assert bench.history.records == ()
    bench.trainer.resume((record,))
    bench.ready()
    assert bench.look().row[0] == 3.0
    assert bench.trainer.begun
    bench.document.set({RATE: 0.5}, "live")
    assert bench.look().row[0] == 3.0


def test_weights_from_a_file_are_saved_before_they_are_trained_and_come_back(bench: Bench) -> None:
    row, origin = bench.look().row * 2, Origin("net.onnx", None, file=True)
    bench.trainer.begin_from(row, origin)
    bench.ready()
    bench.rates()  # asks for the state, as saving does
    (record,) = bench.history.records
    assert (record.steps, record.origin) == (0, origin)
    bench.trainer.rewind()
    bench.ready()
    assert bench.history.records == ()
    bench.trainer.resume((record,))
    bench.ready()
    np.testing.assert_array_equal(bench.look().row, row)
    bench.document.set({RATE: 0.5}, "live")
    np.testing.assert_array_equal(bench.look().row, row)


def test_before_anything_is_trained_an_edit_makes_the_job_anew(bench: Bench) -> None:
    before = bench.look().row
    bench.document.set({"training.seed": 5}, "seed")
    assert bench.session.phase is Phase.PREPARING
    bench.ready()
    assert not np.array_equal(bench.look().row, before)


def test_a_run_whose_live_settings_were_changed_goes_on_as_it_was_left(bench: Bench) -> None:
    bench.step()
    bench.document.set({RATE: 0.5, "network.dropout": 0.1}, "live")
    bench.step()
    record = bench.record()
    assert record.steps == 2
    left = bench.look()
    bench.trainer.rewind()
    bench.ready()
    bench.trainer.resume((record,))
    bench.ready()
    np.testing.assert_array_equal(bench.look().row, left.row)
    assert bench.rates() == {"learning_rate": 0.5, "l1": 0, "l2": 0, "dropout": [0.1, 0.1]}
    assert bench.trainer.steps == record.steps
    # The record is of the same run: what it was made of, and what was changed on the way.
    assert bench.history.current[0].experiment == record.experiment
    assert bench.history.current[0].interventions == record.interventions
    bench.document.set({RATE: 0.001}, "live")
    assert bench.rates()["learning_rate"] == 0.001


@pytest.mark.parametrize("change", [{RATE: 0.7}, {"training.seed": 3}, {"network.dropout": 0.3}])
def test_a_run_that_was_left_with_other_settings_starts_anew(bench: Bench, change: dict[str, Any]) -> None:
    start = bench.look().row
    bench.step()
    record = bench.record()
    bench.trainer.rewind()
    bench.ready()
    bench.document.set(change, "another")
    bench.ready()
    bench.trainer.resume((record,))
    bench.ready()
    assert bench.look().step == 0
    assert bench.trainer.steps == 0
    assert np.array_equal(bench.look().row, start) == ("training.seed" not in change)


def test_what_needs_a_restart() -> None:
    plain = without_live(experiment())
    assert without_live(experiment((0.5, 0.5))) == plain
    assert without_live(experiment(optimizer={"kind": "adam", "learning_rate": 0.5}, penalty={"l1": 0.1})) == plain
    assert without_live(experiment((0.2, 0.5))) != plain
    assert without_live(experiment((0.2, 0.5))) != without_live(experiment((0.2, 0.4)))
    assert without_live(experiment(optimizer="sgd")) != plain


def test_a_run_begins_from_a_row_until_it_is_rewound_or_the_network_becomes_another(bench: Bench) -> None:
    bench.step()
    row, origin = bench.look().row, Origin("Run 1", 3)
    bench.trainer.begin_from(row, origin)
    bench.ready()
    start = bench.look()
    assert start.step == 0
    np.testing.assert_array_equal(start.row, row)
    # A setting that is chosen before the first step leaves the start as it is, and the record names it.
    bench.document.set({"training.optimizer": "sgd"}, "another way")
    bench.ready()
    np.testing.assert_array_equal(bench.look().row, row)
    assert bench.record().origin == origin
    bench.document.edit(
        bench.document.experiment.model_copy(update={"data": experiment().data.model_copy(update={"split_seed": 7})}),
        "other data",
    )
    bench.ready()
    assert not np.array_equal(bench.look().row, row)
    assert bench.record().origin is None
    bench.trainer.begin_from(row, origin)
    bench.trainer.rewind()
    bench.ready()
    assert not np.array_equal(bench.look().row, row)
