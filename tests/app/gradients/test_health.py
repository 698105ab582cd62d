"""The page of the layers: its numbers against training itself and the core's probes; what is asked, and when."""

from time import thread_time
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.gradients.health import _MOST, MEASURES, VIEW, HealthFrame, Told, mover_of
from app.gradients.layers import LayersPage
from app.work.session import Phase
from core.experiment.experiment import read_experiment
from core.experiment.variants import override
from core.probes.distributions import distributions
from core.probes.health import health
from core.training.events import Ended, EpochDone, Follow, Save, Saved, SetWeight, Stepped

ADAM = {"kind": "adam", "learning_rate": 0.02}


def page(stage: Any) -> LayersPage:
    found: LayersPage = stage.part.layers
    return found


def newest(stage: Any) -> HealthFrame:
    found: HealthFrame | None = stage.part.health.told.newest
    assert found is not None
    return found


def test_nothing_is_asked_while_the_page_is_hidden(stage: Any) -> None:
    stage.start()
    stage.train(20)
    assert not stage.watched
    assert not stage.ordered
    stage.open()
    stage.until(lambda: stage.part.health.told.steps)
    stage.part.turn(stage.part.time)
    stage.watched.clear()
    stage.ordered.clear()
    stage.train(20)
    assert not [view for view, wanted in stage.watched if wanted]
    assert not stage.ordered


def test_numbers_are_those_of_the_core_at_the_step_that_is_told(stage: Any, make: Any, drive: Any) -> None:
    stage.start(make(optimizer=ADAM))
    stage.train(3)
    stage.open()
    stage.until(lambda: stage.part.health.told.steps)
    frame = newest(stage)
    saved = next(event for event in reversed(stage.events) if isinstance(event, Saved))
    assert frame.step == saved.state.values["step"] == stage.history.current[0].steps
    row = saved.state.arrays["row"]
    mover = mover_of(stage.document.experiment.training, saved.state)
    wanted = drive(health([mover]), stage.session.scene, row)
    shares = drive(distributions(8), stage.session.scene, row)
    np.testing.assert_array_equal(frame.values("gradient"), wanted.relative_gradient[0])
    np.testing.assert_array_equal(frame.values("update"), wanted.relative_update[0])
    np.testing.assert_array_equal(frame.values("delta"), wanted.delta[0])
    silent = [np.nan if layer.saturated is None else layer.saturated[0] for layer in shares.layers]
    np.testing.assert_array_equal(frame.values("silent"), silent)


def test_the_update_is_the_step_that_training_does_next(stage: Any, make: Any) -> None:
    stage.start(make(optimizer=ADAM, batch_size="all", schedule={"kind": "step", "every": 2, "factor": 0.5}))
    stage.train(3)
    stage.open()
    stage.until(lambda: stage.part.health.told.steps)
    frame = newest(stage)
    stage.part.widget.hide()
    stage.session.tell(Follow(0))
    stage.train(1)
    step = next(event for event in stage.events if isinstance(event, Stepped))
    assert step.step == frame.step + 1
    for layer, found in zip(stage.session.scene.architecture.dense, frame.values("update"), strict=True):
        part = slice(layer.start, layer.bias_start)
        moved = np.linalg.norm(step.after[part] - step.before[part]) / np.linalg.norm(step.before[part])
        assert found == pytest.approx(moved, rel=1e-3)


def test_the_learning_rate_is_that_of_the_epoch_with_its_schedule_and_what_was_changed(stage: Any, make: Any) -> None:
    stage.start(make(schedule={"kind": "exponential", "factor": 0.9}))
    stage.train(4)
    stage.session.change("training.optimizer.learning_rate", 0.5)
    stage.session.change("training.penalty.l2", 0.125)
    stage.session.tell(Save())
    stage.until(lambda: any(isinstance(event, Saved) for event in stage.events))
    saved = next(event for event in stage.events if isinstance(event, Saved))
    mover = mover_of(stage.document.experiment.training, saved.state)
    stage.train(1)
    last = [event for event in stage.events if isinstance(event, EpochDone)][-1]
    assert mover.learning_rate == last.learning_rate == pytest.approx(0.5 * 0.9**4)
    assert mover.training.penalty.l2 == 0.125


