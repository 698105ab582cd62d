"""What stands above the plot: the verdict in sentences, and what is drawn how."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QPen, QTextLayout
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.run_curves import RunCurves
from app.shell.theme import Theme
from app.stopping.plot import REGIONS, region_brush, region_title

_SAMPLE, _GAP, _BETWEEN = 22.0, 6.0, 14.0  # pixels: a sample, before its name, between two entries
_FAINT = 0.35  # opacity of the ghost


class Verdict(QWidget):
    """Sentences on so many lines: in short where there are more, and cut with … where even these are too long; the
    tooltip tells all. Its size is fixed: while it trains, it says another thing many times a second."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.text = self.short = ""
        self.lines = 3
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._fit)
        self._fit()

    def say(self, text: str, short: str) -> None:
        """Show other sentences; short: the same in fewer words."""
        if (text, short) != (self.text, self.short):
            self.text, self.short = text, short
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.update()

    def set_lines(self, lines: int) -> None:
        """Take the room of so many lines."""
        if lines != self.lines:
            self.lines = lines
            self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(self.lines * QFontMetrics(self._font).lineSpacing() + 2)
        self.update()

    @property
    def _font(self) -> QFont:
        return self.theme.font(self.theme.sizes.small)

    def shown(self) -> list[str]:
        """Return the lines as they can be read."""
        lines = self._broken(self.text)
        if len(lines) > self.lines:
            lines = self._broken(self.short)
        shown = [*lines[: self.lines - 1], "".join(lines[self.lines - 1 :])]
        cut = QFontMetrics(self._font)
        return [cut.elidedText(line.rstrip(), Qt.TextElideMode.ElideRight, self.width()) for line in shown if line]

    def _broken(self, text: str) -> list[str]:
        """Return a text in lines as long as there is room."""
        layout = QTextLayout(text, self._font)
        layout.beginLayout()
        lines: list[str] = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(self.width(), 1))
            lines.append(text[line.textStart() : line.textStart() + line.textLength()])
        layout.endLayout()
        return lines

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw them."""
        painter = QPainter(self)
        painter.setFont(self._font)
        painter.setPen(self.theme.color("text"))
        metrics = QFontMetrics(self._font)
        for place, line in enumerate(self.shown()):
            painter.drawText(0, place * metrics.lineSpacing() + metrics.ascent() + 1, line)
        painter.end()


class StoppingLegend(QWidget):
    """One line: the run's training and validation, its ghost, the regions, patience; as far as there is room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.run: RunCurves | None = None
        self.ghost: RunCurves | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Legend"))
        theme.changed.connect(self._change)

    def show_runs(self, run: RunCurves | None, ghost: RunCurves | None) -> None:
        """Tell the colours of a run and of its ghost."""
        before = [None if one is None else one.place for one in (self.run, self.ghost)]
        self.run, self.ghost = run, ghost
        if before != [None if one is None else one.place for one in (run, ghost)]:
            self.update()

    def sizeHint(self) -> QSize:
        """Return the room of one line."""
        return QSize(200, self.theme.sizes.axis + 9)

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
        x = rect.left()
        for name, sample in self._entries():
            wide = metrics.horizontalAdvance(name)
            if x + _SAMPLE + _GAP + wide > rect.right():
                return
            area = QRectF(x, rect.center().y() - 5, _SAMPLE, 10)
            if isinstance(sample, QPen):
                painter.setPen(sample)
                painter.drawLine(QPointF(x, area.center().y()), QPointF(x + _SAMPLE, area.center().y()))
            else:
                painter.setPen(self.theme.color("border"))
                painter.setBrush(sample)
                painter.drawRect(area)
            painter.setPen(self.theme.color("text2"))
            painter.drawText(QPointF(x + _SAMPLE + _GAP, rect.center().y() + metrics.ascent() / 2 - 1), name)
            x += _SAMPLE + _GAP + wide + _BETWEEN

    def _entries(self) -> list[tuple[str, QPen | QBrush]]:
        entries: list[tuple[str, QPen | QBrush]] = []
        if self.run is not None:
            color = self.theme.series(self.run.place)
            dashed = QPen(color, 2.4)
            dashed.setDashPattern([2.9, 1.7])
            entries += [(self.tr("train"), QPen(color, 1.3)), (self.tr("validation"), dashed)]
        if self.ghost is not None:
            color = self.theme.series(self.ghost.place)
            color.setAlphaF(_FAINT)
            entries.append((self.tr("kept going"), QPen(color, 2)))
        entries.append((self.tr("patience"), QBrush(self.theme.color("accent", 0.2))))
        return entries + [(region_title(name), region_brush(self.theme, name)) for name in REGIONS]
