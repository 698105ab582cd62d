"""Sliders with a field beside them: drag for a feeling, type for a number."""

import math

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSlider, QWidget

from app.shell.theme import Theme
from app.shell.widgets.numbers import read, written

_FINE = 1000  # positions of a slider


class QuietSlider(QSlider):
    """A slider that leaves the wheel to what it lies in, unless it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Take the wheel only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ValueSlider(QWidget):
    """A slider and a field that show one number.

    changed: the number, while it is dragged too. released: the gesture is over (the handle was let go, a number was
    typed, a key or the wheel was used), so that a drag can be one undo step. ``set_value`` emits neither.
    beyond: whether a number beyond the limits may be typed.
    """

    beyond = False
    changed = Signal(float)
    released = Signal()

    def __init__(self, theme: Theme, least: float, most: float, name: str, parent: QWidget | None = None) -> None:
        """Make a slider with its limits, both included; name: what the number is, for screen readers."""
        super().__init__(parent)
        self.theme = theme
        self.least = least
        self.most = most
        self.value = least
        self.slider = QuietSlider()
        self.slider.setRange(0, self._positions())
        self.slider.setPageStep(max(1, self._positions() // 10))
        self.slider.setSingleStep(max(1, self._positions() // 100))
        self.slider.setAccessibleName(name)
        self.slider.setMinimumWidth(60)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self.released)
        self.field = QLineEdit()
        self.field.setAccessibleName(name)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.editingFinished.connect(self._typed)
        self.field.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        self.setFocusProxy(self.slider)
        theme.changed.connect(self._fit)
        self._fit()
        self.set_value(least)

    def set_value(self, value: float) -> None:
        """Show a number, without telling that it has changed; outside the limits the slider stands at its end."""
        self.value = value
        self.field.setText(self.text(value))
        self.slider.blockSignals(True)
        self.slider.setValue(round(self._share(max(self.least, min(value, self.most))) * self._positions()))
        self.slider.blockSignals(False)

    def text(self, value: float) -> str:
        """Return what the field shows for a number."""
        return written(value)

    def _widest(self) -> str:
        return "0.0000"

    def _read(self, text: str) -> float | None:
        return read(text)

    def _positions(self) -> int:
        return _FINE

    def _share(self, value: float) -> float:
        raise NotImplementedError

    def _at(self, share: float) -> float:
        raise NotImplementedError

    def _moved(self, position: int) -> None:
        value = self._at(position / self._positions())
        if value != self.value:
            self.value = value
            self.field.setText(self.text(value))
            self.changed.emit(value)
        if not self.slider.isSliderDown():
            self.released.emit()

    def _typed(self) -> None:
        if self.field.text() == self.text(self.value):
            return
        value = self._read(self.field.text())
        if value is None:
            self.field.setText(self.text(self.value))
            return
        value = value if self.beyond else max(self.least, min(value, self.most))
        before = self.value
        self.set_value(value)
        if value != before:
            self.changed.emit(value)
            self.released.emit()

    def _fit(self) -> None:
        metrics = QFontMetrics(self.theme.font(self.theme.sizes.small))
        self.field.setFixedWidth(metrics.horizontalAdvance(self._widest()) + 22)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let ↑ and ↓ in the field move the slider by a step, and Esc take back what was typed."""
        if watched is self.field and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
            ours = event.key() in steps or (event.key() == Qt.Key.Key_Escape and self.field.isModified())
            if ours and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if ours and event.type() == QEvent.Type.KeyPress:
                if event.key() in steps:
                    step = steps[Qt.Key(event.key())] * self.slider.singleStep()
                    self.slider.setValue(self.slider.value() + step)
                else:
                    self.field.setText(self.text(self.value))
                return True
        return super().eventFilter(watched, event)


class LinearSlider(ValueSlider):
    """A number on an even scale, in steps; unit: written behind it, "%" shows a share of 1 as percent."""

    def __init__(
        self,
        theme: Theme,
        least: float,
        most: float,
        step: float,
        name: str,
        unit: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self.step = step
        self.unit = unit
        self.factor = 100 if unit == "%" else 1
        self.decimals = max(0, -math.floor(math.log10(step * self.factor) + 1e-9))
        super().__init__(theme, least, most, name, parent)
        self.slider.setSingleStep(1)

    def text(self, value: float) -> str:
        """Return what the field shows for a number."""
        shown = f"{value * self.factor:,.{self.decimals}f}"
        if round(value * self.factor, self.decimals) != round(value * self.factor, 9):
            shown = written(value * self.factor, 4)  # typed finer than the slider's step
        return f"{shown} {self.unit}".strip().replace("-", "\N{MINUS SIGN}")

    def _widest(self) -> str:
        return max(self.text(self.least), self.text(self.most), "00.0", key=len)

    def _read(self, text: str) -> float | None:
        plain = text.removesuffix(self.unit).strip() if self.unit else text
        # A comma before three digits parts thousands where a number is whole.
        value = read(plain.replace(",", "") if self.decimals == 0 else plain)
        if value is None:
            return None
        value /= self.factor
        return round(value) if self.decimals == 0 and self.factor == 1 else value

    def _positions(self) -> int:
        return max(1, round((self.most - self.least) / self.step))

    def _share(self, value: float) -> float:
        return (value - self.least) / (self.most - self.least)

    def _at(self, share: float) -> float:
        value = self.least + round(share * self._positions()) * self.step
        return min(self.most, round(value, self.decimals + (2 if self.factor == 100 else 0)))


class LogSlider(ValueSlider):
    """A number on a logarithmic scale, to two significant digits.

    floor, ceiling: where the scale of the slider ends, if closer than the limits; the field takes all numbers within
    the limits. If 0 is within the limits, the left end of the slider is 0.
    """

    def __init__(
        self,
        theme: Theme,
        least: float,
        most: float,
        name: str,
        floor: float = 1e-6,
        ceiling: float = 10.0,
        parent: QWidget | None = None,
    ) -> None:
        self.floor = max(least, floor)
        self.ceiling = min(most, ceiling)
        super().__init__(theme, least, most, name, parent)

    def _widest(self) -> str:
        return f"0.0000{'0' if self.least > 0 else ''}"

    def _share(self, value: float) -> float:
        if value <= 0:
            return 0.0
        low, high = math.log10(self.floor), math.log10(self.ceiling)
        share = (math.log10(value) - low) / (high - low)
        return max(1 / _FINE if self.least <= 0 else 0.0, min(share, 1.0))

    def _at(self, share: float) -> float:
        if self.least <= 0 and share == 0:
            return 0.0
        low, high = math.log10(self.floor), math.log10(self.ceiling)
        return float(f"{10 ** (low + share * (high - low)):.2g}")
