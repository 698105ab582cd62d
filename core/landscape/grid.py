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
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

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
_WEIGHTS_BYTES = 16 << 20  # of the upper layers' weights at the points of one piece
_KEPT_BYTES = 256 << 20  # of the first layer's three products, which else are taken anew for each level
_POWERS_BYTES = 4 << 20  # of the first layer's powers at the rows of the grid
_LARGEST_POWER = 80.0  # e^88 is no float32 any more
_LEAST_BLOCK = 256  # samples, however wide a layer is

_AT_A_TIME = 8  # pieces for each thread, before the caller is asked again

# An activation that may overwrite its argument saves the time that new memory takes.
_IN_PLACE = {"relu": torch.relu_, "sigmoid": torch.sigmoid_}


Piece = tuple[int, int, int, int]  # of a rectangle of points: columns from, to, rows from, to


def _each(work: Callable[[Piece], None], pieces: Sequence[Piece], threads: int) -> Slices[None]:
    """Do some work for each piece, in several threads if there are; yield after each, or after some of them.

    Each piece in a thread of its own, in which torch has one: PyTorch's own threads meet after every operation, of
    which many here are shorter than the meeting.
    """
    threads = min(threads, len(pieces))
    if threads <= 1:
        for piece in pieces:
            work(piece)
            yield
        return
    with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for start in range(0, len(pieces), _AT_A_TIME * threads):
            list(pool.map(work, pieces[start : start + _AT_A_TIME * threads]))
            yield


