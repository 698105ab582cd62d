"""Norms of gradients and updates against autograd, torch.optim and training itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import torch

from core.choices.initializers import He
from core.choices.optimizers import OPTIMIZERS, SGD, Adam, OptimizerSettings
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.network import Dense, Dropout
from core.experiment.training import Penalty, Training
from core.experiment.variants import expand
from core.probes.health import health
from core.probes.layer_pictures import Mover
from core.training.events import Follow, Save, Saved, Stepped
from core.training.loop import prepare, train

if TYPE_CHECKING:
    from core.choices.losses import Task
    from core.datasets.samples import Part
    from tests.core.probes.conftest import Bench, SceneStub

LAYERS = (Dense(units=4, id="one"), Dropout(id="drop"), Dense(units=3, id="two", activation="relu"))
PLAIN = Training(optimizer=SGD(learning_rate=0.1))


def norms(scene: SceneStub, values: Any) -> list[float]:
    """Return the norm of each layer's weights, of values (P,)."""
    return [float(np.linalg.norm(values[layer.start : layer.bias_start])) for layer in scene.architecture.dense]


def whole_gradient(bench: Bench, scene: SceneStub, row: Any, part: Part) -> Any:
    """Return autograd's gradient (P,) over a part, dropout off."""
    return bench.slope(scene, row, bench.inputs(scene, part), bench.targets(scene, part))


def delta(bench: Bench, scene: SceneStub, row: Any) -> list[float]:
    """Return autograd's root mean square of ∂Jᵢ/∂z in each layer."""
    part = scene.dataset.train
    masks = tuple(np.ones((len(part), layer.units)) for layer in scene.architecture.dropouts)
    x, t = bench.inputs(scene, part), bench.targets(scene, part)
    losses, sums, _, _ = bench.loss(scene, Stepped(0, 1, 1, 0.1, row, row, x, t, masks))
    losses.sum().backward()  # type: ignore[no-untyped-call]
    return [float(z.grad.square().mean().sqrt()) for z in sums if z.grad is not None]


@pytest.mark.parametrize("shape", [(2,), (5, 4)], ids=["plane", "images"])
@pytest.mark.parametrize(
    ("task", "loss"),
    [
        ("binary", "binary_cross_entropy"),
        ("binary", "hinge"),
        ("classes", "cross_entropy"),
        ("regression", "mean_squared_error"),
    ],
)
def test_norms_are_those_of_autograd(bench: Bench, task: Task, loss: str, shape: tuple[int, ...]) -> None:
    scene = bench.scene(LAYERS, task=task, loss=loss, shape=shape)
    rows = np.stack([bench.row(scene, seed) for seed in range(3)])
    picture = bench.drive(health([Mover(PLAIN, 0.1 * (place + 1)) for place in range(3)])(scene, rows))
    slopes = [whole_gradient(bench, scene, row, scene.dataset.train) for row in rows]
    np.testing.assert_allclose(picture.gradient, [norms(scene, slope) for slope in slopes], rtol=1e-9)
    rates = np.array([[0.1], [0.2], [0.3]])
    np.testing.assert_allclose(picture.update, rates * picture.gradient, rtol=1e-9)
    np.testing.assert_allclose(picture.weights, [norms(scene, row) for row in rows], rtol=1e-9)
    np.testing.assert_allclose(picture.relative_update, picture.update / picture.weights)
    np.testing.assert_allclose(picture.relative_gradient, picture.gradient / picture.weights)
    assert picture.sources == ("next step",) * 3
    assert picture.layers == ("one", "two", "output")
    assert picture.samples == 20
    deltas = [delta(bench, scene, row) for row in rows]
    np.testing.assert_allclose(picture.delta, deltas, rtol=1e-9)
    np.testing.assert_allclose(picture.arriving, [one[0] / one[1] for one in deltas], rtol=1e-9)
    assert not picture.gradient.flags.writeable


def test_optimizer_that_remembers_is_told_as_rate_times_gradient(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    training = Training(optimizer=Adam(), penalty=Penalty(l2=1.0), clip=1e-6)
    picture = bench.drive(health([Mover(training, 0.5)])(scene, bench.row(scene)))
    assert picture.sources == ("rate × gradient",)
    np.testing.assert_allclose(picture.update, 0.5 * picture.gradient, rtol=1e-9)


def test_next_step_of_gradient_descent_has_penalty_and_clipping(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    row = bench.row(scene)
    penalty = Penalty(l1=0.02, l2=0.3)
    weights = np.zeros(len(row))
    for layer in scene.architecture.dense:
        weights[layer.start : layer.bias_start] = row[layer.start : layer.bias_start]
    whole = whole_gradient(bench, scene, row, scene.dataset.train) + 0.02 * np.sign(weights) + 0.6 * weights
    free, cut = (
        bench.drive(health([Mover(Training(optimizer=SGD(), penalty=penalty, clip=clip), 0.1)])(scene, row))
        for clip in (None, 0.5)
    )
    np.testing.assert_allclose(free.update[0], norms(scene, 0.1 * whole), rtol=1e-9)
    assert np.linalg.norm(whole) > 0.5
    np.testing.assert_allclose(cut.update[0], norms(scene, 0.1 * 0.5 * whole / np.linalg.norm(whole)), rtol=1e-5)


def trained(optimizer: OptimizerSettings, want: Literal["state", "step"]) -> tuple[Any, Any, Experiment]:
    """Train some whole-set steps; return the job, the state or the last step, and the experiment."""
    experiment = read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 50}},
            "network": {"layers": [{"kind": "dense", "id": "one", "units": 5}]},
            "training": {
                "optimizer": optimizer.model_dump(),
                "batch_size": "all",
                "epochs": 20,
                "penalty": {"l2": 0.01},
                "device": "cpu",
            },
        }
    )
    job = prepare(expand(experiment), dtype=torch.float64)
    run = train(job)
    next(run)
    if want == "step":
        run.send(Follow(0))
    events: list[Any] = []
    for _ in range(6):
        events += next(run)
    if want == "state":
        events += run.send(Save())
    found = [event for event in events if isinstance(event, Saved if want == "state" else Stepped)][-1]
    return job, found.state if isinstance(found, Saved) else found, experiment


