"""The spiral network, built by hand out of nothing; undone and done again."""

from PySide6.QtCore import QPoint, Qt

from app.canvas.parts import Part
from app.selftest.checks import check, wait
from app.selftest.trial import Trial
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Network

_EPOCHS = 5000  # far more than any step waits for


def _names(trial: Trial) -> list[str]:
    return [layer.name for layer in trial.experiment.network.layers]


def _dense(trial: Trial, place: int) -> Dense:
    layer = trial.experiment.network.layers[place]
    check(isinstance(layer, Dense), f"Layer {place + 1} is no Dense layer.")
    assert isinstance(layer, Dense)
    return layer


def open_window(trial: Trial) -> None:
    """The window opens with an empty network and loads torch behind it."""
    trial.program.start()
    trial.hands.active()
    check(trial.program.canvas.starters.isVisible(), "The empty network does not say how to begin.")
    trial.ready()
    check(trial.program.window.toolbar.train.isEnabled(), "Train is off though a perceptron can be trained.")
    trial.picture("01-empty")


def drag_layers(trial: Trial) -> None:
    """Layers are dragged from the palette into slots; one that cannot be dropped is refused with a reason."""
    hands = trial.hands
    check(hands.carry(Part("layer", "dense"), hands.slot(0)), "The canvas refuses a Dense layer.")
    check(_names(trial) == ["Dense 1"], "A Dense layer was dropped and is not in the network.")
    check(hands.carry(Part("layer", "dense"), hands.slot(1)), "The canvas refuses a second Dense layer.")
    check(hands.carry(Part("layer", "dropout"), hands.slot(1)), "The canvas refuses a Dropout layer.")
    check(_names(trial) == ["Dense 1", "Dropout 1", "Dense 2"], f"The layers stand as {', '.join(_names(trial))}.")
    refused = not hands.carry(Part("activation", "relu"), hands.on_canvas("name", "output"))
    check(refused, "An activation can be dropped on the output.")
    hint = trial.program.window.status.currentMessage()
    check("follows from data and loss" in hint, f'The refused drop is not explained; the status bar says "{hint}".')
    check(len(trial.experiment.network.layers) == 3, "A refused drop has changed the network.")


def set_activations(trial: Trial) -> None:
    """An activation dropped on a card sets it."""
    hands = trial.hands
    for place, tag in ((0, "relu"), (2, "sigmoid")):
        layer = _dense(trial, place)
        check(hands.carry(Part("activation", tag), hands.on_canvas("name", layer.id)), f"{layer.name} refuses {tag}.")
        check(_dense(trial, place).activation == tag, f"{tag} was dropped on {layer.name}, which did not take it.")


def move_card(trial: Trial) -> None:
    """A card is dragged to another place in the order, and a layer is deleted by its key."""
    hands, network = trial.hands, trial.program.canvas.scene.network
    layer = trial.experiment.network.layers[1]
    start = hands.on_canvas("name", layer.id)
    card = network.card("output")
    assert card is not None
    end = QPoint(hands.view.mapFromScene(card.rect.center()).x(), start.y())
    hands.drag(hands.view.viewport(), start, end)
    check(_names(trial) == ["Dense 1", "Dense 2", "Dropout 1"], f"After the drag: {', '.join(_names(trial))}.")
    trial.picture("02-dropout")
    hands.press_spot("name", layer.id)
    hands.key(Qt.Key.Key_Delete)
    check(_names(trial) == ["Dense 1", "Dense 2"], "Del does not delete the selected layer.")


def step_units(trial: Trial) -> None:
    """The stepper of a card changes its units; clicks, and the field with Enter."""
    hands, layer = trial.hands, _dense(trial, 0)
    hands.press_spot("more", layer.id)
    check(_dense(trial, 0).units == layer.units + 1, "The + of a card adds no unit.")
    hands.press_spot("less", layer.id)
    hands.press_spot("less", layer.id)
    check(_dense(trial, 0).units == layer.units - 1, "The − of a card takes no unit away.")
    hands.press_spot("units", layer.id)
    editor = trial.program.canvas.fields.editor
    wait(lambda: editor.widget is not None and editor.widget.hasFocus(), "No editor opens over the units.", 5)
    hands.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    hands.letters("8")
    hands.key(Qt.Key.Key_Return)
    check(_dense(trial, 0).units == 8, "A typed number of units is not taken.")


def choose_features(trial: Trial) -> None:
    """Features are switched by their chips, noise is set by its slider, the number of epochs is typed."""
    hands, data = trial.hands, trial.program.data
    for tag in ("sin_x1", "sin_x2"):
        hands.click(data.features.chips[tag])
    check(trial.experiment.data.features == ("x1", "x2", "sin_x1", "sin_x2"), "The chips do not set the features.")
    assert data.form is not None
    editor = data.form.row("data.source.noise").editor
    slider = getattr(editor, "slider", None)
    assert slider is not None
    hands.slide(slider, 0.2)
    noise = trial.experiment.data.source.model_dump()["noise"]
    check(0.02 < noise < 0.3, f"The slider of noise, dragged to a fifth of its way, sets {noise}.")
    field = getattr(trial.program.training.form.row("training.epochs").editor, "field", None)
    assert field is not None
    hands.write(field, str(_EPOCHS))
    check(trial.experiment.training.epochs == _EPOCHS, "The typed number of epochs is not taken.")
    trial.ready()
    check(trial.program.trainer.can_train, "The spiral network that was built cannot be trained.")


def undo_everything(trial: Trial) -> None:
    """Everything is undone, step by step, to the empty network, and done again."""
    hands, stack = trial.hands, trial.program.document.undo_stack
    built = trial.experiment
    steps = stack.count()
    hands.click(hands.view.viewport(), QPoint(8, hands.view.height() - 100))
    for _ in range(steps):
        hands.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    check(not stack.canUndo(), f"After {steps} times Ctrl+Z there is still something to undo.")
    empty = trial.experiment
    check(empty.network == Network() and empty.data == Experiment().data, "Undoing all does not lead to the start.")
    check(trial.program.canvas.starters.isVisible(), "The canvas still shows what was undone.")
    for _ in range(steps):
        hands.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    check(trial.experiment == built, "Undo and redo of everything do not lead back to the same experiment.")
    trial.ready()
    wait(lambda: trial.drawn_row().size > 0, "The canvas draws no weights.")


STEPS = (open_window, drag_layers, set_activations, move_card, step_units, choose_features, undo_everything)
