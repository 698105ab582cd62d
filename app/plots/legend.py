"""The legend of the curves: which line is which run, and which part of the data it is measured on."""

from collections.abc import Sequence

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.run_curves import RunCurves
from app.plots.spots import marker
from app.shell.theme import Theme

_SAMPLE, _GAP, _BETWEEN = 22.0, 6.0, 16.0  # pixels: a line's sample, before its name, between two entries
_MOST_NAME = 220.0


class Legend(QWidget):
    """One line: the runs at the left as far as there is room, training and validation at the right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, parts: bool = True) -> None:
        """Make it empty; parts: whether it tells training from validation."""
        super().__init__(parent)
        self.theme = theme
        self.parts = parts
        self.runs: tuple[RunCurves, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._change)

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Show these runs' names; earlier runs have none."""
        shown = tuple(run for run in runs if run.visible and not run.faint)
        if [(run.name, run.place) for run in shown] != [(run.name, run.place) for run in self.runs]:
            self.runs = shown
            names = ", ".join(run.name for run in shown)
            self.setAccessibleName(self.tr("Runs shown: {0}").format(names) if names else self.tr("No runs"))
            self.setToolTip("\n".join(run.name for run in shown))
            self.update()

    def sizeHint(self) -> QSize:
        """Return the room of one line."""
        return QSize(200, self.theme.sizes.axis + 11)

    def _change(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        self.draw(painter, QRectF(self.rect()))
        painter.end()

    def draw(self, painter: QPainter, rect: QRectF) -> None:
        """Draw it into a rectangle, of an exported picture too."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.theme.font(self.theme.sizes.axis)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        right = self._parts(painter, rect, metrics) if self.parts else rect.right()
        most = self._longest(right - rect.left(), metrics)
        x = rect.left()
        for place, run in enumerate(self.runs):
            last = place == len(self.runs) - 1
            more = "" if last else self.tr("+{0} more").format(len(self.runs) - place - 1)
            reserved = metrics.horizontalAdvance(more) + _BETWEEN if more else 0.0
            room = right - x - _SAMPLE - _GAP - reserved
            name = metrics.elidedText(run.name, Qt.TextElideMode.ElideRight, min(room, most))
            if room < metrics.horizontalAdvance("mmm…"):
                rest = self.tr("+{0} more").format(len(self.runs) - place)
                self._text(painter, QRectF(x, rect.top(), right - x, rect.height()), rest)
                return
            self._sample(painter, x, rect.center().y(), run)
            x += _SAMPLE + _GAP
            wide = metrics.horizontalAdvance(name)
            self._text(painter, QRectF(x, rect.top(), wide + 2, rect.height()), name)
            x += wide + _BETWEEN

    def _longest(self, room: float, metrics: QFontMetricsF) -> float:
        """Return how long a name may be, so that all of them have room if they are cut."""
        names = sorted(metrics.horizontalAdvance(run.name) for run in self.runs)
        room -= len(names) * (_SAMPLE + _GAP + _BETWEEN) - _BETWEEN
        for place, wide in enumerate(names):
            fair = room / (len(names) - place)
            if wide > fair:
                return fair if fair >= metrics.horizontalAdvance("mmm…") else _MOST_NAME
            room -= wide
        return _MOST_NAME

    def _parts(self, painter: QPainter, rect: QRectF, metrics: QFontMetricsF) -> float:
        """Draw what solid and dashed lines mean; return where that begins."""
        x = rect.right()
        for name, dashed in ((self.tr("validation"), True), (self.tr("train"), False)):
            x -= metrics.horizontalAdvance(name) + 2
            self._text(painter, QRectF(x, rect.top(), metrics.horizontalAdvance(name) + 2, rect.height()), name)
            x -= _SAMPLE + _GAP
            pen = QPen(self.theme.color("text2"), 2.4 if dashed else 1.3)
            if dashed:
                pen.setDashPattern([2.9, 1.7])
            painter.setPen(pen)
            painter.drawLine(int(x), int(rect.center().y()), int(x + _SAMPLE), int(rect.center().y()))
            x -= _BETWEEN
        return x

    def _sample(self, painter: QPainter, x: float, y: float, run: RunCurves) -> None:
        color = self.theme.series(run.place)
        painter.setPen(QPen(color, 2))
        painter.drawLine(int(x), int(y), int(x + _SAMPLE), int(y))
        shape = QTransform.fromTranslate(x + _SAMPLE / 2, y).scale(8, 8).map(Symbols[marker(run.place)])
        painter.fillPath(shape, color)

    def _text(self, painter: QPainter, rect: QRectF, text: str) -> None:
        painter.setPen(self.theme.color("text2"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
