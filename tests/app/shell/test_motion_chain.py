"""The chain of the selected weight, and gradients to be hovered over, with the real background thread."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas.words import precise
from app.shell.selection import Neuron, Weight
from app.shell.theme import Theme
from core.probes.gradients import slope
from core.training.events import Row, SetWeight
from core.training.rows import to_sequential

from .motion_stage import MakeStage, Stage, flow_of, stages_made

WEIGHT = Weight("a", 2, 1)


@pytest.fixture
def make_stage(qtbot: QtBot, theme: Theme) -> Iterator[MakeStage]:
    yield from stages_made(qtbot, theme)


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()


# -- the chain -------------------------------------------------------------------------------------------------------


def _by_autograd(stage: Stage, row: Row, x: Any, t: Any) -> float:
    """Return ∂J/∂w of WEIGHT over some samples, dropout off, as torch's own modules find it."""
    architecture = stage.session.scenes[0].architecture
    module = to_sequential(architecture, torch.from_numpy(np.array(row)).double()).eval()
    z = module(torch.from_numpy(np.array(x)).double())
    torch.nn.BCEWithLogitsLoss()(z, torch.from_numpy(np.array(t)).double()).backward()
    grad = next(module.parameters()).grad
    assert grad is not None
    return float(grad[WEIGHT.unit, WEIGHT.source or 0])


def test_before_training_the_chain_is_of_a_batch_of_the_data(stage: Stage) -> None:
    stage.selection.select_weight(WEIGHT)
    stage.until(lambda: stage.chain_shown)
    card = stage.canvas.attention.chain_card
    scene = stage.session.scenes[0]
    x = scene.dataset.preparation.apply(scene.dataset.train.raw[:20])
    t = scene.dataset.train.labels[:20, None]
    expected = precise(_by_autograd(stage, stage.rows[-1], x, t))
    texts = "sample 1 of 20, training data, dropout off · mean over the batch = gradient " + expected
    assert texts in (card.mean.text(), card.mean.toolTip())


def test_chain_of_a_step_is_that_of_its_batch(stage: Stage) -> None:
    stage.motion.step_batch()
    stage.until(lambda: bool(stage.played))
    stage.selection.select_weight(WEIGHT)
    stage.until(lambda: stage.chain_shown)
    card = stage.canvas.attention.chain_card
    (stepped,) = stage.told
    picture = flow_of(stage, stepped)
    gradient = float(picture.layers[0].weight_gradient[2, 1])
    account = card._account
    assert account is not None
    assert account.of == "step 1"
    assert account.chain.gradient == pytest.approx(gradient, rel=1e-4)
    numbers = [term.value for term in card.terms]
    assert np.prod(numbers) == pytest.approx(account.chain.products[0])
    stage.selection.select_weight(Weight("output", 0, None))
    stage.until(lambda: card._account is not None and card._account.weight == Weight("output", 0, None))
    assert len(stage.played) == 1  # it is not played again for that


def test_chain_is_live_in_slow_motion(stage: Stage) -> None:
    card = stage.canvas.attention.chain_card
    stage.selection.select_weight(WEIGHT)
    stage.slow()
    stage.trainer.toggle(stage.speed.rate)
    for step in (1, 2):
        stage.until(lambda step=step: card._account is not None and card._account.of == f"step {step}")  # type: ignore[misc]


def test_chain_is_live_at_full_speed_and_few_steps_are_told_for_it(stage: Stage) -> None:
    stage.selection.select_weight(WEIGHT)
    card = stage.canvas.attention.chain_card
    stage.trainer.toggle(None)
    seen: set[str] = set()

    def told_thrice() -> bool:
        if card._account is not None and card._account.of.startswith("step"):
            seen.add(card._account.of)
        return len(seen) == 3

    stage.until(told_thrice)
    assert stage.played == []
    stage.selection.select_weight(None)
    at = stage.trainer.steps
    stage.until(lambda: stage.trainer.steps > at + 500)
    told = len(stage.told)
    at = stage.trainer.steps
    stage.until(lambda: stage.trainer.steps > at + 500)
    assert len(stage.told) == told


def test_a_weight_set_by_hand_has_another_chain(stage: Stage) -> None:
    stage.motion.step_batch()
    stage.until(lambda: bool(stage.played))
    stage.selection.select_weight(WEIGHT)
    card = stage.canvas.attention.chain_card
    stage.until(lambda: stage.chain_shown)
    assert card._account is not None
    before = card._account
    stage.session.tell(SetWeight("a", 2, 1, 5.0, 0))
    stage.until(lambda: card._account is not before)
    account = card._account
    assert account is not None
    assert account.chain.value == 5.0
    assert account.of == "training data, dropout off"


def test_a_weight_that_the_job_does_not_have_is_asked_for_once(stage: Stage) -> None:
    stage.motion.step_batch()
    stage.until(lambda: bool(stage.played))
    stage.document.set({"network.layers.a.units": 6}, "six")
    stage.selection.select_weight(Weight("a", 5, 0))
    stage.until(lambda: len(stage.frames_of("flow")) == 2)
    QTest.qWait(200)
    assert len(stage.frames_of("flow")) == 2
    assert not stage.chain_shown


def test_penalty_of_the_step_is_told(make_stage: MakeStage) -> None:
    stage = make_stage(penalty={"l2": 0.1})
    stage.motion.step_batch()
    stage.until(lambda: bool(stage.played))
    stage.selection.select_weight(WEIGHT)
    stage.until(lambda: stage.chain_shown)
    account = stage.canvas.attention.chain_card._account
    assert account is not None
    stepped = stage.told[-1]
    architecture = stage.session.scenes[0].architecture
    before, after = (next(architecture.split(row))[1][2, 1] for row in (stepped.before, stepped.after))
    assert float(before - after) / stepped.learning_rate == pytest.approx(account.chain.total, rel=1e-3, abs=1e-5)
    assert "penalty" in stage.canvas.attention.chain_card.mean.text()


# -- gradients that are hovered over ---------------------------------------------------------------------------------


def test_gradients_are_measured_while_they_are_wanted(stage: Stage) -> None:
    stage.selection.pin(Neuron("a", 1))
    stage.until(lambda: bool(stage.frames_of("slope")))
    scene = stage.session.scenes[0]
    work = slope()(scene, stage.rows[-1])
    while True:
        try:
            next(work)
        except StopIteration as done:
            picture = done.value
            break
    for (W, b), (_, wanted_W, wanted_b) in zip(
        stage.canvas.scene.live.gradients, scene.architecture.split(picture.gradient), strict=True
    ):
        np.testing.assert_allclose(W, wanted_W, rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(b, wanted_b, rtol=1e-5, atol=1e-8)
    assert stage.canvas.attention.gradients_of == "mean over 80 training samples"
    stage.selection.pin(None)
    count = len(stage.frames_of("slope"))
    stage.trainer.toggle(None)
    stage.until(lambda: stage.trainer.steps > 500)
    assert len(stage.frames_of("slope")) <= count + 1  # one may have been on its way


def test_after_a_batch_its_own_gradients_are_shown(stage: Stage) -> None:
    stage.motion.step_batch()
    stage.until(lambda: bool(stage.played))
    stage.canvas.playback.finish()
    stage.selection.pin(Neuron("a", 1))
    QTest.qWait(300)
    assert stage.frames_of("slope") == []
    assert stage.canvas.attention.gradients_of == "batch of step 1"
    stage.trainer.toggle(None)
    stage.until(lambda: bool(stage.frames_of("slope")))
    stage.until(lambda: stage.canvas.attention.gradients_of == "mean over 80 training samples")
