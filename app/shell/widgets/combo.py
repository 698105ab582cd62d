"""A drop-down list that does not change by accident."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter, QWidget


class QuietCombo(QComboBox):
    """A combo box that leaves the wheel to what it lies in, and opens with Enter, for Space trains."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty list; name: what is chosen, for screen readers."""
        super().__init__(parent)
        self.shared = 0  # letters that all titles begin with, left out of the closed box where a whole one has no room
        self.elide = Qt.TextElideMode.ElideRight
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Long titles are cut in the closed box rather than widening the panel; the open list shows them in full.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the chosen title, ended in … where it is cut."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        if not self.itemIcon(self.currentIndex()).isNull():
            room -= self.iconSize().width() + 4
        title = self.currentText()
        if self.fontMetrics().horizontalAdvance(title) > room:
            title = title[self.shared :]
        option.currentText = self.fontMetrics().elidedText(title, self.elide, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel alone."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def showPopup(self) -> None:
        """Open wide enough for the longest title."""
        view = self.view()
        view.setMinimumWidth(min(480, view.sizeHintForColumn(0) + 24))
        super().showPopup()
