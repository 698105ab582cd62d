"""Files that were mutated: a sentence, or the network that the other tool sees in them too."""

import json
import tempfile
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator
from safetensors.numpy import load

from core.choices.fields import Mistake
from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.exchange.model import Model
from core.exchange.reading import READERS, read_model
from tests.core.exchange.making_onnx import DENSE, network, node, numbers, stored
from tests.core.project.test_fuzz import JSON, mutated

EXAMPLES = 150
MOST_MEMORY = 64 << 20
Files = Mapping[str, Mapping[str, bytes]]

# Every kind of node that is known, some in a chain, some beside it: a changed name makes another network of them.
ALL_KINDS = network(
    [
        node("Flatten", "x", "f"), node("Sub", "f m", "s"), node("Div", "s d", "t"), node("MatMul", "t S", "z0"),
        node("Add", "z0 b4", "z"), node("Sigmoid", "z", "g"), node("Mul", "g z", "a"), node("Dropout", "a rate", "e"),
        node("Gemm", "e W b", "q", transB=1, alpha=0.5), node("LeakyRelu", "q", "r", alpha=0.01),
        node("Gemm", "r V c", "y", transB=1),
    ],
    {**DENSE, "S": numbers(4, 4), "b4": numbers(4), "m": numbers(4), "d": stored([1, 2, 0.5, 4]),
     "V": numbers(2, 3), "c": numbers(2), "rate": stored(0.25)},
)  # fmt: skip


@pytest.fixture(scope="module")
def originals(trained: Callable[[str], Any]) -> Files:
    """Return files by name for each format that can be opened."""
    found: dict[str, dict[str, bytes]] = {}
    for module in READERS.values():
        __import__(f"core.exchange.{module}")
    for case in ("features and standardization", "digits with dropout"):
        for tag in ("onnx", "safetensors", "pt2"):
            form = FORMATS[tag]
            with tempfile.TemporaryDirectory() as folder:
                written = export(trained(case).package(), form, Path(folder) / f"a{form.suffixes[0]}")
                found[f"{case}, {tag}"] = {file.name: file.read_bytes() for file in written.files}
    return found


def opened(files: Mapping[str, bytes]) -> Model | None:
    """Return the model in files, of which the first is the main one; None where a sentence says what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in files]
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
        tracemalloc.start()
        try:
            return read_model(paths[0])
        except Mistake as mistake:
            sentence = str(mistake)
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < MOST_MEMORY
    assert sentence.startswith("a.")
    assert len(sentence) < 500
    assert sentence.isprintable()
    return None


def samples(model: Model) -> np.ndarray[Any, Any]:
    """Return a few raw samples for a model."""
    return np.random.default_rng(0).normal(size=(3, int(np.prod(model.facts.shape))))


def check_onnx(data: bytes) -> None:
    """Assert that a file is refused, or opened as the network that ONNX' own evaluator computes."""
    model = opened({"a.onnx": data})
    if model is None or np.abs(model.row).max() > 1e3:
        return
    raw = samples(model)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            evaluator = ReferenceEvaluator(onnx.load_model_from_string(data))
            (name,) = evaluator.input_names
            (found,) = evaluator.run(None, {name: raw.astype(np.float32).reshape(3, *model.facts.shape)})
    except Exception:  # of whatever kind: there is nothing to compare with
        return
    assert np.asarray(found) == pytest.approx(model.predict(raw), rel=1e-3, abs=1e-3)


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_bytes_of_onnx(originals: Files, data: st.DataObject) -> None:
    names = [name for name in originals if name.endswith("onnx")]
    original = originals[data.draw(st.sampled_from(names))]["a.onnx"]
    check_onnx(data.draw(mutated(original)))


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_nodes_of_onnx(data: st.DataObject) -> None:
    made = onnx.load_model_from_string(ALL_KINDS)
    for _ in range(data.draw(st.integers(1, 4))):
        _change(made.graph, data)
    check_onnx(made.SerializeToString())


