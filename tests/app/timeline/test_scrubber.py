"""The bar under the views, worked with mouse and keys: the slider, the chooser, the buttons; and that it fits."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.shell.icons import Icons
from app.timeline.scrubber import Scrubber
from app.timeline.travel import SPEEDS
from core.runs.record import Record
from tests.app.timeline.stage import Stage, experiment, trained

Left, Plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def bar(stage: Stage, icons: Icons, qtbot: QtBot) -> Iterator[Scrubber]:
    """A scrubber of usual width in a window."""
    window = QWidget()
    bar = Scrubber(stage.travel, icons, window)
    qtbot.addWidget(window)
    window.resize(1024, 32)
    bar.resize(1024, 32)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    yield bar
    bar.setParent(None)


def at(bar: Scrubber, epoch: float) -> QPoint:
    return QPoint(bar.slider.x_of(epoch), bar.slider.rect().center().y())


def test_a_press_and_a_drag_on_the_slider_show_the_kept_epochs_under_the_mouse(bar: Scrubber, stage: Stage) -> None:
    slider = bar.slider
    QTest.mousePress(slider, Left, Plain, at(bar, 2.2))
    assert stage.at == (1, 2)
    for epoch in (3.4, 4.6, -3, 99):
        place = QPointF(at(bar, epoch))
        move = QMouseEvent(QEvent.Type.MouseMove, place, slider.mapToGlobal(place), Left, Left, Plain)
        QApplication.sendEvent(slider, move)
        assert stage.at == (1, min(max(round(epoch), 0), 6))
    QTest.mouseRelease(slider, Left, Plain, at(bar, 99))
    assert slider.value() == 6
    QTest.mouseMove(slider, at(bar, 1))
    assert stage.at == (1, 6)


def test_the_handle_stands_at_the_kept_epoch_between_two_of_them(
    stage: Stage, icons: Icons, qtbot: QtBot, past: Record
) -> None:
    thin = trained(experiment(), keep_bytes=4 * 4 * 13)[0]
    stage.history.clear((thin,))
    stage.travel.choose(0)
    bar = Scrubber(stage.travel, icons)
    qtbot.addWidget(bar)
    bar.resize(1024, 32)
    bar.slider.chosen.emit(5.2)
    assert (stage.at, bar.slider.value()) == ((0, 4), 4)
    assert bar.epoch.text() == "Epoch 4 of 12"


def test_the_keys_of_the_slider_step_and_go_to_the_ends(bar: Scrubber, stage: Stage) -> None:
    bar.slider.setFocus()
    keys = Qt.Key
    for key, epoch in (
        (keys.Key_Home, 0),
        (keys.Key_Right, 1),
        (keys.Key_Up, 2),
        (keys.Key_PageUp, 3),
        (keys.Key_PageDown, 2),
        (keys.Key_Left, 1),
        (keys.Key_End, 6),
        (keys.Key_Down, 5),
    ):
        QTest.keyClick(bar.slider, key)
        assert stage.at == (1, epoch)
        assert bar.slider.value() == epoch


def test_a_click_on_the_mark_goes_to_the_best_epoch(bar: Scrubber, stage: Stage) -> None:
    stage.travel.choose(0)
    stage.travel.first()
    best = stage.history.past[0].best_epoch
    assert bar.slider.best == best
    mark = QPoint(bar.slider.x_of(best) + 3, bar.slider.rect().center().y() - 10)
    QTest.mouseClick(bar.slider, Left, Plain, mark)
    assert stage.at == (0, best)


def test_it_says_which_moment_is_shown_and_its_losses(bar: Scrubber, stage: Stage) -> None:
    assert bar.epoch.text() == "Now: epoch 6"
    assert not bar.back.isEnabled()
    assert not bar.onward.isEnabled()
    stage.travel.show(2)
    assert bar.epoch.text() == "Epoch 2 of 6"
    loss = stage.history.current[0].curves["train_loss"][2]
    assert f"train {loss:.3g}" in bar.losses.text()
    assert "Epoch 2 of 6" in bar.slider.accessibleDescription()
    width = bar.losses.width()
    stage.train(9)
    assert bar.epoch.text() == "Epoch 2 of 9"
    assert bar.slider.maximum() == 9
    assert bar.losses.width() == width
    QTest.mouseClick(bar.back, Left)
    assert stage.at is None


def test_the_chooser_goes_to_a_past_run_and_back(bar: Scrubber, stage: Stage) -> None:
    bar.chooser.setFocus()
    assert [bar.chooser.itemText(place) for place in range(2)] == ["Past", stage.history.current[0].name]
    QTest.keyClick(bar.chooser, Qt.Key.Key_Up)
    assert stage.at == (0, 12)
    assert bar.slider.maximum() == 12
    QTest.keyClick(bar.chooser, Qt.Key.Key_Down)
    assert stage.at is None
    assert bar.chooser.currentText() == stage.history.current[0].name


def test_the_chooser_says_why_a_run_cannot_be_shown(bar: Scrubber, stage: Stage) -> None:
    stage.history.clear((trained(experiment(units=4), "Wide")[0],))
    stage.begin(experiment())
    stage.train(2)
    model = bar.chooser.model()
    assert isinstance(model, QStandardItemModel)
    assert bar.chooser.itemText(0) == "Wide (another network)"
    assert not model.item(0).isEnabled()
    assert "restore its setup" in bar.chooser.itemData(0, Qt.ItemDataRole.ToolTipRole)
    assert model.item(1).isEnabled()


def test_the_speed_and_the_play_button(bar: Scrubber, stage: Stage) -> None:
    bar.speed.setFocus()
    QTest.keyClick(bar.speed, Qt.Key.Key_End)
    assert stage.travel.speed == SPEEDS[-1] == 8
    assert "10 seconds" in bar.speed.toolTip()
    QTest.mouseClick(bar.play, Left)
    assert stage.travel.playing
    assert bar.play.accessibleName() == "Pause playing"
    QTest.mouseClick(bar.play, Left)
    assert not stage.travel.playing


def test_it_is_needed_once_there_is_more_than_the_start(stage: Stage, icons: Icons, qtbot: QtBot) -> None:
    stage.history.clear()
    bar = Scrubber(stage.travel, icons)
    qtbot.addWidget(bar)
    told: list[bool] = []
    bar.needed_changed.connect(told.append)
    stage.begin(experiment())
    assert not bar.needed
    assert not bar.slider.isEnabled()
    stage.train(1)
    assert (bar.needed, told) == (True, [True])
    stage.history.clear()
    assert told == [True, False]


def test_continuing_tells_why_it_cannot(bar: Scrubber, stage: Stage) -> None:
    asked: list[bool] = []
    bar.continue_wanted.connect(lambda: asked.append(True))
    stage.travel.show(2)
    QTest.mouseClick(bar.onward, Left)
    assert asked == [True]
    bar.set_continue("No data.")
    assert not bar.onward.isEnabled()
    assert bar.onward.toolTip() == "No data."


@pytest.mark.parametrize("width", [880, 1024, 1440])
@pytest.mark.parametrize("presentation", [False, True])
def test_all_that_it_shows_has_room(bar: Scrubber, stage: Stage, width: int, presentation: bool) -> None:
    bar.theme.set(presentation=presentation)
    try:
        stage.travel.show(2)
        bar.window().resize(width, 60)
        bar.resize(width, bar.height())
        QApplication.processEvents()
        assert bar.height() <= (40 if presentation else 32)
        right = 0
        parts = bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        for part in sorted(parts, key=lambda each: each.x()):
            if part.isVisible():
                assert part.x() >= right
                assert part.width() >= part.minimumSizeHint().width()
                right = part.geometry().right()
        assert right < width
        assert bar.losses.isVisible() is (not presentation and width > 880) or width == 1440
    finally:
        bar.theme.set(presentation=False)


def test_every_part_has_a_name_for_a_screen_reader(bar: Scrubber) -> None:
    for part in (bar.play, bar.chooser, bar.before, bar.slider, bar.after, bar.speed):
        assert part.accessibleName()
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert bar.onward.text()
    assert bar.back.text()
