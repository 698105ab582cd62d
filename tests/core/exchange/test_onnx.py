"""ONNX: what onnxruntime computes is what Downhill predicts, from raw samples to probabilities."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import checker

from core.choices.activations import ACTIVATIONS
from core.choices.features import FEATURES
from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.exchange.reading import read_model

ONNX = FORMATS["onnx"]
Numbers = np.ndarray[Any, Any]


def run(path: Path, raw: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Return what onnxruntime computes of raw samples."""
    session = onnxruntime.InferenceSession(path)
    assert [value.name for value in session.get_inputs()] == ["input"]
    found: Numbers = session.run(None, {"input": raw.astype(np.float32).reshape(-1, *shape)})[0]
    return found


def test_onnxruntime_predicts_what_downhill_predicts(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    package = trained(case).package()
    written = export(package, ONNX, tmp_path / "a.onnx")
    assert [file.name for file in written.files] == ["a.onnx"]
    assert written.difference <= 1e-5
    raw = trained(case).dataset.train.raw
    for count in (1, 2, len(raw)):  # the number of samples is free
        found = run(tmp_path / "a.onnx", raw[:count], package.model.facts.shape)
        assert found == pytest.approx(package.model.predict(raw[:count]), abs=1e-5)


def test_comes_back_as_it_was(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    model = trained(case).package().model
    export(trained(case).package(), ONNX, tmp_path / "a.onnx")
    back = read_model(tmp_path / "a.onnx")
    assert np.array_equal(back.row, model.row)
    assert back.architecture.head == model.architecture.head
    assert back.architecture.loss is model.architecture.loss
    assert [type(layer) for layer in back.architecture.layers] == [type(layer) for layer in model.architecture.layers]
    assert [layer.activation for layer in back.architecture.dense] == [
        layer.activation for layer in model.architecture.dense
    ]
    assert back.preparation.features == model.preparation.features
    for name in ("shape", "classes", "columns", "plane", "image"):
        assert getattr(back.facts, name) == getattr(model.facts, name)
    raw = trained(case).dataset.train.raw
    assert np.array_equal(back.predict(raw), model.predict(raw))


def test_the_checker_is_content(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    export(trained(case).package(), ONNX, tmp_path / "a.onnx")
    checker.check_model(onnx.load(tmp_path / "a.onnx"), full_check=True)


def test_nodes_and_tensors_have_the_names_of_the_layers(train_plain: Callable[[Any], Any], tmp_path: Path) -> None:
    layers: list[dict[str, Any]] = [
        {"kind": "dense", "name": "First one", "units": 3},
        {"kind": "dropout", "name": "Off/on", "rate": 0.25},
        {"kind": "dense", "name": "input", "units": 3, "activation": "linear"},
        {"kind": "dense", "name": "First one", "units": 3},
        {"kind": "dense", "name": "First one.z", "units": 2, "activation": "relu"},
    ]
    found = train_plain({"data": {"source": {"kind": "xor", "samples": 40}}, "network": {"layers": layers},
                         "training": {"epochs": 1}})  # fmt: skip
    written = export(found.package(), ONNX, tmp_path / "a.onnx")
    assert written.difference <= 1e-5
    graph = onnx.load(tmp_path / "a.onnx").graph
    names = ["First one", "Off/on", "input 2", "First one 2", "First one.z 2", "Output"]
    assert [node.name for node in graph.node if node.op_type in ("Gemm", "Dropout")] == names
    tensors = {name for node in graph.node for name in node.output}
    assert set(names) <= tensors
    assert graph.output[0].name == "Output"
    assert {"First one.weight", "First one.bias", "Off/on.rate"} <= {tensor.name for tensor in graph.initializer}
    back = read_model(tmp_path / "a.onnx")
    assert [layer.name for layer in back.architecture.layers] == names
    assert back.architecture.dropouts[0].rate == 0.25


def test_the_metadata_tell_how_it_came_about(trained: Callable[[str], Any], tmp_path: Path) -> None:
    package = trained("digits with dropout").package()
    export(package, ONNX, tmp_path / "a.onnx")
    found = {entry.key: json.loads(entry.value) for entry in onnx.load(tmp_path / "a.onnx").metadata_props}
    assert found["classes"] == list("0123456789")
    assert found["metrics"] == dict(package.metrics)
    assert found["seed"] == 0
    assert found["versions"] == dict(package.record.versions)
    assert found["weights"] == package.weights


def opset(path: Path) -> int:
    """Return the set of operators that a file asks for."""
    return int(onnx.load(path).opset_import[0].version)


@pytest.mark.parametrize(("tags", "oldest"), [(["relu", "sine", "silu"], 13), (["gelu", "silu"], 20)], ids=["13", "20"])
def test_asks_for_no_newer_operators_than_it_needs(
    train_plain: Callable[[Any], Any], tags: list[str], oldest: int, tmp_path: Path
) -> None:
    layers = [{"kind": "dense", "units": 2, "activation": tag} for tag in tags]
    found = train_plain({"data": {"source": {"kind": "xor", "samples": 40}}, "network": {"layers": layers},
                         "training": {"epochs": 1}})  # fmt: skip
    export(found.package(), ONNX, tmp_path / "a.onnx")
    assert opset(tmp_path / "a.onnx") == oldest


@pytest.mark.parametrize("tag", ACTIVATIONS)
def test_every_activation(train_plain: Callable[[Any], Any], tag: str, tmp_path: Path) -> None:
    layers = [{"kind": "dense", "units": 6, "activation": tag, "initializer": {"kind": "normal", "std": 2}}]
    found = train_plain({"data": {"source": {"kind": "xor", "samples": 40}}, "network": {"layers": layers},
                         "training": {"epochs": 1}})  # fmt: skip
    package = found.package()
    export(package, ONNX, tmp_path / "a.onnx")
    raw = np.random.default_rng(0).uniform(-6, 6, (200, 2))
    assert run(tmp_path / "a.onnx", raw, (2,)) == pytest.approx(package.model.predict(raw), abs=1e-5)
    assert read_model(tmp_path / "a.onnx").architecture.dense[0].activation == tag


@pytest.mark.parametrize("tag", FEATURES)
def test_every_feature(trained: Callable[[str], Any], tag: str, tmp_path: Path) -> None:
    package = trained("one feature").package()
    preparation = replace(package.model.preparation, features=(tag,))
    package = replace(package, model=replace(package.model, preparation=preparation))
    export(package, ONNX, tmp_path / "a.onnx")
    raw = np.random.default_rng(0).uniform(-6, 6, (200, 2))
    assert run(tmp_path / "a.onnx", raw, (2,)) == pytest.approx(package.model.predict(raw), abs=1e-5)
    assert read_model(tmp_path / "a.onnx").preparation.features == (tag,)
