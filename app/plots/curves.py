"""Loss and accuracy over the epochs, of the run that trains and of those before it."""

from collections.abc import Mapping, Sequence
from time import perf_counter

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.plots.curve_plot import CurvePlot, EpochPlot
from app.plots.export import Export
from app.plots.legend import Legend
from app.plots.lines import ACCURACY, LOSS, Looks
from app.plots.readout import ReadOut
from app.plots.run_curves import RunCurves
from app.plots.sharpness_plot import SharpnessPlot
from app.shell.background import Background
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.sliders import LinearSlider

_REDRAW_MS = 66  # between two drawings while training goes on, at the least
_SHARE = 0.12  # of wall time that drawing may take


class Board(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """What the plots lie on. left: the mouse has gone. stepped: an arrow key asks for another epoch.

    ``seconds`` is how long the last painting took.
    """

    left = Signal()
    stepped = Signal(int)
    zoomed = Signal(float)
    fitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.ci.layout.setContentsMargins(0, 6, 8, 0)
        self.ci.layout.setSpacing(12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and measure it."""
        start = perf_counter()
        super().paintEvent(event)
        self.seconds = perf_counter() - start

    def leaveEvent(self, event: QEnterEvent) -> None:
        """Tell that the mouse has gone."""
        super().leaveEvent(event)
        self.left.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard has gone."""
        super().focusOutEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair with the arrow keys, zoom with Ctrl and ±, go back to following with Home."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        zooms = {Qt.Key.Key_Plus: 0.8, Qt.Key.Key_Equal: 0.8, Qt.Key.Key_Minus: 1.25}
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in steps:
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.stepped.emit(steps[Qt.Key(event.key())] * (10 if far else 1))
        elif ctrl and event.key() in zooms:
            self.zoomed.emit(zooms[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Home:
            self.fitted.emit()
        else:
            event.ignore()


class CurvesView(QWidget):
    """Plots side by side, with ``controls`` to be put beside the tab that they lie in.

    log_changed: the loss has got a logarithmic axis, or an even one. runs_changed: other runs are shown. saved: a file
    was written (Path). failed: a sentence.
    """

    log_changed = Signal(bool)
    runs_changed = Signal()
    saved = Signal(object)
    failed = Signal(str)

    def __init__(
        self, theme: Theme, icons: Icons, background: Background | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.runs: tuple[RunCurves, ...] = ()
        self.following = True
        self.epoch: float | None = None  # under the crosshair
        self._hovered: EpochPlot | None = None
        self.board = Board()
        self.loss = CurvePlot(theme, LOSS)
        self.accuracy = CurvePlot(theme, ACCURACY)
        self.sharpness = SharpnessPlot(theme)
        self.legend = Legend(theme)
        self.read_out = ReadOut(theme, self.board)
        self.empty = QLabel(self.tr("Press Space to train"), self.board)
        set_class(self.empty, "caption")
        self.export = Export(self, background or Background(self))
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._redraw)
        self._make_controls(icons)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 8, 4)
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.legend, 1)
        top.addWidget(self.follow_button)
        top.addWidget(self.save)
        column.addLayout(top)
        column.addWidget(self.board, 1)
        self.board.ci.addItem(self.loss.item, row=0, col=0)
        self.plots: tuple[EpochPlot, ...] = (self.loss,)  # that are shown
        for plot in (self.accuracy, self.sharpness):
            plot.item.setXLink(self.loss.item)
        self.setFocusProxy(self.board)
        self._connect()
        self._refresh()
        self.set_runs(())

    @property
    def _all(self) -> tuple[EpochPlot, ...]:
        return self.loss, self.accuracy, self.sharpness

    def _make_controls(self, icons: Icons) -> None:
        self.controls = QWidget()
        self.log = QCheckBox(self.tr("Log y"))
        self.log.setToolTip(self.tr("Logarithmic axis of the loss: each step down is the same factor (L)"))
        self.with_accuracy = QCheckBox(self.tr("Accuracy"))
        self.with_accuracy.setToolTip(self.tr("Show the accuracy beside the loss"))
        self.with_sharpness = QCheckBox(self.tr("Sharpness"))
        self.with_sharpness.setToolTip(
            self.tr(
                "Show the sharpness beside the loss: λ, the largest eigenvalue of the Hessian of the training loss and "
                "its penalty, at kept epochs, on up to 512 samples. Plain gradient descent with the learning rate η "
                "overshoots where λ is above 2/η, the dashed line."
            )
        )
        self.seeds = QCheckBox(self.tr("Seeds as one"))
        self.seeds.setChecked(True)
        self.seeds.setToolTip(
            self.tr("Draw runs that differ by the seed alone as one: their median, and a band from 10 to 90 %")
        )
        self.seeds.hide()
        self.smoothing = LinearSlider(self.theme, 0.0, 0.99, 0.01, self.tr("Smoothing"))
        self.smoothing.setToolTip(self.tr("How much of the epochs before counts; 0 is off. The raw line stays faint."))
        self.smoothing.slider.setMinimumWidth(32)
        self.smoothing.slider.setMaximumWidth(72)
        self.follow_button = QPushButton(self.tr("Follow"))
        self.follow_button.setToolTip(self.tr("Show all epochs again, and new ones as they come (Home)"))
        self.follow_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # As high as the legend that it stands beside, so that nothing moves when it comes.
        self.follow_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self.follow_button.setStyleSheet("min-height: 0;")
        set_class(self.follow_button, "flat")
        self.save = QToolButton()
        self.save.setIcon(icons.get("export"))
        self.save.setToolTip(self.tr("Save the curves as a table or a picture"))
        self.save.setAccessibleName(self.tr("Save curves"))
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_class(self.save, "small")
        menu = QMenu(self.save)
        for kind, title in self.export.titles().items():
            action = menu.addAction(icons.get(kind), title)
            action.triggered.connect(lambda _checked=False, kind=kind: self.export.ask(kind))
        self.save.setMenu(menu)
        caption = ElidedLabel(self.tr("Smooth"))
        caption.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        caption.setMinimumWidth(1)  # the first to go where there is little room, for the slider says it too
        set_class(caption, "caption")
        row = QHBoxLayout(self.controls)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        for widget in (self.seeds, self.log, self.with_accuracy, self.with_sharpness, caption, self.smoothing):
            row.addWidget(widget)
        self.follow_button.hide()

    def _connect(self) -> None:
        self.theme.changed.connect(self._refresh)
        self.log.toggled.connect(self._change_looks)
        self.log.toggled.connect(self.log_changed)
        self.smoothing.changed.connect(self._change_looks)
        self.with_accuracy.toggled.connect(lambda _on: self._arrange())
        self.with_sharpness.toggled.connect(lambda _on: self._arrange())
        self.follow_button.clicked.connect(self.follow)
        self.board.scene().sigMouseMoved.connect(self._hover)
        self.board.left.connect(self._leave)
        self.board.stepped.connect(self._step)
        self.board.zoomed.connect(self._zoom)
        self.board.fitted.connect(self.follow)
        self.export.saved.connect(self.saved)
        self.export.failed.connect(self.failed)
        for plot in self._all:
            plot.view.sigRangeChangedManually.connect(self._zoomed_by_hand)
            plot.view.sigRangeChanged.connect(self._draw_soon)
            plot.view.sigResized.connect(self._draw_soon)

    # -- what is shown -------------------------------------------------------------------------------------------

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Show these runs, earlier ones first; the ranges are fitted anew while following."""
        self.runs = tuple(runs)
        self.empty.setVisible(not any(len(run.curves) for run in self.runs))
        self.legend.set_runs(self.runs)
        for plot in self._all:
            plot.set_runs(self.runs)
            if self.following:
                plot.follow(anew=True)
        self._draw_soon()
        self.runs_changed.emit()

    def offer_seeds(self, on: bool) -> None:
        """Let runs that differ by the seed alone be drawn as one, where there are such."""
        if self.seeds.isHidden() == on:
            self.seeds.setVisible(on)

    def append(self, place: int, run: RunCurves) -> None:
        """Take a run that has grown, at its place among the runs; it is drawn when its turn comes."""
        self.runs = (*self.runs[:place], run, *self.runs[place + 1 :])
        self._draw_later()

    def show_sharpness(self, measured: Mapping[int, Mapping[int, float]], note: str) -> None:
        """Show λ by the place of a run and by epoch; note: why there is none, or not of all runs."""
        self.sharpness.set_measured(measured, note)
        self._draw_later()

    def _draw_later(self) -> None:
        """Draw when the turn for it comes."""
        if not self._timer.isActive():
            spent = self.board.seconds / _SHARE
            self._timer.start(max(_REDRAW_MS, round(spent * 1000)))

    def set_log(self, on: bool) -> None:
        """Give the loss a logarithmic axis."""
        self.log.setChecked(on)

    def follow(self) -> None:
        """Show all epochs, and new ones as they come."""
        self.following = True
        self.follow_button.hide()
        for plot in self.plots:
            plot.follow(anew=True)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has come while nobody looked."""
        super().showEvent(event)
        self._draw_soon()

    def _redraw(self) -> None:
        if not self.isVisible():
            return
        self.empty.setVisible(not any(len(run.curves) for run in self.runs))
        self.legend.set_runs(self.runs)
        for plot in self.plots:
            plot.set_runs(self.runs)
            if self.following:
                plot.follow()
            plot.draw()
        self._timer.stop()  # a range that has moved has asked for what is done now
        if self.epoch is not None:
            self._point_at(self.epoch)

    def _draw_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start(0)

    def _change_looks(self) -> None:
        smoothing = self.smoothing.value
        self.loss.set_looks(Looks(self.log.isChecked(), smoothing))
        self.accuracy.set_looks(Looks(False, smoothing))
        self._name_axes()
        if self.following or self.sender() is self.log:
            self.loss.follow(anew=True)
        self._draw_soon()

    def _name_axes(self) -> None:
        loss = self.tr("loss (log)") if self.log.isChecked() else self.tr("loss")
        self.loss.name_axes(loss, self.tr("epoch"))
        self.accuracy.name_axes(self.tr("accuracy"), self.tr("epoch"))
        self.sharpness.name_axes(self.tr("sharpness λ (log)"), self.tr("epoch"))

    def _arrange(self) -> None:
        """Put the plots that are wanted side by side."""
        for plot in self.plots[1:]:
            self.board.ci.removeItem(plot.item)
        wanted = {self.accuracy: self.with_accuracy, self.sharpness: self.with_sharpness}
        self.plots = (self.loss, *(plot for plot, box in wanted.items() if box.isChecked()))
        for column, plot in enumerate(self.plots[1:], 1):
            self.board.ci.addItem(plot.item, row=0, col=column)
            plot.set_runs(self.runs)
            plot.follow(anew=True)
        self._draw_soon()

    def _refresh(self) -> None:
        self.board.setBackground(self.theme.color("panel"))
        for plot in self._all:
            plot.refresh()
        self._name_axes()
        self._place_empty()
        self._draw_soon()

    # -- zoom ----------------------------------------------------------------------------------------------------

    def _zoomed_by_hand(self) -> None:
        self.following = False
        self.follow_button.show()

    def _zoom(self, factor: float) -> None:
        for plot in self.plots:
            plot.view.scaleBy(x=factor) if plot is not self.loss else plot.view.scaleBy(s=(factor, factor))
        self._zoomed_by_hand()

    # -- crosshair -----------------------------------------------------------------------------------------------

    def _hover(self, place: QPointF) -> None:
        for plot in self.plots:
            epoch = plot.epoch_under(place)
            if epoch is not None:
                self._hovered = plot
                self._point_at(epoch)
                return
        self._leave()

    def _leave(self) -> None:
        self.epoch = None
        self.read_out.hide()
        for plot in self._all:
            plot.point_at(None)

    def _step(self, by: int) -> None:
        longest = max((run.curves["epoch"][-1] for run in self.runs if len(run.curves)), default=0.0)
        start = longest if self.epoch is None else round(self.epoch)
        self._hovered = self._hovered or self.loss
        self._point_at(float(min(max(start + by * (self.epoch is not None), 0), longest)))

    def _point_at(self, epoch: float) -> None:
        plot = self._hovered if self._hovered in self.plots else self.loss
        assert plot is not None
        rows = plot.read(epoch)
        if not rows:
            self._leave()
            return
        self.epoch = epoch
        at = min((row[1] for row in rows), key=lambda found: abs(found - epoch))
        for shown in self.plots:
            shown.point_at(at)
        self.read_out.tell(plot.heads, at, rows, plot.write)
        area = self.board.mapFromScene(plot.view.sceneBoundingRect()).boundingRect()
        centre = plot.view.mapViewToScene(QPointF(at, 0)).x()
        self.read_out.put_beside(QPoint(round(centre), area.top() + area.height() // 3), area)
        self.board.setAccessibleDescription(self.read_out.label.text())

    # -- the rest ------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: object) -> None:
        """Keep the hint in the middle."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_empty()

    def _place_empty(self) -> None:
        self.empty.adjustSize()
        rect = QRectF(self.board.rect())
        middle = rect.center() - QPointF(self.empty.width() / 2, self.empty.height() / 2)
        self.empty.move(middle.toPoint())
        self.board.setAccessibleName(self.tr("Curves of loss and accuracy over the epochs"))
