"""Slow motion with the real background thread: which steps are told, what is played, and what nothing is paid for."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.canvas.words import number
from app.shell.motion import ONCE, SLOW, update_rule
from app.shell.theme import Theme
from app.work.session import Phase
from core.choices.optimizers import OPTIMIZERS, SGD, Adam, AdamW

from .motion_stage import MakeStage, Stage, flow_of, stages_made


@pytest.fixture
def make_stage(qtbot: QtBot, theme: Theme) -> Iterator[MakeStage]:
    yield from stages_made(qtbot, theme)


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()


# -- a batch stepped by hand -----------------------------------------------------------------------------------------


def test_one_batch_is_played_in_its_own_numbers(stage: Stage) -> None:
    stage.motion.step_batch()
    stage.until(lambda: bool(stage.played))
    (stepped,) = stage.told
    ((step, seconds),) = stage.played
    assert seconds == ONCE
    assert (stepped.step, step.picture.step) == (1, 1)
    expected = flow_of(stage, stepped)
    for found, wanted in zip(step.picture.layers, expected.layers, strict=True):
        np.testing.assert_array_equal(found.a, wanted.a)
    architecture = stage.session.scenes[0].architecture
    for pairs, row in ((step.before, stepped.before), (step.after, stepped.after)):
        for (W, b), (_, wanted_W, wanted_b) in zip(pairs, architecture.split(row), strict=True):
            np.testing.assert_array_equal(W, wanted_W)
            np.testing.assert_array_equal(b, wanted_b)
    # Plain descent: the update that is shown is the gradient that is shown.
    for (before, _), (after, _), (gradient, _) in zip(step.before, step.after, step.gradients, strict=True):
        np.testing.assert_allclose(after, before - stepped.learning_rate * gradient, rtol=1e-5, atol=1e-7)
    stage.canvas.playback.finish()
    texts = [text.text() for text in stage.canvas.scene.cards["a"].units._texts]
    assert texts == [number(float(value)) for value in expected.layers[0].a[0]]
    assert stage.canvas.caption.text.text() == "SGD · w ← w − 0.03·∂J/∂w"


def test_each_batch_is_told_alone_and_training_on_clears_it(stage: Stage) -> None:
    for count in (1, 2, 3):
        stage.motion.step_batch()
        stage.until(lambda count=count: len(stage.played) == count)  # type: ignore[misc]
    assert [stepped.step for stepped in stage.told] == [1, 2, 3]
    assert stage.canvas.playback.step is not None
    stage.trainer.toggle(None)
    stage.until(lambda: stage.session.phase is Phase.TRAINING)
    assert stage.canvas.playback.step is None
    assert stage.canvas.caption.isHidden()
    assert stage.canvas.scene.live.masks == {}


def test_a_batch_after_an_edit_starts_anew(stage: Stage) -> None:
    stage.motion.step_batch()
    stage.until(lambda: len(stage.played) == 1)
    stage.document.set({"network.layers.a.units": 6}, "six")
    assert stage.canvas.playback.step is None
    assert stage.trainer.stale
    stage.motion.step_batch()
    stage.until(lambda: len(stage.played) == 2)
    assert stage.told[-1].step == 1
    assert stage.played[-1][0].picture.layers[0].a.shape[1] == 6
    assert stage.canvas.playback.step is not None


def test_where_the_system_wants_nothing_to_move_it_is_shown_as_it_ends(stage: Stage) -> None:
    stage.motion.still = True
    stage.motion.step_batch()
    stage.until(lambda: bool(stage.played))
    assert not stage.canvas.playback.playing
    assert stage.canvas.caption.direction.text() == "update"


# -- slow motion -----------------------------------------------------------------------------------------------------


def test_at_full_speed_no_step_is_told(stage: Stage) -> None:
    stage.trainer.toggle(None)
    stage.until(lambda: stage.trainer.steps > 200)
    assert stage.told == []
    assert stage.frames_of("flow") == []
    assert stage.frames_of("slope") == []


def test_in_slow_motion_each_step_is_played_in_the_time_it_has(stage: Stage) -> None:
    stage.slow()
    stage.trainer.toggle(stage.speed.rate)
    stage.until(lambda: len(stage.played) == 3)
    steps = [step.picture.step for step, _ in stage.played]
    assert steps == [1, 2, 3]
    rate = stage.speed.rate
    assert rate is not None
    assert all(seconds < 1 / rate for _, seconds in stage.played)
    stage.session.pause()
    stage.until(lambda: not stage.canvas.playback.playing)
    assert stage.canvas.caption.isVisible()  # to be looked at in peace


def test_out_of_slow_motion_nothing_is_left_of_it(stage: Stage) -> None:
    stage.slow()
    stage.trainer.toggle(stage.speed.rate)
    stage.until(lambda: bool(stage.played))
    stage.speed.set_position(1000)
    stage.session.go()
    stage.until(lambda: stage.trainer.steps > 100)
    assert stage.canvas.playback.step is None
    count = len(stage.told)
    at = stage.trainer.steps
    stage.until(lambda: stage.trainer.steps > at + 100)
    assert len(stage.told) == count


def test_a_new_job_is_followed_too(stage: Stage) -> None:
    stage.slow()
    for _ in range(2):
        stage.trainer.rewind()
    stage.trainer.toggle(stage.speed.rate)
    stage.until(lambda: bool(stage.played))
    assert stage.told[0].step == 1


def test_only_slow_speeds_are_slow_motion() -> None:
    slow = [Stage.at(position) for position in range(60)]
    assert min(rate for rate in slow if rate) < 1
    assert [rate for rate in slow if rate and rate <= SLOW][-1] > 1.5
    assert slow[-1] is None


# -- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (SGD(), "SGD · w ← w − 0.03·∂J/∂w"),
        (SGD(momentum=0.9), "SGD · w ← w − 0.03·∂J/∂w, momentum 0.9"),
        (Adam(), "Adam · w ← w − 0.03·m̂/(√v̂ + ε)"),
        (AdamW(), "AdamW · w ← (1 − 0.03λ)·w − 0.03·m̂/(√v̂ + ε)"),
    ],
)
def test_the_update_is_written_with_the_learning_rate(settings: Any, text: str) -> None:
    assert update_rule(settings, 0.03) == text


def test_every_optimizer_has_an_update() -> None:
    for row in OPTIMIZERS.values():
        assert "w ←" in update_rule(row.settings.model_validate({"kind": row.tag}), 1e-5)
        assert "η" not in update_rule(row.settings.model_validate({"kind": row.tag}), 1e-5)
