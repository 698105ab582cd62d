"""The next steps of an optimizer, against ``torch.optim`` and autograd on an ``nn.Sequential``."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.choices.fields import Mistake
from core.choices.optimizers import OPTIMIZERS, SGD, Adam, AdamW, OptimizerSettings, RMSprop
from core.experiment.network import Dense, Dropout
from core.landscape import sample as sampling
from core.landscape.stepping import Stepping, StepsPicture
from core.landscape.steps import steps
from core.landscape.values import Ask

LAYERS = (Dense(units=4, id="one"), Dropout(rate=0.5), Dense(units=3, id="two"))
MANY = (
    *(row.settings(kind=row.tag, learning_rate=0.05) for row in OPTIMIZERS.values()),
    SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
    Adam(learning_rate=0.1, amsgrad=True),
    AdamW(learning_rate=0.1, weight_decay=0.5),
    RMSprop(momentum=0.5, centered=True),
)


def wanted(bench: Any, scene: Any, row: Any, stepping: Stepping, ask: Ask) -> tuple[list[Any], list[float], Any]:
    """Return the rows and the losses of a loop as a tutorial has it, and the gradient of the first loss."""
    settings = stepping.optimizer
    named = settings.model_dump(exclude={"kind", "learning_rate", "beta1", "beta2"})
    if "beta1" in type(settings).model_fields:
        named["betas"] = (settings.beta1, settings.beta2)  # type: ignore[attr-defined]
    network = bench.network(scene, row)
    parameters = list(network.parameters())
    optimizer = getattr(torch.optim, OPTIMIZERS[settings.kind].torch)(parameters, lr=settings.learning_rate, **named)
    weights = [module.weight for module in network if isinstance(module, nn.Linear)]
    part = getattr(scene.dataset, ask.part)
    x = torch.tensor(scene.dataset.preparation.apply(part.raw), dtype=parameters[0].dtype)
    rows, losses = [row], []
    for _ in range(stepping.count + 1):
        loss = bench.loss(scene, network(x), torch.tensor(part.labels))
        told = sum(ask.l1 * weight.abs().sum() + ask.l2 * weight.square().sum() for weight in weights)
        losses.append(float((loss + told).detach()))
        if len(losses) == 1:
            gradients = torch.autograd.grad(loss + told, parameters, retain_graph=True)
            gradient = nn.utils.parameters_to_vector(gradients).numpy()
        if len(losses) > stepping.count:
            break
        cost = sum(stepping.l1 * weight.abs().sum() + stepping.l2 * weight.square().sum() for weight in weights)
        optimizer.zero_grad()
        (loss + cost).backward()
        if stepping.clip is not None:
            nn.utils.clip_grad_norm_(parameters, stepping.clip)
        optimizer.step()
        rows.append(nn.utils.parameters_to_vector(parameters).detach().numpy().copy())
    return rows, losses, gradient


@pytest.mark.parametrize("settings", MANY, ids=lambda settings: settings.kind)
def test_steps_are_those_of_torch(bench: Any, settings: OptimizerSettings) -> None:
    scene = bench.scene(LAYERS, task="classes", loss="cross_entropy")
    row, stepping, ask = bench.row(scene), Stepping(settings, 6), Ask()
    found: StepsPicture = bench.drive(steps(stepping, ask)(scene, row))
    rows, losses, gradient = wanted(bench, scene, row, stepping, ask)
    np.testing.assert_allclose(np.array(found.rows), np.array(rows), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-9)
    np.testing.assert_allclose(found.gradient, gradient, rtol=1e-9, atol=1e-12)


def test_penalty_and_clipping_act_on_the_steps_and_the_penalty_asked_for_on_the_losses(bench: Any) -> None:
    scene = bench.scene(LAYERS)
    ask = Ask(part="validation", l1=0.3, l2=0.2)
    for stepping in (
        Stepping(SGD(learning_rate=0.5), 3, l1=0.01, l2=0.02),
        Stepping(SGD(learning_rate=0.5), 3, l2=0.3, clip=0.1),
        Stepping(Adam(learning_rate=0.5), 3, l1=0.3, clip=0.1),
    ):
        found = bench.drive(steps(stepping, ask)(scene, bench.row(scene)))
        rows, losses, gradient = wanted(bench, scene, bench.row(scene), stepping, ask)
        np.testing.assert_allclose(np.array(found.rows), np.array(rows), rtol=1e-6)
        np.testing.assert_allclose(found.losses, losses, rtol=1e-6)
        np.testing.assert_allclose(found.gradient, gradient, rtol=1e-6, atol=1e-9)


def test_no_steps_leave_the_gradient_and_the_loss(bench: Any) -> None:
    scene = bench.scene(LAYERS)
    row, stepping = bench.row(scene), Stepping(SGD(), 0)
    found = bench.drive(steps(stepping)(scene, row))
    _, losses, gradient = wanted(bench, scene, row, stepping, Ask())
    assert found.rows == (row,)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-9)
    np.testing.assert_allclose(found.gradient, gradient, rtol=1e-9, atol=1e-12)


def test_a_large_sample_comes_in_slices_and_the_row_stays(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = bench.scene(LAYERS)
    row, stepping = bench.row(scene), Stepping(Adam(learning_rate=0.1), 4)
    before = row.copy()
    whole = bench.drive(steps(stepping)(scene, row))
    monkeypatch.setattr(sampling, "_PRODUCTS", scene.architecture.parameters * 21)  # seven samples a slice of a step
    pieces, yielded = bench.told(steps(stepping)(scene, row))
    assert len(yielded) >= 4 * 5
    np.testing.assert_allclose(np.array(pieces.rows), np.array(whole.rows), rtol=1e-12)
    np.testing.assert_array_equal(row, before)
    assert not any(step.flags.writeable for step in pieces.rows[1:])


def test_a_learning_rate_above_two_over_the_curvature_overshoots(bench: Any) -> None:
    # Without hidden layers, MSE of a linear output is a parabola: J = ½·h·(w − w₀)² along its sharpest direction.
    scene = bench.scene((), task="regression", loss="mean_squared_error", inputs=1)
    inputs = scene.dataset.preparation.apply(scene.dataset.train.raw)
    x = np.column_stack([inputs[:, 0], np.ones(len(inputs))])
    curvature = 2 * np.linalg.eigvalsh(x.T @ x / len(x))[-1]
    best = np.linalg.lstsq(x, scene.dataset.train.labels, rcond=None)[0]
    sharpest = np.linalg.eigh(x.T @ x)[1][:, -1]
    row = best + sharpest
    for factor in (0.9, 1.9, 2.1):
        found = bench.drive(steps(Stepping(SGD(learning_rate=factor / curvature), 1))(scene, row))
        np.testing.assert_allclose(found.rows[1], best + (1 - factor) * sharpest, atol=1e-9)
        assert (found.losses[1] > found.losses[0]) == (factor > 2)


def test_steps_end_with_the_first_row_that_is_no_number(bench: Any) -> None:
    scene = bench.scene((), task="regression", loss="mean_squared_error", inputs=1)
    row = bench.row(scene, dtype=torch.float32)
    found = bench.drive(steps(Stepping(SGD(learning_rate=1e9), 50))(scene, row))
    assert 2 < len(found.rows) < 51
    assert len(found.losses) == len(found.rows)
    assert not np.isfinite(found.rows[-1]).all()
    assert np.isfinite(np.array(found.rows[:-1])).all()
    assert not np.isfinite(found.losses[-1])


def test_limits(bench: Any) -> None:
    for wrong in ({"count": -1}, {"count": 1001}, {"l1": -1.0}):
        with pytest.raises(Mistake, match="expected"):
            Stepping(SGD(), **wrong)
    scene = bench.scene(samples=1)
    with pytest.raises(Mistake, match="no samples"):
        bench.drive(steps(Stepping(SGD()))(scene, bench.row(scene)))
