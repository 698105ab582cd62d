"""Eigenvalues and trace of the Hessian, against the full one from autograd and closed forms."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.choices.activations import ACTIVATIONS
from core.choices.losses import LOSSES, Task
from core.experiment.network import Dense, Dropout
from core.landscape import curvature as module
from core.landscape.curvature import curvature, sharpness
from core.landscape.sample import Samples
from core.landscape.values import Ask, Curvature, Sharpness

SMOOTH: list[tuple[str, Task]] = [
    (tag, task) for tag in sorted(set(LOSSES) - {"hinge", "mean_absolute_error"}) for task in LOSSES[tag].heads
]
ALONE = """
import sys
from core.datasets.load import load
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment
from core.landscape.curvature import sharpness
from core.training.rows import start_row

class Scene:
    dataset = load(Experiment().data)
    architecture = architecture(Experiment(), dataset.facts)

for _ in sharpness()(Scene, start_row(Scene.architecture, 0).numpy()):
    pass
print("sympy" in sys.modules)
"""
TWO = (Dense(units=6, id="one"), Dropout(rate=0.5), Dense(units=4, id="two"))


def hessian(bench: Any, scene: Any, row: Any, l2: float = 0.0) -> Any:
    """Return the full Hessian (P, P) from autograd, of the network and the loss as torch writes them."""
    network = bench.network(scene, row)
    names = [name for name, _ in network.named_parameters()]
    shapes = [parameter.shape for parameter in network.parameters()]
    x = torch.tensor(scene.dataset.preparation.apply(scene.dataset.train.raw), dtype=torch.float64)
    labels = torch.tensor(scene.dataset.train.labels)

    def loss(theta: torch.Tensor) -> torch.Tensor:
        parts = torch.split(theta, [shape.numel() for shape in shapes])
        values = {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        penalty = sum(values[name].square().sum() for name in names if name.endswith("weight"))
        found: torch.Tensor = bench.loss(scene, torch.func.functional_call(network, values, (x,)), labels)
        return found + l2 * penalty

    return torch.autograd.functional.hessian(loss, torch.tensor(row)).numpy()  # type: ignore[no-untyped-call]


def found(bench: Any, scene: Any, row: Any, ask: Ask | None = None, **options: Any) -> Curvature:
    answer: Curvature = bench.drive(curvature(ask or Ask(), **options)(scene, row))
    return answer


class TestInFull:
    @pytest.mark.parametrize(("loss", "task"), SMOOTH)
    def test_equals_the_full_hessian_of_every_smooth_loss(self, bench: Any, loss: str, task: Task) -> None:
        scene = bench.scene(TWO, task=task, loss=loss)
        row = bench.row(scene)
        matrix = hessian(bench, scene, row)
        values = np.linalg.eigvalsh(matrix)
        answer = found(bench, scene, row)
        assert answer.exact
        assert (answer.products, answer.trace_error, answer.samples) == (len(row), 0, 30)
        assert answer.largest == pytest.approx(values[-1], rel=1e-9)
        assert answer.smallest == pytest.approx(values[0], rel=1e-9)
        assert answer.trace == pytest.approx(np.trace(matrix), rel=1e-9)
        np.testing.assert_allclose(matrix @ answer.direction, answer.largest * answer.direction, atol=1e-9)

    def test_of_a_least_squares_line_is_that_of_its_normal_equations(self, bench: Any) -> None:
        scene = bench.scene((), task="regression", loss="mean_squared_error", inputs=3)
        x = scene.dataset.preparation.apply(scene.dataset.train.raw).astype(np.float64)
        x = np.hstack([x, np.ones((len(x), 1))])
        values = np.linalg.eigvalsh(2 / len(x) * x.T @ x)
        answer = found(bench, scene, bench.row(scene))
        assert (answer.smallest, answer.largest) == pytest.approx((values[0], values[-1]), rel=1e-12)
        assert answer.trace == pytest.approx(values.sum(), rel=1e-12)

    def test_with_the_penalty_is_stiffer_by_2_lambda_along_weights(self, bench: Any) -> None:
        scene = bench.scene(TWO)
        row = bench.row(scene)
        values = np.linalg.eigvalsh(hessian(bench, scene, row, l2=0.3))
        answer = found(bench, scene, row, Ask(l1=0.1, l2=0.3))
        assert (answer.smallest, answer.largest) == pytest.approx((values[0], values[-1]), rel=1e-9)

    def test_where_all_weights_are_0_is_right_too(self, bench: Any) -> None:
        # There the formulas of the losses have a kink in every sample: ∂²J/∂z² of ln(1 + e^−|z|) is ¼ at 0.
        scene = bench.scene(())
        answer = found(bench, scene, np.zeros(scene.architecture.parameters))
        x = scene.dataset.preparation.apply(scene.dataset.train.raw).astype(np.float64)
        x = np.hstack([x, np.ones((len(x), 1))])
        assert answer.largest == pytest.approx(np.linalg.eigvalsh(x.T @ x / 4 / len(x))[-1], rel=1e-9)

    def test_of_straight_pieces_is_flat(self, bench: Any) -> None:
        scene = bench.scene((), loss="hinge")
        answer = found(bench, scene, bench.row(scene))
        assert (answer.smallest, answer.largest, answer.trace) == (0, 0, 0)

    @pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"sine", "linear"}))
    def test_of_every_activation(self, bench: Any, activation: str) -> None:
        scene = bench.scene((Dense(units=6, id="one", activation=activation),), task="classes", loss="cross_entropy")
        row = bench.row(scene)
        assert found(bench, scene, row).largest == pytest.approx(np.linalg.eigvalsh(hessian(bench, scene, row))[-1])

    def test_of_a_sine(self, bench: Any) -> None:
        # J = (sin(w·x + b) − t)², of one sample at w = b = 0: the Hessian is 2·(x, 1)ᵀ(x, 1) next to the output weight.
        scene = bench.scene(
            (Dense(units=1, id="one", activation="sine"),), task="regression", loss="mean_squared_error", samples=2
        )
        row = np.array([0.0, 0.0, 0.0, 1.0, 0.0])
        x = np.array([*scene.dataset.preparation.apply(scene.dataset.train.raw)[0], 1.0])
        t = scene.dataset.train.labels[0]
        jacobian = np.array([*x, 0.0, 1.0])
        matrix = 2 * np.outer(jacobian, jacobian)
        matrix[3, :3] = matrix[:3, 3] = -2 * t * x
        assert found(bench, scene, row).largest == pytest.approx(np.linalg.eigvalsh(matrix)[-1])

    def test_works_in_slices(self, bench: Any) -> None:
        scene = bench.scene(TWO)
        _, yielded = bench.told(curvature()(scene, bench.row(scene)))
        assert len(yielded) >= scene.architecture.parameters


class TestByProducts:
    @pytest.fixture(autouse=True)
    def _never_in_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "FULL", 0)

    @pytest.mark.parametrize(("loss", "task"), [*SMOOTH, ("hinge", "classes")])
    def test_equals_the_full_hessian_within_a_hundredth(self, bench: Any, loss: str, task: Task) -> None:
        scene = bench.scene((Dense(units=12, id="one"), Dense(units=9, id="two")), task=task, loss=loss)
        row = bench.row(scene)
        matrix = hessian(bench, scene, row)
        values = np.linalg.eigvalsh(matrix)
        answer = found(bench, scene, row)
        assert not answer.exact
        assert answer.largest == pytest.approx(values[-1], rel=0.01)
        assert answer.smallest == pytest.approx(values[0], rel=0.01)
        assert answer.residual < 0.01
        assert abs(answer.trace - np.trace(matrix)) < 4 * answer.trace_error
        assert 10 < answer.products <= 200
        np.testing.assert_allclose(np.linalg.norm(answer.direction), 1)

    def test_the_trace_is_within_a_hundredth(self, bench: Any) -> None:
        layers = (Dense(units=20, id="one"), Dense(units=20, id="two"))
        scene = bench.scene(layers, task="classes", loss="cross_entropy", samples=200)
        row = bench.row(scene)
        trace = np.trace(hessian(bench, scene, row))
        answer = found(bench, scene, row, probes=6000, sure=0.003)
        assert answer.trace == pytest.approx(trace, rel=0.01)
        few = found(bench, scene, row)
        assert answer.trace_error <= 0.003 * answer.trace < 0.01 * trace < few.trace_error < 0.05 * trace
        assert few.products < 200 < answer.products < 6000

    def test_the_standard_error_is_that_of_many_tries(self, bench: Any) -> None:
        scene = bench.scene(TWO, task="classes", loss="cross_entropy")
        row = bench.row(scene)
        trace = np.trace(hessian(bench, scene, row))
        answers = [found(bench, scene, row, most=2, probes=20, seed=seed) for seed in range(60)]
        traces = np.array([answer.trace for answer in answers])
        assert abs(traces.mean() - trace) < 4 * traces.std() / np.sqrt(60)
        assert np.mean([answer.trace_error for answer in answers]) == pytest.approx(traces.std(), rel=0.3)

    def test_needs_no_more_products_than_it_may(self, bench: Any) -> None:
        scene = bench.scene(TWO)
        answer = found(bench, scene, bench.row(scene), most=3, probes=2)
        assert answer.products == 5
        assert answer.residual > 0
        assert np.isnan(answer.trace_error)  # of two numbers there is none worth telling

    def test_of_many_samples_takes_them_in_blocks(self, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        scene = bench.scene(TWO)
        row = bench.row(scene)
        whole = found(bench, scene, row)
        monkeypatch.setattr(module, "_PRODUCTS", 7 * len(row))
        cut = found(bench, scene, row)
        assert cut.largest == pytest.approx(whole.largest, rel=1e-10)

    def test_of_a_row_that_is_no_number_is_none(self, bench: Any) -> None:
        scene = bench.scene(TWO)
        row = bench.row(scene)
        row[0] = np.nan
        answer = found(bench, scene, row, probes=2)
        assert all(np.isnan(value) for value in (answer.largest, answer.smallest, answer.trace))
        sharp = bench.drive(sharpness()(scene, row))
        assert np.isnan(sharp.largest)

    def test_of_a_flat_loss_is_0(self, bench: Any) -> None:
        scene = bench.scene((), loss="hinge")
        answer = found(bench, scene, bench.row(scene), probes=3)
        assert (answer.smallest, answer.largest, answer.trace, answer.residual) == (0, 0, 0, 0)


class TestSharpness:
    def test_is_the_largest_eigenvalue(self, bench: Any) -> None:
        scene = bench.scene(TWO)
        row = bench.row(scene).astype(np.float32)
        values = np.linalg.eigvalsh(hessian(bench, scene, row.astype(np.float64)))
        answer: Sharpness = bench.drive(sharpness()(scene, row))
        assert answer.largest == pytest.approx(values[-1], rel=0.01)
        assert answer.products <= 20

    def test_starts_where_it_ended(self, bench: Any) -> None:
        scene = bench.scene(TWO)
        row = bench.row(scene)
        probe = sharpness()
        first = bench.drive(probe(scene, row))
        second = bench.drive(probe(scene, row * 1.001))
        given = bench.drive(sharpness(start=first.direction)(scene, row * 1.001))
        assert second.products == given.products < first.products
        values = np.linalg.eigvalsh(hessian(bench, scene, row * 1.001))
        assert second.largest == pytest.approx(values[-1], rel=0.01)

    def test_leaves_a_direction_that_is_no_longer_the_sharpest(self, bench: Any) -> None:
        scene = bench.scene((), task="regression", loss="mean_squared_error", inputs=5)
        row = bench.row(scene)
        values, vectors = np.linalg.eigh(hessian(bench, scene, row))
        answer = bench.drive(sharpness(start=vectors[:, 2].copy())(scene, row))
        assert answer.largest == pytest.approx(values[-1], rel=0.01)

    def test_forgets_a_direction_of_another_network(self, bench: Any) -> None:
        probe = sharpness()
        for layers in (TWO, ()):
            scene = bench.scene(layers)
            row = bench.row(scene)
            answer = bench.drive(probe(scene, row))
            assert answer.largest == pytest.approx(np.linalg.eigvalsh(hessian(bench, scene, row))[-1], rel=0.01)


def test_a_product_is_the_difference_of_two_gradients(bench: Any) -> None:
    # Finite differences know nothing of autograd's second derivatives.
    scene = bench.scene(TWO, task="classes", loss="cross_entropy")
    row = bench.row(scene)
    vector = np.random.default_rng(0).normal(size=len(row))

    def gradient(theta: Any) -> Any:
        network = bench.network(scene, theta)
        x = torch.tensor(scene.dataset.preparation.apply(scene.dataset.train.raw), dtype=torch.float64)
        bench.loss(scene, network(x), torch.tensor(scene.dataset.train.labels)).backward()
        return nn.utils.parameters_to_vector([p.grad for p in network.parameters()]).numpy()

    sample = bench.drive(Samples("train", 512).of(scene, row))
    product = bench.drive(module.Hessian(sample, row, Ask()).times(vector))
    wanted = (gradient(row + 1e-6 * vector) - gradient(row - 1e-6 * vector)) / 2e-6
    np.testing.assert_allclose(product, wanted, atol=1e-8)


def test_needs_no_large_package(bench: Any) -> None:
    # A module made without start weights would import sympy, for a third of a second in the middle of a slice.
    done = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout == "False\n"
