"""The curves: what is drawn, how it follows, what the crosshair tells, what is saved."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.plots.curves import CurvesView
from app.plots.lines import MOST_POINTS
from app.plots.run_curves import RunCurves
from app.plots.spots import marker
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.shell.tokens import MARKERS
from core.pictures import look
from tests.app.plots.curves_shown import point_at, settle, shown

if TYPE_CHECKING:
    from tests.app.plots.conftest import Hand, Lab, Make


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, icons: Icons) -> CurvesView:
    return shown(qtbot, theme, icons)


def drawn(view: CurvesView, run: int, column: str, smoothed: bool = False) -> Any:
    """Return the points of a line."""
    lines = view.loss.lines[run]
    line = (lines.smoothed if smoothed else lines.raw)[column]  # type: ignore[index]
    return line.getData()


def pen(view: CurvesView, run: int, column: str, smoothed: bool = False) -> Any:
    """Return how a line is drawn."""
    lines = view.loss.lines[run]
    return (lines.smoothed if smoothed else lines.raw)[column].opts["pen"]  # type: ignore[index]


def test_curves_are_the_numbers_of_the_run(qtbot: QtBot, view: CurvesView, lab: Lab) -> None:
    record = lab.small(validation=0.3)
    view.set_runs([RunCurves.of(record, 0)])
    settle(qtbot, view)
    for column in ("train_loss", "validation_loss"):
        x, y = drawn(view, 0, column)
        np.testing.assert_array_equal(x, record.curves["epoch"])
        np.testing.assert_array_equal(y, record.curves[column])
    assert not view.empty.isVisible()


def test_training_is_solid_and_validation_dashed_and_wide(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run()])
    settle(qtbot, view)
    train, validation = pen(view, 0, "train_loss"), pen(view, 0, "validation_loss")
    assert train.style() == Qt.PenStyle.SolidLine
    assert validation.style() != Qt.PenStyle.SolidLine
    assert (train.widthF(), validation.widthF()) == (1.3, 2.4)
    assert train.isCosmetic()


def test_long_noisy_curves_are_thinned_and_thin(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    """A wide pen on a long line takes Qt tens of milliseconds."""
    run = make.run(epochs=15_000, curves=make.curves(15_000, noise=0.5))
    view.set_runs([run])
    settle(qtbot, view)
    for column in ("train_loss", "validation_loss"):
        x, y = drawn(view, 0, column)
        assert len(x) <= MOST_POINTS
        assert (y.min(), y.max()) == (run.curves[column].min(), run.curves[column].max())
        assert pen(view, 0, column).widthF() == 1


def test_earlier_runs_are_faint_and_behind(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run("old", 0, faint=True), make.run("new", 1)])
    settle(qtbot, view)
    old, new = (pen(view, run, "train_loss").color().alphaF() for run in (0, 1))
    assert old < 0.5 < new
    depths = [view.loss.lines[run].raw["train_loss"].zValue() for run in (0, 1)]
    assert depths[0] < depths[1]


def test_of_very_many_earlier_runs_the_newest_are_drawn(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([*(make.run(f"{n}", n, faint=True) for n in range(60)), make.run("new", 60)])
    settle(qtbot, view)
    names = [run.name for run in view.loss.runs]
    assert len(names) == 17
    assert names[-2:] == ["59", "new"]


def test_runs_are_told_apart_by_colour_and_marker(theme: Theme) -> None:
    looks = [(theme.series(place).name(), marker(place)) for place in range(40)]
    assert len(set(looks)) == 40
    assert len({color for color, _ in looks[:5]}) == 5  # as many as the example with five optimizers has
    on_paper = dict(zip(MARKERS, look.MARKERS, strict=True))
    assert [(color, on_paper[symbol]) for color, symbol in looks] == [look.run_look(place) for place in range(40)]


def test_hidden_run_is_not_drawn(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run("a", 0, visible=False), make.run("b", 1)])
    settle(qtbot, view)
    assert [view.loss.lines[run].raw["train_loss"].isVisible() for run in (0, 1)] == [False, True]
    assert view.legend.accessibleName() == "Runs shown: b"


def test_a_run_without_validation_has_one_line(qtbot: QtBot, view: CurvesView, lab: Lab) -> None:
    view.set_runs([RunCurves.of(lab.small(validation=0.0), 0)])
    settle(qtbot, view)
    visible = {column: line.isVisible() for column, line in view.loss.lines[0].raw.items()}
    assert visible == {"train_loss": True, "validation_loss": False}


# -- smoothing and logarithm -----------------------------------------------------------------------------------------


def test_smoothing_leaves_the_raw_line_faint_and_0_is_off(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    run = make.run()
    view.set_runs([run])
    view.smoothing.slider.setFocus()
    QTest.keyClick(view.smoothing.slider, Qt.Key.Key_End)
    settle(qtbot, view)
    assert view.smoothing.value == 0.99
    raw, smoothed = pen(view, 0, "train_loss"), pen(view, 0, "train_loss", smoothed=True)
    assert raw.color().alphaF() == pytest.approx(0.22, abs=0.01)
    assert smoothed.color().alphaF() == 1
    np.testing.assert_array_equal(drawn(view, 0, "train_loss")[1], run.curves["train_loss"])
    assert np.ptp(drawn(view, 0, "train_loss", smoothed=True)[1]) < np.ptp(run.curves["train_loss"])
    QTest.keyClick(view.smoothing.slider, Qt.Key.Key_Home)
    settle(qtbot, view)
    assert not view.loss.lines[0].smoothed["train_loss"].isVisible()
    assert pen(view, 0, "train_loss").color().alphaF() == 1


def test_logarithmic_axis_shows_logarithms_and_round_ticks(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    run = make.run()
    view.set_runs([run])
    with qtbot.waitSignal(view.log_changed):
        QTest.mouseClick(view.log, Qt.MouseButton.LeftButton, pos=QPoint(8, view.log.height() // 2))
    settle(qtbot, view)
    np.testing.assert_allclose(drawn(view, 0, "train_loss")[1], np.log10(run.curves["train_loss"]))
    low, high = view.loss.view.viewRange()[1]
    assert 10**low < run.curves["train_loss"].min()
    assert 10**high > run.curves["validation_loss"].max()
    axis = view.loss.left
    ((_, ticks),) = axis.tickValues(low, high, 200)
    assert axis.tickStrings(ticks, 1, 1) == ["0.2", "0.5", "1"]
    assert axis.label.toPlainText() == "loss (log)"


def test_loss_of_0_is_drawn_on_a_logarithmic_axis(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    values = make.curves(20).values.copy()
    values[10:, 2] = 0
    view.set_log(True)
    view.set_runs([make.run(curves=type(make.curves(1))(values, np.ones(21, np.int64)))])
    settle(qtbot, view)
    assert np.isfinite(drawn(view, 0, "train_loss")[1]).all()


# -- following and zoom ----------------------------------------------------------------------------------------------


def wheel(view: CurvesView) -> None:
    """Turn the wheel over the plot."""
    viewport = view.board.viewport()
    place = QPointF(view.board.mapFromScene(view.loss.view.sceneBoundingRect().center()))
    event = QWheelEvent(
        place,
        QPointF(viewport.mapToGlobal(place)),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def test_growing_run_is_followed_in_few_steps(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run(epochs=5)])
    ends = set()
    for epochs in range(6, 120, 3):
        view.append(0, make.run(epochs=epochs))
        view._timer.stop()
        view._redraw()
        end = view.loss.view.viewRange()[0][1]
        assert end >= epochs
        ends.add(end)
    assert len(ends) < 15


def test_zoom_stays_while_the_run_grows_until_follow_is_pressed(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run(epochs=50)])
    settle(qtbot, view)
    assert not view.follow_button.isVisible()
    wheel(view)
    settle(qtbot, view)
    zoomed = view.loss.view.viewRange()
    assert zoomed[0][1] - zoomed[0][0] < 50
    assert view.follow_button.isVisible()
    view.append(0, make.run(epochs=400))
    settle(qtbot, view)
    assert view.loss.view.viewRange() == zoomed
    assert len(view.runs[0].curves) == 401
    QTest.mouseClick(view.follow_button, Qt.MouseButton.LeftButton)
    settle(qtbot, view)
    assert view.loss.view.viewRange()[0][1] > 400
    assert not view.follow_button.isVisible()


def test_zoomed_curve_shows_every_epoch(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run(epochs=15_000)])
    settle(qtbot, view)
    wheel(view)
    view.loss.view.setXRange(5_000, 5_200, padding=0)
    settle(qtbot, view)
    x, _ = drawn(view, 0, "train_loss")
    np.testing.assert_array_equal(x, np.arange(4_999, 5_202))


def test_keyboard_zooms_and_goes_back_to_following(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run(epochs=50)])
    settle(qtbot, view)
    before = view.loss.view.viewRange()[0]
    view.board.setFocus()
    QTest.keyClick(view.board, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, view)
    after = view.loss.view.viewRange()[0]
    assert after[1] - after[0] < before[1] - before[0]
    QTest.keyClick(view.board, Qt.Key.Key_Home)
    settle(qtbot, view)
    assert view.loss.view.viewRange()[0] == before


def test_a_spike_does_not_hide_the_rest(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    values = make.curves(50).values.copy()
    values[30, 2:4] = 1e9
    view.set_runs([make.run(curves=type(make.curves(1))(values, np.ones(51, np.int64)))])
    settle(qtbot, view)
    assert view.loss.view.viewRange()[1][1] < 10


# -- marks -----------------------------------------------------------------------------------------------------------


def spots(view: CurvesView) -> list[tuple[float, float]]:
    """Return where marks stand."""
    return [(item.x(), item.y()) for item in view.loss.marks.spots.items if item.isVisible()]


def test_ring_marks_the_best_epoch_on_the_validation_curve(qtbot: QtBot, view: CurvesView, lab: Lab) -> None:
    record = lab.small(validation=0.3, epochs=20)
    view.set_runs([RunCurves.of(record, 0)])
    settle(qtbot, view)
    losses = record.curves["validation_loss"]
    assert spots(view) == [(record.best_epoch, losses[record.best_epoch])]
    assert losses[1:].argmin() + 1 == record.best_epoch


def test_divergence_ends_in_a_cross_and_a_gap(qtbot: QtBot, view: CurvesView, hand: Hand, make: Make) -> None:
    run = make.run(curves=make.curves(40, diverges=30), best_epoch=0, diverged_at=300)
    view.set_runs([run])
    settle(qtbot, view)
    assert spots(view) == [(30, run.curves["train_loss"][29])]
    assert np.isnan(drawn(view, 0, "train_loss")[1][30:]).all()
    point_at(qtbot, view, hand, 30)
    assert "run: diverged at step 300" in view.read_out.label.text()


def test_interventions_are_ticks_at_their_steps(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run(interventions=(make.change(200, 0.03, 0.01), make.change(455, 0.01, 0.003)))])
    settle(qtbot, view)
    x, y = view.loss.marks.ticks.getData()
    assert list(x) == [20, 20, 45.5, 45.5]
    low = view.loss.view.viewRange()[1][0]
    assert y[0] == pytest.approx(low)
    assert y[1] > low


def test_waiting_is_shaded_and_told(qtbot: QtBot, view: CurvesView, lab: Lab) -> None:
    record = lab.small(validation=0.4, epochs=60, early_stopping={"patience": 3})
    assert record.outcome == "early stopping"
    view.set_runs([RunCurves.of(record, 0)])
    settle(qtbot, view)
    wait = view.loss.marks.waits[0]
    assert wait.waited.isVisible()
    assert wait.waited.getRegion() == (record.best_epoch, record.best_epoch + 3)
    assert wait.label.item.text() == f"best {record.best_epoch} · waited 3 of 3"
    assert not wait.ahead.isVisible()


# -- accuracy, theme, export -----------------------------------------------------------------------------------------


def test_accuracy_stands_beside_the_loss(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    run = make.run()
    view.set_runs([run])
    QTest.mouseClick(view.with_accuracy, Qt.MouseButton.LeftButton, pos=QPoint(8, view.with_accuracy.height() // 2))
    settle(qtbot, view)
    assert view.accuracy.item.isVisible()
    loss, accuracy = (plot.view.sceneBoundingRect() for plot in (view.loss, view.accuracy))
    assert loss.right() < accuracy.left()
    assert accuracy.width() == pytest.approx(loss.width(), abs=60)
    line = view.accuracy.lines[0].raw["validation_accuracy"]
    np.testing.assert_array_equal(line.getData()[1], run.curves["validation_accuracy"])
    assert view.accuracy.view.viewRange()[0] == view.loss.view.viewRange()[0]
    view.with_accuracy.setChecked(False)
    settle(qtbot, view)
    assert view.loss.view.sceneBoundingRect().width() > 600


def test_theme_changes_colours_at_once(qtbot: QtBot, view: CurvesView, theme: Theme, make: Make) -> None:
    view.set_runs([make.run()])
    settle(qtbot, view)
    assert pen(view, 0, "train_loss").color().name() == "#c4209a"
    theme.set("dark")
    settle(qtbot, view)
    assert pen(view, 0, "train_loss").color().name() == "#f060c8"
    assert view.board.backgroundBrush().color().name() == "#1c2028"


def choose_file(dialog: QFileDialog, path: Path) -> None:
    """Choose a file as a person would."""
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.selectFile(str(path))
    dialog.accept()


@pytest.mark.parametrize("kind", ["csv", "png", "svg"])
def test_curves_are_saved(qtbot: QtBot, view: CurvesView, make: Make, tmp_path: Path, kind: str) -> None:
    view.set_runs([make.run("first", 0), make.run("hidden", 1, visible=False)])
    view.with_accuracy.setChecked(True)
    settle(qtbot, view)
    path = tmp_path / f"curves.{kind}"
    with qtbot.waitSignal(view.saved) as saved:
        choose_file(view.export.ask(kind), path)
    assert saved.args == [path]
    if kind == "csv":
        rows = list(csv.DictReader(path.read_text().splitlines()))
        assert {row["run"] for row in rows} == {"first"}
        found = [float(row["validation_loss"]) for row in rows]
        np.testing.assert_array_equal(found, view.runs[0].curves["validation_loss"])
    elif kind == "png":
        image = QImage(str(path))
        assert image.width() > 1400
        colors = {
            image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
        }
        assert "#c4209a" in colors
        assert "#ffffff" in colors
    else:
        text = path.read_text()
        assert text.startswith("<?xml")
        assert "epoch" in text
        assert "first" in text


def test_file_that_cannot_be_written_is_told(qtbot: QtBot, view: CurvesView, make: Make, tmp_path: Path) -> None:
    view.set_runs([make.run()])
    with qtbot.waitSignal(view.failed) as failed:
        view.export.write(tmp_path / "gone" / "curves.csv", "csv")
    assert failed.args is not None
    assert failed.args[0].startswith("curves.csv: could not be saved")


# -- speed -----------------------------------------------------------------------------------------------------------


def test_a_grown_run_is_taken_and_drawn_quickly(qtbot: QtBot, view: CurvesView, lab: Lab, make: Make) -> None:
    view.set_runs([make.run(epochs=1000)])
    settle(qtbot, view)
    grown = make.run(epochs=1001)
    assert lab.quickest(lambda: view.append(0, grown)) < 0.001
    assert lab.quickest(view._redraw) < 0.004


def test_twenty_thousand_epochs_are_drawn_within_a_frame(qtbot: QtBot, view: CurvesView, lab: Lab, make: Make) -> None:
    view.smoothing.set_value(0.9)
    view._change_looks()
    view.set_runs([make.run(epochs=20_000)])
    settle(qtbot, view)
    assert lab.quickest(view._redraw) < 0.016
    assert lab.quickest(view.board.viewport().repaint, 9) < 0.016
