"""The line in the curves: where it stands, and that a click or a drag goes to another epoch."""

from collections.abc import Iterator

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.plots.curves import CurvesView
from app.plots.run_curves import RunCurves
from app.shell.icons import Icons
from app.timeline.cursor import CurvesCursor
from core.runs.record import Record


@pytest.fixture
def curves(icons: Icons, qtbot: QtBot, past: Record) -> Iterator[CurvesView]:
    curves = CurvesView(icons.theme, icons)
    qtbot.addWidget(curves)
    curves.resize(700, 260)
    curves.show()
    qtbot.waitExposed(curves)
    curves.set_runs([RunCurves.of(past, 0)])
    curves.follow()
    yield curves
    curves.export.background.finish()


@pytest.fixture
def cursor(curves: CurvesView) -> CurvesCursor:
    return CurvesCursor(curves)


def place(curves: CurvesView, epoch: float) -> QPoint:
    """Return where in the board an epoch of the loss lies, at half height."""
    view = curves.loss.view
    x = view.mapViewToScene(QPointF(epoch, 0)).x()
    at: QPoint = curves.board.mapFromScene(QPointF(x, view.sceneBoundingRect().center().y()))
    return at


def test_the_line_stands_at_the_epoch_in_all_plots_and_goes(curves: CurvesView, cursor: CurvesCursor) -> None:
    cursor.show(4)
    curves.with_accuracy.setChecked(True)
    cursor.show(5)
    assert set(cursor.lines) == {curves.loss, curves.accuracy}
    assert all(line.isVisible() and line.value() == 5 for line in cursor.lines.values())
    cursor.show(None)
    assert not any(line.isVisible() for line in cursor.lines.values())


def test_a_plot_that_comes_later_has_the_line_too(curves: CurvesView, cursor: CurvesCursor) -> None:
    cursor.show(4)
    curves.with_accuracy.setChecked(True)
    assert cursor.lines[curves.accuracy].value() == 4


def test_a_click_on_the_plot_goes_there(curves: CurvesView, cursor: CurvesCursor) -> None:
    chosen: list[float] = []
    cursor.chosen.connect(chosen.append)
    QTest.mouseClick(curves.board.viewport(), Qt.MouseButton.LeftButton, pos=place(curves, 7))
    assert chosen == [pytest.approx(7, abs=0.1)]
    QTest.mouseClick(curves.board.viewport(), Qt.MouseButton.RightButton, pos=place(curves, 3))
    QTest.mouseClick(curves.board.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))  # beside the plot
    assert len(chosen) == 1


@pytest.fixture
def every_move() -> Iterator[None]:
    """Let no move of the mouse be left out: a test moves it faster than any hand."""
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", 0)
    yield
    pg.setConfigOption("mouseRateLimit", before)


@pytest.mark.usefixtures("every_move")
def test_the_line_can_be_dragged_and_stands_where_it_is_told(curves: CurvesView, cursor: CurvesCursor) -> None:
    kept = (0, 4, 8, 12)
    chosen: list[float] = []

    def choose(epoch: float) -> None:
        chosen.append(epoch)
        cursor.show(min(kept, key=lambda each: abs(each - epoch)))

    cursor.chosen.connect(choose)
    cursor.show(4)
    viewport = curves.board.viewport()
    QTest.mouseMove(viewport, place(curves, 4))
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=place(curves, 4))
    for epoch in (5, 7, 9, 9.5):
        QTest.mouseMove(viewport, place(curves, epoch))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place(curves, 9.5))
    assert chosen[-1] == pytest.approx(9.5, abs=0.2)
    assert cursor.lines[curves.loss].value() == 8
    assert curves.following  # the plot itself was not dragged
