"""The part of the data panel for images: a grid of samples, and how many there are of each class."""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from app.panels.pictures import image_picture
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from core.datasets.samples import Array, Dataset

_SIDE = 25  # at least
_GAP = 3
_ROWS = 4


class SampleGrid(QWidget):
    """Some of the training images; the tooltip of one tells its class."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.images: Array = np.zeros((0, 1), np.uint8)
        self.names: list[str] = []
        self.shape = (1, 1)
        self._picture: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Samples of the training images"))

    @property
    def columns(self) -> int:
        """How many images lie side by side."""
        return max(1, (self.width() + _GAP) // (_SIDE + _GAP))

    @property
    def side(self) -> int:
        """How wide an image is: together they fill the width."""
        return max(1, (self.width() + _GAP) // self.columns - _GAP)

    def show_images(self, images: Array, shape: tuple[int, int], names: list[str]) -> None:
        """Show images (n, pixels) of a shape, with the name of each one's class; as many as there is room for."""
        self.images, self.shape, self.names = images, shape, names
        self._picture = None
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return the room of a few images."""
        return QSize(4 * (_SIDE + _GAP), self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many columns as fit."""
        super().resizeEvent(event)
        self._picture = None
        self.setFixedHeight(_ROWS * (self.side + _GAP) - _GAP)

    def name_at(self, place: QPoint) -> str:
        """Return the class of the image at a place, or nothing."""
        column, row = place.x() // (self.side + _GAP), place.y() // (self.side + _GAP)
        number = row * self.columns + column
        return self.names[number] if column < self.columns and 0 <= number < len(self.names) else ""

    def event(self, event: QEvent) -> bool:
        """Tell the class of the image under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.name_at(event.pos()), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the images, put together once."""
        if self._picture is None:
            images = self.images[: self.columns * _ROWS]
            self._picture = image_picture(images, self.shape, self.side, self.columns, _GAP, self.devicePixelRatioF())
        QPainter(self).drawPixmap(0, 0, self._picture)


class ClassBars(QWidget):
    """A bar for each class: how many images there are of it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.counts: dict[str, int] = {}
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._fit)

    def show_counts(self, counts: dict[str, int]) -> None:
        """Show how many there are of each class."""
        self.counts = counts
        told = ", ".join(f"{name}: {count:,}" for name, count in counts.items())
        self.setAccessibleName(self.tr("Images per class"))
        self.setAccessibleDescription(told)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(len(self.counts) * self._row())
        self.update()

    def _row(self) -> int:
        return QFontMetrics(self.theme.font(self.theme.sizes.axis)).height() + 2

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name, bar and count of each class."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.font(self.theme.sizes.axis))
        metrics = painter.fontMetrics()
        row, most = self._row(), max(self.counts.values(), default=1)
        left = max((metrics.horizontalAdvance(name) for name in self.counts), default=0) + 8
        right = max((metrics.horizontalAdvance(f"{count:,}") for count in self.counts.values()), default=0) + 8
        room = max(4, self.width() - left - right)
        for place, (name, count) in enumerate(self.counts.items()):
            line = QRectF(0, place * row, self.width(), row)
            painter.setPen(self.theme.color("text2"))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{count:,}")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("border"))
            painter.drawRoundedRect(QRectF(left, line.center().y() - 3, room, 6), 3, 3)
            painter.setBrush(self.theme.color("strong"))
            painter.drawRoundedRect(QRectF(left, line.center().y() - 3, room * count / max(most, 1), 6), 3, 3)


class ImagesPart(QWidget):
    """Samples of an image set, once they are loaded, and its classes."""

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self._first = 0
        self.text = QLabel()
        self.text.setWordWrap(True)
        set_class(self.text, "caption")
        self.grid = SampleGrid(icons.theme)
        self.others = QPushButton(self.tr("Other samples"))
        self.others.setIcon(icons.get("dice"))
        self.others.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.others.setToolTip(self.tr("Show other images; the data stay the same"))
        self.others.clicked.connect(self._next)
        self.heading = QLabel(self.tr("Images per class"))
        set_class(self.heading, "caption")
        self.bars = ClassBars(icons.theme)
        button_row = QHBoxLayout()
        button_row.addWidget(self.others)
        button_row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.text, self.grid):
            column.addWidget(widget)
        column.addLayout(button_row)
        column.addWidget(self.heading)
        column.addWidget(self.bars)
        self.show_dataset(None)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Show the images of a data set; None: they are not loaded yet."""
        self.dataset = dataset
        self._first = 0
        for widget in (self.grid, self.others, self.heading, self.bars):
            widget.setVisible(dataset is not None)
        if dataset is None:
            self.text.setText(
                self.tr("The images are shown once they are loaded; after a training, Restart loads them.")
            )
            return
        facts = dataset.facts
        high, wide = facts.shape
        total = len(dataset.train) + len(dataset.validation) + len(dataset.test)
        self.text.setText(
            self.tr("{0:,} images of {1} × {2} pixels, {3} classes").format(total, high, wide, len(facts.classes))
        )
        parts = (dataset.train, dataset.validation, dataset.test)
        counts = np.bincount(np.concatenate([part.labels for part in parts]), minlength=len(facts.classes))
        self.bars.show_counts({name: int(count) for name, count in zip(facts.classes, counts, strict=True)})
        self._show()

    def _next(self) -> None:
        assert self.dataset is not None
        self._first += self.grid.columns * _ROWS
        if self._first >= len(self.dataset.train):
            self._first = 0
        self._show()

    def _show(self) -> None:
        assert self.dataset is not None
        train, facts = self.dataset.train, self.dataset.facts
        some = slice(self._first, self._first + 64)
        names = [facts.classes[int(label)] for label in train.labels[some]]
        high, wide = facts.shape
        self.grid.show_images(train.raw[some], (high, wide), names)
