"""The schedules against ``torch.optim.lr_scheduler`` and closed forms, epoch by epoch."""

import math
from collections.abc import Callable

import pytest
import torch
from torch.optim import lr_scheduler

from core.choices.fields import Tagged
from core.choices.schedules import SCHEDULES, Constant, Cosine, Exponential, Plateau, Step, WarmUp

EPOCHS = 40
RATE = 0.3
Make = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]


def ours(settings: Tagged, cuts: int = 0) -> list[float]:
    row = SCHEDULES[settings.kind]
    return [RATE * row.factor(settings, epoch, EPOCHS, cuts) for epoch in range(EPOCHS)]


def torchs(make: Make) -> list[float]:
    """Return the learning rate of each epoch under a scheduler of torch, stepped at the end of each."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=RATE)
    schedule = make(optimizer)
    rates = []
    for _ in range(EPOCHS):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        schedule.step()
    return rates


@pytest.mark.parametrize(
    ("settings", "make"),
    [
        (Step(), lambda o: lr_scheduler.StepLR(o, 10, 0.5)),
        (Step(every=3, factor=0.7), lambda o: lr_scheduler.StepLR(o, 3, 0.7)),
        (Step(every=1, factor=1.0), lambda o: lr_scheduler.StepLR(o, 1, 1.0)),
        (Exponential(), lambda o: lr_scheduler.ExponentialLR(o, 0.99)),
        (Exponential(factor=0.8), lambda o: lr_scheduler.ExponentialLR(o, 0.8)),
        (Cosine(), lambda o: lr_scheduler.CosineAnnealingLR(o, EPOCHS)),
        (Cosine(last=0.1), lambda o: lr_scheduler.CosineAnnealingLR(o, EPOCHS, eta_min=0.1 * RATE)),
        (WarmUp(), lambda o: lr_scheduler.LinearLR(o, 1 / 5, total_iters=4)),
        (WarmUp(epochs=13), lambda o: lr_scheduler.LinearLR(o, 1 / 13, total_iters=12)),
        (WarmUp(epochs=1), lambda o: lr_scheduler.ConstantLR(o, 1.0)),
        (WarmUp(epochs=100), lambda o: lr_scheduler.LinearLR(o, 1 / 100, total_iters=99)),
        (Constant(), lambda o: lr_scheduler.ConstantLR(o, 1.0)),
    ],
    ids=lambda value: repr(value) if isinstance(value, Tagged) else "",
)
def test_rate_of_each_epoch_equals_that_of_torch(settings: Tagged, make: Make) -> None:
    assert ours(settings) == pytest.approx(torchs(make), rel=1e-12, abs=1e-15)


def test_closed_forms() -> None:
    assert [SCHEDULES["warm_up"].factor(WarmUp(epochs=4), e, 99, 0) for e in range(6)] == [
        0.25,
        0.5,
        0.75,
        1,
        1,
        1,
    ]
    assert [SCHEDULES["step"].factor(Step(every=2, factor=0.5), e, 9, 0) for e in range(5)] == [
        1,
        1,
        0.5,
        0.5,
        0.25,
    ]
    halfway = SCHEDULES["cosine"].factor(Cosine(last=0.2), 5, 10, 0)
    assert halfway == pytest.approx(0.6, rel=1e-15)
    assert SCHEDULES["cosine"].factor(Cosine(), 1, 4, 0) == pytest.approx((1 + math.cos(math.pi / 4)) / 2, rel=1e-15)
    assert SCHEDULES["cosine"].factor(Cosine(last=0.2), 30, 10, 0) == pytest.approx(0.2, rel=1e-15)  # went on longer


def test_a_plateau_multiplies_by_its_factor_at_each_cut_down_to_the_least() -> None:
    factors = [SCHEDULES["plateau"].factor(Plateau(factor=0.5, min_factor=0.1), 7, 9, cuts) for cuts in range(6)]
    assert factors == [1, 0.5, 0.25, 0.125, 0.1, 0.1]
    assert SCHEDULES["plateau"].factor(Plateau(factor=0.1, min_factor=0.0), 7, 9, 400) == 0
    assert SCHEDULES["plateau"].factor(Plateau(), 7, 9, 100_000) == 1e-4


def test_factors_lie_between_0_and_1_at_any_epoch() -> None:
    for schedule in SCHEDULES.values():
        for epoch in (0, 1, 7, 999_999):
            for cuts in (0, 1, 100_000):
                factor = schedule.factor(schedule.settings(kind=schedule.tag), epoch, 1_000_000, cuts)
                assert 0 <= factor <= 1


@pytest.mark.parametrize("row", SCHEDULES.values(), ids=lambda row: row.tag)
def test_torch_knows_the_scheduler_of_each_row(row: object) -> None:
    name = getattr(row, "torch", "")
    assert name == "" or hasattr(lr_scheduler, name)
