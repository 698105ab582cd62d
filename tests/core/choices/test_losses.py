"""The losses against the modules of ``torch.nn`` and closed forms: values, derivatives, kinks and extremes."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core.choices.losses import LOSSES, Loss

Oracle = Callable[[Tensor, Tensor], Tensor]


def crammer_singer(scores: Tensor, one_hot: Tensor) -> Tensor:
    """Return the mean of max over wrong classes k of max(0, 1 + s_k − s_right), one sample and class at a time."""
    terms = []
    for sample, marks in zip(scores, one_hot, strict=True):
        right = int(marks.argmax())
        wrong = torch.stack([1 + sample[k] - sample[right] for k in range(len(sample)) if k != right])
        terms.append(wrong.max().relu())
    return torch.stack(terms).mean()


def margin(scores: Tensor, signs: Tensor) -> Tensor:
    """Return the mean of max(0, 1 − t·s)."""
    return (1 - signs * scores).relu().mean()


def classes(scores: Tensor, one_hot: Tensor) -> Tensor:
    """Return torch's cross-entropy of scores with the index of each class."""
    found: Tensor = nn.CrossEntropyLoss()(scores, one_hot.argmax(-1))
    return found


# (loss, outputs, targets, oracle of the mean)
CASES: list[tuple[str, int, str, Oracle]] = [
    ("binary_cross_entropy", 1, "binary", nn.BCEWithLogitsLoss()),
    ("cross_entropy", 2, "one-hot", classes),
    ("cross_entropy", 7, "one-hot", classes),
    ("mean_squared_error", 1, "value", nn.MSELoss()),
    ("mean_squared_error", 1, "sign", nn.MSELoss()),
    ("mean_squared_error", 5, "one-hot", nn.MSELoss()),
    ("mean_absolute_error", 1, "value", nn.L1Loss()),
    ("mean_absolute_error", 1, "sign", nn.L1Loss()),
    ("huber", 1, "value", nn.HuberLoss()),
    ("huber", 1, "sign", nn.HuberLoss()),
    ("hinge", 1, "sign", margin),
    ("hinge", 3, "one-hot", crammer_singer),
    ("hinge", 6, "one-hot", crammer_singer),
]
EVERY = pytest.mark.parametrize(
    ("tag", "outputs", "target", "oracle"), CASES, ids=[f"{c[0]}-{c[1]}-{c[2]}" for c in CASES]
)


def drawn(outputs: int, target: str, seed: int = 0, samples: int = 40) -> tuple[Tensor, Tensor]:
    """Return predictions and targets (samples, outputs), float64."""
    draws = torch.Generator().manual_seed(seed)
    y = torch.randn((samples, outputs), generator=draws, dtype=torch.float64) * 2
    if target == "value":
        return y, torch.randn((samples, 1), generator=draws, dtype=torch.float64) * 2
    index = torch.randint(0, max(outputs, 2), (samples,), generator=draws)
    if target == "one-hot":
        return y, nn.functional.one_hot(index, outputs).double()
    labels = index.double().unsqueeze(1)
    return y, 2 * labels - 1 if target == "sign" else labels


def slope(function: Oracle, y: Tensor, t: Tensor) -> Tensor:
    """Return the derivative of the sum over samples, by autograd."""
    y = y.clone().requires_grad_()
    (found,) = torch.autograd.grad(function(y, t) * len(y), y)
    return found


def test_every_loss_and_every_head_of_the_table_of_the_design_is_here() -> None:
    heads = {(tag, head.units or 0, head.target) for tag, row in LOSSES.items() for head in row.heads.values()}
    assert heads == {(tag, outputs if outputs < 3 else 0, target) for tag, outputs, target, _ in CASES}


