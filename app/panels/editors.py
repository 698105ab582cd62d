"""Editors of one value each: a number with its slider, one of several options, a switch, a number that can be off.

All of them tell ``edited(value, gesture)`` when the user changes the value, where a gesture goes on until
``finished()``; ``show_value`` shows a value and tells nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.panels.settings import Setting, scale_of, text_of, title_of, value_of
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.sliders import QuietSlider
from app.shell.widgets.switch import Switch
from core.choices.fields import Whole

_GESTURE_MS = 600  # without another key or turn of the wheel, a gesture is over
_WIDEST = "0.0000"
_REASON = Qt.ItemDataRole.UserRole + 1


class Editor(QWidget):
    """What every editor has."""

    edited = Signal(object, bool)
    finished = Signal()
    small = False  # whether it never needs a line of its own

    def show_value(self, value: Any) -> None:
        """Show a value."""
        raise NotImplementedError

    def stops(self) -> list[QWidget]:
        """Return the widgets that Tab goes through, in order."""
        raise NotImplementedError


class NumberEditor(Editor):
    """A slider, where the limits allow a useful one, and a field to type in; a check box for a word in its place."""

    def __init__(self, theme: Theme, setting: Setting, word: str = "", parent: QWidget | None = None) -> None:
        """Make an editor; word: what the word allowed in place of the number is called."""
        super().__init__(parent)
        self.theme = theme
        self.setting = setting
        self.value: Any = setting.default
        self.scale = scale_of(setting)
        self.field = QLineEdit()
        self.field.setAccessibleName(setting.title)
        self.field.setAccessibleDescription(setting.sentence)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setPlaceholderText(self.tr("differs"))
        self.field.editingFinished.connect(self._typed)
        self.field.installEventFilter(self)
        self.slider: QuietSlider | None = None
        self.box: QCheckBox | None = None
        self.beside: QWidget | None = None
        self.grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        if self.scale is not None:
            self.slider = self._make_slider()
            grid.addWidget(self.slider, 0, 0)
        grid.addWidget(self.field, 0, 1)
        limits = setting.limits
        self.word = limits.word if isinstance(limits, Whole) else ""
        self.word_title = word or self.word
        if self.word:
            self.box = QCheckBox(self.word_title)
            self.box.setAccessibleName(f"{setting.title}: {self.word_title}")
            self.box.clicked.connect(self._boxed)
            grid.addWidget(self.box, 1, 0, 1, 2)
        self._number: Any = setting.default if not isinstance(setting.default, str) else None
        self._timer = QTimer(self, interval=_GESTURE_MS, singleShot=True)
        self._timer.timeout.connect(self.finished)
        self.setFocusProxy(self.slider or self.field)
        theme.changed.connect(self._fit)
        self._fit()

    def show_value(self, value: Any) -> None:
        """Show a number, or the word; None: there is not one number to show."""
        self.value = value
        is_word = bool(self.word) and value == self.word
        if not is_word and value is not None:
            self._number = value
        if self.box is not None:
            self.box.setChecked(is_word)
        self.field.setText("" if value is None else self.word if is_word else text_of(self.setting, value))
        if self.slider is not None and self.scale is not None:
            self.slider.setEnabled(not is_word)
            # Positions lie closer than the numbers they stand for: one that is right stays under the mouse.
            if isinstance(value, int | float) and self.scale.value(self.slider.value()) != value:
                self.slider.blockSignals(True)
                self.slider.setValue(self.scale.position(value))
                self.slider.blockSignals(False)

    def stops(self) -> list[QWidget]:
        """Return slider, field and check box."""
        return [widget for widget in (self.slider, self.field, self.box) if widget is not None]

    def add_beside(self, widget: QWidget) -> None:
        """Put a button behind the field."""
        self.beside = widget
        self.grid.addWidget(widget, 0, 2)

    def _make_slider(self) -> QuietSlider:
        assert self.scale is not None
        slider = QuietSlider()
        slider.setRange(0, self.scale.positions)
        slider.setPageStep(max(1, self.scale.positions // 10))
        slider.setSingleStep(max(1, self.scale.positions // 100))
        slider.setMinimumWidth(48)
        slider.setAccessibleName(self.setting.title)
        slider.setAccessibleDescription(self.setting.sentence)
        slider.valueChanged.connect(self._moved)
        slider.sliderReleased.connect(self.finished)
        slider.installEventFilter(self)
        return slider

    def _moved(self, position: int) -> None:
        assert self.slider is not None
        assert self.scale is not None
        value = self.scale.value(position)
        if value != self.value:
            self.value = value
            self.field.setText(text_of(self.setting, value))
            self.edited.emit(value, True)
        if not self.slider.isSliderDown():
            self._timer.start()

    def _typed(self) -> None:
        if not self.field.isModified():
            return
        self.field.setModified(False)
        text = self.field.text()
        value = self.word if self.word and text.strip().lower() == self.word_title.lower() else None
        self.edited.emit(value_of(self.setting, text) if value is None else value, False)

    def _boxed(self, on: bool) -> None:
        fallback = self._number if self._number is not None else getattr(self.setting.limits, "least", 1)
        self.edited.emit(self.word if on else fallback, False)

    def _step(self, by: int) -> None:
        """Step as the arrow keys ask for, along the slider or by whole numbers."""
        if self.slider is not None:
            self.slider.setValue(self.slider.value() + by * self.slider.singleStep())
        elif isinstance(self.value, int) and isinstance(self.setting.limits, Whole):
            value = min(max(self.value + by, self.setting.limits.least), self.setting.limits.most)
            if value != self.value:
                self.edited.emit(value, True)
                self._timer.start()

    def _fit(self) -> None:
        metrics = QFontMetrics(self.theme.font(self.theme.sizes.small))
        # Without a slider the field may be wider, for numbers such as 1000000.
        room = _WIDEST if self.slider is not None else _WIDEST + "0"
        self.field.setFixedWidth(metrics.horizontalAdvance(room) + 20)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let ↑ and ↓ step the number in the field, Esc take back what was typed; leaving ends a gesture."""
        if event.type() == QEvent.Type.FocusOut and self._timer.isActive():
            self._timer.stop()
            self.finished.emit()
        if watched is self.field and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
            ours = event.key() in steps or (event.key() == Qt.Key.Key_Escape and self.field.isModified())
            if ours and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if ours and event.type() == QEvent.Type.KeyPress:
                if event.key() in steps:
                    self._step(steps[Qt.Key(event.key())])
                else:
                    self.show_value(self.value)
                return True
        return super().eventFilter(watched, event)


