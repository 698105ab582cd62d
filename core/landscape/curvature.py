"""How curved the loss is at a row: eigenvalues and trace of its Hessian, from products of the Hessian with vectors.

A product H·v is the derivative of (∂J/∂θ)·v (Pearlmutter 1994, "Fast exact multiplication by the Hessian"): autograd
takes it, in float64, with dropout off. The penalty's part is added by hand: 2λ₂
for weights; L1 is straight wherever it has a derivative.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from core.choices.activations import ACTIVATIONS
from core.choices.losses import Loss
from core.landscape.sample import Sample, Samples
from core.landscape.scene import Probe, Scene, Slices
from core.landscape.values import Ask, Curvature, Floats, Sharpness, frozen
from core.training.events import Row
from core.training.rows import weight_mask

FULL = 200  # weights and biases, up to which the whole Hessian is taken
_PRODUCTS = 30_000_000  # multiplications of a forward pass in one slice; a product takes about six times as many
_TOLERANCE = 1e-3  # of an eigenvalue's own size
_LEAST_PROBES = 10  # random vectors of which a standard error can be told
_BASIS_BYTES = 256 << 20
_DEFAULT = Ask()


def curvature(
    ask: Ask = _DEFAULT, *, most: int = 100, probes: int = 100, sure: float = 0.01, seed: int = 0
) -> Probe[Curvature]:
    """Return the probe of the curvature at a row, on the samples of ``ask`` and with its penalty.

    Up to 200 weights and biases all eigenvalues are taken of the full Hessian. Beyond that the largest and the smallest
    come from Lanczos' method with full orthogonalisation, until both are known to 0.1 % or ``most`` products are spent;
    eigenvalues that lie close together take many, and ``residual`` tells how sure the answer is. The trace comes from
    Hutchinson's method: the mean of vᵀHv over random vectors v of ±1, ``probes`` at the most, until its standard error
    is the share ``sure`` of it. Within the basis that Lanczos' has made the trace is known, so that the random vectors
    stand for the rest alone (Meyer et al. 2021, "Hutch++: Optimal Stochastic Trace Estimation").
    """
    samples = Samples(ask.part, ask.samples)

    def probe(scene: Scene, row: Row) -> Slices[Curvature]:
        sample = yield from samples.of(scene, row.astype(np.float64))
        hessian = Hessian(sample, row, ask)
        if hessian.size <= FULL:
            return (yield from _full(hessian))
        found, basis, inside = yield from lanczos(hessian, _random(hessian.size, seed), most, both_ends=True)
        if np.isnan(found.largest):
            return found
        generator = np.random.default_rng((seed, 1))
        traces: list[float] = []
        trace = error = np.nan
        for _ in range(probes):
            vector = torch.from_numpy(generator.choice([-1.0, 1.0], hessian.size))
            outside = (vector - basis.T @ (basis @ vector)).numpy()
            traces.append(inside + float(np.einsum("p,p", outside, (yield from hessian.times(outside)))))
            trace = float(np.mean(traces))
            if len(traces) >= _LEAST_PROBES:
                error = float(np.std(traces, ddof=1)) / np.sqrt(len(traces))
                if error <= sure * abs(trace):
                    break
        return replace(found, trace=trace, trace_error=error, products=hessian.products)

    return probe


def sharpness(ask: Ask = _DEFAULT, *, most: int = 20, start: Floats | None = None) -> Probe[Sharpness]:
    """Return the probe of the largest eigenvalue alone, for a curve beside the loss.

    start: (P,) the direction of the last answer. While a network trains the sharpest direction turns slowly, so that
    from there a few products do; the probe remembers it from one call to the next by itself.
    """
    samples = Samples(ask.part, ask.samples)
    directions = [] if start is None else [start]

    def probe(scene: Scene, row: Row) -> Slices[Sharpness]:
        sample = yield from samples.of(scene, row.astype(np.float64))
        hessian = Hessian(sample, row, ask)
        begin = _random(hessian.size, 0)
        if directions and directions[0].shape == row.shape:
            # A tenth of it stays random, or a direction that is no longer the sharpest could never be left.
            begin = directions[0] + 0.1 / np.sqrt(hessian.size) * begin
        found, *_ = yield from lanczos(hessian, begin, most, both_ends=False)
        if np.isfinite(found.largest):
            directions[:] = [found.direction]
        return Sharpness(found.largest, found.products, found.residual, found.samples, found.direction)

    return probe


class Hessian:
    """The second derivatives of the mean loss of some samples at a row, as products with vectors."""

    def __init__(self, sample: Sample, row: Row, ask: Ask) -> None:
        self.sample = sample
        self.size = len(row)
        self.theta = torch.tensor(row, dtype=torch.float64, requires_grad=True)
        self.stiffness = 2 * ask.l2 * weight_mask(sample.architecture, torch.float64).numpy()
        self.products = 0
        self._block = max(1, _PRODUCTS // self.size)
        dense = sample.architecture.dense
        self._layers = [(layer, _function(layer.activation)) for layer in dense[:-1]]
        self._layers.append(
            (dense[-1], _function("linear" if sample.passes.loss.from_logits else dense[-1].activation))
        )

    def times(self, vector: Floats) -> Slices[Floats]:
        """Return H·v of a vector (P,); yield after each block of samples."""
        self.products += 1
        v = torch.from_numpy(vector)
        total = np.zeros(self.size)
        for start in range(0, len(self.sample), self._block):
            some = slice(start, start + self._block)
            total += self._times(self.sample.x[some], self.sample.t[some], v)
            yield
        return total / len(self.sample) + self.stiffness * vector

    def _times(self, x: Tensor, t: Tensor, v: Tensor) -> Floats:
        theta = self.theta
        with torch.enable_grad():
            for layer, function in self._layers:
                weight = theta[layer.start : layer.bias_start].view(layer.units, layer.inputs)
                x = function(nn.functional.linear(x, weight, theta[layer.bias_start : layer.stop]))
            loss = _terms(self.sample.passes.loss, x, t).sum()
            (gradient,) = torch.autograd.grad(loss, theta, create_graph=True)
            along = (gradient * v).sum()
            # A loss of straight pieces on a network of straight pieces does not depend on the weights twice.
            if not along.requires_grad:
                return np.zeros(self.size)
            (product,) = torch.autograd.grad(along, theta, allow_unused=True, materialize_grads=True)
        found: Floats = product.numpy()
        return found


def _function(activation: str) -> Callable[[Tensor], Tensor]:
    """Return an activation as PyTorch writes it: its second derivatives are right at 0, too."""
    if activation == "softmax":
        return nn.Softmax(-1)
    name = ACTIVATIONS[activation].torch
    function: Callable[[Tensor], Tensor] = getattr(nn, name)() if name else torch.sin
    return function


def _terms(loss: Loss, y: Tensor, t: Tensor) -> Tensor:
    """Return the loss of each sample by PyTorch's own function where it has one.

    Its second derivatives are right everywhere; those of our formulas are not where |z| has a kink, which in a network
    whose weights are all 0 is everywhere.
    """
    if not loss.torch:
        return loss.terms(y, t)  # type: ignore[no-any-return]
    values: Tensor = getattr(nn, loss.torch)(reduction="none")(y, t)
    return values if values.dim() == 1 else values.mean(-1)


def _random(size: int, seed: int) -> Floats:
    return np.random.default_rng((seed, 0)).standard_normal(size)


def _nothing(hessian: Hessian) -> Curvature:
    """Return the curvature where the loss is no number."""
    nan = float("nan")
    direction = frozen(np.full(hessian.size, nan))
    return Curvature(nan, nan, nan, nan, hessian.products, False, nan, len(hessian.sample), direction)


def _full(hessian: Hessian) -> Slices[Curvature]:
    """Return the curvature from all columns of the Hessian."""
    matrix = np.empty((hessian.size, hessian.size))
    for at in range(hessian.size):
        unit = np.zeros(hessian.size)
        unit[at] = 1
        matrix[at] = yield from hessian.times(unit)
    if not np.isfinite(matrix).all():
        return _nothing(hessian)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return Curvature(
        largest=float(values[-1]),
        smallest=float(values[0]),
        trace=float(np.trace(matrix)),
        trace_error=0.0,
        products=hessian.products,
        exact=True,
        residual=0.0,
        samples=len(hessian.sample),
        direction=frozen(vectors[:, -1].copy()),
    )


class Krylov(NamedTuple):
    """What Lanczos' method leaves: eigenvalues, without a trace; its basis (k, P); the trace of H within the basis."""

    found: Curvature
    basis: Tensor
    inside: float


