"""The list of the layers beside the canvas: the same network for keyboard and screen reader."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from app.canvas.actions import LayerActions
from app.canvas.curves import Curves
from app.canvas.edits import LayerEdits
from app.canvas.layers_model import ACTIVATION, NAME, SIZE, Index, LayersDelegate, LayersModel
from app.canvas.menus import insert_menu, layer_menu
from app.canvas.plan import NetworkPlan
from app.shell.selection import Selection
from app.shell.theme import Theme

_MOST_ROWS = 10  # beyond it the list scrolls
_OWN_KEYS = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_F2,
)


class LayersList(QTableView):
    """Rows from input to output; ↑ ↓ select, Enter edits, Ctrl+↑ ↓ moves, Del deletes, Insert inserts.

    compare: the path of a setting that is to be compared, or "".
    """

    compare = Signal(str)

    def __init__(
        self, edits: LayerEdits, selection: Selection, theme: Theme, plan: NetworkPlan, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._edits = edits
        self._selection = selection
        self._theme = theme
        self.curves: Curves = {}
        self.menu: QMenu | None = None
        self.actions_on_layers = LayerActions(edits, selection, self)
        self.layers = LayersModel(edits, plan, self)
        self.setModel(self.layers)
        self.setItemDelegate(LayersDelegate(self))
        self.setAccessibleName(self.tr("Layers of the network"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.hide()
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.actions_on_layers.insert_asked.connect(self.open_insert_menu)
        self.actions_on_layers.rename_asked.connect(lambda: self._edit(NAME))
        self.actions_on_layers.edit_asked.connect(lambda: self._edit(self.currentIndex().column()))
        selection.layer_changed.connect(self._follow)
        theme.changed.connect(self._fit)
        self._fit()

    def show_plan(self, plan: NetworkPlan) -> None:
        """Show another network."""
        self.layers.show_plan(plan)
        self._fit()
        self._follow(self._selection.layer)

    def _fit(self) -> None:
        height = self._theme.sizes.row - 4
        self.verticalHeader().setDefaultSectionSize(height)
        for column in (SIZE, ACTIVATION):
            self.setColumnWidth(column, self.sizeHintForColumn(column))
        self.setFixedHeight(height * min(self.layers.rowCount(), _MOST_ROWS) + 4)

    def _follow(self, layer: str | None) -> None:
        """Go to the selected layer, in the column where the cursor is."""
        row = self.layers.row_of(layer)
        if row is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif row != self.currentIndex().row():
            index = self.layers.index(row, max(self.currentIndex().column(), NAME))
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().setCurrentIndex(index, flags)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Select the layer of the row."""
        super().currentChanged(current, previous)
        if current.isValid():
            self._selection.select_layer(self.layers.plan.cards[current.row()].id)

    def _edit(self, column: int) -> None:
        """Edit in place; by Enter on a name, too, which a double click renames."""
        index = self.currentIndex()
        if index.isValid():
            there = self.layers.index(index.row(), column)
            if self.layers.flags(there) & Qt.ItemFlag.ItemIsEditable:
                self.edit(there)
            else:
                own = self.layers.own_words(there)
                self._edits.hint.emit(own or self.tr("This follows from data and loss."))

    def open_insert_menu(self) -> None:
        """Open "Insert layer after …" below the row."""
        rect = self.visualRect(self.currentIndex())
        menu = insert_menu(self, self._edits, self._selection.layer)
        self._popup(menu, self.viewport().mapToGlobal(rect.bottomLeft() + QPoint(8, 0)))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of a layer."""
        layer = self._selection.layer
        if layer is not None:
            at = event.globalPos()
            if event.reason() == QContextMenuEvent.Reason.Keyboard:
                at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
            actions, ask = self.actions_on_layers, self.compare.emit
            self._popup(layer_menu(self, self._edits, actions, layer, self._theme, self.curves, ask), at)

    def _popup(self, menu: QMenu, at: QPoint) -> None:
        self.menu = menu
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.aboutToHide.connect(self._forget_menu)
        menu.popup(at)

    def _forget_menu(self) -> None:
        self.menu = None

    def event(self, event: QEvent) -> bool:
        """Keep the keys that are this list's from the shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key is for; one that an editor has left over is not for the list."""
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif self.currentIndex().column() == NAME and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Most often the size is to be changed; F2 renames.
            self._edit(SIZE if self._edits.selected is not None else NAME)
        elif not self.actions_on_layers.press(event):
            super().keyPressEvent(event)
