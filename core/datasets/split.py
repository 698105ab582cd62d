"""The split: which samples train, which validate and which test."""

import numpy as np
from numpy.typing import NDArray

from core.experiment.parts import ROUNDING, part_totals

Indices = NDArray[np.int64]


def split(
    labels: NDArray[np.generic], validation: float, test: float, seed: int, stratified: bool
) -> tuple[Indices, Indices, Indices]:
    """Return the places of the training, validation and test samples, each part in a random order.

    labels: (n,), n ≥ 1; class indices if the split is stratified: then every part gets, of every class, its share
    rounded up or down. validation, test: shares, less than 1 together. Any part but training may be empty.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    grouped, sizes = order, np.array([len(labels)])
    if stratified:
        grouped = order[np.argsort(labels[order], kind="stable")]
        sizes = np.unique(labels, return_counts=True)[1]
    counts = _counts(sizes, validation, test)
    part = np.empty(len(labels), np.int8)
    part[grouped] = np.repeat(np.tile(np.arange(3, dtype=np.int8), len(sizes)), counts.ravel())
    training, validating, testing = (order[part[order] == i] for i in range(3))
    return training, validating, testing


def _counts(sizes: Indices, validation: float, test: float) -> Indices:
    """Return (classes, 3): how many samples of each class train, validate and test."""
    totals = np.array(part_totals(int(sizes.sum()), validation, test))
    shares = sizes[:, None] * np.array([1 - validation - test, validation, test])
    counts: Indices = np.floor(shares + ROUNDING).astype(np.int64)
    over = sizes - counts.sum(axis=1)  # 0, 1 or 2 of each class are left over
    lacking = totals - counts.sum(axis=0)
    # Each class gives what it has left over to the parts that lack most, one each; those with two to give come first.
    # If the totals can be reached, they are reached so (Gale and Ryser 1957).
    for row in np.argsort(-over, kind="stable"):
        parts = np.argsort(-lacking, kind="stable")[: over[row]]
        counts[row, parts] += 1
        lacking[parts] -= 1
    return counts
