"""The canvas: header, network and what is laid over it, bound to a document and fed with live numbers."""

from collections.abc import Generator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas.actions import LayerActions
from app.canvas.attention import Attention
from app.canvas.caption import Caption
from app.canvas.chain_card import ChainAccount
from app.canvas.curves import Curves
from app.canvas.edits import LayerEdits
from app.canvas.fields import Fields
from app.canvas.header import Header, ZoomControl
from app.canvas.numbers import Numbers
from app.canvas.passes import Step
from app.canvas.plan import INPUT, KnownFacts, NetworkPlan, plan_network
from app.canvas.playback import Playback
from app.canvas.scene import NetworkScene, Pair
from app.canvas.shades import Floats, Picture
from app.canvas.shown import ShownRun
from app.canvas.slices import Slices
from app.canvas.starters import Starters
from app.canvas.view import NetworkView
from app.canvas.zoom import STEP
from app.document.document import Document
from app.shell.icons import Icons
from app.shell.selection import Neuron, Selection, Weight
from app.shell.theme import Theme
from app.work.messages import Scene
from core.experiment.checks import Problem
from core.experiment.network import Network
from core.probes.pictures import Tiles, WeightsPicture

_IDLE_MS = 250  # without new numbers, until links are drawn in full quality
_EDGE = 12
_READOUT_WIDTH, _READOUT_HEIGHT = 560, 64


