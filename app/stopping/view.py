"""The tab's widget: verdict, plot and what can be done, or what is missing; and the controls beside or above them."""

from dataclasses import dataclass
from functools import partial
from math import isnan

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.panels.editors import NumberEditor
from app.panels.settings import setting_of
from app.plots.curves import Board
from app.plots.lines import ACCURACY, LOSS
from app.plots.readout import Card
from app.plots.run_curves import RunCurves
from app.shell.drawn_export import Seen
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.help import HelpButton
from app.shell.widgets.stepper import Stepper
from app.stopping.course import Course, Window
from app.stopping.heading import StoppingLegend, Verdict
from app.stopping.plot import StoppingPlot
from app.timeline.cursor import EpochCursor
from app.timeline.moment import Moment
from core.experiment.training import EarlyStopping
from core.runs.curves import to_csv
from core.runs.replay import Replay

_TALL = 420  # pixels, from which on the verdict may take five lines
_WIDE = 600  # pixels, from which on the controls stand beside the plot
_ROOMY = 400  # pixels, from which on all controls have room above it
_USUAL = 9_999  # the longest patience that the field has room for, unless a longer one is set


@dataclass(frozen=True, eq=False)
class Shown:
    """What the tab shows. short: the sentences in fewer words. use: the words of the button that takes over what was
    tried, none without it; tip: what comes of it. train_on: whether training on would tell what is unknown."""

    course: Course
    found: Replay
    window: Window | None
    sentences: str
    short: str
    use: str = ""
    tip: str = ""
    train_on: bool = False


