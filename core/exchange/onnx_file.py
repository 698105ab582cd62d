"""ONNX files, read with suspicion: nodes, constants and metadata, none larger than the bytes that are there.

Numbers of fields are those of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from core.choices.fields import Mistake, shown
from core.datasets.samples import Array
from core.exchange.protobuf import Reader, Value, varints

_OLDEST_OPSET = 7  # since which operators broadcast, and dropout is off, without being told so
_MOST_SHAPE = 8  # numbers of a shape
_MOST_SMALL = 4096  # bytes of a name, or of packed whole numbers, which only shapes are
_MOST_METADATA = 32 << 20  # bytes in all
_RAW = 9  # the field with the bytes of a tensor's numbers
# Types of tensors: the field that may hold their numbers instead, and numpy's type.
_TYPES: Mapping[int, tuple[int, np.dtype[Any]]] = {
    1: (4, np.dtype("<f4")),
    11: (10, np.dtype("<f8")),
    7: (7, np.dtype("<i8")),
    9: (5, np.dtype("?")),
}


@dataclass(frozen=True)
class Node:
    """One operator at work; attributes by name: numbers, lists of numbers, texts, arrays, None for anything else."""

    operator: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{shown(self.operator)} (node {shown(self.name or ', '.join(self.outputs))})"


@dataclass(frozen=True)
class Port:
    """An input or output of the graph; shape: of one sample, with 0 for a size that is not known, None for all."""

    name: str
    shape: tuple[int, ...] | None


@dataclass
class Graph:
    """A graph as its file has it."""

    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    inputs: list[Port] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)


def read_graph(data: bytes) -> Graph:
    """Return the graph in the bytes of an ONNX file; raises Mistake where there is none. Arrays are views."""
    return _Parser().model(memoryview(data))


class _Parser(Reader):
    def model(self, message: memoryview) -> Graph:
        graph = None
        opset = 0
        metadata: dict[str, str] = {}
        room = _MOST_METADATA
        for number, value in self.fields(message):
            match number, value:
                case 7, memoryview():
                    graph = self._graph(value)
                case 8, memoryview():
                    opset = max(opset, self._opset(value))
                case 14, memoryview():
                    room -= len(value)
                    if room < 0:
                        raise Mistake(f"expected at most {_MOST_METADATA >> 20} MB of metadata, found more")
                    found = dict(self.fields(value))
                    key, text = (_text(found.get(place, memoryview(b"")), _MOST_METADATA) for place in (1, 2))
                    metadata[key] = text
        if graph is None:
            raise Mistake("expected an ONNX file, found no network in it")
        if opset < _OLDEST_OPSET:
            raise Mistake(f"expected ONNX operators of version {_OLDEST_OPSET} or later, found {opset}; export it anew")
        graph.metadata = metadata
        return graph

    def _opset(self, message: memoryview) -> int:
        found = dict(self.fields(message))
        version = found.get(2)
        own = _text(found.get(1, memoryview(b""))) in ("", "ai.onnx")
        return version if own and isinstance(version, int) else 0

    def _graph(self, message: memoryview) -> Graph:
        graph = Graph()
        for number, value in self.fields(message):
            match number, value:
                case 1, memoryview():
                    graph.nodes.append(self._node(value))
                case 5, memoryview():
                    name, array = self._tensor(value)
                    if name in graph.constants:
                        raise Mistake(f"expected tensors of different names, found {shown(name)} twice")
                    graph.constants[name] = array
                case 11, memoryview():
                    graph.inputs.append(self._port(value))
                case 12, memoryview():
                    graph.outputs.append(self._port(value).name)
        graph.inputs = [port for port in graph.inputs if port.name not in graph.constants]
        return graph

    def _node(self, message: memoryview) -> Node:
        inputs, outputs = [], []
        texts = {3: "", 4: "", 7: ""}
        attributes: dict[str, Any] = {}
        for number, value in self.fields(message):
            match number, value:
                case 1, memoryview():
                    inputs.append(_text(value))
                case 2, memoryview():
                    outputs.append(_text(value))
                case ((3 | 4 | 7), memoryview()):
                    texts[number] = _text(value)
                case 5, memoryview():
                    name, attribute = self._attribute(value)
                    attributes[name] = attribute
        domain = "" if texts[7] == "ai.onnx" else texts[7]
        operator = f"{domain}.{texts[4]}" if domain else texts[4]
        return Node(operator, texts[3], tuple(inputs), tuple(outputs), attributes)

    def _attribute(self, message: memoryview) -> tuple[str, Any]:
        name = ""
        found: Any = None
        numbers: list[Value] = []
        for number, value in self.fields(message):
            match number, value:
                case 1, memoryview():
                    name = _text(value)
                case (2, float()) | (3, int()):
                    found = value
                case 4, memoryview():
                    found = _text(value)
                case 5, memoryview():
                    found = self._tensor(value)[1]
                case 8, int():
                    numbers.append(value)
                case 8, memoryview():
                    numbers += _small(value)
        return name, numbers or found

    def _tensor(self, message: memoryview) -> tuple[str, Array]:
        name, kind = "", 0
        shape: list[int] = []
        held: dict[int, memoryview] = {}
        for number, value in self.fields(message):
            match number, value:
                case 1, int():
                    shape.append(value)
                case 1, memoryview():
                    shape += _small(value)
                case 2, int():
                    kind = value
                case 8, memoryview():
                    name = _text(value)
                case ((4 | 5 | 7 | 9 | 10), memoryview()):
                    held[number] = value
                case (13, _) | (14, 1):
                    raise Mistake(
                        f"tensor {shown(name)}: expected its numbers in the file, found a note that another file has "
                        "them; export the network into one file"
                    )
        if len(shape) > _MOST_SHAPE or any(size < 0 for size in shape):
            sizes = shown(shape)
            raise Mistake(f"tensor {shown(name)}: expected a shape of at most {_MOST_SHAPE} sizes, found {sizes}")
        return name, _array(name, kind, shape, held)

    def _port(self, message: memoryview) -> Port:
        """Return name and shape of an input or output."""
        name = ""
        shape: list[int] | None = None
        for number, value in self.fields(message):
            match number, value:
                case 1, memoryview():
                    name = _text(value)
                case 2, memoryview():
                    tensor = dict(self.fields(value)).get(1)
                    described = dict(self.fields(tensor)).get(2) if isinstance(tensor, memoryview) else None
                    if isinstance(described, memoryview):
                        shape = [self._size(size) for number, size in self.fields(described) if number == 1]
        return Port(name, tuple(max(0, size) for size in shape[1:]) if shape and len(shape) > 1 else None)

    def _size(self, value: Value) -> int:
        found = dict(self.fields(value)).get(1) if isinstance(value, memoryview) else None
        return found if isinstance(found, int) else 0


def _array(name: str, kind: int, shape: Sequence[int], held: Mapping[int, memoryview]) -> Array:
    """Return the numbers of a tensor in its shape, as long as there are just as many."""
    if kind not in _TYPES:
        return np.empty(0, object)  # it may belong to something that is not used
    own, dtype = _TYPES[kind]
    data = held.get(_RAW, held.get(own, memoryview(b"")))
    if _RAW not in held and dtype.kind in "ib":
        array = np.array(_small(data), dtype)
    elif len(data) % dtype.itemsize:
        raise Mistake(f"tensor {shown(name)}: expected numbers of {dtype.itemsize} bytes, found {len(data):,} bytes")
    else:
        array = np.frombuffer(data, dtype)
    if array.size != prod(shape):
        sizes = " × ".join(map(str, shape))
        raise Mistake(f"tensor {shown(name)}: expected {sizes:.80} numbers as its shape says, found {array.size:,}")
    return array.reshape(shape) if array.size else array


def _text(value: Value, most: int = _MOST_SMALL) -> str:
    if not isinstance(value, memoryview) or len(value) > most:
        raise Mistake(f"expected a text of at most {most:,} bytes, found something else")
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        raise Mistake("damaged or incomplete (a name is not text)") from None


def _small(packed: memoryview) -> list[int]:
    if len(packed) > _MOST_SMALL:
        raise Mistake(f"expected a shape in at most {_MOST_SMALL:,} bytes, found {len(packed):,}")
    return list(varints(packed))
