"""The optimizer race against torch.optim and autograd, on formulas and on a network's own plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.choices.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSprop
from core.experiment.network import Dense, Dropout
from core.landscape.courses import COURSES, Course, Lap, Racer
from core.landscape.race import MOST_STEPS, fair, on_course, on_network, race
from core.landscape.values import Weight

if TYPE_CHECKING:
    from tests.core.landscape.conftest import Bench, SceneStub

RACERS = (
    *(Racer(row.title, row.settings(kind=row.tag, learning_rate=0.03)) for row in OPTIMIZERS.values()),
    Racer("Momentum", SGD(learning_rate=0.02, momentum=0.9)),
    Racer("Nesterov", SGD(learning_rate=0.02, momentum=0.9, nesterov=True)),
    Racer("heavy", RMSprop(learning_rate=0.02, momentum=0.5)),
    Racer("decaying", AdamW(learning_rate=0.1, weight_decay=0.3)),
    Racer("fast Adam", Adam(learning_rate=0.3)),
)


def torchs(racer: Racer, parameter: torch.nn.Parameter) -> torch.optim.Optimizer:
    """Return torch's own optimizer of these settings, with its learning rate and weight decay."""
    values = racer.optimizer.model_dump(exclude={"kind", "learning_rate", "weight_decay"})
    if "beta1" in values:
        values["betas"] = (values.pop("beta1"), values.pop("beta2"))
    if isinstance(racer.optimizer, AdamW):
        values["weight_decay"] = racer.optimizer.weight_decay
    if isinstance(racer.optimizer, SGD) and not racer.optimizer.momentum:
        values.pop("nesterov")
    found: torch.optim.Optimizer = getattr(torch.optim, OPTIMIZERS[racer.optimizer.kind].torch)(
        [parameter], lr=racer.optimizer.learning_rate, **values
    )
    return found


def alone(racer: Racer, loss: Any, start: Any, steps: int) -> tuple[Any, Any, Any, Any]:
    """Return places, losses, gradients and momenta of one racer, by autograd and torch.optim."""
    w = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer = torchs(racer, w)
    places, losses, gradients, momenta = [w.detach().numpy().copy()], [], [], []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss(w)
        value.backward()
        assert w.grad is not None
        gradients.append(w.grad.numpy().copy())
        optimizer.step()
        losses.append(value.item())
        places.append(w.detach().numpy().copy())
        state = optimizer.state[w]
        momentum = state.get("momentum_buffer") if "momentum_buffer" in state else state.get("exp_avg")
        momenta.append(None if momentum is None else momentum.numpy().copy())
    losses.append(loss(w).item())
    return np.array(places), np.array(losses), np.array(gradients), momenta


