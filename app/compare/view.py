"""The widget of the Compare tab: pictures and curves with a sentence over them, or that there is nothing to compare."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.compare.losses import Losses
from app.compare.mosaic import Mosaic
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.labels import ElidedLabel

_ROOMY = 620  # pixels of the tab, from which on the curves stand beside the pictures


class MultiplesView(QWidget):
    """The pictures, a sentence over them, and a page for when there is nothing to be compared.

    visible_changed: whether it can be seen. wanted: the button of the empty page.
    """

    visible_changed = Signal(bool)
    wanted = Signal()

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.mosaic = Mosaic(icons.theme)
        self.summary = ElidedLabel()
        set_class(self.summary, "caption")
        self.told = QLabel()
        set_class(self.told, "caption")
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.told)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(4)
        column.addLayout(top)
        self.scroller = QScrollArea()
        self.scroller.setWidget(self.mosaic)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.losses = Losses(icons.theme)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.scroller, 2)
        row.addWidget(self.losses, 1)
        column.addLayout(row, 1)
        self.pages = QStackedWidget()
        self.pages.addWidget(full)
        self.pages.addWidget(self._empty())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.pages)

    def _empty(self) -> QWidget:
        page = QWidget()
        text = QLabel(self.tr("One network is trained. Compare it with another dropout rate, optimizer, seed …"))
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_class(text, "caption")
        self.button = QPushButton(self.tr("Compare…"))
        self.button.clicked.connect(self.wanted)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        row.addStretch(1)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(text, 8)
        middle.addStretch(1)
        column = QVBoxLayout(page)
        column.addStretch(1)
        column.addLayout(middle)
        column.addLayout(row)
        column.addStretch(1)
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the curves beside the pictures where there is room for both."""
        super().resizeEvent(event)
        self.losses.setVisible(self.width() >= _ROOMY)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it can be seen."""
        super().showEvent(event)
        self.visible_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it cannot."""
        super().hideEvent(event)
        self.visible_changed.emit(False)
