"""One step of K runs: gradient, penalty, clipping, direction, update; each row by its own settings."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.choices.optimizers import OptimizerSettings
from core.experiment.architecture import Architecture
from core.training.backpropagation import Backpropagation
from core.training.batches import Block
from core.training.directions import Directions, RowState, decay, same_direction, same_past
from core.training.rows import views, weight_mask


@dataclass
class RowSettings:
    """What acts on one row at each step; all but the optimizer's kind may change while it trains."""

    optimizer: OptimizerSettings
    learning_rate: float  # of this epoch, with the schedule's factor
    l1: float
    l2: float
    clip: float | None


@dataclass(frozen=True)
class Group:
    """Rows side by side that share an optimizer, and their place."""

    span: slice
    directions: Directions


class Stepper:
    """The matrix Θ (K, P) of K runs and all that moves it. Rows of one optimizer and settings stand side by side."""

    def __init__(
        self,
        architecture: Architecture,
        theta: Tensor,
        rows: Sequence[RowSettings],
        optimizer_states: Sequence[RowState],
    ) -> None:
        self.passes = Backpropagation(architecture)
        self.theta = theta
        self.rows = rows
        self.gradient = torch.zeros_like(theta)
        self.direction = torch.zeros_like(theta)
        self.network = views(theta, architecture)
        self.gradients = views(self.gradient, architecture)
        self.weights = weight_mask(architecture, theta.dtype).to(theta.device)
        self.alive = torch.ones((len(rows), 1), dtype=torch.bool, device=theta.device)
        self.all_alive = True
        self._sum: Tensor | None = None  # of the gradients of a batch's chunks, where batches are that large
        # A column (K, 1) of each setting: learning rate, penalties, 1 − ηλ of AdamW, longest gradient.
        self._columns = torch.zeros((5, len(rows), 1), dtype=theta.dtype, device=theta.device)
        self.rates, self.l1, self.l2, self.shrink, self.longest = self._columns.unbind(0)
        self.groups: list[Group] = []
        start = 0
        for stop in range(1, len(rows) + 1):
            if (
                stop == len(rows)
                or not same_direction(rows[start].optimizer, rows[stop].optimizer)
                or not same_past(optimizer_states[start], optimizer_states[stop])
            ):
                span = slice(start, stop)
                parts = self.gradient[span], optimizer_states[span], self.direction[span]
                self.groups.append(Group(span, Directions(rows[start].optimizer, *parts)))
                start = stop
        self.plain = all(group.directions.plain for group in self.groups)
        self.read_settings()

    def read_settings(self) -> None:
        """Take the rows' settings over to the device, after any of them has changed.

        The tensors stay the same ones: a captured step reads them where they are.
        """
        rows = self.rows
        settings = [
            [row.learning_rate for row in rows],
            [row.l1 for row in rows],
            [row.l2 for row in rows],
            [1 - row.learning_rate * decay(row.optimizer) for row in rows],
            [torch.inf if row.clip is None else row.clip for row in rows],
        ]
        self._columns.copy_(torch.tensor(settings, dtype=self._columns.dtype).unsqueeze(2))
        self.has_l1 = any(row.l1 for row in rows)
        self.has_l2 = any(row.l2 for row in rows)
        self.has_decay = any(decay(row.optimizer) for row in rows)
        self.has_clip = any(row.clip is not None for row in rows)

    def switches(self) -> tuple[bool, ...]:
        """Return what decides which operations a step consists of."""
        return self.has_l1, self.has_l2, self.has_decay, self.has_clip, self.all_alive

    def freeze(self, place: int, row: Tensor) -> None:
        """Set a row to these weights (P,) for good: no later step moves it."""
        self.theta[place] = row
        self.alive[place] = False
        self.all_alive = False

    def step(self, x: Tensor, t: Tensor, masks: Sequence[Tensor], block: Block) -> Tensor:
        """Take one batch, or a chunk of one: x (K, B, inputs), t (K, B, outputs); return z (K, B, outputs)."""
        z = self.differentiate(x, t, masks, block.batch)
        if not (block.first and block.last):
            self._accumulate(block)
        if block.last:
            self.update()
        return z

    def differentiate(self, x: Tensor, t: Tensor, masks: Sequence[Tensor], batch: int) -> Tensor:
        """Write the gradient of a batch of ``batch`` samples, or of a chunk's share of it; return z (K, B, outputs)."""
        z, tape = self.passes.forward(self.network, x, masks)
        self.passes.backward(self.network, self.gradients, tape, self.passes.output_delta(z, t, 1 / batch))
        return z

    def _accumulate(self, block: Block) -> None:
        """Add up the gradients of a batch's chunks; after the last one the gradient is that of the whole batch."""
        if self._sum is None:
            self._sum = torch.zeros_like(self.gradient)
        if block.first:
            self._sum.zero_()
        self._sum.add_(self.gradient)
        if block.last:
            self.gradient.copy_(self._sum)

    def update(self) -> None:
        """Move every row that is alive by one step of its optimizer along the gradient."""
        theta, gradient = self.theta, self.gradient
        if self.has_l2:
            gradient.addcmul_(theta, 2 * self.l2 * self.weights)
        if self.has_l1:
            gradient.addcmul_(theta.sign(), self.l1 * self.weights)
        if self.has_clip:
            norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
            # As torch's clip_grad_norm_. Without clipping a norm that overflows gives ∞/∞, which must leave it alone.
            gradient.mul_((self.longest / (norm + 1e-6)).clamp_(max=1).nan_to_num_(nan=1))
        old = None if self.all_alive else theta.clone()
        if self.has_decay:
            theta.mul_(self.shrink)
        if self.plain:
            theta.addcmul_(gradient, self.rates, value=-1)  # along −g
        else:
            for group in self.groups:
                group.directions.find()
            theta.addcmul_(self.direction, self.rates)
            self.direction.zero_()
        if old is not None:
            # A zero gradient would not do: momentum moves on, and 0 · NaN is NaN.
            theta.copy_(torch.where(self.alive, theta, old))

    def optimizer_state(self, place: int) -> dict[str, Tensor]:
        """Return a copy of what the optimizer remembers of one row."""
        group = next(group for group in self.groups if group.span.start <= place < group.span.stop)
        return group.directions.state(place - group.span.start)