@pytest.mark.parametrize(
    ("task", "loss", "units", "activation", "target"),
    [
        ("binary", "binary_cross_entropy", 1, "sigmoid", "binary"),
        ("binary", "cross_entropy", 2, "softmax", "one-hot"),
        ("binary", "hinge", 1, "linear", "sign"),
        ("binary", "mean_squared_error", 1, "tanh", "sign"),
        ("binary", "mean_absolute_error", 1, "tanh", "sign"),
        ("binary", "huber", 1, "tanh", "sign"),
        ("classes", "cross_entropy", None, "softmax", "one-hot"),
        ("classes", "mean_squared_error", None, "softmax", "one-hot"),
        ("classes", "hinge", None, "linear", "one-hot"),
        ("regression", "mean_squared_error", 1, "linear", "value"),
        ("regression", "mean_absolute_error", 1, "linear", "value"),
        ("regression", "huber", 1, "linear", "value"),
        ("classes", "binary_cross_entropy", None, None, None),
        ("classes", "mean_absolute_error", None, None, None),
        ("classes", "huber", None, None, None),
        ("regression", "binary_cross_entropy", None, None, None),
        ("regression", "cross_entropy", None, None, None),
        ("regression", "hinge", None, None, None),
    ],
)
def test_heads_are_the_table_of_the_design(
    task: str, loss: str, units: int | None, activation: str | None, target: str | None
) -> None:
    heads = {str(name): head for name, head in LOSSES[loss].heads.items()}
    if activation is None:
        assert task not in heads
    else:
        assert (heads[task].units, heads[task].activation, heads[task].target) == (units, activation, target)


@EVERY
def test_value_equals_that_of_torch(tag: str, outputs: int, target: str, oracle: Oracle) -> None:
    y, t = drawn(outputs, target)
    terms = LOSSES[tag].terms(y, t)
    assert terms.shape == (40,)
    assert terms.mean().item() == pytest.approx(oracle(y, t).item(), rel=1e-14)
    for at in range(5):  # each sample has its own term
        assert terms[at].item() == pytest.approx(oracle(y[at : at + 1], t[at : at + 1]).item(), rel=1e-13, abs=1e-15)


@EVERY
def test_derivative_equals_that_of_autograd(tag: str, outputs: int, target: str, oracle: Oracle) -> None:
    y, t = drawn(outputs, target, seed=1)
    torch.testing.assert_close(LOSSES[tag].gradient(y, t), slope(oracle, y, t), rtol=1e-13, atol=1e-15)


@EVERY
def test_runs_side_by_side_and_arguments_untouched(tag: str, outputs: int, target: str, oracle: Oracle) -> None:
    row = LOSSES[tag]
    alone = [drawn(outputs, target, seed) for seed in range(3)]
    y, t = torch.stack([pair[0] for pair in alone]), torch.stack([pair[1] for pair in alone])
    before = y.clone(), t.clone()
    terms, gradient = row.terms(y, t), row.gradient(y, t)
    for at, pair in enumerate(alone):
        # Not to the last bit: torch's sigmoid rounds by where in memory a number lies.
        torch.testing.assert_close(terms[at], row.terms(*pair), rtol=1e-15, atol=1e-15)
        torch.testing.assert_close(gradient[at], row.gradient(*pair), rtol=1e-15, atol=1e-15)
    assert y.equal(before[0])
    assert t.equal(before[1])


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_extreme_outputs_give_finite_numbers(
    tag: str, outputs: int, target: str, oracle: Oracle, dtype: torch.dtype
) -> None:
    y, t = drawn(outputs, target)
    y, t = (y.sign() * 1e4).to(dtype), t.to(dtype)
    row: Loss = LOSSES[tag]
    assert row.terms(y, t).isfinite().all()
    assert row.gradient(y, t).isfinite().all()
    assert row.terms(y, t).double().mean().item() == pytest.approx(oracle(y.double(), t.double()).item(), rel=1e-6)


def test_a_sure_and_wrong_prediction_costs_its_logit() -> None:
    one, zero = torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    terms = LOSSES["binary_cross_entropy"].terms
    assert terms(one * -1e4, one).item() == 1e4
    assert terms(one * 1e4, zero).item() == 1e4
    assert terms(one * 40, one).item() == pytest.approx(math.exp(-40), rel=1e-14)
    assert terms(one * -40, zero).item() == pytest.approx(math.exp(-40), rel=1e-14)
    assert terms(zero, one).item() == pytest.approx(math.log(2), rel=1e-15)
    apart = torch.tensor([[1e4, -1e4]], dtype=torch.float64)
    assert LOSSES["cross_entropy"].terms(apart, torch.tensor([[0.0, 1.0]], dtype=torch.float64)).item() == 2e4


