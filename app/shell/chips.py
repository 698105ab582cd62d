"""Two chips of the toolbar: a new start with its seed, and the device with its reason."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QIntValidator, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from app.document.document import Document
from app.shell.icons import Icons
from app.shell.progress import Progress
from app.shell.style import set_class
from app.work.trainer import Trainer
from core.experiment.training import DEVICES

_MOST_SEED = 999_999_999


class SeedChip(QFrame):
    """New start, and the seed of the start weights, which can be typed."""

    def __init__(self, action: QAction, trainer: Trainer, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = icons.theme
        self.trainer = trainer
        set_class(self, "chip")
        self.button = QToolButton()
        set_class(self.button, "joined")
        self.button.setDefaultAction(action)
        self.button.setIconSize(QSize(18, 18))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.word = QLabel(self.tr("seed"))
        set_class(self.word, "caption")
        self.field = QLineEdit()
        set_class(self.field, "plain")
        self.field.setValidator(QIntValidator(0, _MOST_SEED, self))
        self.field.setAccessibleName(self.tr("Seed"))
        self.field.setToolTip(self.tr("The same seed gives the same start weights: click to type one"))
        self.field.editingFinished.connect(self._typed)
        self.field.installEventFilter(self)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(1, 0, 6, 0)
        self.row.setSpacing(4)
        for part in (self.button, self.word, self.field):
            self.row.addWidget(part)
        trainer.document.changed.connect(self._show)
        trainer.document.opened.connect(self._show)
        self.theme.changed.connect(self._show)
        self._show()

    def type(self) -> None:
        """Let the user type a seed."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Select all with the first click; leave without a change on Esc, and on Enter once it is done."""
        if watched is self.field and event.type() == QEvent.Type.FocusIn:
            self.field.selectAll()
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._show()
                self.field.clearFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.field.clearFocus()
                return True
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        seed = self.trainer.document.experiment.training.seed
        if not self.field.hasAcceptableInput():
            self._show()
        elif int(self.field.text()) != seed:
            self.trainer.new_start(int(self.field.text()))

    def _show(self) -> None:
        text = str(self.trainer.document.experiment.training.seed)
        self.field.setText(text)
        metrics = QFontMetrics(self.theme.font(self.theme.sizes.small))
        # Room for the seeds that are drawn, so that the toolbar stands still when a new one comes.
        self.field.setFixedWidth(metrics.horizontalAdvance(max(text, "8888", key=len)) + 8)
        self.setFixedHeight(self.theme.sizes.row + 2)


class DeviceChip(QToolButton):
    """Where it computes; the reason is its tooltip, and its menu chooses another device."""

    def __init__(self, document: Document, progress: Progress, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.progress = progress
        self.icons = icons
        set_class(self, "chip")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(18, 18))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        group = QActionGroup(self)
        self.choices: dict[str, QAction] = {}
        for tag, title in DEVICES.items():
            action = menu.addAction(title)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, tag=tag: self._choose(tag))
            group.addAction(action)
            self.choices[tag] = action
        self.setMenu(menu)
        document.changed.connect(self._show)
        document.opened.connect(self._show)
        progress.changed.connect(self._show)
        self._shown = ("", "", "")
        self._show()

    def _choose(self, tag: str) -> None:
        self.document.set({"training.device": tag}, self.tr("Device"))

    def _show(self) -> None:
        wanted = self.document.experiment.training.device
        begun = self.progress.begun
        device = begun.device if begun else "cpu" if wanted == "auto" else wanted
        reason = begun.device_reason if begun else self.tr("PyTorch is being loaded; then the device is chosen.")
        if (device, reason, wanted) == self._shown:
            return
        self._shown = (device, reason, wanted)
        on_cpu = device == "cpu"
        self.setText(self.tr("CPU") if on_cpu else self.tr("GPU"))
        self.setIcon(self.icons.get("cpu" if on_cpu else "gpu", "ok"))
        self.setToolTip(reason)
        self.setAccessibleName(self.tr("Device: {0}").format(self.text()))
        self.setAccessibleDescription(reason)
        self.choices[wanted].setChecked(True)
