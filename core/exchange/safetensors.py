"""The format "safetensors": the ``state_dict`` of the network, and beside it a JSON file with all else.

The JSON file names for each layer the tensors that belong to it, so that any tool can rebuild the network.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from core.choices.fields import Mistake
from core.datasets.samples import Array
from core.exchange.description import describe, read_description, to_json, to_model
from core.exchange.model import Model
from core.exchange.package import Package
from core.exchange.sources import opened, read_whole
from core.project import tensors
from core.training.rows import to_sequential

_MOST_JSON = 16 << 20  # bytes


def write(package: Package, path: Path) -> tuple[Path, ...]:
    """Write the tensors and the description; return the paths of both."""
    model = package.model
    network = to_sequential(model.architecture, torch.tensor(model.row))
    arrays = {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in network.state_dict().items()}
    save_file(arrays, path, {"format": "pt"})
    beside = path.with_suffix(".json")
    names = iter(arrays)  # weight and bias of each dense layer, in order
    described = describe(package, {layer.id: (next(names), next(names)) for layer in model.architecture.dense})
    beside.write_text(to_json(described, indent=2) + "\n", encoding="utf-8", newline="\n")
    return path, beside


def predictor(path: Path) -> Callable[[Array], Array]:
    """Read both files and return a function from raw samples to outputs."""
    return read(path).predict


def read(path: Path) -> Model:
    """Return the model that ``write`` has written; raises Mistake where the files hold none."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        raise Mistake(f"{path.name}: expected {beside.name} beside it, which describes the network, found none")
    with opened(beside) as (stream, size):
        description = read_description(read_whole(stream, size, _MOST_JSON))
    with opened(path) as (stream, size):
        return to_model(description, tensors.read(stream, size))
