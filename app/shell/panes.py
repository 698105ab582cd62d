"""What the docks hold: columns of panels that scroll, and the tabs at the bottom."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QGridLayout,
    QMainWindow,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import line

_PADDING = 16


@dataclass(frozen=True)
class Tab:
    """A tab at the bottom: its name for the program, title, widget, and what stands at the right of the tabs for it."""

    name: str
    title: str
    widget: QWidget
    corner: QWidget | None = None


@dataclass(frozen=True)
class Parts:
    """The widgets that the window shows. strip: one line of layer names, in place of a canvas that is folded away.

    below: a bar under all of them.
    """

    data: QWidget
    layers: QWidget
    canvas: QWidget
    output: QWidget
    training: QWidget
    tabs: tuple[Tab, ...]
    strip: QWidget | None = None
    below: QWidget | None = None


class _Column(QWidget):
    """What scrolls. widened: it needs another width than before, which a scroll area does not hear of by itself."""

    widened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._needed = 0

    def event(self, event: QEvent) -> bool:
        """Tell when a part has become wider or narrower."""
        if event.type() == QEvent.Type.LayoutRequest and self.minimumSizeHint().width() != self._needed:
            self._needed = self.minimumSizeHint().width()
            self.widened.emit()
        return super().event(event)


class Scroller(QScrollArea):
    """A panel, or several one under the other, that scrolls up and down; its dock is never narrower than it."""

    def __init__(self, panels: Sequence[QWidget], least: int, parent: QWidget | None = None) -> None:
        """Make a column; least: the width below which its dock is never made."""
        super().__init__(parent)
        self.least = least
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = _Column()
        inside.widened.connect(self.updateGeometry)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for place, panel in enumerate(panels):
            if place:
                column.addWidget(line())
            box = QVBoxLayout()
            box.setContentsMargins(_PADDING, 4, _PADDING, 12)
            box.addWidget(panel)
            column.addLayout(box)
        column.addStretch(1)
        self.setWidget(inside)

    def minimumSizeHint(self) -> QSize:
        """Return the least room in which something can be read: the panel's full width, some of its height."""
        widget = self.widget()
        wide = widget.minimumSizeHint().width() if widget is not None else 0
        return QSize(max(self.least, wide + self.verticalScrollBar().sizeHint().width()), 96)

    def sizeHint(self) -> QSize:
        """Return the room in which nothing needs to be scrolled."""
        inside = self.widget()
        layout = inside.layout() if inside is not None else None
        if inside is None or layout is None:
            return super().sizeHint()
        # A widget that wraps answers by its width alone, and so passes over what its panel asks for by itself.
        wrapped = layout.heightForWidth(self.viewport().width()) if layout.hasHeightForWidth() else 0
        return QSize(inside.sizeHint().width(), max(wrapped, layout.sizeHint().height()))


class Bottom(QWidget):
    """The tabs at the bottom; each may have controls of its own beside the row of tabs, or below where it is narrow.

    turned: another tab is shown. fill_wanted: a double click on a tab, to give it the room of the canvas or take it
    back.
    """

    turned = Signal(str)
    fill_wanted = Signal()

    def __init__(self, tabs: Sequence[Tab], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_class(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.tabs = tuple(tabs)
        self._beside: dict[QWidget, bool] = {}  # where the controls of a tab were put
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(True)
        self.bar.setElideMode(Qt.TextElideMode.ElideNone)
        self.bar.setAccessibleName(self.tr("Plots"))
        self.bar.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.pages = QStackedWidget()
        for place, tab in enumerate(tabs):
            if tab.corner is not None:
                tab.corner.setParent(self)  # what has no parent is shown as a window of its own
            self.bar.addTab(tab.title)
            tip = self.tr("{0} ({1}); a double click gives it the room of the canvas")
            self.bar.setTabToolTip(place, tip.format(tab.title, place + 1))
            self.pages.addWidget(tab.widget)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(0)
        self.grid.addWidget(self.bar, 0, 0, Qt.AlignmentFlag.AlignLeft)
        self.grid.addWidget(line(), 1, 0, 1, 2)
        self.grid.addWidget(self.pages, 3, 0, 1, 2)
        self.grid.setRowStretch(3, 1)
        self.grid.setColumnStretch(1, 1)
        self.bar.currentChanged.connect(self._turn)
        self.bar.tabBarDoubleClicked.connect(lambda index: self.fill_wanted.emit() if index >= 0 else None)
        theme.changed.connect(self._place)
        self._turn(self.bar.currentIndex())

    @property
    def name(self) -> str:
        """The name of the tab that is shown."""
        return self.tabs[self.bar.currentIndex()].name if self.tabs else ""

    def show_tab(self, name: str) -> None:
        """Show a tab by its name."""
        self.bar.setCurrentIndex([tab.name for tab in self.tabs].index(name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the controls where there is room for them."""
        super().resizeEvent(event)
        self._place()

    def _turn(self, place: int) -> None:
        self.pages.setCurrentIndex(place)
        for index, tab in enumerate(self.tabs):
            if tab.corner is not None:
                tab.corner.setVisible(index == place)
        self._place()
        self.turned.emit(self.name)

    def _place(self) -> None:
        corner = self.tabs[self.bar.currentIndex()].corner if self.tabs else None
        if corner is None:
            return
        beside = self.bar.sizeHint().width() + corner.sizeHint().width() + _PADDING <= self.width()
        alignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if self._beside.get(corner) is not beside:
            self._beside[corner] = beside
            self.grid.removeWidget(corner)
            row, column, columns = (0, 1, 1) if beside else (2, 0, 2)
            self.grid.addWidget(corner, row, column, 1, columns, alignment)

    def minimumSizeHint(self) -> QSize:
        """Return the least room for a plot."""
        return QSize(200, 200)


class Below(QToolBar):
    """A bar under all of the window, which comes and goes. The plots give it its height: the canvas stays as it is."""

    def __init__(self, window: QMainWindow, widget: QWidget | None, plots: QDockWidget) -> None:
        super().__init__()
        self.plots = plots
        self.setObjectName("below")
        self.setMovable(False)
        self.toggleViewAction().setVisible(False)  # it comes and goes by itself
        if widget is not None:
            self.addWidget(widget)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self)
        self.hide()

    def show_bar(self, on: bool) -> int:
        """Show or hide it; return by how much the plots have become higher."""
        window = self.window()
        if on == self.isVisibleTo(window):
            return 0
        higher = -self.sizeHint().height() if on else self.height()
        if isinstance(window, QMainWindow) and self.plots.isVisibleTo(window):
            window.resizeDocks([self.plots], [self.plots.height() + higher], Qt.Orientation.Vertical)
        self.setVisible(on)
        return higher
