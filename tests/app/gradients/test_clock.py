"""The page of time: losses against steps, epochs and seconds as the records have them."""

from dataclasses import replace
from typing import Any

import numpy as np

from app.gradients.clock import LossPlot, againsts
from core.runs.curves import COLUMNS, Curves


def test_each_plot_draws_the_columns_of_the_record(stage: Any) -> None:
    stage.start()
    stage.open()
    page = stage.part.time
    stage.part.turn(page)
    assert page.mend.text() == "Train 10 epochs"
    page.mend.click()
    stage.until(lambda: stage.history.current[0].epochs == 10)
    stage.until(lambda: page.plots[0].runs and len(page.plots[0].runs[0].curves) == 11)
    curves = stage.history.current[0].curves
    assert page.pages.currentIndex() == 0
    for plot, column in zip(page.plots, ("step", "epoch", "seconds"), strict=True):
        assert plot.isVisible()
        for line, values in zip(plot._lines[0], ("train_loss", "validation_loss"), strict=True):
            x, y = line.getData()
            np.testing.assert_array_equal(x, curves[column])
            np.testing.assert_allclose(y, np.log10(curves[values]))
        (left, right), (low, high) = plot.view.viewRange()
        assert left <= x.min() <= x.max() <= right
        assert low <= y.min() <= y.max() <= high
    assert 0 < curves["seconds"][-1] < 60
    head, rows = page.plots[1].read(4.2, 0)
    assert head == "4.2 epochs"
    assert rows[0][1:] == (
        "Run 1",
        f"train {curves['train_loss'][4]:.3g}, validation {curves['validation_loss'][4]:.3g}",
    )
    page.log.setChecked(False)
    np.testing.assert_array_equal(page.plots[0]._lines[0][0].getData()[1], curves["train_loss"])


def test_a_run_without_seconds_is_left_out_of_that_plot_alone(stage: Any, icons: Any) -> None:
    stage.start()
    stage.train(5)
    stage.until(lambda: stage.board.curves.runs and len(stage.board.curves.runs[0].curves) == 6)
    run = stage.board.curves.runs[0]
    values = run.curves.values.copy()
    values[:, COLUMNS.index("seconds")] = np.nan
    old = replace(run, curves=Curves(values, run.curves.spans))
    for against in againsts():
        plot = LossPlot(icons.theme, against)
        stage.qtbot.addWidget(plot)
        plot.show_runs([old])
        assert plot._lines[0][0].isVisible() is (against.column != "seconds")
        assert bool(plot.read(1, 1)[1]) is (against.column != "seconds")


def test_where_there_is_little_room_one_plot_is_chosen(stage: Any) -> None:
    stage.start()
    stage.open(400)
    page = stage.part.time
    stage.part.turn(page)
    stage.train(3)
    shown = [plot.against.column for plot in page.plots if plot.isVisible()]
    stage.until(lambda: page.pages.currentIndex() == 0)
    assert shown in (["seconds"], [])
    page.chosen.setCurrentIndex(0)
    page.chosen.activated.emit(0)
    assert [plot.against.column for plot in page.plots if plot.isVisible()] == ["step"]


def test_nothing_is_drawn_while_it_is_hidden(stage: Any) -> None:
    stage.start()
    stage.open()
    stage.train(3)
    stage.until(lambda: stage.board.curves.runs and len(stage.board.curves.runs[0].curves) == 4)
    assert not stage.part.time.plots[0].runs
    stage.part.turn(stage.part.time)
    assert stage.part.time.plots[0].runs
