"""What both plots of a landscape are: their frame, their axes, and what the mouse does."""

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QPainter

from app.landscape.frames import LandscapeFrame
from app.plots.axes import Axis
from app.plots.spots import Spots
from app.shell.theme import Theme
from core.landscape.values import Place


class LandscapePlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that tells places. pointed: the place under the mouse, or None. chosen: a place that was clicked."""

    pointed = Signal(object)
    chosen = Signal(object)

    def __init__(self, theme: Theme, left: Axis, bottom: Axis) -> None:
        super().__init__(axisItems={"left": left, "bottom": bottom}, enableMenu=False)
        self.theme = theme
        self.left, self.bottom = left, bottom
        self.frame: LandscapeFrame | None = None
        self.view = self.getPlotItem().getViewBox()
        self.hideButtons()
        self.getPlotItem().layout.setContentsMargins(0, 6, 6, 0)
        self.setMouseEnabled(False, False)
        self.view.disableAutoRange()
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.spots = Spots(self.view, 20)
        self.taken = Spots(self.view, 25)
        self.pointer = Spots(self.view, 30)
        self._taken: Place | None = None
        self.scene().sigMouseMoved.connect(self._moved)
        self.scene().sigMouseClicked.connect(self._clicked)

    def place_at(self, x: float, y: float) -> Place | None:
        """Return the place of the plane that a point of the plot stands for, None outside the picture."""
        raise NotImplementedError

    def place_under(self, point: QPointF) -> Place | None:
        """Return the place of the plane at a point of the scene, None outside the picture."""
        if self.frame is None or not self.view.sceneBoundingRect().contains(point):
            return None
        at = self.view.mapSceneToView(point)
        return self.place_at(float(at.x()), float(at.y()))

    def _moved(self, point: QPointF) -> None:
        self.pointed.emit(self.place_under(point))

    def _clicked(self, event: object) -> None:
        button, point = event.button(), event.scenePos()  # type: ignore[attr-defined]
        place = self.place_under(point) if button == Qt.MouseButton.LeftButton else None
        if place is not None:
            self.chosen.emit(place)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the mouse has gone."""
        super().leaveEvent(event)
        self.pointed.emit(None)
