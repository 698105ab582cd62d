"""Dropout masks: what they hold, what they share, and what follows from a rate."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.experiment.network import Dense, Dropout
from core.probes.thinned import after_each_hidden, check_rates, draw_masks, with_rate

if TYPE_CHECKING:
    from tests.core.probes.conftest import Bench

LAYERS = (Dense(units=50, id="one"), Dropout(id="drop", rate=0.3), Dense(units=30, id="two"))


def test_masks_hold_nothing_but_0_and_the_inverse_of_the_share_kept(bench: Bench) -> None:
    architecture = bench.scene(LAYERS).architecture
    (masks,) = draw_masks(architecture, [[0.0], [0.25], [0.5]], 400, 1, torch.float64)
    assert masks.shape == (3, 400, 50)
    for mask, scale in zip(masks, (1, 4 / 3, 2), strict=True):
        assert set(mask.flatten().tolist()) <= {0, scale}
    assert bool((masks[0] == 1).all())


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_masks_are_unbiased(bench: Bench, rate: float) -> None:
    """The mean of a mask is 1, its variance p/(1 − p); the tests' bounds are four standard errors."""
    architecture = bench.scene(LAYERS).architecture
    (masks,) = draw_masks(architecture, [[rate]], 4000, 3, torch.float64)
    draws, variance = masks[0].numel(), rate / (1 - rate)
    assert abs(float(masks.mean()) - 1) < 4 * np.sqrt(variance / draws)
    # No neuron is favoured: the means of the single units lie as far from 1 as chance puts them.
    assert float((masks[0].mean(0) - 1).abs().max()) < 4 * np.sqrt(variance / 4000)


def test_higher_rates_switch_off_what_lower_ones_do_and_more(bench: Bench) -> None:
    architecture = after_each_hidden(bench.scene(LAYERS).architecture)
    for masks in draw_masks(architecture, [[rate, rate] for rate in (0.1, 0.3, 0.6)], 100, 0, torch.float32):
        off = (masks == 0).numpy()
        for fewer, more in pairwise(off):
            assert not (fewer & ~more).any()
            assert more.sum() > fewer.sum()


def test_seed_decides(bench: Bench) -> None:
    architecture = bench.scene(LAYERS).architecture
    first, again, other = (draw_masks(architecture, [[0.5]], 20, seed, torch.float32)[0] for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_rate_goes_where_there_is_dropout_or_behind_each_hidden_layer(bench: Bench) -> None:
    own = bench.scene(LAYERS).architecture
    bare = bench.scene((Dense(units=5, id="one"), Dense(units=3, id="two"))).architecture
    assert with_rate(own, None) is own
    assert [(layer.id, layer.rate) for layer in with_rate(own, 0.7).dropouts] == [("drop", 0.7)]
    assert [(layer.id, layer.units, layer.rate) for layer in with_rate(bare, 0.7).dropouts] == [
        ("one", 5, 0.7),
        ("two", 3, 0.7),
    ]
    assert [layer.id for layer in after_each_hidden(own).dropouts] == ["one", "two"]
    assert with_rate(own, 0.7).dense == own.dense


@pytest.mark.parametrize("rate", [-0.1, 0.96, 1.0, float("nan")])
def test_rate_beyond_its_limits_is_refused(rate: float) -> None:
    with pytest.raises(Mistake, match=r"dropout rate: expected a number from 0 to 0\.95, got"):
        check_rates("dropout rate", [0.5, rate])
