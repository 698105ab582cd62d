"""The description of a model as plain data: what a reader needs to rebuild it, and how it came about.

It stands beside the safetensors, within the .pt2 file and in the metadata of the ONNX file.
"""

import json
from collections.abc import Mapping
from functools import partial
from math import prod
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.datasets import Facts
from core.choices.features import FEATURES
from core.choices.fields import Kinds, Mistake, OneOf, Real, Whole, sentence
from core.choices.initializers import PyTorchDefault
from core.choices.losses import LOSSES, Head
from core.datasets.samples import Array, Preparation
from core.exchange.model import Model
from core.exchange.package import Package
from core.experiment.architecture import Architecture, DenseLayer, DropoutLayer
from core.experiment.network import Name
from core.project.plain import from_json

FORMAT = "downhill-model"
VERSION = 1
TOLD = ("name", "question", "data", "training")  # of the experiment, see Model.told

Count = Annotated[int, Whole(1, 1 << 30)]
Number = Annotated[float, Real(-3e38, 3e38)]  # of float32


class _Plain(BaseModel):
    """Unlike an experiment, a description may hold more than is read of it."""

    model_config = ConfigDict(frozen=True)


class Dense(_Plain):
    """A dense layer; weight and bias are the names of its tensors."""

    kind: Literal["dense"] = "dense"
    name: Name
    inputs: Count
    units: Count
    activation: Annotated[str, OneOf(OUTPUT_ACTIVATIONS)]
    weight: str
    bias: str


class Dropout(_Plain):
    """A dropout layer."""

    kind: Literal["dropout"] = "dropout"
    name: Name
    units: Count
    rate: Annotated[float, Real(0, 0.95)]


class Preprocessing(_Plain):
    """What raw samples are, as in Facts, and how they become inputs, as in Preparation."""

    shape: Annotated[tuple[Count, ...], Field(min_length=1, max_length=3)]
    columns: tuple[str, ...] = ()
    plane: bool = False
    image: bool = False
    features: tuple[Annotated[str, OneOf(FEATURES)], ...] = ()
    scale: Annotated[float, Real(0, 3e38, above=True)] = 1.0
    mean: tuple[Number, ...] | None = None
    deviation: tuple[Number, ...] | None = None

    @property
    def inputs(self) -> int:
        """How many numbers the network is given of a sample."""
        return len(self.features) or prod(self.shape)

    @model_validator(mode="after")
    def _fits(self) -> "Preprocessing":
        if self.columns and len(self.columns) != prod(self.shape):
            raise ValueError(f"expected {prod(self.shape)} columns, got {len(self.columns)}")
        if (self.features or self.plane) and self.shape != (2,):
            raise ValueError("expected features of points of the plane alone")
        if (self.mean is None) != (self.deviation is None) or any(
            len(values) != self.inputs for values in (self.mean, self.deviation) if values is not None
        ):
            raise ValueError(f"expected as many means and deviations as there are inputs, {self.inputs}, or none")
        if self.deviation is not None and 0 in self.deviation:
            raise ValueError("expected deviations other than 0")
        return self


class Description(_Plain):
    """What is read of a description."""

    layers: Annotated[
        tuple[Annotated[Dense | Dropout, Kinds({"dense": Dense, "dropout": Dropout})], ...], Field(max_length=1000)
    ]
    loss: Annotated[str, OneOf(LOSSES)]
    target: Literal["binary", "sign", "one-hot", "value"]
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    name: Any = None
    question: Any = None
    data: Any = None
    training: Any = None

    @model_validator(mode="after")
    def _fits(self) -> "Description":
        if not self.layers or not isinstance(self.layers[-1], Dense):
            raise ValueError("expected layers of which the last is dense")
        names = [name for layer in self.layers if isinstance(layer, Dense) for name in (layer.weight, layer.bias)]
        if len(set(names)) != len(names):
            raise ValueError("expected tensors of its own for each layer")
        width = self.preprocessing.inputs
        for place, layer in enumerate(self.layers):
            found = layer.inputs if isinstance(layer, Dense) else layer.units
            if found != width:
                raise ValueError(f"layers[{place}]: expected {width} inputs, as many as come in, got {found}")
            if layer is not self.layers[-1] and isinstance(layer, Dense) and layer.activation == "softmax":
                raise ValueError(f"layers[{place}]: expected softmax in the last layer alone")
            width = layer.units
        head = self.head
        wanted = {"binary": 2, "sign": 2, "one-hot": width, "value": 0}[self.target]
        if len(self.classes) != wanted or len(set(self.classes)) != wanted:
            raise ValueError(f"expected {wanted} classes of different names, got {len(self.classes)}")
        if not any(same_head(head, other) for other in LOSSES[self.loss].heads.values()):
            raise ValueError(f"expected an output layer that goes with the loss, got {width} × {head.activation}")
        return self

    @property
    def head(self) -> Head:
        """The output layer."""
        output = self.layers[-1]
        assert isinstance(output, Dense)
        return Head(output.units, output.activation, self.target)


