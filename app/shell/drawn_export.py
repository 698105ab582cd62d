"""Export of what a tab shows: noted down as it is painted, which takes little time, and drawn behind the window."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from io import StringIO
from math import isnan
from pathlib import Path
from time import perf_counter
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice, QPoint, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPicture, QRegion, QResizeEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractGraphicsShapeItem, QGraphicsView, QWidget
from shiboken6 import isValid

from app.shell.background import Background
from app.shell.plot_export import PlotExport
from app.shell.theme import Theme

_SCREEN, _PRINT = 96, 300  # pixels to an inch: of the window, which gives the size on paper, and of a picture
_MARGIN = 8  # pixels
_CSV = "csv"
_SLICE = 0.004  # seconds


@dataclass(frozen=True)
class Seen:
    """What a tab shows: widgets, which are drawn as they lie beside each other, and what makes a table of the numbers.

    The table is made behind the window: it must hold values, and no widgets.
    """

    widgets: Sequence[QWidget]
    table: Callable[[], str] | None = None


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV; what is not a number is empty."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(["" if isinstance(cell, float) and isnan(cell) else cell for cell in row])
    return text.getvalue()


@dataclass(frozen=True, eq=False)
class Drawing:
    """What widgets have painted. size: in pixels of the window. parts: what each of them has painted, and where."""

    title: str
    size: QSize
    background: QColor
    parts: tuple[tuple[QPoint, QPicture], ...]

    def png(self) -> bytes:
        """Return it in pixels for paper, as large there as it is in the window."""
        scale = _PRINT / _SCREEN
        image = QImage(self.size * scale, QImage.Format.Format_RGB32)
        for set_dots in (image.setDotsPerMeterX, image.setDotsPerMeterY):
            set_dots(round(_PRINT / 0.0254))
        image.fill(self.background)
        painter = QPainter(image)
        painter.scale(scale, scale)
        self._draw(painter)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())

    def svg(self) -> bytes:
        """Return it in lines."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(_SCREEN)
        generator.setSize(self.size)
        generator.setViewBox(QRectF(0, 0, self.size.width(), self.size.height()))
        generator.setTitle(self.title)
        painter = QPainter(generator)
        painter.fillRect(generator.viewBox(), self.background)
        self._draw(painter)
        return bytes(buffer.data().data())

    def _draw(self, painter: QPainter) -> None:
        for place, picture in self.parts:
            painter.save()
            painter.translate(place)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            # A picture is played as large as it was, in inches.
            dots = picture.logicalDpiX() / painter.device().logicalDpiX()
            painter.scale(dots, dots)
            picture.play(painter)
            painter.restore()
        painter.end()


class DrawnExport(PlotExport):
    """Writes what a view shows, one file after the other."""

    def __init__(
        self, background: Background, view: QWidget, theme: Theme, title: str, see: Callable[[], Seen | str]
    ) -> None:
        """see: what is shown, or in a sentence why there is nothing to be written. title: of drawings."""
        super().__init__(background, view)
        self.view = view
        self.theme = theme
        self.title = title
        self.see = see

    def titles(self) -> dict[str, str]:
        """Return what can be written: a table only where there are numbers."""
        found = {"png": self.tr("Picture (PNG)…"), "svg": self.tr("Drawing (SVG)…")}
        seen = self.see()
        return found | ({_CSV: self.tr("Table of the numbers (CSV)…")} if isinstance(seen, Seen) and seen.table else {})

    def lacks(self) -> str:
        """Return why nothing can be written now."""
        seen = self.see()
        return seen if isinstance(seen, str) else ""

    def write(self, path: Path, kind: str) -> None:
        """Write what is shown now."""
        seen = self.see()
        if isinstance(seen, str):
            return
        if kind == _CSV:
            if seen.table is not None:
                table = seen.table
                self.in_background(path, lambda: table().encode())
            return
        make = {"png": Drawing.png, "svg": Drawing.svg}[kind]
        dots = _PRINT / _SCREEN if kind == "png" else 1.0
        self._turn(self._noting(seen.widgets, dots, lambda drawing: self.in_background(path, partial(make, drawing))))

    def _turn(self, work: Iterator[None]) -> None:
        """Do a piece of work in each turn of the event loop."""
        for _ in work:
            QTimer.singleShot(0, self, lambda: self._turn(work))
            return

    def _noting(self, widgets: Sequence[QWidget], dots: float, then: Callable[[Drawing], object]) -> Iterator[None]:
        """Note down what widgets paint, one of them in each turn; dots: of the file to a pixel of the window."""
        yield from _settle(self.view.window())
        rects = {widget: QRect(widget.mapTo(self.view, QPoint()), widget.size()) for widget in widgets}
        whole = QRect()
        for rect in rects.values():
            whole |= rect
        whole = whole.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        parts = []
        for widget, rect in rects.items():
            parts.append((rect.topLeft() - whole.topLeft(), _painted(widget, dots)))
            yield
        then(Drawing(self.title, whole.size(), self.theme.color("panel"), tuple(parts)))


def _settle(window: QWidget) -> Iterator[None]:
    """Tell all widgets of a window their sizes, a few in each turn.

    To render one of them, Qt tells all those that have not been seen yet: 25 ms for the first picture.
    """
    pending = Qt.WidgetAttribute.WA_PendingResizeEvent
    start = perf_counter()
    for widget in window.findChildren(QWidget):
        if isValid(widget) and widget.testAttribute(pending):
            widget.setAttribute(pending, False)
            QCoreApplication.sendEvent(widget, QResizeEvent(widget.size(), QSize()))
        if perf_counter() - start > _SLICE:
            yield
            start = perf_counter()


def _painted(widget: QWidget, dots: float) -> QPicture:
    """Return what a widget paints; dots: of the file to a pixel of the window."""
    picture = QPicture()
    with _for_paper(widget, dots):
        painter = QPainter(picture)
        # Not by its own render: that of a graphics view leaves out what lies on it.
        QWidget.render(widget, painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        painter.end()
    return picture


@contextmanager
def _for_paper(widget: QWidget, dots: float) -> Iterator[None]:
    """Let plots be painted in shapes for once, where the window shows small pictures, and in lines as wide as there."""
    with ExitStack() as after:
        for view in (widget, *widget.findChildren(QWidget)):
            if not isinstance(view, QGraphicsView):
                continue
            after.callback(view.setCacheMode, view.cacheMode())
            view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)  # its background is a picture
            for item in view.scene().items():
                if isinstance(item, pg.ScatterPlotItem):
                    after.callback(item.setExportMode, False)
                    item.setExportMode(True)
                elif isinstance(item, pg.PlotCurveItem):
                    after.callback(item.opts.__setitem__, "pen", item.opts["pen"])
                    item.opts["pen"] = _widened(item.opts["pen"], dots)
                elif isinstance(item, pg.InfiniteLine):
                    after.callback(setattr, item, "currentPen", item.currentPen)
                    item.currentPen = _widened(item.currentPen, dots)
                elif isinstance(item, QAbstractGraphicsShapeItem) and item.pen().isCosmetic():
                    after.callback(item.setPen, item.pen())
                    item.setPen(_widened(item.pen(), dots))
        yield


def _widened(pen: Any, dots: float) -> Any:
    """Return a pen, where there is one, whose width in pixels does not grow with the picture, so many times as wide."""
    if not isinstance(pen, QPen) or not pen.isCosmetic():
        return pen
    found = QPen(pen)
    found.setWidthF(max(pen.widthF(), 1.0) * dots)
    return found