class _Options(QStyledItemDelegate):
    """Shows under an option that cannot be chosen why it cannot."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        reason = index.data(_REASON)
        if reason:
            shown: Any = option  # whose attributes PySide's own types leave out
            # The sentence begins with the title that stands above it; a line break of an item is this sign.
            shown.text = f"{shown.text}\N{LINE SEPARATOR}{reason.removeprefix(shown.text).strip()}"

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        return hint + QSize(0, 8) if index.data(_REASON) else hint


class _Choices(QuietCombo):
    """A list that asks, when it is about to be used, which of its options would not do."""

    def __init__(
        self, theme: Theme, name: str, refusals: Callable[[], Mapping[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(name, parent)
        self.theme = theme
        self.refusals = refusals
        self.options = QStandardItemModel(self)
        self.setModel(self.options)
        self.setItemDelegate(_Options(self))

    def judge(self) -> None:
        """Enable the options that would do, and note with the others why they would not."""
        refused = self.refusals()
        for place in range(self.options.rowCount()):
            item = self.options.item(place)
            reason = refused.get(item.data(Qt.ItemDataRole.UserRole), "")
            item.setForeground(self.theme.color("text2" if reason else "text"))
            if item.data(_REASON) != reason:
                item.setData(reason, _REASON)
                item.setEnabled(not reason)
                item.setData(reason, Qt.ItemDataRole.AccessibleDescriptionRole)

    def showPopup(self) -> None:
        """Open with what would not do greyed."""
        self.judge()
        super().showPopup()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Be ready for ↑ and ↓, which pass over what would not do."""
        self.judge()
        super().focusInEvent(event)