def test_frames_come_while_it_trains_and_stop_when_the_page_is_left(stage: Any) -> None:
    stage.start()
    stage.open()
    stage.session.go()
    told = stage.part.health.told
    stage.until(lambda: len(told.steps) > 2)
    assert told.steps == sorted(told.steps)
    assert all(len(told.values[measure]) == len(told.steps) for measure in MEASURES)
    stage.part.widget.hide()
    assert stage.watched[-1] == (VIEW, False)
    count = len(stage.ordered)
    epochs = stage.history.current[0].epochs
    stage.until(lambda: stage.history.current[0].epochs > epochs + 200)
    assert len(stage.ordered) == count


def test_a_run_that_is_over_is_looked_at_as_it_is_kept(stage: Any, make: Any, drive: Any) -> None:
    stopping = {"patience": 3, "restore_best": True, "monitor": "validation_loss"}
    stage.start(make(epochs=400, early_stopping=stopping, optimizer={"kind": "adam", "learning_rate": 1.0}))
    stage.open()
    stage.session.go()
    stage.until(lambda: stage.session.phase is Phase.OVER)
    ended = next(event for event in stage.events if isinstance(event, Ended))
    assert not np.array_equal(ended.row, ended.last_row)
    stage.until(lambda: stage.part.health.told.newest and newest(stage).step == ended.step)
    stage.until(lambda: newest(stage).health.sources == ("rate × gradient",))
    wanted = drive(distributions(8), stage.session.scene, ended.row)
    np.testing.assert_array_equal(newest(stage).values("silent")[:2], [one.saturated[0] for one in wanted.layers[:2]])
    assert "not known" in page(stage).columns[1].toolTip()


def test_a_run_that_ends_before_the_others_is_looked_at_once_more(stage: Any, make: Any) -> None:
    variants = [{"name": str(epochs), "settings": {"training.epochs": epochs}} for epochs in (40, 100_000)]
    stage.start(read_experiment(make().model_dump(mode="json") | {"variants": variants}))
    stage.open()
    stage.session.go()
    stage.until(lambda: stage.part.health.told.steps and newest(stage).step == 40 * 7)
    assert stage.session.phase is Phase.TRAINING


def test_a_weight_set_by_hand_is_looked_at_too(stage: Any) -> None:
    stage.start()
    stage.open()
    stage.until(lambda: stage.part.health.told.newest)
    before = newest(stage)
    stage.session.tell(SetWeight("l0", 0, 0, 50.0))
    stage.until(lambda: newest(stage) is not before)
    assert newest(stage).health.weights[0, 0] > 49
    assert len(stage.part.health.told.steps) == 1  # of the same step: in its place


def test_a_long_history_is_thinned_and_keeps_its_ends(stage: Any) -> None:
    stage.start()
    stage.open()
    stage.until(lambda: stage.part.health.told.newest)
    frame = newest(stage)
    told = Told()
    for step in range(3 * _MOST):
        told.add(HealthFrame(frame.scene, step, frame.health, frame.distributions))
    assert len(told.steps) <= _MOST
    assert (told.steps[0], told.steps[-1]) == (0, 3 * _MOST - 1)
    assert told.steps == sorted(told.steps)
    assert {len(column) for column in told.values.values()} == {len(told.steps)}


def test_bars_and_lines_lie_where_the_numbers_are(stage: Any) -> None:
    stage.start()
    stage.open(900, 300)
    stage.train(2)
    stage.until(lambda: stage.part.health.told.steps and newest(stage).step == 2 * 7)
    bars = page(stage).columns[1]
    values = newest(stage).values("update")
    low, high = bars.view.viewRange()[0]
    assert low <= np.log10(values.min()) <= np.log10(values.max()) <= high
    for place, (bar, value) in enumerate(zip(bars._bars, values, strict=True)):
        assert bar.rect().right() == pytest.approx(np.log10(value))
        assert bar.rect().center().y() == pytest.approx(-place)
    lines = page(stage).lines
    for place, line in enumerate(lines._lines):
        x, y = line.getData()
        assert x.tolist() == stage.part.health.told.steps
        np.testing.assert_allclose(y[-1], np.log10(values[place]))
    assert bars.left.tickStrings([0.0, -1.0, -2.0], 1, 1) == ["Dense 1", "Dense 2", "Output"]
    head, rows = bars.read(0, -1.2)
    assert head == "Dense 2"
    assert [told for _, _, told in rows][3].endswith("%")
    head, rows = lines.read(1e9, 0)
    assert head == "step 14"
    assert [name for _, name, _ in rows] == ["Dense 1", "Dense 2", "Output"]


