"""The slider of the epochs: it stands at kept ones only, which are ticks below it, with the best one marked above."""

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QLine, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyleOptionSlider

from app.plots.spots import marker
from app.shell.theme import Theme
from app.shell.widgets.sliders import QuietSlider
from app.timeline.moment import Travelled

_TICK = (9, 12)  # pixels below the groove
_MARK, _MARK_SIZE = -10, 6.0
_LEAST = 120  # pixels
_PAGE = 10  # a page is this part of the kept epochs


class EpochSlider(QuietSlider):
    """chosen: an epoch was pointed at, kept or not. stepped: so many kept epochs on, or back. The slider itself only
    moves when it is told where it stands."""

    chosen = Signal(float)
    stepped = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.kept: tuple[int, ...] = ()
        self.best: int | None = None
        self.place = 0
        self._ticks: list[QLine] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Epoch that is shown"))
        theme.changed.connect(self._place_ticks)

    def sizeHint(self) -> QSize:
        """Return a usual size; ticks and mark need the height of a row."""
        return QSize(320, self.theme.sizes.row - 4)

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return QSize(_LEAST, self.theme.sizes.row - 4)

    def show_run(self, run: Travelled | None) -> None:
        """Show the epochs of a run, or of none."""
        self.kept, self.best, epochs = (), None, 0
        if run is not None:
            self.kept, self.place, epochs = run.epochs, run.place, run.record.epochs
            self.best = run.record.best_epoch if run.record.best_epoch in self.kept else None
        self.setMaximum(max(epochs, 1))
        self.setEnabled(len(self.kept) > 1)
        self._place_ticks()

    # -- mouse and keys ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to where it is pressed, and on the mark to the best epoch."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            best = self.best if self._at_mark(event.position()) else None
            self.chosen.emit(self.epoch_at(event.position().x()) if best is None else float(best))
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        if self.isSliderDown():
            self.chosen.emit(self.epoch_at(event.position().x()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step with the wheel, with the focus only."""
        if self.hasFocus() and event.angleDelta().y():
            self.stepped.emit(1 if event.angleDelta().y() < 0 else -1)
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrows, further with Page up and down, to the ends with Home and End."""
        page = max(1, len(self.kept) // _PAGE)
        keys, ends = Qt.Key, {Qt.Key.Key_Home: 0.0, Qt.Key.Key_End: float(self.maximum())}
        steps = {
            keys.Key_Left: -1,
            keys.Key_Down: -1,
            keys.Key_Right: 1,
            keys.Key_Up: 1,
            keys.Key_PageDown: -page,
            keys.Key_PageUp: page,
        }
        if event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        elif event.key() in ends:
            self.chosen.emit(ends[Qt.Key(event.key())])
        else:
            event.ignore()

    # -- places --------------------------------------------------------------------------------------------------

    def _groove(self) -> tuple[int, int]:
        """Return where the middle of the handle can be: the pixel of epoch 0, and how many there are to the last."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control = QStyle.ComplexControl.CC_Slider
        groove = self.style().subControlRect(control, option, QStyle.SubControl.SC_SliderGroove, self)
        handle = self.style().subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, self).width()
        return groove.left() + handle // 2, max(groove.width() - handle, 1)

    def epoch_at(self, x: float) -> float:
        """Return the epoch at so many pixels from the left."""
        left, width = self._groove()
        return min(max((x - left) / width, 0.0), 1.0) * self.maximum()

    def x_of(self, epoch: float) -> int:
        """Return where an epoch lies, in pixels from the left."""
        left, width = self._groove()
        return left + round(epoch / self.maximum() * width)

    def _at_mark(self, at: QPointF) -> bool:
        """Tell whether a point is on the mark of the best epoch."""
        if self.best is None:
            return False
        away = at - QPointF(self.x_of(self.best), self.rect().center().y() + _MARK)
        return away.manhattanLength() <= _MARK_SIZE

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the ticks where the epochs are now."""
        super().resizeEvent(event)
        self._place_ticks()

    def _place_ticks(self) -> None:
        left, width = self._groove()
        scale, middle = width / self.maximum(), self.rect().center().y()
        places = {left + round(epoch * scale) for epoch in self.kept}  # no more than there are pixels
        self._ticks = [QLine(x, middle + _TICK[0], x, middle + _TICK[1]) for x in places]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the slider with its ticks and the best epoch."""
        super().paintEvent(event)
        if not self.isEnabled():
            return
        painter = QPainter(self)
        painter.setPen(self.theme.color("strong"))
        painter.drawLines(self._ticks)
        if self.best is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            place = QTransform.fromTranslate(self.x_of(self.best), self.rect().center().y() + _MARK)
            mark = place.scale(_MARK_SIZE, _MARK_SIZE).map(Symbols[marker(self.place)])
            painter.fillPath(mark, self.theme.series(self.place))
        painter.end()
