"""Files made to harm: each is refused by a sentence, at once, and before memory is taken for what it claims."""

import json
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from core.choices.fields import Mistake
from core.exchange import sources
from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.exchange.reading import READERS, read_model
from tests.core.exchange.making_onnx import DENSE, GEMM, network, node, numbers

MOST_MEMORY = 64 << 20
MOST_SECONDS = 20  # on a machine that does much else; all of them take less than one


def refused(path: Path, sentence: str) -> None:
    """Assert that a file is refused in these words, within bounds."""
    read_model_module(path)
    tracemalloc.start()
    start = time.monotonic()
    try:
        with pytest.raises(Mistake) as caught:
            read_model(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
    assert time.monotonic() - start < MOST_SECONDS
    said = str(caught.value)
    assert said.startswith(path.stem)
    assert sentence in said
    assert len(said) < 500
    assert said.isprintable()


def read_model_module(path: Path) -> None:
    """Import what reads such a file, so that the memory of the import is not counted."""
    if path.suffix in READERS:
        __import__(f"core.exchange.{READERS[path.suffix]}")


def changed(change: Callable[[Any], object]) -> bytes:
    """Return an ONNX file that was changed as a message."""
    made = onnx.load_model_from_string(network([GEMM], DENSE))
    change(made)
    data: bytes = made.SerializeToString()
    return data


def shape(*sizes: int) -> Callable[[Any], object]:
    """Return what gives the weights another shape, without their numbers."""

    def change(made: Any) -> None:
        tensor = made.graph.initializer[0]
        del tensor.dims[:]
        tensor.dims.extend(sizes)

    return change


def external(made: Any) -> None:
    """Say that the weights are in another file."""
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def named(made: Any) -> None:
    """Give a node a name that harms a terminal."""
    made.graph.node[0].op_type = "Conv\x1b[2J\u202e"


def field(number: int, data: bytes) -> bytes:
    """Return a field of bytes as a message has it."""
    size = len(data)
    packed = bytearray()
    while size > 127:
        packed.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *packed, size]) + data


DOUBLING = [node("Gemm", "x W b", "z", transB=1), node("Mul", "z z", "z0")]
DOUBLING += [node("Mul", f"z{place} z{place}", f"z{place + 1}") for place in range(400)]
DEEP = [node("MatMul", "x S", "z0"), *(node("MatMul", f"z{place} S", f"z{place + 1}") for place in range(3000))]

ONNX: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "found no network in it"),
    "text": (b"hello, this is no network " * 20, "damaged or incomplete"),
    "cut off": (network([GEMM], DENSE)[:-20], "damaged or incomplete"),
    "a billion weights": (changed(shape(1 << 30)), "expected 1073741824 numbers as its shape says, found 12"),
    "more than fits": (changed(shape(1 << 62, 1 << 62)), "numbers as its shape says, found 12"),
    "less than nothing": (changed(shape(-3, -4)), "expected a shape of at most 8 sizes"),
    "many sizes": (changed(shape(*[1] * 2000)), "expected a shape of at most 8 sizes"),
    "no weights": (changed(shape(0, 1 << 62)), "expected 0 × 4611686018427387904 numbers as its"),
    "another file": (changed(external), "found a note that another file has them"),
    "a name that harms": (changed(named), 'found the operator "Conv\N{REPLACEMENT CHARACTER}[2J'),
    "texts that double": (network(DOUBLING, DENSE), "which is no activation of Downhill's"),
    "shared weights": (network(DEEP, {"S": numbers(4, 4)}), "takes weights that another layer has"),
    "a million messages": (field(7, b"\x0a\x00" * 1_000_000), "expected at most 100,000 values"),
    "a million weights of nothing": (field(7, b"\x2a\x00" * 1_000_000), "twice"),
    "a long name": (field(7, field(1, field(3, b"n" * 100_000))), "expected a text of at most 4,096 bytes"),
    "much metadata": (field(14, field(1, b"k") + field(2, b"v" * (40 << 20))), "expected at most 32 MB of metadata"),
    "a long number": (b"\x08" + b"\xff" * 20, "damaged or incomplete"),
    "a length beyond the end": (b"\x3a\xff\xff\xff\xff\x0f", "damaged or incomplete"),
    "a length below 0": (b"\x3a" + b"\xff" * 9 + b"\x01", "damaged or incomplete"),
    "an odd kind of field": (b"\x0b" * 100, "damaged or incomplete"),
    "names that are no text": (field(7, field(1, field(4, b"\xff\xfe"))), "damaged or incomplete"),
}


@pytest.mark.parametrize("kind", ONNX)
def test_onnx(kind: str, tmp_path: Path) -> None:
    data, sentence = ONNX[kind]
    (tmp_path / "a.onnx").write_bytes(data)
    refused(tmp_path / "a.onnx", sentence)


def header(**tensors: object) -> bytes:
    """Return the beginning of a safetensors file."""
    text = json.dumps(tensors).encode()
    return struct.pack("<Q", len(text)) + text


def tensor(*sizes: int, stop: int) -> dict[str, object]:
    """Return a tensor as a header has it."""
    return {"dtype": "F32", "shape": list(sizes), "data_offsets": [0, stop]}


SAFETENSORS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file ends too early"),
    "a long header": (struct.pack("<Q", 1 << 60), "expected a header of at most"),
    "a billion weights": (header(w=tensor(1 << 30, stop=4 << 30)), "to fit its shape"),
    "more than fits": (header(w=tensor(1 << 39, 1 << 39, stop=4)), "to fit its shape"),
    "a shape and too few numbers": (header(w=tensor(4, 4, stop=64)) + b"1234", "to fit its shape"),
    "brackets": (struct.pack("<Q", 100_000) + b"[" * 100_000, "expected at most 32 brackets"),
    "other tensors": (header(w=tensor(1, stop=4)) + b"1234", 'expected a tensor "0.weight" of 8 × 2 numbers'),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAFETENSORS)
