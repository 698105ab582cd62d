"""What is drawn of a run, how it is dragged and read, and what that costs."""

import math
from collections.abc import Callable
from time import thread_time

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.plots.lines import ACCURACY
from app.selftest.labels import unreadable
from app.shell.drawn_export import Seen
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.stopping.course import Course, Window, patience_to, verdict
from app.stopping.view import Shown, StoppingView
from core.experiment.training import EarlyStopping
from core.runs.curves import COLUMNS, Curves
from core.runs.record import Record
from tests.app.stopping.stage import Lab


@pytest.fixture
def view(qtbot: QtBot, icons: Icons) -> StoppingView:
    view = StoppingView(icons)
    qtbot.addWidget(view)
    view.resize(900, 320)
    view.show()
    qtbot.waitExposed(view)
    return view


def shown(record: Record, stopping: EarlyStopping, ghost: Record | None = None) -> Shown:
    course = Course.of(record, 0, ghost, 1)
    found = course.replayed(stopping)
    window = Window.of(found, course)
    return Shown(course, found, window, verdict(course, found, window), verdict(course, found, window, short=True))


def place_of(view: StoppingView, epoch: float, share: float = 0.5) -> QPoint:
    """Return where on the board an epoch is; share: of the height from below."""
    low, high = view.plot.view.viewRange()[1]
    scene = view.plot.view.mapViewToScene(QPointF(epoch, low + share * (high - low)))
    place: QPoint = view.board.mapFromScene(scene)
    return place


def send(view: StoppingView, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    board = view.board.viewport()
    none = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, QPointF(at), QPointF(board.mapToGlobal(at)), button, held, none)
    QApplication.sendEvent(board, event)


def test_stop_best_epoch_and_regions_are_drawn_where_they_are(view: StoppingView, lab: Lab) -> None:
    record = lab.record(patience=6)
    own = EarlyStopping(patience=6)
    told = shown(record, own)
    view.show_run(told, anew=True)
    plot = view.plot
    assert plot.end.isVisible()
    assert plot.end.value() == plot.handle.value() == record.epochs
    assert plot.missed.getRegion() == (record.best_epoch, record.epochs)
    best = plot.spots.items[0].pos()
    assert (best.x(), best.y()) == (record.best_epoch, record.curves["validation_loss"][record.best_epoch])
    regions = told.course.regions
    assert regions is not None
    assert plot.shades["under"].getRegion() == (0, regions.good[0])
    assert plot.shades["good"].getRegion()[0] == regions.good[0]
    assert plot.shades["over"].isVisible() == regions.over_fits
    assert view.verdict.text == told.sentences
    left, right = plot.view.viewRange()[0]
    assert left <= 0 < record.epochs <= right


def test_what_if_leaves_the_real_stop_where_it_is(view: StoppingView, lab: Lab) -> None:
    record = lab.record(patience=6)
    view.show_run(shown(record, EarlyStopping(patience=2)), anew=True)
    assert view.plot.end.value() == record.epochs > view.plot.handle.value()
    assert view.plot.handle.pen.dashPattern() == []
    view.show_run(shown(record, EarlyStopping(patience=12)), anew=False)
    assert view.plot.handle.value() == record.best_epoch + 12 > record.epochs
    assert view.plot.handle.pen.dashPattern() != []  # unknown
    assert view.plot.view.viewRange()[0][1] >= record.best_epoch + 12


def test_the_ghost_is_faint_and_named_where_it_goes_on(view: StoppingView, lab: Lab) -> None:
    record, free = lab.record(patience=6), lab.record()
    view.show_run(shown(record, EarlyStopping(patience=6), free), anew=True)
    strong, faint = (lines.raw["validation_loss"] for lines in view.plot.lines)
    assert strong.opts["pen"].color().alphaF() == 1
    assert 0 < faint.opts["pen"].color().alphaF() < 0.5
    assert faint.xData[-1] == free.epochs
    assert view.plot.kept_going.item.isVisible()
    assert view.plot.kept_going.item.pos().x() == free.epochs
    view.show_run(shown(record, EarlyStopping(patience=6)), anew=True)
    assert not view.plot.kept_going.item.isVisible()
    assert not view.plot.lines[1].raw["validation_loss"].isVisible()


def test_an_accuracy_that_is_watched_is_what_is_drawn(view: StoppingView, lab: Lab) -> None:
    record = lab.record()
    stopping = EarlyStopping(monitor="validation_accuracy", patience=5)
    view.show_run(shown(record, stopping), anew=True)
    assert view.plot.metric is ACCURACY
    assert view.plot.left.label.toPlainText() == "accuracy"
    best = view.plot.spots.items[0].pos()
    assert best.y() == record.curves["validation_accuracy"][int(best.x())]
    view.show_run(shown(record, EarlyStopping()), anew=True)
    assert view.plot.left.label.toPlainText() == "loss"


