"""The table of runs, with what can be done with one."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.plots.runs_model import ACCURACY, ENDED, EPOCHS, NAME, SETTINGS, SORT_ROLE, SWATCH, RunRow, RunsModel
from app.shell.style import set_class
from app.shell.theme import Theme
from core.exchange.formats import FORMATS

_WIDTHS = {NAME: 190, SETTINGS: 110, ACCURACY: 84, EPOCHS: 66, ENDED: 150}  # pixels, at the least
_NUMBER = 84
_NO_ARROW = "QHeaderView::up-arrow, QHeaderView::down-arrow { image: none; width: 0; }"


class _Sorted(QSortFilterProxyModel):
    """The rows in order; the title of the column that they are sorted by says so, for an arrow would cover it."""

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        """Return the title of a column."""
        found = super().headerData(section, orientation, role)
        if role == Qt.ItemDataRole.DisplayRole and section == self.sortColumn():
            return f"{found} {'↑' if self.sortOrder() == Qt.SortOrder.AscendingOrder else '↓'}"
        return found


class _Table(QTableView):
    """A table that deletes with Del and shows or hides with Enter."""

    delete = Signal()
    switch = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys of the table; one that the editor of a name has left over is not for it."""
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Delete:
            self.delete.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.switch.emit()
        else:
            super().keyPressEvent(event)


class RunsTable(QWidget):
    """The runs so far. All signals carry the Record.

    restore: its settings are to be put back on the screen. delete: it is to be forgotten. rename: with its new name.
    visibility: whether its curves are drawn. compare: a tuple of records that are to be trained anew side by side.
    export: a Format that its network is to be written in, and its place among all runs instead of the record, which is
    another one once the run goes on.
    """

    restore = Signal(object)
    delete = Signal(object)
    rename = Signal(object, str)
    visibility = Signal(object, bool)
    compare = Signal(object)
    export = Signal(object, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.model = RunsModel(theme, self)
        self.sorted = _Sorted(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT_ROLE)
        self.table = _Table()
        self.table.setModel(self.sorted)
        self.empty = QLabel(self.tr("Runs appear here once something has been trained."))
        set_class(self.empty, "caption")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._make_buttons()
        self._set_up_table()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(6)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        column.addLayout(self.buttons)
        self.model.renamed.connect(self.rename)
        self.model.shown.connect(self.visibility)
        theme.changed.connect(self._refresh)
        self.set_runs(())

    def _make_buttons(self) -> None:
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.restore_button = self._button(
            self.tr("Restore setup"), self.tr("Put the settings of this run back on the screen"), self._restore
        )
        self.compare_button = self._button(
            self.tr("Compare"),
            self.tr("Train the selected runs anew, all at once and side by side (Ctrl and a click select several)"),
            self._compare,
        )
        self.rename_button = self._button(self.tr("Rename"), self.tr("Give this run another name (F2)"), self._rename)
        self.delete_button = self._button(self.tr("Delete"), self.tr("Forget this run (Del)"), self._delete)
        self.buttons.addStretch(1)

    def _button(self, text: str, tip: str, slot: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(slot)
        self.buttons.addWidget(button)
        return button

    def _set_up_table(self) -> None:
        table = self.table
        table.setAccessibleName(self.tr("Runs"))
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setIconSize(SWATCH)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # runs often differ in the last word of their names
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setStyleSheet(_NO_ARROW)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._open_menu)
        table.selectionModel().selectionChanged.connect(lambda *_: self._show_buttons())
        table.delete.connect(self._delete)
        table.switch.connect(self._switch)
        self._refresh()

    # -- what is shown -------------------------------------------------------------------------------------------

    def set_runs(self, rows: Sequence[RunRow]) -> None:
        """Show these runs; the selected one stays selected."""
        places = {row.place for row in self.chosen}
        self.model.set_rows(rows)
        self.table.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        if places and not self.chosen:
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            for row, run in enumerate(rows):
                if run.place in places:
                    index = self.sorted.mapFromSource(self.model.index(row, 0))
                    self.table.selectionModel().select(index, flags)
        self._show_buttons()

    @property
    def selected(self) -> RunRow | None:
        """The run that is selected, if it is the only one."""
        chosen = self.chosen
        return chosen[0] if len(chosen) == 1 else None

    @property
    def chosen(self) -> tuple[RunRow, ...]:
        """All runs that are selected, in the order of the table."""
        places = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return tuple(self.model.rows[self.sorted.mapToSource(self.sorted.index(row, 0)).row()] for row in places)

    def _show_buttons(self) -> None:
        row = self.selected
        self.restore_button.setEnabled(row is not None)
        self.compare_button.setEnabled(len(self.chosen) > 1)
        for button in (self.rename_button, self.delete_button):
            button.setEnabled(row is not None and not row.current)

    def _refresh(self) -> None:
        self.model.refresh()
        self.table.verticalHeader().setDefaultSectionSize(self.theme.sizes.row)
        self._fit()

    def _fit(self) -> None:
        """Give each column its room, and what differs all the rest."""
        scale = self.theme.sizes.small / 12
        header = self.table.horizontalHeader()
        widths = {column: round(_WIDTHS.get(column, _NUMBER) * scale) for column in range(ENDED + 1)}
        rest = self.width() - 24 - 12 - sum(widths.values())  # margins and a scroll bar
        widths[SETTINGS] += max(0, rest)
        for column, width in widths.items():
            header.resizeSection(column, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room out anew."""
        super().resizeEvent(event)
        self._fit()

    # -- what is done --------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        row = self.selected
        if row is not None:
            self.restore.emit(row.record)

    def _compare(self) -> None:
        if len(self.chosen) > 1:
            self.compare.emit(tuple(row.record for row in self.chosen))

    def _delete(self) -> None:
        row = self.selected
        if row is not None and not row.current:
            self.delete.emit(row.record)

    def _rename(self) -> None:
        indexes = self.table.selectionModel().selectedRows(NAME)
        if indexes:
            self.table.setFocus()
            self.table.edit(indexes[0])

    def _switch(self) -> None:
        row = self.selected
        if row is not None:
            self.visibility.emit(row.record, not row.visible)

    def _open_menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if not index.isValid():
            return
        if index.row() not in {found.row() for found in self.table.selectionModel().selectedRows()}:
            self.table.selectRow(index.row())
        self.menu(index).popup(self.table.viewport().mapToGlobal(place))

    def menu(self, index: QModelIndex) -> QMenu:
        """Return what can be done with the run of a row."""
        row = self.model.rows[self.sorted.mapToSource(index).row()]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if len(self.chosen) > 1:
            menu.addAction(self.compare_button.text(), self._compare)
            return menu
        menu.addAction(self.restore_button.text(), self._restore)
        menu.addAction(self.tr("Hide curves") if row.visible else self.tr("Show curves"), self._switch)
        export = menu.addMenu(self.tr("Export"))
        export.setToolTipsVisible(True)
        for form in FORMATS.values():
            action = export.addAction(f"{form.title}…", partial(self.export.emit, form, row.place))
            action.setToolTip(form.sentence)
        if not row.current:
            menu.addAction(self.rename_button.text(), self._rename)
            menu.addAction(self.delete_button.text(), self._delete)
        return menu
