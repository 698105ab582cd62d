"""A step in numbers against autograd on torch's own modules: activations, δ, gradients and chains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.experiment.architecture import architecture
from core.experiment.experiment import read_experiment
from core.experiment.network import Dense, Dropout
from core.experiment.variants import expand
from core.probes.gradients import chain, flow, slope
from core.probes.pictures import DenseFlow, DropoutFlow
from core.training.events import Change, Follow, Stepped
from core.training.loop import prepare, train

if TYPE_CHECKING:
    from core.choices.losses import Task
    from tests.core.probes.conftest import Bench

HEADS: tuple[tuple[Task, str], ...] = (
    ("binary", "binary_cross_entropy"),
    ("binary", "cross_entropy"),
    ("binary", "hinge"),
    ("binary", "mean_squared_error"),
    ("binary", "huber"),
    ("classes", "cross_entropy"),
    ("classes", "mean_squared_error"),
    ("regression", "mean_squared_error"),
    ("regression", "mean_absolute_error"),
)
SHAPES: dict[str, tuple[Dense | Dropout, ...]] = {
    "no hidden layer": (),
    "one layer": (Dense(units=5, id="one"),),
    "deep": (
        Dense(units=4, id="one", activation="gelu"),
        Dense(units=3, id="two", activation="relu"),
        Dense(units=2, id="three", activation="sigmoid"),
    ),
    "a waist": (Dense(units=3, id="one"), Dense(units=1, id="two"), Dense(units=4, id="three")),
    "single file": (Dense(units=1, id="one"), Dense(units=1, id="two")),
    "dropout": (
        Dropout(id="drop 0", rate=0.4),
        Dense(units=4, id="one"),
        Dropout(id="drop 1", rate=0.4),
        Dropout(id="drop 2", rate=0.4),
        Dense(units=3, id="two"),
        Dropout(id="drop 3", rate=0.4),
    ),
}


def close(found: Any, wanted: Any) -> None:
    """Compare in float64."""
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("task", "loss"), HEADS)
@pytest.mark.parametrize("shape", SHAPES)
def test_flow_is_what_autograd_finds(bench: Bench, shape: str, task: Task, loss: str) -> None:
    scene = bench.scene(SHAPES[shape], task=task, loss=loss)
    stepped = bench.step(scene)
    picture = bench.drive(flow(stepped)(scene, stepped.before))
    losses, sums, outputs, _ = bench.loss(scene, stepped)
    losses.mean().backward()  # type: ignore[no-untyped-call]
    gradient = bench.autograd(scene, stepped)
    close(picture.losses, losses.detach())
    close(picture.outputs, outputs[-1].detach())
    assert [layer.layer for layer in picture.layers] == [layer.id for layer in scene.architecture.layers]
    dense = [layer for layer in picture.layers if isinstance(layer, DenseFlow)]
    for found, place, z, a in zip(dense, scene.architecture.dense, sums, outputs, strict=True):
        close(found.z, z.detach())
        close(found.a, a.detach())
        close(found.delta, z.grad)
        close(found.weight_gradient.ravel(), gradient[place.start : place.bias_start])
        close(found.bias_gradient, gradient[place.bias_start : place.stop])


@pytest.mark.parametrize(("task", "loss"), HEADS)
@pytest.mark.parametrize("shape", SHAPES)
def test_chain_of_every_weight_multiplies_to_its_gradient(bench: Bench, shape: str, task: Task, loss: str) -> None:
    scene = bench.scene(SHAPES[shape], task=task, loss=loss)
    stepped = bench.step(scene)
    gradient = bench.autograd(scene, stepped)
    per_sample = [
        bench.autograd(
            scene,
            Stepped(0, 1, 3, 0.1, stepped.before, stepped.after, stepped.x[s : s + 1], stepped.t[s : s + 1], masks),
        )
        for s in range(len(stepped.x))
        for masks in [tuple(mask[s : s + 1] for mask in stepped.masks)]
    ]
    for layer in scene.architecture.dense:
        for unit in range(layer.units):
            for source in (*range(layer.inputs), None):
                place = layer.start + unit * layer.inputs + source if source is not None else layer.bias_start + unit
                found = chain(scene.architecture, stepped, layer.id, unit, source)
                assert found is not None
                assert found.gradient == pytest.approx(gradient[place], rel=1e-10, abs=1e-12)
                close(found.products, [sample[place] for sample in per_sample])


def test_single_path_is_written_with_a_factor_a_layer(bench: Bench) -> None:
    scene = bench.scene((Dense(units=8, id="one"), Dropout(id="drop")))
    stepped = bench.step(scene)
    found = chain(scene.architecture, stepped, "one", 3, 1)
    assert found is not None
    assert [factor.symbol for factor in found.factors] == [
        "∂J/∂ŷ",
        "∂ŷ/∂z₂",
        "∂z₂/∂d₁",
        "∂d₁/∂a₁",
        "∂a₁/∂z₁",
        "∂z₁/∂w₁",
    ]
    assert found.symbol == "∂J/∂w₁"
    # Every factor is the number that it is named after.
    _, sums, outputs, parameters = bench.loss(scene, stepped)
    y, z1 = outputs[-1].detach().numpy(), sums[0].detach().numpy()
    loss, head, weight, mask, slope_, source = (factor.values for factor in found.factors)
    np.testing.assert_allclose(loss, ((y - stepped.t) / (y * (1 - y)))[:, 0], rtol=1e-8)
    close(head, (y * (1 - y))[:, 0])
    np.testing.assert_array_equal(weight, parameters[2][0, 3].item())
    np.testing.assert_array_equal(mask, stepped.masks[0][:, 3])
    close(slope_, 1 - np.tanh(z1[:, 3]) ** 2)
    np.testing.assert_array_equal(source, stepped.x[:, 1])


def test_several_paths_are_one_factor_that_tells_how_many(bench: Bench) -> None:
    scene = bench.scene((Dense(units=3, id="one"), Dense(units=5, id="two"), Dense(units=2, id="three")))
    found = chain(scene.architecture, bench.step(scene), "one", 0, 0)
    assert found is not None
    assert [(factor.symbol, factor.paths) for factor in found.factors] == [
        ("∂J/∂a₁", 10),
        ("∂a₁/∂z₁", 1),
        ("∂z₁/∂w₁", 1),
    ]


def test_softmax_is_one_factor_over_all_outputs(bench: Bench) -> None:
    scene = bench.scene((), task="classes", loss="cross_entropy")
    found = chain(scene.architecture, bench.step(scene), "output", 2, None)
    assert found is not None
    assert [(factor.symbol, factor.paths) for factor in found.factors] == [("∂J/∂z", 3), ("∂z/∂b", 1)]


def test_chain_stays_finite_where_the_output_saturates(bench: Bench) -> None:
    scene = bench.scene(())
    row = np.array([400.0, 400.0, 0.0])
    stepped = bench.step(scene)
    stepped = Stepped(0, 1, 1, 0.1, row, row, stepped.x, stepped.t, ())
    found = chain(scene.architecture, stepped, "output", 0, 0)
    assert found is not None
    close(found.gradient, bench.autograd(scene, stepped)[0])


def test_weight_that_is_gone_has_no_chain(bench: Bench) -> None:
    scene = bench.scene()
    stepped = bench.step(scene)
    for weight in (("gone", 0, 0), ("one", 4, 0), ("one", 0, 2)):
        assert chain(scene.architecture, stepped, *weight) is None
        assert bench.drive(flow(stepped, weight)(scene, stepped.before)).chain is None


def test_flow_tells_masks_and_what_they_leave(bench: Bench) -> None:
    scene = bench.scene((Dense(units=4, id="one"), Dropout(id="drop"), Dense(units=3, id="two")))
    stepped = bench.step(scene)
    one, drop, two, _ = bench.drive(flow(stepped, ("one", 0, 0))(scene, stepped.before)).layers
    assert isinstance(one, DenseFlow)
    assert isinstance(drop, DropoutFlow)
    assert isinstance(two, DenseFlow)
    np.testing.assert_array_equal(drop.mask, stepped.masks[0])
    np.testing.assert_array_equal(drop.a, one.a * drop.mask)
    np.testing.assert_array_equal(two.x, drop.a)


def test_flow_keeps_the_dtype_of_training(bench: Bench) -> None:
    scene = bench.scene()
    stepped = bench.step(scene)
    row, x, t = (array.astype(np.float32) for array in (stepped.before, stepped.x, stepped.t))
    picture = bench.drive(flow(Stepped(0, 1, 3, 0.1, row, row, x, t, ()))(scene, row))
    assert picture.losses.dtype == np.float32
    assert not picture.losses.flags.writeable


@pytest.mark.parametrize("units", [4, 3000])
def test_slope_is_the_gradient_over_training_samples_without_dropout(bench: Bench, units: int) -> None:
    scene = bench.scene((Dense(units=units, id="one"), Dropout(id="drop"), Dense(units=units // 2, id="two")))
    row = bench.row(scene)
    picture, pauses = bench.count(slope()(scene, row))
    x = scene.dataset.preparation.apply(scene.dataset.train.raw).astype(np.float64)
    t = scene.dataset.train.labels[:, None].astype(np.float64)
    whole = Stepped(0, 1, 1, 0.1, row, row, x, t, (np.ones((len(x), units)),))
    close(picture.gradient, bench.autograd(scene, whole))
    assert picture.samples == len(scene.dataset.train)
    assert pauses > (1 if units == 4 else 10)


def test_slope_takes_some_samples_evenly(bench: Bench) -> None:
    scene = bench.scene(samples=400)
    row = torch.from_numpy(bench.row(scene)).numpy()
    probe = slope(most=50)
    first = bench.drive(probe(scene, row))
    again = bench.drive(probe(scene, row))
    assert first.samples == 50
    np.testing.assert_array_equal(first.gradient, again.gradient)


PENALTIES = ((0.0, 0.0), (0.03, 0.0), (0.0, 0.2), (0.03, 0.2))


@pytest.mark.parametrize(("l1", "l2"), PENALTIES)
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_and_penalty_are_what_autograd_finds_of_their_sum(
    bench: Bench, shape: str, l1: float, l2: float
) -> None:
    scene = bench.scene(SHAPES[shape])
    stepped = replace(bench.step(scene), l1=l1, l2=l2)
    losses, _, _, parameters = bench.loss(scene, stepped)
    with torch.no_grad():
        parameters[0][0, 0] = 0  # where |w| has a corner, its slope counts as 0
    stepped = replace(stepped, before=torch.nn.utils.parameters_to_vector(parameters).detach().numpy())
    losses, _, _, parameters = bench.loss(scene, stepped)
    weights = [parameter for parameter in parameters if parameter.dim() == 2]
    whole = losses.mean() + sum(l1 * w.abs().sum() + l2 * (w * w).sum() for w in weights)
    gradients = [g.numpy() for g in torch.autograd.grad(whole, list(parameters))]
    picture = bench.drive(flow(stepped)(scene, stepped.before))
    dense = [layer for layer in picture.layers if isinstance(layer, DenseFlow)]
    for place, (layer, found) in enumerate(zip(scene.architecture.dense, dense, strict=True)):
        weight, bias = gradients[2 * place], gradients[2 * place + 1]
        close(found.weight_gradient + found.penalty_gradient, weight)
        close(found.bias_gradient, bias)
        for unit in range(layer.units):
            for source in (*range(layer.inputs), None):
                one = chain(scene.architecture, stepped, layer.id, unit, source)
                assert one is not None
                w = parameters[2 * place][unit, source] if source is not None else parameters[2 * place + 1][unit]
                assert one.value == w.item()
                wanted = bias[unit] if source is None else weight[unit, source]
                assert one.total == pytest.approx(wanted, rel=1e-10, abs=1e-12)
                assert one.total == one.gradient + one.l1_term + one.l2_term
                if source is None:
                    assert (one.l1_term, one.l2_term) == (0, 0)
                else:
                    assert one.l1_term + one.l2_term == pytest.approx(found.penalty_gradient[unit, source], rel=1e-12)


@pytest.mark.parametrize(("l1", "l2"), PENALTIES)
def test_a_step_of_the_engine_goes_by_the_sum_of_chain_and_penalty(bench: Bench, l1: float, l2: float) -> None:
    settings = {
        "data": {"source": {"kind": "circle", "samples": 60}},
        "network": {"layers": [{"kind": "dense", "id": "a", "units": 3}, {"kind": "dropout", "id": "d", "rate": 0.4}]},
        "training": {"optimizer": {"kind": "sgd", "learning_rate": 0.3}, "batch_size": 10, "epochs": 1},
    }
    job = prepare(expand(read_experiment(settings)), dtype=torch.float64)
    built = architecture(job.runs[0].experiment, job.datasets[0].facts)
    work = train(job)
    next(work)
    work.send(Follow(0))
    next(work)
    work.send(Change("training.penalty.l1", l1))
    work.send(Change("training.penalty.l2", l2))
    (stepped,) = next(work)
    work.close()
    assert isinstance(stepped, Stepped)
    assert (stepped.l1, stepped.l2) == (l1, l2)
    for layer in built.dense:
        for unit in range(layer.units):
            for source in (*range(layer.inputs), None):
                found = chain(built, stepped, layer.id, unit, source)
                assert found is not None
                at = layer.bias_start + unit if source is None else layer.start + unit * layer.inputs + source
                close(stepped.after[at], stepped.before[at] - 0.3 * found.total)
