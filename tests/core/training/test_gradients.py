"""The chain rule against autograd, in float64: largest error at most 1e-10 of a layer's largest entry.

K networks run at once through the engine, and one by one through ``nn.Sequential``, the losses of ``torch.nn`` and
autograd, under the same dropout masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor, nn

from core.choices.activations import ACTIVATIONS
from core.choices.datasets import Facts
from core.choices.losses import LOSSES, Task
from core.choices.optimizers import SGD
from core.datasets.samples import Dataset, Part, Preparation
from core.experiment.network import Dense, Dropout
from core.training.batches import CHUNK, Block, Samples
from core.training.rows import views
from core.training.step import RowSettings, Stepper

if TYPE_CHECKING:
    from tests.core.training.conftest import Lab, Oracle

LIMIT = 1e-10
TASKS: tuple[Task, ...] = ("binary", "classes", "regression")
HEADS: list[tuple[Task, str]] = [(task, tag) for tag, row in LOSSES.items() for task in TASKS if task in row.heads]


@dataclass(frozen=True)
class Case:
    """A network, how many of it, on which data; ``layers``: an activation and units, or None for dropout."""

    head: tuple[Task, str]
    layers: tuple[tuple[str, int] | None, ...] = (("tanh", 3),)
    runs: int = 2
    batch: int = 5
    inputs: int = 2
    classes: int = 3
    gain: float = 1.0
    l1: float = 0.0
    l2: float = 0.0
    seed: int = 0


def stack(layers: tuple[tuple[str, int] | None, ...]) -> list[Dense | Dropout]:
    return [Dense(activation=layer[0], units=layer[1]) if layer else Dropout(rate=0.4) for layer in layers]


def numbers(case: Case) -> Dataset:
    """Return one batch of samples with labels of every kind that the head knows."""
    draws = np.random.default_rng(case.seed)
    task = case.head[0]
    classes = {"binary": 2, "classes": case.classes, "regression": 0}[task]
    labels = draws.normal(size=case.batch) * 2 if task == "regression" else draws.integers(0, classes, case.batch)
    part = Part(draws.normal(size=(case.batch, case.inputs)), labels)
    empty = Part(part.raw[:0], part.labels[:0])
    facts = Facts((case.inputs,), tuple("abcdefghij"[:classes]), case.batch)
    return Dataset(facts, Preparation(), part, empty, empty)


def check(case: Case, lab: Lab, oracle: Oracle, theta: Tensor | None = None, floor: float = 0) -> Tensor:
    """Compare the gradient of every layer of every run with autograd's; return it (K, P)."""
    task, loss = case.head
    run = lab.run(stack(case.layers), loss=loss)
    dataset = numbers(case)
    built = lab.built(run, dataset)
    draws = torch.Generator().manual_seed(case.seed)
    if theta is None:
        theta = torch.randn((case.runs, built.parameters), generator=draws, dtype=torch.float64) * case.gain
        for dense, view in zip(built.dense, views(theta, built), strict=True):
            view.weight.div_(dense.inputs**0.5)
    masks = [
        torch.rand((case.runs, case.batch, layer.units), generator=draws, dtype=torch.float64).lt(0.6) / 0.6
        for layer in built.dropouts
    ]
    settings = [RowSettings(SGD(), 0.0, case.l1 * k, case.l2 * (k + 1), None) for k in range(case.runs)]
    stepper = Stepper(built, theta.clone(), settings, [{}] * case.runs)
    samples = Samples(dataset.train, dataset.preparation, built, "cpu", torch.float64)
    x, t = samples.between(0, case.batch)
    shape = (case.runs, case.batch, -1)
    stepper.step(x.expand(shape), t.expand(shape), masks, Block(0, case.batch, 1, True, True, case.batch))

    labels = torch.tensor(dataset.train.labels)
    for k in range(case.runs):
        network = oracle.network(run.experiment, case.inputs, built.outputs, theta[k])
        oracle.lay_masks(network, [mask[k] for mask in masks])
        total = oracle.loss(loss, task, network(x), labels) + oracle.penalty(network, settings[k].l1, settings[k].l2)
        total.backward()  # type: ignore[no-untyped-call]
        linears = [module for module in network if isinstance(module, nn.Linear)]
        scale = stepper.gradient[k].abs().max().item()
        for layer, (found, linear) in enumerate(zip(views(stepper.gradient, built), linears, strict=True)):
            assert linear.weight.grad is not None
            assert linear.bias.grad is not None
            largest = max(linear.weight.grad.abs().max().item(), linear.bias.grad.abs().max().item())
            error = max(
                (found.weight[k] - linear.weight.grad).abs().max().item(),
                (found.bias[k, 0] - linear.bias.grad).abs().max().item(),
            )
            assert error <= LIMIT * largest + floor * max(1, scale), (
                f"layer {layer} of run {k}: {error:g} of {largest:g}"
            )
    return stepper.gradient