@pytest.mark.parametrize("kind", sorted(OPTIMIZERS))
def test_next_step_of_an_optimizer_is_the_one_that_training_does(bench: Bench, kind: str) -> None:
    """The batch is the whole training part, whose gradient is the one that is shown."""
    optimizer = OPTIMIZERS[kind].settings.model_validate({"kind": kind})
    job, state, experiment = trained(optimizer, "state")
    scene = type(bench.scene())(architecture(experiment, job.datasets[0].facts), job.datasets[0])
    again = train(prepare(expand(experiment), states={0: state}, dtype=torch.float64))
    next(again)
    again.send(Follow(0))
    step = next(event for _ in range(4) for event in next(again) if isinstance(event, Stepped))
    np.testing.assert_array_equal(step.before, state.arrays["row"])
    mover = Mover(experiment.training, step.learning_rate, state=state)
    picture = bench.drive(health([mover])(scene, state.arrays["row"]))
    assert picture.sources == ("next step",)
    np.testing.assert_allclose(picture.update[0], norms(scene, step.after - step.before), rtol=1e-5)
    assert (picture.update > 0).all()


def test_step_that_was_done_comes_first(bench: Bench) -> None:
    job, step, experiment = trained(Adam(learning_rate=0.02), "step")
    scene = type(bench.scene())(architecture(experiment, job.datasets[0].facts), job.datasets[0])
    rows = np.stack([step.after, step.after])
    movers = [Mover(experiment.training, 0.02, stepped=step), Mover(experiment.training, 0.02)]
    picture = bench.drive(health(movers)(scene, rows))
    assert picture.sources == ("last step", "rate × gradient")
    np.testing.assert_allclose(picture.update[0], norms(scene, step.after - step.before), rtol=1e-12)
    np.testing.assert_allclose(picture.update[1], 0.02 * picture.gradient[1], rtol=1e-9)


def test_rows_are_as_one_by_one_whatever_their_optimizers(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    rows = np.stack([bench.row(scene, seed) for seed in range(3)])
    movers = [Mover(PLAIN, 0.1), Mover(Training(optimizer=Adam()), 0.2), Mover(Training(optimizer=SGD()), 0.3)]
    together = bench.drive(health(movers)(scene, rows))
    for place, mover in enumerate(movers):
        alone = bench.drive(health([mover])(scene, rows[place]))
        np.testing.assert_allclose(together.gradient[place], alone.gradient[0], rtol=1e-12)
        np.testing.assert_allclose(together.update[place], alone.update[0], rtol=1e-12)


def test_gradient_vanishes_through_deep_sigmoids_and_not_through_relus(bench: Bench) -> None:
    """Each sigmoid passes on at most a quarter of what reaches it."""
    found = {}
    for activation in ("sigmoid", "relu"):
        hidden = tuple(Dense(units=64, id=str(place), activation=activation, initializer=He()) for place in range(8))
        scene = bench.scene(hidden)
        found[activation] = bench.drive(health([Mover(PLAIN, 0.1)])(scene, bench.row(scene) / 2))
    assert (np.diff(np.log(found["sigmoid"].delta[0])) > 0.5).all()  # it falls from layer to layer
    # Over seven layers: a quarter, times the weights' √2, of each; and by He's weights nothing is lost.
    assert found["sigmoid"].arriving[0] < (np.sqrt(2) / 4) ** 7 * 4
    assert 0.25 < found["relu"].arriving[0] < 4


def test_updates_too_small_for_float32_are_told_all_the_same(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    row = bench.row(scene).astype(np.float32)
    picture = bench.drive(health([Mover(PLAIN, 1e-12)])(scene, row))
    np.testing.assert_allclose(picture.update, 1e-12 * picture.gradient, rtol=1e-3)


def test_diverged_row_has_no_norms_and_leaves_the_others_alone(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    good = bench.row(scene)
    movers = [Mover(PLAIN, 0.1)] * 2
    picture = bench.drive(health(movers)(scene, np.stack([np.full_like(good, np.nan), good])))
    assert np.isnan(picture.gradient[0]).all()
    assert np.isnan(picture.arriving[0])
    alone = bench.drive(health(movers[:1])(scene, good))
    np.testing.assert_allclose(picture.update[1], alone.update[0], rtol=1e-12)


def test_weights_of_0_have_no_relative_norms(bench: Bench) -> None:
    scene = bench.scene(LAYERS)
    picture = bench.drive(health([Mover(PLAIN, 0.1)])(scene, np.zeros(scene.architecture.parameters)))
    assert np.isnan(picture.relative_update).all()
    assert np.isnan(picture.relative_gradient).all()


@pytest.mark.parametrize("rows", [1, 5])
def test_slices_are_short(bench: Bench, rows: int) -> None:
    layers = (Dense(units=128, id="one", activation="relu"), Dense(units=64, id="two"))
    scene = bench.scene(layers, task="classes", loss="cross_entropy", shape=(28, 28), samples=1200)
    row = np.stack([bench.row(scene, seed) for seed in range(rows)]).astype(np.float32)
    assert bench.worst(health([Mover(PLAIN, 0.1)] * rows), scene, row) < 0.016
