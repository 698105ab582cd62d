"""The initializers against their formulas, in bounds, spread and shape, and against what ``nn.Linear`` draws."""

import math

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from core.choices.fields import Tagged
from core.choices.initializers import INITIALIZERS, Given, He, Normal, PyTorchDefault, Xavier, Zeros

UNITS, INPUTS = 200, 120


def drawn(settings: Tagged, units: int = UNITS, inputs: int = INPUTS, seed: int = 0) -> tuple[Tensor, Tensor]:
    weight = torch.full((units, inputs), math.nan, dtype=torch.float64)
    bias = torch.full((units,), math.nan, dtype=torch.float64)
    INITIALIZERS[settings.kind].draw(weight, bias, settings, torch.Generator().manual_seed(seed))
    return weight, bias


def distance(values: Tensor, cumulative: Tensor) -> float:
    """Return Kolmogorov and Smirnov's distance times √n; cumulative: the probability below each sorted value."""
    n = len(values)
    steps = torch.arange(1, n + 1, dtype=torch.float64) / n
    return math.sqrt(n) * max((steps - cumulative).max().item(), (cumulative - steps + 1 / n).max().item())


def uniform(values: Tensor, bound: float) -> float:
    values = values.flatten().sort().values
    assert values.abs().max() <= bound
    return distance(values, (values / bound + 1) / 2)


def normal(values: Tensor, std: float) -> float:
    values = values.flatten().sort().values
    return distance(values, torch.special.ndtr(values / std))


# Beyond 1.95 lies one sample in a thousand; the seeds are fixed.
LIMIT = 1.95


def test_default_is_uniform_within_one_over_the_root_of_inputs() -> None:
    weight, bias = drawn(PyTorchDefault())
    assert uniform(weight, 1 / math.sqrt(INPUTS)) < LIMIT
    assert uniform(bias, 1 / math.sqrt(INPUTS)) < LIMIT
    assert weight.abs().max() > 0.99 / math.sqrt(INPUTS)


@pytest.mark.parametrize(("units", "inputs"), [(1, 1), (3, 2), (7, 30), (64, 128)])
def test_default_draws_what_linear_draws(units: int, inputs: int) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        linears = [nn.Linear(inputs, units, dtype=torch.float64) for _ in range(2000 // (units * inputs) + 20)]
    ours = [drawn(PyTorchDefault(), units, inputs, seed) for seed in range(len(linears))]
    for mine, theirs in (
        (
            torch.cat([w.flatten() for w, _ in ours]),
            torch.cat([linear.weight.flatten() for linear in linears]),
        ),
        (torch.cat([b for _, b in ours]), torch.cat([linear.bias for linear in linears])),
    ):
        both = torch.cat([mine, theirs.detach()]).sort().values
        below = [
            torch.searchsorted(part.sort().values, both, right=True) / len(part) for part in (mine, theirs.detach())
        ]
        assert (below[0] - below[1]).abs().max() * math.sqrt(len(mine) / 2) < LIMIT


def test_xavier_is_uniform_within_the_root_of_six_over_inputs_and_units() -> None:
    weight, bias = drawn(Xavier())
    bound = math.sqrt(6 / (UNITS + INPUTS))
    assert uniform(weight, bound) < LIMIT
    assert weight.var().item() == pytest.approx(2 / (UNITS + INPUTS), rel=0.03)
    assert bias.eq(0).all()


def test_he_is_normal_with_a_variance_of_two_over_inputs() -> None:
    weight, bias = drawn(He())
    assert normal(weight, math.sqrt(2 / INPUTS)) < LIMIT
    assert weight.var().item() == pytest.approx(2 / INPUTS, rel=0.03)
    assert bias.eq(0).all()


@pytest.mark.parametrize("std", [0.1, 1.0, 30.0])
def test_normal_has_the_spread_that_is_set(std: float) -> None:
    weight, bias = drawn(Normal(std=std))
    assert normal(weight, std) < LIMIT
    assert weight.std().item() == pytest.approx(std, rel=0.02)
    assert bias.eq(0).all()


def test_a_spread_of_zero_and_zeros_give_zeros() -> None:
    for settings in (Normal(std=0), Zeros()):
        weight, bias = drawn(settings)
        assert weight.eq(0).all()
        assert bias.eq(0).all()


def test_given_weights_are_taken_as_they_are_written() -> None:
    weight, bias = drawn(Given(weights=((0.1, -2), (3, 4), (5, 6)), biases=(7, 8.5, -9)), units=3, inputs=2)
    assert weight.tolist() == [[0.1, -2], [3, 4], [5, 6]]
    assert bias.tolist() == [7, 8.5, -9]


@pytest.mark.parametrize(
    ("weights", "biases"),
    [(((1, 2), (3,)), (0, 0)), (((1, 2), (3, 4)), (0,)), (((1, 2),), (0, 0)), ((), ()), (((1, 2),), ())],
    ids=["ragged", "too few biases", "too many biases", "nothing", "no biases"],
)
def test_given_weights_that_are_no_rectangle_are_refused(
    weights: tuple[tuple[float, ...], ...], biases: tuple[float, ...]
) -> None:
    with pytest.raises(ValidationError, match="one row of weights and one bias per unit"):
        Given(weights=weights, biases=biases)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, 1e7])
def test_given_weights_that_are_no_sound_numbers_are_refused(wrong: float) -> None:
    with pytest.raises(ValidationError):
        Given(weights=((wrong,),), biases=(0,))
    with pytest.raises(ValidationError):
        Given(weights=((0,),), biases=(wrong,))


def test_every_number_is_drawn_from_the_generator_that_is_passed() -> None:
    for tag, initializer in INITIALIZERS.items():
        settings = Given(weights=((1.0, 2.0),), biases=(3.0,)) if tag == "given" else initializer.settings(kind=tag)
        before = torch.get_rng_state()
        first, second, other = (drawn(settings, 1, 2, seed) for seed in (4, 4, 5))
        assert torch.get_rng_state().equal(before)
        assert first[0].equal(second[0])
        assert first[1].equal(second[1])
        assert first[0].equal(other[0]) == (tag in ("zeros", "given"))
        assert first[0].isfinite().all()
        assert first[1].isfinite().all()
