"""The layers as a table that a list on the screen and a screen reader can read, and that can be edited in place."""

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.canvas.editors import keep_keys, rate_box, units_box
from app.canvas.edits import LayerEdits
from app.canvas.plan import CardPlan, NetworkPlan, activation_title
from app.canvas.words import counted
from core.choices.activations import ACTIVATIONS

NAME, SIZE, ACTIVATION = range(3)
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class LayersModel(QAbstractTableModel):
    """A row for each layer from input to output: its name, its units or rate, its activation."""

    def __init__(self, edits: LayerEdits, plan: NetworkPlan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self.plan = plan

    def show_plan(self, plan: NetworkPlan) -> None:
        """Show another network."""
        same = [card.id for card in plan.cards] == [card.id for card in self.plan.cards]
        if same:
            self.plan = plan
            self.dataChanged.emit(self.index(0, NAME), self.index(self.rowCount() - 1, ACTIVATION))
        else:
            self.beginResetModel()
            self.plan = plan
            self.endResetModel()

    def row_of(self, layer: str | None) -> int | None:
        """Return the row of a layer."""
        return next((row for row, card in enumerate(self.plan.cards) if card.id == layer), None)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of layers."""
        return 0 if parent.isValid() else len(self.plan.cards)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return 3."""
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a column is called."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("Layer"), self.tr("Units or rate"), self.tr("Activation"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a text, what an editor begins with, or what a screen reader says."""
        card = self.plan.cards[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(card)[index.column()]
        if role == Qt.ItemDataRole.EditRole:
            size = card.rate if card.kind == "dropout" else card.units
            return (card.name, size, card.activation)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.description(card)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.own_words(index) or self.description(card)
        return self._look(card, index, role)

    def _look(self, card: CardPlan, index: Index, role: int) -> Any:
        if role == Qt.ItemDataRole.FontRole and self.field(index) in card.own:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == SIZE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _texts(self, card: CardPlan) -> tuple[str, str, str]:
        size = f"{card.rate:g}" if card.kind == "dropout" else "?" if card.units is None else f"{card.units:,}"
        return card.name, size, activation_title(card.activation) if card.activation else ""

    def description(self, card: CardPlan) -> str:
        """Return a layer in words, with what is wrong with it."""
        parts = [card.name]
        if card.kind == "dropout":
            parts.append(self.tr("rate {rate}").format(rate=f"{card.rate:g}"))
        elif card.units is not None:
            parts.append(counted(card.units, self.tr("unit"), self.tr("units")))
        if card.activation:
            parts.append(activation_title(card.activation))
        return "\n".join([", ".join(parts), *(problem.sentence for problem in card.problems)])

    def field(self, index: Index) -> str:
        """Return the field of a layer that a cell shows."""
        kind = self.plan.cards[index.row()].kind
        return ("name", "rate" if kind == "dropout" else "units", "activation")[index.column()]

    def own_words(self, index: Index) -> str:
        """Return what there is to say of a cell that runs have for themselves; empty for another."""
        return self._edits.shown.sentence((self.plan.cards[index.row()].id, self.field(index)))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Tell what can be edited: names but the input's, units and activation of Dense, the rate of Dropout."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        card = self.plan.cards[index.row()]
        editable = {"input": (), "dense": (NAME, SIZE, ACTIVATION), "dropout": (NAME, SIZE), "output": (NAME,)}
        mine = index.column() in editable[card.kind] and self.field(index) not in card.own
        return flags | Qt.ItemFlag.ItemIsEditable if mine else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Edit the document."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        card = self.plan.cards[index.row()]
        if index.column() == NAME:
            self._edits.rename(card.id, value)
        elif index.column() == ACTIVATION:
            self._edits.set_activation(card.id, value)
        elif card.kind == "dropout":
            self._edits.set_rate(card.id, value)
        else:
            self._edits.set_units(card.id, value)
        return True


class LayersDelegate(QStyledItemDelegate):
    """Gives each column the editor that fits its values."""

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return a line, a spin box or a choice of activations."""
        value = index.data(Qt.ItemDataRole.EditRole)
        if index.column() == ACTIVATION:
            choice = keep_keys(QComboBox(parent))
            for tag, row in ACTIVATIONS.items():
                choice.addItem(row.title, tag)
            choice.setAccessibleName(self.tr("Activation"))
            return choice
        if index.column() == SIZE:
            return rate_box(parent, value) if isinstance(value, float) else units_box(parent, value)
        line = keep_keys(QLineEdit(parent))
        line.setMaxLength(80)
        line.setAccessibleName(self.tr("Name of the layer"))
        return line

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the value."""
        value = index.data(Qt.ItemDataRole.EditRole)
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(value))
        elif isinstance(editor, QSpinBox | QDoubleSpinBox):
            editor.setValue(value)
        elif isinstance(editor, QLineEdit):
            editor.setText(value)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Take what was chosen or typed."""
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentData())
        elif isinstance(editor, QSpinBox | QDoubleSpinBox):
            editor.interpretText()
            model.setData(index, editor.value())
        elif isinstance(editor, QLineEdit):
            model.setData(index, editor.text())
