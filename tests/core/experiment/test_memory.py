"""The estimate of what training needs, and what is free."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.choices.datasets import Facts, facts_of
from core.choices.optimizers import OPTIMIZERS
from core.experiment import memory
from core.experiment.architecture import Architecture, architecture
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.memory import KEEP_BYTES, free_memory, needed, optimizer_rows


def part(**plain: Any) -> tuple[Experiment, Architecture, Facts]:
    experiment = read_experiment(plain)
    facts = facts_of(experiment.data.source)
    return experiment, architecture(experiment, facts), facts


def wide(optimizer: Any = "sgd", epochs: int = 1, **training: Any) -> tuple[Experiment, Architecture, Facts]:
    layers = [{"kind": "dense", "id": str(place), "units": 2000} for place in range(2)]
    return part(network={"layers": layers}, training={"optimizer": optimizer, "epochs": epochs} | training)


ROW = wide()[1].parameters * 4


def test_the_rows_of_a_matrix_make_up_most_of_a_wide_network() -> None:
    need = needed([wide()])
    assert 13 * ROW + 2 * ROW <= need < 1.2 * (13 * ROW + 2 * ROW)  # and two rows of the path


def test_every_optimizer_tells_what_it_remembers() -> None:
    remembered = {
        tag: optimizer_rows(read_experiment({"training": {"optimizer": tag}})) for tag in OPTIMIZERS
    }  # with settings as they are by default
    assert remembered == {"sgd": 0, "adam": 2, "adamw": 2, "adadelta": 2, "adagrad": 1, "rmsprop": 1, "nadam": 2}
    for optimizer, rows in (
        ({"kind": "sgd", "momentum": 0.9}, 1),
        ({"kind": "adam", "amsgrad": True}, 3),
        ({"kind": "rmsprop", "momentum": 0.9, "centered": True}, 3),
    ):
        assert needed([wide(optimizer)]) - needed([wide()]) == 2 * rows * ROW


def test_more_runs_need_more_and_share_data_and_path() -> None:
    one, two = needed([wide(epochs=1000)]), needed([wide(epochs=1000), wide(epochs=1000)])
    assert one > 13 * ROW + KEEP_BYTES
    assert 13 * ROW < two - one < 1.2 * 13 * ROW


def test_data_masks_and_large_batches_count() -> None:
    mnist = part(data={"source": "mnist"}, training={"loss": "cross_entropy"})
    assert needed([mnist]) > 70_000 * 784 * 2
    dropped = [{"kind": "dropout", "rate": 0.5}, {"kind": "dense", "units": 100}, {"kind": "dropout", "rate": 0.5}]
    plain = part(network={"layers": dropped[1:2]})
    assert needed([part(network={"layers": dropped})]) > needed([plain])
    batch = part(network={"layers": dropped[1:2]}, training={"batch_size": "all"})
    assert needed([batch]) > needed([plain])


def test_something_is_free_here() -> None:
    free = free_memory()
    if sys.platform in ("linux", "win32", "darwin"):
        assert free is not None
        assert 1 << 20 < free < 1 << 50


def test_linux_tells_what_is_available() -> None:
    meminfo = "MemTotal:       24683408 kB\nMemFree:        1 kB\nMemAvailable:   24350720 kB\nBuffers: 0 kB\n"
    assert memory._free_linux(meminfo) == 24_350_720 * 1024
    assert memory._free_linux("MemTotal: 5 kB") is None


def test_macos_tells_its_pages() -> None:
    counts = {"free": 1000, "active": 99999, "inactive": 200, "speculative": 30, "wired down": 99999, "purgeable": 4}
    lines = [f"Pages {name + ':':<20}{count:>12}." for name, count in counts.items()]
    pages = "\n".join(["Mach Virtual Memory Statistics: (page size of 16384 bytes)", *lines])
    assert memory._free_macos(pages) == 1234 * 16384
    assert memory._free_macos("") is None


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_system_that_does_not_tell_is_no_error(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "read_text", fails)
    monkeypatch.setattr(subprocess, "run", fails)
    monkeypatch.delattr("ctypes.windll", raising=False)
    assert free_memory() is None