class Grid:
    """The losses around a row on one sample of the data.

    middle: (P,) float64, the row at (0, 0); d1, d2: the axes (P,), d2 None for a line. threads: to work in.
    """

    def __init__(self, sample: Sample, middle: Floats, d1: Floats, d2: Floats | None, ask: Ask, threads: int) -> None:
        self.sample = sample
        self.architecture = sample.architecture
        self.ask = ask
        self.threads = threads
        self.vectors = [middle, d1, np.zeros_like(d1) if d2 is None else d2]
        self.folds = sample.dtype == torch.float32
        first, *upper = self.architecture.dense
        self.first, self.upper = first, upper
        folded = [torch.from_numpy(self._folded(vector)).to(sample.dtype) for vector in self.vectors]
        # (3, …): the row and the two axes.
        self.first_weights = torch.stack([vector[: first.stop] for vector in folded])
        self.upper_weights = torch.stack([vector[first.stop :] for vector in folded])
        widest = max(layer.units for layer in self.architecture.dense)
        self.bytes = widest * folded[0].element_size()
        self.block = min(len(sample), max(_LEAST_BLOCK, _PIECE_BYTES // self.bytes))
        self._kept: dict[int, Tensor] = {}
        self._rooms = threading.local()

    def _is_folded(self, layer: DenseLayer) -> bool:
        """Tell whether a layer's tanh is taken as a sigmoid, which PyTorch computes five times as fast in float32."""
        return self.folds and layer.activation == "tanh" and layer is not self.architecture.dense[-1]

    def _folded(self, vector: Floats) -> Floats:
        """Return a row or an axis for a network with sigmoids in place of tanh.

        tanh z = 2·σ(2z) − 1: the first factor goes into the layer's own weights, the rest into those of the next one.
        All of it is linear, so rows and axes are treated alike.
        """
        found = vector.astype(np.float64)
        before = False
        for layer in self.architecture.dense:
            weights, biases = found[layer.start : layer.bias_start], found[layer.bias_start : layer.stop]
            if before:
                biases -= weights.reshape(layer.units, layer.inputs).sum(axis=1)
                weights *= 2
            before = self._is_folded(layer)
            if before:
                weights *= 2
                biases *= 2
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
        total = np.zeros((len(columns), len(rows)))
        alphas, betas = (
            torch.tensor(values[list(index)], dtype=self.sample.dtype) for values, index in ((xs, columns), (ys, rows))
        )
        for start in range(0, len(self.sample), self.block):
            products = yield from self._first_products(start)
            t = self.sample.t[start : start + self.block].T.contiguous().T  # in the order of the activations
            pieces = self._pieces(len(columns), len(rows), len(t))

            powers = self._powers(products, alphas, betas)

            def add(piece: Piece, products: Tensor = products, t: Tensor = t, powers: Tensor | None = powers) -> None:
                left, right, low, high = piece
                some = None if powers is None else powers[low:high]
                total[left:right, low:high] += self._piece(products, t, alphas[left:right], betas[low:high], some)

            yield from _each(add, pieces, self.threads)
        loss[np.ix_(rows, columns)] = total.T / len(self.sample)
        if self.ask.with_penalty:
            yield from self._add_penalty(loss, xs, ys, columns, rows)

    def _pieces(self, columns: int, rows: int, samples: int) -> list[Piece]:
        """Return pieces of a rectangle of points: columns from, to, rows from, to."""
        dense = self.architecture.dense
        upper = self.upper_weights.shape[1]
        units = sum(layer.units for layer in dense)
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
        """Return e^(−β·C), (m, units, samples), where the first layer's activation is a sigmoid; None where it is not.

        σ(A + α·B + β·C) = 1 / (1 + e^−(A + α·B) · e^(−β·C)): with these powers a point takes a product and a quotient
        of each unit, in place of a power. None, too, where they are too many, or where one of them might overflow: the
        product of 0 and infinity would be no number.
        """
        if not self.upper or not (self._is_folded(self.first) or self.first.activation == "sigmoid"):
            return None
        if len(betas) * products[2].numel() * products.element_size() > _POWERS_BYTES:
            return None
        a, b, c = (float(product.abs().max()) for product in products)
        if not max(a + b * float(alphas.abs().max()), c * float(betas.abs().max())) < _LARGEST_POWER:
            return None
        return torch.exp(products[2] * -betas.view(-1, 1, 1))

    @torch.inference_mode()
    def _piece(
        self, products: Tensor, t: Tensor, alphas: Tensor, betas: Tensor, powers: Tensor | None = None
    ) -> Floats:
        """Return the sums (c, m) of the samples' losses at the crossings of c columns and m rows.

        powers: of the rows, where the first layer's activation is taken from them.
        """
        count, samples = len(alphas) * len(betas), len(t)
        points = (len(alphas), len(betas))
        column = torch.addcmul(products[0], products[1], alphas.view(-1, 1, 1))  # (c, units, samples)
        z = self._room(0, *points, self.first.units, samples)
        if powers is None:
            torch.addcmul(column.unsqueeze(1), products[2], betas.view(1, -1, 1, 1), out=z)
        else:
            torch.addcmul(torch.ones(1, dtype=z.dtype), column.neg_().exp_().unsqueeze(1), powers, out=z).reciprocal_()
        weights = self._room(2, *points, self.upper_weights.shape[1])
        upper = torch.addcmul(self.upper_weights[0], self.upper_weights[1], alphas.view(-1, 1))
        torch.addcmul(upper.unsqueeze(1), self.upper_weights[2], betas.view(1, -1, 1), out=weights)
        z, weights = z.flatten(0, 1), weights.flatten(0, 1)
        before, start = self.first, self.first.stop
        for depth, layer in enumerate(self.upper, 1):
            a = z if powers is not None and before is self.first else self._activated(before, z)
            weight = weights[:, layer.start - start : layer.bias_start - start].view(count, layer.units, layer.inputs)
            bias = weights[:, layer.bias_start - start : layer.stop - start].unsqueeze(2)
            z = torch.baddbmm(bias, weight, a, out=self._room(depth % 2, count, layer.units, samples))
            before = layer
        found: Floats = _summed(self.sample.passes, z, t).view(len(alphas), len(betas)).numpy()
        return found

    def _room(self, slot: int, *shape: int) -> Tensor:
        """Return memory of a shape that this thread has used before: new memory costs more than what is written to it.

        What was in the slot is lost.
        """
        rooms: dict[Any, Tensor] = self._rooms.__dict__
        size = prod(shape)
        if slot not in rooms or len(rooms[slot]) < size:
            rooms[slot] = torch.empty(size, dtype=self.sample.dtype)
        return rooms[slot][:size].view(shape)

    def _activated(self, layer: DenseLayer, z: Tensor) -> Tensor:
        if self._is_folded(layer):
            return torch.sigmoid_(z)
        place = _IN_PLACE.get(layer.activation)
        if place is not None:
            return place(z)
        return ACTIVATIONS[layer.activation].function(z)  # type: ignore[no-any-return]

    # -- the penalty -------------------------------------------------------------------------------------------------

    def _add_penalty(
        self, loss: Floats, xs: Floats, ys: Floats, columns: Sequence[int], rows: Sequence[int]
    ) -> Slices[None]:
        """Add λ₁·Σ|w| + λ₂·Σw² to the losses at the crossings."""
        keep = weight_mask(self.architecture, torch.float64).numpy() > 0
        vectors = np.stack([vector[keep] for vector in self.vectors])
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


def _summed(passes: Backpropagation, z: Tensor, t: Tensor) -> Tensor:
    """Return the sums (points,) of the losses of samples with z (points, outputs, samples) and t (samples, outputs).

    A softmax along a short last axis takes PyTorch 17 times as long as along one before it (measured, 10 outputs): it
    is taken as the outputs lie here.
    """
    if passes.head is SOFTMAX and passes.loss.from_logits:
        return (z.log_softmax(1) * t.T).sum((1, 2), dtype=torch.float64).neg()
    if passes.loss.tag == "binary_cross_entropy":
        # −t·ln σ(z) − (1 − t)·ln(1 − σ(z)) = ln(1 + e^±z), + where t is 0: one operation in place of nine.
        return torch.nn.functional.softplus(z[:, 0] * (1 - 2 * t[:, 0]), threshold=50.0).sum(1, dtype=torch.float64)
    y = z.softmax(1).transpose(1, 2) if passes.head is SOFTMAX else passes.scored(z.transpose(1, 2))
    return passes.loss.terms(y, t).sum(1, dtype=torch.float64)  # type: ignore[no-any-return]
