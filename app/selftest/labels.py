"""Whether everything that is written in a window can be read: nothing is cut off, nothing lies over anything else."""

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from app.panels.tiles import Tile
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.labels import ElidedLabel

_ROUNDING = 1  # pixels by which widths are rounded differently


def unreadable(top: QWidget) -> list[str]:
    """Return a sentence for each text of a window that is cut off, and for each two widgets that overlap.

    What ends in … where there is no room for it, and then tells all of it in its tooltip, is not cut off. What can be
    scrolled into sight is not, either.
    """
    shown = [widget for widget in top.findChildren(QWidget) if widget.isVisible() and not _hidden(widget)]
    found = []
    for widget in shown:
        room = _room(widget)
        needed = _needed(widget)
        if needed is not None and (needed.width() > room.width() + _ROUNDING or needed.height() > room.height() + 1):
            size = f"{needed.width()}×{needed.height()} in {room.width()}×{room.height()} pixels"
            found.append(f"{_called(widget)} is cut off: {size}.")
        if _says_something(widget) and (cut := _clipped(widget)):
            found.append(f"{_called(widget)} reaches {cut} pixels beyond what it lies in.")
    found += [
        f"{_called(first)} and {_called(second)} overlap."
        for first, second in combinations(filter(_says_something, shown), 2)
        if first.parentWidget() is second.parentWidget()
        and first.geometry().intersected(second.geometry()).width() > 1
        and first.geometry().intersected(second.geometry()).height() > 1
    ]
    return found + list(_titles(shown))


def _hidden(widget: QWidget) -> bool:
    """Tell whether a widget is scrolled away, or has no size."""
    return widget.visibleRegion().isEmpty()


def _says_something(widget: QWidget) -> bool:
    if isinstance(widget, QLabel):
        return bool(widget.text()) or not widget.pixmap().isNull()
    return isinstance(widget, QAbstractButton | QComboBox | QLineEdit | QAbstractSlider)


def _room(widget: QWidget) -> QRect:
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        return widget.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, widget)
    if isinstance(widget, QLabel):
        return widget.contentsRect()
    return widget.rect()


def _needed(widget: QWidget) -> QRect | None:
    """Return the room that the text of a widget needs; None where it has none, or ends it in …."""
    found = None
    if isinstance(widget, ElidedLabel | QuietCombo):
        pass
    elif isinstance(widget, QLabel):
        found = _label_needs(widget)
    elif isinstance(widget, Tile):
        metrics = QFontMetrics(widget.theme.font(widget.theme.sizes.axis))
        found = QRect(0, 0, max((metrics.horizontalAdvance(line) for line in widget.lines), default=0), 0)
    elif isinstance(widget, QComboBox | QLineEdit):
        text = widget.currentText() if isinstance(widget, QComboBox) else widget.displayText()
        found = QRect(0, 0, widget.fontMetrics().horizontalAdvance(text), 0)
    elif isinstance(widget, QAbstractButton) and widget.text():
        icon = Qt.ToolButtonStyle.ToolButtonIconOnly
        if not (isinstance(widget, QToolButton) and widget.toolButtonStyle() == icon):
            found = QRect(QPoint(), widget.minimumSizeHint())
    return found


def _label_needs(label: QLabel) -> QRect:
    text = label.text()
    if not text:
        return QRect()
    width = label.contentsRect().width() if label.wordWrap() else 100_000
    if label.textFormat() != Qt.TextFormat.PlainText and "</" in text:
        document = QTextDocument()
        document.setDefaultFont(label.font())
        document.setDocumentMargin(0)
        document.setHtml(text)
        document.setTextWidth(width if label.wordWrap() else -1)
        return QRect(0, 0, round(document.idealWidth()), round(document.size().height()))
    flags = int(label.alignment()) | (Qt.TextFlag.TextWordWrap if label.wordWrap() else 0)
    return label.fontMetrics().boundingRect(QRect(0, 0, width, 100_000), flags, text)


def _clipped(widget: QWidget) -> int:
    """Return by how many pixels a widget reaches beyond its parents; up and down only where nothing scrolls."""
    rect, most = widget.rect(), 0
    child, parent = widget, widget.parentWidget()
    scrolls = False
    while parent is not None and not child.isWindow():
        rect = rect.translated(child.pos())
        area = parent.parentWidget()
        scrolls |= isinstance(area, QAbstractScrollArea) and area.viewport() is parent
        outside = max(-rect.left(), rect.right() - parent.rect().right())
        if not scrolls:
            outside = max(outside, -rect.top(), rect.bottom() - parent.rect().bottom())
        most = max(most, outside)
        child, parent = parent, parent.parentWidget()
    return most if most > _ROUNDING else 0


def _titles(shown: list[QWidget]) -> Iterator[str]:
    """Yield a sentence for each title of a table that is cut off."""
    for header in shown:
        if isinstance(header, QHeaderView) and header.orientation() == Qt.Orientation.Horizontal:
            for section in range(header.count()):
                text = str(header.model().headerData(section, Qt.Orientation.Horizontal) or "")
                if header.fontMetrics().horizontalAdvance(text) > header.sectionSize(section):
                    yield f'The title "{text}" is cut off.'


def _called(widget: QWidget) -> str:
    text = widget.currentText() if isinstance(widget, QComboBox) else getattr(widget, "text", lambda: "")()
    name = text or widget.accessibleName() or widget.toolTip() or widget.objectName()
    parents = [type(widget).__name__]
    parent = widget.parentWidget()
    while parent is not None and len(parents) < 4:
        if type(parent) is not QWidget:
            parents.insert(0, type(parent).__name__)
        parent = parent.parentWidget()
    return f'{" › ".join(parents)} "{name[:60]}"'
