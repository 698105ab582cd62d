"""Menus of the canvas and of the list of layers: everything that can be dragged can be chosen here too."""

from collections.abc import Callable

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.canvas.actions import LayerActions
from app.canvas.curves import Curves, curve_icon
from app.canvas.edits import LayerEdits
from app.canvas.plan import NetworkPlan
from app.canvas.scene import Pair
from app.canvas.words import number, tr, weight_name
from app.shell.selection import Neuron, Weight
from app.shell.theme import Theme
from core.choices.activations import ACTIVATIONS
from core.experiment.network import LAYERS, Dense

_MOST_WEIGHTS = 32  # a longer menu does not fit on a screen


def insert_menu(parent: QWidget, edits: LayerEdits, after: str | None) -> QMenu:
    """Return the menu "Insert layer after …": a line for each kind of layer."""
    place = edits.place_after(after)
    names = [layer.name for layer in edits.network.layers]
    name = names[place - 1] if place > 0 else tr("Input")
    menu = QMenu(tr("Insert layer after {name}").format(name=name), parent)
    heading = menu.addAction(menu.title())
    heading.setEnabled(False)
    menu.addSeparator()
    for kind, model in LAYERS.items():
        action = menu.addAction("&" + model.__name__)
        action.triggered.connect(_then(edits.insert, kind, place))
    menu.setActiveAction(menu.actions()[2])
    return menu


def activation_menu(parent: QWidget, edits: LayerEdits, layer: str, theme: Theme, curves: Curves) -> QMenu:
    """Return the menu of the activations, the one in use checked."""
    menu = QMenu(tr("Activation"), parent)
    menu.setToolTipsVisible(True)
    group = QActionGroup(menu)
    found = edits.layer(layer)
    for tag, row in ACTIVATIONS.items():
        action = QAction(curve_icon(curves.get(tag), theme.color("accent")), row.title, group)
        action.setCheckable(True)
        action.setChecked(isinstance(found, Dense) and found.activation == tag)
        action.setToolTip(f"{row.formula}\n{row.sentence}")
        action.triggered.connect(_then(edits.set_activation, layer, tag))
        menu.addAction(action)
        if action.isChecked():
            menu.setActiveAction(action)
    return menu


def layer_menu(
    parent: QWidget, edits: LayerEdits, actions: LayerActions, layer: str, theme: Theme, curves: Curves
) -> QMenu:
    """Return the menu of a layer."""
    menu = QMenu(parent)
    hidden = edits.layer(layer)
    if layer != edits.network.output.id:
        menu.addMenu(insert_menu(menu, edits, layer))
    if isinstance(hidden, Dense):
        menu.addMenu(activation_menu(menu, edits, layer, theme, curves))
    if menu.actions():
        menu.addSeparator()
    if hidden is not None:
        menu.addActions([actions.edit, actions.rename, actions.earlier, actions.later])
        menu.addSeparator()
        menu.addActions([actions.cut, actions.copy, actions.paste, actions.duplicate, actions.delete])
    else:
        if layer == edits.network.output.id:
            menu.addAction(actions.rename)
        menu.addAction(actions.paste)
    return menu


def weights_menu(
    parent: QWidget, plan: NetworkPlan, neuron: Neuron, weights: tuple[Pair, ...], ask: Callable[[Weight], None]
) -> QMenu | None:
    """Return the menu that edits a neuron's bias or one of its weights; None if they are not known."""
    card, place, source = plan.card(neuron.layer), plan.dense_place(neuron.layer), plan.source(neuron.layer)
    if card is None or source is None or place is None or place >= len(weights):
        return None
    matrix, biases = weights[place]
    inputs: int = matrix.shape[1]
    if matrix.shape != (card.units, card.inputs):
        return None
    menu = QMenu(tr("Edit a weight"), parent)
    numbers = [(Weight(card.id, neuron.unit, None), float(biases[neuron.unit]), tr("bias"))]
    for unit in range(min(inputs, _MOST_WEIGHTS)):
        name = source.labels[unit] if unit < len(source.labels) else tr("neuron") + f" {unit + 1}"
        numbers.append((Weight(card.id, neuron.unit, unit), float(matrix[neuron.unit, unit]), name))
    for weight, value, name in numbers:
        action = menu.addAction(f"{weight_name(weight)} = {number(value)}   {name}")
        action.triggered.connect(_then(ask, weight))
    return menu


def _then(function: Callable[..., None], *args: object) -> Callable[[], None]:
    # A slot of its own for each line: Qt would pass on whether it is checked.
    return lambda: function(*args)
