"""The runs of a comparison as a table, in which names and values are edited."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.compare.chips import parsed
from core.choices.fields import Mistake
from core.experiment.comparisons import Offer, name_of, offer, title_at
from core.experiment.experiment import Experiment
from core.experiment.variants import Variant

Index = QModelIndex | QPersistentModelIndex


class RunsTable(QTableWidget):
    """A row for each run: its name, and what it sets.

    renamed: a run and its new name. set: a run, a path and the new value. removed: the Del key was pressed.
    """

    renamed = Signal(int, str)
    set = Signal(int, str, object)
    removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.base = Experiment()
        self.variants: tuple[Variant, ...] = ()
        self.paths: list[str] = []  # of the columns after the first
        self._offers: dict[str, Offer | None] = {}
        self.setAccessibleName(self.tr("Runs of the comparison"))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setItemDelegate(_Values(self))
        self.itemChanged.connect(self._edited)

    def show_runs(self, base: Experiment, variants: Sequence[Variant]) -> None:
        """Show the variants of an experiment."""
        self.base, self.variants = base, tuple(variants)
        self.paths = list(dict.fromkeys(path for variant in variants for path in variant.settings))
        self.blockSignals(True)
        self.setColumnCount(1 + len(self.paths))
        self.setHorizontalHeaderLabels([self.tr("Run"), *(self._title(path) for path in self.paths)])
        self.setRowCount(len(variants))
        for row, variant in enumerate(variants):
            self.setItem(row, 0, QTableWidgetItem(variant.name))
            for column, path in enumerate(self.paths, 1):
                self.setItem(row, column, QTableWidgetItem(self.words(variant, path)))
        for row in range(self.rowCount()):
            for column in range(self.columnCount()):
                self._cell(row, column).setToolTip(self.tr("A double click or F2 edits it"))
        self.blockSignals(False)

    def words(self, variant: Variant, path: str) -> str:
        """Return what a run sets at a path."""
        if path not in variant.settings:
            return self.tr("as set")
        value = variant.settings[path]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value:g}" if isinstance(value, float) else str(value)
        try:
            return name_of(self.base, path, value)
        except Mistake:  # a problem that the window names
            return str(value)

    def choices(self, column: int) -> Offer | None:
        """Return the values to choose from in a column, or None where a value is typed."""
        if not column:
            return None
        path = self.paths[column - 1]
        if path not in self._offers:
            self._offers[path] = offer(self.base, path)
        found = self._offers[path]
        typed = found is None or all(isinstance(value, int | float) or value == "all" for value in found.values)
        flags = found is not None and any(isinstance(value, bool) for value in found.values)
        return found if flags or not typed else None

    def edit_cell(self, row: int, column: int) -> None:
        """Select a cell and begin to edit it."""
        self.setCurrentCell(row, column)
        self.editItem(self._cell(row, column))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove with Del."""
        if event.key() == Qt.Key.Key_Delete and self.state() != QAbstractItemView.State.EditingState:
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def _title(self, path: str) -> str:
        try:
            title = title_at(self.base, path)
        except Mistake:
            title = path
        return title[:1].upper() + title[1:]

    def _cell(self, row: int, column: int) -> QTableWidgetItem:
        item = self.item(row, column)
        assert item is not None
        return item

    def _edited(self, item: QTableWidgetItem) -> None:
        if item.column():
            self.set.emit(item.row(), self.paths[item.column() - 1], parsed(item.text()))
        else:
            self.renamed.emit(item.row(), item.text().strip())


class _Values(QStyledItemDelegate):
    """Lets choose where there is a choice, and type where there is none."""

    def __init__(self, table: RunsTable) -> None:
        super().__init__(table)
        self.table = table

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return a box of the values that are offered, or a line."""
        offered = self.table.choices(index.column())
        if offered is None:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        box.setAccessibleName(offered.title)
        for name in offered.names:
            box.addItem(name)
        box.activated.connect(lambda _place: self._done(box))
        QTimer.singleShot(0, box, box.showPopup)
        return box

    def _done(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box, QStyledItemDelegate.EndEditHint.NoHint)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show what is set now."""
        if isinstance(editor, QComboBox):
            editor.setCurrentText(str(index.data()))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Take what was chosen or typed, if it is another value."""
        offered: Any = self.table.choices(index.column())
        if not isinstance(editor, QComboBox):
            super().setModelData(editor, model, index)
        elif editor.currentText() != index.data():
            path = self.table.paths[index.column() - 1]
            self.table.set.emit(index.row(), path, offered.values[editor.currentIndex()])
