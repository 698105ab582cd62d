"""Directions: what an optimizer makes of a gradient, before the learning rate.

``torch.optim`` steps a matrix D of zeros with learning rate 1; what it leaves in D is each row's direction, which every
row then follows at its own learning rate. One optimizer so serves all rows of its kind and settings.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from core.choices.optimizers import OPTIMIZERS, SGD, AdamW, OptimizerSettings, torch_arguments
from core.training.kernels import Kernel, kernel

# Guarded from the compiler, which nothing here uses, these would import all of it when first called: 1 to 2 seconds and
# 70 MB before the first step. The guard looks for what it has made of them under this name, and takes it as it is.
for _method in (torch.optim.Optimizer.add_param_group, torch.optim.Optimizer.zero_grad):
    _plain = inspect.unwrap(_method)
    if _plain is not _method:
        vars(_plain).setdefault("__dynamo_disable", _plain)

# State of one row: vectors (P,), and numbers such as the count of steps.
RowState = Mapping[str, Tensor]


def same_direction(a: OptimizerSettings, b: OptimizerSettings) -> bool:
    """Tell whether two rows can share an optimizer: they may differ in learning rate and weight decay."""
    return a.kind == b.kind and torch_arguments(a) == torch_arguments(b)


def same_past(a: RowState, b: RowState) -> bool:
    """Tell whether the optimizers of two rows have done equally many steps, so that they can go on as one."""
    return a.keys() == b.keys() and all(bool(a[name] == b[name]) for name in a if a[name].dim() == 0)


class Directions:
    """The optimizer of some rows of one kind and settings.

    gradient: (k, P), rows of the gradient matrix that the backward pass fills.
    states: of the rows, to go on from; empty mappings at the start.
    direction: (k, P) of zeros, where the directions are left; one of its own if there is none.
    """

    def __init__(
        self,
        settings: OptimizerSettings,
        gradient: Tensor,
        states: Sequence[RowState],
        direction: Tensor | None = None,
    ) -> None:
        self.gradient = gradient
        self.direction = torch.zeros_like(gradient) if direction is None else direction
        # Plain gradient descent needs no optimizer and has no state: its direction is −g.
        self.plain = isinstance(settings, SGD) and settings.momentum == 0
        if self.plain:
            return
        row = OPTIMIZERS[settings.kind]
        on_gpu = gradient.is_cuda
        speed = {"capturable": True} if on_gpu and row.capturable and row.tag != "sgd" else dict(row.fused)
        self.direction.grad = gradient
        self.optimizer = getattr(torch.optim, row.torch)(
            [self.direction], lr=1.0, weight_decay=0.0, **torch_arguments(settings), **speed
        )
        # The public step() is wrapped for hooks, profiling and autograd, none of which is used here: on a small network
        # the wrapping takes longer than the step itself (14 of 32 µs).
        self.step: Callable[[Any], object] = inspect.unwrap(type(self.optimizer).step)
        self.kernel: Kernel | None = None
        if states[0]:
            self.optimizer.state[self.direction] = {
                name: torch.stack([state[name] for state in states]) if value.dim() == 1 else value.clone()
                for name, value in states[0].items()
            }

    def find(self) -> Tensor:
        """Return the directions (k, P) of the gradient as it is now; the caller zeroes them after use."""
        if self.plain:
            return torch.neg(self.gradient, out=self.direction)
        if self.kernel is not None:
            self.kernel()
        else:
            self.step(self.optimizer)
            self.kernel = kernel(self.optimizer)
        return self.direction

    def state(self, place: int) -> dict[str, Tensor]:
        """Return a copy of the state of one row."""
        if self.plain:
            return {}
        return {
            name: (value[place] if value.dim() == 2 else value).clone()
            for name, value in self.optimizer.state[self.direction].items()
            if value is not None
        }


def decay(settings: OptimizerSettings) -> float:
    """Return AdamW's weight decay, 0 for every other optimizer."""
    return settings.weight_decay if isinstance(settings, AdamW) else 0.0
