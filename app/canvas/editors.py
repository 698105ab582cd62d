"""Editors that are laid over the canvas for a moment: a layer's name, its units or rate, and a single weight."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from app.canvas.edits import LayerEdits
from app.canvas.words import number, weight_name
from app.shell.selection import Weight
from app.shell.style import set_class
from core.choices.fields import Real, Whole
from core.experiment.network import Dense, Dropout


class _OwnKeys(QObject):
    """Keeps plain keys of an editor from the shortcuts of the window, which has arrows and letters among them."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            control = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            if not event.modifiers() & (control | Qt.KeyboardModifier.MetaModifier):
                event.accept()
                return True
        return super().eventFilter(watched, event)


EditorT = TypeVar("EditorT", bound=QWidget)


def keep_keys(editor: EditorT) -> EditorT:
    """Let an editor have all plain keys while it has the focus; returns it."""
    editor.installEventFilter(_OwnKeys(editor))
    return editor


def units_limits() -> tuple[int, int]:
    """Return how few and how many units a Dense layer may have."""
    limits = next(item for item in Dense.model_fields["units"].metadata if isinstance(item, Whole))
    return limits.least, limits.most


def rate_limits() -> tuple[float, float]:
    """Return the least and the largest rate of a Dropout layer."""
    limits = next(item for item in Dropout.model_fields["rate"].metadata if isinstance(item, Real))
    return limits.least, limits.most


def units_box(parent: QWidget, units: int) -> QSpinBox:
    """Return a spin box for units."""
    box = QSpinBox(parent)
    box.setRange(*units_limits())
    box.setValue(units)
    box.setKeyboardTracking(False)
    box.setAccessibleName(box.tr("Units"))
    return keep_keys(box)


def rate_box(parent: QWidget, rate: float) -> QDoubleSpinBox:
    """Return a spin box for a dropout rate."""
    box = QDoubleSpinBox(parent)
    box.setRange(*rate_limits())
    box.setDecimals(2)
    box.setSingleStep(0.05)
    box.setValue(rate)
    box.setKeyboardTracking(False)
    box.setAccessibleName(box.tr("Dropout rate"))
    return keep_keys(box)


class InlineEditor(QObject):
    """Lays one editor at a time over a field of a card."""

    def __init__(self, viewport: QWidget, back_to: QWidget, edits: LayerEdits) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._back_to = back_to
        self._edits = edits
        self.widget: QLineEdit | QAbstractSpinBox | None = None
        self._commit: Callable[[], None] = lambda: None
        self._place: Callable[[], QRect | None] = lambda: None

    def edit_name(self, layer: str, name: str, place: Callable[[], QRect | None]) -> None:
        """Edit a layer's name; ``place`` tells where its field is in the viewport."""
        line = keep_keys(QLineEdit(name, self._viewport))
        line.setMaxLength(80)
        line.setAccessibleName(self.tr("Name of the layer"))
        line.selectAll()
        self._open(line, place, lambda: self._edits.rename(layer, line.text()))

    def edit_units(self, layer: str, units: int, place: Callable[[], QRect | None]) -> None:
        """Edit the units of a Dense layer; they act at once."""
        box = units_box(self._viewport, units)
        box.valueChanged.connect(lambda value: self._edits.set_units(layer, value))
        box.selectAll()
        self._open(box, place, box.interpretText)

    def edit_rate(self, layer: str, rate: float, place: Callable[[], QRect | None]) -> None:
        """Edit the rate of a Dropout layer; it acts at once."""
        box = rate_box(self._viewport, rate)
        box.valueChanged.connect(lambda value: self._edits.set_rate(layer, value))
        box.selectAll()
        self._open(box, place, box.interpretText)

    def _open(
        self, widget: QLineEdit | QAbstractSpinBox, place: Callable[[], QRect | None], commit: Callable[[], None]
    ) -> None:
        self.close()
        self.widget, self._place, self._commit = widget, place, commit
        widget.installEventFilter(self)
        self.place()
        widget.setVisible(True)
        widget.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Follow the card; close if the field is gone."""
        if self.widget is None:
            return
        rect = self._place()
        if rect is None:
            self.close(commit=False)
            return
        size = self.widget.sizeHint()
        width, height = max(rect.width(), 64), max(rect.height(), size.height())
        self.widget.setGeometry(rect.center().x() - width // 2, rect.center().y() - height // 2, width, height)

    def close(self, commit: bool = True) -> None:
        """Take the editor away, with or without what was typed."""
        widget, self.widget = self.widget, None
        if widget is None:
            return
        had_focus = widget.hasFocus()
        widget.removeEventFilter(self)
        if commit:
            self._commit()
        widget.setVisible(False)
        widget.deleteLater()
        if had_focus:
            self._back_to.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close on Enter, Escape and when the focus goes elsewhere."""
        if watched is self.widget:
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                    self.close()
                    return True
                if event.key() == Qt.Key.Key_Escape:
                    self.close(commit=False)
                    return True
            if event.type() == QEvent.Type.FocusOut:
                self.close()
        return super().eventFilter(watched, event)