class StoppingView(QWidget):
    """patience_tried, delta_tried: another setting is to be tried. released: the gesture that tries one is over.
    dragged: the handle is at an epoch. use_wanted: what was tried is to be set. train_on_wanted. mend_wanted: what is
    missing is to be set. keep_wanted: the ghost is to train, or not. visible_changed: it has come into sight, or is
    gone."""

    patience_tried = Signal(int)
    delta_tried = Signal(float)
    released = Signal()
    dragged = Signal(float)
    use_wanted = Signal()
    train_on_wanted = Signal()
    mend_wanted = Signal()
    keep_wanted = Signal(bool)
    visible_changed = Signal(bool)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.theme = icons.theme
        self.shown: Shown | None = None
        self.epoch: float | None = None  # under the crosshair
        self.verdict = Verdict(self.theme)
        self.legend = StoppingLegend(self.theme)
        self.board = Board()
        self.plot = StoppingPlot(self.theme)
        self.board.ci.addItem(self.plot.item)
        self.card = Card(self.theme, self.board)
        self.moment: Moment | None = None
        self.mark = EpochCursor(self.board, self.theme, lambda: (self.plot,))
        self.use = self._button(self.use_wanted)
        self.train_on = self._button(self.train_on_wanted)
        self.train_on.setText(self.tr("Train on"))
        self.train_on.setToolTip(self.tr("Keep going past the stop, to see what it would have missed"))
        self.pages = QStackedWidget()
        self.pages.addWidget(self._full(icons))
        self.pages.addWidget(self._empty())
        self._make_controls(icons)
        self._wide: bool | None = None
        self.box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(0)
        self.box.addWidget(self.controls)
        self.box.addWidget(self.pages, 1)
        self._arrange()
        self._fit_soon = QTimer(self, interval=0, singleShot=True)
        self._fit_soon.timeout.connect(self._fit)
        self._connect()
        self._refresh()

    def _button(self, pressed: SignalInstance) -> QPushButton:
        button = QPushButton()
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # As high as the legend that it stands beside, so that nothing moves when it comes.
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        button.setStyleSheet("min-height: 0;")
        set_class(button, "flat")
        button.clicked.connect(lambda _on: pressed.emit())
        button.hide()
        return button

    def _full(self, icons: Icons) -> QWidget:
        page = QWidget()
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.verdict, 1)
        top.addWidget(
            HelpButton(
                icons,
                self.tr("Early stopping"),
                self.tr("stop once (epoch − best epoch) ≥ patience"),
                self.tr(
                    "Training first under-fits, then generalises well, then over-fits: the training loss falls on, but "
                    "the validation loss rises again. Early stopping waits as many epochs as its patience for an "
                    "improvement by more than min delta, then it ends the run and goes back to the best weights. Drag "
                    "the handle, or use ← and →, to see where another patience would have stopped this run."
                ),
            )
        )
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 2, 8, 2)
        column.setSpacing(0)
        below = QHBoxLayout()
        below.setSpacing(4)
        below.addWidget(self.legend, 1)
        below.addWidget(self.use)
        below.addWidget(self.train_on)
        column.addLayout(top)
        column.addLayout(below)
        column.addWidget(self.board, 1)
        return page

    def _empty(self) -> QWidget:
        page = QWidget()
        self.missing = QLabel()
        self.missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.missing.setWordWrap(True)
        set_class(self.missing, "caption")
        self.mend = QPushButton()
        self.mend.clicked.connect(lambda _on: self.mend_wanted.emit())
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self.missing)
        column.addWidget(self.mend, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    def _make_controls(self, icons: Icons) -> None:
        delta = setting_of(EarlyStopping, "min_delta", "min_delta")
        assert delta is not None
        self.controls = QWidget()
        self.patience = Stepper(icons, 1, _USUAL, self.tr("Patience"))
        self.patience.setToolTip(self.tr("Epochs without an improvement before training stops; over a run: what if"))
        self.min_delta = NumberEditor(self.theme, delta)
        self.min_delta.setToolTip(
            self.tr("By how much an epoch must be better than the best before; over a run: what if")
        )
        self.keep = QCheckBox()
        self.captions = QLabel(self.tr("Patience")), QLabel(self.tr("Min delta"))
        for caption in self.captions:
            set_class(caption, "caption")
        self.grid = QGridLayout(self.controls)
        self.grid.setVerticalSpacing(6)

    def _arrange(self) -> None:
        """Put the controls at the right of the plot, or above it where it is narrow; where there is room for few of
        them, min delta is left to the settings of training."""
        wide, all_fit = self.width() >= _WIDE, self.width() >= _ROOMY
        if wide is not self._wide:
            self._turn(wide)
        for part in (self.captions[1], self.min_delta):
            part.setVisible(all_fit)

    def _turn(self, wide: bool) -> None:
        self._wide = wide
        self.box.setDirection(QBoxLayout.Direction.RightToLeft if wide else QBoxLayout.Direction.TopToBottom)
        self.keep.setText(self.tr("Keep going anyway") if wide else self.tr("Keep going"))
        parts: tuple[QWidget, ...] = (self.captions[0], self.patience, self.captions[1], self.min_delta, self.keep)
        places = ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0)) if wide else tuple((0, column) for column in range(5))
        for part, (row, column) in zip(parts, places, strict=True):
            self.grid.addWidget(part, row, column, 1, 2 if wide and part is self.keep else 1)
        self.grid.setHorizontalSpacing(8 if wide else 5)
        self.grid.setRowStretch(3, 1 if wide else 0)
        self.grid.setColumnStretch(4, 0 if wide else 1)
        self.grid.setContentsMargins(*((4, 8, 14, 8) if wide else (8, 2, 4, 0)))
        size = QSizePolicy.Policy.Fixed
        self.controls.setSizePolicy(*((size, QSizePolicy.Policy.Preferred) if wide else (size.Preferred, size)))

    def minimumSizeHint(self) -> QSize:
        """Return the least room: it makes do with little."""
        return QSize(200, 120)

    def _connect(self) -> None:
        self.theme.changed.connect(self._refresh)
        self.plot.dragged.moved.connect(self.dragged)
        self.plot.dragged.released.connect(self._release)
        self.plot.view.sigResized.connect(self._fit_soon.start)
        self.board.scene().sigMouseMoved.connect(self._hover)
        self.board.left.connect(self._leave)
        self.board.stepped.connect(self._step)
        self.patience.changed.connect(self.patience_tried)
        self.patience.finished.connect(self._release)
        self.min_delta.edited.connect(self._type_delta)
        self.keep.clicked.connect(self.keep_wanted)

    # -- what is shown -------------------------------------------------------------------------------------------

    @property
    def runs(self) -> tuple[RunCurves, ...]:
        """The runs that are drawn."""
        return self.plot.runs

    def drawn(self) -> Seen | str:
        """Return what can be exported, or why there is nothing."""
        if not self.runs:
            return self.tr("There is no run yet.")
        table = partial(to_csv, [(run.name, run.curves) for run in self.runs])
        return Seen((self.verdict, self.legend, self.board), table)

    def show_settings(self, stopping: EarlyStopping, kept: bool, tip: str, keeps: bool) -> None:
        """Show the settings that are tried; kept: whether the ghost trains; tip: why, and keeps: whether it can."""
        if self.patience.most != max(_USUAL, stopping.patience):
            self.patience.set_limits(1, max(_USUAL, stopping.patience))
        if self.patience.value != stopping.patience:
            self.patience.set_value(stopping.patience)
        if self.min_delta.value != stopping.min_delta or not self.min_delta.field.text():
            self.min_delta.show_value(stopping.min_delta)
        self.keep.setChecked(kept)
        self.keep.setEnabled(keeps)
        self.keep.setToolTip(tip)

    def show_run(self, shown: Shown, anew: bool) -> None:
        """Show a run; anew: it is another one than before."""
        self.shown = shown
        self.pages.setCurrentIndex(0)
        self.verdict.say(shown.sentences, shown.short)
        self.board.setAccessibleDescription(shown.sentences)
        self.use.setText(shown.use)
        self.use.setToolTip(shown.tip)
        self.use.setVisible(bool(shown.use))
        self.train_on.setVisible(shown.train_on)
        course = shown.course
        self.legend.show_runs(course.run, course.ghost)
        metric = ACCURACY if shown.found.stopping.monitor.endswith("accuracy") else LOSS
        named = self.plot.metric is metric
        self.plot.show_course(course, shown.window, metric)
        if not named:
            self._name_axes()
        if not self.plot.handle.moving:
            self.plot.follow(anew=anew or not named)
        self.plot.draw()
        self.show_moment(self.moment)
        if self.epoch is not None:
            self._point_at(self.epoch)

    def show_moment(self, moment: Moment | None) -> None:
        """Mark the moment that is shown in place of now, where it is one of the run or of its ghost."""
        self.moment = moment
        drawn = moment is not None and any(run.place == moment.place for run in self.runs)
        self.mark.show(moment.epoch if moment is not None and drawn else None)

    def show_missing(self, sentence: str, mend: str = "") -> None:
        """Show in a sentence what is missing, and a button with these words if it can be set."""
        self.shown = None
        self.plot.show_course(None, None, self.plot.metric)
        self.missing.setText(sentence)
        self.mend.setText(mend)
        self.mend.setVisible(bool(mend))
        self.pages.setCurrentIndex(1)

    def _refresh(self) -> None:
        self.board.setBackground(self.theme.color("panel"))
        self.board.setAccessibleName(self.tr("Early stopping over the epochs; ← and → try another patience"))
        self._name_axes()
        self.plot.refresh()

    def _name_axes(self) -> None:
        self.plot.name_axes(self.tr("accuracy") if self.plot.metric is ACCURACY else self.tr("loss"), self.tr("epoch"))

    def _fit(self) -> None:
        """Fit the names, and the room for them, to another size."""
        self.plot.follow(anew=True)
        self.plot.draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the best of another size: of more height, more lines of the verdict."""
        super().resizeEvent(event)
        self._arrange()
        self.verdict.set_lines(5 if self.height() >= _TALL else 3)

    def showEvent(self, event: object) -> None:
        """Tell that it has come into sight."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.visible_changed.emit(True)

    def hideEvent(self, event: object) -> None:
        """Tell that it is gone."""
        super().hideEvent(event)  # type: ignore[arg-type]
        self.visible_changed.emit(False)

    # -- tried ---------------------------------------------------------------------------------------------------

    def _step(self, by: int) -> None:
        self.patience.step(by)

    def _type_delta(self, value: float, _gesture: bool) -> None:
        self.delta_tried.emit(float(value))

    def _release(self) -> None:
        self.released.emit()
        if self.shown is not None:
            self.plot.follow()
            self.plot.draw()

    # -- crosshair -----------------------------------------------------------------------------------------------

    def _hover(self, place: QPointF) -> None:
        epoch = None if self.plot.handle.moving else self.plot.epoch_under(place)
        if epoch is None:
            self._leave()
        else:
            self._point_at(epoch)

    def _leave(self) -> None:
        self.epoch = None
        self.card.hide()
        self.plot.point_at(None)

    def _point_at(self, epoch: float) -> None:
        rows = self.plot.read(epoch)
        if not rows or self.shown is None:
            self._leave()
            return
        self.epoch = epoch
        self.plot.point_at(epoch)
        (run, at, values), found = rows[0], self.shown.found
        missed = found.misses[found.epochs == round(at)]
        note = self.tr("{0} of {1} missed").format(int(missed[0]), found.stopping.patience) if len(missed) else ""
        texts = ["–" if isnan(value) else self.plot.write(value) for value in values]
        title = self.tr("epoch {0}").format(f"{round(at):,}")
        self.card.write_table(title, self.plot.heads, [(run.name, run.place, texts)], [note] if note else [])
        area = self.board.mapFromScene(self.plot.view.sceneBoundingRect()).boundingRect()
        centre = self.plot.view.mapViewToScene(QPointF(at, 0)).x()
        self.card.put_beside(QPoint(round(centre), area.center().y()), area)
