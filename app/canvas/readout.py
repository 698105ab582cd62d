"""The card at the lower left: what the neuron under the mouse, or the pinned one, computes, in live numbers."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.canvas.account import Account
from app.canvas.words import number
from app.shell.selection import Weight
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel

_TILE = 44
_GAP, _SIDE = 12, 10


class Readout(QFrame):
    """Shows the account of a neuron. A click on a number asks to edit that weight (``weight_asked``)."""

    weight_asked = Signal(object)

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        set_class(self, "card")
        self.setAccessibleName(self.tr("Selected neuron"))
        self.tile = QLabel()
        self.tile.setFixedSize(QSize(_TILE, _TILE))
        self.tile.setScaledContents(True)
        self.title, self.formula = ElidedLabel(), ElidedLabel()
        set_class(self.title, "title")
        set_class(self.formula, "caption")
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addStretch()
        texts.addWidget(self.title)
        texts.addWidget(self.formula)
        texts.addStretch()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(_SIDE, 6, _SIDE, 6)
        self._layout.setSpacing(_GAP)
        self._layout.addWidget(self.tile)
        self._layout.addLayout(texts, 1)
        self.bias = self._button(self.tr("Edit the bias"))
        self.largest = self._button(self.tr("Edit the largest weight"))
        self.gradient = QLabel()
        set_class(self.gradient, "value")
        self._columns = [
            self._column(self.tr("bias b"), self.bias),
            self._column(self.tr("largest w"), self.largest),
            self._column(self.tr("gradient"), self.gradient),
        ]
        self._columns[2].setToolTip(self.tr("‖∂J/∂w‖: the length of the gradient of this neuron's weights"))
        self._account: Account | None = None
        self.bias.clicked.connect(lambda: self._ask(self._account.bias if self._account else None))
        self.largest.clicked.connect(lambda: self._ask(self._account.largest if self._account else None))
        theme.changed.connect(self._arrange)
        self.setVisible(False)

    def _button(self, tip: str) -> QPushButton:
        button = QPushButton()
        set_class(button, "flat")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def _column(self, caption: str, widget: QWidget) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        label = QLabel(caption)
        set_class(label, "axis")
        middle = Qt.AlignmentFlag.AlignCenter
        layout.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(widget, 1, middle)
        self._layout.addWidget(column)
        return column

    def _ask(self, found: tuple[Weight, float] | None) -> None:
        if found is not None:
            self.weight_asked.emit(found[0])

    def tell(self, account: Account | None, tile: QPixmap | None) -> None:
        """Show an account, or hide."""
        self._account = account
        self.setVisible(account is not None)
        if account is None:
            return
        self.tile.setVisible(tile is not None)
        if tile is not None:
            self.tile.setPixmap(tile)
        for button, found in ((self.bias, account.bias), (self.largest, account.largest)):
            button.setText(number(found[1]) if found else "")
        self.gradient.setText("" if account.gradient is None else number(account.gradient))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        found = self._account
        if found is None:
            return
        room = self.width() - 2 * _SIDE - (0 if self.tile.isHidden() else _TILE + _GAP)
        least = min(self.title.fontMetrics().horizontalAdvance(found.title), 160) + 20
        numbers = (found.bias, found.largest, found.gradient)
        for column, value in zip(self._columns, numbers, strict=True):
            width = column.sizeHint().width() + _GAP
            column.setVisible(value is not None and room - width >= least)
            room -= 0 if column.isHidden() else width
        self._layout.activate()
        self.title.setText(found.title)
        metrics, room = self.formula.fontMetrics(), self.formula.width()
        fitting = [text for text in found.formulas if metrics.horizontalAdvance(text) <= room]
        self.formula.setText(fitting[0] if fitting else found.formulas[-1])
        if self.formula.text() != found.formulas[0]:
            self.formula.setToolTip(found.formulas[0])
