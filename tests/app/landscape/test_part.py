"""The tab with a real background thread: what it asks for, shows, and lets a student do."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.landscape.watcher import VIEW
from app.shell.selection import Weight as Clicked
from app.work.session import Phase
from core.landscape.values import Weight
from tests.app.landscape.stages import Stage


def test_without_a_path_a_button_trains_until_there_is_one(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.open()
    widget = stage.part.widget
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.until(lambda: "10 epochs" in widget.missing.text())
    assert widget.missing.isVisible()
    assert widget.train.isVisible()
    QTest.mouseClick(widget.train, Qt.MouseButton.LeftButton)
    stage.until(lambda: stage.drawn("pca"))
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    assert stage.history.current[0].epochs == 50
    assert widget.contours.isVisible()
    stage.until(lambda: len(stage.frame.picture.xs) == 51)


def test_nothing_is_asked_while_nobody_looks(stage: Stage) -> None:
    views: list[str] = []
    stage.session.framed.connect(lambda view, _picture: views.append(view))
    stage.trainer.rewind()
    stage.train(20)
    assert VIEW not in views
    stage.open()
    stage.until(lambda: VIEW in views)
    stage.until(lambda: stage.drawn("pca"))
    stage.part.widget.hide()
    stage.session.drain()
    views.clear()
    stage.train(20)
    assert VIEW not in views


def test_it_follows_the_training_coarse_and_is_fine_at_rest(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.open()
    stage.choose(kind="random", look="now")
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.until(lambda: stage.drawn("random"))
    start = stage.frame.picture.plane.row
    stage.session.go()
    stage.until(lambda: len(stage.frame.picture.xs) == 25 and not np.array_equal(stage.frame.picture.plane.row, start))
    stage.session.pause()
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.until(lambda: stage.drawn("random") and len(stage.frame.picture.xs) == 51)
    assert stage.frame.live is not None
    assert stage.frame.live.true == pytest.approx(stage.frame.picture.centre_loss, rel=1e-5)


def test_runs_of_the_same_network_are_there_with_their_places_and_others_are_not(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.train(12)
    stage.document.set({"training.optimizer": "sgd"}, "Change")
    stage.trainer.rewind()
    stage.train(12)
    stage.open()
    stage.until(lambda: stage.drawn("pca"))
    assert [(path.place, path.live) for path in stage.frame.paths] == [(0, False), (1, True)]
    names = [row[1].text() for row in stage.part.widget.form.readings._rows]
    assert names == ["Run 1 · Adam", "Run 2 · SGD"]
    layer = stage.document.experiment.network.layers[0].model_copy(update={"units": 4})
    network = stage.document.experiment.network.replace(layer)
    stage.document.edit(stage.document.experiment.model_copy(update={"network": network}), "Change")
    stage.trainer.rewind()
    stage.train(12)
    stage.until(lambda: len(stage.frame.paths) == 1 and stage.frame.paths[0].place == 2)


def test_pointing_marks_both_pictures_and_tells_the_loss(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.train(20)
    stage.open()
    stage.until(lambda: stage.drawn("pca"))
    widget = stage.part.widget
    assert "off the plane" in widget.footer.told.text()
    picture = stage.frame.picture
    place = (float(picture.xs[10]), float(picture.ys[30]))
    widget.contours.pointed.emit(place)
    assert widget.surface._pointer == place
    assert widget.contours.pointer.items[0].isVisible()
    assert widget.loss_at(place) == pytest.approx(picture.loss[30, 10])
    assert "loss" in widget.footer.told.text()
    widget.surface.pointed.emit(None)
    assert not widget.contours.pointer.items[0].isVisible()
    assert "off the plane" in widget.footer.told.text()


def test_a_click_gives_the_network_a_copy_of_those_weights_and_back(stage: Stage) -> None:
    shown: list[Any] = []
    stage.part.row_shown.connect(shown.append)
    stage.trainer.rewind()
    stage.train(20)
    stage.open()
    stage.until(lambda: stage.drawn("pca") and len(stage.frame.picture.xs) == 51)
    left, low, width, height = stage.frame.picture.span
    place = (left + width * 0.7, low + height * 0.4)
    viewport = stage.part.widget.contours.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, stage.point(place))
    assert len(shown) == 1
    pixel = width / 100
    assert stage.frame.place_of(shown[0]) == pytest.approx(place, abs=pixel)
    widget = stage.part.widget
    assert widget.footer.back.isVisible()
    assert widget.footer.begin.isEnabled()
    wanted: list[Any] = []
    stage.part.train_from.connect(wanted.append)
    QTest.mouseClick(widget.footer.begin, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(wanted[0], shown[0])
    QTest.mouseClick(widget.footer.back, Qt.MouseButton.LeftButton)
    assert shown[1:] == [None]
    assert not widget.footer.back.isVisible()
    assert stage.part.row is None


def test_the_mark_stays_on_its_weights_while_the_plane_moves(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.open()
    stage.choose(kind="random", look="now")
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.until(lambda: stage.drawn("random"))
    stage.part.widget.contours.chosen.emit((0.5, 0.25))
    row = stage.part.row
    assert row is not None
    stage.session.go()
    stage.until(lambda: stage.part.widget.place != (0.5, 0.25))
    place = stage.part.widget.place
    assert place is not None
    assert stage.frame.place_of(row) == pytest.approx(place)
    stage.session.pause()
    stage.until(lambda: stage.session.phase is Phase.PAUSED)


def test_a_new_run_takes_the_shown_weights_away(stage: Stage) -> None:
    shown: list[Any] = []
    stage.trainer.rewind()
    stage.train(20)
    stage.open()
    stage.until(lambda: stage.drawn("pca"))
    stage.part.widget.contours.chosen.emit(stage.frame.picture.plane.middle)
    stage.part.row_shown.connect(shown.append)
    stage.trainer.rewind()
    stage.until(lambda: shown == [None])


def test_links_of_the_canvas_choose_the_weights(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.open()
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.selection.select_weight(Clicked("one", 0, 0))  # other directions are chosen: nothing comes of it
    assert not stage.part.widget.form.chosen.weights
    stage.choose(kind="weights")
    stage.until(lambda: "Click a link" in stage.part.widget.missing.text())
    stage.selection.select_weight(Clicked("one", 0, 1))
    stage.until(lambda: stage.drawn("weights"))
    assert stage.part.widget.line.isVisible()
    stage.selection.select_weight(Clicked("output", 0, None))
    stage.until(lambda: stage.drawn("weights") and stage.frame.picture.plane.d2 is not None)
    assert stage.frame.picture.plane.weights == (Weight("one", 0, 1), Weight("output", 0, None))
    assert stage.part.widget.contours.isVisible()
    stage.selection.select_weight(Clicked("one", 2, 0))
    assert stage.part.widget.form.chosen.weights == (Weight("output", 0, None), Weight("one", 2, 0))
    assert "Dense 1, neuron 3, weight 1" in stage.part.widget.form.weights.text()


def test_logarithms_and_the_surface_can_be_left_out(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.train(20)
    stage.open()
    stage.until(lambda: stage.drawn("pca"))
    widget = stage.part.widget
    assert widget.surface.isVisible()
    assert widget.scale.log
    stage.part.log.click()
    assert not widget.scale.log
    assert "log" not in widget.heading.told
    stage.part.surface.click()
    assert not widget.surface.isVisible()
    stage.part.surface.click()
    assert widget.surface.isVisible()
    stage.part.form.click()
    assert not widget.form.isVisible()


def test_another_draw_is_another_plane(stage: Stage) -> None:
    stage.trainer.rewind()
    stage.open()
    stage.choose(kind="random")
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.until(lambda: stage.drawn("random"))
    first = stage.frame.picture.plane
    QTest.mouseClick(stage.part.widget.form.draw, Qt.MouseButton.LeftButton)
    stage.until(lambda: stage.drawn("random") and stage.frame.picture.plane.seed != first.seed)
    assert not np.allclose(first.d1, stage.frame.picture.plane.d1)


def test_a_part_without_samples_is_told_and_another_one_drawn_again(stage: Stage) -> None:
    stage.document.set({"data.validation": 0.0}, "Change")
    stage.trainer.rewind()
    stage.open()
    stage.choose(kind="random", part="validation")
    stage.until(lambda: "no samples" in stage.part.widget.missing.text())
    stage.choose(part="train")
    stage.until(lambda: stage.drawn("random"))
    assert stage.part.widget.contours.isVisible()