hidden = st.tuples(st.sampled_from(sorted(ACTIVATIONS)), st.integers(1, 6))


@st.composite
def layer_stacks(draw: st.DrawFn) -> tuple[tuple[str, int] | None, ...]:
    """Draw 0 to 5 dense layers with dropout in any places, before the first and after the last ones too."""
    layers: list[tuple[str, int] | None] = [*draw(st.lists(hidden, max_size=5))]
    for place in draw(st.lists(st.integers(0, 6), max_size=3)):
        layers.insert(place, None)
    return tuple(layers)


cases = st.builds(
    Case,
    head=st.sampled_from(HEADS),
    layers=layer_stacks(),
    runs=st.integers(1, 4),
    batch=st.integers(1, 7),
    inputs=st.integers(1, 5),
    classes=st.integers(3, 6),
    gain=st.sampled_from([0.3, 1.0]),
    l1=st.sampled_from([0.0, 0.02]),
    l2=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 2**20),
)


@given(case=cases)
@example(case=Case(("binary", "cross_entropy"), layers=(None, ("relu", 4))))
@example(case=Case(("regression", "huber"), layers=(None, None, ("elu", 2), None)))
@example(case=Case(("classes", "hinge"), layers=(None,)))
@example(case=Case(("classes", "mean_squared_error"), layers=()))
def test_any_network_has_the_gradient_of_autograd(case: Case, lab: Lab, oracle: Oracle) -> None:
    # Where numbers of size 1 cancel in a layer, or tanh saturates, torch has no more right digits than the floor.
    check(case, lab, oracle, floor=1e-15)


@pytest.mark.parametrize("head", HEADS, ids="-".join)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_under_every_loss_and_output(
    activation: str, head: tuple[Task, str], lab: Lab, oracle: Oracle
) -> None:
    layers = ((activation, 5), None, (activation, 4), None)
    check(Case(head, layers, runs=3, batch=6, l1=0.01, l2=0.1), lab, oracle)


@pytest.mark.parametrize("depth", range(6))
@pytest.mark.parametrize("runs", [1, 4])
def test_any_depth_and_number_of_runs(depth: int, runs: int, lab: Lab, oracle: Oracle) -> None:
    check(Case(("classes", "cross_entropy"), (("silu", 4), ("sine", 3)) * 3, runs=runs), lab, oracle)
    check(Case(("classes", "cross_entropy"), ((("gelu", 4),) * depth), runs=runs), lab, oracle)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu"])
def test_kink_of_an_activation_at_exactly_zero(activation: str, lab: Lab, oracle: Oracle) -> None:
    # With weights 0 and biases 0 every weighted sum of the first layer is exactly 0; the second one still learns.
    case = Case(("regression", "mean_squared_error"), ((activation, 3),), runs=1, inputs=2)
    theta = torch.cat([torch.zeros(9, dtype=torch.float64), torch.tensor([0.5, -1.0, 2.0, 0.3], dtype=torch.float64)])
    gradient = check(case, lab, oracle, theta.unsqueeze(0))
    assert bool(gradient[0, :9].any()) == (activation != "relu")


