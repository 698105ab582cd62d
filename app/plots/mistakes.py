"""The images that the network gets most wrong, each with its true and its predicted class."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.plots.digit_pad import grey_image
from app.plots.handwriting import Image
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from core.datasets.samples import Dataset
from core.probes.pictures import Mistakes, ReportPicture, image_of

Index = QModelIndex | QPersistentModelIndex
_PICTURE = 44  # pixels
_MOST = 120  # images to scroll through
_ROWS = 2


class MistakesModel(QAbstractListModel):
    """Wrong answers, the highest loss first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self.report: ReportPicture | None = None
        self.mistakes: Mistakes | None = None
        self._pictures: dict[tuple[str, int], QPixmap] = {}

    def show_mistakes(self, dataset: Dataset | None, report: ReportPicture | None, mistakes: Mistakes | None) -> None:
        """Take other mistakes; nothing happens where they are the same."""
        if dataset is not self.dataset:
            self._pictures.clear()
        same = (
            dataset is self.dataset
            and self.mistakes is not None
            and mistakes is not None
            and mistakes.index[:_MOST].tolist() == self.mistakes.index[:_MOST].tolist()
            and mistakes.predicted[:_MOST].tolist() == self.mistakes.predicted[:_MOST].tolist()
        )
        if same:
            self.report, self.mistakes = report, mistakes
            return
        self.beginResetModel()
        self.dataset, self.report, self.mistakes = dataset, report, mistakes
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many are shown."""
        if self.mistakes is None or (parent is not None and parent.isValid()):
            return 0
        return min(len(self.mistakes), _MOST)

    def classes(self, row: int) -> tuple[str, str]:
        """Return the names of the true and the predicted class."""
        assert self.dataset is not None
        assert self.mistakes is not None
        names = self.dataset.facts.classes
        return names[int(self.mistakes.true[row])], names[int(self.mistakes.predicted[row])]

    def image(self, row: int) -> Image:
        """Return an image (height, width) in 0 … 1."""
        assert self.dataset is not None
        assert self.mistakes is not None
        assert self.report is not None
        return image_of(self.dataset, self.report.part, int(self.mistakes.index[row]))

    def picture(self, row: int, side: int) -> QPixmap:
        """Return an image to be drawn."""
        assert self.mistakes is not None
        assert self.report is not None
        key = (self.report.part, int(self.mistakes.index[row]))
        if key not in self._pictures:
            grey = grey_image(self.image(row))
            mode = Qt.TransformationMode.SmoothTransformation
            self._pictures[key] = QPixmap.fromImage(grey).scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode)
        return self._pictures[key]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of an item, or the sentence about it."""
        if self.mistakes is None or self.report is None or not index.isValid():
            return None
        true, predicted = self.classes(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{true} → {predicted}"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            text = self.tr("{0} image {1}: true {2}, predicted {3}, loss {4}")
            place = int(self.mistakes.index[index.row()])
            loss = written(float(self.mistakes.loss[index.row()]))
            return text.format(self.report.part, f"{place:,}", true, predicted, loss)
        return None


class _Item(QStyledItemDelegate):
    def __init__(self, theme: Theme, model: MistakesModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.model = model

    def _text_height(self) -> int:
        return QFontMetrics(self.theme.font(self.theme.sizes.axis)).height()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the room of an image and a line of text."""
        return QSize(_PICTURE + 6, _PICTURE + self._text_height() + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the image, and under it the true class → the predicted one."""
        rect: QRect = option.rect
        theme = self.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = painter.device().devicePixelRatioF()
        picture = self.model.picture(index.row(), round(_PICTURE * ratio))
        square = QRect(rect.left() + (rect.width() - _PICTURE) // 2, rect.top() + 2, _PICTURE, _PICTURE)
        painter.drawPixmap(square, picture)
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(square).adjusted(-1, -1, 1, 1), 4, 4)
        true, predicted = self.model.classes(index.row())
        self._write(
            painter, QRect(rect.left(), square.bottom() + 3, rect.width(), self._text_height()), true, predicted
        )
        painter.restore()

    def _write(self, painter: QPainter, rect: QRect, true: str, predicted: str) -> None:
        theme = self.theme
        plain, bold = (theme.font(theme.sizes.axis, bold=weight) for weight in (False, True))
        arrow = " → " if len(true) + len(predicted) < 4 else "→"
        metrics = QFontMetrics(plain)
        room = (rect.width() - metrics.horizontalAdvance(arrow)) // 2
        first = metrics.elidedText(true, Qt.TextElideMode.ElideRight, room) + arrow
        second = QFontMetrics(bold).elidedText(predicted, Qt.TextElideMode.ElideRight, room)
        wide = metrics.horizontalAdvance(first), QFontMetrics(bold).horizontalAdvance(second)
        left = rect.left() + max(0, (rect.width() - sum(wide)) // 2)
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        for text, font, color, width in ((first, plain, "text2", wide[0]), (second, bold, "err", wide[1])):
            painter.setFont(font)
            painter.setPen(theme.color(color))
            painter.drawText(QRect(left, rect.top(), width + 2, rect.height()), flags, text)
            left += width


class MistakesView(QListView):
    """The grid. chosen: the image (height, width) of the one that was clicked, its part and its place there."""

    chosen = Signal(object, str, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.table = MistakesModel(self)
        self.setModel(self.table)
        self.setItemDelegate(_Item(theme, self.table, self))
        self.setAccessibleName(self.tr("Wrong answers, the worst first"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._choose)
        theme.changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        size = self.itemDelegate().sizeHint(QStyleOptionViewItem(), QModelIndex())
        self.setGridSize(size)
        self.setFixedHeight(size.height() * _ROWS)

    def _choose(self, index: QModelIndex) -> None:
        table = self.table
        if index.isValid() and table.report is not None and table.mistakes is not None:
            place = int(table.mistakes.index[index.row()])
            self.chosen.emit(table.image(index.row()), table.report.part, place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)
