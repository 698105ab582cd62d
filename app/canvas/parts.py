"""What is dragged: the kinds of layers and the activations, as they travel from the palette to the canvas."""

import json
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QMimeData

from app.canvas.layout import Layout
from app.canvas.words import tr
from core.choices.activations import ACTIVATIONS
from core.choices.fields import Mistake
from core.experiment.experiment import read_experiment
from core.experiment.network import LAYERS, Dense, Dropout

PART_TYPE = "application/x-downhill-part"
LAYERS_TYPE = "application/x-downhill-layers+json"
MOST_LAYERS = 64


@dataclass(frozen=True)
class Part:
    """A kind of layer, or an activation, by its tag."""

    what: Literal["layer", "activation"]
    tag: str

    @property
    def title(self) -> str:
        """Its name on the screen."""
        return LAYERS[self.tag].__name__ if self.what == "layer" else ACTIVATIONS[self.tag].title


def mime_of(part: Part) -> QMimeData:
    """Pack a part for a drag."""
    data = QMimeData()
    data.setData(PART_TYPE, f"{part.what}:{part.tag}".encode())
    data.setText(part.title)
    return data


def part_in(data: QMimeData) -> Part | None:
    """Unpack a part; None if something else is dragged."""
    if not data.hasFormat(PART_TYPE):
        return None
    what, _, tag = bytes(data.data(PART_TYPE).data()).decode(errors="replace").partition(":")
    if what == "layer" and tag in LAYERS:
        return Part("layer", tag)
    if what == "activation" and tag in ACTIVATIONS:
        return Part("activation", tag)
    return None


def pack_layers(layers: list[Dense | Dropout]) -> QMimeData:
    """Pack layers for the clipboard, as JSON that other programs can read as text."""
    text = json.dumps([layer.model_dump(mode="json") for layer in layers], indent=2, ensure_ascii=False)
    data = QMimeData()
    data.setData(LAYERS_TYPE, text.encode())
    data.setText(text)
    return data


def unpack_layers(data: QMimeData) -> list[Dense | Dropout]:
    """Unpack layers from the clipboard; raises Mistake if there are none."""
    raw = bytes(data.data(LAYERS_TYPE).data()).decode() if data.hasFormat(LAYERS_TYPE) else data.text()
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    if not isinstance(found, list) or not found:
        raise Mistake(tr("The clipboard holds no layers: copy a layer first."))
    # Read as part of an experiment, so that a fault is told as it is of a file.
    return list(read_experiment({"network": {"layers": found}}).network.layers)


@dataclass(frozen=True)
class Landing:
    """What a drop would do. slot: the gap it lands in; layer: the card it acts on; reason: why it is refused."""

    slot: int | None = None
    layer: str | None = None
    reason: str = ""


def landing(part: Part, network: Layout, x: float, y: float) -> Landing:
    """Tell what happens if a part is dropped at a point of the scene."""
    card = next((card for card in network.cards if card.rect.adjusted(-2, -2, 2, 2).contains(x, y)), None)
    if part.what == "activation":
        if card is None:
            slot = slot_at(network, x)
            return Landing(slot=slot, reason=tr("An activation belongs on a layer, not between layers."))
        reasons = {
            "input": tr("The input has no activation: drop it on a Dense layer."),
            "dropout": tr("Dropout has no activation: drop it on a Dense layer."),
            "output": tr("The activation of the output follows from data and loss."),
        }
        return Landing(layer=card.plan.id, reason=reasons.get(card.plan.kind, ""))
    reason = ""
    if len(network.cards) - 2 >= MOST_LAYERS:
        reason = tr("A network has at most 64 layers.")
    elif x < network.cards[0].rect.left() - 2:
        reason = tr("Layers belong between Input and Output: nothing comes before the input.")
    elif x > network.cards[-1].rect.right() + 2:
        reason = tr("Layers belong between Input and Output: nothing comes after the output.")
    return Landing(slot=slot_at(network, x), reason=reason)


def slot_at(network: Layout, x: float) -> int:
    """Return the gap that is nearest to a place along the network."""
    return min(range(len(network.slots)), key=lambda place: abs(network.slots[place].center().x() - x))
