"""A weight is set by hand and given back; a step is seen forward and back, with the chain rule of a weight."""

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt

from app.selftest.checks import check, wait
from app.selftest.numbers import gradient_of
from app.selftest.trial import Trial
from app.shell.selection import Weight
from core.probes.pictures import FlowPicture
from core.training.events import Stepped

_BY_HAND = 1.25
_UNIT, _SOURCE = 1, 2


def edit_weight(trial: Trial) -> None:
    """A click on a link opens its editor; a typed number acts at once, stands in the record, and is given back."""
    program, hands = trial.program, trial.hands
    layer = trial.experiment.network.layers[1].id
    before = trial.row()
    hands.click(hands.view.viewport(), hands.link(layer, _UNIT, _SOURCE))
    editor = program.canvas.attention.weight_editor
    wait(editor.isVisible, "A click on a link opens no editor.", 5)
    check(editor.weight == Weight(layer, _UNIT, _SOURCE), f"The editor is that of another weight: {editor.weight}.")
    hands.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    hands.letters(str(_BY_HAND))
    hands.key(Qt.Key.Key_Return)
    place = _place(trial, layer)
    wait(lambda: trial.row()[place] == _BY_HAND, "The network does not get the weight that was typed.")
    edited = trial.row()
    others = np.delete(np.arange(len(edited)), place)
    check(np.array_equal(edited[others], before[others]), "Setting one weight has changed others.")
    trial.wait_drawn(edited)
    (record,) = program.history.current
    change = record.interventions[-1]
    check(change.path == f"weights.{layer}[{_UNIT}][{_SOURCE}]", f"The record tells of {change.path}.")
    check(change.new == _BY_HAND, f"The record tells of {change.new}.")
    trial.picture("05-weight")
    hands.click(editor.back)
    wait(lambda: np.array_equal(trial.row(), before), "The weight is not given back to the training.")
    trial.wait_drawn(before)
    hands.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    wait(lambda: trial.row()[place] == _BY_HAND, "The edits by hand have no undo of their own.")
    hands.key(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    wait(lambda: np.array_equal(trial.row(), before), "The edits by hand cannot be done again.")


def see_a_step(trial: Trial) -> None:
    """A step by its button is played forward and back; the chain rule of the selected weight is its gradient."""
    program, hands = trial.program, trial.hands
    flows: list[FlowPicture] = []

    def take(_view: str, picture: Any) -> None:
        if isinstance(picture, tuple) and isinstance(picture[-1], FlowPicture):
            flows.append(picture[-1])

    program.session.framed.connect(take)
    trial.events.clear()
    weight = program.selection.weight
    check(weight is not None, "The weight that was set is no longer selected.")
    assert weight is not None
    hands.click(hands.button("step_batch"))
    wait(lambda: trial.told(Stepped), "The step is not told in full.")
    stepped = trial.told(Stepped)[-1]
    wait(lambda: any(flow.step == stepped.step and flow.chain for flow in flows), "The step is not shown.")
    program.session.framed.disconnect(take)
    chain = next(flow.chain for flow in flows if flow.step == stepped.step and flow.chain)
    architecture = program.session.scenes[0].architecture
    expected = gradient_of(architecture, stepped.before, stepped.x, stepped.t, weight)
    close = bool(np.isclose(chain.gradient, expected, rtol=1e-3, atol=1e-7))
    check(close, f"The chain gives {chain.gradient}, not {expected}.")
    wait(program.canvas.attention.chain_card.isVisible, "The chain rule is not written.", 5)
    wait(lambda: not program.canvas.playback.playing, "The pass has no end.", 15)
    trial.picture("05-chain")
    hands.key(Qt.Key.Key_Escape)
    hands.click(hands.view.viewport(), QPoint(8, hands.view.height() - 140))
    wait(lambda: program.selection.weight is None, "A click beside the network does not let go of the weight.", 5)


def _place(trial: Trial, layer: str) -> int:
    """Return where in a row the weight is."""
    dense = next(d for d in trial.program.session.scenes[0].architecture.dense if d.id == layer)
    return dense.start + _UNIT * dense.inputs + _SOURCE


STEPS = (edit_weight, see_a_step)
