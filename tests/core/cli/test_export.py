"""export: from a file with a trained run to files for other tools."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.exchange.formats import FORMATS
from core.project.archive import load

Command = Callable[..., Any]


@pytest.fixture
def file(core: Command) -> str:
    """Return a file with two trained runs."""
    variants = '[{"name": "a"}, {"name": "b", "settings": {"training.seed": 7}}]'
    core("train", "xor", "--epochs", 4, "--set", f"variants={variants}", "--save", "xor.downhill")
    return "xor.downhill"


@pytest.mark.parametrize(("form", "main", "beside"), [
    ("python", "model.py", "model.npz"),
    ("notebook", "model.ipynb", "model.notebook.npz"),
    ("keras", "model.py", "model.keras.npz"),
    ("safetensors", "model.safetensors", "model.json"),
    ("pt2", "model.pt2", ""),
    ("onnx", "model.onnx", ""),
    ("csv", "model.csv", "model-curves.csv model-data.npz"),
])  # fmt: skip
def test_writes_verifies_and_tells(core: Command, folder: Path, file: str, form: str, main: str, beside: str) -> None:
    result = core("export", file, "--to", form, "-o", main)
    assert (result.status, result.err) == (0, "")
    first, second = result.out.splitlines()
    assert first == f"Written: {', '.join([main, *beside.split()])}"
    assert second.startswith("Read back, its predictions for ")
    assert second.endswith(f"(read by {FORMATS[form].reader}).")
    assert sorted(path.name for path in folder.iterdir()) == sorted([file, main, *beside.split()])


def test_the_first_run_at_its_best_is_taken(core: Command, folder: Path, file: str) -> None:
    core("export", file, "--to", "safetensors", "-o", "model.safetensors")
    plain = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    record = load(folder / file).records[0]
    assert (plain["run"], plain["seed"]) == ("a", 0)
    assert plain["weights"] == f"the weights of epoch {record.best_epoch}, the best"


@pytest.mark.parametrize(("moment", "epoch"), [("start", 0), ("last", 4), ("2", 2)])
def test_run_and_moment_can_be_chosen(core: Command, folder: Path, file: str, moment: str, epoch: int) -> None:
    result = core("export", file, "--to", "python", "-o", "model.py", "--run", "b", "--at", moment)
    assert result.status == 0
    row = load(folder / file).records[1].rows[epoch]
    stored = runpy.run_path(str(folder / "model.py"))["STORED"]
    assert np.array_equal(np.concatenate([stored[name].ravel() for name in stored]), row)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.downhill", "--to", "python", "-o", "m.py"], "none.downhill: there is no such file"),
        (["xor", "--to", "python", "-o", "m.py"], "xor holds no trained run; train it first: python -m core train xor"),
        (["xor.downhill", "--to", "python", "-o", "m.txt"], "m.txt: expected the name of a file that ends in .py"),
        (["xor.downhill", "--to", "python", "-o", "none/m.py"], "none/m.py: there is no folder none"),
        (
            ["xor.downhill", "--to", "python", "-o", "m.py", "--run", "c"],
            'xor.downhill holds no run "c"; there are a, b',
        ),
        (
            ["xor.downhill", "--to", "python", "-o", "m.py", "--at", "9"],
            'run "a": the weights of epoch 9 were not kept',
        ),
    ],
)
def test_says_what_is_wrong(core: Command, folder: Path, file: str, words: list[str], sentence: str) -> None:
    result = core("export", *words)
    assert result.status == 1
    assert result.out == ""
    assert result.err.startswith(sentence)
    assert [path.name for path in folder.iterdir()] == [file]


@pytest.mark.parametrize(
    "words", [["--to", "onyx", "-o", "m.py"], ["--to", "python"], ["--to", "python", "-o", "m.py", "--at", "noon"]]
)
def test_usage(core: Command, file: str, words: list[str]) -> None:
    assert core("export", file, *words).status == 2
