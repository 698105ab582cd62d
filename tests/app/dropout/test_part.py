"""The tab on runs that train for real: each plot shows what the core finds, asked for only while it can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.dropout.gap import gap
from app.dropout.part import COMPARED
from app.dropout.watcher import sample_at
from core.experiment.network import Dropout
from core.probes.coadaptation import co_adaptation
from core.probes.dropout_pictures import SubNetworksPicture
from core.probes.subnetworks import opinions, subnetworks
from tests.app.dropout.stages import Stage, drive, move, small

if TYPE_CHECKING:
    from tests.app.dropout.conftest import Begin

VIEWS = {"layers": "dropout-layers", "off": "dropout-off", "masks": "dropout-masks"}


def newest(stage: Stage, plot: str) -> bool:
    """Tell whether the picture is of the rows that the runs keep now."""
    twins = stage.part.frames[plot].twins
    return all(twin.row is record.row for twin, record in zip(twins, stage.history.current, strict=True))


# -- the plots -------------------------------------------------------------------------------------------------------


def test_the_gap_is_filled_between_the_curves_of_the_records(stage: Stage) -> None:
    stage.open()
    stage.train(6)
    panel = stage.panel("gap")
    stage.until(lambda: all(len(run.curves) == 7 for run in panel.gaps.runs))
    records = stage.history.current
    for record, run, (area, line), color in zip(records, panel.gaps.runs, panel.gaps.areas, ("s1", "s2"), strict=True):
        expected = record.curves["validation_loss"] - record.curves["train_loss"]
        np.testing.assert_array_equal(gap(run), expected)
        np.testing.assert_array_equal(line.getData(), (record.curves["epoch"], expected))
        (piece,) = area.item.path().toSubpathPolygons()
        corners = np.array([(point.x(), point.y()) for point in piece.toList()])
        np.testing.assert_allclose(corners[:7], np.stack([record.curves["epoch"], np.zeros(7)], 1))
        np.testing.assert_allclose(corners[7:14], np.stack([record.curves["epoch"], expected], 1)[::-1])
        assert area.item.brush().color().name() == stage.part.icons.theme.color(color).name()
    assert not panel.empty.isVisible()


def test_co_adaptation_is_that_of_the_core_and_starts_at_the_accuracy_of_the_record(stage: Stage) -> None:
    stage.open()
    panel = stage.show("off")
    stage.train(5)
    told = stage.frame("off", lambda _picture: newest(stage, "off"))
    expected = drive(co_adaptation()(stage.session.scenes[0], stage.rows()))
    np.testing.assert_array_equal(told.picture.values, expected.values)
    accuracies = [record.metrics.validation_accuracy for record in stage.history.current]
    np.testing.assert_allclose(told.picture.values[:, 0], np.array(accuracies)[:, None] * np.ones(20), atol=1e-6)
    middle = told.picture.values.mean(-1)
    for place, (_, line) in enumerate(panel.plot.lines):
        np.testing.assert_allclose(line.getData(), (told.picture.shares, middle[place]))


def test_distributions_are_those_of_the_rows_of_all_runs(stage: Stage) -> None:
    stage.open()
    panel = stage.show("layers")
    stage.train(3)
    told = stage.frame("layers", lambda _picture: newest(stage, "layers"))
    assert [twin.place for twin in told.twins] == [0, 1]
    for layer, found in zip(stage.session.scenes[0].architecture.dense, told.picture.layers, strict=True):
        for place, row in enumerate(stage.rows()):
            counts, _ = np.histogram(row[layer.start : layer.bias_start].astype(np.float64), found.weights.edges)
            np.testing.assert_array_equal(found.weights.counts[place], counts)
            assert found.activations.counts[place].sum() + found.activations.outside[place] == layer.units * 64
    assert panel.histograms.told is told
    assert [layer.id for layer in panel.histograms.layers] == ["one", "output"]


def test_sub_networks_are_those_of_the_core_under_the_masks_of_the_twin(stage: Stage) -> None:
    stage.open()
    panel = stage.show("masks")
    stage.train(3)
    scene, record = stage.session.scenes[0], stage.history.current[0]

    def same(picture: SubNetworksPicture, run: int) -> bool:
        row = stage.history.current[run].row
        expected = drive(subnetworks(rate=0.5, shown=12)(stage.session.scenes[run], row))
        return np.array_equal(picture.disagreement, expected.disagreement)

    assert not any(layer.rate for layer in scene.architecture.dropouts)
    assert record.name == "without"
    found = stage.frame("masks", lambda picture: same(picture, 0))
    assert len(panel.planes.mosaic.images) == len(found.shades) == 12
    assert "50 %" in panel.head.note.text()
    panel.chooser.activated.emit(1)
    assert stage.session.run == 1
    stage.frame("masks", lambda picture: same(picture, 1))
    stage.until(lambda: panel.chooser.currentText() == "half")


def test_a_single_run_is_drawn_within_an_epoch(begin: Begin) -> None:
    stage = begin(small(variants=[]))
    stage.open()
    stage.show("off")
    stage.session.go(steps=3)
    start = drive(co_adaptation()(stage.session.scenes[0], stage.rows()))
    stage.frame("off", lambda told: not np.array_equal(told.picture.values, start.values))
    assert stage.history.current[0].epochs == 0


def test_images_are_asked_about_one_by_one(begin: Begin) -> None:
    stage = begin(small(source={"kind": "digits"}, loss="cross_entropy"))
    stage.open()
    panel = stage.show("masks")
    scene = stage.session.scenes[0]
    row = stage.history.current[0].row

    def same(place: int) -> bool:
        expected = drive(opinions(sample_at(scene, place), rate=0.5)(scene, row))
        return np.array_equal(stage.part.frames["masks"].outputs, expected.outputs)

    stage.frame("masks", lambda _picture: same(0))
    image = scene.dataset.validation.raw[0].reshape(8, 8)
    shown = panel.opinions.image.images[0]
    assert shown.pixelColor(3, 2).red() == round(float(image[2, 3]) * scene.dataset.preparation.scale * 255)
    QTest.mouseClick(panel.opinions.back, Qt.MouseButton.LeftButton)
    last = len(scene.dataset.validation) - 1
    stage.frame("masks", lambda _picture: same(last))
    label = scene.dataset.facts.classes[int(scene.dataset.validation.labels[last])]
    assert panel.opinions.told.text() == f"{last + 1} of {last + 1}: {label}"
    stage.document.set({"data.validation": 0.1}, "Fewer to ask about")
    stage.ready()
    fewer = len(stage.session.scenes[0].dataset.validation)
    assert fewer < last
    stage.until(lambda: panel.opinions.told.text().startswith(f"{last % fewer + 1} of {fewer}: "))


def test_runs_of_another_network_are_named_and_left_out(begin: Begin) -> None:
    wide = {"name": "wide", "settings": {"network.layers.one.units": 9}}
    stage = begin(small(variants=[{"name": "half", "settings": {"network.dropout": 0.5}}, wide]))
    stage.open(1200)
    panel = stage.show("off")
    told = stage.frame("off", lambda told: len(told.twins) == 1)
    assert [twin.name for twin in told.twins] == ["half"]
    assert "wide" in panel.head.note.text()
    assert [run.name for run in panel.legend.runs] == ["half"]
    stage.session.show(1)
    stage.frame("off", lambda told: [twin.name for twin in told.twins] == ["wide"])


# -- only what is seen -----------------------------------------------------------------------------------------------


def test_nothing_is_asked_for_that_nobody_sees(stage: Stage) -> None:
    stage.train(1)
    assert stage.asked == []
    stage.open()
    assert stage.asked == []  # the gap is drawn from the records
    for plot, view in VIEWS.items():
        stage.asked.clear()
        stage.show(plot)
        stage.frame(plot, lambda _picture: True)
        assert {name for name, probe in stage.asked if probe is not None} == {view}
    stage.asked.clear()
    stage.part.widget.hide()
    assert stage.asked == [("dropout-masks", None)]
    stage.train(1)
    assert stage.asked == [("dropout-masks", None)]


def test_all_plots_are_shown_where_there_is_room(stage: Stage) -> None:
    stage.open(900, 600)
    assert stage.part.widget.chooser.buttons["all"].isVisible()
    stage.part.widget.chooser.choose("all")
    panels = stage.part.widget.panels
    stage.until(lambda: {*VIEWS} <= stage.part.frames.keys())
    assert stage.part.widget.seen == tuple(panels)
    corners = {(panel.x() > 300, panel.y() > 250) for panel in panels.values()}
    assert len(corners) == 4
    assert all(panel.title.isVisible() for panel in panels.values())
    stage.part.widget.resize(900, 240)
    stage.until(lambda: stage.part.widget.seen == ("gap",))
    assert not stage.part.widget.chooser.buttons["all"].isVisible()
    assert not panels["gap"].title.isVisible()


def test_in_little_room_a_list_takes_the_place_of_the_words(stage: Stage) -> None:
    stage.open(410, 200)
    chooser = stage.part.widget.chooser
    assert chooser.combo.isVisible()
    assert not chooser.words.isVisible()
    chooser.combo.activated.emit(2)
    stage.until(lambda: stage.part.widget.seen == ("off",))


# -- what is missing -------------------------------------------------------------------------------------------------


def test_without_dropout_a_layer_is_offered_and_comes_in_one_undo_step(begin: Begin) -> None:
    stage = begin(small(dropout=False))
    stage.open()
    stage.train(1)
    missing = stage.part.widget.missing
    assert missing.isVisible()
    assert stage.part.add.text() == "Add Dropout 0.2 after Dense 1"
    before = stage.document.experiment
    QTest.mouseClick(stage.part.add, Qt.MouseButton.LeftButton)
    layers = stage.document.experiment.network.layers
    assert isinstance(layers[1], Dropout)
    assert layers[1].rate == 0.2
    stage.until(lambda: not missing.isVisible())
    stage.until(lambda: stage.part.widget.seen == ("gap",))
    stage.document.undo_stack.undo()
    assert stage.document.experiment == before


def test_without_dropout_twins_are_offered_that_have_it(begin: Begin) -> None:
    stage = begin(small(dropout=False))
    stage.open()
    with stage.qtbot.waitSignal(stage.part.compare_wanted) as told:
        QTest.mouseClick(stage.part.compare, Qt.MouseButton.LeftButton)
    experiment, values = told.args
    assert isinstance(experiment.network.layers[1], Dropout)
    assert values == {"network.dropout": COMPARED}
    assert stage.document.experiment.network.layers[1:] == ()


def test_a_run_without_dropout_can_be_looked_at_all_the_same(begin: Begin) -> None:
    stage = begin(small(dropout=False))
    stage.open()
    QTest.mouseClick(stage.part.look, Qt.MouseButton.LeftButton)
    stage.show("off")
    told = stage.frame("off", lambda told: bool(told.twins))
    assert told.picture.hidden == 6
    stage.document.open(small(dropout=False), None)
    stage.until(stage.part.widget.missing.isVisible)


def test_without_hidden_neurons_nothing_is_offered_that_cannot_be(begin: Begin) -> None:
    experiment = small(dropout=False)
    stage = begin(experiment.model_copy(update={"network": experiment.network.remove("one")}))
    stage.open()
    assert "insert a Dense layer" in stage.part.widget.missing.sentence.text()
    assert not stage.part.add.isVisible()
    assert not stage.part.compare.isVisible()
    QTest.mouseClick(stage.part.look, Qt.MouseButton.LeftButton)
    for plot in ("off", "masks"):
        panel = stage.show(plot)
        stage.frame(plot, lambda _picture: True)
        assert panel.head.note.text() == "no hidden neurons to switch off"


def test_without_validation_data_a_split_is_offered_in_place_of_the_gap(begin: Begin) -> None:
    stage = begin(small(validation=0))
    stage.open()
    stage.train(1)
    panel = stage.panel("gap")
    stage.until(panel.missing.isVisible)
    assert "Validation split is 0 %" in panel.missing.sentence.text()
    QTest.mouseClick(panel.split, Qt.MouseButton.LeftButton)
    assert stage.document.experiment.data.validation == 0.3
    stage.until(panel.board.isVisible)
    stage.until(panel.empty.isVisible)
    assert panel.empty.text() == "Press Space to train"


# -- the mouse and the keyboard --------------------------------------------------------------------------------------


def test_the_mouse_and_the_arrow_keys_tell_losses_and_gap(stage: Stage) -> None:
    stage.open()
    stage.train(4)
    panel = stage.panel("gap")
    stage.until(lambda: all(len(run.curves) == 5 for run in panel.gaps.runs))
    move(panel.board.viewport(), panel.board.mapFromScene(panel.gaps.view.mapViewToScene(QPointF(3, 0.0))))
    assert panel.read_out.isVisible()
    text = panel.read_out.label.text()
    curves = stage.history.current[1].curves
    assert "epoch 3" in text
    for value in (curves["train_loss"][3], curves["validation_loss"][3]):
        assert f"{value:.3g}" in text
    QTest.keyClick(panel.board, Qt.Key.Key_Left)
    assert "epoch 2" in panel.read_out.label.text()


def test_the_mouse_tells_mean_and_band_of_a_share(stage: Stage) -> None:
    stage.open()
    panel = stage.show("off")
    told = stage.frame("off", lambda told: bool(told.twins))
    place = panel.plot.mapFromScene(panel.plot.view.mapViewToScene(QPointF(0.41, 0.5)))
    move(panel.plot.viewport(), place)
    assert panel.card.isVisible()
    low, high = np.quantile(told.picture.values[0, 4], (0.1, 0.9))
    text = panel.card.label.text()
    assert "40 % of 6 neurons off" in text
    for value in (told.picture.values[0, 4].mean(), low, high):
        assert f"{round(100 * value, 1):g}"[:3] in text
    QTest.keyClick(panel.plot, Qt.Key.Key_Right)
    assert "50 % of 6 neurons off" in panel.card.label.text()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_another_theme_recolours_every_plot(stage: Stage, mode: str) -> None:
    stage.open(900, 600)
    stage.part.widget.chooser.choose("all")
    stage.until(lambda: {*VIEWS} <= stage.part.frames.keys())
    theme = stage.part.icons.theme
    theme.set(mode=mode)
    for area, _ in stage.panel("off").plot.lines:
        assert area.item.brush().color().name() in {theme.color("s1").name(), theme.color("s2").name()}
    last = stage.panel("masks").planes.ramp.map[-1]
    np.testing.assert_array_equal(last, theme.color("text").getRgb())
