"""The format "pt2": a program of torch.export from raw samples to outputs, with a free number of samples.

Preparation and output activation are part of it, so that raw numbers go in (pixels as they are, 0 to 255 in MNIST) and
predictions come out. The description lies within the archive, as ``extra/downhill.json``.
"""

from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.choices.features import FEATURES
from core.choices.fields import Mistake
from core.datasets.samples import Array
from core.exchange.description import Description, describe, read_description, to_json, to_model
from core.exchange.model import Model
from core.exchange.package import Package
from core.exchange.sources import opened
from core.project.container import Reader
from core.project.plain import from_json
from core.training.rows import to_sequential

_EXTRA = "downhill.json"
_MOST_JSON = 16 << 20  # bytes
_FLOAT32 = 7  # what torch's archive calls it
# The code of a feature, written for numpy's columns, is read with torch's functions of the same names.
_TORCH_FOR_NUMPY = {"np": torch, "__builtins__": {}}
_CODES = {tag: compile(row.code, tag, "eval") for tag, row in FEATURES.items()}


class Whole(nn.Module):
    """From raw samples (n, …) float32 to outputs (n, outputs)."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, model: Model) -> None:
        super().__init__()
        preparation, architecture = model.preparation, model.architecture
        self.features = () if preparation.features == ("x1", "x2") else preparation.features
        self.scale = preparation.scale
        self.standardizes = preparation.mean is not None
        if preparation.mean is not None and preparation.deviation is not None:
            self.register_buffer("mean", torch.tensor(preparation.mean))
            self.register_buffer("deviation", torch.tensor(preparation.deviation))
        self.network = to_sequential(architecture, torch.tensor(model.row, dtype=torch.float32))
        for parameter in self.network.parameters():
            parameter.data = parameter.data.clone()  # a view of the row would be saved with all of it
        if architecture.loss.from_logits:
            self.network.append(nn.Sigmoid() if architecture.head.activation == "sigmoid" else nn.Softmax(-1))

    def forward(self, raw: Tensor) -> Tensor:
        inputs = raw.flatten(1)
        if self.features:
            names = {"x1": inputs[:, 0], "x2": inputs[:, 1], **_TORCH_FOR_NUMPY}
            inputs = torch.stack([eval(_CODES[tag], names) for tag in self.features], dim=1)
        if self.scale != 1:
            inputs = inputs * self.scale
        if self.standardizes:
            inputs = (inputs - self.mean) / self.deviation
        outputs: Tensor = self.network(inputs)
        return outputs


def write(package: Package, path: Path) -> tuple[Path, ...]:
    """Write the program; return its path."""
    model = package.model
    whole = Whole(model).eval()
    names = (name for name in whole.state_dict() if name.startswith("network."))
    described = describe(package, {layer.id: (next(names), next(names)) for layer in model.architecture.dense})
    samples = {0: torch.export.Dim.DYNAMIC}
    program = torch.export.export(whole, (torch.zeros(2, *model.facts.shape),), dynamic_shapes=(samples,))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # it would tell in which folder of whose computer this was done
    torch.export.save(program, path, extra_files={_EXTRA: to_json(described)})
    return (path,)


def predictor(path: Path) -> Callable[[Array], Array]:
    """Load the program as torch does and return a function from raw samples to outputs.

    torch.export.load reads a pickle of sample inputs: this is for a file that one has just written.
    """
    program = torch.export.load(path)
    module = program.module()
    shape = program.example_inputs[0][0].shape[1:]

    def predict(raw: Array) -> Array:
        with torch.no_grad():
            outputs: Array = module(torch.tensor(raw, dtype=torch.float32).reshape(-1, *shape)).numpy()
        return outputs

    return predict


def read(path: Path) -> Model:
    """Return the model that ``write`` has written; raises Mistake where the file holds none.

    The program in it is not run, and no pickle is loaded: description and weights are enough.
    """
    with opened(path) as (stream, size):
        reader = Reader(stream, lambda name: _MOST_JSON if name.endswith(".json") else size)
        root = next(iter(sorted(reader.names)), "").partition("/")[0]
        if f"{root}/extra/{_EXTRA}" not in reader.names:
            raise Mistake(f"expected a program that Downhill wrote, found one without {_EXTRA}")
        description = read_description(reader.read(f"{root}/extra/{_EXTRA}"))
        listed = from_json(reader.read(f"{root}/data/weights/model_weights_config.json")).get("config")
        return to_model(description, _weights(description, listed, reader, f"{root}/data/weights/"))


def _weights(description: Description, listed: Any, reader: Reader, folder: str) -> dict[str, Array]:
    """Return the tensors that the layers name, each from an entry of raw float32 numbers."""
    arrays: dict[str, Array] = {}
    for layer in description.layers:
        if layer.kind == "dropout":
            continue
        for name, shape in ((layer.weight, (layer.units, layer.inputs)), (layer.bias, (layer.units,))):
            entry = listed.get(name) if isinstance(listed, dict) else None
            file = f"{folder}{entry.get('path_name')}" if isinstance(entry, dict) and _is_plain(entry, shape) else ""
            if file not in reader.names or reader.size(file) != 4 * prod(shape):
                raise Mistake(f'tensor "{name:.60}": expected raw numbers of float32 that fit its layer')
            arrays[name] = np.frombuffer(reader.read(file), "<f4").reshape(shape)
    return arrays


def _is_plain(entry: dict[str, Any], shape: tuple[int, ...]) -> bool:
    """Tell whether a tensor lies in its file as numbers of float32, row by row."""
    meta = entry.get("tensor_meta")
    wanted = {
        "dtype": _FLOAT32,
        "sizes": [{"as_int": size} for size in shape],
        "strides": [{"as_int": prod(shape[place + 1 :])} for place in range(len(shape))],
        "storage_offset": {"as_int": 0},
    }
    return (
        entry.get("use_pickle") is False
        and isinstance(meta, dict)
        and all(meta.get(name) == value for name, value in wanted.items())
    )
