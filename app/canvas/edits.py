"""What can be done to the layers, however it is asked for: each an edit of the document, the selection following."""

from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from app.canvas.parts import MOST_LAYERS, pack_layers, unpack_layers
from app.canvas.shown import ShownRun
from app.document.document import Document
from app.shell.selection import Neuron, Selection
from core.choices.activations import ACTIVATIONS
from core.choices.fields import Mistake
from core.experiment.checks import Problem
from core.experiment.examples import read_example
from core.experiment.experiment import Experiment
from core.experiment.network import LAYERS, Dense, Dropout, Network


class LayerEdits(QObject):
    """Edits layers of the document. ``hint`` says in a sentence why something cannot be done."""

    hint = Signal(str)

    def __init__(
        self, document: Document, selection: Selection, parent: QObject | None = None, shown: ShownRun | None = None
    ) -> None:
        """Make edits; shown: the run that the user sees, which may have settings of its own."""
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self.shown = shown or ShownRun(document)

    @property
    def experiment(self) -> Experiment:
        """What is edited."""
        return self._document.experiment

    @property
    def network(self) -> Network:
        """The network as it is now."""
        return self._document.experiment.network

    def _locked(self) -> bool:
        """Tell whether the layers on the screen are not those that can be edited, and say so."""
        variant = self.shown.variant
        if variant is None or not self.shown.own_layers:
            return False
        words = self.tr("{run} has layers of its own: show a run without, or stop comparing, to edit the network.")
        self.hint.emit(words.format(run=variant.name))
        return True

    def layer(self, layer: str | None) -> Dense | Dropout | None:
        """Return a hidden layer by its id; None for input, output and unknown ones."""
        return next((found for found in self.network.layers if found.id == layer), None)

    @property
    def selected(self) -> Dense | Dropout | None:
        """The selected hidden layer."""
        return self.layer(self._selection.layer)

    def place_after(self, layer: str | None) -> int:
        """Return the place behind a layer: the first one behind the input, the last one if it is none of them."""
        if layer == "input":
            return 0
        ids = [found.id for found in self.network.layers]
        return ids.index(layer) + 1 if layer in ids else len(ids)

    # -- layers --------------------------------------------------------------------------------------------------

    def insert(self, kind: str, place: int | None = None) -> None:
        """Insert a layer of a kind at a place, or behind the selected one; it becomes the selected one."""
        model = LAYERS[kind]
        layer = model(name=self.network.fresh_name(model.__name__))
        self._insert([layer], place, self.tr("Insert {name}").format(name=layer.name))

    def _insert(self, layers: list[Dense | Dropout], place: int | None, text: str) -> None:
        network = self.network
        if self._locked():
            return
        if len(network.layers) + len(layers) > MOST_LAYERS:
            self.hint.emit(self.tr("A network has at most 64 layers."))
            return
        place = self.place_after(self._selection.layer) if place is None else place
        for offset, layer in enumerate(layers):
            network = network.insert(place + offset, layer)
        self._document.edit_network(network, text)
        self._selection.select_layer(layers[-1].id)

    def remove(self, layer: str | None) -> None:
        """Delete a layer; the one that takes its place is selected."""
        found = self.layer(layer)
        if layer is not None and self._locked():
            return
        if found is None:
            if layer is not None:
                self.hint.emit(self.tr("Input and Output cannot be deleted: data and loss make them."))
            return
        place = self.network.index(found.id)
        pinned = self._selection.pinned
        if pinned is not None and pinned.layer == found.id:
            self._selection.pin(None)
        self._document.edit_network(self.network.remove(found.id), self.tr("Delete {name}").format(name=found.name))
        left = self.network.layers
        self._selection.select_layer(left[min(place, len(left) - 1)].id if left else None)

    def duplicate(self, layer: str | None) -> None:
        """Insert a copy of a layer behind it."""
        found = self.layer(layer)
        if found is None:
            self.hint.emit(self.tr("Select a Dense or Dropout layer to duplicate it."))
            return
        text = self.tr("Duplicate {name}").format(name=found.name)
        self._insert([self._fresh(found, self.network)], self.place_after(found.id), text)

    def copy(self, layer: str | None) -> bool:
        """Put a layer on the clipboard; False if there is none."""
        found = self.layer(layer)
        if found is None:
            self.hint.emit(self.tr("Select a Dense or Dropout layer to copy it."))
            return False
        QGuiApplication.clipboard().setMimeData(pack_layers([found]))
        return True

    def cut(self, layer: str | None) -> None:
        """Put a layer on the clipboard and delete it."""
        if self.copy(layer):
            self.remove(layer)

    def paste(self) -> None:
        """Insert the layers of the clipboard behind the selected one."""
        try:
            found = unpack_layers(QGuiApplication.clipboard().mimeData())
        except Mistake as mistake:
            self.hint.emit(str(mistake))
            return
        network, layers = self.network, []
        for layer in found:
            layers.append(self._fresh(layer, network))
            # Known to the next one's name; its place does not matter.
            network = Network(layers=(*network.layers, layers[-1]), output=network.output)
        self._insert(layers, None, self.tr("Paste {name}").format(name=layers[0].name))

    def _fresh(self, layer: Dense | Dropout, network: Network) -> Dense | Dropout:
        """Return a layer like this one, with an id and a name of its own."""
        kind = type(layer)
        settings = layer.model_dump(mode="json", exclude={"id", "name"})
        taken = any(layer.name == other.name for other in network.layers)
        return kind(**settings, name=network.fresh_name(kind.__name__) if taken else layer.name)

    def move(self, layer: str | None, place: int) -> None:
        """Move a layer to a place in the order, counted without it."""
        found = self.layer(layer)
        if self._locked():
            return
        if found is None:
            self.hint.emit(self.tr("Input and Output stay at the ends."))
            return
        place = max(0, min(place, len(self.network.layers) - 1))
        self._document.edit_network(self.network.move(found.id, place), self.tr("Move {name}").format(name=found.name))

    def shift(self, layer: str | None, by: int) -> None:
        """Move a layer by one place to the front or to the back."""
        place = self.network.index(layer) + by if layer is not None and self.layer(layer) is not None else 0
        self.move(layer, place)

    # -- settings ------------------------------------------------------------------------------------------------

    def set(self, layer: str, field: str, value: Any, text: str, merge: bool = False) -> None:
        """Set a field of a hidden layer or of the output."""
        output = layer == self.network.output.id
        if self._locked():
            return
        path = "network.output" if output else f"network.layers[{self.network.index(layer)}]"
        try:
            self._document.set({f"{path}.{field}": value}, text, f"{layer}.{field}" if merge else "")
        except Mistake as mistake:
            self.hint.emit(str(mistake))
        else:
            if (layer, field) in self.shown.own:
                self.hint.emit(self.tr("The experiment has this now; the runs that are compared keep their own."))

    def rename(self, layer: str, name: str) -> None:
        """Give a layer another name; an empty one leaves it as it is."""
        name = name.strip()[:80]
        if name:
            self.set(layer, "name", name, self.tr("Rename to {name}").format(name=name))

    def set_units(self, layer: str, units: int) -> None:
        """Set the units of a Dense layer; turns of the wheel in a row are one undo step."""
        found = self.layer(layer)
        if isinstance(found, Dense):
            units = max(1, min(units, 4096))
            text = self.tr("{name}: {count} units").format(name=found.name, count=units)
            self.set(layer, "units", units, text, merge=True)

    def set_rate(self, layer: str, rate: float) -> None:
        """Set the rate of a Dropout layer."""
        found = self.layer(layer)
        if isinstance(found, Dropout):
            rate = round(max(0.0, min(rate, 0.95)), 4)
            self.set(
                layer, "rate", rate, self.tr("{name}: rate {rate}").format(name=found.name, rate=f"{rate:g}"), True
            )

    def set_activation(self, layer: str | None, tag: str) -> None:
        """Set the activation of a Dense layer."""
        found = self.layer(layer)
        if not isinstance(found, Dense):
            self.hint.emit(self.tr("Select a Dense layer first: an activation belongs on one."))
            return
        text = self.tr("{name}: {activation}").format(name=found.name, activation=ACTIVATIONS[tag].title)
        self.set(found.id, "activation", tag, text)

    def mend(self, problem: Problem) -> None:
        """Apply the mend of a problem."""
        if problem.mend is not None:
            try:
                self._document.set({problem.mend.path: problem.mend.value}, problem.mend.label)
            except Mistake as mistake:
                self.hint.emit(str(mistake))

    def start_with(self, example: str) -> None:
        """Take data, network and training of a ready-made experiment."""
        found = read_example(example)
        self._document.edit(found, self.tr("Start with {name}").format(name=found.name))
        self._selection.select_layer(found.network.layers[0].id if found.network.layers else None)

    # -- going about ---------------------------------------------------------------------------------------------

    def step_layer(self, by: int) -> None:
        """Select the neighbouring layer, input and output included."""
        ids = ["input", *(layer.id for layer in self.network.layers), self.network.output.id]
        now = self._selection.layer
        place = ids.index(now) + by if now in ids else 0 if by > 0 else len(ids) - 1
        self._selection.select_layer(ids[max(0, min(place, len(ids) - 1))])

    def step_neuron(self, layer: str, by: int, units: int) -> None:
        """Pin the neighbouring neuron of a layer, which has this many."""
        if units < 1:
            return
        pinned = self._selection.pinned
        unit = pinned.unit + by if pinned is not None and pinned.layer == layer else 0 if by > 0 else units - 1
        self._selection.pin(Neuron(layer, max(0, min(unit, units - 1))))
