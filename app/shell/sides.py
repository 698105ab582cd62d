"""A side of the window: two panels, one above the other, that share its height."""

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QTabBar, QVBoxLayout, QWidget

from app.shell.panes import Scroller
from app.shell.widgets.labels import line

_LEAST = 160  # pixels that the lower panel keeps, however small the window


class Side(QWidget):
    """Two panels that scroll, with a handle between them; where both are tall, as tabs.

    As long as the handle has not been moved by hand, the upper panel gets what it needs and the lower one the rest, but
    at least ``keeps`` of the height. Once it has been moved, both keep their shares.
    """

    def __init__(
        self,
        upper: tuple[str, QWidget],
        lower: tuple[str, QWidget],
        least: int,
        keeps: float,
        parent: QWidget | None = None,
    ) -> None:
        """Make a side of two panels with their titles; least: the width in pixels below which it is never made."""
        super().__init__(parent)
        self.keeps = keeps
        self.tabbed = False
        self.share: float | None = None  # of the height for the upper panel, chosen by hand
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for title, _panel in (upper, lower):
            self.tabs.addTab(title)
        self.tabs.currentChanged.connect(self._show)
        self.line = line()
        self.first = Scroller([upper[1]], least)
        self.second = Scroller([lower[1]], least)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(5)
        self.splitter.addWidget(self.first)
        self.splitter.addWidget(self.second)
        self.splitter.splitterMoved.connect(self._moved)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self.share_out)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.tabs, self.line, self.splitter):
            column.addWidget(part)
        self._show()

    def set_tabbed(self, tabbed: bool) -> None:
        """Show one at a time, or both."""
        if tabbed != self.tabbed:
            self.tabbed = tabbed
            self._show()

    def _show(self) -> None:
        self.tabs.setVisible(self.tabbed)
        self.line.setVisible(self.tabbed)
        self.first.setVisible(not self.tabbed or self.tabs.currentIndex() == 0)
        self.second.setVisible(not self.tabbed or self.tabs.currentIndex() == 1)
        self.share_out()

    # -- who gets how much -----------------------------------------------------------------------------------------

    def share_out_soon(self) -> None:
        """Share out once the panels know how high they are now: with another font, or with other parts."""
        self._soon.start()

    def share_out(self) -> None:
        """Give both panels their share of the height that there is now."""
        room = self.splitter.height() - self.splitter.handleWidth()
        if self.tabbed or room <= 0:
            return
        if self.share is not None:
            above = round(self.share * room)
        else:
            below = min(self.second.sizeHint().height(), max(_LEAST, round(self.keeps * room)))
            above = min(self.first.sizeHint().height(), room - below)
        self.splitter.setSizes([above, room - above])

    def _moved(self) -> None:
        above, below = self.splitter.sizes()
        self.share = above / max(1, above + below)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out anew: a dock has no height before the window has been laid out, and wider pictures are higher."""
        super().resizeEvent(event)
        self.column.activate()
        self.share_out()
        self.share_out_soon()

    def showEvent(self, event: QShowEvent) -> None:
        """Share out anew: only now do the panels have their fonts, and so their heights."""
        super().showEvent(event)
        self.share_out_soon()

    def save(self) -> QByteArray:
        """Return the share chosen by hand, nothing if none was."""
        return QByteArray(b"" if self.share is None else f"{self.share:.4f}".encode())

    def restore(self, state: QByteArray | None) -> None:
        """Take a saved share; None, or what is none, shares out by need."""
        try:
            share = float(bytes(state.data()).decode()) if state is not None else None
        except ValueError:
            share = None
        self.share = share if share is not None and 0 < share < 1 else None
        self.share_out()
