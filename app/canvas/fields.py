"""What a click on a card's field asks for: steppers, menus, editors laid over the card, pages, mends."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QMenu

from app.canvas.actions import LayerActions
from app.canvas.attention import Attention
from app.canvas.editors import InlineEditor
from app.canvas.edits import LayerEdits
from app.canvas.layout import Spot, SpotKind, field_of
from app.canvas.menus import activation_menu, add_runs, insert_menu, layer_menu, weights_menu
from app.canvas.plan import activation_title
from app.canvas.scene import NetworkScene
from app.canvas.view import NetworkView
from app.shell.selection import Neuron, Selection
from app.shell.theme import Theme
from core.experiment.network import Dense, Dropout


class Fields(QObject):
    """Answers the view's requests.

    paged: turn the page of a layer by so many. compare: the path of a setting that is to be compared, or "".
    """

    hint = Signal(str)
    compare = Signal(str)
    paged = Signal(str, int)

    def __init__(
        self,
        view: NetworkView,
        edits: LayerEdits,
        actions: LayerActions,
        selection: Selection,
        theme: Theme,
        attention: Attention,
    ) -> None:
        super().__init__(view)
        self._view = view
        self._scene: NetworkScene = view.network_scene
        self._edits = edits
        self._actions = actions
        self._selection = selection
        self._theme = theme
        self._attention = attention
        self.editor = InlineEditor(view.viewport(), view, edits)
        self.menu: QMenu | None = None
        view.pressed.connect(self._press)
        view.named.connect(self.rename)
        view.menu_asked.connect(self.open_menu)
        actions.insert_asked.connect(self.open_insert_menu)
        actions.rename_asked.connect(lambda: self.rename(selection.layer or ""))
        actions.edit_asked.connect(self.edit_selected)

    def _press(self, spot: Spot) -> None:
        if spot.kind == "menu":
            at = self._view.viewport().mapToGlobal(self._view.on_viewport(spot.rect).bottomLeft())
            self.open_menu(spot.layer, -1, at)
        elif self._is_own(spot):
            self._open_own(spot)
        elif spot.kind in ("less", "more"):
            self._view.change_by(spot, 1 if spot.kind == "more" else -1)
        elif spot.kind in ("units", "rate"):
            self.edit_selected()
        elif spot.kind == "activation":
            self._choose_activation(spot)
        elif spot.kind in ("back", "on"):
            self.paged.emit(spot.layer, 1 if spot.kind == "on" else -1)
        elif spot.kind == "mend":
            card = self._scene.network.card(spot.layer)
            if card is not None and card.plan.problems:
                self._edits.mend(card.plan.problems[0])

    # -- editors laid over a card ------------------------------------------------------------------------------------

    def edit_selected(self) -> None:
        """Edit the units or the rate of the selected layer; of the output its name."""
        layer = self._edits.selected
        card = None if layer is None else self._scene.network.card(layer.id)
        spots = () if card is None else card.spots
        own = next((spot for spot in spots if spot.kind in ("units", "rate") and self._is_own(spot)), None)
        if own is not None:
            self._open_own(own)
        else:
            self._edit(layer)

    def _edit(self, layer: Dense | Dropout | None) -> None:
        if isinstance(layer, Dense):
            self.editor.edit_units(layer.id, layer.units, self._place("units", layer.id))
        elif isinstance(layer, Dropout):
            self.editor.edit_rate(layer.id, layer.rate, self._place("rate", layer.id))
        elif self._selection.layer is not None:
            self.hint.emit(self.tr("Input and Output follow from data and loss."))

    def rename(self, layer: str) -> None:
        """Edit the name of a layer."""
        card = self._scene.network.card(layer)
        if card is not None and card.plan.kind != "input":
            self.editor.edit_name(layer, card.plan.name, self._place("name", layer))

    def _place(self, kind: SpotKind, layer: str) -> Callable[[], QRect | None]:
        def place() -> QRect | None:
            card = self._scene.network.card(layer)
            spots = () if card is None else card.spots
            return next((self._view.on_viewport(spot.rect) for spot in spots if spot.kind == kind), None)

        return place

    # -- fields that runs have for themselves ------------------------------------------------------------------------

    def _is_own(self, spot: Spot) -> bool:
        card = self._scene.network.card(spot.layer)
        return card is not None and field_of(spot) in card.plan.own

    def _open_own(self, spot: Spot) -> None:
        """Offer the runs that have another value in a field, and to edit them or the experiment."""
        layer, field = self._edits.layer(spot.layer), field_of(spot)
        if layer is None:
            return
        self._attention.curve_tip.setVisible(False)
        menu = QMenu(self._view)
        add_runs(menu, self._edits.shown, (layer.id, field), lambda: self.compare.emit(""))
        text = self.tr("Edit the experiment's own ({value})")
        if isinstance(layer, Dense) and field == "activation":
            inner = activation_menu(menu, self._edits, layer.id, self._theme, self._scene.curves)
            inner.setTitle(text.format(value=activation_title(layer.activation)))
            menu.addMenu(inner)
        else:
            now = layer.units if isinstance(layer, Dense) else layer.rate
            menu.addAction(text.format(value=f"{now:g}") + "…").triggered.connect(lambda _on: self._edit(layer))
        self._popup(menu, self._view.viewport().mapToGlobal(self._view.on_viewport(spot.rect).bottomLeft()))

    # -- menus -------------------------------------------------------------------------------------------------------

    def _popup(self, menu: QMenu, at: QPoint) -> None:
        """Open a menu without waiting for it."""
        self.menu = menu
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.aboutToHide.connect(self._forget_menu)
        menu.popup(at)

    def _forget_menu(self) -> None:
        self.menu = None

    def _choose_activation(self, spot: Spot) -> None:
        if self._edits.layer(spot.layer) is None:
            self.hint.emit(self.tr("The activation of the output follows from data and loss."))
            return
        self._attention.curve_tip.setVisible(False)
        menu = activation_menu(self._view, self._edits, spot.layer, self._theme, self._scene.curves)
        self._popup(menu, self._view.viewport().mapToGlobal(self._view.on_viewport(spot.rect).bottomLeft()))

    def open_insert_menu(self) -> None:
        """Open "Insert layer after …" at the gap where it will land, which shows a slot meanwhile."""
        place = self._edits.place_after(self._selection.layer)
        slot = self._scene.network.slots[place]
        self._scene.marks.slot(slot)
        menu = insert_menu(self._view, self._edits, self._selection.layer)
        menu.aboutToHide.connect(lambda: self._scene.marks.slot(None))
        at = self._view.on_viewport(slot).topLeft() + QPoint(0, 40)
        self._popup(menu, self._view.viewport().mapToGlobal(at))

    def open_menu(self, layer: str, unit: int, at: QPoint) -> None:
        """Open the menu of a layer or a neuron, or of the canvas."""
        if layer:
            menu = layer_menu(
                self._view, self._edits, self._actions, layer, self._theme, self._scene.curves, self.compare.emit
            )
        else:
            menu = QMenu(self._view)
            menu.addMenu(insert_menu(menu, self._edits, None))
            menu.addAction(self._actions.paste)
        if unit >= 0:
            neuron, plan = Neuron(layer, unit), self._scene.network.plan
            own = weights_menu(menu, plan, neuron, self._scene.live.weights, self._attention.edit_beside)
            if own is not None:
                menu.insertMenu(menu.actions()[0], own)
        self._popup(menu, at)
