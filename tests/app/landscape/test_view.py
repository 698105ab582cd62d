"""The tab under the hand: in a narrow window, by keyboard, and what is told of runs and of the next steps."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.app.landscape.stages import Stage


def test_in_a_narrow_tab_the_form_waits_and_then_takes_the_room_of_the_maps(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.train(20)
    stage.open(width=410, height=230)
    widget = stage.part.widget
    stage.until(lambda: stage.drawn("pca"))
    assert not stage.part.form.isChecked()
    assert widget.contours.isVisible()
    stage.part.form.click()
    assert widget.form.isVisible()
    assert not widget.contours.isVisible()
    stage.part.form.click()
    assert widget.contours.isVisible()


def test_where_the_window_grows_narrow_the_form_hides_and_comes_back_with_the_room(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.train(20)
    stage.open(width=900)
    widget, box = stage.part.widget, stage.part.form
    stage.until(lambda: stage.drawn("pca"))
    assert widget.form.isVisible()
    assert box.isChecked()
    for width in (620, 420, 300, 230):
        widget.resize(width, 240)
        assert widget.contours.isVisible()
        assert not widget.form.isVisible()
        assert not box.isChecked()
    widget.resize(900, 420)
    assert widget.form.isVisible()
    assert widget.contours.isVisible()
    assert box.isChecked()
    # One that was sent away by hand stays away, and one that was called in a narrow window stays there.
    box.click()
    widget.resize(420, 240)
    widget.resize(900, 420)
    assert not widget.form.isVisible()
    widget.resize(420, 240)
    box.click()
    assert widget.form.isVisible()
    widget.resize(900, 420)
    assert widget.form.isVisible()
    assert widget.contours.isVisible()


def test_the_keyboard_points_at_places_of_the_grid_takes_one_and_goes_back(stage: Stage) -> None:
    shown: list[Any] = []
    stage.part.row_shown.connect(shown.append)
    stage.trainer.rewind()
    stage.train(20)
    stage.open()
    stage.until(lambda: stage.drawn("pca") and len(stage.frame.picture.xs) == 51)
    widget, picture = stage.part.widget, stage.frame.picture
    plot = widget.contours
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    assert plot.hasFocus()
    live = stage.frame.live
    assert live is not None
    column, row = (int(np.abs(axis - at).argmin()) for axis, at in zip((picture.xs, picture.ys), live.now, strict=True))
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert widget.surface._pointer == (picture.xs[column - 1], picture.ys[row])
    QTest.keyClick(plot, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    place = widget.surface._pointer
    assert place == (picture.xs[column - 1], picture.ys[max(row - 5, 0)])
    assert widget.footer.told.text() in plot.accessibleDescription()
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert widget.place == place
    assert stage.frame.place_of(shown[-1]) == pytest.approx(place, abs=1e-3)
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert shown[-1] is None
    assert widget.place is None
    for _ in range(60):
        QTest.keyClick(plot, Qt.Key.Key_Up)
    assert widget.surface._pointer == (picture.xs[column - 1], picture.ys[-1])
    plot.clearFocus()
    assert widget.surface._pointer is None


def test_too_large_a_learning_rate_is_seen_to_overshoot_and_a_small_one_not(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.train(20)
    stage.open()
    section = stage.part.widget.form.steps
    stage.until(lambda: stage.drawn("pca") and stage.frame.ahead is not None)
    assert "Adam" in section.optimizer.currentText()
    section.rate.slider.setValue(section.rate.slider.maximum())
    stage.until(lambda: "overshoots" in section.lines[0].text())
    ahead = stage.frame.ahead
    assert ahead is not None
    assert ahead.losses[1] > ahead.losses[0]
    assert stage.part.widget.contours.step.items[0].isVisible()
    section.rate.slider.setValue(1)
    stage.until(lambda: section.lines[0].text().startswith("One step: loss"))
    place = (ahead.places[0] + np.array(stage.frame.picture.span[2:]) / 8).tolist()
    stage.part.widget.contours.chosen.emit(tuple(place))
    stage.until(lambda: stage.frame.ahead is not None and np.allclose(stage.frame.ahead.places[0], place, atol=1e-2))
    section.optimizer.setCurrentIndex(0)
    section.optimizer.activated.emit(0)
    stage.until(lambda: stage.frame.ahead is not None and len(stage.frame.ahead.losses) == 1)
    assert not stage.part.widget.contours.step.items[0].isVisible()
    assert stage.part.widget.contours.arrow.items[0].isVisible()
    assert not section.lines[0].isVisible()


def test_runs_without_names_of_their_own_are_told_by_what_differs(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.train(12)
    stage.open()
    stage.until(lambda: stage.drawn("pca"))
    assert [path.name for path in stage.frame.paths] == ["Run 1"]
    stage.document.set({"training.optimizer.learning_rate": 0.25}, "Change")
    stage.trainer.rewind()
    stage.train(12)
    stage.until(lambda: len(stage.frame.paths) == 2)
    assert stage.frame.paths[1].name == "Run 2 · learning rate 0.25"
