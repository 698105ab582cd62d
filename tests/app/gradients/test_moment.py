"""Time travel in the tab "Gradients", and what its pages export."""

import csv
from typing import Any

import numpy as np
import pytest

from app.gradients.track import RaceFrame
from app.shell.drawn_export import Seen
from app.timeline.moment import Moment
from core.probes.batch_gradients import batch_gradients
from core.probes.health import health
from core.probes.layer_pictures import Mover

EPOCHS = 8


@pytest.fixture
def trained(stage: Any) -> Any:
    stage.start()
    stage.open(900, 260)
    stage.train(EPOCHS)
    return stage


def moment_of(stage: Any, epoch: int) -> Moment:
    return Moment(stage.history.current[0], stage.history.place, epoch)


def test_bars_are_those_of_the_moment_and_the_lines_have_one_there(trained: Any, drive: Any) -> None:
    page, watcher = trained.part.layers, trained.part.health
    trained.until(lambda: watcher.told.steps[-1:] == [EPOCHS * 7])
    steps = list(watcher.told.steps)
    moment = moment_of(trained, 3)
    trained.part.show_moment(moment)
    trained.until(lambda: watcher.past)
    assert watcher.frame is watcher.past
    rate = moment.record.experiment.training.optimizer.learning_rate
    mover = Mover(moment.record.experiment.training, rate)
    wanted = drive(health([mover], 1024), trained.session.scene, moment.row)
    np.testing.assert_allclose(watcher.past.health.gradient, wanted.gradient)
    np.testing.assert_allclose(watcher.past.health.update, wanted.update)
    assert watcher.past.step == 3 * 7  # an epoch is 7 batches
    assert page.columns[0].frame is watcher.past
    assert page.lines.mark.isVisible()
    assert page.lines.mark.value() == moment.value("step")
    assert page.pill.text == "epoch 3"
    assert watcher.told.steps == steps  # a past moment is no new one
    trained.part.show_moment(None)
    assert watcher.frame is watcher.told.newest
    assert not page.lines.mark.isVisible()
    assert not page.pill.isVisible()


def test_batches_are_taken_at_the_moment(trained: Any, drive: Any) -> None:
    trained.part.turn(trained.part.batches)
    page = trained.part.batches
    trained.until(lambda: page.picture)
    for epoch in range(EPOCHS):  # faster than they can be drawn
        trained.part.show_moment(moment_of(trained, epoch))
    row = trained.history.current[0].rows[EPOCHS - 1]
    wanted = drive(batch_gradients((1, 10, 32, 128)), trained.session.scene, row)
    trained.until(lambda: np.array_equal(page.picture.cosine, wanted.cosine))


def test_time_has_a_line_at_the_moment_in_every_plot(trained: Any) -> None:
    trained.part.turn(trained.part.time)
    trained.until(lambda: all(plot.runs for plot in trained.part.time.plots))
    moment = moment_of(trained, 5)
    trained.part.show_moment(moment)
    curves = moment.record.curves
    for plot in trained.part.time.plots:
        assert plot.mark.value() == curves[plot.against.column][5]
        assert plot.mark.isVisible()
    trained.part.show_moment(None)
    assert not any(plot.mark.isVisible() for plot in trained.part.time.plots)


def table(stage: Any) -> list[dict[str, str]]:
    """Return the table that the page that is shown exports."""
    stage.until(lambda: isinstance(stage.part.drawn(), Seen))
    seen = stage.part.drawn()
    assert seen.widgets
    assert seen.table is not None
    return list(csv.DictReader(seen.table().splitlines()))


def test_each_page_exports_what_it_shows(trained: Any) -> None:
    part = trained.part
    rows = table(trained)
    newest = part.health.told.newest
    assert [row["layer"] for row in rows[-3:]] == list(newest.names)
    assert float(rows[-1]["gradient / W"]) == pytest.approx(newest.values("gradient")[-1])
    part.turn(part.batches)
    rows = table(trained)
    assert len(rows) == 50 * len(part.batches.picture.sizes)
    assert float(rows[0]["angle (degrees)"]) == pytest.approx(float(part.batches.picture.angle[0, 0, 0]))
    part.turn(part.time)
    assert len(table(trained)) == EPOCHS + 1
    part.turn(part.rates)
    assert part.drawn() == part.rates.missing.text()  # nothing has been tested
    part.rates.run()
    rows = table(trained)
    np.testing.assert_allclose([float(row["loss"]) for row in rows], part.rates.picture.losses)
    part.turn(part.race)
    rows = table(trained)
    frame: RaceFrame = part.race.frame
    assert len(rows) == sum(len(lap.losses) for lap in frame.laps)
    assert rows[0]["optimizer"] == frame.laps[0].racer.name
    assert part.race.racers in part.drawn().widgets  # names and colours of the racers