class CanvasView(QWidget):
    """Shows the network and lets build it.

    hint: a sentence for the status bar, empty when there is nothing to say. weight_edited, weight_restored: a weight
    (Weight) was set by hand, or given back to the training. gradients_wanted_changed: see ``gradients_wanted``.
    compare: the path of a setting that is to be compared, or "".
    """

    hint = Signal(str)
    paged = Signal()
    weight_edited = Signal(object, float)
    weight_restored = Signal(object)
    gradients_wanted_changed = Signal(bool)
    compare = Signal(str)

    def __init__(
        self,
        document: Document,
        selection: Selection,
        theme: Theme,
        icons: Icons | None = None,
        shown: ShownRun | None = None,
    ) -> None:
        """Make a canvas; shown: the run whose network it shows, the first one where it is left out."""
        super().__init__()
        self._run = shown or ShownRun(document, parent=self)
        self._document = document
        self._selection = selection
        self._theme = theme
        self._facts = KnownFacts()
        self._problems: tuple[Problem, ...] = ()
        self._pages: dict[str, int] = {}
        self._wanted = False
        self.edits = LayerEdits(document, selection, self, self._run)
        self.layer_actions = LayerActions(self.edits, selection, self)
        self.scene = NetworkScene(theme, self._plan(), self)
        self.view = NetworkView(self.scene, self.edits, self.layer_actions, selection, self)
        self.header = Header(theme)
        self.caption = Caption(theme)
        self.zoom_control = ZoomControl(self, icons or Icons(theme))
        self.starters = Starters(self.view.viewport())
        self.attention = Attention(self, self.view, self.scene, selection, theme, self._run.sentence)
        self.fields = Fields(self.view, self.edits, self.layer_actions, selection, theme, self.attention)
        self.numbers = Numbers(self.scene, self.header, self.caption, self.attention, self._touch)
        self.playback = Playback(self.numbers, self)
        self._slices = Slices(self)
        self._idle = QTimer(self, singleShot=True, interval=_IDLE_MS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.caption)
        layout.addWidget(self.view, 1)
        self.setFocusProxy(self.view)
        self.setMinimumSize(240, 160)
        self._connect()
        self._recolor()

    def _connect(self) -> None:
        view = self.view
        self._document.changed.connect(self._change)
        self._document.opened.connect(self._open)
        self._run.changed.connect(self._change)
        self._theme.changed.connect(self._recolor)
        self._selection.pinned_changed.connect(self._show_page_of)
        for source in (self.edits, view, self.fields):
            source.hint.connect(self.hint)
        self.attention.weight_edited.connect(self.weight_edited)
        self.attention.weight_restored.connect(self.weight_restored)
        for edited in (self.weight_edited, self.weight_restored):
            edited.connect(lambda *_: self.playback.finish())  # an edit is seen at once
        self.attention.looked.connect(self._tell_wanted)
        self.attention.laid.connect(self._place_overlays)
        self.fields.paged.connect(self._turn_page)
        self.fields.compare.connect(self.compare)
        view.moved.connect(self._place_overlays)
        view.merge_ended.connect(self._document.end_merge)
        view.zoom.changed.connect(self._zoomed)
        view.zoom.settled.connect(self._sharpen_cards)
        self.header.links_chosen.connect(self._choose_links)
        self.zoom_control.smaller.connect(self.zoom_out)
        self.zoom_control.larger.connect(self.zoom_in)
        self.zoom_control.fit.connect(self.fit)
        self.starters.chosen.connect(self.edits.start_with)
        self._idle.timeout.connect(self._sharpen_links)

    # -- the document --------------------------------------------------------------------------------------------

    def _plan(self) -> NetworkPlan:
        experiment, own = self._run.experiment, self._run.own
        return plan_network(experiment, self._facts.of(experiment.data.source), self._problems, self._pages, own)

    def _change(self, *_values: object) -> None:
        plan = self._plan()
        if plan != self.scene.network.plan:
            self._show(plan)
        self._tell_header()
        self._show_starters()

    def _open(self) -> None:
        self._pages = {}
        self._problems = ()
        self._selection.select_layer(None)
        self._selection.pin(None)
        self._selection.select_weight(None)
        self.clear_live()
        self._show(self._plan())
        self.fit()

    def _show(self, plan: NetworkPlan) -> None:
        layers = {card.id for card in plan.cards}
        if self._selection.layer is not None and self._selection.layer not in layers:
            self._selection.select_layer(None)
        pinned = self._selection.pinned
        if pinned is not None and (pinned.layer not in layers or pinned.unit >= self._units(plan, pinned.layer)):
            self._selection.pin(None)
        self._selection.select_weight(None)
        self.playback.keep_to(plan)
        self.scene.show_plan(plan)
        self._shown()

    @staticmethod
    def _units(plan: NetworkPlan, layer: str) -> int:
        card = plan.card(layer)
        return (card.units or 0) if card is not None else 0

    def _shown(self) -> None:
        """Lay everything else over the network as it is now."""
        self._tell_header()
        self._show_starters()
        self.view.zoom.content = self.scene.content()
        if self.view.zoom.fitting:
            self.fit()
        self.attention.restructure()
        self._touch()
        self._place_overlays()

    def _tell_header(self) -> None:
        variant = self._run.variant
        self.header.tell(self.scene.network.plan.parameters, "" if variant is None else variant.name)

    def _show_starters(self) -> None:
        """Show how to begin while there is nothing; a perceptron, which has no layers either, is something."""
        shown = self._document.experiment.network == Network()
        if shown == self.starters.isHidden():
            self.starters.setVisible(shown)
            self._place_overlays()

    def set_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show problems on the cards that they belong to."""
        self._problems = tuple(problems)
        self._change()

    def set_curves(self, curves: Curves) -> None:
        """Take the curves of the activations, once they are sampled (see app/canvas/curves.py)."""
        self.scene.curves = dict(curves)
        self._sharpen_cards()

    def takes(self, scene: Scene) -> bool:
        """Whether the network that is shown takes the data of a run: else the run's numbers mean nothing on it."""
        plan, facts = self.scene.network.plan, scene.dataset.facts
        card = plan.card(INPUT)
        mine = plan.span is not None, None if card is None else card.units
        return mine == (facts.plane, scene.architecture.inputs)

    # -- live numbers --------------------------------------------------------------------------------------------

    def set_weights(self, weights: Sequence[Pair]) -> None:
        """Show weights (units, inputs) and biases (units,) of each dense layer, the output last."""
        self.numbers.set_weights(weights)

    def set_gradients(self, gradients: Sequence[Pair], of: str = "") -> None:
        """Take the gradients, in the same order as the weights; of: of what, as "batch of step 12"."""
        self.numbers.set_gradients(gradients, of)

    @property
    def gradients_wanted(self) -> bool:
        """Whether gradients are to be seen: links show them, or a link, a neuron or a bias is looked at."""
        return self.scene.gradients_shown or self.attention.looking

    def set_tiles(self, tiles: Mapping[str, Tiles | Picture]) -> None:
        """Show what neurons compute over the plane, by layer id: (units, n, n) floats, or RGBA bytes (…, 4).

        A layer may come as Tiles of some of its units, as the probe of the plane returns them. Floats are colours:
        −1 orange, 0 neutral, 1 blue, cut off beyond. The first row of a picture is its upper edge (the largest x₂).
        "input" stands for the input card; for image data it takes one image (1, h, w), grey, 0 … 1.
        """
        self.numbers.set_tiles(tiles)

    def set_images(self, images: Mapping[str, Picture] | WeightsPicture) -> None:
        """Show the weights of the first layer's neurons as images (units, h, w), coloured as tiles are."""
        if isinstance(images, WeightsPicture):
            self.set_tiles({images.layer: Tiles(images.first, images.values)})
        else:
            self.set_tiles(images)

    @property
    def shown_units(self) -> dict[str, range]:
        """The units on the page of each card: those that a probe need draw. ``paged`` tells when they change."""
        return {card.id: card.shown for card in self.scene.network.plan.cards}

    def set_masks(self, masks: Mapping[str, NDArray[np.bool_]]) -> None:
        """Show which units each Dropout layer keeps (True) in this step; layers left out keep all."""
        self.numbers.set_masks(masks)

    def set_activations(self, values: Mapping[str, Floats]) -> None:
        """Show the activation of every unit for one sample, by layer id; layers left out show none."""
        self.numbers.set_activations(values)

    def play(self, step: Step, seconds: float) -> None:
        """Play a step forward and back in so many seconds; 0: show at once where it leads to."""
        self.playback.play(step, self.scene.network.plan, seconds)

    def clear_pass(self) -> None:
        """Take everything of the step that was played off the screen."""
        self.playback.clear()

    def set_chain(self, account: ChainAccount | None) -> None:
        """Show the chain rule of the selected weight; that of another one is ignored."""
        self.attention.set_chain(account)

    def set_by_hand(self, weights: frozenset[Weight]) -> None:
        """Take which weights are set by hand: their editor offers the way back to the trained value."""
        self.attention.weight_editor.set_by_hand(weights)

    def set_shown(self, name: str, short: str, locked: str) -> None:
        """Say whose weights are shown, if not the run's own, and why they cannot be edited; empty: they are its own."""
        self.header.tell_shown(name, short)
        self.attention.weight_editor.set_locked(locked)

    def clear_live(self) -> None:
        """Forget all live numbers and hand-set weights, as the run is another one."""
        self.playback.clear()
        self.numbers.forget()
        self.attention.weight_editor.put_away()
        self.attention.set_chain(None)
        self.attention.restructure()
        self._touch()

    def _choose_links(self, gradients: bool) -> None:
        self.scene.show_gradients(gradients)
        self.header.tell_links(self.scene.gradients_drawn)
        self._tell_wanted()
        self._touch()

    def _tell_wanted(self) -> None:
        if self.gradients_wanted != self._wanted:
            self._wanted = self.gradients_wanted
            self.gradients_wanted_changed.emit(self._wanted)

    # -- pages ---------------------------------------------------------------------------------------------------

    def _turn_page(self, layer: str, by: int) -> None:
        card = self.scene.network.plan.card(layer)
        if card is not None and 0 <= card.page + by < card.pages:
            self._go_to_page(layer, card.page + by)

    def _show_page_of(self, neuron: Neuron | None) -> None:
        card = None if neuron is None else self.scene.network.plan.card(neuron.layer)
        if neuron is not None and card is not None and neuron.unit not in card.shown:
            self._go_to_page(neuron.layer, neuron.unit // card.per_page)

    def _go_to_page(self, layer: str, page: int) -> None:
        self._pages[layer] = page
        self._change()
        self.paged.emit()

    # -- zoom ----------------------------------------------------------------------------------------------------

    def zoom_in(self) -> None:
        """Zoom in by a step."""
        self.view.zoom.by(STEP)

    def zoom_out(self) -> None:
        """Zoom out by a step."""
        self.view.zoom.by(1 / STEP)

    def fit(self) -> None:
        """Show the whole network."""
        self.view.zoom.fit()

    def _zoomed(self) -> None:
        self.zoom_control.tell(self.view.zoom.percent)
        self._touch()
        self._place_overlays()

    # -- quality -------------------------------------------------------------------------------------------------

    def _touch(self) -> None:
        """Note that something moves: links are cheap strokes until it rests."""
        self._slices.cancel("links")
        self.scene.links.blur()
        self.view.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._idle.start()

    @property
    def sharp(self) -> bool:
        """Whether links are drawn in full quality and nothing waits to be."""
        return self.scene.links.sharp and not self._slices.busy

    def _sharpen_cards(self) -> None:
        scale = self.view.zoom.scale * self.devicePixelRatioF()
        self.scene.scale = scale
        self._slices.run("cards", self.scene.repaint_cards())

    def _sharpen_links(self) -> None:
        self._slices.run("links", self._sharpened())

    def _sharpened(self) -> Generator[None, None, None]:
        done = yield from self.scene.links.sharpen(self.view.zoom.scale * self.devicePixelRatioF())
        if done:
            self.view.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    # -- look ----------------------------------------------------------------------------------------------------

    def _recolor(self) -> None:
        zoom, sizes = self.view.zoom, self._theme.sizes
        zoom.nominal = sizes.base / 13  # larger in presentation mode
        zoom.reserved = round(_READOUT_HEIGHT * zoom.nominal) + 2 * _EDGE
        self.attention.weight_editor.floor = zoom.reserved
        self.scene.refresh()
        self._shown()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is laid over the network at its place."""
        super().resizeEvent(event)
        self._place_overlays()

    def _place_overlays(self) -> None:
        bottom, right = self.height() - _EDGE, self.width() - _EDGE
        control = self.zoom_control
        control.adjustSize()
        control.move(right - control.width(), bottom - control.height())
        control.raise_()
        height = self.view.zoom.reserved - 2 * _EDGE
        chain = self.attention.chain_card
        if not chain.isHidden():
            chain.fit(self.width() - 2 * _EDGE)
            chain.setGeometry(_EDGE, bottom - height, chain.sizeHint().width(), height)
        # In a narrow window the chain takes the place of the zoom control; wheel, keys and menu zoom all the same.
        control.setVisible(chain.isHidden() or chain.geometry().right() + _EDGE <= control.x())
        width = min(_READOUT_WIDTH, control.x() - 2 * _EDGE)
        self.attention.readout.setGeometry(_EDGE, bottom - height, width, height)
        self.attention.readout.raise_()
        self.fields.editor.place()
        if self.attention.weight_editor.isVisible():
            self.attention.weight_editor.place()
        if not self.starters.isHidden():
            slot = self.view.on_viewport(self.scene.network.slots[0]).center()
            self.starters.adjustSize()
            self.starters.move(slot - QPoint(self.starters.width() // 2, self.starters.height() // 2))
