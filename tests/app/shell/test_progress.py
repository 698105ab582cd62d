"""Speed and time left, from steps seen at known times; and what differs between two experiments."""

import pytest

from app.shell.differences import differences
from app.shell.progress import Pace, duration
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout
from core.experiment.variants import override


def test_a_steady_speed_is_told() -> None:
    pace = Pace()
    for tick in range(40):
        pace.note(tick / 4, tick * 100)
    assert pace.steps_per_second == pytest.approx(400)


def test_the_speed_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    for tick in range(40):
        pace.note(tick / 4, tick * 100)
    for tick in range(40, 60):
        pace.note(tick / 4, 3900 + (tick - 39))
    assert pace.steps_per_second == pytest.approx(4, rel=0.01)


def test_too_early_and_at_rest_there_is_no_speed() -> None:
    pace = Pace()
    assert pace.steps_per_second is None
    pace.note(0, 0)
    pace.note(0.1, 50)
    assert pace.steps_per_second is None
    pace.start()
    pace.note(10, 50)
    pace.note(20, 50)
    assert pace.steps_per_second is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (59.9, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations_are_written_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_differences_are_told_by_the_titles_of_settings(experiment: Experiment) -> None:
    changed = override(experiment, {"training.batch_size": 5, "data.source.noise": 0.2, "training.seed": 9})
    assert set(differences(experiment, changed)) == {"batch size", "noise", "seed"}
    assert differences(experiment, experiment) == ()


def test_another_choice_is_one_difference(experiment: Experiment) -> None:
    changed = override(experiment, {"training.optimizer": "sgd", "data.source": "xor"})
    assert set(differences(experiment, changed)) == {"optimizer", "data set"}


def test_what_acts_at_once_is_no_difference(experiment: Experiment) -> None:
    assert differences(experiment, override(experiment, {"training.optimizer.learning_rate": 0.5})) == ()


def test_layers_are_told_by_name(experiment: Experiment) -> None:
    network = experiment.network.insert(1, Dropout(id="d", name="Dropout 1"))
    network = network.insert(2, Dense(id="b", name="Dense 2"))
    larger = experiment.model_copy(update={"network": network})
    assert differences(experiment, larger) == ("Dropout 1 is new", "Dense 2 is new")
    assert differences(larger, experiment) == ("Dropout 1 is gone", "Dense 2 is gone")
    moved = larger.model_copy(update={"network": network.move("b", 0)})
    assert differences(larger, moved) == ("the order of the layers",)
