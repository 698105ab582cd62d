"""What is looked at: rings, tips, the read-out of a neuron and the editor of a weight follow mouse and selection."""

from collections.abc import Callable, Container

import numpy as np
from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QToolTip, QWidget

from app.canvas.account import account
from app.canvas.chain_card import ChainAccount, ChainCard
from app.canvas.editors import WeightEditor
from app.canvas.layout import Spot, field_of
from app.canvas.readout import Readout
from app.canvas.scene import NetworkScene, Pair
from app.canvas.tips import CurveTip, ValueTip
from app.canvas.view import NetworkView
from app.canvas.words import number, weight_name
from app.shell.selection import Neuron, Selection, Weight
from app.shell.theme import Theme

_WITH_GRADIENT = ("dense", "output")
_FIELDS = ("menu", "less", "more", "units", "activation", "rate", "back", "on", "mend")


class Attention(QObject):
    """Shows what is hovered, pinned and selected.

    weight_edited, weight_restored: as of the editor. looked: something else is looked at, see ``looking``. laid: what
    lies at the lower left is another card, or has another width.
    """

    weight_edited = Signal(object, float)
    weight_restored = Signal(object)
    looked = Signal()
    laid = Signal()

    def __init__(
        self,
        canvas: QWidget,
        view: NetworkView,
        scene: NetworkScene,
        selection: Selection,
        theme: Theme,
        own_words: Callable[[tuple[str, str]], str],
    ) -> None:
        """Make it; own_words: says of a field (layer, name) of the run that is shown how other runs differ."""
        super().__init__(canvas)
        self._own_words = own_words
        self._canvas = canvas
        self._view = view
        self._scene = scene
        self._selection = selection
        self.readout = Readout(canvas, theme)
        self.chain_card = ChainCard(canvas, theme)
        self.weight_editor = WeightEditor(canvas)
        self.gradients_of = ""  # of what the gradients are, in words
        self.value_tip = ValueTip(canvas, theme)
        self.curve_tip = CurveTip(canvas, theme)
        self._hovered_link: tuple[int, QPoint] | None = None
        self._hovered_bias: tuple[Weight, QPoint] | None = None
        self._account: ChainAccount | None = None
        selection.layer_changed.connect(self._mark)
        selection.shown_changed.connect(self._show_neuron)
        selection.pinned_changed.connect(self._mark)
        selection.weight_changed.connect(self._show_weight)
        view.hovered.connect(self._hover)
        view.link_hovered.connect(self._hover_link)
        view.weight_asked.connect(self.edit_weight)
        self.readout.weight_asked.connect(self.edit_from_readout)
        self.weight_editor.edited.connect(self.weight_edited)
        self.weight_editor.restored.connect(self.weight_restored)
        self.weight_editor.closed.connect(self._editor_closed)

    # -- whenever something has changed ------------------------------------------------------------------------------

    def restructure(self) -> None:
        """Lay everything over the cards where they are now."""
        self._view.forget_hover()
        self._mark()
        self._show_neuron(self._selection.shown)
        self._show_weight(self._selection.weight)

    @property
    def looking(self) -> bool:
        """Whether something is looked at that has a gradient: a link, a bias, a neuron, the selected weight."""
        if self._hovered_link is not None or self._hovered_bias is not None or self._selection.weight is not None:
            return True
        shown = self._selection.shown
        card = None if shown is None else self._scene.network.plan.card(shown.layer)
        return card is not None and card.kind in _WITH_GRADIENT

    def tell_numbers(self) -> None:
        """Show the newest numbers in read-out, tip and editor."""
        if self._told is not None:
            self._tell_neuron(self._told)
        if self._hovered_link is not None:
            self._tell_link(*self._hovered_link)
        if self._hovered_bias is not None:
            self._tell_weight(*self._hovered_bias)
        if self.weight_editor.weight is not None:
            value = self.value_of(self.weight_editor.weight, self._scene.live.weights)
            if value is not None:
                self.weight_editor.show_value(value)

    def tell_tiles(self, tiles: Container[str]) -> None:
        """Show the newest tile in the read-out, if it is among these."""
        if self._told is not None and self._told.layer in tiles:
            self._tell_neuron(self._told)

    def value_of(self, weight: Weight, pairs: tuple[Pair, ...]) -> float | None:
        """Return the number of a weight or bias; None if there is none."""
        place = self._scene.network.plan.dense_place(weight.layer)
        if place is None or place >= len(pairs):
            return None
        matrix, biases = pairs[place]
        if weight.unit >= len(biases):
            return None
        if weight.source is None:
            return float(biases[weight.unit])
        return float(matrix[weight.unit, weight.source]) if weight.source < matrix.shape[1] else None

    # -- layers and neurons ------------------------------------------------------------------------------------------

    def _mark(self) -> None:
        self._scene.ring_card("card", self._selection.layer)
        self._scene.ring_unit("unit", self._selection.pinned)
        hovered = self._selection.hovered
        self._scene.ring_unit("hover", hovered if hovered != self._selection.pinned else None)

    def _show_neuron(self, neuron: Neuron | None) -> None:
        self._mark()
        self._scene.links.emphasise(neuron)
        self._lay()
        self.looked.emit()

    @property
    def _told(self) -> Neuron | None:
        """The neuron of the read-out; the chain of the selected weight goes before a pinned one."""
        return self._selection.hovered if self._account is not None else self._selection.shown

    def _lay(self) -> None:
        """Show at the lower left what is looked at now: a hovered neuron, the selected weight, the pinned neuron."""
        neuron = self._told
        self.chain_card.tell(self._account if neuron is None else None)
        if neuron is None:
            self.readout.tell(None, None)
        else:
            self._tell_neuron(neuron)
        self.laid.emit()

    def set_chain(self, account: ChainAccount | None) -> None:
        """Show the chain rule of the selected weight; that of another one is ignored."""
        if account is not None and account.weight != self._selection.weight:
            return
        if account is not None or self._account is not None:
            self._account = account
            self._lay()

    def _tell_neuron(self, neuron: Neuron) -> None:
        live, plan = self._scene.live, self._scene.network.plan
        self.readout.tell(account(plan, neuron, live.weights, live.gradients), self._tile(neuron))

    def _tile(self, neuron: Neuron) -> QPixmap | None:
        card = self._scene.cards.get(neuron.layer)
        return None if card is None else card.units.tile_of(neuron.unit)

    # -- hovering ----------------------------------------------------------------------------------------------------

    def _hover(self, spot: Spot | None, at: QPoint) -> None:
        on_unit = spot is not None and spot.kind in ("unit", "bias")
        plan = self._scene.network.plan
        self._selection.hover(plan.neuron(spot.layer, spot.unit) if spot is not None and on_unit else None)
        self._mark()
        field = spot is not None and spot.kind in _FIELDS
        self._scene.marks.ring("spot", spot.rect if spot is not None and field else None)
        self._hovered_bias = None
        if spot is not None and spot.kind == "bias" and not self.weight_editor.isVisible():
            self._hovered_bias = (Weight(spot.layer, spot.unit, None), at)
            self._tell_weight(*self._hovered_bias)
        elif self._hovered_link is None:
            self.value_tip.setVisible(False)
        self.looked.emit()
        self._show_curve(spot)
        QToolTip.showText(self._view.mapToGlobal(at), self._words(spot), self._view)

    def _words(self, spot: Spot | None) -> str:
        """Return what does not stand on the card in full."""
        card = None if spot is None else self._scene.cards.get(spot.layer)
        if spot is None or card is None:
            return ""
        plan = card.layout.plan
        if spot.kind == "menu":
            return self.tr("Compare, insert, rename …")
        if field_of(spot) in plan.own:
            return self._own_words((plan.id, field_of(spot))) + " " + self.tr("A click shows and edits them.")
        if spot.kind in ("problem", "mend"):
            return "\n".join(problem.sentence for problem in plan.problems) if len(plan.problems) > 1 else ""
        if spot.kind == "unit" and spot.unit < len(plan.labels) and plan.labels[spot.unit] in card.cut:
            return plan.labels[spot.unit]
        return plan.name if spot.kind in ("name", "card") and plan.name in card.cut else ""

    def _show_curve(self, spot: Spot | None) -> None:
        card = None if spot is None else self._scene.network.card(spot.layer)
        if spot is None or card is None or spot.kind != "activation" or "activation" in card.plan.own:
            self.curve_tip.setVisible(False)
            return
        tag = card.plan.activation
        below = self._view.on_viewport(spot.rect).bottomLeft() + QPoint(0, 6)
        self.curve_tip.tell(tag, self._scene.curves.get(tag), self._view.viewport().mapToGlobal(below))

    def _hover_link(self, link: int | None, at: QPoint) -> None:
        if self.weight_editor.isVisible():
            link = None  # one number at a time
        self._hovered_link = None if link is None else (link, at)
        self._light_link()
        if link is not None:
            self._tell_link(link, at)
        elif self._hovered_bias is None:
            self.value_tip.setVisible(False)
        self.looked.emit()

    def _tell_link(self, link: int, at: QPoint) -> None:
        weight = self._view.weight_of(link)
        if weight is not None:
            self._tell_weight(weight, at)
            return
        text = self._bundle_words(link)
        if text:
            self.value_tip.tell(text, self._view.viewport().mapTo(self._canvas, at))
        else:
            self.value_tip.setVisible(False)

    def _tell_weight(self, weight: Weight, at: QPoint) -> None:
        value = self.value_of(weight, self._scene.live.weights)
        gradient = self.value_of(weight, self._scene.live.gradients)
        text = weight_name(weight)
        text += f" = {number(value)}" if value is not None else self.tr(": no value yet")
        if gradient is not None:
            text += self.tr(", gradient {value}").format(value=number(gradient))
            text += f"\n{self.gradients_of}" if self.gradients_of else ""
        self.value_tip.tell(text, self._view.viewport().mapTo(self._canvas, at))

    def _bundle_words(self, link: int) -> str:
        gap = self._scene.links.strands.gap_of(link)
        pairs = self._scene.live.gradients if self._scene.gradients_drawn else self._scene.live.weights
        if gap.dense is None or gap.dense >= len(pairs):
            return ""
        matrix = np.asarray(pairs[gap.dense][0])
        if gap.columns.max() >= matrix.shape[1] or gap.rows.max() >= matrix.shape[0]:
            return ""
        place, (rows, columns) = link - gap.start, gap.sizes(matrix.shape)
        words = self.tr("{rows} × {columns} gradients, mean {mean}")
        if not self._scene.gradients_drawn:
            words = self.tr("{rows} × {columns} weights, mean {mean}")
        mean = number(float(gap.values(matrix)[place]))
        return words.format(rows=rows[place], columns=columns[place], mean=mean)

    # -- weights -----------------------------------------------------------------------------------------------------

    def _light_link(self) -> None:
        """Light the link under the mouse, else the selected one."""
        link = None if self._hovered_link is None else self._hovered_link[0]
        weight = self._selection.weight
        if link is None and weight is not None and weight.source is not None:
            link = self._scene.links.strands.of_weight(weight)
        self._scene.links.hover(link)

    def _show_weight(self, weight: Weight | None) -> None:
        self._light_link()
        if self._account is not None and self._account.weight != weight:
            self.set_chain(None)
        self.looked.emit()
        if self.weight_editor.weight is not None and weight != self.weight_editor.weight:
            self.weight_editor.drop()

    def _editor_closed(self) -> None:
        self._selection.select_weight(None)
        self._view.setFocus()

    def edit_weight(self, weight: Weight, at: QPoint) -> None:
        """Open the editor of a weight beside a point of the viewport."""
        value = self.value_of(weight, self._scene.live.weights)
        if value is not None:
            self._hovered_link = self._hovered_bias = None
            self.value_tip.setVisible(False)
            self._selection.select_weight(weight)
            place = self._view.viewport().mapTo(self._canvas, at)
            self.weight_editor.open(weight, value, self._between(weight), place)

    def edit_from_readout(self, weight: Weight) -> None:
        """Open the editor of a weight above the read-out."""
        top = self.readout.geometry().topLeft() - QPoint(12, 140)
        self.edit_weight(weight, self._view.viewport().mapFrom(self._canvas, top))

    def edit_beside(self, weight: Weight) -> None:
        """Open the editor of a weight beside its neuron."""
        rect = self._scene.network.unit_rect(weight.layer, weight.unit) or QRectF(QPointF(), QPointF())
        self.edit_weight(weight, self._view.on_viewport(rect).bottomRight())

    def _between(self, weight: Weight) -> str:
        """Say from where to where a weight leads."""
        plan = self._scene.network.plan
        card, source = plan.card(weight.layer), plan.source(weight.layer)
        if card is None or source is None:
            return ""
        end = self.tr("neuron {unit} of {layer}").format(unit=weight.unit + 1, layer=card.name)
        if weight.source is None:
            return self.tr("bias of {neuron}").format(neuron=end)
        begin = self.tr("neuron {unit} of {layer}").format(unit=weight.source + 1, layer=source.name)
        if weight.source < len(source.labels) and source.kind == "input":
            begin = source.labels[weight.source]
        return self.tr("from {begin} to {end}").format(begin=begin, end=end)
