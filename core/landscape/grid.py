"""The mean loss of some samples at many points of a plane of rows: the fast way, with the first layer taken once.

On the plane θ + α·d₁ + β·d₂ the first layer's weighted sum is linear in α and β,

    z = (W₀·X + b₀) + α·(D₁·X + e₁) + β·(D₂·X + e₂)

so three products with the data serve every point, and on images those are nearly all of the work. The layers behind it
run forward for many points at once, each with its own weights W + α·D₁ + β·D₂, in pieces that stay in the processor's
cache. Activations lie with the samples last, (points, units, samples), which makes narrow layers several times as fast
to multiply.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log, prod
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from core.choices.activations import ACTIVATIONS, SOFTMAX
from core.experiment.architecture import DenseLayer
from core.landscape.sample import Sample
from core.landscape.scene import Slices
from core.landscape.values import Ask, Floats
from core.training.backpropagation import Backpropagation
from core.training.rows import weight_mask

_PIECE_BYTES = 2 << 20  # of the widest layer's activations, measured: what the caches of a core hold
_PIECE_PRODUCTS = 100_000_000  # of one piece's multiplications, some milliseconds
_PIECE_NUMBERS = 1_000_000  # of one piece's activations
_WEIGHTS_BYTES = 4 << 20  # of the upper layers' weights at the points of one piece
_KEPT_BYTES = 256 << 20  # of the first layer's three products, which else are taken anew for each level
_POWERS_BYTES = 4 << 20  # of the first layer's powers at the rows of the grid
_LOG2_E = 1 / log(2)  # e^x = 2^(x·log₂ e), and PyTorch takes powers of 2 three times as fast
_LARGEST_POWER = 80.0  # e^88 is no float32 any more
_LEAST_BLOCK = 256  # samples, however wide a layer is
_SLICE = 0.004  # seconds of work between two yields, to which a piece is added

# An activation that may overwrite its argument saves the time that new memory takes.
_IN_PLACE = {"relu": torch.relu_, "sigmoid": torch.sigmoid_}


Piece = tuple[int, int, int, int]  # of a rectangle of points: columns from, to, rows from, to


@dataclass(frozen=True)
class Desk:
    """Where a piece of some shape is worked on.

    first: z of the first layer (columns, rows, units, samples), and flat: the same (points, units, samples). upper: the
    weights and biases of the layers behind it (points, U); layers: those of each of them, with its z.
    """

    first: Tensor
    flat: Tensor
    upper: Tensor
    layers: tuple[tuple[Tensor, Tensor, Tensor], ...]


class Room:
    """Memory that is used again and again, since new memory costs more than what is written to it: some megabytes."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, torch.dtype], Tensor] = {}
        self._desks: dict[Any, Desk] = {}

    def desk(self, dense: Sequence[DenseLayer], dtype: torch.dtype, columns: int, rows: int, samples: int) -> Desk:
        """Return the desk for a piece of points; what was on any other is lost."""
        key = (*(layer.units for layer in dense), dtype, columns, rows, samples)
        if key not in self._desks:
            found = self._desk(dense, dtype, columns, rows, samples)  # which may forget the others
            self._desks[key] = found
        return self._desks[key]

    def _desk(self, dense: Sequence[DenseLayer], dtype: torch.dtype, columns: int, rows: int, samples: int) -> Desk:
        first, count = dense[0], columns * rows
        z = self._memory(0, dtype, columns, rows, first.units, samples)
        upper = self._memory(2, dtype, count, dense[-1].stop - first.stop)
        layers = []
        for depth, layer in enumerate(dense[1:], 1):
            mine = upper[:, layer.start - first.stop : layer.stop - first.stop]
            weight = mine[:, : layer.units * layer.inputs].view(count, layer.units, layer.inputs)
            out = self._memory(depth % 2, dtype, count, layer.units, samples)
            layers.append((weight, mine[:, -layer.units :].unsqueeze(2), out))
        return Desk(z, z.flatten(0, 1), upper, tuple(layers))

    def _memory(self, slot: int, dtype: torch.dtype, *shape: int) -> Tensor:
        size = prod(shape)
        kept = self._kept.get((slot, dtype))
        if kept is None or len(kept) < size:
            kept = self._kept[slot, dtype] = torch.empty(size, dtype=dtype)
            self._desks.clear()
        return kept[:size].view(shape)


