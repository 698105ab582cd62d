"""Several runs as one job: which of them is shown, what live settings reach them, how they go on."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment, read_experiment
from core.training.events import Changed, Event, Look, Looked

WAIT = 20_000
RATE = "training.optimizer.learning_rate"


def experiment() -> Experiment:
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 100}},
            "network": {"layers": [{"kind": "dense", "id": "a", "units": 4}]},
            "training": {"epochs": 100_000, "batch_size": 20},
            "variants": [
                {"name": "Adam", "settings": {}},
                {"name": "Another seed", "settings": {"training.seed": 9}},
                {"name": "SGD", "settings": {"training.optimizer": {"kind": "sgd", "learning_rate": 0.3}}},
            ],
        }
    )


class Bench:
    """A comparison that is trained."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.qtbot = qtbot
        self.document = Document(experiment())
        self.trainer = Trainer(self.document, session)
        self.history = History(session)
        self.trainer.starting.connect(self.history.begin)
        self.events: list[Event] = []
        session.happened.connect(self.events.extend)

    def ready(self) -> None:
        self.qtbot.waitUntil(lambda: self.session.phase is Phase.PAUSED, timeout=WAIT)

    def epoch(self) -> None:
        before = [record.epochs for record in self.history.current]
        self.trainer.step_epoch()
        self.qtbot.waitUntil(
            lambda: all(record.epochs > old for record, old in zip(self.history.current, before, strict=True)),
            timeout=WAIT,
        )
        self.ready()

    def rows(self) -> list[np.ndarray]:
        self.events.clear()
        self.session.tell(Look())
        self.qtbot.waitUntil(lambda: sum(isinstance(event, Looked) for event in self.events) == 3, timeout=WAIT)
        return [event.row for event in self.events if isinstance(event, Looked)]


@pytest.fixture
def bench(session: Session, qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(session, qtbot)
    bench.trainer.rewind()
    bench.ready()
    yield bench
    bench.document.close()


def test_all_variants_train_together_from_what_they_have_in_common(bench: Bench) -> None:
    start = bench.rows()
    np.testing.assert_array_equal(start[0], start[2])  # the same seed
    assert not np.array_equal(start[0], start[1])
    bench.epoch()
    assert [record.name for record in bench.history.current] == ["Adam", "Another seed", "SGD"]
    assert [record.epochs for record in bench.history.current] == [1, 1, 1]


def test_views_follow_the_run_that_is_shown(bench: Bench, qtbot: QtBot) -> None:
    bench.epoch()
    rows = bench.rows()
    frames: list[object] = []
    bench.session.framed.connect(lambda _view, picture: frames.append(picture))

    def own_row(_scene: object, row: object) -> Iterator[None]:
        yield None
        return row  # type: ignore[return-value]

    turned: list[int] = []
    bench.session.run_changed.connect(turned.append)
    bench.session.show(2)
    bench.session.show(2)
    bench.session.show(7)
    assert turned == [2]
    assert bench.session.scene is bench.session.scenes[2]
    bench.session.watch("row", own_row)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: bool(frames), timeout=WAIT)
    np.testing.assert_array_equal(frames[-1], rows[2])
    bench.trainer.rewind()
    assert bench.session.run == 0


def test_a_live_setting_reaches_the_runs_that_do_not_set_it_themselves(bench: Bench) -> None:
    bench.epoch()
    bench.events.clear()
    bench.document.set({RATE: 0.5}, "live")
    assert not bench.trainer.stale
    bench.rows()
    bench.document.set({"training.penalty.l2": 0.01}, "live")
    bench.epoch()
    changed = [change.path for record in bench.history.current for change in record.interventions]
    assert changed == [RATE, "training.penalty.l2", RATE, "training.penalty.l2", "training.penalty.l2"]
    assert any(isinstance(event, Changed) for event in bench.events)


def test_another_variant_needs_a_restart_and_another_name_does_not(bench: Bench) -> None:
    bench.epoch()
    variants = bench.document.experiment.variants
    renamed = (variants[0].model_copy(update={"name": "Adaptive"}), *variants[1:])
    bench.document.edit(bench.document.experiment.model_copy(update={"variants": renamed}), "Name")
    assert not bench.trainer.stale
    bench.document.edit(bench.document.experiment.model_copy(update={"variants": variants[:2]}), "Fewer")
    assert bench.trainer.stale
    bench.document.undo_stack.undo()
    assert not bench.trainer.stale


def test_a_comparison_goes_on_where_it_was_left(bench: Bench) -> None:
    from core.training.events import Save

    bench.epoch()
    bench.session.tell(Save())
    rows = bench.rows()
    records = bench.history.current
    bench.trainer.rewind()
    bench.ready()
    bench.trainer.resume(records)
    bench.ready()
    for row, left in zip(bench.rows(), rows, strict=True):
        np.testing.assert_array_equal(row, left)
    bench.trainer.resume(records[1:])  # one is missing: all begin anew
    bench.ready()
    assert bench.trainer.steps == 0
