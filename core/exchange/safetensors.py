"""The format "safetensors": the ``state_dict`` of the network, and beside it a JSON file with all else.

The JSON file names for each layer the tensors that belong to it, so that any tool can rebuild the network.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from core.choices.datasets import Facts
from core.choices.initializers import PyTorchDefault
from core.choices.losses import LOSSES, Head
from core.datasets.samples import Array, Preparation
from core.exchange.model import Model
from core.exchange.package import Package
from core.experiment.architecture import Architecture, DenseLayer, DropoutLayer
from core.training.rows import to_sequential

FORMAT = "downhill-model"
VERSION = 1


def write(package: Package, path: Path) -> tuple[Path, ...]:
    """Write the tensors and the description; return the paths of both."""
    model = package.model
    network = to_sequential(model.architecture, torch.tensor(model.row))
    arrays = {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in network.state_dict().items()}
    save_file(arrays, path, {"format": "pt"})
    beside = path.with_suffix(".json")
    text = json.dumps(_description(package, list(arrays)), indent=2, ensure_ascii=False, allow_nan=False)
    beside.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path, beside


def predictor(path: Path) -> Callable[[Array], Array]:
    """Read both files and return a function from raw samples to outputs."""
    return read(path).predict


def read(path: Path) -> Model:
    """Return the model that ``write`` has written."""
    plain = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    arrays = load_file(path)
    row = np.concatenate(
        [
            arrays[layer[part]].ravel()
            for layer in plain["layers"]
            if layer["kind"] == "dense"
            for part in ("weight", "bias")
        ]
    )
    return Model(_architecture(plain), row, _preparation(plain), _facts(plain))


def _description(package: Package, names: list[str]) -> dict[str, Any]:
    model, record = package.model, package.record
    preparation, facts, head = model.preparation, model.facts, model.architecture.head
    experiment = package.experiment
    tensors = iter(names)  # weight and bias of each dense layer, in order
    layers = [
        {
            "kind": "dense",
            "name": layer.name,
            "inputs": layer.inputs,
            "units": layer.units,
            "activation": layer.activation,
            "weight": next(tensors),
            "bias": next(tensors),
        }
        if isinstance(layer, DenseLayer)
        else {"kind": "dropout", "name": layer.name, "units": layer.units, "rate": layer.rate}
        for layer in model.architecture.layers
    ]
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "name": experiment.name,
        "question": experiment.question,
        "run": record.name,
        "weights": package.weights,
        "layers": layers,
        "loss": model.architecture.loss.tag,
        "target": head.target,
        "classes": list(facts.classes),
        "preprocessing": {
            "shape": list(facts.shape),
            "columns": list(facts.columns),
            "plane": facts.plane,
            "image": facts.image,
            "features": list(preparation.features),
            "scale": preparation.scale,
            "mean": None if preparation.mean is None else preparation.mean.tolist(),
            "deviation": None if preparation.deviation is None else preparation.deviation.tolist(),
        },
        "metrics": dict(package.metrics),
        "seed": experiment.training.seed,
        "data": experiment.data.model_dump(mode="json"),
        "training": experiment.training.model_dump(mode="json"),
        "interventions": [vars(change) for change in record.interventions],
        "versions": dict(record.versions),
    }


def _architecture(plain: dict[str, Any]) -> Architecture:
    layers: list[DenseLayer | DropoutLayer] = []
    start = 0
    for place, layer in enumerate(plain["layers"]):
        identity = f"layer-{place}"
        if layer["kind"] == "dense":
            full = DenseLayer(
                identity, layer["name"], layer["inputs"], layer["units"], layer["activation"], PyTorchDefault(), start
            )
            layers.append(full)
            start = full.stop
        else:
            layers.append(DropoutLayer(identity, layer["name"], layer["units"], layer["rate"]))
    output = plain["layers"][-1]
    head = Head(output["units"], output["activation"], plain["target"])
    return Architecture(plain["layers"][0]["inputs"], tuple(layers), head, LOSSES[plain["loss"]])


def _preparation(plain: dict[str, Any]) -> Preparation:
    values = plain["preprocessing"]
    mean, deviation = (
        None if values[name] is None else np.array(values[name], np.float32) for name in ("mean", "deviation")
    )
    return Preparation(tuple(values["features"]), values["scale"], mean, deviation)


def _facts(plain: dict[str, Any]) -> Facts:
    values = plain["preprocessing"]
    return Facts(
        shape=tuple(values["shape"]),
        classes=tuple(plain["classes"]),
        samples=0,
        columns=tuple(values["columns"]),
        plane=values["plane"],
        image=values["image"],
    )
