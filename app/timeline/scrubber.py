"""The bar under the views: which run, which of its epochs, playing, a new run from there, and the way back to now."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from app.plots.spots import run_icon
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.names import shared_letters
from app.shell.widgets.numbers import written
from app.timeline.moment import Moment, Travelled
from app.timeline.slider import EpochSlider
from app.timeline.travel import SPEEDS, WHOLE, TimeTravel
from core.training.events import Metrics

_LEVELS = 5  # of leaving out
_SPACE = 8
_CHOOSER = {True: 210, False: 120}  # pixels: with room for long names, and without
_USUAL = Metrics(train_loss=0.888, validation_loss=0.888)


class Scrubber(QWidget):
    """Shows what a TimeTravel shows and lets choose it.

    needed_changed: whether there is anything to travel in. continue_wanted: a new run is to start from the moment.
    ``set_continue``: says why it cannot, in a sentence.
    """

    needed_changed = Signal(bool)
    continue_wanted = Signal()

    def __init__(self, travel: TimeTravel, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.travel = travel
        self.icons = icons
        self.theme = icons.theme
        self.needed = False
        self._cannot = ""  # why no run can start from here
        self._run: Travelled | None = None  # on the slider
        self._listed: list[tuple[int, str, str]] = []
        self._level = -1
        self._widest = 0  # pixels that losses have had so far
        self.setObjectName("timeline")
        self.setAccessibleName(self.tr("Time travel"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._make()
        self._connect()
        self._restyle()
        self._show_list()

    # -- parts ---------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.play = self._tool("train", self.tr("Play the run"), lambda: self.travel.play(not self.travel.playing))
        self.chooser = QuietCombo(self.tr("Run to look back at"))
        self.chooser.elide = Qt.TextElideMode.ElideMiddle  # names of runs often differ in their last word alone
        self.before = self._tool("chevron-left", self.tr("Epoch before (,)"), lambda: self.travel.step(-1))
        self.slider = EpochSlider(self.theme)
        self.after = self._tool("chevron-right", self.tr("Epoch after (.)"), lambda: self.travel.step(1))
        self.epoch, self.losses = QLabel(), QLabel()
        self.epoch.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_class(self.losses, "axis")
        self.speed = QuietCombo(self.tr("Speed of playing"))
        self.speed.setMinimumContentsLength(4)
        for combo in (self.chooser, self.speed):
            combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.speed.setToolTip(
            self.tr("Speed of playing; 1× shows the whole run in {0:g} seconds, however long it is").format(WHOLE)
        )
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.onward = QPushButton()
        self.onward.clicked.connect(self.continue_wanted)
        self.back = QPushButton()
        self.back.clicked.connect(self.travel.now)
        self.back.setToolTip(self.tr("Show the run as it is now (Esc)"))
        for button in (self.onward, self.back):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(12, 0, 12, 0)
        self.row.setSpacing(_SPACE)
        for part in (self.play, self.chooser, self.before, self.slider, self.after):
            self.row.addWidget(part, 1 if part is self.slider else 0)
        for other in (self.epoch, self.losses, self.speed, self.onward, self.back):
            self.row.addWidget(other)

    def _tool(self, icon: str, tip: str, slot: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        set_class(button, "small")
        button.setIcon(self.icons.get(icon))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (", maxsplit=1)[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(slot)
        return button

    def _connect(self) -> None:
        travel = self.travel
        travel.listed.connect(self._show_list)
        travel.moved.connect(self._show_moment)
        travel.playing_changed.connect(self._show_playing)
        self.chooser.activated.connect(lambda index: travel.choose(self.chooser.itemData(index)))
        self.slider.chosen.connect(travel.show)
        self.slider.stepped.connect(travel.step)
        self.speed.currentIndexChanged.connect(lambda index: setattr(travel, "speed", SPEEDS[index]))
        self.theme.changed.connect(self._restyle)

    # -- what is shown -------------------------------------------------------------------------------------------

    def set_continue(self, cannot: str) -> None:
        """Take why no run can start from the moment, in a sentence; empty if one can."""
        self._cannot = cannot
        self._show_buttons()

    def _show_list(self) -> None:
        """Show which runs there are, and how far the shown one has come."""
        travel = self.travel
        listed = [(run.place, run.record.name, run.unlike) for run in travel.runs]
        if listed != self._listed:
            self._listed = listed
            self._fill()
        self._run = None
        self._show_moment(travel.moment)
        needed = any(len(run.record.rows) > 1 for run in travel.runs)
        if needed != self.needed:
            self.needed = needed
            self.needed_changed.emit(needed)

    def _fill(self) -> None:
        model = self.chooser.model()
        assert isinstance(model, QStandardItemModel)
        self.chooser.shared = shared_letters([name for _, name, _ in self._listed])
        with QSignalBlocker(self.chooser):
            self.chooser.clear()
            for index, (place, name, why) in enumerate(self._listed):
                self.chooser.addItem(run_icon(self.theme, place), f"{name} ({why})" if why else name, place)
                if why:
                    model.item(index).setEnabled(False)
                    tip = self.tr("It has {0} than the canvas: restore its setup in the table of runs to see it.")
                    self.chooser.setItemData(index, tip.format(why), Qt.ItemDataRole.ToolTipRole)

    def _show_moment(self, moment: Moment | None) -> None:
        """Show where in the run it stands."""
        run = self.travel.run
        if run is not self._run or run is None:
            self._run = run
            self.slider.show_run(run)
        last = 0 if run is None else run.record.epochs
        epoch = last if moment is None else moment.epoch
        with QSignalBlocker(self.chooser), QSignalBlocker(self.slider):
            self.chooser.setCurrentIndex(-1 if run is None else self.chooser.findData(run.place))
            self.chooser.setToolTip(self.tr("Run to look back at: {0}").format(self.chooser.currentText() or "–"))
            self.slider.setValue(epoch)
        words = self.tr("Now: epoch {0}") if moment is None else self.tr("Epoch {0} of {1}")
        kind = "axis" if moment is None else "pill"
        if kind != self.epoch.property("class"):
            set_class(self.epoch, kind)
        self.epoch.setText(words.format(f"{epoch:,}", f"{last:,}"))
        losses = self._losses(Metrics() if moment is None else moment.metrics)
        self.losses.setText(losses or (self.tr("drag to look back") if self.slider.isEnabled() else ""))
        self.slider.setAccessibleDescription(f"{self.epoch.text()}. {losses}".strip())
        self._keep_room(last)
        self._show_buttons()

    def _losses(self, metrics: Metrics) -> str:
        named = ((self.tr("train"), metrics.train_loss), (self.tr("val."), metrics.validation_loss))
        return "   ".join(f"{name} {written(value)}" for name, value in named if value is not None)

    def _show_playing(self, on: bool) -> None:
        self.play.setIcon(self.icons.get("pause" if on else "train"))
        self.play.setToolTip(self.tr("Pause playing") if on else self.tr("Play the run"))
        self.play.setAccessibleName(self.play.toolTip())

    def _show_buttons(self) -> None:
        past = self.travel.moment is not None
        for button in (self.play, self.before, self.after):
            button.setEnabled(self.slider.isEnabled())
        self.back.setEnabled(past)
        self.onward.setEnabled(past and not self._cannot)
        tip = self.tr("Start a new run from the weights of this epoch, with a fresh optimizer")
        self.onward.setToolTip(self._cannot or tip)

    # -- room ----------------------------------------------------------------------------------------------------

    def _keep_room(self, last: int) -> None:
        """Give the texts a width that does not change with the epoch, so that the slider stays where it is."""
        size = self.theme.sizes.axis
        epochs = self.tr("Epoch {0} of {1}").format(f"{last:,}", f"{last:,}")
        bold = QFontMetrics(self.theme.font(size, bold=True))
        plain = QFontMetrics(self.theme.font(size))
        usual = max(plain.horizontalAdvance(text) for text in (self._losses(_USUAL), self.losses.text()))
        # A label of any other size lays out the whole bar with each text.
        self.epoch.setFixedSize(bold.horizontalAdvance(epochs) + 20, size + 9)
        self.losses.setFixedSize(max(usual + 2, self._widest), size + 9)
        self._widest = self.losses.width()

    def sizeHint(self) -> QSize:
        """Return the height of a row; the width is what there is."""
        return QSize(600, self.theme.sizes.row)

    def minimumSizeHint(self) -> QSize:
        """Return the height of a row; it fits into any width that the window can have."""
        return QSize(0, self.theme.sizes.row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Show less when a part has grown."""
        if event.type() == QEvent.Type.LayoutRequest and self.row.minimumSize().width() > self.width():
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        for level in range(_LEVELS):
            self._apply(level)
            if self.row.minimumSize().width() <= self.width():
                break

    def _apply(self, level: int) -> None:
        if level == self._level:
            return
        self._level = level
        width = _CHOOSER[level < 1] * self.theme.sizes.small // 12
        self.chooser.setFixedWidth(width)  # a minimum of letters is not heard of once a combo box has been laid out
        self.losses.setVisible(level < 2)
        self.onward.setText(self.tr("Continue from here") if level < 3 else self.tr("Continue"))
        self.back.setText(self.tr("Back to now") if level < 3 else self.tr("Now"))
        self.speed.setVisible(level < 4)
        self.row.invalidate()

    def _restyle(self) -> None:
        self.setFixedHeight(self.theme.sizes.row)
        self._fill()
        self._level, self._widest = -1, 0
        self._fit()
        self._show_moment(self.travel.moment)
