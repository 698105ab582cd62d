"""Gestures of the mouse on the canvas, each an object that lives from press to release."""

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from app.canvas.edits import LayerEdits
from app.canvas.parts import slot_at
from app.canvas.scene import NetworkScene
from app.canvas.words import tr
from app.canvas.zoom import Zoom


class Pan:
    """Moves the picture with the mouse."""

    def __init__(self, zoom: Zoom, at: QPointF) -> None:
        self._zoom = zoom
        self._at = at

    def move(self, at: QPointF) -> None:
        """Follow the mouse (viewport coordinates)."""
        self._zoom.pan(at - self._at)
        self._at = at


class CardDrag:
    """Carries a card to another place in the order. It begins once the mouse has moved far enough."""

    def __init__(self, scene: NetworkScene, edits: LayerEdits, layer: str, at: QPointF, pressed: QPointF) -> None:
        self._scene = scene
        self._edits = edits
        self.layer = layer
        self._at = at  # scene
        self._pressed = pressed  # viewport
        self._place: int | None = None
        self.begun = False

    def move(self, at: QPointF, mouse: QPointF) -> str:
        """Follow the mouse, and say what a release would do."""
        if not self.begun:
            if (mouse - self._pressed).manhattanLength() < QApplication.startDragDistance():
                return ""
            self.begun = True
        card = self._scene.network.card(self.layer)
        if card is None:  # an undo has taken it away
            self.cancel()
            return ""
        self._scene.marks.ghost(self._scene.picture_of(self.layer), card.rect.topLeft() + at - self._at)
        slot = slot_at(self._scene.network, at.x())
        here = self._edits.network.index(self.layer)
        self._place = slot if slot <= here else slot - 1
        if self._place == here:
            self._scene.marks.slot(None)
            return tr("Release to leave {name} where it is.").format(name=card.plan.name)
        self._scene.marks.slot(self._scene.network.slots[slot])
        before, after = (self._scene.network.cards[place].plan.name for place in (slot, slot + 1))
        return tr("Release to move {name} between {before} and {after}.").format(
            name=card.plan.name, before=before, after=after
        )

    def drop(self) -> None:
        """Move the layer to where the slot is."""
        self.cancel()
        there = self._edits.layer(self.layer) is not None
        if self.begun and there and self._place is not None and self._place != self._edits.network.index(self.layer):
            self._edits.move(self.layer, self._place)

    def cancel(self) -> None:
        """Take ghost and slot away."""
        self._scene.marks.ghost(None)
        self._scene.marks.slot(None)