def test_the_mouse_drags_the_handle_and_keys_step_the_patience(
    view: StoppingView, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", -1)  # moves that follow at once would be left out
    record = lab.record(patience=6)
    own = EarlyStopping(patience=6)
    view.show_settings(own, kept=False, tip="", keeps=True)
    view.show_run(shown(record, own), anew=True)
    dragged: list[float] = []
    released: list[bool] = []
    tried: list[int] = []
    view.dragged.connect(dragged.append)
    view.released.connect(lambda: released.append(True))
    view.patience_tried.connect(tried.append)
    target = record.best_epoch + 2
    start, end = place_of(view, record.epochs, 0.3), place_of(view, target, 0.3)
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(view, QEvent.Type.MouseMove, start, none, none)
    send(view, QEvent.Type.MouseButtonPress, start, left, left)
    for share in (0.4, 0.8, 1.0):
        send(view, QEvent.Type.MouseMove, start + (end - start) * share, none, left)
    assert not released
    send(view, QEvent.Type.MouseButtonRelease, end, left, none)
    assert released == [True]
    pixel = (view.plot.view.viewRange()[0][1] - view.plot.view.viewRange()[0][0]) / view.plot.view.width()
    assert dragged[-1] == pytest.approx(target, abs=2 * pixel)
    QTest.keyClick(view.board, Qt.Key.Key_Right)
    QTest.keyClick(view.board, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert tried == [7, 1]


def test_the_mouse_reads_losses_and_misses(view: StoppingView, lab: Lab) -> None:
    record, free = lab.record(patience=6), lab.record()
    told = shown(record, EarlyStopping(patience=6), free)
    view.show_run(told, anew=True)
    at = record.best_epoch + 3
    view.board.scene().sigMouseMoved.emit(view.board.mapToScene(place_of(view, at)))
    assert view.card.isVisible()
    text = view.card.label.text()
    assert f"epoch {at}" in text
    assert "3 of 6 missed" in text
    assert f"{record.curves['validation_loss'][at]:.3g}" in text
    view.board.scene().sigMouseMoved.emit(view.board.mapToScene(place_of(view, record.epochs + 5)))
    assert f"epoch {record.epochs + 5}" in view.card.label.text()
    assert "missed" not in view.card.label.text()
    view.board.left.emit()
    assert not view.card.isVisible()


@pytest.mark.parametrize("width", [330, 410, 830])
def test_narrow_or_wide_the_controls_and_the_plot_have_room(view: StoppingView, lab: Lab, width: int) -> None:
    view.resize(width, 200)
    QApplication.processEvents()
    view.show_run(shown(lab.record(patience=6), EarlyStopping(patience=6)), anew=True)
    beside = view.controls.geometry().left() >= view.pages.geometry().right()
    assert beside == (width == 830)
    assert view.min_delta.isVisible() == (width > 330)
    assert not unreadable(view)
    assert view.plot.view.height() >= 70
    said = " ".join(view.verdict.shown())
    assert said == (view.verdict.text if width == 830 else view.verdict.short)
    assert said.endswith("then over-fitting.") == (width < 830)
    view.resize(width, 600)
    QApplication.processEvents()
    assert view.verdict.height() > 2 * 2 * 14
    assert " ".join(view.verdict.shown()) in (view.verdict.text, view.verdict.short)


def test_dark_is_drawn_in_other_colours(view: StoppingView, theme: Theme, lab: Lab) -> None:
    view.show_run(shown(lab.record(patience=6), EarlyStopping(patience=6)), anew=True)
    before = view.plot.handle.pen.color()
    theme.set(mode="dark")
    assert view.plot.handle.pen.color() != before
    assert view.plot.handle.pen.color() == theme.color("accent")


def test_what_is_shown_can_be_exported_and_nothing_else_can(view: StoppingView, lab: Lab) -> None:
    assert view.drawn() == "There is no run yet."
    view.show_run(shown(lab.record(patience=6), EarlyStopping(patience=6), lab.record()), anew=True)
    seen = view.drawn()
    assert isinstance(seen, Seen)
    assert seen.widgets == (view.verdict, view.legend, view.board)
    assert seen.table is not None
    assert seen.table().count("\n") == 1 + sum(len(run.curves) for run in view.runs)
    view.show_missing("Nothing")
    assert view.drawn() == "There is no run yet."


def _quickest(call: Callable[[], object], times: int = 15) -> float:
    found = math.inf
    for _ in range(times):
        start = thread_time()
        call()
        found = min(found, thread_time() - start)
    return found


def test_20_000_epochs_are_looked_at_and_painted_within_8_ms(view: StoppingView, lab: Lab) -> None:
    record = lab.record(patience=6)
    epochs = np.arange(20_000)
    draws = np.random.default_rng(0).random(len(epochs))
    rows = np.repeat(record.curves.values[-1:], len(epochs), axis=0)
    for name, values in {
        "epoch": epochs,
        "train_loss": np.exp(-epochs / 5000) + 0.05 * draws,
        "validation_loss": np.exp(-epochs / 5000) + epochs / 40_000 + 0.05 * draws,
    }.items():
        rows[:, COLUMNS.index(name)] = values
    fields = {name: getattr(record, name) for name in record.__dataclass_fields__}
    long = Record(**fields | {"curves": Curves(rows, np.ones(len(rows), np.int64)), "epochs": 19_999, "outcome": None})
    own = EarlyStopping(patience=5000)

    def look() -> None:
        view.show_run(shown(long, own), anew=False)

    look()
    course = Course.of(long, 0)
    assert _quickest(look) < 0.008
    assert _quickest(view.board.grab) < 0.008
    assert _quickest(lambda: patience_to(course, own, 9000.0)) < 0.004