def same_head(head: Head, other: Head) -> bool:
    """Tell whether an output layer is what a row of the table of losses asks for."""
    return (head.activation, head.target) == (other.activation, other.target) and (
        head.units == other.units or (other.units is None and head.units != 1)
    )


def describe(package: Package, tensors: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return the description of a package; tensors: the names of each dense layer's weight and bias, by its id."""
    model, record = package.model, package.record
    preparation, facts, head = model.preparation, model.facts, model.architecture.head
    experiment = package.experiment
    layers = [
        {
            "kind": "dense",
            "name": layer.name,
            "inputs": layer.inputs,
            "units": layer.units,
            "activation": layer.activation,
            "weight": tensors[layer.id][0],
            "bias": tensors[layer.id][1],
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


to_json = partial(json.dumps, ensure_ascii=False, allow_nan=False)


def read_description(text: bytes) -> Description:
    """Return the description that JSON holds; raises Mistake, which names the place, where it holds none."""
    plain = from_json(text)
    if plain.get("format") != FORMAT:
        raise Mistake(f'expected "format": "{FORMAT}", which Downhill writes, found none')
    version = plain.get("format_version")
    if version != VERSION:
        raise Mistake(f"format_version: expected {VERSION}, the one that this Downhill reads, got {version!r:.20}")
    return validated(plain)


def validated(plain: Mapping[str, Any]) -> Description:
    """Return a description of plain data; raises Mistake where they are none."""
    try:
        return Description.model_validate(plain)
    except ValidationError as error:
        raise Mistake(sentence(error)) from None


def to_model(description: Description, tensors: Mapping[str, Array]) -> Model:
    """Return the model of a description and its tensors; raises Mistake where they do not fit."""
    layers: list[DenseLayer | DropoutLayer] = []
    parts: list[Array] = []
    start = 0
    for place, layer in enumerate(description.layers):
        identity = f"layer-{place}"
        if isinstance(layer, Dropout):
            layers.append(DropoutLayer(identity, layer.name, layer.units, layer.rate))
            continue
        parts += [
            _tensor(tensors, layer.weight, (layer.units, layer.inputs)),
            _tensor(tensors, layer.bias, (layer.units,)),
        ]
        full = DenseLayer(identity, layer.name, layer.inputs, layer.units, layer.activation, PyTorchDefault(), start)
        layers.append(full)
        start = full.stop
    values = description.preprocessing
    architecture = Architecture(values.inputs, tuple(layers), description.head, LOSSES[description.loss])
    mean, deviation = (
        None if given is None else np.array(given, np.float32) for given in (values.mean, values.deviation)
    )
    facts = Facts(
        shape=values.shape,
        classes=description.classes,
        samples=0,
        columns=values.columns,
        plane=values.plane,
        image=values.image,
        scale=values.scale,
    )
    preparation = Preparation(values.features, values.scale, mean, deviation)
    told = description.model_dump(include=set(TOLD), exclude_none=True)
    return Model(architecture, np.concatenate([part.ravel() for part in parts]), preparation, facts, told)


def _tensor(tensors: Mapping[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    """Return a tensor, which has the shape and holds finite floating-point numbers; raises Mistake if it does not."""
    found = tensors.get(name)
    wanted = " × ".join(map(str, shape))
    if found is None:
        raise Mistake(f'expected a tensor "{name:.60}" of {wanted} numbers, found none')
    if found.shape != shape or found.dtype not in (np.float32, np.float64):
        here = " × ".join(map(str, found.shape))
        raise Mistake(f'tensor "{name:.60}": expected {wanted} numbers of float32, found {here} of {found.dtype}')
    if not np.isfinite(found).all():
        raise Mistake(f'tensor "{name:.60}": expected finite numbers, found others: its training has diverged')
    return found