class ChoiceEditor(Editor):
    """One of several options, by tag."""

    def __init__(
        self,
        theme: Theme,
        setting: Setting,
        options: Mapping[str, object],
        refusals: Callable[[], Mapping[str, str]] = dict,
        parent: QWidget | None = None,
    ) -> None:
        """Make an editor; options: by tag rows of a table or titles; refusals: why some would not do now."""
        super().__init__(parent)
        self.value = ""
        self.combo = _Choices(theme, setting.title, refusals)
        self.combo.setAccessibleDescription(setting.sentence)
        for tag, option in options.items():
            item = QStandardItem(title_of(option, tag))
            item.setData(tag, Qt.ItemDataRole.UserRole)
            item.setToolTip(getattr(option, "sentence", ""))
            self.combo.options.appendRow(item)
        self.combo.activated.connect(self._chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.combo)
        self.setFocusProxy(self.combo)

    def show_value(self, value: Any) -> None:
        """Show an option by its tag."""
        self.value = value
        self.combo.setCurrentIndex(self.combo.findData(value))

    def stops(self) -> list[QWidget]:
        """Return the list."""
        return [self.combo]

    def _chosen(self, place: int) -> None:
        tag = self.combo.itemData(place)
        if tag != self.value:
            self.edited.emit(tag, False)


class SwitchEditor(Editor):
    """On or off, with words for both beside it."""

    def __init__(
        self, theme: Theme, setting: Setting, words: tuple[str, str] = ("", ""), parent: QWidget | None = None
    ) -> None:
        """Make an editor; words: for off and on."""
        super().__init__(parent)
        self.words = words
        self.small = not any(words)
        self.switch = Switch(theme, setting.title)
        self.switch.setAccessibleDescription(setting.sentence)
        self.switch.clicked.connect(lambda on: self.edited.emit(on, False))
        self.text = QLabel()
        set_class(self.text, "caption")
        self.text.setVisible(any(words))
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.switch)
        row.addWidget(self.text, 1)
        row.addStretch(0)
        self.setFocusProxy(self.switch)

    def show_value(self, value: Any) -> None:
        """Show on or off."""
        self.switch.setChecked(bool(value))
        self.text.setText(self.words[bool(value)])

    def stops(self) -> list[QWidget]:
        """Return the switch."""
        return [self.switch]


class OptionalNumberEditor(Editor):
    """A switch, and a number while it is on; off is None."""

    def __init__(self, theme: Theme, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.switch = Switch(theme, setting.title)
        self.switch.setAccessibleDescription(setting.sentence)
        self.switch.clicked.connect(self._switched)
        self.number = NumberEditor(theme, setting)
        self.number.edited.connect(self.edited)
        self.number.finished.connect(self.finished)
        self._last = self._first(setting)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.switch)
        row.addWidget(self.number, 1)
        row.addStretch(0)
        self.setFocusProxy(self.switch)

    @staticmethod
    def _first(setting: Setting) -> Any:
        """Return what switching on begins with: 1 as far as the limits allow it."""
        least, most = getattr(setting.limits, "least", 1), getattr(setting.limits, "most", 1)
        value = min(max(1, least), most)
        return value if isinstance(setting.limits, Whole) else float(value)

    def show_value(self, value: Any) -> None:
        """Show a number, or off."""
        self.switch.setChecked(value is not None)
        self.number.setVisible(value is not None)
        if value is not None:
            self._last = value
            self.number.show_value(value)

    def stops(self) -> list[QWidget]:
        """Return the switch, then what the number has."""
        return [self.switch, *self.number.stops()]

    def _switched(self, on: bool) -> None:
        self.edited.emit(self._last if on else None, False)
