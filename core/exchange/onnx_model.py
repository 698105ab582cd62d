"""From an ONNX file to a model: one that Downhill wrote, or a plain dense network from elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.datasets import SIGNS
from core.choices.fields import Mistake
from core.choices.losses import LOSSES, Head
from core.datasets.samples import Array
from core.exchange.description import FORMAT, TOLD, same_head, to_model, validated
from core.exchange.features import COLUMNS
from core.exchange.model import Model
from core.exchange.onnx_chain import Chain
from core.exchange.onnx_file import read_graph
from core.exchange.onnx_network import follow
from core.exchange.sources import opened
from core.project.plain import from_json

_LONGEST_NAME = 80
_READ = ("loss", "target", "classes", "preprocessing", *TOLD)  # of the metadata


def read(path: Path) -> Model:
    """Return the model in an ONNX file; raises Mistake, which names the first operator that is not known.

    The network itself is always read from the graph. What its outputs mean stands in the metadata that Downhill
    writes; without them it is guessed from the output layer, and classes are numbered.
    """
    with opened(path) as (stream, _size):
        graph = read_graph(stream.read())
        chain = follow(graph)
        layers, tensors = _layers(chain)
        about = _own(graph.metadata, chain) if graph.metadata.get("format") == f'"{FORMAT}"' else _guessed(chain)
        return to_model(validated({"layers": layers, **about}), tensors)


def _layers(chain: Chain) -> tuple[list[dict[str, Any]], dict[str, Array]]:
    """Return the layers as plain data, and their tensors by name."""
    layers: list[dict[str, Any]] = []
    tensors: dict[str, Array] = {}
    width = next(layer.weight.shape[1] for layer in chain.layers if layer.weight is not None)
    for place, layer in enumerate(chain.layers):
        name = layer.name[:_LONGEST_NAME]
        if layer.weight is None:
            layers.append({"kind": "dropout", "name": name or "Dropout", "units": width, "rate": layer.rate})
            continue
        width, inputs = layer.weight.shape
        dense = {"kind": "dense", "name": name or "Dense", "inputs": inputs, "units": width}
        layers.append({**dense, "activation": layer.activation, "weight": f"{place}.weight", "bias": f"{place}.bias"})
        tensors[f"{place}.weight"] = layer.weight
        tensors[f"{place}.bias"] = np.zeros(width, layer.weight.dtype) if layer.bias is None else layer.bias
    return layers, tensors


def _preprocessing(chain: Chain) -> dict[str, Any]:
    mean, deviation = (None if array is None else array.tolist() for array in (chain.mean, chain.deviation))
    if mean and not deviation:
        deviation = [1.0] * len(mean)
    scale = 1.0 if chain.scale is None else chain.scale
    return {"shape": chain.raw, "features": chain.features, "scale": scale, "mean": mean, "deviation": deviation}


def _own(metadata: Mapping[str, str], chain: Chain) -> dict[str, Any]:
    """Return what Downhill's metadata say of inputs and outputs."""
    texts = ", ".join(f'"{name}": {metadata.get(name, "null")}' for name in _READ)
    told = from_json(f"{{{texts}}}".encode())
    about = told["preprocessing"] if isinstance(told["preprocessing"], dict) else {}
    if about.get("shape") != list(chain.raw or ()):
        raise Mistake("preprocessing.shape: expected in the metadata what the network's input says, found another")
    found = _preprocessing(chain)
    if about.get("plane") is True and not chain.features:
        found["features"] = COLUMNS
    return {**told, "preprocessing": {**about, **found}}


def _guessed(chain: Chain) -> dict[str, Any]:
    """Return what inputs and outputs of a network from elsewhere are likely to be."""
    output = chain.layers[-1]
    assert output.weight is not None
    units = len(output.weight)
    for loss in LOSSES.values():
        for head in loss.heads.values():
            if same_head(Head(units, output.activation, head.target), head):
                classes = {"value": (), "sign": SIGNS}.get(head.target, tuple(map(str, range(max(2, units)))))
                preprocessing = _preprocessing(chain) | {"image": len(chain.raw or ()) > 1}
                return {"loss": loss.tag, "target": head.target, "classes": classes, "preprocessing": preprocessing}
    raise Mistake(
        f"expected an output layer with one sigmoid or tanh, softmax, or no activation, found {units} units with "
        f"{OUTPUT_ACTIVATIONS[output.activation].title}"
    )
