"""The activations against the modules of ``torch.nn``, on a grid with extremes and at their kinks."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core.choices.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS, SOFTMAX, Activation

MODULES: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": nn.Identity(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(),
    "elu": nn.ELU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
    "softplus": nn.Softplus(threshold=40),  # torch's own threshold of 20 is an error of 2e-9
    "sine": torch.sin,
}
EXTREMES = (
    0.0,
    -0.0,
    1e-30,
    -1e-30,
    1e-8,
    -1e-8,
    20.0,
    -20.0,
    88.0,
    -88.0,
    104.0,
    -104.0,
    400.0,
    -400.0,
    1e3,
    -1e3,
)
EVERY = pytest.mark.parametrize("row", ACTIVATIONS.values(), ids=lambda row: row.tag)
PRECISIONS = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])


def grid(dtype: torch.dtype) -> Tensor:
    return torch.cat([torch.linspace(-12, 12, 961, dtype=dtype), torch.tensor(EXTREMES, dtype=dtype)])


def derivative(function: Callable[[Tensor], Tensor], z: Tensor, delta: Tensor) -> Tensor:
    z = z.clone().requires_grad_()
    (found,) = torch.autograd.grad((function(z) * delta).sum(), z)
    return found


def backward(row: Activation, z: Tensor, delta: Tensor) -> Tensor:
    found: Tensor = row.backward(delta, z, row.function(z))
    return found


def test_every_activation_has_an_oracle() -> None:
    assert MODULES.keys() == ACTIVATIONS.keys()


@EVERY
@PRECISIONS
def test_function_and_derivative_equal_those_of_torch(row: Activation, dtype: torch.dtype) -> None:
    z = grid(dtype)
    delta = torch.linspace(-2, 3, len(z), dtype=dtype)
    least = 8 * torch.finfo(dtype).eps
    torch.testing.assert_close(row.function(z), MODULES[row.tag](z), rtol=least, atol=least)
    wanted = derivative(MODULES[row.tag], z, delta)
    torch.testing.assert_close(backward(row, z, delta), wanted, rtol=least, atol=least)


@EVERY
@PRECISIONS
def test_extremes_give_finite_numbers(row: Activation, dtype: torch.dtype) -> None:
    z = grid(dtype)
    assert row.function(z).isfinite().all()
    assert backward(row, z, torch.ones_like(z)).isfinite().all()


@EVERY
def test_arguments_are_left_as_they_were(row: Activation) -> None:
    z = grid(torch.float64)
    before, delta = z.clone(), torch.ones_like(z)
    a = row.function(z)
    kept = a.clone()
    row.backward(delta, z, a)
    assert z.equal(before)
    assert a.equal(kept)
    assert delta.equal(torch.ones_like(z))


@EVERY
def test_not_a_number_is_never_hidden(row: Activation) -> None:
    assert row.function(torch.tensor([math.nan])).isnan().all()


@pytest.mark.parametrize(
    ("tag", "at_zero"),
    [("relu", 0.0), ("leaky_relu", 0.01), ("elu", 1.0)],
)
def test_kinks_take_the_derivative_that_autograd_takes(tag: str, at_zero: float) -> None:
    zero, one = torch.tensor([0.0, -0.0], dtype=torch.float64), torch.ones(2, dtype=torch.float64)
    assert backward(ACTIVATIONS[tag], zero, one).tolist() == [at_zero, at_zero]
    assert derivative(MODULES[tag], zero, one).tolist() == [at_zero, at_zero]


def test_slope_of_elu_keeps_its_digits_far_below_zero() -> None:
    z = torch.linspace(-80, -5, 400, dtype=torch.float32)
    found = backward(ACTIVATIONS["elu"], z, torch.ones_like(z)).double()
    torch.testing.assert_close(found, z.double().exp(), rtol=1e-6, atol=0)


def test_softplus_keeps_its_digits_on_both_sides() -> None:
    z = torch.tensor([-40.0, -25.0, 19.9, 20.1, 30.0], dtype=torch.float64)
    wanted = torch.tensor([math.log1p(math.exp(v)) for v in z.tolist()], dtype=torch.float64)
    torch.testing.assert_close(ACTIVATIONS["softplus"].function(z), wanted, rtol=1e-15, atol=0)


def test_sigmoid_of_the_lecture() -> None:
    found = ACTIVATIONS["sigmoid"].function(torch.tensor([-6.0, 9.0], dtype=torch.float64)).tolist()
    assert found == pytest.approx([1 / (1 + math.exp(6)), 1 / (1 + math.exp(-9))], rel=1e-15)
    assert [round(value, 4) for value in found] == [0.0025, 0.9999]


def test_softmax_and_its_derivative_equal_those_of_torch() -> None:
    draws = torch.Generator().manual_seed(0)
    z = torch.randn((3, 50, 4), generator=draws, dtype=torch.float64) * 5
    z = torch.cat([z, torch.tensor([1e3, -1e3, 0.0, 1e3], dtype=torch.float64).expand(3, 1, 4)], 1)
    delta = torch.randn(z.shape, generator=draws, dtype=torch.float64)
    torch.testing.assert_close(SOFTMAX.function(z), nn.Softmax(-1)(z), rtol=1e-15, atol=1e-15)
    assert SOFTMAX.function(z).sum(-1).sub(1).abs().max() < 1e-15
    torch.testing.assert_close(
        backward(SOFTMAX, z, delta), derivative(nn.Softmax(-1), z, delta), rtol=1e-13, atol=1e-15
    )


def test_softmax_belongs_to_outputs_alone() -> None:
    assert "softmax" not in ACTIVATIONS
    assert OUTPUT_ACTIVATIONS == {**ACTIVATIONS, "softmax": SOFTMAX}


@EVERY
def test_torch_names_the_module_of_the_same_function(row: Activation) -> None:
    if row.tag == "sine":
        assert row.torch == ""
        return
    z = torch.linspace(-12, 12, 97, dtype=torch.float64)
    torch.testing.assert_close(getattr(nn, row.torch)()(z), row.function(z), rtol=1e-14, atol=1e-14)