def test_the_axes_stand_still_while_values_stay_within_their_decade(stage: Any) -> None:
    stage.start()
    stage.open()
    stage.until(lambda: stage.part.health.told.newest)
    bars, frame, told = page(stage).columns[0], newest(stage), Told()
    told.add(frame)
    bars.show_told(told, told.newest)
    before = bars.view.viewRange()
    told.add(HealthFrame(frame.scene, 1, frame.health, frame.distributions))
    bars.show_told(told, told.newest)
    assert bars.view.viewRange() == before


def test_the_card_beside_the_mouse_tells_the_layer(stage: Any) -> None:
    stage.start()
    stage.open(900, 300)
    stage.until(lambda: stage.part.health.told.newest)
    bars = page(stage).columns[0]
    bars._moved(bars.view.mapViewToScene(QPointF(bars.view.viewRange()[0][0] + 0.1, -2)))
    assert bars.card.isVisible()
    assert "Output" in bars.card.label.text()
    bars._moved(QPointF(-5, -5))
    assert not bars.card.isVisible()


@pytest.mark.parametrize(("width", "columns"), [(900, 4), (640, 1), (400, 1)])
def test_columns_give_way_where_there_is_little_room(stage: Any, width: int, columns: int) -> None:
    stage.start()
    stage.open(width, 220)
    shown = [column for column in page(stage).columns if column.isVisible()]
    assert len(shown) == columns
    assert page(stage).lines.isVisible()
    stage.until(lambda: page(stage).lines.width() > 120)
    if columns == 1:
        page(stage).measure.setCurrentIndex(2)
        page(stage).measure.activated.emit(2)
        assert [column.measure.tag for column in page(stage).columns if column.isVisible()] == ["delta"]
        assert page(stage).lines.measure.tag == "delta"


def test_drawing_a_frame_of_a_deep_network_takes_a_moment(stage: Any, make: Any) -> None:
    stage.start(make((8,) * 8, "sigmoid"))
    stage.open(900, 300)
    stage.until(lambda: stage.part.health.told.newest)
    told, frame = stage.part.health.told, newest(stage)
    for step in range(1, _MOST // 2):
        told.add(HealthFrame(frame.scene, step, frame.health, frame.distributions))
    best = float("inf")
    for _ in range(20):
        start = thread_time()
        for column in page(stage).columns:
            column.show_told(told, told.newest)
        page(stage).lines.show_told(told, None)
        best = min(best, thread_time() - start)
    assert best < 0.008


def test_what_is_wrong_is_mended_by_its_button(stage: Any, make: Any) -> None:
    stage.start(make((8,) * 7, "sigmoid"))
    stage.open()
    stage.until(page(stage).button.isVisible)
    assert page(stage).note.text().startswith("The gradient vanishes: what comes back to Dense 1 is 1/")
    assert page(stage).sign.isVisible()
    page(stage).button.click()
    layers = stage.document.experiment.network.layers
    assert {layer.activation for layer in layers} == {"leaky_relu"}
    stage.until(lambda: page(stage).note.text().startswith("All layers learn"))
    assert not page(stage).sign.isVisible()
    stage.document.undo_stack.undo()
    assert {layer.activation for layer in stage.document.experiment.network.layers} == {"sigmoid"}


def test_too_high_a_learning_rate_leads_to_the_test_of_learning_rates(stage: Any, make: Any) -> None:
    stage.start(override(make(), {"training.optimizer.learning_rate": 5.0}))
    stage.open()
    stage.until(page(stage).button.isVisible)
    assert "the learning rate is very high" in page(stage).note.text()
    page(stage).button.click()
    assert stage.part.rates.isVisible()
