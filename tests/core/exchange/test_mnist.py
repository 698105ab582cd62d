"""Real MNIST with dropout, in every format: what its own tool says of the 10,000 test images, and what trains anew.

On so many images the accuracies of eight seeds had a deviation of 0.13 points: half a point is almost three times as
much as two trainings with other masks differ by.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.exchange.package import Package
from tests.core.exchange.fresh import fresh

pytestmark = pytest.mark.slow
Numbers = np.ndarray[Any, Any]

MNIST: dict[str, Any] = {
    "data": {"source": "mnist", "validation": 0.2},
    "network": {
        "layers": [
            {"kind": "dense", "units": 128, "activation": "relu"},
            {"kind": "dropout", "rate": 0.3},
            {"kind": "dense", "units": 64, "activation": "relu"},
            {"kind": "dropout", "rate": 0.3},
        ]
    },
    "training": {"loss": "cross_entropy", "batch_size": 128, "epochs": 6, "schedule": "cosine"},
}
SCRIPT = """
import runpy, numpy
numpy.save("found.npy", runpy.run_path("net.py")["predict"](numpy.load("raw.npy")))
"""
CELLS = """
import json, numpy, pathlib
space = {"__name__": "__main__"}
for cell in json.loads(pathlib.Path("net.ipynb").read_text(encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), space)
numpy.save("found.npy", space["predict"](numpy.load("raw.npy")))
"""
PROGRAM = """
import numpy, torch
raw = torch.tensor(numpy.load("raw.npy"), dtype=torch.float32)
numpy.save("found.npy", torch.export.load("net.pt2").module()(raw).detach().numpy())
"""


@pytest.fixture(scope="module")
def digits(train_plain: Callable[[Any], Any], mnist_dir: Path) -> Iterator[Any]:
    """Return MNIST, trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOWNHILL_DATA", str(mnist_dir))
        yield train_plain(MNIST)


def in_a_process(code: str) -> Callable[[Path], Numbers]:
    """Return what runs code in a process of its own, which has the raw images and leaves what it found."""

    def found(folder: Path) -> Numbers:
        done = fresh(folder, "-c", code, KERAS_BACKEND="torch", KERAS_HOME=str(folder / "keras"))
        assert done.returncode == 0, done.stderr
        outputs: Numbers = np.load(folder / "found.npy")
        return outputs

    return found


def in_onnxruntime(folder: Path) -> Numbers:
    """Return what onnxruntime says."""
    raw = np.load(folder / "raw.npy").astype(np.float32)
    outputs: Numbers = onnxruntime.InferenceSession(folder / "net.onnx").run(None, {"input": raw})[0]
    return outputs


def in_torch(folder: Path) -> Numbers:
    """Return what the state_dict says in a network built by hand."""
    modules = [nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.3)]
    network = nn.Sequential(*modules, nn.Linear(64, 10), nn.Softmax(-1)).eval()
    network.load_state_dict(load_file(folder / "net.safetensors"), strict=True)
    with torch.no_grad():
        outputs: Numbers = network(torch.tensor(np.load(folder / "raw.npy")).flatten(1) / 255).numpy()
    return outputs


READERS: dict[str, Callable[[Path], Numbers]] = {
    "python": in_a_process(SCRIPT),
    "notebook": in_a_process(CELLS),
    "keras": in_a_process(SCRIPT),
    "pt2": in_a_process(PROGRAM),
    "safetensors": in_torch,
    "onnx": in_onnxruntime,
}


def test_there_is_a_reader_for_each_format() -> None:
    assert set(READERS) | {"csv"} == set(FORMATS)


@pytest.mark.parametrize("tag", READERS)
def test_its_own_tool_reads_all_test_images(digits: Any, tag: str, tmp_path: Path) -> None:
    package: Package = digits.package("last")
    test = digits.dataset.test
    assert (len(test), test.raw.dtype) == (10_000, np.uint8)  # as they come, 0 to 255
    export(package, FORMATS[tag], tmp_path / f"net{FORMATS[tag].suffixes[0]}")
    np.save(tmp_path / "raw.npy", test.raw.reshape(-1, 28, 28))
    found = READERS[tag](tmp_path)
    expected = package.model.predict(test.raw)
    assert found == pytest.approx(expected, abs=1e-5)
    assert np.array_equal(found.argmax(1), expected.argmax(1))
    right = int((found.argmax(1) == test.labels).sum())
    assert right == round(digits.record.metrics.test_accuracy * 10_000) > 9_700


@pytest.mark.parametrize(
    ("tag", "told"), [("python", r"test loss .*, accuracy ([\d.]+)%"), ("keras", r"test accuracy 0\.(\d\d)(\d+)")]
)
def test_with_dropout_the_script_learns_as_well(digits: Any, tag: str, told: str, tmp_path: Path) -> None:
    export(digits.package("last"), FORMATS[tag], tmp_path / "net.py")
    dataset = digits.dataset
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    arrays = {f"{letter}_{name}": values for name, part in parts.items()
              for letter, values in (("x", part.raw), ("y", part.labels))}  # fmt: skip
    np.savez(tmp_path / "data.npz", **arrays)
    done = fresh(tmp_path, "net.py", "--train", "data.npz", KERAS_BACKEND="torch", KERAS_HOME=str(tmp_path / "keras"))
    assert done.returncode == 0, done.stderr
    accuracy = re.search(told, done.stdout)
    assert accuracy is not None
    assert float(".".join(accuracy.groups())) == pytest.approx(100 * digits.record.metrics.test_accuracy, abs=0.5)