def agrees(lap: Lap, wanted: tuple[Any, Any, Any, Any]) -> None:
    places, losses, gradients, momenta = wanted
    np.testing.assert_allclose(lap.places, places, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(lap.losses, losses, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(lap.gradients, gradients, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(lap.steps, np.diff(places, axis=0), rtol=1e-6, atol=1e-8)
    if momenta[0] is None:
        assert lap.momenta is None
    else:
        assert lap.momenta is not None
        np.testing.assert_allclose(lap.momenta, np.array(momenta), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("course", COURSES.values(), ids=lambda course: course.tag)
def test_every_optimizer_goes_the_way_of_torchs(course: Course, bench: Bench) -> None:
    laps = bench.drive(race(on_course(course), course.start, RACERS, 60))
    assert [lap.racer for lap in laps] == list(RACERS)
    for lap in laps:
        agrees(lap, alone(lap.racer, lambda w: course.loss(w[0], w[1]), course.start, 60))
        assert not lap.diverged
        assert not lap.places.flags.writeable
    ways = {lap.places[-1].tobytes() for lap in laps}
    assert len(ways) == len(laps)


@pytest.mark.parametrize("course", COURSES.values(), ids=lambda course: course.tag)
def test_the_gradient_is_that_of_the_formula(course: Course) -> None:
    w = torch.tensor(np.random.default_rng(0).normal(size=(2, 20)), requires_grad=True)
    (wanted,) = torch.autograd.grad(course.loss(w[0], w[1]).sum(), w)
    found = course.gradient(*w.detach())
    torch.testing.assert_close(torch.stack(found), wanted)
    assert course.formula.startswith("J = ")
    assert all(abs(at) < reach for at, reach in zip(course.start, course.reach, strict=True))


def test_in_the_ravine_plain_steps_diverge_above_two_over_the_curvature(bench: Bench) -> None:
    racers = [Racer(f"{rate}", SGD(learning_rate=rate)) for rate in (0.07, 0.0799, 0.0801, 1e6)]
    ravine = COURSES["ravine"]
    calm, edge, over, wild = bench.drive(race(on_course(ravine), ravine.start, racers, 300))
    # w₂ after n steps is w₂·(1 − 25η)ⁿ.
    assert calm.places[-1, 1] == pytest.approx((1 - 25 * 0.07) ** 300, abs=1e-12)
    assert abs(edge.places[-1, 1]) < 1 < abs(over.places[-1, 1])
    assert wild.diverged
    assert np.isfinite(wild.losses).all()
    assert np.isfinite(wild.places).all()
    assert len(wild.places) == len(wild.losses) == len(wild.steps) + 1 == len(wild.gradients) + 1 < 301


WEIGHTS = (Weight("one", 2, 1), Weight("two", 0))


@pytest.mark.parametrize("samples", [40, 4000])
def test_on_a_network_two_weights_move_and_all_others_are_held(bench: Bench, samples: int) -> None:
    layers = (Dense(units=4, id="one"), Dropout(id="drop"), Dense(units=3, id="two", activation="relu"))
    scene = bench.scene(layers, samples=samples)
    row = bench.row(scene)
    before = row.copy()
    slope, start = on_network(scene, row, WEIGHTS)
    laps = bench.drive(race(slope, start, RACERS[:4], 12))
    at = [2 * 2 + 1, 4 * 2 + 4 + 3 * 4]  # first layer's third unit from x₂; the bias of the second one's first unit
    assert start == (row[at[0]], row[at[1]])
    index = np.arange(1024) * 3000 // 1024 if samples == 4000 else slice(None)

    def loss(w: torch.Tensor) -> torch.Tensor:
        theta = torch.tensor(row).index_put((torch.tensor(at),), w)
        return network_loss(bench, scene, theta, index)

    for lap in laps:
        agrees(lap, alone(lap.racer, loss, start, 12))
    np.testing.assert_array_equal(row, before)


def network_loss(bench: Bench, scene: SceneStub, theta: torch.Tensor, index: Any) -> torch.Tensor:
    """Return the true loss of a row that autograd looks at."""
    train = scene.dataset.train
    x, labels = torch.tensor(train.raw[index]), torch.tensor(train.labels[index])
    for layer in scene.architecture.dense:
        w = theta[layer.start : layer.bias_start].view(layer.units, layer.inputs)
        x = torch.nn.functional.linear(x, w, theta[layer.bias_start : layer.stop])
        if layer is not scene.architecture.dense[-1]:
            x = bench.modules[layer.activation]()(x)
    return bench.loss(scene, x, labels)


def test_weights_that_are_not_there_or_twice_the_same_are_told(bench: Bench) -> None:
    scene = bench.scene()
    row = bench.row(scene)
    with pytest.raises(Mistake, match="expected the id of one of the dense layers"):
        on_network(scene, row, (Weight("nobody", 0, 0), Weight("one", 0, 0)))
    with pytest.raises(Mistake, match=r"race: expected two weights, got weights.one\[0\]\[1\] twice"):
        on_network(scene, row, (Weight("one", 0, 1), Weight("one", 0, 1)))


@pytest.mark.parametrize("steps", [0, MOST_STEPS + 1])
def test_a_bad_number_of_steps_is_told(steps: int, bench: Bench) -> None:
    with pytest.raises(Mistake, match=f"race: expected 1 to 2000 steps, got {steps}"):
        bench.drive(race(on_course(COURSES["ravine"]), (1.0, 1.0), RACERS, steps))


@pytest.mark.parametrize("course", COURSES.values(), ids=lambda course: course.tag)
def test_a_fair_rate_is_the_one_that_gets_lowest(course: Course, bench: Bench) -> None:
    some = (RACERS[0], RACERS[1], RACERS[3])
    slope = on_course(course)
    found = bench.drive(fair(slope, course.start, some, 40))
    ladder = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
    for racer, before in zip(found, some, strict=True):
        assert racer.name == before.name
        ends = {}
        for rate in ladder:
            tried = Racer("", before.optimizer.model_copy(update={"learning_rate": rate}))
            (lap,) = bench.drive(race(slope, course.start, [tried], 40))
            ends[rate] = np.inf if lap.diverged else lap.losses[-1]
        assert racer.optimizer.learning_rate == min(ends, key=lambda rate: ends[rate])


def test_a_race_yields_often(bench: Bench) -> None:
    _, told = bench.told(race(on_course(COURSES["ravine"]), (1.0, 1.0), RACERS, 25))
    assert len(told) >= 25
