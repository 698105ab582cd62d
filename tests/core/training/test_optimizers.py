"""Every optimizer and every one of its settings, against ``torch.optim`` on an ``nn.Sequential``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.optimizers import (
    OPTIMIZERS,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    NAdam,
    OptimizerSettings,
    RMSprop,
)
from core.experiment.network import Dense, Dropout
from core.experiment.training import Penalty
from core.training.directions import Directions, decay

if TYPE_CHECKING:
    from tests.core.training.conftest import Lab, Oracle

# Every optimizer as it is, every setting varied from its default, and learning rates that differ within a kind.
VARIED: tuple[OptimizerSettings, ...] = (
    SGD(),
    SGD(learning_rate=0.3),
    SGD(nesterov=True),
    SGD(momentum=0.9),
    SGD(momentum=0.9, learning_rate=0.005),
    SGD(momentum=0.5, nesterov=True),
    Adam(),
    Adam(learning_rate=0.05),
    Adam(beta1=0.5),
    Adam(beta2=0.9),
    Adam(eps=0.1),
    Adam(amsgrad=True, beta2=0.5),
    AdamW(),
    AdamW(learning_rate=0.02),
    AdamW(learning_rate=0.02, weight_decay=0.0),
    AdamW(learning_rate=0.02, weight_decay=0.7),
    AdamW(beta1=0.2),
    AdamW(beta2=0.8),
    AdamW(eps=0.01),
    AdamW(amsgrad=True, beta2=0.5),
    NAdam(),
    NAdam(learning_rate=0.03),
    NAdam(beta1=0.6),
    NAdam(beta2=0.95),
    NAdam(eps=0.02),
    NAdam(momentum_decay=0.3),
    Adadelta(),
    Adadelta(learning_rate=0.2),
    Adadelta(rho=0.5),
    Adadelta(eps=1e-3),
    Adagrad(),
    Adagrad(learning_rate=0.3),
    Adagrad(lr_decay=0.1),
    Adagrad(initial_accumulator_value=0.4),
    Adagrad(eps=0.05),
    RMSprop(),
    RMSprop(learning_rate=0.001),
    RMSprop(alpha=0.8),
    RMSprop(momentum=0.8),
    RMSprop(centered=True),
    RMSprop(centered=True, momentum=0.5, eps=1e-3),
    RMSprop(eps=0.03),
)
LAYERS = (Dense(id="a", units=5), Dense(id="b", units=4, activation="gelu"))


def test_every_setting_of_every_optimizer_is_varied_here() -> None:
    for row in OPTIMIZERS.values():
        default = row.settings(kind=row.tag)
        mine = [settings for settings in VARIED if settings.kind == row.tag]
        assert default in mine
        for name in row.settings.model_fields:
            values = {getattr(settings, name) for settings in mine}
            assert name == "kind" or len(values) > 1, f"{row.tag}.{name} is nowhere varied"


def worst(found: Any, wanted: torch.Tensor) -> float:
    return float(np.abs(found - wanted.numpy()).max() / np.abs(wanted.numpy()).max())


def test_fifty_steps_of_every_optimizer_equal_those_of_torch_in_one_matrix_of_all(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("binary")  # 23 samples: four batches of 5 and one of 3
    runs = [
        lab.run(LAYERS, optimizer=settings, batch_size=5, epochs=10, seed=seed) for seed, settings in enumerate(VARIED)
    ]
    story = lab.drive(lab.job(runs, dataset))
    for place, run in enumerate(runs):
        wanted = oracle.train(run, dataset, story.begun[place].row)
        assert story.ended[place].step == 50
        assert worst(story.ended[place].last_row, wanted) < 1e-9, VARIED[place]


@pytest.mark.parametrize(
    ("penalty", "clip"),
    [
        (Penalty(l2=0.05), None),
        (Penalty(l1=0.02), None),
        (Penalty(l1=0.01, l2=0.02), None),
        (Penalty(), 0.05),
        (Penalty(l2=0.3), 0.1),  # clipped after the L2 term
        (Penalty(l1=0.3), 0.1),
    ],
    ids=str,
)
def test_penalty_clipping_and_dropout_act_as_in_torch_under_every_optimizer(
    penalty: Penalty, clip: float | None, lab: Lab, oracle: Oracle
) -> None:
    # Beside each run stands one without penalty, clipping and dropout, so that nothing leaks from row to row.
    dataset = lab.dataset("classes", inputs=3)
    runs = []
    for seed, row in enumerate(OPTIMIZERS.values()):
        for on in (True, False):
            layers = (LAYERS[0], Dropout(id="c", rate=0.4 if on else 0.0), LAYERS[1])
            settings: dict[str, Any] = {
                "optimizer": row.settings(kind=row.tag, learning_rate=0.02),
                "batch_size": 5,
                "epochs": 10,
                "seed": seed,
            }
            if on:
                settings |= {"penalty": penalty, "clip": clip}
            runs.append(lab.run(layers, loss="cross_entropy", **settings))
    story = lab.drive(lab.job(runs, dataset))
    for place, run in enumerate(runs):
        wanted = oracle.train(run, dataset, story.begun[place].row)
        assert worst(story.ended[place].last_row, wanted) < 1e-9, run.experiment.training


def test_clipping_shortens_and_never_lengthens(lab: Lab, oracle: Oracle) -> None:
    dataset = lab.dataset("regression")
    clips = [None, 1e6, 0.5, 1e-3]
    runs = [
        lab.run(LAYERS, loss="mean_squared_error", optimizer=SGD(learning_rate=0.1), clip=clip, epochs=3)
        for clip in clips
    ]
    rows = lab.rows(lab.job(runs, dataset))
    start = lab.drive(lab.job(runs[:1], dataset)).begun[0].row
    for run, row in zip(runs, rows, strict=True):
        assert worst(row, oracle.train(run, dataset, start)) < 1e-12
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-12)
    steps = 9  # of at most 0.1 · 0.001 each
    assert 0 < np.linalg.norm(rows[3] - start) <= steps * 0.1 * 1e-3


@pytest.mark.parametrize("settings", VARIED, ids=repr)
def test_directions_in_float32_equal_optimizers_of_their_own(settings: OptimizerSettings, oracle: Oracle) -> None:
    # The same gradients go to one optimizer of direction for three rows and to three optimizers with their own rates.
    draws = torch.Generator().manual_seed(0)
    rates = [settings.learning_rate * share for share in (0.1, 0.5, 1.0)]
    theta = torch.randn((3, 40), generator=draws)
    alone = [torch.nn.Parameter(row.clone()) for row in theta]
    optimizers = [
        oracle.optimizer(settings.model_copy(update={"learning_rate": rate}), iter([parameter]))
        for rate, parameter in zip(rates, alone, strict=True)
    ]
    gradient = torch.zeros_like(theta)
    directions = Directions(settings, gradient, [{}, {}, {}])
    column = torch.tensor(rates).unsqueeze(1)
    for _ in range(200):
        gradient.copy_(theta * 0.3 + torch.randn((3, 40), generator=draws))
        theta.mul_(1 - column * decay(settings))
        direction = directions.find()
        theta.addcmul_(direction, column)
        direction.zero_()
        for row, parameter, optimizer in zip(gradient, alone, optimizers, strict=True):
            parameter.grad = row.clone()
            optimizer.step()
    error = max((row - parameter).abs().max().item() for row, parameter in zip(theta, alone, strict=True))
    assert error <= 2e-6 * max(1.0, theta.abs().max().item())


def test_nesterov_without_momentum_is_plain_gradient_descent(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    rows = lab.rows(lab.job([lab.run(optimizer=SGD(nesterov=on), epochs=3) for on in (True, False)], dataset))
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-12)


def test_a_learning_rate_of_zero_moves_nothing(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [lab.run(optimizer=row.settings(kind=row.tag, learning_rate=0), epochs=3) for row in OPTIMIZERS.values()]
    story = lab.drive(lab.job(runs, dataset))
    for place in range(len(runs)):
        np.testing.assert_array_equal(story.ended[place].last_row, story.begun[place].row)
