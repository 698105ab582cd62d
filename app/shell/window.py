"""The window: menus, toolbar and banner above, panels at both sides, plots below, the canvas in the middle."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDockWidget,
    QMainWindow,
    QMenuBar,
    QVBoxLayout,
    QWidget,
)

from app.document.document import Document
from app.shell.about import show_about, show_keys
from app.shell.actions import Actions
from app.shell.icons import Icons
from app.shell.menus import Menus, ThemeMenu, key_table
from app.shell.panes import Below, Bottom, Parts
from app.shell.placing import FRAMED_MS, first_size, keep_on_screen
from app.shell.progress import Progress
from app.shell.settings import Settings
from app.shell.sides import Side
from app.shell.speed import Speed
from app.shell.statusbar import StatusBar
from app.shell.theme import Theme
from app.shell.toolbar import Toolbar
from app.shell.widgets.banner import Banner
from app.shell.widgets.help import dismiss_card
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.choices.datasets import DATASETS
from core.choices.fields import Mistake, Tagged

_LAYOUT = 1  # counts up when docks change so that an older layout no longer fits
_STRIP = 40  # height of the canvas that is folded away


class MainWindow(QMainWindow):
    """Holds the parts and the actions; what the parts do is theirs.

    dropped: a file was dropped on the window. speed_changed: steps a second, or None for no limit. closing: asked
    before it closes; a slot may call ``keep_open``.
    """

    dropped = Signal(object)  # Path
    closing = Signal()

    def __init__(
        self,
        parts: Parts,
        document: Document,
        session: Session,
        trainer: Trainer,
        theme: Theme,
        icons: Icons,
        settings: Settings,
    ) -> None:
        super().__init__()
        self.parts = parts
        self.document = document
        self.session = session
        self.trainer = trainer
        self.theme = theme
        self.settings = settings
        self._keep_open = False
        self._shown = False
        self._bottom_height = 260
        self._usual_widths: list[int] = []  # of the sides, before presentation
        self._width_without_images = 0  # of the right dock, while there are images; 0: there are none
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setMinimumSize(880, 600)
        self.resize(self.sizeHint())
        self.commands = Actions(self, icons)
        self.progress = Progress(session, parent=self)
        self.speed = Speed(self)
        self.toolbar = Toolbar(self.commands, document, trainer, self.progress, self.speed, icons)
        self.banner = Banner(icons)
        self.menu_bar = QMenuBar()
        self.menus = Menus(self.menu_bar, self.commands)
        self.status = StatusBar(trainer, self.progress, theme)
        self.setStatusBar(self.status)
        self._put_together()
        self._bind()
        self._show_title()
        self._show_undo()
        self._show_right()
        self._restored = self._restore_layout()

    # -- parts ---------------------------------------------------------------------------------------------------

    def _put_together(self) -> None:
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.menu_bar, self.toolbar, self.banner):
            column.addWidget(part)
        self.setMenuWidget(top)
        data, layers = (self.tr("Data"), self.parts.data), (self.tr("Layers"), self.parts.layers)
        self.left = Side(data, layers, 200, 0.45)
        output, training = (self.tr("Output"), self.parts.output), (self.tr("Training"), self.parts.training)
        self.right = Side(output, training, 320, 0.3)
        self.bottom = Bottom(self.parts.tabs, self.theme)
        self.docks = {
            "left": self._dock("left", self.tr("Data and layers"), self.left, Qt.DockWidgetArea.LeftDockWidgetArea),
            "right": self._dock(
                "right", self.tr("Output and training"), self.right, Qt.DockWidgetArea.RightDockWidgetArea
            ),
            "bottom": self._dock("bottom", self.tr("Plots"), self.bottom, Qt.DockWidgetArea.BottomDockWidgetArea),
        }
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            self.setCorner(corner, area)
        self.centre = QWidget()
        self.centre.setMinimumSize(240, _STRIP)
        middle = QVBoxLayout(self.centre)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        if self.parts.strip is not None:
            middle.addWidget(self.parts.strip)
            self.parts.strip.hide()
        middle.addWidget(self.parts.canvas, 1)
        self.setCentralWidget(self.centre)
        self.below = Below(self, self.parts.below, self.docks["bottom"])

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title)
        dock.setObjectName(name)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setTitleBarWidget(QWidget())  # the panels have headings of their own
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _bind(self) -> None:
        actions, trainer = self.commands, self.trainer
        actions.bind("train", self.train)
        actions.bind("step_epoch", trainer.step_epoch)
        actions.bind("rewind", trainer.rewind)
        actions.bind("new_start", trainer.new_start)
        actions.bind("type_seed", self.toolbar.seed.type)
        actions.bind("slower", self.speed.slower)
        actions.bind("faster", self.speed.faster)
        actions.bind("undo", self.document.undo_stack.undo)
        actions.bind("redo", self.document.undo_stack.redo)
        actions.bind("fill", self._fill)
        actions.bind("theme", self._next_theme)
        actions.bind("presentation", lambda on: self.theme.set(presentation=on))
        actions.bind("full_screen", self._full_screen)
        actions.bind("reset_layout", self.reset_layout)
        actions.bind("shortcuts", lambda: show_keys(self, key_table(actions, len(self.parts.tabs))))
        actions.bind("about", lambda: show_about(self, self.session.torch_version))
        actions.bind("quit", self.close)
        actions.attach(self.parts.canvas)
        actions.attach(self.parts.layers)
        self._fill_view_menu()
        self.toolbar.train.show_state()
        self.bottom.fill_wanted.connect(actions["fill"].toggle)
        self.speed.changed.connect(self._new_speed)
        self.document.changed.connect(self._show_right)
        self.document.opened.connect(self._show_right)
        self.document.file_changed.connect(self._show_title)
        self.document.changed.connect(self._show_title)
        for changed in self._undo_signals():
            changed.connect(self._show_undo)
        self.trainer.problems_changed.connect(self._show_steps)
        self.theme.changed.connect(self._themed)
        self._themed()

    def _fill_view_menu(self) -> None:
        actions = self.commands
        tabs = []
        for place, tab in enumerate(self.parts.tabs):
            action = self.menus.menus["view"].addAction(tab.title)
            action.setShortcut(str(place + 1))
            action.triggered.connect(lambda _checked=False, name=tab.name: self.show_tab(name))
            tabs.append(action)
            self.addAction(action)
        self.menus.insert_group("view", actions["fill"], tabs)
        panels = [dock.toggleViewAction() for dock in self.docks.values()]
        self.menus.insert_group("view", actions["theme"], panels)
        self.menus.insert("view", actions["theme"], [ThemeMenu(self.theme)])

    # -- what the keys and buttons do ----------------------------------------------------------------------------

    def train(self) -> None:
        """Train at the speed of the slider, or pause."""
        self.trainer.toggle(self.speed.rate)

    def show_tab(self, name: str) -> None:
        """Show a tab of the bottom, and the bottom if it is hidden."""
        self.docks["bottom"].show()
        self.bottom.show_tab(name)

    def show_below(self, on: bool) -> None:
        """Show the bar under all parts, or hide it."""
        self._bottom_height += self.below.show_bar(on)

    def hint(self, text: str) -> None:
        """Show a hint in the status bar until the next one; an empty one ends it."""
        self.status.showMessage(text)

    def _new_speed(self, rate: float | None) -> None:
        if self.session.phase is Phase.TRAINING:
            self.session.go(rate=rate)

    def _fill(self, on: bool) -> None:
        """Give the plots the room of the canvas, which folds to a strip of layer names; or take it back."""
        if on:
            self._bottom_height = self.docks["bottom"].height()
            self.docks["bottom"].show()
            self.bottom.bar.setFocus(Qt.FocusReason.OtherFocusReason)
        self.parts.canvas.setVisible(not on)
        if self.parts.strip is not None:
            self.parts.strip.setVisible(on)
        strip = self.parts.strip.sizeHint().height() if self.parts.strip is not None else 0
        self.centre.setMinimumHeight(strip if on else _STRIP)
        self.centre.setMaximumHeight(max(1, strip) if on else 16_777_215)
        height = self.height() if on else self._bottom_height
        self.resizeDocks([self.docks["bottom"]], [height], Qt.Orientation.Vertical)

    def _next_theme(self) -> None:
        self.theme.set(mode="light" if self.theme.dark else "dark")

    def _full_screen(self, on: bool) -> None:
        if on:
            self.showFullScreen()
        else:
            self.showNormal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys that the focused widget left: Esc, and Enter, which works a button as Space does elsewhere."""
        focused = QApplication.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            if not dismiss_card(self):
                self.commands["cancel"].trigger()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QAbstractButton):
            focused.click()
        else:
            super().keyPressEvent(event)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show_title(self) -> None:
        path = self.document.path
        name = path.stem if path is not None else self.document.experiment.name
        self.setWindowTitle(f"{name}[*] – Downhill")
        self.setWindowModified(self.document.unsaved)

    def _undo_signals(self) -> tuple[SignalInstance, ...]:
        stack = self.document.undo_stack
        return stack.canUndoChanged, stack.canRedoChanged, stack.undoTextChanged, stack.redoTextChanged

    def _show_undo(self) -> None:
        stack = self.document.undo_stack
        for name, can, text, plain in (
            ("undo", stack.canUndo(), stack.undoText(), self.tr("&Undo")),
            ("redo", stack.canRedo(), stack.redoText(), self.tr("&Redo")),
        ):
            self.commands[name].setEnabled(can)
            self.commands[name].setText(f"{plain} {text}".strip())

    def _show_right(self) -> None:
        images, dock = _has_images(self.document.experiment.data.source), self.docks["right"]
        if images and not self._width_without_images and self.isVisible():
            self._width_without_images = dock.width()
        elif not images and self._width_without_images:
            # The dock grows with the counts in the matrix of classes, and would stay so.
            width, self._width_without_images = self._width_without_images, 0
            QTimer.singleShot(0, self, lambda: self.resizeDocks([dock], [width], Qt.Orientation.Horizontal))
        self.right.set_tabbed(images)
        self.right.share_out_soon()

    def _show_steps(self) -> None:
        for name in ("step_batch", "step_epoch", "rewind", "new_start"):
            self.commands[name].setEnabled(self.trainer.can_train)

    def _themed(self) -> None:
        sides = [self.docks["left"], self.docks["right"]]
        if self.theme.presentation and not self.settings.presentation:
            self._usual_widths = [dock.width() for dock in sides]
        elif self.settings.presentation and not self.theme.presentation and self._usual_widths:
            # Docks grow with the type in them, and would stay so. The panels shrink only once they are laid out anew.
            widths, self._usual_widths = self._usual_widths, []
            QTimer.singleShot(0, self, lambda: self.resizeDocks(sides, widths, Qt.Orientation.Horizontal))
        self.settings.theme = self.theme.mode
        self.settings.presentation = self.theme.presentation
        self.commands["presentation"].setChecked(self.theme.presentation)
        for _name, side in self._sides():
            side.share_out_soon()

    # -- layout --------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return the size of the first start."""
        return first_size(self.screen())

    def _restore_layout(self) -> bool:
        """Take the layout of the last time, before the window is shown; False if there is none."""
        geometry, docks = self.settings.layout("window"), self.settings.layout("docks")
        if geometry is not None:
            self.restoreGeometry(geometry)
        restored = docks is not None and self.restoreState(docks, _LAYOUT)
        self.below.hide()  # of the moment, as the runs are
        return restored

    def showEvent(self, event: QShowEvent) -> None:
        """Lay out what can only be laid out once there is a size, and give the keyboard to the canvas."""
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            if not self._restored:
                self._first_layout()
                QTimer.singleShot(FRAMED_MS, self, lambda: keep_on_screen(self))
            for name, side in self._sides():
                side.restore(self.settings.layout(name))
            self.parts.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def reset_layout(self) -> None:
        """Put everything back to where it was at first."""
        self.settings.forget_layout()
        self.commands["fill"].setChecked(False)
        self._first_layout()
        for _name, side in self._sides():
            side.restore(None)

    def _first_layout(self) -> None:
        for dock in self.docks.values():
            dock.show()
        wide = [self.docks["left"], self.docks["right"]]
        self.resizeDocks(wide, [240, 360], Qt.Orientation.Horizontal)
        below = self.below.height() if self.below.isVisible() else 0
        self.resizeDocks([self.docks["bottom"]], [260 - below], Qt.Orientation.Vertical)

    def _sides(self) -> tuple[tuple[str, Side], ...]:
        return ("left", self.left), ("right", self.right)

    def save_layout(self) -> None:
        """Remember the layout."""
        self.commands["fill"].setChecked(False)  # a filled centre is of the moment
        self.show_below(False)  # as the runs are
        self.settings.set_layout("window", self.saveGeometry())
        self.settings.set_layout("docks", self.saveState(_LAYOUT))
        for name, side in self._sides():
            self.settings.set_layout(name, side.save())

    def keep_open(self) -> None:
        """Called while ``closing`` is told: do not close now."""
        self._keep_open = True

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask whether it may close, then remember the layout."""
        self._keep_open = False
        self.closing.emit()
        if self._keep_open:
            event.ignore()
            return
        self.save_layout()
        for changed in self._undo_signals():
            changed.disconnect(self._show_undo)  # a stack that is destroyed emits once more
        event.accept()

    # -- files ---------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file."""
        if _file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which file."""
        path = _file(event)
        if path is not None:
            event.acceptProposedAction()
            self.dropped.emit(path)


def _has_images(source: Tagged) -> bool:
    """Tell whether a data set is of images. One whose facts stand in a file is not, and nothing is read here."""
    facts = DATASETS[source.kind].facts
    try:
        return not isinstance(facts, str) and facts(source).image
    except Mistake:
        return False


def _file(event: QDropEvent) -> Path | None:
    """Return the one file that is dragged."""
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
