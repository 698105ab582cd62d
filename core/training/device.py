"""Where it computes: the CPU, or a GPU where that is faster.

A small network's step is so short that sending it to a GPU takes longer than doing it; only measuring tells where the
border lies on a computer. It is measured once for each class of shapes, and remembered.
"""

import json
import platform
import sys
from pathlib import Path
from time import perf_counter

import torch

from core.choices.fields import Mistake
from core.experiment.architecture import Architecture
from core.resources import cache_folder
from core.training.batches import CHUNK, Block
from core.training.graph import fastest_step
from core.training.rows import start_row
from core.training.step import RowSettings, Stepper

_SECONDS = 0.25  # of steps measured on each device
_MOST_ROWS_BYTES = 256 << 20  # of the rows that a measurement makes


def gpu() -> str | None:
    """Return the kind of GPU that PyTorch can use here, "cuda" or "mps", or None."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else None


def gpu_name(kind: str) -> str:
    """Return what the maker calls the GPU."""
    return torch.cuda.get_device_name() if kind == "cuda" else f"Apple {platform.processor()} GPU"


def choose(wanted: str, architecture: Architecture, batch: int, settings: RowSettings, runs: int) -> tuple[str, str]:
    """Return the device and the reason in a sentence; raises Mistake if a device that is asked for is not there.

    batch: samples a step; runs: how many train together.
    """
    found = gpu()
    if wanted == "auto":
        if found is None:
            return "cpu", f"CPU: {_lack()}"
        return _faster(found, architecture, min(batch, CHUNK), settings, runs)
    if wanted not in ("cpu", found):
        here = f"cpu or {found}" if found else "cpu"
        raise Mistake(f'training.device: expected auto or {here}, which this computer has, got "{wanted}"')
    return wanted, f"{_title(wanted)}: chosen by hand."


def _lack() -> str:
    """Return in a sentence why there is no GPU, and what to do for one."""
    if sys.platform != "darwin" and torch.version.cuda is None and torch.version.hip is None:
        return "this PyTorch is built for the CPU; one for a GPU, from pytorch.org, goes with a checkout of Downhill."
    return "PyTorch finds no GPU that it can use here."


def _title(device: str) -> str:
    return "CPU" if device == "cpu" else f"GPU ({gpu_name(device)})"


def _faster(kind: str, architecture: Architecture, batch: int, settings: RowSettings, runs: int) -> tuple[str, str]:
    """Return the faster of CPU and GPU and the reason, from memory or measured now."""
    # Shapes within a factor of 2 of each other are of one class.
    shape_class = [value.bit_length() for value in (architecture.parameters, batch, runs)]
    key = json.dumps(
        [gpu_name(kind), torch.__version__, torch.get_num_threads(), settings.optimizer.kind, *shape_class]
    )
    remembered = _read()
    if key not in remembered:
        rows = max(1, min(runs, _MOST_ROWS_BYTES // (4 * architecture.parameters)))
        remembered[key] = [_step_seconds(device, architecture, batch, settings, rows) for device in ("cpu", kind)]
        _write(remembered)
    on_cpu, on_gpu = remembered[key]
    ratio = max(on_cpu, on_gpu) / min(on_cpu, on_gpu)
    if on_gpu < on_cpu:
        return (
            kind,
            f"{_title(kind)}: {ratio:.1f} times as fast as the CPU for networks of this size, as measured here.",
        )
    return "cpu", f"CPU: {ratio:.1f} times as fast as the {_title(kind)} for networks of this size, as measured here."


def _step_seconds(device: str, architecture: Architecture, batch: int, settings: RowSettings, rows: int) -> float:
    """Return the time of one step of ``rows`` runs, made-up samples included."""
    theta = start_row(architecture, 0).to(device).repeat(rows, 1)
    stepper = Stepper(architecture, theta, [settings] * rows, [{}] * rows)
    step = fastest_step(stepper)
    x = torch.rand(rows, batch, architecture.inputs, device=device)
    t = torch.zeros(rows, batch, architecture.outputs, device=device)
    masks = [torch.ones(rows, batch, layer.units, device=device) for layer in architecture.dropouts]
    block = Block(0, batch, 1, first=True, last=True, batch=batch)

    def some(count: int) -> float:
        start = perf_counter()
        for _ in range(count):
            z = step(x, t, masks, block)
        z.sum().item()  # waits until the device is done
        return perf_counter() - start

    some(5)
    once = some(5) / 5
    count = max(5, min(2000, int(_SECONDS / once)))
    return some(count) / count


def _file() -> Path:
    return cache_folder() / "devices.json"


def _read() -> dict[str, list[float]]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(remembered: dict[str, list[float]]) -> None:
    # What cannot be remembered is measured again next time.
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        _file().write_text(json.dumps(remembered), encoding="utf-8")
    except OSError:
        pass
