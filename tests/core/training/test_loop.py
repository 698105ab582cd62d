"""train() as a generator: one next() a step, no mode left behind, the same numbers from the same seed."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.choices.initializers import Given
from core.choices.optimizers import Adam
from core.experiment.network import Dense, Dropout, Output
from core.experiment.variants import Origin, Start
from core.training.batches import CHUNK
from core.training.events import Begun, Ended, EpochDone, Events, Stop
from core.training.loop import train

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.core.training.conftest import Lab

LAYERS = (Dense(id="a", units=4), Dropout(id="b", rate=0.3))


@pytest.mark.parametrize(("batch", "steps"), [(1, 23), (5, 5), (22, 2), (23, 1), (1000, 1), ("all", 1)])
def test_one_next_is_one_step(batch: Any, steps: int, lab: Lab) -> None:
    story = lab.drive(lab.job([lab.run(LAYERS, batch_size=batch, epochs=3)], lab.dataset("binary")))
    assert story.begun[0].steps_per_epoch == steps
    assert story.calls == 1 + 1 + 3 * steps  # it begins, it measures the start weights, it trains
    assert [(epoch.epoch, epoch.step) for epoch in story.epochs()] == [(n, n * steps) for n in range(4)]


def test_what_an_epoch_brings_rides_on_its_last_step(lab: Lab) -> None:
    work = train(lab.job([lab.run(LAYERS, batch_size=5, epochs=2)], lab.dataset("binary")))
    kinds = [[type(event) for event in events] for events in work]
    assert kinds == [[Begun], [EpochDone], [], [], [], [], [EpochDone], [], [], [], [], [EpochDone, Ended]]


def test_each_epoch_tells_the_seconds_of_work_up_to_it(lab: Lab) -> None:
    story = lab.drive(lab.job([lab.run(LAYERS, batch_size=5, epochs=4)], lab.dataset("binary")))
    seconds = [epoch.seconds for epoch in story.epochs()]
    assert seconds[0] > 0
    assert seconds == sorted(set(seconds))
    assert seconds[-1] <= story.ended[0].seconds


def test_each_matrix_takes_its_own_steps(lab: Lab) -> None:
    runs = [lab.run(LAYERS, batch_size=batch, epochs=epochs) for batch, epochs in ((5, 2), (5, 4), (8, 3))]
    story = lab.drive(lab.job(runs, lab.dataset("binary")))
    assert story.calls == 1 + 2 + 4 * 5 + 3 * 3


def test_one_next_is_one_chunk_of_a_large_evaluation_or_batch(lab: Lab) -> None:
    sizes = (2 * CHUNK + 5, CHUNK + 1, 3 * CHUNK)
    run = lab.run((), loss="mean_squared_error", batch_size="all", epochs=2)
    story = lab.drive(lab.job([run], lab.dataset("regression", sizes=sizes)))
    evaluation = 1  # the sample of the training part is one chunk, the validation part one and a bit
    end = 2 + 1 + 2  # further chunks of all three parts
    assert story.calls == 1 + (1 + evaluation) + 2 * (3 + evaluation) + end
    assert story.ended[0].step == 2


def test_an_experiment_without_validation_and_test_part_has_no_metrics_of_them(lab: Lab) -> None:
    from core.experiment.data import Data

    run = lab.run(LAYERS, data=Data(validation=0), epochs=3)
    story = lab.drive(lab.job([run], lab.dataset("binary", sizes=(20, 0, 0))))
    metrics = story.ended[0].metrics
    assert metrics.validation_loss is metrics.validation_accuracy is metrics.test_loss is metrics.test_accuracy is None
    assert metrics.train_loss is not None
    losses = [epoch.metrics.train_loss or 0.0 for epoch in story.epochs()]
    assert story.ended[0].best_epoch == 1 + int(np.argmin(losses[1:]))


def modes() -> tuple[bool, bool, int, torch.dtype]:
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
    )


def interleaved(lab: Lab, check: Any) -> list[list[Any]]:
    """Drive two trainings in turn, and check after each next(); return the last rows of both."""
    dataset = lab.dataset("binary")
    jobs = [
        lab.job([lab.run(LAYERS, batch_size=batch, epochs=2, optimizer=Adam()) for _ in range(2)], dataset)
        for batch in (5, 8)
    ]
    rows: list[list[Any]] = [[], []]
    for pair in zip_longest(*(train(job) for job in jobs)):
        check()
        for at, events in enumerate(pair):
            rows[at] += [event.last_row for event in events or () if isinstance(event, Ended)]
    check()
    return rows


def test_two_trainings_in_turn_leave_no_mode_behind_and_do_not_disturb_each_other(lab: Lab) -> None:
    before = modes()

    def check() -> None:
        assert modes()[:2] == before[:2]
        assert torch.ones(1, requires_grad=True).mul(2).requires_grad

    rows = interleaved(lab, check)
    assert modes() == before
    dataset = lab.dataset("binary")
    for found, batch in zip(rows, (5, 8), strict=True):
        alone = lab.rows(
            lab.job([lab.run(LAYERS, batch_size=batch, epochs=2, optimizer=Adam()) for _ in range(2)], dataset)
        )
        np.testing.assert_array_equal(found, alone)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_the_mode_of_the_caller_is_left_as_it_is(mode: Any, lab: Lab) -> None:
    outside = modes()
    usual = interleaved(lab, lambda: None)
    with mode():
        inside = modes()

        def check() -> None:
            assert modes()[:2] == inside[:2]

        rows = interleaved(lab, check)
    assert modes() == outside
    np.testing.assert_array_equal(rows, usual)


def test_the_number_of_threads_is_that_of_the_caller_at_any_time(lab: Lab) -> None:
    before = torch.get_num_threads()
    dataset = lab.dataset("binary")
    first, second = (train(lab.job([lab.run(LAYERS, batch_size=5, epochs=n)], dataset)) for n in (3, 4))
    try:
        for threads in (3, 2):
            torch.set_num_threads(threads)
            for _ in range(4):
                next(first)
                assert torch.get_num_threads() == threads
        for work in (second, first, second):  # the second begins in the midst of the first, and ends after it
            for _ in range(8):
                next(work, None)
                assert torch.get_num_threads() == 2
        second.close()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_a_training_that_is_closed_leaves_no_mode_behind(calls: int, lab: Lab) -> None:
    before = modes()
    work = train(lab.job([lab.run(LAYERS, epochs=2)], lab.dataset("binary")))
    for _ in range(calls):
        next(work)
    work.close()
    assert modes() == before


def test_a_mode_that_the_caller_switches_between_two_next_is_its_own(lab: Lab) -> None:
    work = train(lab.job([lab.run(LAYERS, epochs=1, batch_size=5)], lab.dataset("binary")))
    next(work)
    for events in work:
        assert isinstance(events, tuple)
        torch.set_grad_enabled(not torch.is_grad_enabled())
        wanted = torch.is_grad_enabled()
        next(work, None)
        assert torch.is_grad_enabled() == wanted
    torch.set_grad_enabled(True)


def test_nothing_is_drawn_from_the_global_generators(lab: Lab) -> None:
    torch_before, numpy_before = torch.get_rng_state(), repr(np.random.get_state())  # noqa: NPY002
    lab.rows(lab.job([lab.run(LAYERS, epochs=3, batch_size=5)], lab.dataset("binary")))
    assert torch.get_rng_state().equal(torch_before)
    assert repr(np.random.get_state()) == numpy_before  # noqa: NPY002


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(dtype: torch.dtype, lab: Lab) -> None:
    dataset = lab.dataset("binary")

    def story(seed: int) -> tuple[list[Any], list[Any]]:
        told = lab.drive(lab.job([lab.run(LAYERS, batch_size=5, epochs=4, seed=seed)], dataset, dtype=dtype))
        return told.rows(), [epoch.metrics for epoch in told.epochs()]

    first, again, other = story(11), story(11), story(12)
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1]
    assert not np.any(first[0][0] == other[0][0])
    assert first[1] != other[1]


def test_the_whole_set_as_one_batch_needs_no_order(lab: Lab) -> None:
    # Without dropout two seeds with the same start weights go the same way.
    dataset = lab.dataset("binary")
    start = Given(weights=((0.3, -0.2),), biases=(0.1,))
    runs = [
        lab.run((), batch_size=batch, epochs=4, seed=seed, output=Output(initializer=start))
        for batch in ("all", 23, 100)
        for seed in (1, 2)
    ]
    rows = lab.rows(lab.job(runs, dataset))
    for row in rows[1:]:
        np.testing.assert_array_equal(row, rows[0])


def test_events_hold_read_only_copies(lab: Lab) -> None:
    story = lab.drive(lab.job([lab.run(LAYERS, batch_size=5, epochs=3)], lab.dataset("binary")))
    rows = [story.begun[0].row, *story.rows()]
    rows += [story.ended[0].row, story.ended[0].best_row, story.ended[0].last_row]
    for at, row in enumerate(rows):
        assert not row.flags.writeable
        assert row.flags.owndata
        assert not any(np.shares_memory(row, other) for other in rows[:at])
    np.testing.assert_array_equal(rows[0], rows[1])  # the start
    assert not np.array_equal(rows[1], rows[2])


def test_figures_of_events_are_plain_numbers(lab: Lab) -> None:
    story = lab.drive(lab.job([lab.run(LAYERS, batch_size=5, epochs=3)], lab.dataset("binary")))
    for event in (*story.epochs(), story.ended[0]):
        plain = {name: value for name, value in vars(event).items() if "row" not in name and name != "state"}
        plain |= {name: vars(value) for name, value in plain.items() if hasattr(value, "train_loss")}
        json.dumps(plain, allow_nan=False)


def test_the_path_is_thinned_to_its_budget(lab: Lab) -> None:
    run = lab.run((), batch_size="all", epochs=100)
    full = lab.drive(lab.job([run], lab.dataset("binary"))).epochs()
    thin = lab.drive(lab.job([run], lab.dataset("binary"), keep_bytes=10 * 3 * 4)).epochs()
    assert len(full) == len(thin) == 101
    assert all(epoch.row is not None for epoch in full)
    kept = [epoch.epoch for epoch in thin if epoch.row is not None]
    assert kept[:11] == [*range(10), 10]
    assert kept[-1] >= 96
    assert len(kept) < 50
    for one, other in zip(full, thin, strict=True):
        assert one.metrics == other.metrics


def test_start_weights_that_do_not_fit_are_refused_before_anything_begins(lab: Lab) -> None:
    run = lab.run((), output=Output(initializer=Given(weights=((1.0, 2.0, 3.0),), biases=(0.0,))))
    with pytest.raises(Mistake, match=r'"Output": expected 1 rows of 2 numbers, got 1 rows of 3'):
        next(train(lab.job([run], lab.dataset("binary"))))


def test_a_loss_that_does_not_go_with_the_data_is_refused(lab: Lab) -> None:
    with pytest.raises(Mistake, match=r"training\.loss"):
        next(train(lab.job([lab.run((), loss="hinge")], lab.dataset("regression"))))


def test_ended_is_the_last_word_of_every_run(lab: Lab) -> None:
    runs = [lab.run(LAYERS, batch_size=batch, epochs=epochs) for batch, epochs in ((5, 2), (5, 4), (8, 3))]
    story = lab.drive(lab.job(runs, lab.dataset("binary")), {17: Stop()})
    for place in range(3):
        mine = story.of(place)
        assert isinstance(mine[0], Begun)
        assert isinstance(mine[-1], Ended)
        assert [type(event) for event in mine].count(Ended) == 1


def test_a_step_costs_nothing_but_a_step(lab: Lab) -> None:
    # What one next() yields between two epochs is the one and same empty tuple.
    work: Generator[Events, Any, None] = train(lab.job([lab.run(LAYERS, batch_size=1)], lab.dataset("binary")))
    next(work)
    next(work)
    assert next(work) is next(work)
    work.close()


def test_a_run_from_given_weights_starts_there_and_goes_on_as_any_other(lab: Lab) -> None:
    whole = lab.run(LAYERS, epochs=4, batch_size=5)
    dataset = lab.dataset("binary")
    drawn = lab.drive(lab.job([whole], dataset))
    start = Start(drawn.begun[0].row, Origin("run", 0))
    # From its own start weights a run repeats itself, and beside another one that starts elsewhere too.
    moved = Start(drawn.ended[0].row, Origin("run", 4))
    again = lab.drive(lab.job([replace(whole, start=start), replace(whole, start=moved)], dataset))
    np.testing.assert_allclose(again.ended[0].last_row, drawn.ended[0].last_row, rtol=1e-12)
    np.testing.assert_array_equal(again.begun[1].row, drawn.ended[0].row)
    assert again.epochs(1)[0].metrics == drawn.epochs()[-1].metrics


@pytest.mark.parametrize("row", [np.zeros(3), np.full(16, np.nan)])
def test_start_weights_that_do_not_fit_are_told(lab: Lab, row: Any) -> None:
    run = replace(lab.run(LAYERS), start=Start(row, Origin("run", 1)))
    with pytest.raises(Mistake, match=r'run "run": expected \d+ finite start weights, got an array of \(\d+,\)'):
        lab.drive(lab.job([run], lab.dataset("binary")))
