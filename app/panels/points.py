"""The part of the data panel for points drawn by hand: the pad, a brush for each class, eraser and clear."""

from collections.abc import Callable
from random import Random

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.document.document import Document
from app.panels.drawing import MOST_CLASSES, MOST_POINTS, DrawPad, Point
from app.panels.fitting import fitted
from app.panels.flow import Flow
from app.shell.icons import Icons
from app.shell.style import set_class
from core.choices.datasets import Points

_MERGE = "data.source.points"


class PointsPart(QWidget):
    """Draws into the document: each gesture on the pad is one undo step."""

    def __init__(
        self, document: Document, icons: Icons, random: Random | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.icons = icons
        self.pad = DrawPad(icons.theme, random)
        self.pad.drew.connect(self._drew)
        self.pad.finished.connect(document.end_merge)
        self.pad.picked.connect(self.pick)
        self.brushes: list[QPushButton] = []
        bar = QWidget()
        self.bar = Flow(bar)
        self.eraser = self._tool("erase", self.tr("Erase points"), self._erase)
        self.eraser.setCheckable(True)
        self.clear = self._tool("trash", self.tr("Clear: remove all points"), self._clear)
        self.bar.addWidget(self.eraser)
        self.bar.addWidget(self.clear)
        self.count = QLabel()
        self.count.setWordWrap(True)
        set_class(self.count, "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.pad)
        column.addWidget(bar)
        column.addWidget(self.count)
        icons.theme.changed.connect(self._color)
        self.refresh()

    def refresh(self) -> None:
        """Show the points of the document."""
        source = self.document.experiment.data.source
        if not isinstance(source, Points):
            return
        self.pad.show_points(source.points)
        used = 1 + max((point[2] for point in source.points), default=1)
        # One more than are there, so that a class can be added by drawing it.
        self._offer(min(max(used + 1, self.pad.brush + 1, 3), MOST_CLASSES))
        self.count.setText(
            self.tr("{0} points. Left button: the chosen class, right button: {1}.").format(
                len(source.points), self._name(self.pad.other)
            )
            if len(source.points) < MOST_POINTS
            else self.tr("{0} points: no more fit on the pad.").format(len(source.points))
        )
        self.clear.setEnabled(bool(source.points))

    def pick(self, label: int) -> None:
        """Take the brush of a class, if it is offered."""
        if label >= len(self.brushes) or self.brushes[label].isHidden():
            return
        self.pad.brush = label
        self.pad.erasing = False
        self.eraser.setChecked(False)
        self.refresh()
        for place, brush in enumerate(self.brushes):
            brush.setChecked(place == label)

    def _offer(self, count: int) -> None:
        """Show brushes for so many classes."""
        while len(self.brushes) < count:
            place = len(self.brushes)
            brush = QPushButton()
            brush.setCheckable(True)
            brush.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            brush.clicked.connect(self._picker(place))
            self.brushes.append(brush)
            self.bar.addWidget(brush)
        used = 1 + max((point[2] for point in self.pad.points), default=1)
        for place, brush in enumerate(self.brushes):
            brush.setVisible(place < count)
            brush.setText(self._name(place) if place < used or place == self.pad.brush else self.tr("+ class"))
            key = (place + 1) % 10
            brush.setToolTip(self.tr("Draw {0} (key {1} on the pad)").format(self._name(place), key))
            brush.setAccessibleName(self.tr("Draw {0}").format(self._name(place)))
            brush.setChecked(place == self.pad.brush and not self.pad.erasing)
        self._color()

    def _name(self, label: int) -> str:
        used = 1 + max((point[2] for point in self.pad.points), default=1)
        if used <= 2 and label < 2:
            return self.tr("class {0}").format("−1" if label == 0 else "+1")
        return self.tr("class {0}").format(label + 1)

    def _color(self) -> None:
        shown = max(sum(not brush.isHidden() for brush in self.brushes), 1)
        used = 1 + max((point[2] for point in self.pad.points), default=1)
        two = self.icons.theme.classes(2)
        many = self.icons.theme.classes(max(shown, 3))
        for place, brush in enumerate(self.brushes):
            color = two[place] if used <= 2 and place < 2 else many[place % len(many)]
            brush.setIcon(_dot(color))
            brush.setIconSize(QSize(10, 10))

    def _picker(self, label: int) -> Callable[[], None]:
        return lambda: self.pick(label)

    def _tool(self, icon: str, name: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        set_class(button, "tool")
        button.setIcon(self.icons.get(icon, "text", "accent"))
        button.setIconSize(QSize(18, 18))
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(act)
        return button

    def _erase(self) -> None:
        self.pad.erasing = self.eraser.isChecked()
        for place, brush in enumerate(self.brushes):
            brush.setChecked(place == self.pad.brush and not self.pad.erasing)

    def _clear(self) -> None:
        self._put((), self.tr("Clear points"), "")

    def _drew(self, points: tuple[Point, ...], _goes_on: bool) -> None:
        erased = len(points) < len(self.document.experiment.data.source.points)  # type: ignore[attr-defined]
        self._put(points, self.tr("Erase points") if erased else self.tr("Draw points"), _MERGE)

    def _put(self, points: tuple[Point, ...], text: str, merge: str) -> None:
        before = self.document.experiment
        source = Points(points=points)
        after = before.model_copy(update={"data": before.data.model_copy(update={"source": source})})
        self.document.edit(fitted(before, after), text, merge)


def _dot(color: QColor) -> QIcon:
    """Return a round dot as an icon."""
    picture = QPixmap(20, 20)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QRectF(1, 1, 18, 18))
    painter.end()
    return QIcon(picture)
