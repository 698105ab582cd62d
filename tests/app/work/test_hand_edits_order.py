"""Weights set by hand whose answers come late, in whatever order."""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.shell.selection import Weight
from app.work.hand_edits import HandEdits
from app.work.messages import Scene
from app.work.session import Phase, Session
from core.datasets.load import load as load_data
from core.experiment.architecture import architecture
from core.experiment.variants import expand
from core.training.events import (
    Edited,
    Ended,
    Metrics,
    Order,
    Refused,
    SetWeight,
)
from core.training.loop import prepare
from tests.app.work.small_network import BIAS, OUTPUT, PLACES, WEIGHT, experiment


class Engine:
    """Stands in for the thread: answers each order when it is told to, with the values that it holds."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.values = {weight: float(place) for weight, place in PLACES.items()}
        self.orders: list[SetWeight] = []
        built = prepare(expand(experiment()), load_data)
        dataset = built.datasets[0]
        session.scenes = (Scene(experiment(), architecture(experiment(), dataset.facts), dataset),)
        session.phase = Phase.PAUSED
        session.tell = self.take  # type: ignore[method-assign]

    def take(self, order: Order) -> None:
        assert isinstance(order, SetWeight)
        self.orders.append(order)

    def answer(self, supposed: bool = False) -> None:
        order = self.orders.pop(0)
        weight = Weight(order.layer, order.unit, order.source)
        edited = Edited(0, 0, order.layer, order.unit, order.source, self.values[weight], order.value)
        self.values[weight] = order.value
        if supposed:
            self.session.supposed.emit(edited)
        else:
            self.session.happened.emit((edited,))

    def answer_all(self) -> None:
        while self.orders:
            assert len(self.orders) == 1  # one is under way at a time
            self.answer()


ASKED = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(list(PLACES)), st.sampled_from([0.0, 1.0, 2.0, 14.0])),
    st.tuples(st.just("restore"), st.sampled_from(list(PLACES))),
    st.tuples(st.sampled_from(["undo", "redo", "end_merge", "answer"])),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(asked=st.lists(ASKED, max_size=25))
@example([("edit", OUTPUT, 1.0), ("end_merge",), ("edit", OUTPUT, 2.0), ("answer",), ("edit", OUTPUT, 14.0)])
def test_however_edits_come_undoing_all_gives_back_what_training_gave(qapp: object, asked: list[Any]) -> None:
    engine = Engine(Session())
    edits = HandEdits(engine.session)
    for name, *arguments in asked:
        if name == "answer":
            engine.answer_all()
        else:
            getattr(edits, name)(*arguments)
    engine.answer_all()
    # What is known to be set by hand is what differs from what training gave, or was set to that very value.
    start = {weight: float(place) for weight, place in PLACES.items()}
    assert {weight for weight, value in engine.values.items() if value != start[weight]} <= edits.edited
    assert all(edits.trained(weight) == start[weight] for weight in edits.edited)
    last, by_hand = dict(engine.values), edits.edited
    steps = 0
    while edits.can_undo:
        before = dict(engine.values)
        edits.undo()
        engine.answer_all()
        assert engine.values != before  # no step without an effect
        steps += 1
    assert engine.values == start
    assert edits.edited == frozenset()
    while edits.can_redo and steps > 0:
        edits.redo()
        engine.answer_all()
        steps -= 1
    assert steps == 0
    assert (engine.values, edits.edited) == (last, by_hand)


def test_an_undo_that_is_answered_after_the_end_of_the_run_is_noted_as_a_what_if(qapp: object) -> None:
    engine = Engine(Session())
    edits = HandEdits(engine.session)
    edits.edit(WEIGHT, 5.0)
    edits.edit(BIAS, 6.0)
    engine.answer_all()
    edits.undo()
    row = np.zeros(17, np.float32)
    ended = Ended(0, "epochs", "", 1, 5, 1, 0.0, Metrics(), Metrics(), row, row, row, None)
    engine.session.happened.emit((ended,))
    engine.session.phase = Phase.OVER
    engine.answer(supposed=True)
    assert edits.edited == {BIAS}
    assert edits.trained(BIAS) == 6.0
    edits.undo()
    engine.answer(supposed=True)
    assert engine.values[BIAS] == 6.0
    assert not edits.can_undo


def test_a_refusal_from_the_thread_is_told_and_the_next_order_goes_out(qapp: object) -> None:
    engine = Engine(Session())
    edits = HandEdits(engine.session)
    refused: list[str] = []
    edits.refused.connect(refused.append)
    edits.edit(WEIGHT, 5.0)
    edits.edit(BIAS, 6.0)
    engine.orders.pop(0)
    engine.session.happened.emit((Refused(0, "the run has diverged"),))
    assert refused == ["the run has diverged"]
    engine.answer_all()
    assert edits.edited == {BIAS}
