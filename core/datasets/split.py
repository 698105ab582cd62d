"""The split: which samples train, which validate and which test."""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def split(
    labels: NDArray[np.generic], validation: float, test: float, seed: int, stratified: bool
) -> tuple[Indices, Indices, Indices]:
    """Return the places of the training, validation and test samples, each part in a random order.

    labels: (n,), n ≥ 1; class indices if the split is stratified: then every part gets, of every class, its share
    rounded up or down. validation, test: shares, less than 1 together. Any part but training may be empty.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    grouped = order
    sizes = np.array([len(labels)])
    if stratified:
        grouped = order[np.argsort(labels[order], kind="stable")]
        sizes = np.unique(labels, return_counts=True)[1]
    counts = _counts(sizes, validation, test)
    part = np.empty(len(labels), np.int8)
    part[grouped] = np.repeat(np.tile(np.arange(3), len(sizes)), counts.ravel())
    training, held, tested = (order[part[order] == i] for i in range(3))
    return training, held, tested


def _counts(sizes: Indices, validation: float, test: float) -> Indices:
    """Return (classes, 3): how many samples of each class train, validate and test."""
    samples = int(sizes.sum())
    totals = np.array([0, round(validation * samples), round(test * samples)])
    while totals[1:].sum() >= samples:
        totals[1:][totals[1:].argmax()] -= 1
    totals[0] = samples - totals.sum()

    counts = np.floor(sizes[:, None] * np.array([1 - validation - test, validation, test])).astype(np.int64)
    short = sizes - counts.sum(axis=1)  # 0, 1 or 2 of each class are still without a part
    # Give them to the parts that lack most, one each at the most; classes with two to give come first. If there is a
    # way to reach the totals, this one does (Gale and Ryser 1957).
    for row in np.argsort(-short, kind="stable"):
        lacking = np.argsort(counts.sum(axis=0) - totals, kind="stable")
        counts[row, lacking[: short[row]]] += 1
    if not counts[:, 0].any():
        # Shares that round to nothing must not leave training without a sample.
        row, other = np.unravel_index(counts[:, 1:].argmax(), (len(counts), 2))
        counts[row, other + 1] -= 1
        counts[row, 0] += 1
    return counts
