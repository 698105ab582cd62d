"""The step as one launch: on CUDA it is captured as a graph, elsewhere it runs as it is written.

A small network's step is some thirty kernels, each shorter than its launch; a graph launches them all at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.choices.optimizers import OPTIMIZERS
from core.training.batches import Block
from core.training.step import Stepper

Step = Callable[[Tensor, Tensor, Sequence[Tensor], Block], Tensor]

# Eager steps before a capture: optimizers make their state in the first, and libraries choose their kernels.
_WARM_UP = 3


def fastest_step(stepper: Stepper) -> Step:
    """Return the step of these rows."""
    capturable = all(OPTIMIZERS[row.optimizer.kind].capturable for row in stepper.rows)
    return GraphedStep(stepper) if stepper.theta.is_cuda and capturable else stepper.step


@dataclass(frozen=True)
class _Captured:
    """A graph with the tensors that it reads and writes."""

    graph: torch.cuda.CUDAGraph
    x: Tensor
    t: Tensor
    masks: tuple[Tensor, ...]
    z: Tensor


class GraphedStep:
    """A step on CUDA: eager at first and for odd sizes such as the short last batch, then as a captured graph.

    The warm-up steps are real steps of the training, so nothing has to be undone. Where a capture fails, every step is
    eager from then on.
    """

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper
        self.seen: dict[object, int] = {}
        self.captured: dict[object, _Captured] = {}
        self.works = True
        self.stream: torch.cuda.Stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def __call__(self, x: Tensor, t: Tensor, masks: Sequence[Tensor], block: Block) -> Tensor:
        if not (self.works and block.first and block.last):
            return self.stepper.step(x, t, masks, block)
        key = (block.size, self.stepper.switches())
        seen = self.seen[key] = self.seen.get(key, 0) + 1
        if seen <= _WARM_UP:
            # Warm-up must run on the stream of the capture.
            self.stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.stream):
                z = self.stepper.step(x, t, masks, block)
            torch.cuda.current_stream().wait_stream(self.stream)
            return z
        if key not in self.captured:
            captured = self._capture(x, t, masks, block)
            if captured is None:
                return self.stepper.step(x, t, masks, block)
            self.captured[key] = captured
        held = self.captured[key]
        held.x.copy_(x)
        held.t.copy_(t)
        for static, mask in zip(held.masks, masks, strict=True):
            static.copy_(mask)
        held.graph.replay()
        return held.z.clone()

    def _capture(self, x: Tensor, t: Tensor, masks: Sequence[Tensor], block: Block) -> _Captured | None:
        static = x.clone(), t.clone(), tuple(mask.clone() for mask in masks)
        graph = torch.cuda.CUDAGraph()
        try:
            # Other threads (the window's) may use CUDA meanwhile: errors concern this thread alone.
            with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
                z = self.stepper.step(*static, block)
        except RuntimeError:
            self.works = False
            return None
        return _Captured(graph, *static, z)
