"""The format "onnx": one file with preparation, network and output activation, and a free number of samples.

The input "input" takes raw samples as float32: (samples, numbers) as they stand in a table, (samples, height, width)
for images, whose pixels go in as they are (0 to 255 in MNIST). A layer's name is that of its node and of the tensor
with its outputs; its weighted sum is "NAME.z", its activation the node "NAME.tanh". The metadata hold the description,
each value as JSON. The file asks for the oldest set of operators that knows all it uses, for the sake of older tools.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import checker, defs, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.features import FEATURES
from core.datasets.samples import Array, Preparation
from core.exchange.description import describe, to_json
from core.exchange.features import COLUMNS, trace
from core.exchange.model import Model
from core.exchange.package import Package
from core.experiment.architecture import DenseLayer
from core.runs.versions import VERSION

_OLDEST = 13  # set of operators, in which softmax and reductions took the form that they have today


def write(package: Package, path: Path) -> tuple[Path, ...]:
    """Write the file, checked by ONNX' own checker; return its path."""
    graph = _Graph()
    tensors = graph.network(package.model)
    described = {key: to_json(value) for key, value in describe(package, tensors).items()}
    made = graph.made(package.model, described)
    checker.check_model(made, full_check=True)
    path.write_bytes(made.SerializeToString())
    return (path,)


def predictor(path: Path) -> Callable[[Array], Array]:
    """Load the file with ONNX' reference evaluator and return a function from raw samples to outputs."""
    made = onnx.load_model_from_string(path.read_bytes())
    (raw,) = made.graph.input
    shape = [size.dim_value for size in raw.type.tensor_type.shape.dim[1:]]
    evaluator = ReferenceEvaluator(made)

    def predict(samples: Array) -> Array:
        (outputs,) = evaluator.run(None, {"input": samples.astype(np.float32).reshape(-1, *shape)})
        return np.asarray(outputs)

    return predict


class _Graph:
    """A graph that grows node by node; ``last`` is the tensor that the next node takes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.names = {"input", "pixels", "features", "scaled", "centred", "standardized"}  # of the preparation
        self.last = "input"

    def network(self, model: Model) -> dict[str, tuple[str, str]]:
        """Add all nodes; return the names of weight and bias of each dense layer, by its id."""
        self._prepare(model)
        tensors: dict[str, tuple[str, str]] = {}
        parts = {layer.id: (weight, bias) for layer, weight, bias in model.architecture.split(model.row)}
        for layer in model.architecture.layers:
            name = self._fresh(layer.name)
            if not isinstance(layer, DenseLayer):
                # In ONNX dropout is off unless the node says otherwise.
                self._node("Dropout", name, self.last, self._constant(f"{name}.rate", np.float32(layer.rate)))
                continue
            weight, bias = (np.asarray(part, np.float32) for part in parts[layer.id])
            tensors[layer.id] = (self._constant(f"{name}.weight", weight), self._constant(f"{name}.bias", bias))
            linear = layer.activation == "linear"
            output = name if linear else self._fresh(f"{name}.z")
            self._node("Gemm", name, self.last, *tensors[layer.id], output=output, transB=1)
            if layer.activation == "silu":
                # ONNX has an operator for it only since version 24 of its operators, and few tools know that one.
                self._node("Sigmoid", self._fresh(f"{name}.sigmoid"), output)
                self._node("Mul", f"{name}.silu", output, self.last, output=name)
            elif not linear:
                # What the operators of all activations have as their defaults is what the table says.
                self._node(OUTPUT_ACTIVATIONS[layer.activation].onnx, f"{name}.{layer.activation}", output=name)
        return tensors

    def made(self, model: Model, metadata: dict[str, str]) -> onnx.ModelProto:
        """Return the whole."""
        shape: list[str | int | None] = ["samples", *model.facts.shape]
        first = helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, shape)
        outputs: list[str | int | None] = ["samples", model.architecture.outputs]
        last = helper.make_tensor_value_info(self.last, onnx.TensorProto.FLOAT, outputs)
        graph = helper.make_graph(self.nodes, "network", [first], [last], self.constants)
        operators = {node.op_type for node in self.nodes}
        opset = [helper.make_opsetid("", max(_OLDEST, *map(_since, operators)))]
        made = helper.make_model(
            graph,
            opset_imports=opset,
            ir_version=helper.find_min_ir_version_for(opset),
            producer_name="Downhill",
            producer_version=VERSION,
            doc_string="Takes raw samples. Its metadata are JSON: classes, metrics, seed, versions and more.",
        )
        helper.set_model_props(made, {key: _utf8(value) for key, value in metadata.items()})
        return made

    def _prepare(self, model: Model) -> None:
        preparation: Preparation = model.preparation
        if len(model.facts.shape) > 1:
            self._node("Flatten", "pixels")
        if preparation.features and preparation.features != COLUMNS:
            sizes = self._constant("columns", np.ones(2, np.int64))
            self.names.update(COLUMNS)
            self.nodes.append(helper.make_node("Split", [self.last, sizes], COLUMNS, "split", axis=1))
            self._features(preparation.features)
        if preparation.scale != 1:
            self._node("Mul", "scaled", self.last, self._constant("scale", np.float32(preparation.scale)))
        if preparation.mean is not None and preparation.deviation is not None:
            self._node("Sub", "centred", self.last, self._constant("mean", preparation.mean))
            self._node("Div", "standardized", self.last, self._constant("deviation", preparation.deviation))

    def _features(self, tags: tuple[str, ...]) -> None:
        def apply(operator: str, inputs: tuple[str, ...]) -> str:
            name = self._fresh(f"{operator}({', '.join(inputs)})")
            self._node(operator, name, *inputs)
            return name

        names = [trace(FEATURES[tag], apply) for tag in tags]
        if len(names) > 1:
            self._node("Concat", "features", *names, axis=1)
        else:
            self.last = names[0]

    def _node(self, operator: str, name: str, *inputs: str, output: str = "", **attributes: Any) -> None:
        """Add a node from the last tensor, or from those named, and take what it gives as the last one."""
        self.nodes.append(
            helper.make_node(operator, inputs or (self.last,), [output or name], _utf8(name), **attributes)
        )
        self.last = output or name

    def _constant(self, name: str, value: Array | np.float32) -> str:
        name = self._fresh(name)
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _fresh(self, name: str) -> str:
        """Return a name that no node or tensor has yet: a second "Dense" becomes "Dense 2"."""
        name = _utf8(name)
        number, found = 1, name
        while found in self.names:
            number += 1
            found = f"{name} {number}"
        self.names.add(found)
        return found


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _since(operator: str) -> int:
    """Return the first set of operators that has this one."""
    history = defs.get_all_schemas_with_history()
    return min(schema.since_version for schema in history if schema.name == operator and not schema.domain)
