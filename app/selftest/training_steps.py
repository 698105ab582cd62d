"""The network is trained, looked at, paused, stepped, changed on the way and rewound."""

import numpy as np
from PySide6.QtCore import QPoint, Qt

from app.canvas.words import number
from app.selftest.checks import check, wait
from app.selftest.numbers import check_plane
from app.selftest.trial import Trial
from app.work.session import Phase
from core.training.events import Changed, EpochDone, Row

_EPOCHS = 30
_RATE = "training.optimizer.learning_rate"


def train(trial: Trial) -> None:
    """Space trains: epochs come, the loss falls, and canvas, output view and curves follow."""
    program = trial.program
    start = trial.row()
    trial.events.clear()
    trial.hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    check(program.window.toolbar.train.text() == "Pause", "The large button does not offer to pause.")
    before = trial.drawn_row()
    wait(lambda: not np.array_equal(trial.drawn_row(), before), "The links do not move while it trains.")
    wait(lambda: len(trial.told(EpochDone)) > _EPOCHS, f"{_EPOCHS} epochs do not come.", 60)
    trial.picture("03-training", both=False)
    first, last = trial.told(EpochDone)[0].metrics.train_loss, trial.told(EpochDone)[-1].metrics.train_loss
    assert first is not None
    assert last is not None
    check(last < first, f"In {_EPOCHS} epochs the loss did not fall: {first:.4f} → {last:.4f}.")
    check(len(start) == trial.look().row.size, "The network has another number of weights than at the start.")


def pause(trial: Trial) -> None:
    """Space pauses; then numbers drawn are those of the network, to the last digit."""
    program = trial.program
    trial.hands.key(Qt.Key.Key_Space)
    trial.ready()
    looked = trial.look()
    check(trial.look().step == looked.step, "It trains on though it is paused.")
    trial.wait_drawn(looked.row)
    check_plane(trial, looked.row)
    wait(lambda: program.window.progress.step == looked.step, "The toolbar shows another step than the training's.")
    (record,) = program.history.current
    epochs = trial.told(EpochDone)
    losses = record.curves["train_loss"][-len(epochs) :]
    told = [event.metrics.train_loss for event in epochs]
    check(losses.tolist() == told, "The curves hold other losses than the training has told.")
    wait(lambda: len(program.curves.runs[-1].curves) == len(record.curves), "The plot has not all epochs.", 5)


def look_at_neuron(trial: Trial) -> None:
    """A neuron under the mouse takes the output view, with its formula in numbers; a click keeps it there."""
    program, hands = trial.program, trial.hands
    layer = trial.experiment.network.layers[0]
    hands.press_spot("unit", layer.id, 2)
    boundary = program.output.boundary
    wait(lambda: boundary.drawn_neuron is not None, "The neuron does not take the output view.")
    neuron = boundary.drawn_neuron
    assert neuron is not None
    row = trial.row()
    weights, bias = next((w, b) for found, w, b in _split(trial, row) if found == layer.id)
    check(np.array_equal(neuron.weights, weights[2]), "The output view shows another neuron's weights.")
    check(neuron.bias == float(bias[2]), "The output view shows another neuron's bias.")
    check(program.output.formula.isVisible(), "The neuron's formula is not to be seen.")
    readout = program.canvas.attention.readout
    check(readout.isVisible(), "The canvas does not account for the pinned neuron.")
    check(readout.bias.text() == number(float(bias[2])), "The account shows another bias.")
    trial.picture("04-neuron")
    hands.key(Qt.Key.Key_Escape)
    hands.point(program.curves)
    wait(lambda: program.selection.shown is None, "Esc does not let go of the neuron.", 5)


def step(trial: Trial) -> None:
    """S takes one step, Shift+S one epoch."""
    before = trial.look().step
    trial.hands.key(Qt.Key.Key_S)
    wait(lambda: trial.look().step > before, "S does not step.", 5)
    trial.ready()
    check(trial.look().step == before + 1, f"S takes {trial.look().step - before} steps.")
    trial.one_epoch()
    epoch = trial.told(EpochDone)[-1].epoch
    trial.one_epoch()
    check(trial.told(EpochDone)[-1].epoch == epoch + 1, "Shift+S does not train just one epoch.")


def change_learning_rate(trial: Trial) -> None:
    """The learning rate, typed while it trains, acts at once and stands in the record as an intervention."""
    program, hands = trial.program, trial.hands
    old = trial.experiment.training.optimizer.learning_rate
    trial.events.clear()
    hands.active()
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    field = getattr(program.training.form.row(_RATE).editor, "field", None)
    assert field is not None
    hands.write(field, "0.005")
    check(trial.experiment.training.optimizer.learning_rate == 0.005, "The typed learning rate is not taken.")
    wait(lambda: trial.told(Changed), "The new learning rate does not reach the training.")
    hands.click(program.window.toolbar.train)
    trial.ready()
    change = trial.told(Changed)[0]
    check((change.old, change.new) == (old, 0.005), f"The training was told {change.old} → {change.new}.")
    (record,) = program.history.current
    check([found.path for found in record.interventions] == [_RATE], "The record does not hold the intervention.")
    check(not program.trainer.stale, "A new learning rate asks for a restart.")


def new_starts(trial: Trial) -> None:
    """R leads back to the same start weights, Shift+R to others by a new seed."""
    hands = trial.hands
    hands.click(hands.view.viewport(), QPoint(8, hands.view.height() - 100))
    start = _rewound(trial, Qt.KeyboardModifier.NoModifier)
    seed = trial.experiment.training.seed
    trial.one_epoch()
    check(not np.array_equal(trial.row(), start), "An epoch has changed nothing.")
    check(np.array_equal(_rewound(trial, Qt.KeyboardModifier.NoModifier), start), "R leads to other start weights.")
    other = _rewound(trial, Qt.KeyboardModifier.ShiftModifier)
    check(trial.experiment.training.seed != seed, "Shift+R draws no new seed.")
    check(not np.array_equal(other, start), "Another seed gives the same start weights.")
    shown = trial.program.window.toolbar.seed.field.text()
    check(shown == str(trial.experiment.training.seed), f"The toolbar shows the seed {shown}.")


def _rewound(trial: Trial, modifiers: Qt.KeyboardModifier) -> Row:
    """Press R and return the weights that it leads to."""
    trial.hands.key(Qt.Key.Key_R, modifiers)
    trial.ready()
    looked = trial.look()
    check(looked.step == 0, f"After R it stands at step {looked.step}.")
    trial.wait_drawn(looked.row)
    return looked.row


def _split(trial: Trial, row: Row) -> list[tuple[str, Row, Row]]:
    split = trial.program.session.scenes[0].architecture.split(row)
    return [(layer.id, weight, bias) for layer, weight, bias in split]


STEPS = (train, pause, look_at_neuron, step, change_learning_rate, new_starts)
