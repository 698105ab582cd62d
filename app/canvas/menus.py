"""Menus of the canvas and of the list of layers: everything that can be dragged can be chosen here too."""

from collections.abc import Callable

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.canvas.actions import LayerActions
from app.canvas.curves import Curves, curve_icon
from app.canvas.edits import LayerEdits
from app.canvas.plan import NetworkPlan
from app.canvas.scene import Pair
from app.canvas.shown import ShownRun
from app.canvas.words import number, tr, weight_name
from app.compare.menu import add_comparisons, add_note
from app.shell.selection import Neuron, Weight
from app.shell.theme import Theme
from core.choices.activations import ACTIVATIONS
from core.experiment.network import LAYERS, Dense, Dropout

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


def compare_menu(parent: QWidget, edits: LayerEdits, layer: str, ask: Callable[[str], object]) -> QMenu:
    """Return the menu of what can be compared at a layer; ask: called with the path of a setting."""
    menu = QMenu(tr("Compare"), parent)
    network, found = edits.network, edits.layer(layer)
    texts: dict[str, str] = {}
    if isinstance(found, Dense):
        path = f"network.layers[{network.index(layer)}]"
        several = sum(isinstance(one, Dense) for one in network.layers) > 1
        fields = {"units": tr("Units"), "activation": tr("Activation"), "initializer": tr("Start weights")}
        for field, title in fields.items():
            one = tr("{setting} of {layer}…").format(setting=title, layer=found.name)
            texts[f"{path}.{field}"] = one if several else f"{title}…"
        if several:
            every = tr("{setting} of all hidden layers…")
            texts |= {f"network.{field}": every.format(setting=title) for field, title in fields.items()}
    elif isinstance(found, Dropout):
        several = sum(isinstance(one, Dropout) for one in network.layers) > 1
        if several:
            texts[f"network.layers[{network.index(layer)}].rate"] = tr("Rate of {layer}…").format(layer=found.name)
        texts["network.dropout"] = tr("Rate of all Dropout layers…") if several else tr("Dropout rate…")
    elif layer == network.output.id:
        texts = {"network.output.initializer": tr("Start weights of the output…"), "training.loss": tr("Loss…")}
    else:
        texts = {"data.features": tr("Features…")}
    add_comparisons(menu, edits.experiment, texts, ask)
    return menu


def add_runs(menu: QMenu, shown: ShownRun, place: tuple[str, str] | str, ask: Callable[[], object]) -> None:
    """Add what runs have for themselves in a field, or at a path: the runs, to be shown; ask: opens their table."""
    add_note(menu, tr("Each run has its own; show that of"))
    group = QActionGroup(menu)
    variant = shown.variant
    for run, (name, value) in enumerate(shown.values(place)):
        action = QAction(name if value in name else f"{name}\t{value}", group)
        action.setCheckable(True)
        action.setChecked(variant is not None and name == variant.name)
        action.triggered.connect(_then(shown.show, run))
        menu.addAction(action)
    menu.addSeparator()
    menu.addAction(tr("Edit the runs…")).triggered.connect(_then(ask))


def layer_menu(
    parent: QWidget,
    edits: LayerEdits,
    actions: LayerActions,
    layer: str,
    theme: Theme,
    curves: Curves,
    ask: Callable[[str], object],
) -> QMenu:
    """Return the menu of a layer; ask: called with the path of a setting that is to be compared."""
    menu = QMenu(parent)
    hidden = edits.layer(layer)
    menu.addMenu(compare_menu(menu, edits, layer, ask))
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


def _then(function: Callable[..., object], *args: object) -> Callable[[], object]:
    # A slot of its own for each line: Qt would pass on whether it is checked.
    return lambda: function(*args)
