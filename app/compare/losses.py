"""The curves of the runs that are compared, beside their pictures."""

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.plots.curve_plot import CurvePlot
from app.plots.curves import Board
from app.plots.lines import LOSS
from app.plots.run_curves import RunCurves
from app.shell.theme import Theme

_SHARE = 0.12  # of wall time that drawing may take
_BETWEEN = 0.09  # seconds from one call to the next


class Losses(QWidget):
    """One plot of the loss: training thin, validation dashed, each run in its colour."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.board = Board()
        self.plot = CurvePlot(theme, LOSS)
        self.plot.wide = 0.0  # many runs in a small plot, drawn often
        self.board.ci.addItem(self.plot.item)
        self.plot.view.setMouseEnabled(False, False)
        self.board.setAccessibleName(self.tr("Curves of the loss of all runs that are compared"))
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._draw)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.board)
        self.plot.view.sigResized.connect(lambda: self._timer.start(0))
        theme.changed.connect(self._refresh)
        self._refresh()

    def show_runs(self, runs: Sequence[RunCurves]) -> None:
        """Draw the runs as they are now; not before the painting of the last time has taken a small share."""
        self.plot.set_runs(runs)
        if not self._timer.isActive():
            self._timer.start(round(max(0.0, self.board.seconds / _SHARE - _BETWEEN) * 1000))

    def _draw(self) -> None:
        self.plot.follow()
        self.plot.draw()
        self._timer.stop()  # a range that has moved has asked for what is done now

    def _refresh(self) -> None:
        self.board.setBackground(self.theme.color("panel"))
        self.plot.refresh()
        self.plot.name_axes(self.tr("loss (- - val.)"), self.tr("epoch"))
        self._timer.start(0)