def test_safetensors(trained: Callable[[str], Any], kind: str, tmp_path: Path) -> None:
    export(trained("2-D binary").package(), FORMATS["safetensors"], tmp_path / "a.safetensors")
    data, sentence = SAFETENSORS[kind]
    (tmp_path / "a.safetensors").write_bytes(data)
    refused(tmp_path / "a.safetensors", sentence)


DESCRIPTIONS: dict[str, tuple[Callable[[Any], object], str]] = {
    "units": (lambda plain: plain["layers"][0].update(units=1 << 40), "layers[0].units: expected a whole number"),
    "one tensor for all": (
        lambda plain: plain["layers"][1].update(weight="0.weight"), "expected tensors of its own for each layer",
    ),
    "inputs": (lambda plain: plain["layers"][1].update(inputs=9), "layers[1]: expected 8 inputs, as many as come in"),
    "too many layers": (lambda plain: plain.update(layers=plain["layers"] * 2000), "layers: "),
    "no layers": (lambda plain: plain.update(layers=[]), "expected layers of which the last is dense"),
    "an activation": (lambda plain: plain["layers"][0].update(activation="cube"), "expected one of linear, sigmoid"),
    "a loss": (lambda plain: plain.update(loss="hinge"), "expected an output layer that goes with the loss"),
    "classes": (lambda plain: plain.update(classes=["a"]), "expected 2 classes of different names, got 1"),
    "a feature": (lambda plain: plain["preprocessing"].update(features=["x3"]), "expected one of x1, x2"),
    "a mean alone": (
        lambda plain: plain["preprocessing"].update(mean=[0.0, 0.0]), "expected as many means and deviations",
    ),
    "a deviation of 0": (
        lambda plain: plain["preprocessing"].update(mean=[0.0, 0.0], deviation=[0.0, 1.0]), "other than 0",
    ),
    "a scale": (lambda plain: plain["preprocessing"].update(scale=1e300), "scale: expected a number above 0"),
    "a shape": (lambda plain: plain["preprocessing"].update(shape=[1 << 20] * 3), "expected"),
    "a version": (lambda plain: plain.update(format_version=99), "format_version: expected 1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_descriptions(trained: Callable[[str], Any], kind: str, tmp_path: Path) -> None:
    export(trained("2-D binary").package(), FORMATS["safetensors"], tmp_path / "a.safetensors")
    plain = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    change, sentence = DESCRIPTIONS[kind]
    change(plain)
    (tmp_path / "a.json").write_text(json.dumps(plain), encoding="utf-8")
    refused(tmp_path / "a.safetensors", sentence)


def test_a_description_is_needed(trained: Callable[[str], Any], tmp_path: Path) -> None:
    export(trained("2-D binary").package(), FORMATS["safetensors"], tmp_path / "a.safetensors")
    (tmp_path / "a.json").unlink()
    refused(tmp_path / "a.safetensors", "expected a.json beside it, which describes the network, found none")


@pytest.mark.parametrize("name", ["a.onnx", "a.pt2", "a.safetensors"])
def test_size_is_looked_at_first(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_BYTES", 1 << 20)
    for file in ("a.json", name):
        (tmp_path / file).write_bytes(b"\0" * (3 << 20))
    with pytest.raises(Mistake, match=r"^a\.\w+: expected at most 1 MB, found 3"):
        read_model(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "none.onnx", "there is no such file")
    (tmp_path / "folder.pt2").mkdir()
    refused(tmp_path / "folder.pt2", "there is no such file")


@pytest.mark.parametrize("name", ["a.h5", "a.pth", "a.pkl", "a", "a.keras"])
def test_other_files_are_refused_unread(name: str, tmp_path: Path) -> None:
    refused(tmp_path / name, "expected a file that ends in .safetensors, .onnx, .pt2; choose one of these")


def test_metadata_that_do_not_fit_the_network(trained: Callable[[str], Any], tmp_path: Path) -> None:
    export(trained("2-D binary").package(), FORMATS["onnx"], tmp_path / "a.onnx")
    for key, text, sentence in (
        ("classes", '["a", "b", "c"]', "expected 2 classes of different names, got 3"),
        ("loss", '"cross_entropy"', "expected an output layer that goes with the loss"),
        ("loss", '"huber", "target": "value"', 'expected names that differ, got "target" twice'),
        ("preprocessing", '{"shape": [3]}', "preprocessing.shape: expected in the metadata what the network's input"),
        ("target", "nonsense", "expected JSON"),
    ):
        made = onnx.load(tmp_path / "a.onnx")
        (entry,) = (entry for entry in made.metadata_props if entry.key == key)
        entry.value = text
        (tmp_path / "b.onnx").write_bytes(made.SerializeToString())
        refused(tmp_path / "b.onnx", sentence)


def test_a_network_as_large_as_its_file_is_opened(tmp_path: Path) -> None:
    wide = {"W": numbers(1000, 4), "b": numbers(1000), "V": numbers(1000, 1000), "c": np.zeros(1000, np.float32)}
    nodes = [node("Gemm", "x W b", "z", transB=1), node("Relu", "z", "a"), node("Gemm", "a V c", "y", transB=1)]
    (tmp_path / "a.onnx").write_bytes(network(nodes, wide))
    model = read_model(tmp_path / "a.onnx")
    assert model.architecture.parameters == len(model.row) == 1_006_000
