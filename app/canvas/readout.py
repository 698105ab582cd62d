"""The card at the lower left: what the neuron under the mouse, or the pinned one, computes, in live numbers."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.canvas.plan import NetworkPlan
from app.canvas.scene import Pair
from app.canvas.words import number, subscript
from app.shell.selection import Neuron, Weight
from app.shell.style import set_class
from app.shell.theme import Theme
from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.features import FEATURES

_TERMS = 3
_TILE = 44


@dataclass(frozen=True)
class Account:
    """What is said of a neuron. bias, largest: the weights behind the numbers, None where there are none yet."""

    title: str
    formula: str
    bias: tuple[Weight, float] | None = None
    largest: tuple[Weight, float] | None = None
    gradient: float | None = None


def account(plan: NetworkPlan, neuron: Neuron, weights: tuple[Pair, ...], gradients: tuple[Pair, ...]) -> Account | None:
    """Say what a neuron computes; None if there is no such neuron."""
    card = plan.card(neuron.layer)
    if card is None or not 0 <= neuron.unit < (card.units or 0):
        return None
    if card.kind == "input":
        label = card.labels[neuron.unit] if neuron.unit < len(card.labels) else f"x{subscript(neuron.unit + 1)}"
        sentence = FEATURES[plan.features[neuron.unit]].sentence if plan.span is not None else ""
        return Account(f"{card.name} · {label}", sentence)
    title = card.name if card.kind == "output" and card.units == 1 else f"{card.name} · {_nth(card, neuron.unit)}"
    if card.kind == "dropout":
        return Account(title, f"a · m / (1 − {card.rate:g})")
    general = _applied(card.activation, "w·x + b")
    place, source = plan.dense_place(card.id), plan.source(card.id)
    if place is None or source is None or place >= len(weights):
        return Account(title, general)
    matrix, biases = weights[place]
    if np.shape(matrix) != (card.units, card.inputs):
        return Account(title, general)
    row, bias = np.asarray(matrix[neuron.unit], float), float(biases[neuron.unit])
    strongest = int(np.abs(row).argmax())
    formula = _applied(card.activation, _sum(row, bias, source.labels if source.kind == "input" else (), source.kind))
    gradient = None
    if place < len(gradients) and np.shape(gradients[place][0]) == np.shape(matrix):
        gradient = float(np.linalg.norm(gradients[place][0][neuron.unit]))
    return Account(
        title,
        formula,
        (Weight(card.id, neuron.unit, None), bias),
        (Weight(card.id, neuron.unit, strongest), float(row[strongest])),
        gradient,
    )


def _nth(card: object, unit: int) -> str:
    labels: tuple[str, ...] = getattr(card, "labels", ())
    return labels[unit] if unit < len(labels) else f"neuron {unit + 1}"


def _applied(activation: str, inside: str) -> str:
    """Write g(inside) with the name of the activation."""
    if activation == "linear":
        return inside
    return f"{OUTPUT_ACTIVATIONS[activation].title.lower()}({inside})"


def _sum(row: np.ndarray, bias: float, labels: tuple[str, ...], kind: str) -> str:
    """Write the weighted sum with its strongest terms: −0.42·x₁ + 1.31·x₂ + … − 0.27."""
    strongest = sorted(np.argsort(-np.abs(row), kind="stable")[:_TERMS].tolist())
    letter = "x" if kind == "input" else "a"
    terms = [(float(row[i]), labels[i] if i < len(labels) else letter + subscript(i + 1)) for i in strongest]
    text = ""
    for value, name in terms:
        sign = "−" if value < 0 else "+"
        text += f" {sign} {number(abs(value))}·{name}" if text else f"{number(value)}·{name}"
    if len(row) > _TERMS:
        text += " + …"
    return f"{text} {'−' if bias < 0 else '+'} {number(abs(bias))}"


class Readout(QFrame):
    """Shows the account of a neuron. A click on a number asks to edit that weight (``weight_asked``)."""

    weight_asked = Signal(object)

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        set_class(self, "card")
        self.setAccessibleName(self.tr("Selected neuron"))
        self.tile = QLabel()
        self.tile.setFixedSize(QSize(_TILE, _TILE))
        self.tile.setScaledContents(True)
        self.title, self.formula = QLabel(), QLabel()
        set_class(self.title, "title")
        set_class(self.formula, "caption")
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addStretch()
        texts.addWidget(self.title)
        texts.addWidget(self.formula)
        texts.addStretch()
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(10, 8, 12, 8)
        self._layout.setSpacing(12)
        self._layout.addWidget(self.tile)
        self._layout.addLayout(texts, 1)
        self.bias, self._bias_column = self._column(self.tr("bias b"), self.tr("Edit the bias"))
        self.largest, self._largest_column = self._column(self.tr("largest w"), self.tr("Edit the largest weight"))
        self.gradient = QLabel()
        set_class(self.gradient, "value")
        self._gradient_column = self._under(self.tr("‖∂J/∂w‖"), self.gradient)
        self._account: Account | None = None
        self.bias.clicked.connect(lambda: self._ask(self._account.bias if self._account else None))
        self.largest.clicked.connect(lambda: self._ask(self._account.largest if self._account else None))
        self.setVisible(False)

    def _column(self, caption: str, tip: str) -> tuple[QPushButton, QWidget]:
        button = QPushButton()
        set_class(button, "flat")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button, self._under(caption, button)

    def _under(self, caption: str, widget: QWidget) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        label = QLabel(caption)
        set_class(label, "caption")
        layout.addWidget(label, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        self._layout.addWidget(column)
        return column

    def _ask(self, found: tuple[Weight, float] | None) -> None:
        if found is not None:
            self.weight_asked.emit(found[0])

    def tell(self, account: Account | None, tile: QPixmap | None) -> None:
        """Show an account, or hide."""
        self._account = account
        self.setVisible(account is not None)
        if account is None:
            return
        self.tile.setVisible(tile is not None)
        if tile is not None:
            self.tile.setPixmap(tile)
        self.title.setText(account.title)
        for button, found in ((self.bias, account.bias), (self.largest, account.largest)):
            button.setText(number(found[1]) if found else "")
        self.gradient.setText("" if account.gradient is None else number(account.gradient))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Leave out columns where there is no room for them."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        found = self._account
        if found is None:
            return
        room = self.width()
        self._bias_column.setVisible(found.bias is not None and room > 270)
        self._largest_column.setVisible(found.largest is not None and room > 340)
        self._gradient_column.setVisible(found.gradient is not None and room > 420)
        columns = [self._bias_column, self._largest_column, self._gradient_column]
        taken = sum(column.sizeHint().width() + 12 for column in columns if column.isVisibleTo(self))
        left = room - taken - 24 - (0 if self.tile.isHidden() else _TILE + 12)
        for label, text in ((self.title, found.title), (self.formula, found.formula)):
            label.setText(label.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(left, 40)))
            label.setToolTip(text if label.text() != text else "")
