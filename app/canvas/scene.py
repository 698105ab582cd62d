"""The scene: cards, links and marks of a network plan, and the live numbers laid over them."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPixmap
from PySide6.QtWidgets import QGraphicsPixmapItem, QGraphicsScene

from app.canvas.card_picture import MARGIN, draw_card, problem_height
from app.canvas.curves import Curves
from app.canvas.layout import CardLayout, Layout, lay_out
from app.canvas.links import Links
from app.canvas.marks import Marks
from app.canvas.plan import INPUT, NetworkPlan
from app.canvas.shades import Floats, Picture, Shades, feature_tiles
from app.canvas.strands import strands_of
from app.canvas.units import Units
from app.shell.selection import Neuron
from app.shell.theme import Theme
from core.probes.pictures import Tiles

Pair = tuple[NDArray[Any], NDArray[Any]]


@dataclass
class Live:
    """The newest numbers of the run, as they were given."""

    weights: tuple[Pair, ...] = ()
    gradients: tuple[Pair, ...] = ()
    tiles: dict[str, Tiles | Picture] = field(default_factory=dict)
    values: dict[str, Floats] = field(default_factory=dict)
    slopes: bool = False  # whether the values are ∂J/∂z, not activations
    masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


class Card:
    """The items of one card: its still picture, and its neurons, laid over the links."""

    def __init__(self, scene: QGraphicsScene, card: CardLayout, theme: Theme, shades: Shades) -> None:
        self.layout = card
        self.item = QGraphicsPixmapItem()
        self.item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self.item.setOffset(-MARGIN, -MARGIN)
        self.item.setPos(card.rect.topLeft())
        scene.addItem(self.item)
        # Above the links, which run over the cards' pictures.
        self.over = QGraphicsPixmapItem()
        self.over.setPos(card.rect.topLeft())
        self.over.setZValue(2)
        scene.addItem(self.over)
        self.units = Units(self.over, card, theme, shades)
        self.cut: tuple[str, ...] = ()

    def fill(self, live: Live, plan: NetworkPlan) -> None:
        """Lay the newest numbers over a card that was made anew, all but the biases."""
        mine = self.layout.plan
        if mine.id == INPUT and mine.picture == "tiles" and plan.span is not None:
            self.units.set_tiles(feature_tiles(plan.features, plan.span))
        if mine.id in live.tiles:
            self.show_tiles(live.tiles[mine.id])
        if mine.id in live.values:
            self.units.set_values(live.values[mine.id], live.slopes)
        if mine.id in live.masks:
            self.units.set_mask(live.masks[mine.id])

    def show_tiles(self, tiles: Tiles | Picture) -> None:
        if isinstance(tiles, Tiles):
            self.units.set_tiles(np.asarray(tiles.values), tiles.first)
        else:
            self.units.set_tiles(tiles)

    def move(self, card: CardLayout) -> None:
        self.layout = card
        self.item.setPos(card.rect.topLeft())
        self.over.setPos(card.rect.topLeft())

    def looks_like(self, card: CardLayout) -> bool:
        mine, other = self.layout, card
        return (
            mine.plan == other.plan
            and mine.rect.size() == other.rect.size()
            and mine.body.translated(-mine.rect.topLeft()) == other.body.translated(-other.rect.topLeft())
        )


class NetworkScene(QGraphicsScene):
    """Shows a network plan. It knows where everything is; what a click means is the view's matter."""

    def __init__(self, theme: Theme, plan: NetworkPlan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # few items, which change all the time
        self._theme = theme
        self.shades = Shades(theme)
        self.curves: Curves = {}
        self.live = Live()
        self.gradients_shown = False
        self.partial: tuple[bool, ...] | None = None
        self.scale = 1.0
        self.cards: dict[str, Card] = {}
        self.links = Links(self, theme)
        self.marks = Marks(self, theme)
        self.network: Layout = lay_out(plan, problem_height(theme))
        self.show_plan(plan)
        self._paint_background()

    # -- the network -----------------------------------------------------------------------------------------------

    def show_plan(self, plan: NetworkPlan) -> None:
        """Show another network; cards that look the same are only moved."""
        before = self.network
        self.network = lay_out(plan, problem_height(self._theme))
        for layer in [layer for layer in self.cards if self.network.card(layer) is None]:
            self._remove(layer)
        for card in self.network.cards:
            old = self.cards.get(card.plan.id)
            if old is not None and old.looks_like(card):
                old.move(card)
                continue
            if old is not None:
                self._remove(card.plan.id)
            self._make(card)
        if before != self.network or not self.links.strands.gaps:
            self.links.set_strands(strands_of(self.network))
            self._show_links()
        self._show_biases()

    def _make(self, card: CardLayout) -> None:
        made = self.cards[card.plan.id] = Card(self, card, self._theme, self.shades)
        self._paint(made)
        made.fill(self.live, self.network.plan)

    def _remove(self, layer: str) -> None:
        card = self.cards.pop(layer)
        self.removeItem(card.item)
        self.removeItem(card.over)

    def _paint(self, card: Card) -> None:
        picture = draw_card(card.layout, self._theme, self.curves, self.scale)
        card.item.setPixmap(picture.pixmap)
        card.cut = picture.cut

    def repaint_cards(self) -> Generator[None, None, None]:
        """Draw all still pictures anew, one at a time, as the scale or the curves have changed."""
        for layer in list(self.cards):
            if layer in self.cards:
                self._paint(self.cards[layer])
            yield

    def refresh(self) -> None:
        """Take the colours of the theme anew."""
        self.shades.refresh()
        self.links.refresh()
        self.marks.refresh()
        for layer in list(self.cards):
            card = self.cards[layer].layout
            self._remove(layer)
            self._make(card)
        self._show_links()
        self._show_biases()
        self._paint_background()

    def _paint_background(self) -> None:
        # A brush of dots, which Qt tiles by itself.
        dots = QPixmap(16, 16)
        dots.fill(self._theme.color("canvas"))
        image = dots.toImage()
        image.setPixelColor(8, 8, QColor(self._theme.hex("dot")))
        self.setBackgroundBrush(QBrush(QPixmap.fromImage(image)))

    def picture_of(self, layer: str) -> QPixmap:
        """Return the still picture of a card, to be dragged about."""
        return self.cards[layer].item.pixmap()

    def cut_texts(self) -> tuple[str, ...]:
        """Return in full the texts that did not fit on their cards."""
        return tuple(text for card in self.cards.values() for text in card.cut)

    # -- live numbers --------------------------------------------------------------------------------------------

    def set_weights(self, weights: Sequence[Pair]) -> None:
        """Show weights and biases of all dense layers."""
        self.live.weights = tuple(weights)
        if not self.gradients_shown:
            self._show_links()
        self._show_biases()

    def set_gradients(self, gradients: Sequence[Pair]) -> None:
        """Show the gradients, if the links are to show them."""
        self.live.gradients = tuple(gradients)
        if self.gradients_drawn:
            self._show_links()

    @property
    def gradients_drawn(self) -> bool:
        """Whether links show gradients now: as was chosen, or as a backward pass has reached them."""
        return self.gradients_shown or self.partial is not None

    def show_reached(self, reached: Sequence[bool] | None) -> None:
        """Show the gradients of the dense layers that a backward pass has reached, and no number of the others.

        None: the pass is over, and the links show what was chosen.
        """
        partial = None if reached is None else tuple(reached)
        if partial != self.partial:
            self.partial = partial
            self._show_links()

    def show_gradients(self, shown: bool) -> None:
        """Choose what the links show."""
        self.gradients_shown = shown
        self._show_links()

    def _show_links(self) -> None:
        values = self._fitting(self.live.gradients if self.gradients_drawn else self.live.weights)
        largest = 0.0
        if self.partial is not None and len(self.partial) == len(values):
            # One scale for the whole pass.
            largest = max((float(np.abs(np.nan_to_num(W)).max()) for W in values if W is not None), default=0.0)
            values = [W if reached else None for W, reached in zip(values, self.partial, strict=True)]
        self.links.set_values(values, relative=self.gradients_drawn, largest=largest)

    def _fitting(self, pairs: tuple[Pair, ...]) -> list[Floats | None]:
        """Return the matrix of each dense layer, None where it is of another network than the one that is shown."""
        dense = [card.plan for card in self.network.cards if card.plan.kind in ("dense", "output")]
        if len(pairs) != len(dense):
            return [None] * len(dense)
        return [
            np.asarray(W) if np.shape(W) == (plan.units, plan.inputs) else None
            for (W, _), plan in zip(pairs, dense, strict=True)
        ]

    def biases(self) -> dict[str, NDArray[Any]]:
        """Return the newest biases of each dense layer, none where they are of another network."""
        dense = [card.plan.id for card in self.network.cards if card.plan.kind in ("dense", "output")]
        if len(self.live.weights) != len(dense):
            return {}
        return {layer: np.asarray(biases) for layer, (_, biases) in zip(dense, self.live.weights, strict=True)}

    def _show_biases(self) -> None:
        for layer, biases in self.biases().items():
            if layer in self.cards:
                self.cards[layer].units.set_biases(biases)

    def set_tiles(self, tiles: Mapping[str, Tiles | Picture]) -> None:
        """Show what neurons compute over the plane, or the pictures of their weights."""
        for layer, values in tiles.items():
            self.live.tiles[layer] = values
            if layer in self.cards:
                self.cards[layer].show_tiles(values)

    def set_values(self, values: Mapping[str, Floats], slopes: bool = False) -> None:
        """Show the activations of one sample, or (slopes) its ∂J/∂z."""
        self.live.values, self.live.slopes = dict(values), slopes
        for layer, card in self.cards.items():
            if layer in values:
                card.units.set_values(values[layer], slopes)
            else:
                card.units.clear_values()

    def set_masks(self, masks: Mapping[str, NDArray[np.bool_]]) -> None:
        """Show which units each Dropout layer keeps in this step; those left out keep all."""
        self.live.masks = {layer: np.asarray(mask, bool) for layer, mask in masks.items()}
        for layer, card in self.cards.items():
            card.units.set_mask(self.live.masks.get(layer))
        self.links.set_masks(self.live.masks)

    def clear_live(self) -> None:
        """Forget all live numbers."""
        self.live = Live()
        self.partial = None
        for card in self.cards.values():
            card.units.clear()
        self.links.set_masks({})
        self._show_links()

    # -- marks ---------------------------------------------------------------------------------------------------

    def ring_unit(self, name: str, neuron: Neuron | None) -> None:
        """Lay a ring around a neuron if it is on its card's page."""
        rect = None if neuron is None else self.network.unit_rect(neuron.layer, neuron.unit)
        self.marks.ring(name, rect)

    def ring_card(self, name: str, layer: str | None) -> None:
        """Lay a ring around a card."""
        card = None if layer is None else self.network.card(layer)
        self.marks.ring(name, None if card is None else card.rect)

    def content(self) -> QRectF:
        """Return what is to be seen when all is to be seen."""
        return self.network.rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
