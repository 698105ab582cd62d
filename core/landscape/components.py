"""Principal components of the rows of a path."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.landscape.scene import Slices
from core.landscape.values import Floats
from core.training.events import Row

_SLICE_NUMBERS = 1 << 18  # of the rows, that a slice looks at
_SLICE_PRODUCTS = 50_000_000  # of inner products, some milliseconds
_BLOCK = 4  # vectors of the basis that are made at a time
_MOST_BASIS = 96
_EXACT = 1e-10  # of each of the leading two eigenvalues: where its residual is good enough
_MOVES = 1e-12  # of the size of the rows, and of their variance: what is less is rounding


@dataclass(frozen=True, eq=False)
class Components:
    """axes: (number, P) of length 1, at most two; explained: the share of the variance along each; mean: (P,)."""

    mean: Floats
    axes: Floats
    explained: tuple[float, ...]


def components(rows: Sequence[Row]) -> Slices[Components]:
    """Return the leading components of rows (P,), their mean taken off; fewer than two where the rows do not move.

    Of X (k, P) it takes the products of all rows with each other, X·Xᵀ: an eigenvector u of those gives the axis Xᵀ·u.
    Where there are more rows than weights it is the products of weights, XᵀX, whose eigenvectors are the axes. Either
    way the data are gone through once, in float64.
    """
    width = len(rows[0]) if len(rows) else 0
    each = max(1, _SLICE_NUMBERS // max(1, width))
    finite, scale, mean = [], 0.0, np.zeros(width)
    for at, row in enumerate(rows):
        largest = float(np.abs(row).max())
        if np.isfinite(largest):
            finite.append(row)
            scale = max(scale, largest)
            mean += row
        if at % each == 0:
            yield
    if not scale > 0:
        return Components(mean, np.empty((0, width)), ())
    mean /= len(finite)

    by_rows = len(finite) <= width
    size = min(len(finite), width)
    step = max(1, min(_SLICE_NUMBERS // size, _SLICE_PRODUCTS // size**2))

    def piece(start: int) -> Tensor:
        """Return some rows of X, or of Xᵀ where it is multiplied by rows: (step, size), of numbers up to 1."""
        some, columns = (finite, slice(start, start + step)) if by_rows else (finite[start : start + step], slice(None))
        x = np.stack([row[columns] for row in some], dtype=np.float64, casting="same_kind")
        # On a scale of their own, since the squares of very large rows are no numbers any more.
        x = (x - mean[columns]) / scale
        return torch.from_numpy(x.T if by_rows else x)  # to torch, whose threads the caller governs

    products, moved = torch.zeros(size, size, dtype=torch.float64), 0.0
    starts = range(0, max(len(finite), width), step)
    for start in starts:
        x = piece(start)
        products.addmm_(x.T, x)
        moved = max(moved, float(x.abs().max()))
        yield
    if not moved > _MOVES:
        return Components(mean, np.empty((0, width)), ())
    values, vectors = yield from _leading(products)
    variance = float(products.trace())
    shares = tuple(value / variance for value in values.tolist() if value > _MOVES * variance)
    axes = np.empty((len(values), width))
    for start in starts if by_rows else ():
        axes[:, start : start + step] = (piece(start) @ vectors).T.numpy()
        yield
    if not by_rows:
        axes[:] = vectors.T.numpy()
    axes = axes[: len(shares)]
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    if len(axes) > 1:  # rounding has left some of the first axis in a second one that is much smaller
        axes[1] -= np.einsum("p,p", axes[0], axes[1]) * axes[0]
        axes[1] /= np.linalg.norm(axes[1])
    return Components(mean, axes, shares)


def _leading(products: Tensor) -> Slices[tuple[Tensor, Tensor]]:
    """Return the two largest eigenvalues of symmetric products (n, n), the largest first, and vectors (n, 2).

    By a block Krylov method with full orthogonalisation (Golub and Van Loan, "Matrix Computations", 10.3), exact where
    n is no more than the basis may have. A rank of one leaves one.
    """
    size = len(products)
    most = min(size, _MOST_BASIS)
    start = np.random.default_rng(0).standard_normal((size, min(_BLOCK, most)))
    image = products @ torch.from_numpy(start)
    basis = images = products[:, :0]
    while True:
        block = _fresh(basis, image)[:, : most - basis.shape[1]]
        image = products @ block
        basis, images = torch.hstack([basis, block]), torch.hstack([images, image])
        small = basis.T @ images
        values, turns = torch.linalg.eigh((small + small.T) / 2)
        values, turns = values.flip(0)[:2], turns.flip(1)[:, :2]
        residual = torch.linalg.norm(images @ turns - basis @ turns * values, dim=0)
        yield
        if not block.shape[1] or basis.shape[1] >= most or (residual <= _EXACT * values).all():
            return values, basis @ turns


def _fresh(basis: Tensor, block: Tensor) -> Tensor:
    """Return orthonormal vectors for what a block adds to a basis, without those that add nothing."""
    block = block / block.norm(dim=0).clamp(min=1e-300)
    for _ in range(2):  # twice is enough (Kahan)
        block = block - basis @ (basis.T @ block)
    q, r = torch.linalg.qr(block)
    q = q[:, r.diagonal().abs() > 1e-10]
    found: Tensor = torch.linalg.qr(q - basis @ (basis.T @ q))[0]
    return found
