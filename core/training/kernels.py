"""What ``torch.optim`` computes, called directly from the second step on: fused kernels, and RMSprop, which has none.

On a small network what ``Optimizer.step`` does around its kernel, such as sorting parameters by device, takes
up to three times as long as that. Operations and arguments are the same, so the numbers are too, bit for bit.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Kernel = Callable[[], object]
_Values = Mapping[str, Any]


def kernel(optimizer: torch.optim.Optimizer) -> Kernel | None:
    """Return what does one step of an optimizer of a single parameter that has done one already.

    None where ``step`` has to do it: away from the CPU, and where no kernel is known.
    """
    group = optimizer.param_groups[0]
    (parameter,) = group["params"]
    made = _KERNELS.get(type(optimizer))
    return made(parameter, group, optimizer.state[parameter]) if made and parameter.device.type == "cpu" else None


def _only(group: _Values, *names: str) -> dict[str, Any]:
    return {name: group[name] for name in names}


def _counter(state: _Values) -> Callable[[], object]:
    """Return what counts a step: adding a tensor takes less time than adding a number."""
    steps = state["step"]
    one = torch.ones_like(steps)
    return lambda: steps.add_(one)


def _sgd(parameter: Tensor, group: _Values, state: _Values) -> Kernel | None:
    lists: tuple[Any, ...] = [parameter], [parameter.grad], [state["momentum_buffer"]]
    same = _only(group, "weight_decay", "momentum", "lr", "dampening", "nesterov", "maximize")
    return lambda: torch._fused_sgd_(*lists, is_first_step=False, **same)


def _adagrad(parameter: Tensor, group: _Values, state: _Values) -> Kernel | None:
    lists: tuple[Any, ...] = [parameter], [parameter.grad], [state["sum"]], [state["step"]]
    same = _only(group, "lr", "lr_decay", "weight_decay", "eps", "maximize")
    count = _counter(state)

    def adagrad() -> None:
        count()
        torch._fused_adagrad_(*lists, **same)

    return adagrad


def _adam(parameter: Tensor, group: _Values, state: _Values) -> Kernel | None:
    means, squares = [state["exp_avg"]], [state["exp_avg_sq"]]
    largest = [state["max_exp_avg_sq"]] if group["amsgrad"] else []
    lists: tuple[Any, ...] = [parameter], [parameter.grad], means, squares, largest, [state["step"]]
    same = _only(group, "amsgrad", "lr", "weight_decay", "eps", "maximize")
    same["beta1"], same["beta2"] = group["betas"]
    fused = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
    count = _counter(state)

    def adam() -> None:
        count()
        fused(*lists, **same)

    return adam


def _rmsprop(parameter: Tensor, group: _Values, state: _Values) -> Kernel | None:
    """v ← αv + (1 − α)g²,  w ← w − η·g / (√v + ε)."""
    if group["momentum"] or group["centered"]:
        return None
    gradient, squares, alpha, eps, rate = parameter.grad, state["square_avg"], group["alpha"], group["eps"], group["lr"]
    assert gradient is not None
    root = torch.empty_like(squares)
    count = _counter(state)

    def rmsprop() -> None:
        count()
        squares.mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
        parameter.addcdiv_(gradient, torch.sqrt(squares, out=root).add_(eps), value=-rate)

    return rmsprop


_KERNELS: Mapping[type, Callable[[Tensor, _Values, _Values], Kernel | None]] = {
    torch.optim.SGD: _sgd,
    torch.optim.Adagrad: _adagrad,
    torch.optim.Adam: _adam,
    torch.optim.AdamW: _adam,
    torch.optim.RMSprop: _rmsprop,
}
