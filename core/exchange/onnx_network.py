"""From the graph of an ONNX file to the layers of a plain dense network, node by node.

Nodes stand in the order in which they are done, so that a cycle shows itself as a tensor used before it is there.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.fields import Mistake, shown
from core.datasets.samples import Array
from core.exchange.features import COLUMNS
from core.exchange.onnx_chain import FEATURE_OF, Chain, Layer, Value, Walk, closed, prepared, refused, settings_of
from core.exchange.onnx_file import Graph, Node

_LONGEST = 200  # letters of what elementwise operators make
_FLOATS = (1, 11)  # what may be cast to: float32 and float64


# Settings of operators that say what the table says, and so may stand there.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "LeakyRelu": {"alpha": 0.01},
    "Elu": {"alpha": 1.0},
    "Swish": {"alpha": 1.0},
    "Gelu": {"approximate": "none"},
    "Softmax": {"axis": -1},
}


def follow(graph: Graph) -> Chain:
    """Return the network of a graph; raises Mistake, which names the first operator that it does not know."""
    for node in graph.nodes:
        if node.operator not in _OPERATORS:
            raise Mistake(
                f"expected a plain dense network (Gemm, MatMul, Add and activations), found the operator {node}"
            )
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise Mistake(f"expected one input and one output, found {len(graph.inputs)} and {len(graph.outputs)}")
    port = graph.inputs[0]
    shape = None if port.shape == (0,) else port.shape  # a table whose width the first layer will tell
    if shape and 0 in shape:
        raise Mistake(f"expected an input of which the size is known, found {shape} for each sample")
    walk = Walk(graph.constants, {port.name: Value(Chain(shape, shape))})
    with np.errstate(all="ignore"):  # whether all numbers are finite is looked at in the end
        for node in graph.nodes:
            made = _OPERATORS[node.operator](walk, node)
            walk.take(node, made if isinstance(made, tuple) else (made,))
    output = walk.values.get(graph.outputs[0])
    if output is None:
        raise Mistake(f"expected an output {shown(graph.outputs[0])} that comes of the input, found none")
    chain = closed(output, None)
    if not chain.layers or chain.layers[-1].weight is None:
        raise Mistake("expected a network that ends in a dense layer, found none")
    return chain


# What the operators do


def _pass(walk: Walk, node: Node) -> Value | Array:
    settings_of(node)
    return walk.constants[node.inputs[0]] if node.inputs and node.inputs[0] in walk.constants else walk.value(node)


def _constant(_walk: Walk, node: Node) -> Array:
    found = next(iter(node.attributes.values()), None)
    return found if isinstance(found, np.ndarray) else np.array(found)


def _cast(walk: Walk, node: Node) -> Value:
    if settings_of(node, to=0, saturate=1, round_mode="up")["to"] not in _FLOATS:
        raise refused(node, "makes something else than float32 numbers")
    return walk.value(node)


def _transpose(walk: Walk, node: Node) -> Array:
    found = walk.constant(node, 0)
    if found is None or found.ndim != 2 or settings_of(node, perm=[1, 0])["perm"] != [1, 0]:
        raise refused(node, "turns something else than the weights of a layer")
    return found.T


def _flatten(walk: Walk, node: Node) -> Value:
    value = walk.value(node)
    if settings_of(node, axis=1)["axis"] != 1:
        raise refused(node, "joins samples with each other")
    return _flat(value, None if value.chain.shape is None else prod(value.chain.shape))


def _reshape(walk: Walk, node: Node) -> Value:
    value, sizes = walk.value(node), walk.constant(node, 1)
    known = value.chain.shape
    if sizes is None or sizes.shape != (2,) or sizes.dtype != np.int64 or settings_of(node, allowzero=0)["allowzero"]:
        raise refused(node, "gives another shape than samples × numbers")
    first, second = map(int, sizes)
    width = prod(known) if second == -1 and known else second
    if first not in (0, -1) or first == second or width < 1 or (known and prod(known) != width):
        raise refused(node, f"gives the shape {first} × {second}, expected one for any number of samples")
    return _flat(value, width)


def _flat(value: Value, width: int | None) -> Value:
    if width is None or value.chain.shape == (width,):
        return value
    if value.made != "z" or value.chain.layers:
        raise Mistake("expected images to be flattened before anything else")
    raw = value.chain.raw or (width,)
    return Value(replace(value.chain, raw=raw, shape=(width,)))


def _dropout(walk: Walk, node: Node) -> Value:
    value, ratio, training = walk.value(node), walk.constant(node, 1), walk.constant(node, 2)
    if training is not None and (training.size != 1 or training.dtype != np.bool_ or training.any()):
        raise refused(node, "switches units off at random, expected a network that is not being trained")
    rate = settings_of(node, ratio=0.5, seed=0)["ratio"] if ratio is None else ratio
    if np.size(rate) != 1:
        raise refused(node, "expected one rate")
    chain = closed(value, node)
    layer = Layer(node.name, rate=round(float(np.ravel(rate)[0]), 6))
    return Value(replace(chain, layers=(*chain.layers, layer)))


def _gemm(walk: Walk, node: Node) -> Value:
    settings = settings_of(node, alpha=1.0, beta=1.0, transA=0, transB=0)
    weight, bias = walk.numbers(node, 1), walk.numbers(node, 2)
    if settings["transA"]:
        raise refused(node, "turns its input")
    if weight is not None and not settings["transB"]:
        weight = weight.T
    value = _dense(walk, node, weight, settings["alpha"])
    return value if bias is None else _biased(value, node, bias if settings["beta"] == 1 else bias * settings["beta"])


def _matmul(walk: Walk, node: Node) -> Value:
    settings_of(node)
    weight = walk.numbers(node, 1)
    return _dense(walk, node, None if weight is None else weight.T, 1)


def _dense(walk: Walk, node: Node, weight: Array | None, factor: float) -> Value:
    chain = closed(walk.value(node), node)
    if weight is None or weight.ndim != 2 or 0 in weight.shape:
        raise refused(node, "expected a matrix of weights")
    units, inputs = weight.shape
    if chain.shape not in (None, (inputs,)):
        found = " × ".join(map(str, chain.shape or ()))
        raise refused(node, f"has weights for {inputs} inputs, and {found} come in")
    walk.unused -= weight.nbytes
    if walk.unused < 0:
        raise refused(node, "takes weights that another layer has, expected some of its own")
    layer = Layer(node.name, weight=weight if factor == 1 else weight * weight.dtype.type(factor))
    return Value(replace(chain, raw=chain.raw or (inputs,), shape=(units,), layers=(*chain.layers, layer)))


def _biased(value: Value, node: Node, added: Array) -> Value:
    *before, last = value.chain.layers
    assert last.weight is not None
    bias = _spread(added, node, len(last.weight))
    return Value(replace(value.chain, layers=(*before, replace(last, bias=bias))))


def _spread(numbers: Array, node: Node, width: int) -> Array:
    """Return numbers, one or one for each of ``width`` inputs or units, as an array of that length."""
    if numbers.ndim > 2 or (numbers.size != 1 and (numbers.size != width or numbers.shape[-1] != width)):
        found = " × ".join(map(str, numbers.shape))
        raise refused(node, f"expected one number or {width}, found {found:.80}")
    return np.broadcast_to(numbers.ravel(), (width,))


def _two(walk: Walk, node: Node) -> Value:
    """Add, Sub, Mul or Div: of two tensors of one chain, or of a tensor and a constant."""
    settings_of(node)
    if len(node.inputs) != 2:
        raise refused(node, "expected two inputs")
    stored = [name in walk.constants for name in node.inputs]
    if not any(stored):
        one, two = walk.value(node, 0), walk.value(node, 1)
        if one.chain is not two.chain:
            raise refused(node, "joins two branches of the network")
        return _made(one, node, one.made, two.made)
    value, numbers = walk.value(node, int(stored[0])), walk.numbers(node, int(not stored[0]))
    assert numbers is not None
    turned = stored[0] and node.operator in ("Sub", "Div")  # the constant comes first
    if not value.chain.layers and not turned:
        return _scaled(prepared(value, node), node, numbers)
    last = value.chain.layers[-1] if value.chain.layers and value.made == "z" else Layer("")
    if last.weight is not None and last.bias is None and node.operator in ("Add", "Sub") and not turned:
        return _biased(value, node, numbers if node.operator == "Add" else -numbers)
    if numbers.size != 1:
        raise refused(node, f"takes {numbers.size:,} numbers to {value.made}, which no activation of Downhill's does")
    number = f"{float(numbers.ravel()[0]):g}"
    return _made(value, node, *((number, value.made) if stored[0] else (value.made, number)))


def _scaled(value: Value, node: Node, numbers: Array) -> Value:
    """Take a constant for the scale, the mean or the deviation of the inputs, in this order."""
    chain = value.chain
    if chain.shape is None or (len(chain.shape) > 1 and numbers.size != 1) or chain.deviation is not None:
        raise refused(node, "prepares the inputs in a way that Downhill does not")
    divides = node.operator == "Div"
    if node.operator in ("Add", "Sub"):
        if chain.mean is not None or len(chain.shape) > 1:
            raise refused(node, "prepares the inputs in a way that Downhill does not")
        mean = _spread(numbers if node.operator == "Sub" else -numbers, node, chain.shape[0])
        return Value(replace(chain, mean=mean))
    if divides and not numbers.all():
        raise refused(node, "divides by 0")
    if chain.mean is None and chain.scale is None and numbers.size == 1:
        number = float(numbers.ravel()[0])
        return Value(replace(chain, scale=1 / number if divides else number))
    if not numbers.all() or len(chain.shape) > 1:
        raise refused(node, "prepares the inputs in a way that Downhill does not")
    deviation = _spread(numbers if divides else 1 / numbers, node, chain.shape[0])
    mean = np.zeros(chain.shape[0], np.float32) if chain.mean is None else chain.mean
    return Value(replace(chain, mean=mean, deviation=deviation))


def _one(walk: Walk, node: Node) -> Value:
    value = walk.value(node)
    default = _DEFAULTS.get(node.operator, {})
    settings = settings_of(node, **default)
    for name, found in settings.items():
        expected = default[name]
        same = found in (expected, 1) if name == "axis" else found == expected
        if not same and not (isinstance(found, float) and abs(found - expected) < 1e-6):
            raise refused(node, f"has {name} = {shown(found)}, expected {expected}")
    return _made(value, node, value.made)


def _made(value: Value, node: Node, *operands: str) -> Value:
    ordered = sorted(operands) if node.operator in ("Add", "Mul") else operands
    made = f"{node.operator}({', '.join(ordered)})"
    if len(made) > _LONGEST:
        raise refused(node, f"takes {value.made[:60]}…, which is no activation of Downhill's")
    return Value(value.chain, made)


def _split(walk: Walk, node: Node) -> tuple[Value, ...]:
    value, sizes = walk.value(node), walk.constant(node, 1)
    settings = settings_of(node, axis=0, split=[1, 1], num_outputs=2)
    parts = settings["split"] if sizes is None else sizes.tolist()
    chain = value.chain
    raw = value.made == "z" and not (chain.layers or chain.features or chain.scale) and chain.mean is None
    if not raw or chain.shape != (2,) or settings["axis"] != 1 or parts != [1, 1] or len(node.outputs) != 2:
        raise refused(node, "parts something else than the two columns of points of the plane")
    return tuple(Value(chain, column) for column in COLUMNS)


def _concat(walk: Walk, node: Node) -> Value:
    values = [walk.value(node, place) for place in range(len(node.inputs))]
    chain = values[0].chain if values else None
    if chain is None or any(value.chain is not chain for value in values) or settings_of(node, axis=0)["axis"] != 1:
        raise refused(node, "joins two branches of the network")
    strange = next((value.made for value in values if value.made not in FEATURE_OF), None)
    if chain.layers or strange:
        raise refused(node, f"takes {strange or 'units'}, which is no feature of Downhill's")
    tags = tuple(FEATURE_OF[value.made] for value in values)
    return Value(replace(chain, features=tags, shape=(len(tags),)))


_OPERATORS: Mapping[str, Callable[[Walk, Node], Value | Array | tuple[Value, ...]]] = {
    "Identity": _pass,
    "Constant": _constant,
    "Cast": _cast,
    "Transpose": _transpose,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Dropout": _dropout,
    "Gemm": _gemm,
    "MatMul": _matmul,
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _two),
    "Split": _split,
    "Concat": _concat,
    **dict.fromkeys((*(row.onnx for row in OUTPUT_ACTIVATIONS.values() if row.tag != "linear"), "Erf"), _one),
}
