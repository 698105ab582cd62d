"""Fields to type a sample in, one for each column of the data, with a slider over the range that the data have."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QWidget

from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.numbers import read, written
from app.shell.widgets.sliders import LinearSlider
from core.datasets.samples import Dataset

_FINE = 200  # steps of a slider, at the least


@dataclass(frozen=True)
class Range:
    """The numbers of a column: least and most, the one in the middle, and the step of a slider over them."""

    name: str
    least: float
    most: float
    middle: float
    step: float


def ranges(dataset: Dataset) -> tuple[Range, ...]:
    """Return the range of each column in the training samples."""
    raw = dataset.train.raw
    names = dataset.facts.columns
    return tuple(
        range_of(names[place] if place < len(names) else f"x{place + 1}", raw[:, place].astype(np.float64))
        for place in range(raw.shape[1])
    )


def range_of(name: str, values: NDArray[np.float64]) -> Range:
    """Return the range of a column, ends and middle rounded to steps: whole numbers stay whole."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 1, high + 1
    step = 10.0 ** math.floor(math.log10((high - low) / _FINE))
    if np.array_equal(values, np.round(values)):
        step = max(step, 1.0)
    middle = round(float(np.median(values)) / step) * step
    ends = math.floor(round(low / step, 6)) * step, math.ceil(round(high / step, 6)) * step
    least, most, middle = (float(f"{number:.12g}") for number in (*ends, middle))  # not -0.30000000000000004
    return Range(name, least, most, middle, step)


class _Field(LinearSlider):
    """A number that may be any, also between the slider's steps."""

    beyond = True

    def text(self, value: float) -> str:
        return super().text(value).replace(",", "")

    def _read(self, text: str) -> float | None:
        return read(text)


class Fields(QScrollArea):
    """The fields of a sample. changed: one of its numbers."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.fields: list[_Field] = []
        self.outside: list[QLabel] = []  # beside each field, seen while its number lies outside the data
        self._ranges: Sequence[Range] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.set_ranges(())

    @property
    def values(self) -> NDArray[np.float64]:
        """The sample (1, columns)."""
        return np.array([[field.value for field in self.fields]])

    def set_ranges(self, ranges: Sequence[Range]) -> None:
        """Make a field for each column, at its middle."""
        self._ranges, self.fields, self.outside = ranges, [], []
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, column in enumerate(ranges):
            label, note = QLabel(column.name), ElidedLabel()
            field = _Field(self.theme, column.least, column.most, column.step, column.name)
            field.set_value(column.middle)
            field.changed.connect(self._changed)
            tip = self.tr("{0}: the data have {1} to {2}").format(column.name, *map(written, _ends(column)))
            for widget in (label, field, field.slider, field.field):
                widget.setToolTip(tip)
            field.field.setAccessibleDescription(tip)
            set_class(note, "axis")
            grid.addWidget(label, 2 * row, 0)
            grid.addWidget(field, 2 * row, 1)
            note.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(note, 2 * row + 1, 1)
            self.fields.append(field)
            self.outside.append(note)
        grid.setRowStretch(2 * len(ranges), 1)
        self.setWidget(inside)
        self._tell()

    def minimumSizeHint(self) -> QSize:
        """Return the least width in which a slider can be dragged."""
        inside = self.widget()
        wide = 0 if inside is None else inside.minimumSizeHint().width()
        return QSize(wide + self.verticalScrollBar().sizeHint().width(), 60)

    def _changed(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        """Say beside a field that its number is none that the network has learned from."""
        for column, field, note in zip(self._ranges, self.fields, self.outside, strict=True):
            ends = self.tr("outside the data, {0} to {1}").format(*map(written, _ends(column)))
            note.setText(ends)
            note.setVisible(not column.least <= field.value <= column.most)


def _ends(column: Range) -> tuple[float, float]:
    return column.least, column.most
