"""What a panel scrolls in: up and down only, and never narrower than what it holds."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class Scrolling(QScrollArea):
    """Shows a widget as wide as there is room, and scrolls what is too high."""

    def __init__(self, inside: QWidget, least: int, parent: QWidget | None = None) -> None:
        """Make an area; least: its width even if what it holds is narrower."""
        super().__init__(parent)
        self.inside = inside
        self.least = least
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The keyboard scrolls by going from setting to setting.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return a width at which nothing is cut, also beside the scroll bar."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(max(self.least, self.inside.minimumSizeHint().width() + bar), 80)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Tell the layout around when what it holds wants another width."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.inside:
            self.updateGeometry()
        return super().eventFilter(watched, event)
