"""The confusion matrix: how often each class was taken for each other."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.shell.theme import Theme
from core.probes.pictures import ReportPicture

Index = QModelIndex | QPersistentModelIndex
_RIGHT = 0.16  # opacity of right answers
_LEAST, _MOST = 0.12, 0.87  # of wrong ones, by how many
_MIDDLE = 0.42  # brightness from which dark text is read better
_TALLEST = 28  # pixels of a row
_SHORT = 3  # letters of a class above its column, where names are long
_HEADER = "QHeaderView::section { padding: 0 2px; border: none; min-height: 0; }"


class ConfusionModel(QAbstractTableModel):
    """Counts by true class (rows) and predicted class (columns)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.classes: tuple[str, ...] = ()
        self.picture: ReportPicture | None = None
        self.most_wrong = 0

    def set_classes(self, classes: Sequence[str]) -> None:
        """Take other classes, without counts."""
        self.beginResetModel()
        self.classes = tuple(classes)
        self.picture = None
        self.endResetModel()

    def set_picture(self, picture: ReportPicture) -> None:
        """Take counts of the same classes."""
        counts = picture.counts.copy()
        counts[range(len(counts)), range(len(counts))] = 0
        self.picture = picture
        self.most_wrong = int(counts.max(initial=0))
        last = self.index(len(self.classes) - 1, len(self.classes) - 1)
        self.dataChanged.emit(self.index(0, 0), last)

    def count(self, row: int, column: int) -> int:
        """Return how often the class of a row was taken for that of a column."""
        return 0 if self.picture is None else int(self.picture.counts[row, column])

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of classes."""
        return 0 if parent is not None and parent.isValid() else len(self.classes)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of classes."""
        return self.rowCount(parent)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell, or the sentence about it."""
        count = self.count(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{count}" if count else ""
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            text = self.tr("true {0}, predicted {1}: {2}")
            return text.format(self.classes[index.row()], self.classes[index.column()], f"{count:,}")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        """Return the name of a class."""
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.classes[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation == Qt.Orientation.Vertical:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.DisplayRole:
            name = self.classes[section]
            short = orientation == Qt.Orientation.Horizontal and len(name) > _SHORT
            return name[:_SHORT] if short else name
        return None


class _Cell(QStyledItemDelegate):
    """Draws a cell: right answers blue, wrong ones orange by their number."""

    def __init__(self, theme: Theme, model: ConfusionModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.model = model

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the least size: the view makes cells fill it."""
        return QSize(20, 20)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw it."""
        theme, row, column = self.theme, index.row(), index.column()
        count = self.model.count(row, column)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect).adjusted(1, 1, -1, -1)
        color = theme.color("positive", _RIGHT)
        if row != column:
            opacity = _LEAST + (_MOST - _LEAST) * count / max(self.model.most_wrong, 1)
            color = theme.color("negative", opacity) if count else theme.color("canvas")
        state = option.state
        painter.setPen(QPen(theme.color("accent"), 2) if state & QStyle.StateFlag.State_Selected else Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(rect, 3, 3)
        if count:
            font = theme.font(theme.sizes.axis, bold=row == column)
            text = f"{count}"
            if QFontMetricsF(font).horizontalAdvance(text) > rect.width():
                text = f"{count / 1000:.1f}k" if count < 10_000 else f"{count / 1000:.0f}k"
            painter.setFont(font)
            painter.setPen(self._ink(color))
            painter.drawText(rect.adjusted(-2, 0, 2, 0), int(Qt.AlignmentFlag.AlignCenter), text)
        painter.restore()

    def _ink(self, color: QColor) -> QColor:
        """Return the colour of the text on a colour over the panel: whichever of light and dark is read better."""
        panel, share = self.theme.color("panel"), color.alphaF()
        light = _brightness(color) * share + _brightness(panel) * (1 - share)
        return self.theme.color("text" if not self.theme.dark or light < _MIDDLE else "dotRing")


def _brightness(color: QColor) -> float:
    return 0.299 * color.redF() + 0.587 * color.greenF() + 0.114 * color.blueF()


class ConfusionView(QTableView):
    """The matrix. chosen: the true and the predicted class (indices) of the cell that was clicked, or None."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.table = ConfusionModel(self)
        self.choice: tuple[int, int] | None = None
        self.setModel(self.table)
        self.setItemDelegate(_Cell(theme, self.table, self))
        self.setAccessibleName(self.tr("Confusion matrix: rows are true classes, columns predicted ones"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setMinimumSectionSize(8)
            header.setSectionsClickable(False)
            header.setHighlightSections(False)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setStyleSheet(_HEADER)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._click)
        theme.changed.connect(self._fit)

    def set_classes(self, classes: Sequence[str]) -> None:
        """Show these classes, without counts."""
        self.choice = None
        self.table.set_classes(classes)
        self._fit()

    def set_picture(self, picture: ReportPicture) -> None:
        """Show the counts of a report."""
        self.table.set_picture(picture)

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Choose a cell (true, predicted), or none."""
        if cell is None:
            self.clearSelection()
        else:
            self.setCurrentIndex(self.table.index(*cell))
        if cell != self.choice:
            self.choice = cell
            self.chosen.emit(cell)

    def _click(self, index: QModelIndex) -> None:
        cell = (index.row(), index.column())
        self.choose(None if cell == self.choice else cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter, let go with Esc."""
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._click(index)
        elif event.key() == Qt.Key.Key_Escape and self.choice is not None:
            self.choose(None)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the cells fill the width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        count = len(self.table.classes)
        if not count:
            return
        font = self.theme.font(self.theme.sizes.axis)
        metrics = QFontMetricsF(font)
        names = round(min(max(metrics.horizontalAdvance(name) for name in self.table.classes) + 8, 84))
        top = round(metrics.height() + 6)
        wide = max((self.width() - names) // count, 12)
        tall = min(wide, round(_TALLEST * self.theme.sizes.axis / 11))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setFont(font)
        self.verticalHeader().setFixedWidth(names)
        self.horizontalHeader().setFixedHeight(top)
        self.horizontalHeader().setDefaultSectionSize(wide)
        self.verticalHeader().setDefaultSectionSize(tall)
        self.setFixedHeight(top + tall * count + 2)
