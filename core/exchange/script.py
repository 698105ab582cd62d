"""The format "python": a script of its own, with the weights in an .npz file beside it."""

import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch

from core.datasets.samples import Array
from core.exchange.code.program import WEIGHTS, Subject, program
from core.exchange.package import Package
from core.training.rows import to_sequential


def write(package: Package, path: Path) -> tuple[Path, ...]:
    """Write the script and its weights; return the paths of both."""
    path.write_text(program(subject(package, path.stem)).text, encoding="utf-8", newline="\n")
    return path, save_weights(package, path.with_suffix(WEIGHTS))


def predictor(path: Path) -> Callable[[Array], Array]:
    """Run the script, as Python would import it, and return its ``predict``."""
    predict: Callable[[Array], Array] = runpy.run_path(str(path), run_name="exported")["predict"]
    return predict


def subject(package: Package, name: str) -> Subject:
    """Return what code of this name is to be about."""
    model = package.model
    return Subject(name, package.experiment, model.architecture, model.preparation, model.facts, _notes(package))


def save_weights(package: Package, path: Path, more: Mapping[str, Array] = MappingProxyType({})) -> Path:
    """Write the weights, as PyTorch names them, and how inputs are standardized to a file; return its path."""
    model = package.model
    network = to_sequential(model.architecture, torch.tensor(model.row))
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return save_arrays(path, arrays | standardization(package) | dict(more))


def standardization(package: Package) -> dict[str, Array]:
    """Return mean and deviation of the inputs by name, nothing where they are not standardized."""
    preparation = package.model.preparation
    if preparation.mean is None or preparation.deviation is None:
        return {}
    return {"mean": preparation.mean, "deviation": preparation.deviation}


def save_arrays(path: Path, arrays: Mapping[str, Array]) -> Path:
    """Write arrays to an .npz file; return its path."""
    np.savez(path, allow_pickle=False, **arrays)
    return path


def _notes(package: Package) -> list[str]:
    record = package.record
    version = record.versions.get("downhill", "")
    notes = [f'Written by Downhill {version}. It holds {package.weights}, of the run "{record.name}".']
    measured = [_measured(part, package.metrics) for part in ("train", "validation", "test")]
    if any(measured):
        notes.append(f"Measured: {', '.join(filter(None, measured))}.")
    if record.interventions:
        changes = "; ".join(
            f"before step {change.step + 1} {change.path} went from {change.old:g} to {change.new:g}"
            for change in record.interventions
        )
        notes.append(
            f"While it trained, settings were changed by hand, which training anew does not do again: {changes}."
        )
    return notes


def _measured(part: str, metrics: Mapping[str, float]) -> str:
    """Return loss and accuracy of a part of the data in words, empty if they are not known."""
    loss, accuracy = metrics.get(f"{part}_loss"), metrics.get(f"{part}_accuracy")
    if loss is None:
        return ""
    right = "" if accuracy is None else f" (accuracy {100 * accuracy:.1f}%)"
    return f"{'training' if part == 'train' else part} loss {loss:.4g}{right}"
