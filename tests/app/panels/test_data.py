"""The panel of data: choosing sets, their settings, the split, features, images and downloads."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.panels.data import DataPanel
from app.panels.editors import NumberEditor, SwitchEditor
from app.panels.settings import settings_of
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.work.session import Session
from core.choices.datasets import DATASETS, Points, Table, facts_of
from core.choices.features import FEATURES
from core.choices.losses import LOSSES
from core.experiment.variants import override
from tests.app.panels.data_panel import IMAGES, PLANES, Drag, Narrow, Show, click, prepare, settle, shown_panel


@pytest.fixture
def panel(document: Document, session: Session, theme: Theme, icons: Icons, show: Show) -> DataPanel:
    return shown_panel(document, session, icons, theme, show)


def editor(panel: DataPanel, name: str) -> NumberEditor:
    settle(panel)
    assert panel.form is not None
    found = panel.form.row(f"data.source.{name}").editor
    assert isinstance(found, NumberEditor)
    return found


def test_every_set_of_the_table_can_be_chosen(panel: DataPanel) -> None:
    drawn = next(tag for tag, row in DATASETS.items() if row.settings is Points)
    table = next(tag for tag, row in DATASETS.items() if row.settings is Table)
    assert set(panel.tiles.tiles) == {*PLANES, drawn}
    assert set(panel.rows) == {*IMAGES, table}


def test_all_tiles_get_a_picture_of_real_points(panel: DataPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: all(tile.picture is not None for tile in panel.tiles.tiles.values()))
    for tag in PLANES:
        picture = panel.tiles.tiles[tag].picture
        assert picture is not None
        image = picture.toImage()
        painted = sum(image.pixelColor(x, y).alpha() > 0 for x in range(image.width()) for y in range(image.height()))
        assert painted > 60, tag


@pytest.mark.parametrize("tag", PLANES)
def test_a_tile_sets_the_data_in_one_undo_step_with_a_loss_that_fits(
    panel: DataPanel, document: Document, tag: str
) -> None:
    start = override(document.experiment, {"data.source": "moons" if tag != "moons" else "circle"})
    document.open(start, None)
    click(panel.tiles.tiles[tag])
    experiment = document.experiment
    assert experiment.data.source.kind == tag
    assert facts_of(experiment.data.source).task in LOSSES[experiment.training.loss].heads
    assert document.undo_stack.count() == 1
    assert [other for other, tile in panel.tiles.tiles.items() if tile.isChecked()] == [tag]
    settle(panel)
    assert panel.form is not None
    there = {row.setting.name for row in panel.form.rows()}
    assert there == {setting.name for setting in settings_of(DATASETS[tag].settings, "data.source")}
    document.undo_stack.undo()
    assert document.experiment == start
    assert panel.tiles.tiles[start.data.source.kind].isChecked()


def test_what_was_set_for_one_set_is_carried_to_the_next(panel: DataPanel, document: Document) -> None:
    document.set({"data.source": {"kind": "circle", "noise": 0.3, "samples": 200}}, "begin")
    click(panel.tiles.tiles["pass_the_class"])
    assert document.experiment.data.source.model_dump() == {"kind": "pass_the_class", "samples": 200, "seed": 1}
    click(panel.tiles.tiles["moons"])
    assert document.experiment.data.source.model_dump()["noise"] == 0.0  # it was lost on the way: that set has none


def test_arrow_keys_go_from_tile_to_tile_and_enter_chooses(panel: DataPanel, document: Document) -> None:
    tiles = list(panel.tiles.tiles.values())
    tiles[0].setFocus()
    QTest.keyClick(tiles[0], Qt.Key.Key_Right)
    assert tiles[1].hasFocus()
    QTest.keyClick(tiles[1], Qt.Key.Key_Down)
    assert tiles[1 + panel.tiles.columns].hasFocus()
    QTest.keyClick(tiles[1 + panel.tiles.columns], Qt.Key.Key_Up)
    QTest.keyClick(tiles[1], Qt.Key.Key_Return)
    assert document.experiment.data.source.kind == list(panel.tiles.tiles)[1]
    stops = [tile for tile in tiles if tile.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == [tiles[1]]


@pytest.mark.parametrize("name", ["samples", "noise"])
def test_a_drag_redraws_live_and_is_one_undo_step(panel: DataPanel, document: Document, drag: Drag, name: str) -> None:
    before = document.experiment
    seen: list[Any] = []
    document.changed.connect(lambda old, new: seen.append(getattr(new.data.source, name)))
    found = editor(panel, name)
    assert found.slider is not None
    drag(found.slider, [0.4, 0.45, 0.5])
    assert len(set(seen)) == 3
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.experiment == before
    assert found.field.text() == f"{getattr(before.data.source, name):g}"


def test_more_arms_change_the_loss_in_the_same_step(panel: DataPanel, document: Document) -> None:
    click(panel.tiles.tiles["spiral"])
    arms = editor(panel, "arms")
    assert arms.slider is not None
    arms.slider.setFocus()
    steps = document.undo_stack.count()
    QTest.keyClick(arms.slider, Qt.Key.Key_Right)
    assert document.experiment.training.loss == "cross_entropy"
    assert document.undo_stack.count() == steps + 1
    QTest.keyClick(arms.slider, Qt.Key.Key_Left)
    assert document.experiment.training.loss == "binary_cross_entropy"


def test_a_new_sample_takes_a_new_seed_and_shows_it(panel: DataPanel, document: Document) -> None:
    click(next(button for button in panel.findChildren(QToolButton) if button.accessibleName() == "New sample"))
    seed = document.experiment.data.source.model_dump()["seed"]
    assert seed != 1
    assert editor(panel, "seed").field.text() == str(seed)
    document.undo_stack.undo()
    assert editor(panel, "seed").field.text() == "1"


# -- split ---------------------------------------------------------------------------------------------------------


def test_the_shares_are_percent_and_the_parts_are_counted(panel: DataPanel, document: Document, drag: Drag) -> None:
    share = panel.parts.form.row("data.validation").editor
    assert isinstance(share, NumberEditor)
    assert share.slider is not None
    assert share.field.text() == "20 %"
    assert panel.parts.sizes.text() == "80 train · 20 validation · 0 test"
    assert "never learned from" in panel.parts.why.text()
    drag(share.slider, [0.3, 0.4, 0.5])
    assert document.undo_stack.count() == 1
    assert 0.4 < document.experiment.data.validation < 0.5
    document.undo_stack.undo()
    assert share.field.text() == "20 %"


def test_shares_that_leave_nothing_to_train_on_are_refused(panel: DataPanel, document: Document) -> None:
    document.set({"data.validation": 0.6}, "begin")
    row = panel.parts.form.row("data.test")
    test = row.editor
    assert isinstance(test, NumberEditor)
    test.field.setFocus()
    test.field.selectAll()
    QTest.keyClicks(test.field, "50")
    QTest.keyClick(test.field, Qt.Key.Key_Return)
    assert document.experiment.data.test == 0
    assert test.field.text() == "0 %"
    assert row.message is not None
    assert "at most 0.95 together" in row.message.text()


def test_standardize_and_split_seed(panel: DataPanel, document: Document) -> None:
    standardize = panel.parts.form.row("data.standardize").editor
    assert isinstance(standardize, SwitchEditor)
    click(standardize.switch)
    assert document.experiment.data.standardize
    document.undo_stack.undo()
    assert not standardize.switch.isChecked()
    seed = panel.parts.form.row("data.split_seed").editor
    assert isinstance(seed, NumberEditor)
    seed.field.setFocus()
    QTest.keyClick(seed.field, Qt.Key.Key_Up)
    assert document.experiment.data.split_seed == 1


def test_a_set_with_a_test_part_of_its_own_has_no_test_share(panel: DataPanel, document: Document) -> None:
    row = panel.parts.form.row("data.test")
    assert row.isVisible()
    document.set({"data.source": "mnist", "training.loss": "cross_entropy"}, "choose")
    assert not row.isVisible()
    assert "comes with the set" in panel.parts.why.text()
    assert panel.parts.sizes.text() == "48,000 train · 12,000 validation · 10,000 test"


# -- features ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", list(FEATURES))
def test_each_feature_is_a_toggle(panel: DataPanel, document: Document, tag: str) -> None:
    chip = panel.features.chips[tag]
    before = document.experiment
    click(chip)
    features = document.experiment.data.features
    assert (tag in features) != (tag in before.data.features)
    assert list(features) == [other for other in FEATURES if other in features]
    assert chip.isChecked() == (tag in features)
    document.undo_stack.undo()
    assert document.experiment == before
    assert chip.isChecked() == (tag in before.data.features)


def test_the_last_feature_stays(panel: DataPanel, document: Document) -> None:
    click(panel.features.chips["x2"])
    click(panel.features.chips["x1"])
    assert document.experiment.data.features == ("x1",)
    assert panel.features.chips["x1"].isChecked()
    assert panel.features.refusal.text() == "The network needs at least one feature."
    click(panel.features.chips["sin_x1"])
    assert not panel.features.refusal.isVisible()


def test_features_are_for_the_plane_alone(panel: DataPanel, document: Document) -> None:
    assert panel.features.isVisible()
    document.set({"data.source": "digits", "training.loss": "cross_entropy"}, "choose")
    assert not panel.features.isVisible()


# -- looks ---------------------------------------------------------------------------------------------------------


def test_everything_has_a_name_for_screen_readers(panel: DataPanel, document: Document) -> None:
    for source in ("spiral", "points", "digits"):
        document.set({"data.source": source}, "choose")
        settle(panel)
        for widget in panel.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                name = widget.accessibleName() or (widget.text() if isinstance(widget, QPushButton) else "")
                assert name, widget


@pytest.mark.parametrize("presentation", [False, True])
@pytest.mark.parametrize("width", [200, 240])
@pytest.mark.parametrize("source", ["spiral", "points", "digits"])
def test_nothing_is_cut(
    panel: DataPanel,
    document: Document,
    session: Session,
    theme: Theme,
    narrow: Narrow,
    source: str,
    width: int,
    presentation: bool,
) -> None:
    theme.set(presentation=presentation)
    try:
        document.set({"data.source": source}, "choose")
        if source == "digits":
            document.set({"training.loss": "cross_entropy"}, "choose")
            prepare(session, document)
        settle(panel)
        panel.rows["mnist"].ask()
        narrow(panel, width, 500)
        for label in panel.findChildren(QLabel):
            if label.isVisible() and not label.wordWrap() and type(label) is QLabel:
                assert label.width() >= label.fontMetrics().horizontalAdvance(label.text()), label.text()
        for widget in panel.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                edge = widget.mapTo(panel, QPoint(widget.width(), 0)).x()
                assert edge <= panel.width(), widget
    finally:
        theme.set(presentation=False)