def _change(graph: Any, data: st.DataObject) -> None:
    """Change an operator, an input, a setting, a shape or the order of nodes."""
    here = data.draw(st.sampled_from(graph.node))
    tensor = data.draw(st.sampled_from(graph.initializer))
    names = ["x", *(output for one in graph.node for output in one.output), *(one.name for one in graph.initializer)]
    operators = sorted({one.op_type for one in graph.node} | {"Relu", "Tanh", "Softmax", "Identity", "Conv", "Reshape"})
    match data.draw(st.sampled_from(["operator", "input", "output", "setting", "shape", "type", "remove", "repeat"])):
        case "operator":
            here.op_type = data.draw(st.sampled_from(operators))
        case "input" if here.input:
            here.input[data.draw(st.integers(0, len(here.input) - 1))] = data.draw(st.sampled_from(names))
        case "output":
            here.output[0] = data.draw(st.sampled_from(names))
        case "setting":
            name = data.draw(st.sampled_from(["alpha", "beta", "transA", "transB", "axis", "perm", "to", "ratio"]))
            value = data.draw(st.sampled_from([0, 1, -1, 0.5, -2.0, "half", [1, 0], numbers(2)]))
            if isinstance(value, np.ndarray):
                value = onnx.numpy_helper.from_array(value)
            here.attribute.append(onnx.helper.make_attribute(name, value))
        case "shape":
            sizes = data.draw(st.lists(st.sampled_from([1, 2, 3, 4, 12, 0, -1, 1 << 40]), max_size=3))
            del tensor.dims[:]
            tensor.dims.extend(sizes)
        case "type":
            tensor.data_type = data.draw(st.integers(0, 16))
        case "remove":
            graph.node.remove(here)
            if not graph.node:
                graph.node.add(op_type="Identity", input=["x"], output=["y"])
        case "repeat":
            graph.node.append(here)


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_bytes_of_safetensors(originals: Files, data: st.DataObject) -> None:
    names = [name for name in originals if name.endswith("safetensors")]
    files = originals[data.draw(st.sampled_from(names))]
    changed = data.draw(mutated(files["a.safetensors"]))
    model = opened({"a.safetensors": changed, "a.json": files["a.json"]})
    if model is not None:
        # Another reader finds the same numbers in it.
        arrays = load(changed)
        layers = [layer for layer in json.loads(files["a.json"])["layers"] if layer["kind"] == "dense"]
        row = np.concatenate([arrays[layer[part]].ravel() for layer in layers for part in ("weight", "bias")])
        assert np.array_equal(model.row, row)


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_descriptions(originals: Files, data: st.DataObject) -> None:
    names = [name for name in originals if name.endswith("safetensors")]
    files = originals[data.draw(st.sampled_from(names))]
    plain = json.loads(files["a.json"])
    for _ in range(data.draw(st.integers(1, 3))):
        here, place = data.draw(st.sampled_from(list(_places(plain))))
        here[place] = data.draw(JSON | st.sampled_from([[], [2], 64, "relu", "one-hot", ["a", "b"], 1e30]))
    model = opened({"a.safetensors": files["a.safetensors"], "a.json": json.dumps(plain).encode()})
    if model is not None:
        with np.errstate(all="ignore"):
            outputs = model.predict(samples(model))
        assert outputs.shape == (3, len(model.output_names))
        assert len(model.answers(outputs)) == 3


def _places(plain: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container of plain data with each of its keys."""
    for place in plain if isinstance(plain, dict) else range(len(plain)):
        yield plain, place
        if isinstance(plain[place], dict | list):
            yield from _places(plain[place])


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_bytes_of_pt2(originals: Files, trained: Callable[[str], Any], data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(["features and standardization", "digits with dropout"]))
    changed = data.draw(mutated(originals[f"{case}, pt2"]["a.pt2"]))
    model = opened({"a.pt2": changed})
    if model is not None:  # its checksums leave nothing else
        expected = trained(case).package().model
        assert np.array_equal(model.row, expected.row)
        assert model.preparation.features == expected.preparation.features


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_entries_of_pt2(originals: Files, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(["features and standardization", "digits with dropout"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.pt2"
        path.write_bytes(originals[f"{case}, pt2"]["a.pt2"])
        with zipfile.ZipFile(path) as file:
            entries = {name: file.read(name) for name in file.namelist()}
        name = data.draw(st.sampled_from(sorted(entries)))
        entries[name] = data.draw(mutated(entries[name]))
        with zipfile.ZipFile(path, "w") as file:
            for entry, content in entries.items():
                file.writestr(entry, content)
        changed = path.read_bytes()
    model = opened({"a.pt2": changed})
    assert model is None or model.predict(samples(model)).shape == (3, len(model.output_names))
