"""Training is begun, paused, stepped, rewound, slowed and changed on the way."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from app.panels.editors import NumberEditor
from app.selftest.checks import pause, wait
from app.selftest.hands import Ctrl, Hands, Shift
from app.selftest.trial import Trial
from app.work.session import Phase
from core.training.events import Changed, EpochDone

_RATE = "training.optimizer.learning_rate"


def number(trial: Trial, path: str) -> NumberEditor:
    editor = trial.program.training.form.row(path).editor
    assert isinstance(editor, NumberEditor)
    return editor


def train(trial: Trial, epochs: int = 3) -> None:
    """Press Space and wait for some epochs."""
    trial.hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    wait(lambda: len(trial.told(EpochDone)) >= epochs, "no epochs")


def test_space_trains_and_pauses_and_the_button_says_what_it_does(trial: Trial, hands: Hands) -> None:
    button = trial.program.window.toolbar.train
    assert button.text() == "Train"
    train(trial)
    assert button.text() == "Pause"
    hands.key(Qt.Key.Key_Space)
    trial.ready()
    assert button.text() == "Train"
    step = trial.look().step
    hands.click(button)
    wait(lambda: trial.look().step > step, "the button does not train on")
    hands.click(button)
    trial.ready()


@pytest.mark.parametrize("action", ["save", "theme", "train"])
def test_space_trains_also_when_a_button_has_the_focus(trial: Trial, hands: Hands, action: str) -> None:
    toolbar = trial.program.window.toolbar
    button = toolbar.train if action == "train" else hands.button(action)
    button.setFocus()
    train(trial)
    hands.key(Qt.Key.Key_Space)
    trial.ready()
    assert button.hasFocus()
    assert trial.program.document.path is None


def test_keys_typed_into_a_field_are_text(trial: Trial, hands: Hands) -> None:
    field = trial.program.window.toolbar.seed.field
    hands.click(field)
    hands.letters("1 s2r[")
    assert trial.program.trainer.steps == 0
    assert trial.phase is Phase.PAUSED
    hands.key(Qt.Key.Key_Escape)
    number(trial, _RATE).field.setFocus()
    hands.letters(" ")
    assert trial.program.trainer.steps == 0
    hands.key(Qt.Key.Key_Escape)


def test_s_takes_a_step_and_shift_s_an_epoch(trial: Trial, hands: Hands) -> None:
    hands.key(Qt.Key.Key_S)
    wait(lambda: trial.program.window.progress.step == 1, "the toolbar does not show the step")
    trial.ready()
    assert trial.look().step == 1
    hands.key(Qt.Key.Key_S, Shift)
    wait(lambda: trial.phase is Phase.PAUSED and trial.look().epoch == 1, "no epoch")
    assert trial.look().step == 8


def test_r_rewinds_to_the_same_weights_and_shift_r_draws_others(trial: Trial, hands: Hands) -> None:
    start, seed = trial.row(), trial.experiment.training.seed
    train(trial)
    hands.key(Qt.Key.Key_R)
    trial.ready()
    assert trial.look().step == 0
    np.testing.assert_array_equal(trial.row(), start)
    assert trial.experiment.training.seed == seed
    assert len(trial.program.history.past) == 1
    hands.key(Qt.Key.Key_R, Shift)
    trial.ready()
    assert trial.experiment.training.seed != seed
    assert not np.array_equal(trial.row(), start)
    assert trial.program.window.toolbar.seed.field.text() == str(trial.experiment.training.seed)


def test_a_seed_is_typed_into_the_toolbar(trial: Trial, hands: Hands) -> None:
    start = trial.row()
    hands.write(trial.program.window.toolbar.seed.field, "77")
    trial.ready()
    assert trial.experiment.training.seed == 77
    other = trial.row()
    assert not np.array_equal(other, start)
    hands.key(Qt.Key.Key_Z, Ctrl)
    trial.ready()
    np.testing.assert_array_equal(trial.row(), start)


def test_the_slider_of_speed_slows_training_down_to_single_steps(trial: Trial, hands: Hands) -> None:
    toolbar = trial.program.window.toolbar
    hands.slide(toolbar.speed.slider, 0.0)
    rate = trial.program.window.speed.rate
    assert rate is not None
    assert rate <= 1
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    before = trial.look().step
    pause(1500)
    assert trial.look().step - before <= 2
    hands.key(Qt.Key.Key_BracketRight, times=40)
    assert trial.program.window.speed.rate is None
    step = trial.look().step
    wait(lambda: trial.look().step > step + 100, "it does not become faster")


def test_a_learning_rate_changed_while_it_trains_is_an_intervention_and_so_is_its_undo(
    trial: Trial, hands: Hands
) -> None:
    train(trial)
    hands.write(number(trial, _RATE).field, "0.002")
    wait(lambda: trial.told(Changed), "the training is not told")
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Z, Ctrl)
    wait(lambda: len(trial.told(Changed)) == 2, "the undo is not told")
    assert trial.phase is Phase.TRAINING
    (record,) = trial.program.history.current
    told = [(change.path, change.old, change.new) for change in record.interventions]
    assert told == [(_RATE, 0.01, 0.002), (_RATE, 0.002, 0.01)]
    assert not trial.program.trainer.stale


def test_a_change_that_needs_a_restart_pauses_and_offers_it(trial: Trial, hands: Hands) -> None:
    train(trial)
    hands.press_spot("more", "a")
    wait(lambda: trial.phase is Phase.PAUSED, "it does not pause")
    window, program = trial.program.window, trial.program
    assert program.trainer.stale
    assert window.toolbar.train.text() == "Restart"
    assert window.status.state.text() == "Changed since the run that is shown: units of Dense 1"
    assert program.training.band.isVisible()
    assert window.banner.isVisible()
    hands.key(Qt.Key.Key_Z, Ctrl)
    assert not program.trainer.stale
    assert window.toolbar.train.text() == "Train"
    assert not window.banner.isVisible()
    hands.key(Qt.Key.Key_Z, Ctrl | Shift)
    trial.events.clear()
    hands.click(window.toolbar.train)
    wait(lambda: trial.told(EpochDone), "the restart does not train")
    assert program.session.scenes[0].architecture.dense[0].units == 5
    assert len(program.history.past) == 1


def test_the_banner_restarts_too(trial: Trial, hands: Hands) -> None:
    train(trial)
    hands.press_spot("less", "b")
    banner = trial.program.window.banner
    wait(banner.isVisible, "no banner")
    trial.events.clear()
    hands.click(banner.action)
    wait(lambda: trial.told(EpochDone), "the restart does not train")
    assert not trial.program.trainer.stale


def test_a_run_that_diverges_offers_to_rewind_with_less(trial: Trial, hands: Hands) -> None:
    trial.program.document.set(
        {"training.optimizer": {"kind": "sgd", "learning_rate": 10}, "training.loss": "mean_squared_error"}, ""
    )
    trial.program.document.set({"network.activation": "linear", "data.source": "plane"}, "For a test")
    trial.ready()
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.OVER)
    banner = trial.program.window.banner
    wait(banner.isVisible, "no banner")
    assert "NaN" in banner.text.text() or "infinite" in banner.text.text()
    hands.click(banner.action)
    trial.ready()
    assert trial.experiment.training.optimizer.learning_rate == 1
    assert np.isfinite(trial.row()).all()


def test_early_stopping_ends_the_run_and_train_starts_anew(trial: Trial, hands: Hands) -> None:
    trial.program.document.set({"training.early_stopping.patience": 2, "training.optimizer.learning_rate": 0.5}, "")
    trial.ready()
    hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.OVER, 60)
    assert trial.program.window.status.state.text() == "The run is over. Train starts anew."
    kept = trial.program.history.current[0]
    assert kept.outcome == "early stopping"
    trial.wait_drawn(kept.row)
    hands.key(Qt.Key.Key_Space)
    wait(lambda: len(trial.program.history.past) == 1, "it does not start anew")


def test_tab_reaches_every_part_and_fields_keep_their_keys(trial: Trial, hands: Hands) -> None:
    hands.click(number(trial, "training.epochs").field)
    assert isinstance(number(trial, "training.epochs").field, QLineEdit)
    hands.key(Qt.Key.Key_A, Ctrl)
    hands.letters("12")
    hands.key(Qt.Key.Key_Tab)
    assert trial.experiment.training.epochs == 12
    assert not number(trial, "training.epochs").field.hasFocus()