@pytest.mark.parametrize(
    ("tag", "distance", "value", "derivative"),
    [
        ("huber", 1.0, 0.5, 1.0),
        ("huber", -1.0, 0.5, -1.0),
        ("huber", 0.0, 0.0, 0.0),
        ("huber", 3.0, 2.5, 1.0),
        ("mean_absolute_error", 0.0, 0.0, 0.0),
        ("mean_absolute_error", -2.0, 2.0, -1.0),
        ("mean_squared_error", 0.0, 0.0, 0.0),
    ],
)
def test_kinks_of_distances(tag: str, distance: float, value: float, derivative: float) -> None:
    t = torch.tensor([[0.25]], dtype=torch.float64)
    y = t + distance
    assert LOSSES[tag].terms(y, t).tolist() == [value]
    assert LOSSES[tag].gradient(y, t).tolist() == [[derivative]]
    module = {
        "huber": nn.HuberLoss(),
        "mean_absolute_error": nn.L1Loss(),
        "mean_squared_error": nn.MSELoss(),
    }[tag]
    assert slope(module, y, t).tolist() == [[derivative]]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_hinge_is_content_at_a_margin_of_exactly_one(sign: float) -> None:
    t = torch.tensor([[sign]], dtype=torch.float64)
    assert LOSSES["hinge"].terms(t * 1, t).tolist() == [0.0]
    assert LOSSES["hinge"].gradient(t * 1, t).tolist() == [[0.0]]
    assert LOSSES["hinge"].gradient(t * (1 - 2**-50), t).tolist() == [[-sign]]
    assert LOSSES["hinge"].gradient(t * (1 + 2**-50), t).tolist() == [[0.0]]


def test_hinge_of_several_classes_is_content_at_a_margin_of_exactly_one() -> None:
    t = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)
    y = torch.tensor([[0.5, 1.5, -1.0]], dtype=torch.float64)
    assert LOSSES["hinge"].terms(y, t).tolist() == [0.0]
    assert LOSSES["hinge"].gradient(y, t).tolist() == [[0.0, 0.0, 0.0]]
    y[0, 0] += 2**-50
    assert LOSSES["hinge"].gradient(y, t).tolist() == [[1.0, -1.0, 0.0]]


def test_hinge_pushes_one_rival_alone_where_two_are_as_strong() -> None:
    t = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)
    y = torch.tensor([[2.0, 1.0, 2.0]], dtype=torch.float64)
    assert LOSSES["hinge"].terms(y, t).tolist() == [2.0]
    gradient = LOSSES["hinge"].gradient(y, t)
    assert gradient.sum().item() == 0
    assert sorted(gradient[0].tolist()) == [-1.0, 0.0, 1.0]
    assert gradient[0, 1].item() == -1


def test_hinge_of_several_classes_has_no_module_in_torch() -> None:
    # MultiMarginLoss adds up over all wrong classes and divides by their number; Crammer and Singer take the worst.
    y, t = drawn(4, "one-hot")
    ours = LOSSES["hinge"].terms(y, t).mean().item()
    assert abs(ours - nn.MultiMarginLoss()(y, t.argmax(1)).item()) > 0.1
    assert LOSSES["hinge"].torch == ""


@pytest.mark.parametrize("row", LOSSES.values(), ids=lambda row: row.tag)
def test_torch_names_the_loss_of_the_same_value(row: Loss) -> None:
    if row.tag == "hinge":
        assert row.torch == ""
        return
    module = getattr(nn, row.torch)()
    for tag, outputs, target, _ in CASES:
        if tag == row.tag:
            y, t = drawn(outputs, target)
            assert row.terms(y, t).mean().item() == pytest.approx(module(y, t).item(), rel=1e-14)
