"""The line at the moment in the curves: dragging it, or a click on a curve's plot, goes to another one."""

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QPen

from app.plots.curve_plot import EpochPlot
from app.plots.curves import CurvesView


class CurvesCursor(QObject):
    """chosen: an epoch that was pointed at, as a fraction. It stands where it is told, so at a kept epoch."""

    chosen = Signal(float)

    def __init__(self, curves: CurvesView) -> None:
        super().__init__(curves)
        self.curves = curves
        self.epoch: int | None = None
        self.lines: dict[EpochPlot, pg.InfiniteLine] = {}
        curves.board.scene().sigMouseClicked.connect(self._click)
        for box in (curves.with_accuracy, curves.with_sharpness):
            box.toggled.connect(lambda _on: self.show(self.epoch))
        curves.theme.changed.connect(self._refresh)

    def show(self, epoch: int | None) -> None:
        """Stand at an epoch, in all plots; None: nowhere."""
        self.epoch = epoch
        for plot in self.curves.plots:
            if plot not in self.lines and epoch is not None:
                self.lines[plot] = self._line(plot)
        for line in self.lines.values():
            line.setVisible(epoch is not None)
            if epoch is not None:
                line.setValue(epoch)

    def _line(self, plot: EpochPlot) -> pg.InfiniteLine:
        line = pg.InfiniteLine(angle=90, movable=True)
        line.setZValue(14)  # below the crosshair
        line.setCursor(Qt.CursorShape.SizeHorCursor)
        line.sigDragged.connect(self._drag)
        plot.view.addItem(line, ignoreBounds=True)
        self._paint(line)
        return line

    def _drag(self, line: pg.InfiniteLine) -> None:
        self.chosen.emit(float(line.value()))
        if self.epoch is not None:
            line.setValue(self.epoch)  # between two kept epochs it stays at the next one

    def _click(self, event: object) -> None:
        if event.button() != Qt.MouseButton.LeftButton or event.double():  # type: ignore[attr-defined]
            return
        for plot in self.curves.plots:
            epoch = plot.epoch_under(event.scenePos())  # type: ignore[attr-defined]
            if epoch is not None:
                self.chosen.emit(epoch)

    def _refresh(self) -> None:
        for line in self.lines.values():
            self._paint(line)

    def _paint(self, line: pg.InfiniteLine) -> None:
        pen = QPen(self.curves.theme.color("accent"), 2)
        pen.setCosmetic(True)
        line.setPen(pen)
        line.setHoverPen(pen)
