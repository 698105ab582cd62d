"""Time travel: which moment is shown, moving from one to the next, playing, and what ends it."""

import numpy as np
import pytest

from app.timeline.moment import Moment
from app.timeline.travel import WHOLE, TimeTravel
from app.work.session import Phase
from core.runs.record import Record
from tests.app.timeline.stage import Stage, experiment, trained


def test_now_is_shown_until_an_epoch_is_asked_for(stage: Stage) -> None:
    moved: list[Moment | None] = []
    stage.travel.moved.connect(moved.append)
    assert stage.travel.moment is None
    assert stage.travel.epochs == tuple(range(7))
    stage.travel.show(2)
    assert stage.at == (1, 2)
    assert moved[0] is not None
    assert np.array_equal(moved[0].row, stage.history.current[0].rows[2])
    stage.travel.show(2)
    stage.travel.now()
    assert moved[1:] == [None]  # the same moment is not told twice


def test_epochs_that_were_not_kept_give_the_next_one_that_was(stage: Stage) -> None:
    thin = trained(experiment(), keep_bytes=4 * 4 * 13)[0]
    assert set(thin.rows) == {0, 4, 8, 12, thin.best_epoch}
    stage.history.clear((thin,))
    stage.begin(experiment())
    stage.travel.choose(0)
    kept = list(thin.rows)
    for epoch in np.arange(-1, 14, 0.5):
        stage.travel.show(epoch)
        assert stage.at is not None
        assert min(abs(each - epoch) for each in kept) == abs(stage.at[1] - epoch)


def test_steps_go_from_kept_epoch_to_kept_epoch_and_back_to_now(stage: Stage) -> None:
    seen = []
    for _ in range(8):
        stage.travel.step(-1)
        seen.append(stage.at)
    assert seen == [(1, epoch) for epoch in (5, 4, 3, 2, 1, 0, 0, 0)]
    stage.travel.step(4)
    assert stage.at == (1, 4)
    stage.travel.step(2)
    assert stage.at == (1, 6)
    stage.travel.step(1)
    assert stage.at is None
    stage.travel.step(1)
    assert stage.at is None


def test_a_past_run_has_no_now_behind_its_last_epoch(stage: Stage) -> None:
    stage.travel.choose(0)
    assert stage.at == (0, 12)
    stage.travel.step(1)
    assert stage.at == (0, 12)
    stage.travel.first()
    assert stage.at == (0, 0)
    stage.travel.best()
    assert stage.at == (0, stage.history.past[0].best_epoch)
    stage.travel.last()
    assert stage.at == (0, 12)
    stage.travel.choose(1)  # the run under way is shown as it is
    assert stage.at is None


def test_the_views_stay_at_the_moment_while_its_run_grows(stage: Stage) -> None:
    stage.travel.show(3)
    moment = stage.travel.moment
    stage.train(9)
    assert stage.travel.moment is moment
    assert stage.travel.epochs == tuple(range(10))


@pytest.mark.parametrize("phase", [Phase.TRAINING, Phase.PREPARING, Phase.IDLE])
def test_training_on_and_another_job_end_it(stage: Stage, phase: Phase) -> None:
    stage.travel.show(3)
    stage.phase(phase)
    assert stage.at is None
    assert not stage.travel.playing


@pytest.mark.parametrize("phase", [Phase.PAUSED, Phase.OVER])
def test_a_pause_and_the_end_do_not_end_it(stage: Stage, phase: Phase) -> None:
    stage.phase(Phase.TRAINING)
    stage.travel.show(3)
    stage.phase(phase)
    assert stage.at == (1, 3)


def test_it_ends_when_its_run_is_deleted_or_all_runs_are_other_ones(stage: Stage, past: Record) -> None:
    stage.travel.choose(0)
    stage.history.delete(stage.history.past[0])
    assert stage.at is None
    stage.travel.show(3)
    stage.history.clear((past, past))
    assert stage.at is None


def test_a_run_of_another_network_cannot_be_shown_and_says_why(stage: Stage) -> None:
    others = [
        trained(experiment(units=4))[0],
        trained(experiment(data={"validation": 0.5}))[0],
        trained(experiment(training={"loss": "mean_squared_error"}))[0],
        trained(experiment(training={"optimizer": {"kind": "sgd", "learning_rate": 0.5}}))[0],
    ]
    stage.history.clear(tuple(others))
    stage.begin(experiment())
    stage.travel.look()
    assert [run.unlike for run in stage.travel.runs] == ["another network", "other data", "another loss", "", ""]
    for place in range(3):
        stage.travel.choose(place)
        assert stage.at is None
    stage.travel.choose(3)
    assert stage.at == (3, 12)


def test_nothing_happens_while_there_is_nothing_to_travel_in(stage: Stage) -> None:
    stage.history.clear()
    travel = TimeTravel(stage.history, stage.session)
    travel.look()
    for move in (travel.first, travel.best, travel.last, travel.now, lambda: travel.step(-1), lambda: travel.show(4)):
        move()
    travel.play(True)
    travel.choose(7)
    assert travel.moment is None
    assert not travel.playing


# -- playing ---------------------------------------------------------------------------------------------------------


def play_until(stage: Stage, seconds: float) -> None:
    """Let it play until so many seconds have passed, in steps of a twentieth."""
    while stage.seconds < seconds - 1e-9:
        stage.seconds += 0.05
        stage.travel._timer.timeout.emit()


@pytest.mark.parametrize("speed", [0.25, 1.0, 8.0])
def test_a_whole_run_is_played_in_ten_seconds_at_speed_1(stage: Stage, speed: float) -> None:
    travel = stage.travel
    travel.choose(0)
    travel.speed = speed
    travel.play(True)
    assert stage.at == (0, 0)  # from the start, as the end was reached
    for share in (0.25, 0.5, 0.75):
        play_until(stage, WHOLE / speed * share)
        assert stage.at is not None
        assert abs(stage.at[1] - 12 * share) <= 1
        assert travel.playing
    play_until(stage, WHOLE / speed + 0.1)
    assert stage.at == (0, 12)
    assert not travel.playing


def test_playing_goes_on_from_where_the_slider_is_put_and_stops_at_a_step(stage: Stage) -> None:
    travel = stage.travel
    travel.choose(0)
    travel.show(3)
    travel.play(True)
    assert stage.at == (0, 3)
    travel.show(9)
    play_until(stage, WHOLE / 12 + 0.1)
    assert stage.at == (0, 10)
    travel.step(-1)
    assert not travel.playing
    assert stage.at == (0, 9)
    travel.play(True)
    travel.now()
    assert not travel.playing
