"""ONNX files as other tools write them, node by node."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

Numbers = np.ndarray[Any, Any]
RANDOM = np.random.default_rng(0)


def numbers(*shape: int) -> Numbers:
    """Return weights of float32."""
    return RANDOM.normal(size=shape).astype(np.float32)


def stored(value: float | bool | list[float]) -> Numbers:
    """Return a constant of float32, or a truth value."""
    return np.array(value, np.bool_ if isinstance(value, bool) else np.float32)


def node(operator: str, inputs: str, output: str, name: str = "", **attributes: Any) -> onnx.NodeProto:
    """Return a node; inputs: names with spaces between."""
    return helper.make_node(operator, inputs.split(), output.split(), name, **attributes)


def network(
    nodes: Sequence[onnx.NodeProto],
    constants: Mapping[str, Numbers],
    shape: Sequence[int | str | None] = ("n", 4),
    opset: int = 17,
) -> bytes:
    """Return a file with the input "x" and the output "y"."""
    graph = helper.make_graph(
        nodes,
        "elsewhere",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=helper.find_min_ir_version_for(opsets))
    data: bytes = made.SerializeToString()
    return data


def run(data: bytes, raw: Numbers) -> Numbers:
    """Return what onnxruntime computes of the only input."""
    session = onnxruntime.InferenceSession(data)
    found: Numbers = session.run(None, {session.get_inputs()[0].name: raw.astype(np.float32)})[0]
    return found


DENSE = {"W": numbers(3, 4), "b": numbers(3)}
GEMM = node("Gemm", "x W b", "y", transB=1)
