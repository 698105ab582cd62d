"""How weights and activations are distributed in each layer, and which neurons are dead or saturated."""

import math
from collections import defaultdict
from functools import cache

import numpy as np
import torch
from torch import Tensor

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.experiment.architecture import Architecture, DenseLayer
from core.probes.forward import array, matrix, pieces, read_only, slice_size
from core.probes.layer_pictures import DistributionsPicture, Histogram, LayerDistribution
from core.probes.look import bounds
from core.probes.pictures import PartName
from core.probes.samples import FixedSamples
from core.probes.scene import Probe, Scene, Slices
from core.training.backpropagation import Backpropagation
from core.training.events import Row
from core.training.rows import views

_NUMBERS = 200_000  # sorted into bins in one slice
_REACH = 3  # root mean squares that bins reach to at least
_IDLE = 8  # how much too far bins may reach before they are drawn in
_FLAT = 0.1  # of an activation's steepest slope: below it a neuron is saturated


def distributions(bins: int = 64, most: int = 512, part: PartName = "train") -> Probe[DistributionsPicture]:
    """Return the probe of one row (P,) or of several (K, P): weights and activations of each layer, dropout off.

    All rows share the bins. Activations with bounds have bins between these; the others, and weights, have them up to
    a power of 2, which is at least three root mean squares of the row where that is largest. It grows when that is
    needed and shrinks when it is eight times too large, so bins rest while a network learns. most: samples of the part.
    """
    fixed = FixedSamples(most, part)
    reaches: defaultdict[tuple[str, str], _Reach] = defaultdict(_Reach)

    def probe(scene: Scene, row: Row) -> Slices[DistributionsPicture]:
        theta, architecture = matrix(row), scene.architecture
        rows = len(theta)
        samples = yield from fixed.of(scene, theta.dtype)
        weights = []
        for layer in architecture.dense:
            values = theta[:, layer.start : layer.bias_start]
            high = reaches[layer.id, "weights"].take(_root_mean_square(values))
            sorted_in = _Bins(rows, -high, high, bins)
            for piece in pieces(values, _NUMBERS // rows, 1):
                sorted_in.add(piece)
                yield
            weights.append(sorted_in.histogram())
        outputs: list[_Outputs] = []
        passes, network = Backpropagation(architecture), views(theta, architecture)
        off = [torch.ones(1, dtype=theta.dtype)] * len(architecture.dropouts)
        size = slice_size(architecture, rows)
        for start in range(0, len(samples), size):
            x, _ = samples.between(start, start + size)
            z, tape = passes.forward(network, x.expand(rows, *x.shape), off)
            found = [(z, a) for inputs, z, a in tape if inputs is not None]
            found[-1] = (z, passes.head.function(z))
            yield
            if not outputs:
                for layer, (_, a) in zip(architecture.dense, found, strict=True):
                    ends = _ends(layer.activation, reaches[layer.id, layer.activation], a)
                    outputs.append(_Outputs(architecture, layer, _Bins(rows, *ends, bins)))
            for one, both in zip(outputs, found, strict=True):
                one.add(*both)
                yield
        layers = tuple(one.picture(histogram) for one, histogram in zip(outputs, weights, strict=True))
        return DistributionsPicture(layers, part, len(samples))

    return probe


class _Reach:
    """How far bins reach, from frame to frame."""

    def __init__(self) -> None:
        self.value = 0.0

    def take(self, spread: float) -> float:
        """Return how far bins reach for values of this root mean square."""
        need = _REACH * spread
        if not 1e-30 < need < 1e30:
            return self.value or 1.0
        if not self.value / _IDLE <= need <= self.value:
            self.value = 2.0 ** math.ceil(math.log2(need))
        return self.value


def _root_mean_square(values: Tensor) -> float:
    """Return the largest root mean square of a row's values (K, …), of rows that are finite; 0 if there are none."""
    found = torch.linalg.vector_norm(values.flatten(1), dim=1, dtype=torch.float64)
    found = found[found.isfinite()]
    return float(found.max()) / math.sqrt(values[0].numel()) if len(found) else 0.0


def _ends(activation: str, reach: _Reach, a: Tensor) -> tuple[float, float]:
    """Return the ends of an activation's bins."""
    ends = bounds(activation)
    if ends is not None:
        return ends
    high = reach.take(_root_mean_square(a))
    return (0.0 if _never_negative(activation) else -high), high


class _Bins:
    """Counts the values of K rows in bins between two ends."""

    def __init__(self, rows: int, low: float, high: float, bins: int) -> None:
        self.low, self.high, self.bins = low, high, bins
        self.counts = torch.zeros((rows, bins + 1), dtype=torch.int64)  # the last one: of what lies outside
        self.not_a_number = torch.zeros(rows, dtype=torch.int64)

    def add(self, values: Tensor) -> None:
        """Add values (K, …)."""
        # Ends and width are powers of 2 mostly: in float64 a value then falls where it belongs, to the last bit.
        wide = values.flatten(1).double()
        place = ((wide - self.low) * (self.bins / (self.high - self.low))).clamp_(max=self.bins - 1)
        inside = (wide >= self.low) & (wide <= self.high)
        place = place.masked_fill_(~inside, self.bins).long()
        place += torch.arange(len(wide))[:, None] * (self.bins + 1)
        self.counts += place.flatten().bincount(minlength=self.counts.numel()).view_as(self.counts)
        self.not_a_number += wide.isnan().sum(1)

    def histogram(self) -> Histogram:
        """Return what has been counted so far."""
        edges = read_only(np.linspace(self.low, self.high, self.bins + 1))
        counts, outside = self.counts[:, :-1].contiguous(), self.counts[:, -1] - self.not_a_number
        return Histogram(edges, *(read_only(found.numpy()) for found in (counts, outside, self.not_a_number)))


class _Outputs:
    """What a layer's outputs are, slice by slice."""

    def __init__(self, architecture: Architecture, layer: DenseLayer, found: _Bins) -> None:
        self.layer = layer
        self.activation = OUTPUT_ACTIVATIONS[layer.activation]
        self.bins = found
        rows = len(found.counts)
        scored = layer is architecture.dense[-1] and architecture.loss.from_logits
        self.dead = torch.ones((rows, layer.units), dtype=torch.bool) if _dies(layer.activation) else None
        saturates = _saturates(layer.activation) and not scored
        self.saturated = torch.zeros(rows, dtype=torch.float64) if saturates else None
        self.seen = 0

    def add(self, z: Tensor, a: Tensor) -> None:
        """Add weighted sums and outputs (K, n, units)."""
        self.bins.add(a)
        self.seen += a[0].numel()
        if self.dead is not None:
            self.dead &= (a == 0).all(1)
        if self.saturated is not None:
            slope = self.activation.backward(torch.ones_like(z), z, a)
            flat = (slope < _FLAT * _steepest(self.layer.activation)).double().masked_fill_(slope.isnan(), torch.nan)
            self.saturated += flat.sum((1, 2))

    def picture(self, weights: Histogram) -> LayerDistribution:
        dead = None if self.dead is None else read_only(self.dead.numpy())
        saturated = None if self.saturated is None else array(self.saturated / self.seen)
        return LayerDistribution(self.layer.id, weights, self.bins.histogram(), dead, saturated)


def _curve(activation: str, low: float = -50, high: float = 50) -> tuple[Tensor, Tensor]:
    """Return z (n,) and g(z) (n,) of an activation of single neurons."""
    z = torch.linspace(low, high, 2001, dtype=torch.float64)
    return z, OUTPUT_ACTIVATIONS[activation].function(z)


@cache
def _never_negative(activation: str) -> bool:
    return bool((_curve(activation)[1] >= 0).all())


@cache
def _dies(activation: str) -> bool:
    """Tell whether an activation is 0, and so flat, wherever z is below 0."""
    return activation != "softmax" and not _curve(activation, high=0)[1].any()


@cache
def _saturates(activation: str) -> bool:
    """Tell whether an activation comes to rest at its bounds far from 0 on both sides."""
    _, ends = _curve(activation, -1e4, 1e4)
    return activation != "softmax" and (float(ends[0]), float(ends[-1])) == bounds(activation)


@cache
def _steepest(activation: str) -> float:
    z, a = _curve(activation)
    return float(OUTPUT_ACTIVATIONS[activation].backward(torch.ones_like(z), z, a).max())
