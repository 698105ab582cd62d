"""Time travel in the dropout tab: all runs as they were at a moment, a line in the curves, and back to now."""

import csv
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.dropout.gap import GapPanel
from app.dropout.twins import twins_at
from app.shell.drawn_export import Seen
from app.timeline.moment import Moment
from core.probes.distributions import distributions
from core.probes.subnetworks import subnetworks
from tests.app.dropout.conftest import Begin
from tests.app.dropout.stages import Stage, drive, small

EPOCHS = 12


@pytest.fixture
def stage(begin: Begin) -> Stage:
    """Return a tab of twins that have trained some epochs."""
    found = begin()
    found.open()
    found.train(EPOCHS)
    return found


def moment_of(stage: Stage, epoch: int, run: int = 0) -> Moment:
    return Moment(stage.history.current[run], stage.history.place + run, epoch)


def of_epoch(epoch: int | None) -> Callable[[Any], bool]:
    """Return whether a picture is one of runs at an epoch, or now."""
    return lambda found: found.twins[0].epoch == epoch


def rows_at(stage: Stage, epoch: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.stack([record.rows[epoch] for record in stage.history.current])


def test_distributions_are_those_of_all_runs_at_the_moment(stage: Stage) -> None:
    panel, scene = stage.show("layers"), stage.session.scene
    assert scene is not None
    for epoch in (3, 5):
        stage.part.show_moment(moment_of(stage, epoch))
        told = stage.frame("layers", of_epoch(epoch))
        assert [twin.epoch for twin in told.twins] == [epoch, epoch]
        first = told.picture.layers[0]
        for counts, row in zip(first.weights.counts, rows_at(stage, epoch), strict=True):
            wanted, _ = np.histogram(row[: 6 * 2], first.weights.edges)  # 6 neurons with 2 inputs
            np.testing.assert_array_equal(counts, wanted)
        fresh = drive(distributions()(scene, rows_at(stage, epoch)))
        np.testing.assert_array_equal(first.dead, fresh.layers[0].dead)
    assert panel.pill.isVisible()
    assert panel.pill.text == "epoch 5"
    stage.part.show_moment(None)
    told = stage.frame("layers", of_epoch(None))
    np.testing.assert_array_equal([twin.row for twin in told.twins], stage.rows())
    assert not panel.pill.isVisible()


def test_the_newest_moment_is_drawn_however_fast_they_change(stage: Stage) -> None:
    stage.show("off")
    stage.frame("off", lambda _found: True)
    stage.asked.clear()
    for epoch in range(EPOCHS):
        stage.part.show_moment(moment_of(stage, epoch))
    assert len(stage.asked) == 1  # the others wait for the answer
    stage.frame("off", of_epoch(EPOCHS - 1))
    assert len(stage.asked) == 2


def test_sub_networks_are_those_of_the_moment(stage: Stage) -> None:
    stage.show("masks")
    stage.part.show_moment(moment_of(stage, 2))
    row, scene = stage.history.current[0].rows[2], stage.session.scene
    assert scene is not None
    wanted = drive(subnetworks(rate=stage.part.watcher.rate, shown=12)(scene, row))
    stage.frame("masks", lambda found: np.array_equal(found.outputs, wanted.outputs))


def test_the_curves_have_a_line_at_the_moment_and_lead_to_others(stage: Stage) -> None:
    panel = stage.show("gap")
    assert isinstance(panel, GapPanel)
    stage.part.show_moment(moment_of(stage, 4))
    assert [line.value() for line in panel.mark.lines.values()] == [4, 4]
    chosen: list[float] = []
    stage.part.epoch_chosen.connect(chosen.append)
    panel.mark.chosen.emit(6.2)
    assert chosen == [6.2]
    stage.part.show_moment(replace(moment_of(stage, 4), place=99))  # of a run that is not drawn
    assert not any(line.isVisible() for line in panel.mark.lines.values())


def test_a_moment_of_another_run_is_shown_alone(stage: Stage) -> None:
    records = stage.history.current
    past = replace(records[1], name="before")
    twins = twins_at(records, 4, 0, Moment(past, 1, 6))
    assert [(twin.place, twin.name, twin.epoch) for twin in twins] == [(1, "before", 6)]
    np.testing.assert_array_equal(twins[0].row, past.rows[6])
    own = twins_at(records, 4, 0, Moment(records[1], 5, 6))
    assert [(twin.place, twin.epoch) for twin in own] == [(4, 6), (5, 6)]


@pytest.mark.parametrize(
    ("plot", "heads", "rows"),
    [
        ("gap", "run,epoch,train_loss,validation_loss,gap", 2 * (EPOCHS + 1)),
        ("off", "run,neurons off,mean accuracy,10 %,90 %", None),
        ("layers", "run,layer,of,from,to,share", None),
        ("masks", "x1,x2,mean 1,disagreement", None),
    ],
)
def test_each_plot_can_be_exported_with_its_numbers(stage: Stage, plot: str, heads: str, rows: int | None) -> None:
    panel = stage.show(plot)
    stage.until(lambda: isinstance(stage.part.widget.drawn(), Seen))
    seen = stage.part.widget.drawn()
    assert isinstance(seen, Seen)
    assert panel.body in seen.widgets
    assert panel.legend in seen.widgets or plot == "masks"
    assert seen.table is not None
    lines = seen.table().splitlines()
    assert lines[0] == heads
    found = list(csv.DictReader(lines))
    if rows is not None:
        assert len(found) == rows
        record = stage.history.current[1]
        last = found[-1]
        assert last["run"] == record.name
        wanted = record.curves["validation_loss"][-1] - record.curves["train_loss"][-1]
        assert float(last["gap"]) == pytest.approx(wanted)
    elif plot == "off":
        told = stage.part.frames["off"]
        assert float(found[0]["mean accuracy"]) == pytest.approx(told.picture.band.middle[0, 0])
        assert len(found) == 2 * len(told.picture.shares)
    elif plot == "layers":
        ones = [float(row["share"]) for row in found if (row["layer"], row["of"]) == ("Dense 1", "weights")]
        assert sum(ones) <= 2 + 1e-9
        assert sum(ones) == pytest.approx(2, abs=0.1)  # of two runs
    else:
        picture = stage.part.frames["masks"]
        assert len(found) == picture.disagreement.size
        first, last = found[0], found[-1]
        assert (float(first["x1"]), float(first["x2"])) < (0, 6)
        assert float(first["x2"]) > 0 > float(last["x2"])  # row 0 is the upper edge
        assert float(first["disagreement"]) == pytest.approx(float(picture.disagreement[0, 0]))


def test_without_a_plot_there_is_nothing_to_export(begin: Begin) -> None:
    found = begin(small(dropout=False))
    found.open()
    assert found.part.widget.drawn() == found.part.widget.missing.sentence.text() != ""


def test_a_plot_is_made_in_turns_and_not_all_at_once(begin: Begin) -> None:
    found = begin()
    view = found.part.widget
    view.show()
    assert view.panels == {}
    found.until(lambda: view.seen == ("gap",))
    view.chooser.choose("masks")
    assert view.seen == ("gap",)  # until the other one is there
    found.until(lambda: view.seen == ("masks",))
