"""Batches and dropout masks: every sample once an epoch, masks of the right share, whatever the blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from core.choices.datasets import Facts
from core.datasets.samples import Dataset, Part, Preparation
from core.experiment.network import Dense, Dropout
from core.training.batches import CHUNK, Batches, Masks, Samples, plan
from core.training.rows import generator

if TYPE_CHECKING:
    from core.experiment.architecture import Architecture
    from tests.core.training.conftest import Lab


@given(
    samples=st.integers(1, 20_000),
    batch=st.one_of(st.integers(1, 300), st.integers(1, 20_000)),
    piece_bytes=st.sampled_from([4, 800, 10_000, 10_000_000]),
)
def test_a_plan_holds_every_sample_once_in_batches_of_the_size_asked_for(
    samples: int, batch: int, piece_bytes: int
) -> None:
    blocks = plan(samples, batch, piece_bytes)
    place, batches, open_batch = 0, [], 0
    for block in blocks:
        assert block.start == place
        assert 0 < block.size <= CHUNK
        assert block.count == 1 or (block.first and block.last)
        place += block.size * block.count
        if block.first and block.last:
            assert block.batch == block.size
            batches += [block.size] * block.count
            assert open_batch == 0
            continue
        assert block.first == (open_batch == 0)
        open_batch += block.size
        if block.last:
            assert block.batch == open_batch
            batches.append(open_batch)
            open_batch = 0
    assert place == samples
    assert open_batch == 0
    whole, rest = divmod(samples, batch)
    assert batches == [batch] * whole + [rest] * (rest > 0)


def numbered(lab: Lab, samples: int) -> tuple[Samples, Architecture]:
    """Return samples whose only input is their own number."""
    part = Part(np.arange(samples, dtype=np.float64)[:, None], np.arange(samples, dtype=np.float64))
    empty = Part(part.raw[:0], part.labels[:0])
    dataset = Dataset(Facts((1,), (), samples), Preparation(), part, empty, empty)
    built = lab.built(lab.run((), loss="mean_squared_error"), dataset)
    return Samples(part, Preparation(), built, "cpu", torch.float64), built


def no_masks(runs: int) -> Masks:
    return Masks([], [[] for _ in range(runs)], [generator(0, "masks")] * runs)


def order_of(batches: Batches, runs: int) -> list[list[int]]:
    """Return the numbers of the samples in the order of one epoch, of each run."""
    seen: list[list[int]] = [[] for _ in range(runs)]
    for gathered in batches.epoch():
        for x, t in zip(gathered.x, gathered.t, strict=True):
            assert x.shape == t.shape == (runs, gathered.block.size, 1)
            assert x.equal(t)
            for run in range(runs):
                seen[run] += x[run, :, 0].int().tolist()
    return seen


@pytest.mark.parametrize("batch", [1, 7, 64, 99, CHUNK, CHUNK + 1, 3000])
def test_an_epoch_visits_every_sample_once_in_an_order_of_each_run(batch: int, lab: Lab) -> None:
    count = CHUNK + 105 if batch > 99 else 200
    samples, _ = numbered(lab, count)
    batches = Batches(samples, batch, [generator(seed, "order") for seed in (5, 6, 5)], no_masks(3))
    first, second = order_of(batches, 3), order_of(batches, 3)
    for order in first + second:
        assert sorted(order) == list(range(count))
    assert first[0] == first[2] != first[1]
    assert first[0] != second[0]
    assert first[0] != list(range(count))
    # The order is that of a fresh permutation of the run's own generator.
    draws = torch.Generator().manual_seed(3 * 5 + 1)
    assert [torch.randperm(count, generator=draws).tolist() for _ in range(2)] == [first[0], second[0]]


def test_the_short_last_batch_is_used_with_its_own_mean(lab: Lab) -> None:
    samples, _ = numbered(lab, 23)
    batches = Batches(samples, 5, [generator(0, "order")], no_masks(1))
    assert batches.steps == 5
    assert [(block.size, block.count, block.batch) for block in batches.blocks] == [(5, 4, 5), (3, 1, 3)]


def test_streams_of_one_run_and_of_different_runs_differ() -> None:
    drawn = {
        tuple(torch.rand(4, generator=generator(seed, stream)).tolist())
        for seed in (0, 1, 2, 3, 1000, 999_999_999)
        for stream in ("start", "order", "masks")
    }
    assert len(drawn) == 18


# -- masks ---------------------------------------------------------------------------------------------------------


def masks_of(units: list[int], rates: list[list[float]], size: int, count: int, seed: int = 0) -> list[list[Tensor]]:
    """Return the masks (pieces) of (layers) of (K, size, units)."""
    masks = Masks(units, rates, [generator(seed + run, "masks") for run in range(len(rates))])
    return [list(piece) for piece in masks.scaled(masks.draw(size, count), size, torch.float64)]


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.25, 0.3, 0.5, 0.8, 0.95])
def test_masks_keep_the_share_and_the_mean_is_exactly_one(rate: float) -> None:
    ((mask,),) = masks_of([50], [[rate]], 8000, 1)
    share = round((1 - rate) * 65536) / 65536
    assert set(mask.flatten().tolist()) == {0.0, 1 / share}
    assert share == pytest.approx(1 - rate, abs=1e-5)
    kept = (mask > 0).double().mean().item()
    n = mask.numel()
    assert abs(kept - share) < 4 * (share * (1 - share) / n) ** 0.5
    assert share * (1 / share) == 1  # the mean of a mask over all 65536 numbers
    # By unit and by sample too, and neighbours know nothing of each other.
    spread = (share * (1 - share)) ** 0.5
    assert ((mask > 0).double().mean(1) - share).abs().max() < 5 * spread / 8000**0.5
    on = ((mask > 0).double() - share) / spread
    for one, other in ((on[..., 1:], on[..., :-1]), (on[:, 1:], on[:, :-1]), (on[..., 4:], on[..., :-4])):
        assert (one * other).mean().abs() < 4.5 / n**0.5


def test_all_65536_numbers_are_judged_rightly() -> None:
    numbers = torch.arange(-32768, 32768, dtype=torch.int64).to(torch.int16)
    for rate in (0.0, 1e-6, 1 / 65536, 0.25, 0.5, 0.95):
        masks = Masks([65536], [[rate]], [generator(0, "masks")])
        ((mask,),) = masks.scaled([numbers.unsqueeze(0)], 1, torch.float64)
        assert mask.mean().item() == pytest.approx(1, abs=1e-14)
        assert (mask > 0).sum().item() == round((1 - rate) * 65536)


def test_a_rate_of_zero_is_the_identity_bit_for_bit(lab: Lab) -> None:
    for mask in masks_of([7, 3], [[0.0, 0.0], [0.0, 0.5]], 40, 3):
        assert mask[0].equal(torch.ones(2, 40, 7, dtype=torch.float64))
        assert mask[1][0].equal(torch.ones(40, 3, dtype=torch.float64))
        assert not mask[1][1].all()
    dataset = lab.dataset("binary")
    dense = Dense(id="a", units=5)
    rows = [
        lab.rows(lab.job([lab.run(layers, batch_size=5, epochs=4)], dataset, dtype=torch.float32))[0]
        for layers in ((dense,), (dense, Dropout(id="b", rate=0.0)), (Dropout(id="b", rate=0.0), dense))
    ]
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[0], rows[2])


def test_rates_and_numbers_differ_by_run_and_layer() -> None:
    pieces = masks_of([30, 30], [[0.2, 0.6], [0.6, 0.2], [0.2, 0.6]], 500, 1)
    first, second = pieces[0]
    kept = [[(layer[run] > 0).double().mean().item() for layer in (first, second)] for run in range(3)]
    for found, wanted in zip(kept, [[0.8, 0.4], [0.4, 0.8], [0.8, 0.4]], strict=True):
        assert found == pytest.approx(wanted, abs=0.02)
    assert not first[0].equal(first[2])  # the same rate under another seed
    ((first, second),) = masks_of([30, 30], [[0.5, 0.5]], 500, 1)
    agree = (first == second).double().mean().item()
    assert agree == pytest.approx(0.5, abs=0.02)  # the numbers of another layer are others


@given(
    units=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    size=st.integers(1, 13),
    cuts=st.lists(st.integers(1, 5), min_size=1, max_size=5),
)
def test_masks_are_the_same_however_pieces_are_blocked(units: list[int], size: int, cuts: list[int]) -> None:
    rates = [[0.4] * len(units), [0.1] * len(units)]

    def drawn(counts: list[int]) -> list[tuple[Tensor, ...]]:
        masks = Masks(units, rates, [generator(seed, "masks") for seed in (1, 2)])
        return [piece for n in counts for piece in masks.scaled(masks.draw(size, n), size, torch.float32)]

    for one, other in zip(drawn(cuts), drawn([sum(cuts)]), strict=True):
        for mine, theirs in zip(one, other, strict=True):
            assert mine.equal(theirs)


def test_other_runs_beside_it_do_not_change_the_masks_of_a_run() -> None:
    alone = masks_of([6, 4], [[0.3, 0.5]], 11, 3, seed=4)
    beside = masks_of([6, 4], [[0.3, 0.5], [0.9, 0.0], [0.2, 0.2]], 11, 3, seed=4)
    for one, other in zip(alone, beside, strict=True):
        for mine, theirs in zip(one, other, strict=True):
            assert mine[0].equal(theirs[0])


# -- samples -------------------------------------------------------------------------------------------------------


def images(lab: Lab, standardized: bool) -> tuple[Part, Preparation, Any]:
    draws = np.random.default_rng(0)
    part = Part(draws.integers(0, 256, (50, 4, 3), dtype=np.uint8), draws.integers(0, 3, 50))
    prepared = part.raw.reshape(50, 12).astype(np.float32) * np.float32(1 / 255)
    shift = (prepared.mean(0), prepared.std(0)) if standardized else (None, None)
    preparation = Preparation(scale=1 / 255, mean=shift[0], deviation=shift[1])
    dataset = Dataset(Facts((4, 3), ("a", "b", "c"), 50, image=True), preparation, part, part, part)
    return part, preparation, lab.built(lab.run((), loss="cross_entropy"), dataset)


@pytest.mark.parametrize("standardized", [False, True])
def test_images_stay_bytes_and_are_prepared_to_the_last_bit_as_on_the_outside(standardized: bool, lab: Lab) -> None:
    part, preparation, built = images(lab, standardized)
    samples = Samples(part, preparation, built, "cpu", torch.float32)
    assert samples.x.dtype == torch.uint8
    wanted = torch.tensor(preparation.apply(part.raw.reshape(50, 12)))
    index = torch.tensor([3, 3, 0, 49, 17])
    for _ in range(2):  # nothing is scaled in place
        x, t = samples.at(index)
        assert x.equal(wanted[index])
        assert t.equal(torch.nn.functional.one_hot(torch.tensor(part.labels), 3).float()[index])
        assert samples.between(5, 9)[0].equal(wanted[5:9])


@pytest.mark.parametrize(
    ("task", "loss", "wanted"),
    [
        ("binary", "binary_cross_entropy", [[0], [1], [1]]),
        ("binary", "hinge", [[-1], [1], [1]]),
        ("binary", "huber", [[-1], [1], [1]]),
        ("binary", "cross_entropy", [[1, 0], [0, 1], [0, 1]]),
        ("classes", "cross_entropy", [[1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ("classes", "hinge", [[1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ("regression", "mean_absolute_error", [[0.25], [-3.5], [1e6]]),
    ],
)
def test_targets_are_those_of_the_output_layer(task: str, loss: str, wanted: list[list[float]], lab: Lab) -> None:
    labels = {"binary": [0, 1, 1], "classes": [0, 2, 1], "regression": [0.25, -3.5, 1e6]}[task]
    classes = {"binary": ("a", "b"), "classes": ("a", "b", "c"), "regression": ()}[task]
    part = Part(np.zeros((3, 2)), np.array(labels))
    dataset = Dataset(Facts((2,), classes, 3), Preparation(), part, part, part)
    built = lab.built(lab.run((), loss=loss), dataset)
    samples = Samples(part, Preparation(), built, "cpu", torch.float32)
    assert samples.t.tolist() == wanted
    assert samples.t.dtype == torch.float32


def test_the_sample_of_a_large_part_is_always_the_same_and_spread_evenly(lab: Lab) -> None:
    samples, _ = numbered(lab, 10_000)
    picked = samples.sample(CHUNK)
    numbers = picked.x[:, 0].int()
    assert len(picked) == CHUNK
    assert numbers.tolist() == [i * 10_000 // CHUNK for i in range(CHUNK)]
    assert picked.t.equal(picked.x)
    assert samples.sample(CHUNK).x.equal(picked.x)
    assert len(samples) == 10_000
    assert samples.sample(10_000) is samples
