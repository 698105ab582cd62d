"""What a panel scrolls in: up and down only."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def scrolling(inside: QWidget) -> QScrollArea:
    """Return an area that shows a widget as wide as there is room, and scrolls what is too high."""
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    # The keyboard scrolls by going from setting to setting.
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
