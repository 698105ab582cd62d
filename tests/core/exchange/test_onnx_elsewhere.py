"""ONNX networks of other tools: plain dense ones are opened and compute the same, others are refused by a sentence."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import helper
from torch import nn

from core.choices.fields import Mistake
from core.exchange.model import Model
from core.exchange.reading import read_model
from tests.core.exchange.making_onnx import DENSE, GEMM, Numbers, network, node, numbers, run, stored


def opened(data: bytes, folder: Path) -> Model:
    """Return the model of a file with these bytes."""
    (folder / "a.onnx").write_bytes(data)
    return read_model(folder / "a.onnx")


def agrees(data: bytes, folder: Path, shape: tuple[int, ...] = (4,)) -> Model:
    """Assert that Downhill and onnxruntime say the same; return the model."""
    model = opened(data, folder)
    raw = np.random.default_rng(1).normal(size=(20, *shape))
    assert model.predict(raw.reshape(20, -1)) == pytest.approx(run(data, raw).reshape(20, -1), abs=2e-5)
    return model


@pytest.mark.parametrize("opset", [13, 18, 20])
def test_a_network_exported_by_torch(opset: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    modules: list[nn.Module] = [nn.Flatten()]
    modules += [nn.Linear(16, 8), nn.GELU(), nn.Dropout(0.3), nn.Linear(8, 6), nn.SiLU(), nn.Linear(6, 6), nn.Tanh()]
    modules += [nn.Linear(6, 6), nn.LeakyReLU(), nn.Linear(6, 6), nn.ELU(), nn.Linear(6, 6, bias=False), nn.Softplus()]
    modules += [nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 3), nn.Softmax(-1)]
    whole = nn.Sequential(*modules).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's older exporter, which needs no package of its own, is deprecated
        torch.onnx.export(
            whole,
            (torch.zeros(2, 4, 4),),
            str(tmp_path / "torch.onnx"),
            dynamo=False,
            opset_version=opset,
            input_names=["picture"],
            dynamic_axes={"picture": {0: "n"}},
        )
    model = agrees((tmp_path / "torch.onnx").read_bytes(), tmp_path, (4, 4))
    activations = [layer.activation for layer in model.architecture.dense]
    assert activations == ["gelu", "silu", "tanh", "leaky_relu", "elu", "softplus", "sigmoid", "relu", "softmax"]
    assert model.facts.classes == ("0", "1", "2")
    assert (model.facts.shape, model.facts.image) == ((4, 4), True)


W, B = DENSE["W"], DENSE["b"]
TWO = {**DENSE, "V": numbers(2, 3), "c": numbers(2)}
HABITS: dict[str, tuple[list[Any], dict[str, Numbers]]] = {
    "Gemm": ([GEMM], DENSE),
    "Gemm the other way round": ([node("Gemm", "x W b", "y")], {"W": W.T.copy(), "b": B}),
    "Gemm with factors": ([node("Gemm", "x W b", "y", transB=1, alpha=0.5, beta=2.0)], DENSE),
    "Gemm without a bias": ([node("Gemm", "x W", "y", transB=1)], DENSE),
    "one bias for all": ([GEMM], {"W": W, "b": numbers(1)}),
    "a bias with two sizes": ([GEMM], {"W": W, "b": numbers(1, 3)}),
    "MatMul and Add": ([node("MatMul", "x W", "z"), node("Add", "z b", "y")], {"W": W.T.copy(), "b": B}),
    "Add from the left": ([node("MatMul", "x W", "z"), node("Add", "b z", "y")], {"W": W.T.copy(), "b": B}),
    "MatMul and Sub": ([node("MatMul", "x W", "z"), node("Sub", "z b", "y")], {"W": W.T.copy(), "b": B}),
    "MatMul alone": ([node("MatMul", "x W", "y")], {"W": W.T.copy()}),
    "Transpose": (
        [node("Transpose", "W", "T", perm=[1, 0]), node("MatMul", "x T", "z"), node("Add", "z b", "y")],
        DENSE,
    ),
    "float64": ([node("Cast", "x", "d", to=11), node("Gemm", "d W b", "z", transB=1), node("Cast", "z", "y", to=1)],
                {"W": W.astype(np.float64), "b": B.astype(np.float64)}),
    "Constant": ([helper.make_node("Constant", [], ["W"], value=onnx.numpy_helper.from_array(W)), GEMM], {"b": B}),
    "Identity": (
        [node("Identity", "x", "i"), node("Identity", "W", "U"), node("Gemm", "i U b", "z", transB=1),
         node("Identity", "z", "y")],
        DENSE,
    ),
    "Dropout": (
        [node("Gemm", "x W b", "z", transB=1), node("Relu", "z", "a"), node("Dropout", "a rate off", "d"),
         node("Gemm", "d V c", "y", transB=1)],
        {**TWO, "rate": stored(0.3), "off": stored(False)},
    ),
    "SiLU": (
        [node("Gemm", "x W b", "z", transB=1), node("Sigmoid", "z", "s"), node("Mul", "s z", "a"),
         node("Gemm", "a V c", "y", transB=1)],
        TWO,
    ),
    "GELU": (
        [node("Gemm", "x W b", "z", transB=1), node("Div", "z root", "d"), node("Erf", "d", "e"),
         node("Add", "one e", "f"), node("Mul", "half z", "h"), node("Mul", "h f", "a"),
         node("Gemm", "a V c", "y", transB=1)],
        {**TWO, "root": stored(2**0.5), "one": stored(1), "half": stored(0.5)},
    ),
    "standardized": ([node("Sub", "x m", "s"), node("Div", "s d", "t"), node("Gemm", "t W b", "y", transB=1)],
                     {**DENSE, "m": numbers(4), "d": np.abs(numbers(1, 4)) + 0.5}),
    "scaled and shifted": (
        [node("Div", "x w", "s"), node("Add", "s m", "t"), node("Mul", "t f", "u"),
         node("Gemm", "u W b", "y", transB=1)],
        {**DENSE, "w": stored(255), "m": stored([-0.5]), "f": stored(2)},
    ),
    "a spread without a mean": ([node("Div", "x d", "t"), node("Gemm", "t W b", "y", transB=1)],
                                {**DENSE, "d": np.abs(numbers(4)) + 0.5}),
}  # fmt: skip


@pytest.mark.parametrize("habit", HABITS)
def test_habits_of_other_tools(habit: str, tmp_path: Path) -> None:
    nodes, constants = HABITS[habit]
    agrees(network(nodes, constants), tmp_path)


def test_numbers_need_not_be_raw(tmp_path: Path) -> None:
    made = onnx.load_model_from_string(network([GEMM], DENSE))
    for tensor, array in zip(made.graph.initializer, (W, B), strict=True):
        tensor.ClearField("raw_data")
        tensor.float_data.extend(array.ravel().tolist())
    agrees(made.SerializeToString(), tmp_path)


@pytest.mark.parametrize("shape", [("n", 1, 2, 2), ("n", 2, 2), (None, 4)])
def test_pictures_are_flattened(shape: tuple[Any, ...], tmp_path: Path) -> None:
    gemm = node("Gemm", "f W b", "y", transB=1)
    model = agrees(network([node("Flatten", "x", "f"), gemm], DENSE, shape), tmp_path, shape[1:])
    assert model.facts.image == (len(shape) > 2)
    sizes = {"to": np.array([-1, 4])}
    agrees(network([node("Reshape", "x to", "f"), gemm], {**DENSE, **sizes}, shape), tmp_path, shape[1:])


def test_an_input_of_unknown_size(tmp_path: Path) -> None:
    model = agrees(network([GEMM], DENSE, ("n", "m")), tmp_path)
    assert model.facts.shape == (4,)


@pytest.mark.parametrize(
    ("units", "ends", "target", "classes"),
    [
        (1, "Sigmoid", "binary", ("0", "1")),
        (1, "Tanh", "sign", ("−1", "+1")),
        (1, "Identity", "value", ()),
        (2, "Softmax", "one-hot", ("0", "1")),
        (3, "Softmax", "one-hot", ("0", "1", "2")),
        (3, "Identity", "one-hot", ("0", "1", "2")),
    ],
)
def test_what_outputs_mean_is_guessed(
    units: int, ends: str, target: str, classes: tuple[str, ...], tmp_path: Path
) -> None:
    constants = {"W": numbers(units, 4), "b": numbers(units)}
    data = network([node("Gemm", "x W b", "z", transB=1), node(ends, "z", "y")], constants)
    model = agrees(data, tmp_path)
    assert model.architecture.head.target == target
    assert model.facts.classes == classes
    assert len(model.output_names) == units


FIRST = node("Gemm", "x W b", "z", transB=1)
LAST = node("Gemm", "a V c", "y", transB=1)
REFUSED: dict[str, tuple[list[Any], dict[str, Numbers], str]] = {
    "an unknown operator": (
        [FIRST, node("Clip", "z", "a", "six"), node("Conv", "a V", "y", "conv")],
        TWO,
        'expected a plain dense network (Gemm, MatMul, Add and activations), found the operator "Clip" (node "six")',
    ),
    "an operator of another set": ([node("FusedGemm", "x W b", "y", "f", domain="com.microsoft")], DENSE,
                                   'found the operator "com.microsoft.FusedGemm" (node "f")'),
    "a cycle": ([node("Gemm", "y W b", "z", transB=1), node("Relu", "z", "y")], DENSE,
                'the operator "Gemm" (node "z") takes a tensor that is not there yet: "y"'),
    "a name twice": ([node("Relu", "x", "z"), node("Relu", "x", "z"), node("Gemm", "z W b", "y", transB=1)], DENSE,
                     'gives "z" a second time'),
    "another slope": ([FIRST, node("LeakyRelu", "z", "a", alpha=0.2), LAST], TWO, "has alpha = 0.2"),
    "another axis": ([FIRST, node("Softmax", "z", "y", axis=0)], DENSE, "has axis = 0, expected -1"),
    "an unknown setting": ([FIRST, node("Relu", "z", "a", slope=0.2), LAST], TWO,
                           'has a setting that is not known, "slope"'),
    "a setting of another kind": ([FIRST, node("LeakyRelu", "z", "a", alpha="steep"), LAST], TWO,
                                  'has a setting that is not known, "alpha" = "steep"'),
    "two branches": ([FIRST, node("Gemm", "x U b", "w", transB=1), node("Add", "z w", "y")], {**DENSE, "U": W},
                     "joins two branches of the network"),
    "a shortcut": (
        [node("Gemm", "x S b", "z", transB=1), node("Add", "z x", "y")],
        {"S": numbers(4, 4), "b": numbers(4)},
        "joins two branches of the network",
    ),
    "shared weights": (
        [node("Gemm", "x S b", "z", transB=1), node("Relu", "z", "a"), node("Gemm", "a S b", "y", transB=1)],
        {"S": numbers(4, 4), "b": numbers(4)},
        "takes weights that another layer has",
    ),
    "an activation of another kind": (
        [FIRST, node("Tanh", "z", "t"), node("Mul", "t z", "a"), LAST], TWO,
        "takes Mul(Tanh(z), z), which is no activation of Downhill's",
    ),
    "a chain of activations": ([FIRST, node("Tanh", "z", "t"), node("Relu", "t", "a"), LAST], TWO,
                               "takes Relu(Tanh(z)), which is no activation"),
    "an activation after dropout": ([FIRST, node("Dropout", "z", "d"), node("Relu", "d", "a"), LAST], TWO,
                                    "takes Relu(z) after dropout, which is no activation of Downhill's"),
    "an activation at the start": ([node("Relu", "x", "a"), node("Gemm", "a W b", "y", transB=1)], DENSE,
                                   "takes Relu(z), which is no feature of Downhill's"),
    "softmax in the middle": ([FIRST, node("Softmax", "z", "a"), LAST], TWO, "expected softmax in the last layer"),
    "dropout that is on": (
        [FIRST, node("Dropout", "z rate on", "a"), LAST],
        {**TWO, "rate": stored(0.5), "on": stored(True)},
        "switches units off at random",
    ),
    "too much dropout": ([FIRST, node("Dropout", "z rate", "a"), LAST], {**TWO, "rate": stored(0.99)},
                         "layers[1].rate: expected a number from 0 to 0.95"),
    "weights that do not fit": ([FIRST, node("Gemm", "z W b", "y", transB=1)], DENSE,
                                "has weights for 4 inputs, and 3 come in"),
    "a bias of another shape": ([GEMM], {"W": W, "b": numbers(3, 1)}, "expected one number or 3, found 3 × 1"),
    "columns that are prepared": (
        [node("Gemm", "x W b", "unused", transB=1), node("Sub", "x m", "s"), node("Split", "s", "p q", axis=1)],
        {**DENSE, "m": numbers(4)},
        "parts something else than the two columns",
    ),
    "a bias that does not fit": ([GEMM], {"W": W, "b": numbers(2)}, "expected one number or 3, found 2"),
    "weights of whole numbers": ([GEMM], {"W": np.ones((3, 4), np.int64), "b": B}, 'expected float32 numbers in "W"'),
    "half weights": ([GEMM], {"W": W.astype(np.float16), "b": B}, 'expected float32 numbers in "W"'),
    "weights that are not finite": ([GEMM], {"W": W * np.inf, "b": B}, "expected finite numbers"),
    "weights that come in": ([node("Gemm", "W x b", "y", transB=1)], DENSE, 'takes "x", expected weights stored'),
    "weights in place of data": ([node("Gemm", "U W b", "y", transB=1)], {**DENSE, "U": numbers(1, 4)},
                                 'takes weights where data should come in: "U"'),
    "weights that are computed": ([node("Gemm", "x q b", "y", transB=1)], DENSE, 'takes "q", expected weights stored'),
    "no dense layer": ([node("Identity", "x", "y")], {}, "expected a network that ends in a dense layer"),
    "dropout at the end": ([FIRST, node("Dropout", "z", "y")], DENSE, "expected a network that ends in a dense layer"),
    "several sigmoids": ([FIRST, node("Sigmoid", "z", "y")], DENSE, "found 3 units with Sigmoid"),
    "a fixed number of samples": (
        [node("Reshape", "x to", "f"), node("Gemm", "f W b", "y", transB=1)],
        {**DENSE, "to": np.array([2, 4])},
        "gives the shape 2 × 4, expected one for any number of samples",
    ),
    "samples that are joined": ([node("Flatten", "x", "f", axis=0), node("Gemm", "f W b", "y", transB=1)], DENSE,
                                "joins samples with each other"),
    "division by 0": ([node("Div", "x d", "s"), node("Gemm", "s W b", "y", transB=1)],
                      {**DENSE, "d": numbers(4) * 0}, "divides by 0"),
    "preparation in another order": (
        [node("Sub", "x m", "s"), node("Sub", "s m", "t"), node("Gemm", "t W b", "y", transB=1)],
        {**DENSE, "m": numbers(4)},
        "prepares the inputs in a way that Downhill does not",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_plain_dense_network_is_refused(kind: str, tmp_path: Path) -> None:
    nodes, constants, sentence = REFUSED[kind]
    with pytest.raises(Mistake, match=r"^a\.onnx: ") as caught:
        opened(network(nodes, constants), tmp_path)
    assert sentence in str(caught.value)


def test_rows_of_unknown_number_are_refused(tmp_path: Path) -> None:
    nodes = [node("MatMul", "x W", "y")]
    with pytest.raises(Mistake, match=r"expected an input of which the size is known, found \(0, 4\)"):
        opened(network(nodes, {"W": W.T.copy()}, ("n", "rows", 4)), tmp_path)


def test_pictures_must_be_flattened(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="has weights for 4 inputs, and 2 × 2 come in"):
        opened(network([GEMM], DENSE, ("n", 2, 2)), tmp_path)


def test_one_input_and_one_output(tmp_path: Path) -> None:
    made = onnx.load_model_from_string(network([GEMM], DENSE))
    made.graph.output.append(made.graph.output[0])
    with pytest.raises(Mistake, match="expected one input and one output, found 1 and 2"):
        opened(made.SerializeToString(), tmp_path)


def test_old_operators_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="expected ONNX operators of version 7 or later, found 6; export it anew"):
        opened(network([GEMM], DENSE, opset=6), tmp_path)
