"""The line at the moment in plots over the epochs: dragging it, or a click on a plot, goes to another one."""

from collections.abc import Callable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QPen

from app.plots.curve_plot import EpochPlot
from app.plots.curves import Board, CurvesView
from app.shell.theme import Theme


def moment_line(theme: Theme, view: pg.ViewBox, *, movable: bool = False) -> pg.InfiniteLine:
    """Add the line that marks a moment to a plot; it is hidden at first."""
    line = pg.InfiniteLine(angle=90, movable=movable)
    line.setZValue(14)  # below the crosshair
    line.hide()
    view.addItem(line, ignoreBounds=True)
    paint_line(theme, line)
    return line


def paint_line(theme: Theme, line: pg.InfiniteLine) -> None:
    """Give the line of a moment the theme's colour."""
    pen = QPen(theme.color("accent"), 2)
    pen.setCosmetic(True)
    line.setPen(pen)
    line.setHoverPen(pen)


class EpochCursor(QObject):
    """chosen: an epoch that was pointed at, as a fraction. It stands where it is told, so at a kept epoch."""

    chosen = Signal(float)

    def __init__(self, board: Board, theme: Theme, plots: Callable[[], Sequence[EpochPlot]]) -> None:
        """plots: those of the board that are shown."""
        super().__init__(board)
        self.theme = theme
        self.plots = plots
        self.epoch: int | None = None
        self.lines: dict[EpochPlot, pg.InfiniteLine] = {}
        board.scene().sigMouseClicked.connect(self._click)
        theme.changed.connect(self._refresh)

    def show(self, epoch: int | None) -> None:
        """Stand at an epoch, in all plots; None: nowhere."""
        self.epoch = epoch
        for plot in self.plots():
            if plot not in self.lines and epoch is not None:
                self.lines[plot] = self._line(plot)
        for line in self.lines.values():
            line.setVisible(epoch is not None)
            if epoch is not None:
                line.setValue(epoch)

    def _line(self, plot: EpochPlot) -> pg.InfiniteLine:
        line = moment_line(self.theme, plot.view, movable=True)
        line.setCursor(Qt.CursorShape.SizeHorCursor)
        line.sigDragged.connect(self._drag)
        return line

    def _drag(self, line: pg.InfiniteLine) -> None:
        self.chosen.emit(float(line.value()))
        if self.epoch is not None:
            line.setValue(self.epoch)  # between two kept epochs it stays at the next one

    def _click(self, event: object) -> None:
        if event.button() != Qt.MouseButton.LeftButton or event.double():  # type: ignore[attr-defined]
            return
        for plot in self.plots():
            epoch = plot.epoch_under(event.scenePos())  # type: ignore[attr-defined]
            if epoch is not None:
                self.chosen.emit(epoch)

    def _refresh(self) -> None:
        for line in self.lines.values():
            paint_line(self.theme, line)


class CurvesCursor(EpochCursor):
    """The line in the plots of the tab Loss."""

    def __init__(self, curves: CurvesView) -> None:
        super().__init__(curves.board, curves.theme, lambda: curves.plots)
        for box in (curves.with_accuracy, curves.with_sharpness):
            box.toggled.connect(lambda _on: self.show(self.epoch))
