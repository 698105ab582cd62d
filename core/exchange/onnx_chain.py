"""How far a graph has been followed: tensors by name, and what was done to the samples on the way to each.

The graph is followed as a chain. What elementwise operators make of the newest weighted sum z is kept as text,
"Mul(Sigmoid(z), z)", and so is what they make of the columns x1 and x2 of the samples: a text that the tables do not
have is no activation and no feature of Downhill's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.features import FEATURES
from core.choices.fields import Mistake, shown
from core.datasets.samples import Array
from core.exchange.features import trace
from core.exchange.onnx_file import Node


@dataclass(frozen=True, eq=False)
class Layer:
    """A dense layer, weight (units, inputs) and bias (units,) or None, or a dropout layer, which has no weight."""

    name: str
    activation: str = "linear"
    weight: Array | None = None
    bias: Array | None = None
    rate: float = 0.0


@dataclass(frozen=True, eq=False)
class Chain:
    """What is done to a sample, from its first number to the newest weighted sum.

    raw: its shape as it comes in; shape: as it is now, None as long as nothing tells it. mean and deviation: a number
    for each input. Each field from features on belongs to what follows the one before.
    """

    raw: tuple[int, ...] | None
    shape: tuple[int, ...] | None
    features: tuple[str, ...] = ()
    scale: float | None = None
    mean: Array | None = None
    deviation: Array | None = None
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True)
class Value:
    """A tensor on the way: the chain until the newest z, and what has been made of that since."""

    chain: Chain
    made: str = "z"


def _of_columns(operator: str, inputs: tuple[str, ...]) -> str:
    return f"{operator}({', '.join(sorted(inputs))})"


FEATURE_OF = {trace(row, _of_columns): tag for tag, row in FEATURES.items()}
ACTIVATION_OF = {
    "z": "linear",
    **{f"{row.onnx}(z)": tag for tag, row in OUTPUT_ACTIVATIONS.items() if tag != "linear"},
    # As exporters write those that ONNX itself came to know late.
    "Mul(Sigmoid(z), z)": "silu",
    "Mul(0.5, Mul(Add(1, Erf(Div(z, 1.41421))), z))": "gelu",
    "Mul(Add(1, Erf(Div(z, 1.41421))), Mul(0.5, z))": "gelu",
}


@dataclass
class Walk:
    """Tensors by name; unused: bytes of constants that no layer has taken for its weights yet."""

    constants: dict[str, Array]
    values: dict[str, Value]
    unused: int = field(init=False)

    def __post_init__(self) -> None:
        self.unused = sum(array.nbytes for array in self.constants.values())

    def take(self, node: Node, made: tuple[Value | Array, ...]) -> None:
        """Take what a node makes as known from now on."""
        for name, result in zip(node.outputs, made, strict=False):
            if name in self.values or name in self.constants:
                raise refused(node, f"gives {shown(name)} a second time")
            if isinstance(result, Value):
                self.values[name] = result
            else:
                self.constants[name] = result
                self.unused += result.nbytes if node.operator == "Constant" else 0

    def value(self, node: Node, place: int = 0) -> Value:
        """Return an input of a node that comes from the samples."""
        name = node.inputs[place] if place < len(node.inputs) else ""
        if name not in self.values:
            what = "weights where data should come in" if name in self.constants else "a tensor that is not there yet"
            raise refused(node, f"takes {what}: {shown(name)}")
        return self.values[name]

    def constant(self, node: Node, place: int) -> Array | None:
        """Return an input of a node that is a constant, None if it is left out."""
        name = node.inputs[place] if place < len(node.inputs) else ""
        if name and name not in self.constants:
            raise refused(node, f"takes {shown(name)}, expected weights stored in the file")
        return self.constants[name] if name else None

    def numbers(self, node: Node, place: int) -> Array | None:
        """Return a constant that holds floating-point numbers."""
        found = self.constant(node, place)
        if found is not None and found.dtype not in (np.float32, np.float64):
            raise refused(node, f"expected float32 numbers in {shown(node.inputs[place])}")
        return found


def refused(node: Node | None, why: str) -> Mistake:
    """Return the Mistake that says why a node, or else the output of the graph, is not known."""
    return Mistake(f"the operator {node} {why}" if node else f"the output {why}")


def settings_of(node: Node, **defaults: Any) -> Mapping[str, Any]:
    """Return the attributes of a node with their defaults; raises Mistake for one that is not known or no such kind."""
    for name, found in node.attributes.items():
        if type(found) is not type(defaults.get(name)):
            raise refused(node, f"has a setting that is not known, {shown(name)} = {shown(found)}")
    return {**defaults, **node.attributes}


def prepared(value: Value, node: Node | None) -> Value:
    """Return a value of which what was made of its columns, if anything, is taken for a feature."""
    if value.chain.layers or value.made == "z":
        return value
    if value.made not in FEATURE_OF:
        raise refused(node, f"takes {value.made}, which is no feature of Downhill's")
    return Value(replace(value.chain, features=(FEATURE_OF[value.made],), shape=(1,)))


def closed(value: Value, node: Node | None) -> Chain:
    """Return the chain with what was made of its newest z taken for an activation."""
    chain = prepared(value, node).chain
    if not chain.layers or value.made == "z":
        return chain
    last = chain.layers[-1]
    if value.made not in ACTIVATION_OF or last.weight is None:
        after = " after dropout" if last.weight is None else ""
        raise refused(node, f"takes {value.made}{after}, which is no activation of Downhill's")
    return replace(chain, layers=(*chain.layers[:-1], replace(last, activation=ACTIVATION_OF[value.made])))
