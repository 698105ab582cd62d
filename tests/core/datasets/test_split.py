"""The split: nothing lost, nothing twice, shares kept."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.datasets.split import split

SHARE = st.one_of(st.sampled_from([0.0, 0.1, 0.2, 0.25, 0.3, 0.45, 0.5]), st.floats(0, 0.9))
LABELS = st.integers(1, 12).flatmap(lambda classes: st.lists(st.integers(0, classes - 1), min_size=1, max_size=200))


@given(labels=LABELS, validation=SHARE, test=SHARE, seed=st.integers(0, 999_999_999), stratified=st.booleans())
@example(labels=[0], validation=0.9, test=0.05, seed=0, stratified=True)
@example(labels=[0, 1], validation=0.45, test=0.5, seed=0, stratified=True)
@example(labels=[0] * 3 + [1] * 3, validation=0.475, test=0.475, seed=0, stratified=True)
@example(labels=list(range(200)), validation=0.9, test=0.05, seed=0, stratified=True)
def test_split(labels: list[int], validation: float, test: float, seed: int, stratified: bool) -> None:
    assume(validation + test <= 0.95)
    array = np.array(labels)
    parts = split(array, validation, test, seed, stratified)

    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    assert len(parts[0]) >= 1
    for part, share in zip(parts[1:], (validation, test), strict=True):
        # An empty share is an empty part; else a part is what rounding gives, but for a sample that training needs.
        assert abs(len(part) - share * len(labels)) <= 1.5
        assert share > 0 or not len(part)
    if stratified:
        for label in set(labels):
            have = labels.count(label)
            for part, share in zip(parts, (1 - validation - test, validation, test), strict=True):
                assert abs(int((array[part] == label).sum()) - share * have) <= 1 + 1e-9
    for part, again in zip(parts, split(array, validation, test, seed, stratified), strict=True):
        assert (part == again).all()


def test_sizes_are_the_shares() -> None:
    labels = np.repeat(np.arange(10), 100)
    assert [len(part) for part in split(labels, 0.2, 0.1, 0, True)] == [700, 200, 100]
    assert [len(part) for part in split(labels, 0.2, 0.1, 0, False)] == [700, 200, 100]
    assert [len(part) for part in split(labels, 0, 0, 0, True)] == [1000, 0, 0]


def test_another_seed_splits_otherwise() -> None:
    labels = np.repeat([0, 1], 50)
    first, second = (split(labels, 0.2, 0.2, seed, True)[1] for seed in (0, 1))
    assert sorted(first) != sorted(second)


def test_the_order_does_not_go_by_class() -> None:
    labels = np.repeat([0, 1], 500)
    for part in split(labels, 0.2, 0.2, 0, True):
        changes = int((np.diff(labels[part]) != 0).sum())
        assert changes == pytest.approx(len(part) / 2, rel=0.25)


@pytest.mark.parametrize("samples", [1, 2, 3, 10])
def test_something_is_left_to_train_on(samples: int) -> None:
    for stratified in (True, False):
        training, _, _ = split(np.arange(samples), 0.475, 0.475, 0, stratified)
        assert len(training) >= 1
