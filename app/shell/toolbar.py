"""The toolbar: what is done all the time, and how far training has come."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget, QWidgetAction

from app.document.document import Document
from app.shell.actions import Actions, set_tip
from app.shell.chips import DeviceChip, SeedChip
from app.shell.icons import Icons
from app.shell.progress import Progress, duration
from app.shell.speed import Speed, SpeedSlider
from app.shell.style import set_class
from app.shell.widgets.labels import Metric, line
from app.work.session import Phase
from app.work.trainer import Trainer

_SPACE = 6
_LEVELS = 11  # of leaving out


class TrainButton(QPushButton):
    """The one large button: Train, Pause, or Restart where the network on the screen is no longer that of the run."""

    def __init__(self, action: QAction, trainer: Trainer, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.action = action
        self.trainer = trainer
        self.icons = icons
        set_class(self, "primary")
        self.setIconSize(QSize(18, 18))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        trainer.session.phase_changed.connect(self.show_state)
        trainer.stale_changed.connect(self.show_state)
        trainer.problems_changed.connect(self.show_state)
        icons.theme.changed.connect(self._fit)
        self._fit()
        self.show_state()

    def show_state(self) -> None:
        """Say what a click does now, or why it does nothing."""
        trainer = self.trainer
        if trainer.session.phase is Phase.TRAINING:
            text, icon, tip = self.tr("Pause"), "pause", self.tr("Pause")
        elif trainer.stale:
            text, icon = self.tr("Restart"), "train"
            tip = self.tr("The experiment has changed since the run that is shown: train anew")
        else:
            text, icon, tip = self.tr("Train"), "train", self.tr("Train, or pause")
        errors = [problem.sentence for problem in trainer.problems if problem.severity == "error"]
        self.setText(text)
        self.setIcon(self.icons.get(icon, "disabled" if errors else "#ffffff"))
        self.setEnabled(not errors)
        self.action.setEnabled(not errors)
        self.action.setText(text)
        set_tip(self.action, errors[0] if errors else tip)
        self.setToolTip(self.action.toolTip())
        self.setStatusTip(self.action.statusTip())

    def _fit(self) -> None:
        metrics = QFontMetrics(self.icons.theme.font(self.icons.theme.sizes.primary, bold=True))
        widest = max(
            metrics.horizontalAdvance(text) for text in (self.tr("Train"), self.tr("Pause"), self.tr("Restart"))
        )
        self.setFixedWidth(widest + 18 + 44)
        self.show_state()


class Toolbar(QWidget):
    """One row. Where it gets narrow, texts go first (icons stay), then speed moves to a menu, then read-outs."""

    def __init__(
        self,
        actions: Actions,
        document: Document,
        trainer: Trainer,
        progress: Progress,
        speed: Speed,
        icons: Icons,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = icons.theme
        self.icons = icons
        self.document = document
        self.progress = progress
        self.level = -1
        set_class(self, "toolbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        # A button takes its text from here each time that its action changes.
        actions["step_batch"].setIconText(self.tr("Batch"))
        actions["step_epoch"].setIconText(self.tr("Epoch"))
        actions["compare"].setIconText(self.tr("Compare"))
        self.train = TrainButton(actions["train"], trainer, icons)
        self.steps = [self._button(actions[name], "chip") for name in ("step_batch", "step_epoch", "rewind", "compare")]
        self.seed = SeedChip(actions["new_start"], trainer, icons)
        self.epoch = self._metric(self.tr("Epoch"), "8,888")
        self.step = self._metric(self.tr("Step"), "888,888")
        self.pace = self._metric(self.tr("Steps/s"), "88,888")
        self.left = self._metric(self.tr("Time left"), "88 min 8 s")
        self.speed = SpeedSlider(icons, speed)
        self.device = DeviceChip(document, progress, icons)
        self.more = self._overflow(icons, speed)
        self.metrics_line = line(upright=True)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(12, 0, 12, 0)
        self.row.setSpacing(_SPACE)
        self.files = self._group(actions, ("new", "open", "save"), parted=True)
        self.undo = self._group(actions, ("undo", "redo"), parted=True)
        self.looks = self._group(actions, ("presentation", "theme"), parted=False)
        self._fill()
        progress.changed.connect(self._show)
        document.changed.connect(self._show)
        document.opened.connect(self._show)
        self.theme.changed.connect(self._restyle)
        self._restyle()
        self._show()

    # -- its parts -----------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        row = self.row
        row.addWidget(self.files)
        row.addWidget(self.undo)
        row.addWidget(self.train)
        row.addSpacing(2)
        for button in self.steps:
            row.addWidget(button)
        row.addWidget(self.seed)
        row.addWidget(self.metrics_line)
        for metric in (self.epoch, self.step, self.pace, self.left):
            row.addWidget(metric, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.speed)
        row.addStretch(1)
        row.addWidget(self.more)
        row.addWidget(self.device)
        row.addWidget(self.looks)

    def _group(self, actions: Actions, names: Sequence[str], parted: bool) -> QWidget:
        """Return small buttons in a row; parted: with a line after them."""
        group = QWidget()
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for name in names:
            row.addWidget(self._button(actions[name], "tool"))
        if parted:
            frame = line(upright=True)
            frame.setFixedHeight(24)
            row.addSpacing(_SPACE - 4)
            row.addWidget(frame)
        return group

    def _button(self, action: QAction, kind: str) -> QToolButton:
        button = QToolButton()
        set_class(button, kind)
        button.setDefaultAction(action)
        button.setIconSize(QSize(18, 18))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text().replace("&", "").split("\t")[0])
        if kind == "tool":
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        return button

    def _metric(self, caption: str, widest: str) -> Metric:
        return Metric(self.theme, caption, widest, size="base")

    def _overflow(self, icons: Icons, speed: Speed) -> QToolButton:
        button = QToolButton()
        set_class(button, "tool")
        button.setIcon(icons.get("more"))
        button.setIconSize(QSize(18, 18))
        button.setToolTip(self.tr("Speed"))
        button.setAccessibleName(self.tr("Speed"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        entry = QWidgetAction(menu)
        slider = SpeedSlider(icons, speed)
        slider.setContentsMargins(10, 6, 10, 6)
        entry.setDefaultWidget(slider)
        menu.addAction(entry)
        button.setMenu(menu)
        return button

    # -- room ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Show as much as there is room for."""
        for level in range(_LEVELS):
            self._apply(level)
            if self.row.sizeHint().width() <= self.width():
                break

    def event(self, event: QEvent) -> bool:
        """Show less when a part has grown, by another font or a longer number."""
        if event.type() == QEvent.Type.Show:
            QTimer.singleShot(0, self, self.fit)  # once the parts have their fonts
        if event.type() == QEvent.Type.LayoutRequest and self.row.sizeHint().width() > self.width():
            self.fit()
        return super().event(event)

    def sizeHint(self) -> QSize:
        """Return a height; the width is what there is."""
        return QSize(900, self.theme.sizes.toolbar)

    def minimumSizeHint(self) -> QSize:
        """Return a height; it fits into any width that the window can have."""
        return QSize(0, self.theme.sizes.toolbar)

    def _apply(self, level: int) -> None:
        if level == self.level:
            return
        self.level = level
        both, icon = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        self.seed.button.setToolButtonStyle(both if level < 1 else icon)
        self.device.setToolButtonStyle(both if level < 2 else icon)
        for button in self.steps:
            button.setToolButtonStyle(both if level < 3 else icon)
        self.speed.setVisible(level < 4)
        self.more.setVisible(level >= 4)
        self.left.setVisible(level < 5)
        self.pace.setVisible(level < 6)
        self.seed.word.setVisible(level < 7)
        self.step.setVisible(level < 8)
        # What is left out from here on stands in the menus.
        self.looks.setVisible(level < 9)
        self.files.setVisible(level < 10)
        self.seed.row.invalidate()
        self.seed.updateGeometry()  # the row would ask for its size before it had noticed
        self.row.invalidate()

    def _restyle(self) -> None:
        self.setFixedHeight(self.theme.sizes.toolbar)
        self.metrics_line.setFixedHeight(24)
        self.level = -1
        self.fit()

    # -- read-outs -----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        progress = self.progress
        epochs = self.document.experiment.training.epochs
        training = progress.session.phase is Phase.TRAINING
        speed = progress.pace.steps_per_second
        left = progress.seconds_left(epochs)
        self.epoch.set_value(f"{progress.epoch:,}")
        self.epoch.setToolTip(self.tr("Epoch {0:,} of at most {1:,}").format(progress.epoch, epochs))
        self.step.set_value(f"{progress.step:,}")
        # Two digits are all that a speed is good for, and more would dance.
        self.pace.set_value("–" if not training or speed is None else f"{float(f'{speed:.2g}'):,.4g}")
        self.left.set_value("–" if left is None else duration(left))
        self.left.setToolTip(self.tr("At this speed, if the run does all of its {0:,} epochs").format(epochs))
