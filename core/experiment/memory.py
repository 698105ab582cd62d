"""Memory: an estimate of what training will need, and what this computer has free."""

import ctypes
import re
import subprocess
import sys
from collections.abc import Sequence
from math import prod
from pathlib import Path

from core.choices.datasets import Facts
from core.choices.optimizers import OPTIMIZERS
from core.experiment.architecture import Architecture
from core.experiment.experiment import Experiment

KEEP_BYTES = 256 << 20  # what the kept rows of all paths of a job may take, unless told otherwise

_NUMBER = 4  # bytes of a weight
_CHUNK = 4096  # samples that pass through a network at once, at the most
_BLOCK_BYTES = 4 << 20  # of the batches that are gathered together
_EVALUATED_BYTES = 256 << 20  # of the widest layer, for all runs that are evaluated together
# Beside the optimizer's own: Θ, gradient, direction, best and last good row, a copy of the run at its start and best,
# and, when it ends, the kept, best, last and start rows and the two rows of its state.
_ROWS = 13


def needed(runs: Sequence[tuple[Experiment, Architecture, Facts]], keep_bytes: int = KEEP_BYTES) -> int:
    """Return an estimate, in bytes, of the memory that training these runs together takes.

    keep_bytes: what their kept rows may take.
    """
    rows = sum(
        # A state is a second copy of what the optimizer holds.
        built.parameters * (_ROWS + 2 * optimizer_rows(experiment)) * _NUMBER
        for experiment, built, _ in runs
    )
    every_row = sum(built.parameters * (experiment.training.epochs + 1) * _NUMBER for experiment, built, _ in runs)
    data = {experiment.data: _data_bytes(built, facts) for experiment, built, facts in runs}
    return rows + min(keep_bytes, every_row) + sum(data.values()) + _passing_bytes(runs)


def optimizer_rows(experiment: Experiment) -> int:
    """Return how many numbers the optimizer of an experiment remembers of each weight."""
    optimizer = experiment.training.optimizer
    return OPTIMIZERS[optimizer.kind].remembers(optimizer)


def _data_bytes(built: Architecture, facts: Facts) -> int:
    """Raw samples, as bytes for images, else as 8 bytes a number; and once more on the device, with their targets."""
    samples = facts.samples + facts.own_test
    raw = prod(facts.shape) * (1 if facts.image else 8)
    inputs = built.inputs * (1 if facts.image else _NUMBER)
    return samples * (raw + inputs + built.outputs * _NUMBER)


def _passing_bytes(runs: Sequence[tuple[Experiment, Architecture, Facts]]) -> int:
    """Sums, activations and their gradients of a batch, masks of a block of batches; the widest layer evaluated."""
    total = evaluated = 0
    for experiment, built, facts in runs:
        batch = experiment.training.batch_size
        size = min(facts.samples if batch == "all" else batch, facts.samples, _CHUNK)
        block = min(facts.samples, max(size, _BLOCK_BYTES // (built.inputs * _NUMBER * len(runs))))
        units = built.inputs + sum(layer.units for layer in built.dense)
        masked = sum(layer.units for layer in built.dropouts)
        # A mask is a number for each unit, made from 16 random bits.
        total += 3 * size * units * _NUMBER + block * (built.inputs + masked) * (_NUMBER + 2)
        evaluated += min(facts.samples, _CHUNK) * max(layer.units for layer in built.dense) * _NUMBER
    return total + 3 * min(evaluated, _EVALUATED_BYTES)


def free_memory() -> int | None:
    """Return how many bytes of memory programs can still have, None where the system does not tell."""
    try:
        if sys.platform == "win32":
            return _free_windows()
        if sys.platform == "darwin":
            return _free_macos(subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, check=True).stdout)
        return _free_linux(Path("/proc/meminfo").read_text())
    except (OSError, ValueError, AttributeError, subprocess.SubprocessError):
        return None


def _free_linux(meminfo: str) -> int | None:
    found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _free_macos(vm_stat: str) -> int | None:
    page = re.search(r"page size of (\d+) bytes", vm_stat)
    # Inactive and purgeable pages are given to whoever asks.
    pages = re.findall(r"^Pages (?:free|inactive|speculative|purgeable):\s+(\d+)\.", vm_stat, re.MULTILINE)
    return int(page[1]) * sum(map(int, pages)) if page and pages else None


def _free_windows() -> int | None:
    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("total", ctypes.c_ulonglong),
            ("available", ctypes.c_ulonglong),
            ("others", ctypes.c_ulonglong * 5),
        )

    status = Status(length=ctypes.sizeof(Status))
    windows = getattr(ctypes, "windll")  # noqa: B009 (mypy knows it on Windows alone)
    return int(status.available) if windows.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else None
