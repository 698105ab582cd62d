"""What is selected and looked at: view state that canvas, list, panels and output share, never saved in the file."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True)
class Neuron:
    """A unit of a layer, by the layer's id and its place; the id "input" stands for the inputs."""

    layer: str
    unit: int


@dataclass(frozen=True)
class Weight:
    """A weight from a unit of the dense layer before (or an input) to a unit; source None: the unit's bias."""

    layer: str
    unit: int
    source: int | None


class Selection(QObject):
    """The selected layer, the pinned and the hovered neuron, and the selected weight."""

    layer_changed = Signal(object)  # str | None
    shown_changed = Signal(object)  # Neuron | None: what the large output view shows
    pinned_changed = Signal(object)  # Neuron | None
    weight_changed = Signal(object)  # Weight | None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer: str | None = None
        self.pinned: Neuron | None = None
        self.hovered: Neuron | None = None
        self.weight: Weight | None = None

    @property
    def shown(self) -> Neuron | None:
        """The neuron that takes the large output view: the hovered one before the pinned one; None: the output."""
        return self.hovered or self.pinned

    def select_layer(self, layer: str | None) -> None:
        """Select a layer by its id, or none."""
        if layer != self.layer:
            self.layer = layer
            self.layer_changed.emit(layer)

    def hover(self, neuron: Neuron | None) -> None:
        """Note the neuron under the mouse."""
        self._show(neuron, self.pinned)

    def pin(self, neuron: Neuron | None) -> None:
        """Keep a neuron in the large output view until another is pinned or it is let go."""
        before = self.pinned
        self._show(self.hovered, neuron)
        if neuron != before:
            self.pinned_changed.emit(neuron)

    def _show(self, hovered: Neuron | None, pinned: Neuron | None) -> None:
        before = self.shown
        self.hovered, self.pinned = hovered, pinned
        if self.shown != before:
            self.shown_changed.emit(self.shown)

    def select_weight(self, weight: Weight | None) -> None:
        """Select a weight or bias, or none."""
        if weight != self.weight:
            self.weight = weight
            self.weight_changed.emit(weight)
