"""The sharpness beside the curves: what is measured when, against autograd, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot
from torch.nn import functional

from app.document.document import Document
from app.plots.curves import CurvesView
from app.plots.run_curves import RunCurves
from app.plots.runs_table import RunsTable
from app.plots.sharpness import MOST, VIEW, SharpnessWatcher, coarse_to_fine, l2_at
from app.plots.sharpness_plot import SharpnessPlot
from app.shell.icons import Icons
from app.shell.runs import RunsBoard
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from app.work.history import History
from app.work.messages import Scene
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Run
from core.landscape import curvature as core_curvature
from core.runs.curves import COLUMNS
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Change, Row
from core.training.loop import prepare, train
from core.training.rows import to_sequential
from tests.app.plots.curves_shown import point_at, settle, shown

if TYPE_CHECKING:
    from tests.app.plots.conftest import Hand, Make

WAIT = 20_000
RATE = "training.optimizer.learning_rate"


def small(units: int = 3, **training: Any) -> Experiment:
    """Return an experiment that trains within a moment."""
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 80}},
            "network": {"layers": [{"kind": "dense", "id": "one", "name": "Dense 1", "units": units}]},
            "training": {"epochs": 100_000, "batch_size": 10, "device": "cpu", "early_stopping": None} | training,
        }
    )


def largest(scene: Scene, row: Row, l2: float = 0.0) -> float:
    """Return the largest eigenvalue of the full Hessian of the training loss, from autograd."""
    network = to_sequential(scene.architecture, torch.tensor(row, dtype=torch.float64))
    names, shapes = zip(*((name, weight.shape) for name, weight in network.named_parameters()), strict=True)
    x = torch.tensor(scene.dataset.preparation.apply(scene.dataset.train.raw), dtype=torch.float64)
    labels = torch.tensor(scene.dataset.train.labels, dtype=torch.float64)

    def loss(theta: torch.Tensor) -> torch.Tensor:
        parts = torch.split(theta, [shape.numel() for shape in shapes])
        values = {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        penalty = sum(values[name].square().sum() for name in names if name.endswith("weight"))
        y = torch.func.functional_call(network, values, (x,))[:, 0]
        return functional.binary_cross_entropy_with_logits(y, labels) + l2 * penalty

    theta = torch.tensor(row, dtype=torch.float64)
    matrix = torch.autograd.functional.hessian(loss, theta)  # type: ignore[no-untyped-call]
    return float(np.linalg.eigvalsh(matrix.numpy())[-1])


@dataclass
class Stage:
    """Curves with their runs, over a thread that works."""

    qtbot: QtBot
    document: Document
    session: Session
    trainer: Trainer
    history: History
    view: CurvesView
    watcher: SharpnessWatcher
    frames: list[Any]

    def until(self, done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=WAIT)

    def train(self, epochs: int) -> None:
        self.until(lambda: self.session.phase is Phase.PAUSED)
        before = self.history.current[0].epochs
        self.session.go(epochs=epochs)
        self.until(lambda: self.history.current[0].epochs == before + epochs)
        self.until(lambda: self.session.phase is Phase.PAUSED)

    def known(self, place: int = 0) -> dict[int, float]:
        """What the plot has been given of a run."""
        return dict(self.view.sharpness._measured.get(place, {}))


@pytest.fixture
def stage(qtbot: QtBot, theme: Theme, icons: Icons) -> Iterator[Stage]:
    session = Session()
    session.start()
    document = Document(small())
    trainer = Trainer(document, session)
    history = History(session)
    trainer.starting.connect(history.begin)
    view = shown(qtbot, theme, icons)
    table = RunsTable(theme)
    qtbot.addWidget(table)
    board = RunsBoard(document, history, trainer, view, table)
    watcher = SharpnessWatcher(session, history, view)
    stage = Stage(qtbot, document, session, trainer, history, view, watcher, [])
    session.framed.connect(lambda name, picture: stage.frames.append(picture) if name == VIEW else None)
    trainer.rewind()
    yield stage
    session.stop()
    document.close()
    board.deleteLater()


# -- which epochs ----------------------------------------------------------------------------------------------------


def test_the_first_and_the_last_come_first_and_then_halves() -> None:
    assert coarse_to_fine(range(17), grows=False)[:5] == [0, 16, 8, 4, 12]
    assert sorted(coarse_to_fine(range(17), grows=False)) == list(range(17))
    assert coarse_to_fine([0], grows=True) == [0]
    assert coarse_to_fine([0, 7, 1000], grows=False) == [0, 1000]  # a past run of which little was kept


def test_a_run_that_grows_asks_for_few() -> None:
    asked: set[int] = set()
    for epochs in range(1, 5000):
        now = coarse_to_fine(range(epochs + 1), grows=True)
        assert len(now) <= MOST + 13
        asked |= set(now)
    assert len(asked) < MOST * 10


# -- measured --------------------------------------------------------------------------------------------------------


def test_at_rest_all_that_is_wanted_is_measured_and_equals_autograd(stage: Stage) -> None:
    stage.train(20)
    stage.view.with_sharpness.click()
    stage.until(lambda: len(stage.known()) == 21)
    scene, record = stage.session.scene, stage.history.current[0]
    assert scene is not None
    for epoch, value in stage.known().items():
        assert value == pytest.approx(largest(scene, record.rows[epoch]), rel=2e-3)


def test_the_penalty_counts_as_it_was_in_each_epoch(stage: Stage) -> None:
    stage.document.set({"training.penalty.l2": 0.3}, "Change")
    stage.train(3)
    stage.document.set({"training.penalty.l2": 0.1}, "Change")
    stage.train(3)
    stage.view.with_sharpness.click()
    stage.until(lambda: len(stage.known()) == 7)
    scene, record = stage.session.scene, stage.history.current[0]
    assert scene is not None
    for epoch, l2 in ((0, 0.3), (3, 0.3), (4, 0.1), (6, 0.1)):
        assert l2_at(record, epoch) == l2
        assert stage.known()[epoch] == pytest.approx(largest(scene, record.rows[epoch], l2), rel=2e-3)


def test_while_it_trains_it_grows(stage: Stage) -> None:
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.view.with_sharpness.click()
    stage.session.go()
    stage.until(lambda: len(stage.known()) >= 4)
    assert stage.session.phase is Phase.TRAINING
    stage.session.pause()
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.until(lambda: stage.history.current[0].epochs in stage.known())


def test_nothing_is_measured_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[bytes] = []
    real = core_curvature.Hessian.__init__

    def counted(self: Any, sample: Any, row: Row, ask: Any) -> None:
        rows.append(row.tobytes())
        real(self, sample, row, ask)

    monkeypatch.setattr(core_curvature.Hessian, "__init__", counted)
    stage.view.with_sharpness.click()
    stage.train(12)
    stage.until(lambda: len(stage.known()) == 13)
    stage.train(12)
    stage.until(lambda: len(stage.known()) == 25)
    stage.view.hide()
    stage.view.show()
    stage.trainer.rewind()  # the run is a past one now
    stage.until(lambda: stage.known(1))
    assert len(stage.known(0)) == 25
    # Of the new run the start weights, which are the same, are measured: it is another run.
    assert len(rows) == 26
    assert len(set(rows)) == 25


def test_nothing_is_asked_while_nobody_looks(stage: Stage) -> None:
    stage.train(5)
    assert not stage.frames
    stage.view.with_sharpness.click()
    stage.until(lambda: len(stage.known()) == 6)
    stage.view.hide()
    stage.session.drain()
    stage.frames.clear()
    stage.train(5)
    assert not stage.frames
    stage.view.show()
    stage.until(lambda: len(stage.known()) == 11)
    stage.view.with_sharpness.click()
    stage.frames.clear()
    stage.train(5)
    assert not stage.frames


def test_a_measurement_is_broken_off_where_nobody_looks_any_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    ended: list[int] = []

    def endless(*_: object) -> Generator[None, None, None]:
        begun.append(1)
        try:
            while True:
                yield
        finally:
            ended.append(1)

    monkeypatch.setattr(core_curvature.Hessian, "times", endless)
    stage.train(5)
    stage.view.with_sharpness.click()
    stage.until(lambda: begun)
    assert not ended
    stage.view.with_sharpness.click()
    stage.until(lambda: ended)
    stage.train(1)


def test_a_past_run_of_the_same_network_is_measured_and_of_another_it_is_said_why_not(stage: Stage) -> None:
    stage.train(6)
    stage.trainer.rewind()
    stage.view.with_sharpness.click()
    stage.until(lambda: len(stage.known(0)) == 7)
    stage.view.with_sharpness.click()
    stage.train(4)
    stage.document.edit(small(units=4), "Change")
    stage.trainer.rewind()
    stage.view.with_sharpness.click()
    stage.until(lambda: 0 in stage.known(2))
    assert len(stage.known(0)) == 7  # is known from before
    assert not stage.known(1)
    stage.until(lambda: stage.view.sharpness.note.toPlainText() == "Not of Run 2: another network than now.")


# -- drawn -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def plot(qtbot: QtBot, theme: Theme, icons: Icons) -> SharpnessPlot:
    view = shown(qtbot, theme, icons)
    view.with_sharpness.click()
    settle(qtbot, view)
    return view.sharpness


def with_a_change() -> Record:
    """Return what a run did whose learning rate fell by a schedule, and by hand after epoch 4."""
    run = Run(
        "Run",
        small(
            epochs=10, optimizer={"kind": "sgd", "learning_rate": 0.4}, schedule={"kind": "exponential", "factor": 0.5}
        ),
    )
    recorder = Recorder([run])
    work = train(prepare([run]))
    for events in work:
        recorder.take(events)
        if recorder.record(0).epochs == 4 and not recorder.record(0).interventions:
            recorder.take(work.send(Change(RATE, 0.1)))
    return recorder.record(0)


def test_the_dashed_line_is_2_over_the_rate_that_the_run_had(plot: SharpnessPlot) -> None:
    record = with_a_change()
    assert [change.new for change in record.interventions] == [0.1]
    plot.set_runs([RunCurves.of(record, 0)])
    plot.follow(anew=True)
    plot.draw()
    epochs, values = plot.lines[0][1].getData()
    by_hand = np.where(np.arange(11) <= 4, 0.4, 0.1)
    rates = by_hand * 0.5 ** np.maximum(np.arange(11) - 1, 0)
    np.testing.assert_array_equal(epochs, np.arange(11))
    np.testing.assert_allclose(10**values, 2 / rates)
    assert plot.lines[0][1].opts["pen"].dashPattern()
    assert plot.label.item.text() == f"2/η = {written(2 / rates[-1])}"


def test_points_are_drawn_where_they_were_measured_and_gaps_where_there_is_no_number(
    plot: SharpnessPlot, make: Make
) -> None:
    plot.set_runs([make.run()])
    plot.set_measured({0: {50: 4.0, 0: 0.5, 25: float("nan"), 75: -1.0, 100: 0.0}}, "")
    plot.follow(anew=True)
    plot.draw()
    epochs, values = plot.lines[0][0].getData()
    assert list(epochs) == [0, 25, 50, 75, 100]
    np.testing.assert_allclose(10**values, [0.5, np.nan, 4.0, np.nan, np.nan])
    assert sum(item.isVisible() for item in plot.points.items) == 2
    low, high = plot.view.viewRange()[1]
    assert 10**low < 0.5
    assert 10**high > 2 / 0.03  # the line is in sight


def test_a_rate_of_0_has_no_line(plot: SharpnessPlot, make: Make) -> None:
    curves = make.curves(20)
    values = curves.values.copy()
    values[:, COLUMNS.index("learning_rate")] = 0
    plot.set_runs([make.run(curves=type(curves)(values, curves.spans))])
    plot.set_measured({0: {0: 1.0}}, "")
    plot.follow(anew=True)
    plot.draw()
    assert np.isnan(plot.lines[0][1].getData()[1]).all()
    assert not plot.label.item.isVisible()


def test_crosshair_tells_lambda_at_the_epoch_that_was_measured(
    qtbot: QtBot, theme: Theme, icons: Icons, hand: Hand, make: Make
) -> None:
    view = shown(qtbot, theme, icons)
    view.with_sharpness.click()
    view.set_runs([make.run("first")])
    view.show_sharpness({0: {0: 0.5, 40: 7.25}}, "")
    settle(qtbot, view)
    centre = view.sharpness.view.sceneBoundingRect().center()

    def there() -> bool:
        hand.move(view.board.viewport(), view.board.mapFromScene(centre))
        return view.epoch is not None and view._hovered is view.sharpness

    qtbot.waitUntil(there)
    text = view.read_out.label.text()
    assert "epoch 40" in text
    assert "λ" in text
    assert "2/η" in text
    assert "7.25" in text
    assert "66.7" in text  # 2 / 0.03
    assert view.loss.hair.value() == 40
    point_at(qtbot, view, hand, 3)
    assert "val." in view.read_out.label.text()


def test_it_stands_beside_the_loss_with_or_without_the_accuracy(
    qtbot: QtBot, theme: Theme, icons: Icons, make: Make
) -> None:
    view = shown(qtbot, theme, icons)
    view.set_runs([make.run()])
    for clicked, wanted in (
        (view.with_sharpness, [view.loss, view.sharpness]),
        (view.with_accuracy, [view.loss, view.accuracy, view.sharpness]),
        (view.with_sharpness, [view.loss, view.accuracy]),
        (view.with_accuracy, [view.loss]),
    ):
        clicked.click()
        settle(qtbot, view)
        assert list(view.plots) == wanted
        lefts = [plot.view.sceneBoundingRect().left() for plot in wanted]
        assert lefts == sorted(lefts)
        assert len({round(plot.view.viewRange()[0][1], 6) for plot in wanted}) == 1
