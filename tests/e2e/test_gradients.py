"""The tab of the gradients, by mouse: its pages, a learning rate that is found and used, three that are compared."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from app.selftest.checks import wait
from app.selftest.hands import Hands
from app.selftest.trial import Trial
from core.training.events import EpochDone


def word(trial: Trial, text: str) -> QAbstractButton:
    """Return a word of the tab."""
    buttons = trial.program.gradients.segments.group.buttons()
    return next(button for button in buttons if button.text() == text)


def open_tab(trial: Trial, hands: Hands) -> None:
    bar = trial.program.window.bottom.bar
    place = [tab.name for tab in trial.program.window.bottom.tabs].index("gradients")
    hands.click(bar, bar.tabRect(place).center())
    assert trial.program.window.bottom.name == "gradients"


def test_layers_and_batches_are_looked_at_while_it_trains(trial: Trial, hands: Hands) -> None:
    part = trial.program.gradients
    open_tab(trial, hands)
    wait(lambda: part.health.told.steps, "nothing is told of the layers")
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Space)
    wait(lambda: len(part.health.told.steps) > 2, "the layers are not looked at while it trains")
    hands.click(word(trial, "Batches"))
    wait(lambda: part.batches.picture is not None, "nothing is told of batches")
    hands.click(word(trial, "Time"))
    wait(lambda: part.time.plots[2].runs, "no losses over time")


def test_a_learning_rate_is_found_used_and_compared(trial: Trial, hands: Hands) -> None:
    part, program = trial.program.gradients, trial.program
    open_tab(trial, hands)
    hands.click(word(trial, "Learning rate"))
    hands.click(part.rates.mend)
    wait(lambda: part.rates.picture is not None, "no learning rate is found", 60)
    picture = part.rates.picture
    assert picture is not None
    hands.click(part.rates.use)
    assert trial.experiment.training.optimizer.learning_rate == picture.suggested
    trial.ready()
    hands.click(part.rates.compare)
    wait(lambda: len(program.history.current) == 3 and trial.told(EpochDone), "three runs do not train")
    assert [record.name.rpartition(" ")[0] for record in program.history.current] == [
        "too small",
        "stable",
        "too large",
    ]
    wait(part.rates.pictures.isVisible, "the three pictures are not shown")
    program.document.undo_stack.undo()
    assert trial.experiment.variants == ()


def test_a_race_is_played(trial: Trial, hands: Hands) -> None:
    race = trial.program.gradients.race
    open_tab(trial, hands)
    hands.click(word(trial, "Race"))
    wait(lambda: race.frame is not None and race.plot.step > 3, "the race does not begin")
    hands.click(race.play)
    step = race.plot.step
    hands.click(race.after)
    assert race.plot.step == step + 1
    hands.click(race.radios[0])
    assert race.plot.racer == 0
