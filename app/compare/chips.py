"""The values of one setting that a comparison can have, as chips."""

import json
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.panels.flow import Flow
from app.panels.rows import Refusal
from app.shell.theme import Theme
from core.choices.fields import Mistake
from core.experiment.comparisons import Offer, in_words, name_of, range_of
from core.experiment.experiment import Experiment


def parsed(text: str) -> Any:
    """Return the value that is typed: a number, or else a word, such as all."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text.strip()


class _Field(QLineEdit):
    """A field whose Enter does not press the default button of its dialog as well."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class ValueChips(QWidget):
    """Chips to be pressed, and a field for other values. changed: what is pressed is another."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.experiment = Experiment()
        self.path = ""
        self._values: list[Any] = []
        self.chips: list[QPushButton] = []
        self.place = QWidget()
        self.flow = Flow(self.place)
        self.other = _Field()
        self.other.setAccessibleName(self.tr("Another value"))
        self.other.returnPressed.connect(self._add)
        self.refusal = Refusal(theme)
        self.other.textEdited.connect(lambda _text: self.refusal.say(""))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.place, self.other, self.refusal):
            column.addWidget(widget)
        column.addStretch(1)

    def show_offer(self, experiment: Experiment, offer: Offer, pressed: tuple[Any, ...]) -> None:
        """Show the values of an offer, with those that are pressed; ones that it does not have are added."""
        self.experiment, self.path = experiment, offer.path
        for chip in self.chips:
            self.flow.removeWidget(chip)
            chip.deleteLater()
        self.chips, self._values = [], []
        shown = {name_of(experiment, offer.path, value): value for value in pressed}
        for value, name in zip(offer.values, offer.names, strict=True):
            # One that is pressed may be the same kind with other settings of its own.
            on = name in shown
            self._chip(shown.pop(name, value), name, pressed=on)
        for name, value in shown.items():
            self._chip(value, name, pressed=True)
        whole = bool(range_of(experiment, offer.path, "1-2"))
        self.other.setPlaceholderText(
            self.tr("Another value or several, as 1-8, and Enter") if whole else self.tr("Another value, and Enter")
        )
        self.other.setVisible(all(not isinstance(value, dict | list | bool) for value in offer.values))
        self.other.clear()
        self.refusal.say("")

    @property
    def pressed(self) -> tuple[Any, ...]:
        """The values that are pressed, in order."""
        return tuple(value for value, chip in zip(self._values, self.chips, strict=True) if chip.isChecked())

    def _chip(self, value: Any, name: str, *, pressed: bool) -> None:
        chip = QPushButton(name)
        chip.setCheckable(True)
        chip.setChecked(pressed)
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        chip.setAutoDefault(False)
        chip.clicked.connect(self._pressed)
        self.flow.addWidget(chip)
        chip.show()
        self.chips.append(chip)
        self._values.append(value)

    def _pressed(self) -> None:
        self.refusal.say("")
        self.changed.emit()

    def _add(self) -> None:
        text = self.other.text()
        try:
            values = range_of(self.experiment, self.path, text) or (parsed(text),)
            names = [name_of(self.experiment, self.path, value) for value in values]
        except Mistake as mistake:
            self.refusal.say(in_words(self.experiment, self.path, mistake))
            return
        for value, name in zip(values, names, strict=True):
            if value in self._values:
                self.chips[self._values.index(value)].setChecked(True)
            else:
                self._chip(value, name, pressed=True)
        self.other.clear()
        self._pressed()
