"""predict: answers to tables and pictures, from every kind of file that holds a model."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.datasets.load import load as load_data
from core.exchange.package import package
from core.experiment.data import Data
from core.project.archive import load

Command = Callable[..., Any]
TABLE = "x₁,x₂\n1,2\n-3,0.5\n4,-4\n"
RAW = np.array([[1, 2], [-3, 0.5], [4, -4]])


@pytest.fixture
def file(core: Command, folder: Path) -> str:
    """Return a file with a trained run, and put a table beside it."""
    core("train", "xor", "--epochs", 4, "--save", "xor.downhill")
    (folder / "in.csv").write_text(TABLE, encoding="utf-8")
    return "xor.downhill"


def expected(folder: Path, at: Any = "best") -> np.ndarray[Any, Any]:
    """Return what the run predicts of the table."""
    record = load(folder / "xor.downhill").records[0]
    found: np.ndarray[Any, Any] = package(record, at, load_data(record.experiment.data)).model.predict(RAW)
    return found


@pytest.mark.parametrize("suffix", ["downhill", "safetensors", "onnx", "pt2"])
def test_every_file_with_a_model_says_the_same(core: Command, folder: Path, file: str, suffix: str) -> None:
    if suffix != "downhill":
        assert core("export", file, "--to", suffix, "-o", f"xor.{suffix}").status == 0
    result = core("predict", f"xor.{suffix}", "in.csv", "--json")
    assert (result.status, result.err) == (0, "")
    answers = json.loads(result.out)
    found = expected(folder)[:, 0]
    assert [answer["row"] for answer in answers] == [1, 2, 3]
    assert {answer["file"] for answer in answers} == {"in.csv"}
    assert [answer["prediction"] for answer in answers] == ["+1" if output > 0.5 else "−1" for output in found]
    assert [answer["outputs"]["probability of +1"] for answer in answers] == pytest.approx(list(found), abs=1e-6)


def test_in_words(core: Command, folder: Path, file: str) -> None:
    result = core("predict", file, "in.csv")
    probability = float(expected(folder)[0, 0])
    name, sure = ("+1", probability) if probability > 0.5 else ("−1", 1 - probability)
    assert result.out.splitlines()[0] == f"in.csv, sample 1: {name} ({100 * sure:.1f} %)"


def test_as_a_table(core: Command, folder: Path, file: str) -> None:
    header, *rows = csv.reader(io.StringIO(core("predict", file, "in.csv", "in.csv", "--csv").out))
    assert header == ["file", "row", "prediction", "probability of +1"]
    assert [row[:2] for row in rows] == [["in.csv", str(number)] for number in (1, 2, 3)] * 2
    assert [float(row[3]) for row in rows[:3]] == pytest.approx(expected(folder)[:, 0].tolist())


def test_another_moment(core: Command, folder: Path, file: str) -> None:
    answers = json.loads(core("predict", file, "in.csv", "--json", "--at", "start").out)
    found = [answer["outputs"]["probability of +1"] for answer in answers]
    assert found == pytest.approx(expected(folder, "start")[:, 0].tolist())
    assert not np.allclose(found, expected(folder)[:, 0])


def test_numbers(core: Command, folder: Path) -> None:
    core("train", "plane", "--epochs", 2, "--save", "plane.downhill")
    (folder / "in.csv").write_text(TABLE, encoding="utf-8")
    answers = json.loads(core("predict", "plane.downhill", "in.csv", "--json").out)
    assert set(answers[0]) == {"file", "row", "prediction"}
    lines = core("predict", "plane.downhill", "in.csv").out.splitlines()
    assert lines == [f"in.csv, sample {row}: {answer['prediction']:.6g}" for row, answer in enumerate(answers, 1)]
    assert core("predict", "plane.downhill", "in.csv", "--csv").out.splitlines()[0] == "file,row,prediction"


def test_pictures(core: Command, folder: Path) -> None:
    core("train", "digits", "--epochs", 15, "--save", "digits.downhill")
    core("export", "digits.downhill", "--to", "onnx", "-o", "digits.onnx")
    data = load_data(Data.model_validate({"source": "digits", "test": 0.2}))
    for place in range(10):
        image = data.train.raw[place].reshape(8, 8) * 255.0 / 16
        Image.fromarray(image.round().astype(np.uint8)).save(folder / f"{place}.png")
        # Large and dark on light, as one would draw it: the same answer.
        large = Image.fromarray((255 - image).round().astype(np.uint8)).resize((240, 240), Image.Resampling.NEAREST)
        large.save(folder / f"large {place}.png")
    for names in ([f"{place}.png" for place in range(10)], [f"large {place}.png" for place in range(10)]):
        answers = json.loads(core("predict", "digits.onnx", *names, "--json").out)
        assert [answer["file"] for answer in answers] == names
        assert all("row" not in answer and len(answer["outputs"]) == 10 for answer in answers)
        right = [answer["prediction"] == str(label) for answer, label in zip(answers, data.train.labels, strict=False)]
        assert sum(right) >= 8


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.onnx", "in.csv"], "none.onnx: there is no such file"),
        (["none.downhill", "in.csv"], "none.downhill: there is no such file"),
        (["in.csv", "in.csv"], "in.csv: expected a file that ends in .safetensors, .onnx, .pt2"),
        (["xor.downhill", "none.csv"], "none.csv: there is no such file"),
        (["xor.downhill", "xor.downhill"], "expected a table, for this model takes 2 numbers and no picture"),
        (["xor.downhill", "in.csv", "--run", "c"], 'xor.downhill holds no run "c"'),
        (["xor.downhill", "bad.csv"], 'bad.csv, row 2, column "b": expected a number, found "x"'),
    ],
)
def test_says_what_is_wrong(core: Command, folder: Path, file: str, words: list[str], sentence: str) -> None:
    (folder / "bad.csv").write_text("a,b\n1,x\n", encoding="utf-8")
    result = core("predict", *words)
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith(sentence)


@pytest.mark.parametrize("words", [[], ["--json", "--csv"]])
def test_usage(core: Command, file: str, words: list[str]) -> None:
    assert core("predict", file, *(["in.csv", *words] if words else [])).status == 2


def test_imports_only_what_is_needed(fresh: Command, folder: Path, file: str, core: Command) -> None:
    core("export", file, "--to", "onnx", "-o", "xor.onnx")
    code = (
        "import sys; from core.cli.main import main; main(['predict', 'xor.onnx', 'in.csv']);"
        "print([name for name in ('onnx', 'onnxruntime', 'keras', 'torch._dynamo') if name in sys.modules])"
    )
    result = fresh("-c", code)
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[-1] == "[]"
