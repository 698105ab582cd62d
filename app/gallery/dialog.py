"""The gallery: examples with a picture of their data, a name and the question that they ask."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.gallery.pictures import picture, stands_in
from app.shell.background import Background
from app.shell.icons import Icons, draw
from app.shell.style import set_class
from core.choices.datasets import DATASETS
from core.experiment.examples import example_names, read_example
from core.experiment.experiment import Experiment

_NAME = Qt.ItemDataRole.UserRole
_EXPERIMENT = Qt.ItemDataRole.UserRole + 1
_PICTURE = Qt.ItemDataRole.UserRole + 2
_LINES = 4  # of the question
_PICTURE_SIZE = QSize(188, 112)
_PADDING = 12
# The order in which a course meets them; others follow in the order of the alphabet.
_FIRST = ("perceptron", "pass-the-class", "xor", "circle", "gaussians", "spiral", "plane")


class Gallery(QDialog):
    """One chooses an example, or an empty network. chosen: the experiment."""

    chosen = Signal(object)

    def __init__(self, icons: Icons, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.icons = icons
        self.background = background
        self.setWindowTitle(self.tr("New experiment"))
        self.resize(924, 660)
        heading = QLabel(self.tr("Start from an example"))
        set_class(heading, "metric")
        note = QLabel(self.tr("Everything in it can be changed afterwards."))
        set_class(note, "caption")
        self.model = QStandardItemModel(self)
        self.list = _Cards()
        self.list.setModel(self.model)
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setSpacing(4)
        self.list.setItemDelegate(_Delegate(icons, self.list))
        set_class(self.list, "cards")
        self.list.setAccessibleName(self.tr("Examples"))
        self.list.opened.connect(self._choose)
        self.list.selectionModel().currentChanged.connect(self._enable)
        self.open_button = QPushButton(self.tr("Open"))
        set_class(self.open_button, "primary")
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(lambda: self._choose(self.list.currentIndex()))
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        below = QHBoxLayout()
        below.addWidget(note)
        below.addStretch(1)
        below.addWidget(cancel)
        below.addWidget(self.open_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(self.list, 1)
        column.addLayout(below)
        self._fill()
        icons.theme.changed.connect(self._draw)
        self._enable()

    def _fill(self) -> None:
        names = sorted(example_names(), key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
        empty = Experiment(question=self.tr("Input and output, and nothing between them yet."))
        self._add("", self.tr("Empty network"), empty)
        for name in names:
            experiment = read_example(name)
            self._add(name, experiment.name, experiment)
        self.list.setCurrentIndex(self.model.index(1, 0))
        self._draw()

    def _add(self, name: str, title: str, experiment: Experiment) -> None:
        item = QStandardItem(title)
        item.setEditable(False)
        item.setData(name, _NAME)
        item.setData(experiment, _EXPERIMENT)
        tip = experiment.question
        if stands_in(experiment.data):
            title = DATASETS[experiment.data.source.kind].title
            tip += "\n" + self.tr("The digits are drawn: {0} is downloaded when it is first used.").format(title)
        item.setToolTip(tip)
        item.setData(experiment.question, Qt.ItemDataRole.AccessibleDescriptionRole)
        self.model.appendRow(item)

    def _draw(self) -> None:
        """Have all pictures drawn in the background, one after the other."""
        theme = self.icons.theme
        two, many, ground = theme.classes(2), theme.classes(10), theme.color("canvas")
        ratio = self.devicePixelRatioF()
        for row in range(1, self.model.rowCount()):
            data = self.model.item(row).data(_EXPERIMENT).data
            arms = getattr(data.source, "arms", 2) > 2 or getattr(data.source, "rings", 2) > 2
            colors = many if arms else two

            def work(data=data, colors=colors) -> QImage:  # type: ignore[no-untyped-def]
                return picture(data, _PICTURE_SIZE, ratio, colors, ground)

            def then(image: QImage, row: int = row) -> None:
                self.model.item(row).setData(QPixmap.fromImage(image), _PICTURE)

            self.background.run(work, then, lambda _sentence: None)

    def _choose(self, index: QModelIndex | QPersistentModelIndex) -> None:
        if index.isValid():
            item = self.model.item(index.row())
            experiment: Experiment = item.data(_EXPERIMENT)
            self.accept()
            self.chosen.emit(experiment if item.data(_NAME) else experiment.model_copy(update={"question": ""}))

    def _enable(self) -> None:
        self.open_button.setEnabled(self.list.currentIndex().isValid())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter, wherever the keyboard is."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.hasFocus():
            self._choose(self.list.currentIndex())
        else:
            super().keyPressEvent(event)


class _Cards(QListView):
    """Tells a double click on its release. opened: the card.

    Qt's ``activated`` comes with the press: were the dialog closed then, the release would go to the window below.
    """

    opened = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self._pressed = QPersistentModelIndex()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Remember the card."""
        super().mouseDoubleClickEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = QPersistentModelIndex(self.indexAt(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the card that was clicked twice."""
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, QPersistentModelIndex()
        if event.button() == Qt.MouseButton.LeftButton and pressed.isValid():
            self.opened.emit(self.model().index(pressed.row(), 0))


class _Delegate(QStyledItemDelegate):
    """Draws a card: the picture, the name, the question."""

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self.icons = icons

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the room of a card."""
        sizes = self.icons.theme.sizes
        title = QFontMetrics(self.icons.theme.font(sizes.base, bold=True)).height()
        line = QFontMetrics(self.icons.theme.font(sizes.small)).lineSpacing()
        height = _PICTURE_SIZE.height() + title + _LINES * line + 3 * _PADDING
        return QSize(_PICTURE_SIZE.width() + 2 * _PADDING, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw it, marked where it is chosen or under the mouse."""
        theme = self.icons.theme
        state, rect = option.state, option.rect
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent" if selected else "border"), 2 if selected else 1))
        painter.setBrush(theme.color("raise" if hovered else "panel"))
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 8, 8)
        inner = rect.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        place = QRect(inner.topLeft(), _PICTURE_SIZE)
        image = index.data(_PICTURE)
        if isinstance(image, QPixmap):
            painter.drawPixmap(place, image)
        else:
            painter.fillRect(place, theme.color("canvas"))
            icon = QRect(0, 0, 32, 32)
            icon.moveCenter(place.center())
            draw(painter, "dense" if not index.data(_NAME) else "dataset", QRectF(icon), theme.color("strong"))
        self._write(painter, inner.adjusted(0, _PICTURE_SIZE.height() + 8, 0, 0), index)
        painter.restore()

    def _write(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        theme = self.icons.theme
        bold = theme.font(theme.sizes.base, bold=True)
        metrics = QFontMetrics(bold)
        painter.setFont(bold)
        painter.setPen(theme.color("text"))
        title = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignTop, title)
        small = theme.font(theme.sizes.small)
        painter.setFont(small)
        painter.setPen(theme.color("text2"))
        question = str(index.data(Qt.ItemDataRole.AccessibleDescriptionRole) or "")
        below = rect.adjusted(0, metrics.height() + 4, 0, 0)
        for place, text in enumerate(_wrapped(question, QFontMetrics(small), below.width())):
            line = QRect(below.left(), below.top() + place * QFontMetrics(small).lineSpacing(), below.width(), 40)
            painter.drawText(line, Qt.AlignmentFlag.AlignTop, text)


def _wrapped(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Return the lines of a text, as many as there is room for; the last one ends in … if something is left out."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < _LINES:
        line = words.pop(0)
        while words and metrics.horizontalAdvance(f"{line} {words[0]}") <= width:
            line += f" {words.pop(0)}"
        lines.append(line)
    if words:
        lines[-1] = metrics.elidedText(f"{lines[-1]} {' '.join(words)}", Qt.TextElideMode.ElideRight, width)
    return lines