def lanczos(hessian: Hessian, start: Floats, most: int, *, both_ends: bool) -> Slices[Krylov]:
    """Return the extreme eigenvalues of a Hessian. both_ends: go on until the smallest is known as well as the largest.

    Each product adds a vector to an orthonormal basis in which H is tridiagonal; the ends of that small matrix's
    spectrum near those of H from within. The basis is orthogonalised in full, twice, without which copies of converged
    eigenvalues turn up (Golub and Van Loan, "Matrix Computations", 10.3).
    """
    size = hessian.size
    most = max(1, min(most, size, max(8, _BASIS_BYTES // (8 * size))))
    basis = np.empty((most, size))
    diagonal, beside = np.zeros(most), np.zeros(most)
    vector = start / np.sqrt(np.einsum("p,p", start, start))
    count = 0
    while True:
        basis[count] = vector
        image = yield from hessian.times(vector)
        if not np.isfinite(image).all():
            return Krylov(_nothing(hessian), torch.empty(0, size), np.nan)
        diagonal[count] = np.einsum("p,p", vector, image)
        kept = torch.from_numpy(basis[: count + 1])
        rest = torch.from_numpy(image)
        for _ in range(2):
            rest = rest - kept.T @ (kept @ rest)
        count += 1
        length = float(rest.norm())
        beside[count - 1] = length
        small = np.diag(diagonal[:count]) + np.diag(beside[: count - 1], 1) + np.diag(beside[: count - 1], -1)
        values, turns = np.linalg.eigh(small)
        # How far a value may lie from an eigenvalue of H: what of its vector leaves the basis.
        off = length * np.abs(turns[-1, [0, -1]])
        top = max(abs(values[0]), abs(values[-1]))
        wanted = [(values[-1], off[1]), (values[0], off[0])][: 2 if both_ends else 1]
        known = all(error <= _TOLERANCE * abs(value) for value, error in wanted)
        over = length <= 1e-12 * top or count == most
        if over or (known and count > 1):
            break
        vector = (rest / length).numpy()
        yield
    kept = torch.from_numpy(basis[:count])
    direction = (torch.from_numpy(turns[:, -1].copy()) @ kept).numpy()
    nan = float("nan")
    found = Curvature(
        largest=float(values[-1]),
        smallest=float(values[0]),
        trace=nan,
        trace_error=nan,
        products=hessian.products,
        exact=False,
        residual=float(max(error for _, error in wanted) / top) if top > 0 else 0.0,
        samples=len(hessian.sample),
        direction=frozen(direction / np.sqrt(np.einsum("p,p", direction, direction))),
    )
    return Krylov(found, kept, float(diagonal[:count].sum()))