class _Rooms(threading.local):
    """The rooms of a thread and its helpers, kept from one grid to the next; what is in them lasts for one piece."""

    def __init__(self) -> None:
        self.kept: list[Room] = []

    def take(self, count: int) -> list[Room]:
        self.kept += [Room() for _ in range(count - len(self.kept))]
        return self.kept[:count]


_ROOMS = _Rooms()


def _each(work: Callable[[Piece, Room], None], pieces: Sequence[Piece], threads: int) -> Slices[None]:
    """Do some work for each piece, in several threads if there are; yield every few milliseconds.

    Torch has one thread in each: PyTorch's own threads meet after every operation, of which many here are shorter than
    the meeting. The caller's thread is one of them, and its caller sees to that.
    """
    left = iter(pieces)  # of which each thread takes the next, so that none waits for another

    @torch.inference_mode()
    def some(room: Room, until: float) -> bool:
        """Work until a time; tell whether there may be more."""
        for piece in left:
            work(piece, room)
            if perf_counter() >= until:
                return True
        return False

    threads = min(threads, len(pieces))
    with ThreadPoolExecutor(max(1, threads - 1), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        more = True
        while more:
            mine, *others = _ROOMS.take(threads)
            until = perf_counter() + _SLICE
            helpers = [pool.submit(some, room, until) for room in others]
            more = some(mine, until)
            for helper in helpers:
                helper.result()
            yield


@dataclass(frozen=True)
class Block:
    """What the pieces of one rectangle of points share, of some of the samples.

    alphas: (columns, 1, 1, 1), betas: (rows, 1, 1); steps: (points, 3), 1, α and β of the points, by columns. products:
    of the first layer, (3, units, samples). powers: (rows, units, samples), where its activation is taken of them, for
    which the products have the other sign. summed: makes of z (points, outputs, samples) the sums of losses (points,).
    """

    alphas: Tensor
    betas: Tensor
    steps: Tensor
    products: Tensor
    powers: Tensor | None
    summed: Callable[[Tensor], Tensor]


class Grid:
    """The losses around a row on one sample of the data.

    middle: (P,) float64, the row at (0, 0); d1, d2: the axes (P,), d2 None for a line. threads: to work in.
    """

    def __init__(self, sample: Sample, middle: Floats, d1: Floats, d2: Floats | None, ask: Ask, threads: int) -> None:
        self.sample = sample
        self.architecture = sample.architecture
        self.ask = ask
        self.threads = threads
        self.vectors = np.stack([middle, d1, np.zeros_like(d1) if d2 is None else d2])
        self.folds = sample.dtype == torch.float32
        self.dense = self.architecture.dense
        self.first = first = self.dense[0]
        # (3, …): of the row and the two axes.
        folded = torch.from_numpy(self._folded(self.vectors)).to(sample.dtype)
        self.first_weights = folded[:, : first.stop].contiguous()
        self.upper_weights = folded[:, first.stop :].contiguous()
        widest = max(layer.units for layer in self.dense)
        self.bytes = widest * folded.element_size()
        self.block = min(len(sample), max(_LEAST_BLOCK, _PIECE_BYTES // self.bytes))
        self.activations = [self._activation(layer) for layer in self.dense]
        self.one = torch.ones(1, dtype=sample.dtype)
        self._kept: dict[int, Tensor] = {}

    def _is_folded(self, layer: DenseLayer) -> bool:
        """Tell whether a layer's tanh is taken as a sigmoid, which PyTorch computes five times as fast in float32."""
        return self.folds and layer.activation == "tanh" and layer is not self.dense[-1]

    def _folded(self, vectors: Floats) -> Floats:
        """Return a row and its axes (3, P) for a network with sigmoids in place of tanh.

        tanh z = 2·σ(2z) − 1: the first factor goes into the layer's own weights, the rest into those of the next one.
        All of it is linear, so rows and axes are treated alike.
        """
        found = vectors.copy()
        before = False
        for layer in self.dense:
            weights, biases = found[:, layer.start : layer.bias_start], found[:, layer.bias_start : layer.stop]
            if before:
                biases -= weights.reshape(-1, layer.units, layer.inputs).sum(axis=2)
                weights *= 2
            before = self._is_folded(layer)
            if before:
                found[:, layer.start : layer.stop] *= 2
        return found

    # -- the data ----------------------------------------------------------------------------------------------------

    def _first_products(self, start: int) -> Slices[Tensor]:
        """Return the first layer's three products (3, units, block) with the samples from ``start`` on."""
        if start in self._kept:
            return self._kept[start]
        layer, x = self.first, self.sample.x[start : start + self.block]
        weights = self.first_weights[:, : layer.bias_start].view(3, layer.units, layer.inputs)
        found = torch.empty(3, layer.units, len(x), dtype=x.dtype)
        size = max(1, _PIECE_PRODUCTS // (layer.units * layer.inputs))
        for at in range(3):
            for piece in range(0, len(x), size):
                torch.mm(weights[at], x[piece : piece + size].T, out=found[at, :, piece : piece + size])
                yield
        found += self.first_weights[:, layer.bias_start :].unsqueeze(2)
        if len(self.sample) * layer.units * 3 * found.element_size() <= _KEPT_BYTES:
            self._kept[start] = found
        return found

    # -- the points --------------------------------------------------------------------------------------------------

    def fill(self, loss: Floats, xs: Floats, ys: Floats, columns: Sequence[int], rows: Sequence[int]) -> Slices[None]:
        """Write the losses at the crossings of some columns and rows into a grid (m, n); xs: (n,) and ys: (m,) from
        the middle on."""
        if not columns or not rows:
            return
        dtype = self.sample.dtype
        alphas, betas = torch.tensor(xs[list(columns)], dtype=dtype), torch.tensor(ys[list(rows)], dtype=dtype)
        steps = torch.cartesian_prod(torch.ones(1, dtype=dtype), alphas, betas)
        total = torch.zeros(len(steps), dtype=torch.float64)
        for start in range(0, len(self.sample), self.block):
            products = yield from self._first_products(start)
            powers = self._powers(products, alphas, betas)
            block = Block(
                alphas.view(-1, 1, 1, 1),
                betas.view(-1, 1, 1),
                steps,
                products if powers is None else products * -_LOG2_E,
                powers,
                _summed(self.sample.passes, self.sample.t[start : start + self.block]),
            )

            def add(piece: Piece, room: Room, block: Block = block) -> None:
                left, right, low, high = piece
                points = slice(left * len(betas) + low, (right - 1) * len(betas) + high)
                total[points].add_(self._piece(room, block, piece, points))

            yield from _each(add, self._pieces(len(columns), len(rows), products.shape[2]), self.threads)
        loss[np.ix_(rows, columns)] = total.view(len(columns), len(rows)).T.numpy() / len(self.sample)
        if self.ask.with_penalty:
            yield from self._add_penalty(loss, xs, ys, columns, rows)

    def _pieces(self, columns: int, rows: int, samples: int) -> list[Piece]:
        """Return pieces of a rectangle of points: columns from, to, rows from, to."""
        upper = self.upper_weights.shape[1]
        units = sum(layer.units for layer in self.dense)
        points = min(
            _PIECE_BYTES // (self.bytes * samples),
            _PIECE_NUMBERS // (units * samples),
            _PIECE_PRODUCTS // max(1, upper * samples),
            _WEIGHTS_BYTES // max(1, upper * self.upper_weights.element_size()),
        )
        points = max(1, points)
        high = min(rows, points)
        wide = max(1, points // rows)
        return [
            (left, min(left + wide, columns), low, min(low + high, rows))
            for left in range(0, columns, wide)
            for low in range(0, rows, high)
        ]

    def _powers(self, products: Tensor, alphas: Tensor, betas: Tensor) -> Tensor | None:
        """Return e^(−β·C) (rows, units, samples) where the first layer's activation is a sigmoid; None where it is not.

        σ(A + α·B + β·C) = 1 / (1 + e^−(A + α·B) · e^(−β·C)): with these powers a point takes a product and a quotient
        of each unit, in place of a power. None, too, where they are too many, or where one of them might overflow: the
        product of 0 and infinity would be no number.
        """
        if len(self.dense) == 1 or not (self._is_folded(self.first) or self.first.activation == "sigmoid"):
            return None
        if len(betas) * products[2].numel() * products.element_size() > _POWERS_BYTES:
            return None
        a, b, c = products.abs().amax((1, 2)).tolist()
        if not max(a + b * float(alphas.abs().max()), c * float(betas.abs().max())) < _LARGEST_POWER:
            return None
        return (products[2] * (betas * -_LOG2_E).view(-1, 1, 1)).exp2_()

    def _piece(self, room: Room, block: Block, piece: Piece, points: slice) -> Tensor:
        """Return the sums (points,) of the samples' losses at the crossings of some columns and rows."""
        left, right, low, high = piece
        desk = room.desk(self.dense, self.sample.dtype, right - left, high - low, block.products.shape[2])
        column = torch.addcmul(block.products[0], block.products[1], block.alphas[left:right])
        if block.powers is None:
            torch.addcmul(column, block.products[2], block.betas[low:high], out=desk.first)
            a = self.activations[0](desk.flat)
        else:
            torch.addcmul(self.one, column.exp2_(), block.powers[low:high], out=desk.first)
            a = desk.flat.reciprocal_()
        torch.mm(block.steps[points], self.upper_weights, out=desk.upper)
        for activation, (weight, bias, z) in zip(self.activations[1:], desk.layers, strict=True):
            a = activation(torch.baddbmm(bias, weight, a, out=z))
        return block.summed(a)

    def _activation(self, layer: DenseLayer) -> Callable[[Tensor], Tensor]:
        """Return what makes a layer's activations of its z, of which nothing may be left; z itself for the output."""
        if layer is self.dense[-1]:
            return ACTIVATIONS["linear"].function
        if self._is_folded(layer):
            return torch.sigmoid_
        return _IN_PLACE.get(layer.activation, ACTIVATIONS[layer.activation].function)

    # -- the penalty -------------------------------------------------------------------------------------------------

    def _add_penalty(
        self, loss: Floats, xs: Floats, ys: Floats, columns: Sequence[int], rows: Sequence[int]
    ) -> Slices[None]:
        """Add λ₁·Σ|w| + λ₂·Σw² to the losses at the crossings."""
        keep = weight_mask(self.architecture, torch.float64).numpy() > 0
        vectors = self.vectors[:, keep]
        index = np.ix_(rows, columns)
        # Σw² is a quadratic of (1, α, β), whose coefficients are the inner products of the row and the axes.
        gram = vectors @ vectors.T
        yield
        x, y = np.meshgrid(xs[list(columns)], ys[list(rows)])
        steps = np.stack([np.ones_like(x), x, y], axis=-1)
        if self.ask.l2 > 0:
            loss[index] += self.ask.l2 * np.einsum("...i,ij,...j->...", steps, gram, steps)
        if self.ask.l1 > 0:
            sums = np.empty(x.shape)
            for place in np.ndindex(*x.shape):
                sums[place] = np.abs(steps[place] @ vectors).sum()
                yield
            loss[index] += self.ask.l1 * sums


def _summed(passes: Backpropagation, t: Tensor) -> Callable[[Tensor], Tensor]:
    """Return what makes the sums (points,) of the losses of samples with targets t (samples, outputs) of their
    z (points, outputs, samples), of which nothing may be left.

    A softmax along a short last axis takes PyTorch 17 times as long as along one before it (measured, 10 outputs): it
    is taken as the outputs lie here.
    """
    turned = t.T.contiguous()
    if passes.head is SOFTMAX and passes.loss.from_logits:
        return lambda z: (z.log_softmax(1) * turned).sum((1, 2), dtype=torch.float64).neg()
    if passes.loss.tag == "binary_cross_entropy":
        # −t·ln σ(z) − (1 − t)·ln(1 − σ(z)) = ln(1 + e^±z), + where t is 0. PyTorch's operation for it is slower than
        # these two, which overflow.
        signs = (1 - 2 * turned) * _LOG2_E

        def crossed(z: Tensor) -> Tensor:
            small = bool(z.mul_(signs).amax() < _LARGEST_POWER)
            terms = z.exp2_().log1p_() if small else softplus(z.div_(_LOG2_E), threshold=50.0)
            return terms.sum((1, 2), dtype=torch.float64)

        return crossed

    def summed(z: Tensor) -> Tensor:
        y = z.softmax(1).transpose(1, 2) if passes.head is SOFTMAX else passes.scored(z.transpose(1, 2))
        return passes.loss.terms(y, turned.T).sum(1, dtype=torch.float64)  # type: ignore[no-any-return]

    return summed
