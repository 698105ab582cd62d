"""Export of what a tab shows: what widgets paint is drawn behind the window, in pixels for paper or in lines."""

import re
from collections.abc import Iterator
from pathlib import Path
from time import thread_time
from typing import Any

import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.shell import drawn_export
from app.shell.background import Background
from app.shell.drawn_export import DrawnExport, Seen, table
from app.shell.theme import Theme

BLUE, RED = "#0000ff", "#ff0000"
MOST = 0.016  # seconds of one turn of the event loop


class Painted(QWidget):
    """A widget with a text and a line of 2 pixels from its left to its right."""

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.drawText(4, 16, "epoch")
        painter.setPen(QPen(QColor(BLUE), 2))
        painter.drawLine(0, 30, self.width(), 30)
        painter.end()


@pytest.fixture
def view(qtbot: QtBot) -> QWidget:
    """Return a view of a painted widget, a plot with points, and a button that is not part of what is shown."""
    view = QWidget()
    row = QHBoxLayout(view)
    plot = pg.PlotWidget()
    plot.plot([0.0, 1.0, 2.0], [0.0, 2.0, 1.0], symbol="o", symbolBrush=BLUE)
    plot.addItem(pg.PlotCurveItem([0.0, 2.0], [1.5, 1.5], pen=pg.mkPen(RED, width=1), antialias=True))
    for widget in (Painted(), plot, QPushButton("Press")):
        widget.setFixedSize(200, 100)
        row.addWidget(widget)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def export(qapp: object, view: QWidget) -> Iterator[DrawnExport]:
    background = Background()
    widgets: Any = (view.findChild(Painted), view.findChild(pg.PlotWidget))
    yield DrawnExport(background, view, Theme("light"), "A title", lambda: Seen(widgets, lambda: "a,b\n"))
    background.finish()


def write(qtbot: QtBot, export: DrawnExport, path: Path) -> Path:
    with qtbot.waitSignal(export.saved) as saved:
        export.write(path, path.suffix.removeprefix("."))
    assert saved.args == [path]
    return path


def test_pictures_are_as_large_as_in_the_window_and_sharp_on_paper(
    qtbot: QtBot, export: DrawnExport, view: QWidget, tmp_path: Path
) -> None:
    image = QImage(str(write(qtbot, export, tmp_path / "seen.png")))
    widgets: Any = export.see().widgets  # type: ignore[union-attr]
    painted, plot = widgets
    wide = plot.geometry().right() - painted.geometry().left() + 1 + 2 * 8
    assert abs(image.width() - wide * 300 / 96) <= 1
    assert abs(image.height() - (100 + 2 * 8) * 300 / 96) <= 1
    assert abs(image.width() / image.dotsPerMeterX() * 0.0254**-1 - wide / 96) < 0.02  # inches
    column = [image.pixelColor(round((8 + 150) * 300 / 96), y).name() for y in range(image.height())]
    thick = column.count(BLUE)
    assert 5 <= thick <= 7  # 2 pixels of the window
    assert abs(column.index(BLUE) - (8 + 29) * 300 / 96) <= 2
    left = (8 + plot.x() - painted.x()) * 300 / 96
    across = [image.pixelColor(round(left + 300), y) for y in range(image.height())]
    reds = sum(found.red() > 200 and found.green() < 60 for found in across)
    assert 2 <= reds <= 4  # 1 pixel of the window, though its pen is as wide at every scale
    curve = plot.getPlotItem().curves[-1]
    assert curve.opts["pen"].widthF() == 1  # as it was


def test_drawings_hold_texts_and_lines_and_no_pictures(qtbot: QtBot, export: DrawnExport, tmp_path: Path) -> None:
    text = write(qtbot, export, tmp_path / "seen.svg").read_text()
    assert "epoch" in text
    assert "Press" not in text
    assert "<title>A title</title>" in text
    assert "<image" not in text  # neither points nor the background of the plot
    wide = re.search(r'viewBox="0 0 (\d+) (\d+)"', text)
    assert wide is not None
    assert int(wide[2]) == 116
    plot: Any = export.see().widgets[1]  # type: ignore[union-attr]
    assert plot.cacheMode() == pg.PlotWidget().cacheMode()  # as it was


def test_the_table_is_written_and_offered_only_where_there_is_one(
    qtbot: QtBot, export: DrawnExport, tmp_path: Path
) -> None:
    assert write(qtbot, export, tmp_path / "seen.csv").read_text() == "a,b\n"
    assert list(export.titles()) == ["png", "svg", "csv"]
    export.see = lambda: Seen(())
    assert list(export.titles()) == ["png", "svg"]
    export.see = lambda: "Nothing yet."
    assert export.lacks() == "Nothing yet."
    export.write(tmp_path / "none.png", "png")
    assert not (tmp_path / "none.png").exists()


def test_the_window_is_not_held_up(
    qtbot: QtBot, export: DrawnExport, view: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(300):  # that have never been seen, as those of other tabs
        QLabel("unseen", view).hide()
    spent: list[float] = []
    turn = DrawnExport._turn

    def timed(self: DrawnExport, work: Iterator[None]) -> None:
        start = thread_time()
        turn(self, work)
        spent.append(thread_time() - start)

    monkeypatch.setattr(drawn_export.DrawnExport, "_turn", timed)
    write(qtbot, export, tmp_path / "seen.png")
    assert len(spent) >= 3  # a turn for each widget, and one for the file
    assert max(spent) < MOST


def test_what_is_no_number_is_empty_in_a_table() -> None:
    assert table(("a", "b"), [(1, float("nan")), ("x", 0.5)]) == "a,b\n1,\nx,0.5\n"
