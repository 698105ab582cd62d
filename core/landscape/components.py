"""Principal components of the rows of a path."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core.landscape.values import Floats
from core.training.events import Row

_SLICE_NUMBERS = 1 << 19  # numbers of the rows that a slice looks at
_BLOCK = 4  # vectors of the basis that are made at a time
_MOST_BASIS = 96
_BASIS_BYTES = 256 << 20
_EXACT = 1e-11  # of the largest eigenvalue: where the residual of the leading two is good enough
_MOVES = 1e-12  # of the variance of the rows: an axis with less is rounding


@dataclass(frozen=True, eq=False)
class Components:
    """axes: (number, P) of length 1, at most two; explained: the share of the variance along each; mean: (P,)."""

    mean: Floats
    axes: Floats
    explained: tuple[float, ...]


def components(rows: Sequence[Row]) -> Generator[None, None, Components]:
    """Return the leading components of rows (P,), their mean taken off; fewer than two where the rows do not move.

    By a block Krylov method with full orthogonalisation (Golub and Van Loan, "Matrix Computations", 10.3): it needs
    products with the rows alone, and is exact where there are fewer rows or weights than basis vectors.
    """
    finite = [row for row in rows if np.isfinite(row).all()]
    width = len(rows[0]) if len(rows) else 0
    mean = np.zeros(width)
    if not finite:
        return Components(mean, np.empty((0, width)), ())
    for row in finite:
        mean += row
    mean /= len(finite)
    yield
    # A scale of their own, since the squares of very large rows are no numbers any more.
    scale = max(float(np.abs(row - mean).max()) for row in finite)
    largest = max(float(np.abs(row).max()) for row in finite)
    yield
    if not scale > 1e-12 * largest:
        return Components(mean, np.empty((0, width)), ())

    size = max(1, _SLICE_NUMBERS // width)
    pieces = [finite[start : start + size] for start in range(0, len(finite), size)]

    def centred(piece: Sequence[Row]) -> Floats:
        found: Floats = (np.stack(piece).astype(np.float64) - mean) / scale
        return found

    def spread(vectors: Floats) -> Generator[None, None, Floats]:
        """Return XᵀX·V, (P, vectors)."""
        total = np.zeros_like(vectors)
        for piece in pieces:
            # Through torch, whose threads the caller governs.
            x = torch.from_numpy(centred(piece))
            total += (x.T @ (x @ torch.from_numpy(vectors))).numpy()
            yield
        return total

    variance = 0.0
    for piece in pieces:
        variance += float(np.square(centred(piece)).sum())
        yield
    most = min(len(finite), width, _MOST_BASIS, max(2 * _BLOCK, _BASIS_BYTES // (8 * width)))
    # A product brings random vectors into the space of the rows, of which there may be few.
    block = yield from spread(np.random.default_rng(0).standard_normal((width, min(_BLOCK, most))))
    basis = images = np.empty((width, 0))
    while True:
        block = _fresh(basis, block)[:, : most - basis.shape[1]]
        if block.shape[1]:
            basis, image = np.hstack([basis, block]), (yield from spread(block))
            images = np.hstack([images, image])
        small = basis.T @ images
        values, turns = np.linalg.eigh((small + small.T) / 2)
        leading = turns[:, ::-1][:, :2]
        residual = np.linalg.norm(images @ leading - (basis @ leading) * values[::-1][:2], axis=0)
        yield
        if not block.shape[1] or basis.shape[1] >= most or residual.max() <= _EXACT * values[-1]:
            break
        block = image
    shares = [float(value) / variance for value in values[::-1][:2] if value > _MOVES * variance]
    axes = (basis @ leading).T[: len(shares)]
    return Components(mean, axes / np.linalg.norm(axes, axis=1, keepdims=True), tuple(shares))


def _fresh(basis: Floats, block: Floats) -> Floats:
    """Return orthonormal vectors for what a block adds to a basis, without those that add nothing."""
    block = block / np.maximum(np.linalg.norm(block, axis=0), 1e-300)
    for _ in range(2):  # twice is enough (Kahan)
        block = block - basis @ (basis.T @ block)
    q, r = np.linalg.qr(block)
    q = q[:, np.abs(np.diag(r)) > 1e-10]
    q = q - basis @ (basis.T @ q)
    found: Floats = np.linalg.qr(q)[0] if q.shape[1] else q
    return found