def test_kink_of_l1_at_a_weight_of_exactly_zero(lab: Lab, oracle: Oracle) -> None:
    case = Case(("regression", "mean_squared_error"), (), runs=2, inputs=3, l1=0.5)
    theta = torch.tensor([[0.0, 1.0, -1.0, 0.0], [0.0, -2.0, -0.0, 3.0]], dtype=torch.float64)
    with_penalty = check(case, lab, oracle, theta)
    plain = check(Case(case.head, (), runs=2, inputs=3), lab, oracle, theta)
    wanted = torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.0, -0.5, 0.0, 0.0]], dtype=torch.float64)  # λ is 0 in run 0
    torch.testing.assert_close(with_penalty - plain, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", ["huber", "mean_absolute_error", "mean_squared_error"])
@pytest.mark.parametrize("distance", [0.0, 1.0, -1.0])
def test_kink_of_a_distance(loss: str, distance: float, lab: Lab, oracle: Oracle) -> None:
    # Weights 0 and the bias at a label ± 1: the distance of that one sample is exactly 0 or 1.
    case = Case(("regression", loss), (), runs=1, batch=1)
    label = float(numbers(case).train.labels[0])
    bias = torch.tensor(label, dtype=torch.float64) + distance
    if bias - label != distance:
        bias = torch.tensor(round(label), dtype=torch.float64) + distance
    theta = torch.tensor([[0.0, 0.0, bias]], dtype=torch.float64)
    check(case, lab, oracle, theta)


def test_kink_of_hinge_at_a_margin_of_exactly_one_teaches_nothing(lab: Lab, oracle: Oracle) -> None:
    case = Case(("binary", "hinge"), (), runs=1, batch=1)
    sign = 2.0 * numbers(case).train.labels[0] - 1
    theta = torch.tensor([[0.0, 0.0, sign]], dtype=torch.float64)
    assert not check(case, lab, oracle, theta).any()
    assert check(case, lab, oracle, theta * 0.999).any()


def test_kink_of_hinge_of_several_classes_at_a_margin_of_exactly_one_teaches_nothing(lab: Lab, oracle: Oracle) -> None:
    case = Case(("classes", "hinge"), (), runs=1, batch=1)
    right = int(numbers(case).train.labels[0])
    biases = torch.tensor([0.25, -3.0, -5.0], dtype=torch.float64).roll(right + 1)
    biases[right] = 1.25
    theta = torch.cat([torch.zeros(6, dtype=torch.float64), biases]).unsqueeze(0)
    assert not check(case, lab, oracle, theta).any()
    theta[0, 6 + right] -= 1e-6
    assert check(case, lab, oracle, theta).any()


@pytest.mark.parametrize(("task", "loss"), HEADS)
def test_extreme_weights_leave_the_gradient_finite(task: Task, loss: str, lab: Lab) -> None:
    for activation in ACTIVATIONS:
        case = Case((task, loss), ((activation, 3),), runs=2, batch=4)
        run = lab.run(stack(case.layers), loss=loss)
        built = lab.built(run, numbers(case))
        theta = torch.full((2, built.parameters), 100.0)
        theta[:, ::2] = -100.0
        stepper = Stepper(built, theta, [RowSettings(SGD(), 0.0, 0.0, 0.0, None)] * 2, [{}] * 2)
        samples = Samples(numbers(case).train, Preparation(), built, "cpu", torch.float32)
        x, t = samples.between(0, 4)
        stepper.step(x.expand(2, 4, -1), t.expand(2, 4, -1), [], Block(0, 4, 1, True, True, 4))
        assert stepper.gradient.isfinite().all(), activation


@pytest.mark.parametrize("masked", [False, True])
def test_gradient_of_a_batch_in_chunks_is_that_of_the_whole(masked: bool, lab: Lab, oracle: Oracle) -> None:
    size = CHUNK + 300
    case = Case(("classes", "cross_entropy"), (("tanh", 4), None), runs=1, batch=size)
    run, dataset = lab.run(stack(case.layers), loss="cross_entropy"), numbers(case)
    built = lab.built(run, dataset)
    draws = torch.Generator().manual_seed(1)
    theta = torch.randn((1, built.parameters), generator=draws, dtype=torch.float64)
    mask = torch.rand((1, size, 4), generator=draws, dtype=torch.float64).lt(0.5 if masked else 2) * 2.0
    x, t = Samples(dataset.train, Preparation(), built, "cpu", torch.float64).between(0, size)

    def gradient(cuts: list[int]) -> Tensor:
        stepper = Stepper(built, theta.clone(), [RowSettings(SGD(), 0.1, 0.0, 0.01, None)], [{}])
        for _ in range(2):  # the second batch forgets the first
            stepper.theta.copy_(theta)
            for start, stop in zip([0, *cuts], [*cuts, size], strict=True):
                block = Block(start, stop - start, 1, start == 0, stop == size, size)
                stepper.step(x[None, start:stop], t[None, start:stop], [mask[:, start:stop]], block)
                moved = not stepper.theta.equal(theta)
                assert moved == block.last  # only a whole batch is a step
        return stepper.gradient

    whole = gradient([])
    for cuts in ([CHUNK], [1, 2, 700, CHUNK]):
        assert (gradient(cuts) - whole).abs().max() <= LIMIT * whole.abs().max()