class WeightEditor(QFrame):
    """Sets a weight or bias by hand, and gives it back to the training.

    edited: the weight and its new value. restored: the weight. closed: it was put away.
    """

    edited = Signal(object, float)
    restored = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        set_class(self, "card")
        self.weight: Weight | None = None
        self._by_hand: frozenset[Weight] = frozenset()
        self._at = QPoint()
        self._locked = ""
        self.floor = 0  # pixels at the bottom of the parent that it leaves free
        self.title, self.between = QLabel(), QLabel()
        set_class(self.title, "title")
        set_class(self.between, "caption")
        self.box = keep_keys(QDoubleSpinBox(self))
        self.box.setRange(-1000, 1000)
        self.box.setDecimals(4)
        self.box.setSingleStep(0.1)
        self.box.setKeyboardTracking(False)
        self.box.setAccessibleName(self.tr("Value of the weight"))
        self.box.valueChanged.connect(self._edit)
        self.back = QPushButton(self.tr("Back to trained value"), self)
        self.back.clicked.connect(self._restore)
        self.done = QPushButton(self.tr("Done"), self)
        self.done.clicked.connect(self.put_away)
        layout = QGridLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(6)
        layout.addWidget(self.title, 0, 0)
        layout.addWidget(self.box, 0, 1)
        self.why = QLabel()
        self.why.setWordWrap(True)
        set_class(self.why, "caption")
        layout.addWidget(self.between, 1, 0, 1, 2)
        layout.addWidget(self.why, 2, 0, 1, 2)
        layout.addWidget(self.back, 3, 0)
        layout.addWidget(self.done, 3, 1)
        self.setVisible(False)

    def open(self, weight: Weight, value: float, between: str, at: QPoint) -> None:
        """Edit a weight beside a point of the parent."""
        self.weight = weight
        self.title.setText(f"{weight_name(weight)} = {number(value)}")
        self.between.setText(between)
        self.show_value(value, force=True)
        self._show_lock()
        self._at = at
        self.place()
        self.setVisible(True)
        self.raise_()
        self.box.setFocus(Qt.FocusReason.PopupFocusReason)
        self.box.selectAll()

    def place(self) -> None:
        """Lie beside the point where it was opened, within the parent."""
        self.adjustSize()
        room = self._room.rect().adjusted(8, 8, -8, -max(8, self.floor))
        x = max(room.left(), min(self._at.x() + 12, room.right() - self.width()))
        y = max(room.top(), min(self._at.y() + 12, room.bottom() - self.height()))
        self.move(x, y)

    def show_value(self, value: float, force: bool = False) -> None:
        """Follow the training, unless something is being typed."""
        if force or not self.box.lineEdit().isModified():
            if self.weight is not None:
                self.title.setText(f"{weight_name(self.weight)} = {number(value)}")
            if abs(value - self.box.value()) > 1e-4:
                with QSignalBlocker(self.box):
                    self.box.setValue(value)

    def set_by_hand(self, weights: frozenset[Weight]) -> None:
        """Take which weights are set by hand, and so can be given back."""
        self._by_hand = weights
        self._show_lock()

    def set_locked(self, why: str) -> None:
        """Take why no weight can be set now, in a sentence; empty if one can."""
        if why != self._locked:
            self._locked = why
            self.box.lineEdit().setModified(False)
            self._show_lock()
            if self.weight is not None:
                self.place()

    def _show_lock(self) -> None:
        self.why.setText(self._locked)
        self.why.setVisible(bool(self._locked))
        self.box.setReadOnly(bool(self._locked))
        self.back.setEnabled(not self._locked and self.weight in self._by_hand)

    def _edit(self, value: float) -> None:
        if self.weight is not None:
            self.title.setText(f"{weight_name(self.weight)} = {number(value)}")
            self.edited.emit(self.weight, value)

    def _restore(self) -> None:
        if self.weight is not None:
            self.box.lineEdit().setModified(False)
            self.restored.emit(self.weight)

    def put_away(self) -> None:
        """Hide, and tell that it was closed."""
        if self.weight is not None:
            self.drop()
            self.closed.emit()

    def drop(self) -> None:
        """Hide, as something else is looked at now."""
        self.weight = None
        self.setVisible(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape; Enter has set the value already."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        else:
            super().keyPressEvent(event)
