"""Samples on the device, and the batches of an epoch: which samples, in which order, under which dropout masks.

Batches are gathered a block at a time: one index_select for many steps costs little more than for one. Images stay
uint8 on the device and are scaled after the gather.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.datasets.samples import Part, Preparation
from core.experiment.architecture import Architecture

CHUNK = 4096  # samples that one next() looks at, at the most
_BLOCK_BYTES = 4 << 20  # of the inputs of a block; measured: larger ones fall out of the cache and are slower
_BLOCK_STEPS = 256
_HALF = 32768  # masks compare signed 16-bit numbers


class Samples:
    """A part of a data set on the device: inputs as stored, and targets (n, outputs) as the loss wants them."""

    def __init__(
        self, part: Part, preparation: Preparation, architecture: Architecture, device: str, dtype: torch.dtype
    ) -> None:
        self.dtype = dtype
        self.stored_as_bytes = part.raw.dtype == np.uint8
        self.scale = preparation.scale
        self.shift: tuple[Tensor, Tensor] | None = None
        if self.stored_as_bytes:
            self.x = torch.tensor(part.raw).flatten(1).to(device)
            if preparation.mean is not None and preparation.deviation is not None:
                self.shift = (
                    torch.tensor(preparation.mean, dtype=dtype, device=device),
                    torch.tensor(preparation.deviation, dtype=dtype, device=device),
                )
        else:
            self.x = torch.tensor(preparation.apply(part.raw), dtype=dtype, device=device)
        self.t = targets(part, architecture, dtype).to(device)

    def __len__(self) -> int:
        return self.x.shape[0]

    def sample(self, most: int) -> "Samples":
        """Return ``most`` samples spread evenly over all, or all if there are no more: always the same ones."""
        if len(self) <= most:
            return self
        index = torch.arange(most, device=self.x.device) * len(self) // most
        fewer = copy(self)
        fewer.x, fewer.t = self.x.index_select(0, index), self.t.index_select(0, index)
        return fewer

    def prepared(self, x: Tensor) -> Tensor:
        """Return inputs as the network takes them, of samples as they are stored."""
        if not self.stored_as_bytes:
            return x
        x = x.to(self.dtype).mul_(self.scale)
        return x if self.shift is None else x.sub_(self.shift[0]).div_(self.shift[1])

    def at(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs (m, inputs) and targets (m, outputs) of the samples at (m,) places."""
        return self.prepared(self.x.index_select(0, index)), self.t.index_select(0, index)

    def between(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of neighbouring samples."""
        return self.prepared(self.x[start:stop]), self.t[start:stop]


@dataclass(frozen=True)
class Parts:
    """The parts of the data on the device; ``sample``: the fixed share of the training part measured each epoch."""

    train: Samples
    sample: Samples
    validation: Samples
    test: Samples


def targets(part: Part, architecture: Architecture, dtype: torch.dtype) -> Tensor:
    """Return (n, outputs): 0/1, ±1, one-hot or values, as the output layer's head says."""
    labels = torch.tensor(part.labels)
    kind = architecture.head.target
    if kind == "one-hot":
        return torch.nn.functional.one_hot(labels.long(), architecture.outputs).to(dtype)
    values = labels.to(dtype).unsqueeze(1)
    return values * 2 - 1 if kind == "sign" else values


@dataclass(frozen=True)
class Block:
    """Neighbouring pieces of one size in an epoch's order. A piece is a batch, or a chunk of a batch above CHUNK.

    first, last: whether the pieces begin and end a batch (blocks of chunks hold one piece). batch: samples in a batch.
    """

    start: int
    size: int
    count: int
    first: bool
    last: bool
    batch: int


def plan(samples: int, batch: int, piece_bytes: int) -> tuple[Block, ...]:
    """Return the blocks of an epoch over ``samples``; piece_bytes: of one sample's inputs in all runs together."""
    whole, rest = divmod(samples, batch)
    if batch <= CHUNK:
        most = max(1, min(_BLOCK_STEPS, _BLOCK_BYTES // max(1, piece_bytes * batch)))
        blocks = [
            Block(step * batch, batch, min(most, whole - step), True, True, batch) for step in range(0, whole, most)
        ]
        if rest:
            blocks.append(Block(whole * batch, rest, 1, True, True, rest))
        return tuple(blocks)
    blocks = []
    for start in range(0, samples, batch):
        stop = min(start + batch, samples)
        for piece in range(start, stop, CHUNK):
            end = min(piece + CHUNK, stop)
            blocks.append(Block(piece, end - piece, 1, piece == start, end == stop, stop - start))
    return tuple(blocks)


class Masks:
    """Dropout masks of K runs: 16 random bits a unit, kept where they lie below a threshold.

    units: of each dropout layer; rates: (K runs) × (dropout layers), which may change at any step.
    """

    def __init__(self, units: Sequence[int], rates: list[list[float]], generators: Sequence[torch.Generator]) -> None:
        self.units = units
        self.rates = rates
        self.generators = generators

    def draw(self, size: int, count: int) -> list[Tensor]:
        """Return the random numbers (count, numbers) of each run for ``count`` pieces of ``size`` samples.

        A piece takes the same numbers from its run's generator however pieces are blocked.
        """
        numbers = -(-size * sum(self.units) // 4)  # one 64-bit draw gives four numbers
        return [
            torch.empty((count, numbers), dtype=torch.int64, device=generator.device)
            .random_(-(2**63), None, generator=generator)
            .view(torch.int16)
            for generator in self.generators
        ]

    def scaled(self, bits: Sequence[Tensor], size: int, dtype: torch.dtype) -> list[tuple[Tensor, ...]]:
        """Return for each piece the masks (K, size, units) of each dropout layer: 0, or 1 / (share that is kept)."""
        numbers = torch.stack(tuple(bits), 1)  # (pieces, K, numbers)
        kept = [[round((1 - rate) * 2 * _HALF) for rate in rates] for rates in zip(*self.rates, strict=True)]
        layers = []
        offset = 0
        for units, shares in zip(self.units, kept, strict=True):
            wide = size * units
            # Less or equal, so that a rate of 0 has a threshold of 16 bits too: the greatest number there is.
            most = numbers.new_tensor([[share - _HALF - 1] for share in shares])
            # Scaled by the share that the threshold really keeps, so that the mean is exact.
            scale = torch.tensor([[2 * _HALF / share] for share in shares], dtype=dtype, device=numbers.device)
            masks = (numbers[:, :, offset : offset + wide] <= most).to(dtype).mul_(scale)
            layers.append(masks.view(len(numbers), len(bits), size, units).unbind(0))
            offset += wide
        return list(zip(*layers, strict=True))


class Batches:
    """The batches of K runs over one training part, each run in its own order."""

    def __init__(
        self, samples: Samples, batch: int | None, generators: Sequence[torch.Generator], masks: Masks
    ) -> None:
        """``batch`` None takes the whole part as one batch, which needs no order."""
        self.samples = samples
        self.generators = generators
        self.masks = masks
        self.shuffled = batch is not None and batch < len(samples)
        self.size = min(batch or len(samples), len(samples))
        row_bytes = samples.x.shape[1] * torch.empty((), dtype=samples.dtype).element_size()
        self.blocks = plan(len(samples), self.size, row_bytes * len(generators))
        self.steps = sum(block.count for block in self.blocks if block.last)

    def epoch(self) -> Iterator["Gathered"]:
        """Yield the gathered blocks of an epoch in the order of a fresh permutation per run."""
        n, runs = len(self.samples), len(self.generators)
        device = self.samples.x.device
        if self.shuffled:
            order = torch.stack([torch.randperm(n, generator=generator) for generator in self.generators]).to(device)
        else:
            order = torch.arange(n, device=device).expand(runs, n)
        for block in self.blocks:
            piece = order[:, block.start : block.start + block.size * block.count]
            index = piece.reshape(runs, block.count, block.size).transpose(0, 1).reshape(-1)
            x, t = self.samples.at(index)
            shape = (block.count, runs, block.size, -1)
            yield Gathered(block, x.view(shape).unbind(0), t.view(shape).unbind(0), self.masks, self.samples.dtype)


class Gathered:
    """A block with its samples: x and t hold (K, size, …) per piece, ``masks`` a tuple per piece."""

    def __init__(
        self, block: Block, x: tuple[Tensor, ...], t: tuple[Tensor, ...], masks: Masks, dtype: torch.dtype
    ) -> None:
        self.block = block
        self.x = x
        self.t = t
        self._masks = masks
        self._dtype = dtype
        self._bits = masks.draw(block.size, block.count) if masks.units else []
        self.masks: list[tuple[Tensor, ...]] = [()] * block.count
        self.mask()

    def mask(self) -> None:
        """Make the masks from the numbers drawn: at first, and again when a rate has changed."""
        if self._bits:
            self.masks = self._masks.scaled(self._bits, self.block.size, self._dtype)
