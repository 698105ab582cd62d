"""A row that has stopped or diverged stays as it is to the last bit, whatever its optimizer remembers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from core.choices.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    NAdam,
    OptimizerSettings,
    RMSprop,
)
from core.experiment.network import Dense
from core.training.batches import Block
from core.training.rows import start_row
from core.training.step import RowSettings, Stepper

if TYPE_CHECKING:
    from tests.core.training.conftest import Lab

KINDS: tuple[OptimizerSettings, ...] = (
    SGD(),
    SGD(momentum=0.9),
    SGD(momentum=0.9, nesterov=True),
    Adam(),
    Adam(amsgrad=True),
    AdamW(weight_decay=0.5),
    NAdam(),
    Adadelta(),
    Adagrad(),
    RMSprop(),
    RMSprop(momentum=0.9, centered=True),
)
EVERY = pytest.mark.parametrize("settings", KINDS, ids=repr)
WHOLE = Block(0, 6, 1, True, True, 6)


class Rig:
    """Three rows of a small network under one optimizer, given the same batches each time."""

    def __init__(self, lab: Lab, settings: OptimizerSettings, rates: tuple[float, float, float]) -> None:
        dataset = lab.dataset("regression")
        built = lab.built(lab.run((Dense(units=5),), loss="mean_squared_error"), dataset)
        theta = torch.stack([start_row(built, seed, torch.float64) for seed in range(3)])
        rows = [RowSettings(settings, rate, 0.01, 0.02, 0.5) for rate in rates]
        self.built = built
        self.stepper = Stepper(built, theta, rows, [{}, {}, {}])
        self.draws = torch.Generator().manual_seed(9)

    def steps(self, count: int) -> Tensor:
        """Take some steps; return a copy of the rows."""
        for _ in range(count):
            x = torch.randn((3, 6, 2), generator=self.draws, dtype=torch.float64)
            t = torch.randn((3, 6, 1), generator=self.draws, dtype=torch.float64)
            self.stepper.step(x, t, [], WHOLE)
        return self.stepper.theta.clone()


@EVERY
def test_a_row_frozen_after_twenty_steps_is_the_same_fifty_steps_later(lab: Lab, settings: OptimizerSettings) -> None:
    rig, free = (Rig(lab, settings, (0.02, 0.03, 0.01)) for _ in range(2))
    before, also = rig.steps(20), free.steps(20)
    assert before.equal(also)
    rig.stepper.freeze(1, before[1])
    for _ in range(50):
        now = rig.steps(1)
        assert now[1].equal(before[1])
        others = free.steps(1)
        assert now[[0, 2]].equal(others[[0, 2]])
        assert not others[1].equal(before[1])


@EVERY
def test_a_diverged_row_is_the_same_fifty_steps_later_and_harms_no_other(lab: Lab, settings: OptimizerSettings) -> None:
    rig, free = Rig(lab, settings, (0.02, 0.03, 0.01)), Rig(lab, settings, (0.02, 0.03, 0.01))
    good = rig.steps(19)[1]
    free.steps(19)
    rig.stepper.theta[1] = math.nan  # the optimizer's memory is spoilt for good by the next step
    rig.steps(1)
    free.steps(1)
    assert rig.stepper.theta[1].isnan().all()
    rig.stepper.freeze(1, good)
    for _ in range(50):
        now = rig.steps(1)
        assert now[1].equal(good)
        assert now[[0, 2]].equal(free.steps(1)[[0, 2]])


@EVERY
def test_all_rows_may_be_frozen(lab: Lab, settings: OptimizerSettings) -> None:
    rig = Rig(lab, settings, (0.02, 0.03, 0.01))
    before = rig.steps(20)
    for place in (2, 0, 1):
        rig.stepper.freeze(place, before[place])
    assert rig.steps(50).equal(before)


@EVERY
def test_the_state_of_an_optimizer_goes_on_in_another_matrix(lab: Lab, settings: OptimizerSettings) -> None:
    rig, other = (Rig(lab, settings, (0.02, 0.03, 0.01)) for _ in range(2))
    theta = rig.steps(20)
    states = [rig.stepper.optimizer_state(place) for place in range(3)]
    other.steps(20)  # only to bring its draws to the same place
    other.stepper = Stepper(rig.built, theta.clone(), rig.stepper.rows, states)
    assert other.steps(50).equal(rig.steps(50))


def test_a_row_without_clipping_is_not_touched_where_its_norm_overflows(lab: Lab) -> None:
    # In float32 a gradient of 1e20 has an infinite norm; beside a row that is clipped it must stay what it is alone.
    built = lab.built(lab.run((), loss="mean_squared_error"), lab.dataset("regression"))
    moved = []
    for clips in ([None, None], [None, 1.0]):
        rows = [RowSettings(SGD(), 1e-21, 0.0, 0.0, clip) for clip in clips]
        stepper = Stepper(built, torch.zeros((2, 3)), rows, [{}, {}])
        stepper.step(torch.full((2, 6, 2), 1e10), torch.full((2, 6, 1), 1e10), [], WHOLE)
        moved.append(stepper.theta[0].clone())
    assert moved[0].isfinite().all()
    assert moved[1].equal(moved[0])
