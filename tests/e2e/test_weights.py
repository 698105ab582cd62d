"""Weights set by hand and steps seen in slow motion, in the whole window."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.selftest.checks import wait
from app.selftest.hands import Ctrl, Hands
from app.selftest.trial import Trial
from app.work.session import Phase
from core.training.events import Edited, EpochDone, Stepped

Alt = Qt.KeyboardModifier.AltModifier


def set_by_hand(trial: Trial, value: float, source: int = 2) -> int:
    """Set the weight from unit ``source`` of Dense 1 to unit 1 of Dense 2; return its place in a row."""
    hands = trial.hands
    hands.click(hands.view.viewport(), hands.link("b", 1, source))
    wait(trial.program.canvas.attention.weight_editor.isVisible, "no editor")
    hands.key(Qt.Key.Key_A, Ctrl)
    hands.letters(f"{value:g}")
    hands.key(Qt.Key.Key_Return)
    dense = trial.program.session.scenes[0].architecture.dense[1]
    return dense.start + dense.inputs + source


def test_a_weight_set_by_hand_is_drawn_everywhere_and_recorded(trial: Trial, hands: Hands) -> None:
    trial.one_epoch()
    before = trial.row()
    place = set_by_hand(trial, 2.5)
    wait(lambda: trial.row()[place] == 2.5, "it does not arrive")
    trial.wait_drawn(trial.row())
    (record,) = trial.program.history.current
    assert [(change.path, change.new) for change in record.interventions] == [("weights.b[1][2]", 2.5)]
    editor = trial.program.canvas.attention.weight_editor
    hands.click(editor.back)
    wait(lambda: np.array_equal(trial.row(), before), "it is not given back")
    hands.click(editor.done)
    assert not editor.isVisible()


def test_hand_edits_have_an_undo_of_their_own_in_the_run(trial: Trial, hands: Hands) -> None:
    trial.one_epoch()
    before, experiment = trial.row(), trial.experiment
    place = set_by_hand(trial, 2.5)
    wait(lambda: trial.row()[place] == 2.5, "it does not arrive")
    hands.key(Qt.Key.Key_Z, Ctrl | Alt)
    wait(lambda: np.array_equal(trial.row(), before), "no undo")
    assert trial.experiment == experiment
    hands.key(Qt.Key.Key_Y, Ctrl | Alt)
    wait(lambda: trial.row()[place] == 2.5, "no redo")


def test_a_weight_is_set_while_it_trains(trial: Trial, hands: Hands) -> None:
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    set_by_hand(trial, -3.0)
    wait(lambda: trial.told(Edited), "it does not arrive")
    epochs = len(trial.told(EpochDone))
    wait(lambda: len(trial.told(EpochDone)) > epochs, "it does not train on")
    assert trial.told(Edited)[0].new == pytest.approx(-3.0)
    assert trial.phase is Phase.TRAINING


def test_in_slow_motion_the_drawn_numbers_are_those_of_the_step(trial: Trial, hands: Hands) -> None:
    hands.slide(trial.program.window.toolbar.speed.slider, 0.0)
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Space)
    wait(lambda: trial.told(Stepped), "no step is told")
    playback = trial.program.canvas.playback
    wait(lambda: playback.step is not None, "no step is played")
    step = playback.step
    assert step is not None
    stepped = next(found for found in trial.told(Stepped) if found.step == step.picture.step)
    np.testing.assert_array_equal(step.picture.x, stepped.x)
    hands.key(Qt.Key.Key_Space)
    trial.ready()
    assert trial.program.canvas.caption.isVisible()
