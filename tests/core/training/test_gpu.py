"""What only a CUDA device shows: the captured step, and the device that is chosen by itself."""

from typing import Any

import numpy as np
import pytest
import torch

from core.datasets.load import load
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Run, override
from core.training import device, graph
from core.training.events import Change, Changed, Edited, Ended, EpochDone, Event, SetWeight
from core.training.loop import prepare, train

pytestmark = pytest.mark.gpu


def experiment(optimizer: str, dropout: float = 0.0, **training: Any) -> Experiment:
    layers: list[dict[str, Any]] = [{"kind": "dense", "id": "a", "units": 16}, {"kind": "dense", "id": "b", "units": 8}]
    if dropout:
        layers.insert(1, {"kind": "dropout", "id": "d", "rate": dropout})
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 330}},
            "network": {"layers": layers},
            "training": {"optimizer": optimizer, "epochs": 6, "batch_size": 20, "device": "cuda"} | training,
        }
    )


def events_of(experiment: Experiment, seeds: int = 1) -> list[Event]:
    runs = [Run(str(seed), override(experiment, {"training.seed": seed})) for seed in range(seeds)]
    return [event for events in train(prepare(runs, load)) for event in events]


def ended(events: list[Event]) -> list[Ended]:
    return sorted((event for event in events if isinstance(event, Ended)), key=lambda event: event.run)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "nadam", "rmsprop", "adadelta", "adagrad"])
def test_the_captured_step_trains_as_the_eager_one(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    captured = ended(events_of(experiment(optimizer), 3))
    monkeypatch.setattr(graph, "fastest_step", lambda stepper: stepper.step)
    monkeypatch.setattr("core.training.matrix.fastest_step", lambda stepper: stepper.step)
    for one, other in zip(captured, ended(events_of(experiment(optimizer), 3)), strict=True):
        np.testing.assert_allclose(one.last_row, other.last_row, rtol=1e-4, atol=1e-5)


def test_the_step_really_is_captured_and_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    replays = 0
    original = torch.cuda.CUDAGraph.replay

    def counted(captured: torch.cuda.CUDAGraph) -> None:
        nonlocal replays
        replays += 1
        original(captured)

    monkeypatch.setattr(torch.cuda.CUDAGraph, "replay", counted)
    events_of(experiment("adam", dropout=0.3))
    assert replays > 50


def test_cuda_trains_as_the_cpu_does() -> None:
    on_gpu = ended(events_of(experiment("adam")))[0]
    on_cpu = ended(events_of(experiment("adam", device="cpu")))[0]
    np.testing.assert_allclose(on_gpu.last_row, on_cpu.last_row, rtol=1e-3, atol=1e-4)


def test_a_change_reaches_a_captured_step() -> None:
    work = train(prepare([Run("one", experiment("sgd", epochs=8))], load))
    events = [event for _ in range(40) for event in next(work)]
    events += work.send(Change("training.optimizer.learning_rate", 0.0))
    events += [event for told in work for event in told]
    assert any(isinstance(event, Changed) for event in events)
    rows = [event.row for event in events if isinstance(event, EpochDone)]
    np.testing.assert_array_equal(rows[-1], rows[-2])


def test_auto_says_why_and_remembers_what_it_measured() -> None:
    begun = events_of(experiment("adam", device="auto", epochs=1))
    reasons = {event.device_reason for event in begun if hasattr(event, "device_reason")}
    assert all("times as fast" in reason for reason in reasons)
    assert device._read()


def test_a_weight_set_by_hand_reaches_a_captured_step() -> None:
    work = train(prepare([Run("one", experiment("sgd", epochs=8))], load))
    events = [event for _ in range(40) for event in next(work)]
    events += work.send(Change("training.optimizer.learning_rate", 0.0))
    edits = [SetWeight("a", 3, 1, 2.5), SetWeight("b", 0, None, -1.5)]
    told = [event for edit in edits for event in work.send(edit)]
    events += [event for told in work for event in told]
    assert [event.new for event in told if isinstance(event, Edited)] == [2.5, -1.5]
    rows = [event.row for event in events if isinstance(event, EpochDone)]
    before, after = rows[-2], rows[-1]
    assert after is not None
    np.testing.assert_array_equal(before, after)
    assert (after[2 * 3 + 1], after[-9 - 8]) == (2.5, -1.5)  # 8 biases of b, then 8 weights and a bias of the output
