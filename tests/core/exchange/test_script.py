"""The Python script: it stands on its own, predicts what Downhill predicts, and reads as if written by hand."""

import csv
import io
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.runs.record import Intervention

PYTHON = FORMATS["python"]
IN_A_PROCESS = ["2-D binary", "five arms", "regression", "digits with dropout", "features and standardization"]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own that cannot find the core."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-I", "-W", "error", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def table(text: str) -> np.ndarray[Any, Any]:
    """Return the numbers that a script printed, without its header and without the column of classes."""
    header, *lines = text.splitlines()
    first = 1 if header.startswith("class") else 0
    return np.array([[float(cell) for cell in line.split(",")[first:]] for line in lines])


def test_predicts_what_downhill_predicts(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    package = trained(case).package()
    written = export(package, PYTHON, tmp_path / "model.py")
    assert [file.name for file in written.files] == ["model.py", "model.npz"]
    assert written.difference <= 1e-5
    raw = trained(case).dataset.train.raw
    found = runpy.run_path(str(tmp_path / "model.py"))["predict"](raw)
    assert found == pytest.approx(package.model.predict(raw), abs=1e-5)


@pytest.mark.parametrize("case", IN_A_PROCESS)
def test_runs_in_a_process_of_its_own(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    package = trained(case).package()
    export(package, PYTHON, tmp_path / "model.py")
    raw = trained(case).dataset.train.raw[:20]
    np.save(tmp_path / "raw.npy", raw)
    names = ",".join(f"column {number}" for number in range(raw.shape[1]))
    np.savetxt(tmp_path / "raw.csv", raw, delimiter=",", header=names, comments="", fmt="%.17g", encoding="utf-8-sig")
    expected = package.model.predict(raw)
    for file in ("raw.npy", "raw.csv"):
        done = run(tmp_path, "model.py", file)
        assert (done.returncode, done.stderr) == (0, "")
        assert table(done.stdout) == pytest.approx(expected, abs=1e-5)


def test_says_the_class(trained: Callable[[str], Any], tmp_path: Path) -> None:
    for case in ("2-D binary", "hinge", "digits with dropout"):
        package = trained(case).package()
        export(package, PYTHON, tmp_path / "model.py")
        raw = trained(case).dataset.train.raw[:20]
        np.save(tmp_path / "raw.npy", raw)
        lines = run(tmp_path, "model.py", "raw.npy").stdout.splitlines()[1:]
        outputs, classes = package.model.predict(raw), package.model.facts.classes
        middle = 0.5 if case == "2-D binary" else 0
        places = outputs.argmax(1) if outputs.shape[1] > 1 else (outputs[:, 0] > middle).astype(int)
        assert [line.split(",")[0] for line in lines] == [classes[place] for place in places]


def test_a_table_of_ones_own(train_plain: Callable[[Any], Any], tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 3))
    names = ["no, not at all", 'a "maybe"', "yes"]
    lines = ["width,height of it,third,label"]
    lines += [
        ",".join(
            [*(f"{number:.9g}" for number in row), f'"{names[place % 3]}"'.replace('"a "maybe""', '"a ""maybe"""')]
        )
        for place, row in enumerate(rows)
    ]
    (tmp_path / "own.csv").write_text("\n".join(lines), encoding="utf-8")
    source = {"kind": "csv", "path": str(tmp_path / "own.csv")}
    found = train_plain(
        {
            "data": {"source": source, "standardize": True},
            "network": {"layers": [{"kind": "dense", "units": 4}]},
            "training": {"loss": "cross_entropy", "epochs": 3},
        }
    )
    package = found.package()
    export(package, PYTHON, tmp_path / "model.py")
    np.savetxt(tmp_path / "raw.csv", rows, delimiter=",")
    done = run(tmp_path, "model.py", "raw.csv")
    assert done.stderr == ""
    header, *cells = csv.reader(io.StringIO(done.stdout))
    outputs = package.model.predict(rows)
    assert header == ["class", *package.model.facts.classes]
    assert [row[0] for row in cells] == [package.model.facts.classes[place] for place in outputs.argmax(1)]
    assert np.array([row[1:] for row in cells], float) == pytest.approx(outputs, abs=1e-5)
    assert "width, height of it, third" in (tmp_path / "model.py").read_text(encoding="utf-8")


def test_without_words_it_tells_what_it_takes(trained: Callable[[str], Any], tmp_path: Path) -> None:
    export(trained("2-D binary").package(), PYTHON, tmp_path / "model.py")
    done = run(tmp_path, "model.py")
    assert done.returncode == 1
    assert "python model.py INPUT.csv" in done.stderr
    assert "a sample a row: x₁, x₂" in done.stderr


@pytest.mark.parametrize("words", [["raw.csv"], ["--train", "raw.npz"]])
def test_a_file_that_is_not_there_is_told_before_anything_else(
    trained: Callable[[str], Any], tmp_path: Path, words: list[str]
) -> None:
    export(trained("2-D binary").package(), PYTHON, tmp_path / "model.py")
    done = run(tmp_path, "model.py", *words)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"There is no file {words[-1]}\n")


def test_a_wrong_number_of_columns_is_told(trained: Callable[[str], Any], tmp_path: Path) -> None:
    export(trained("2-D binary").package(), PYTHON, tmp_path / "model.py")
    with pytest.raises(ValueError, match="expected 2 numbers a sample, got 3"):
        runpy.run_path(str(tmp_path / "model.py"))["predict"](np.zeros((4, 3)))


def test_images_may_have_two_dimensions(trained: Callable[[str], Any], tmp_path: Path) -> None:
    package = trained("digits with dropout").package()
    export(package, PYTHON, tmp_path / "model.py")
    raw = trained("digits with dropout").dataset.train.raw[:5]
    found = runpy.run_path(str(tmp_path / "model.py"))["predict"](raw.reshape(-1, 8, 8))
    assert found == pytest.approx(package.model.predict(raw), abs=1e-5)


def test_ruff_is_content(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    export(trained(case).package(), PYTHON, tmp_path / "model.py")
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--select", "E4,E7,E9,F,I,N,UP,B,C4,SIM,PIE"], ["format", "--diff"]):
        done = subprocess.run(
            [*ruff, *command, "--isolated", "--no-cache", "--target-version", "py311", str(tmp_path / "model.py")],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_needs_torch_and_numpy_alone(trained: Callable[[str], Any], tmp_path: Path) -> None:
    export(trained("digits with dropout").package(), PYTHON, tmp_path / "model.py")
    text = (tmp_path / "model.py").read_text(encoding="utf-8")
    found = re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)
    assert set(found) == {"copy", "csv", "sys", "pathlib", "numpy", "torch"}


def test_only_the_lines_that_are_needed(trained: Callable[[str], Any], tmp_path: Path) -> None:
    export(trained("2-D binary").package(), PYTHON, tmp_path / "model.py")
    text = (tmp_path / "model.py").read_text(encoding="utf-8")
    for word in (
        "Sine",
        "Dropout",
        "scheduler",
        "clip_grad",
        "best_weights",
        "x_test",
        "weights)",
        "deviation",
        "copy",
    ):
        assert word not in text.replace("load_state_dict(weights)", "").replace("STORED | weights)", "")


def test_changes_by_hand_are_told(trained: Callable[[str], Any], tmp_path: Path) -> None:
    found = trained("2-D binary")
    change = Intervention(12, "training.optimizer.learning_rate", 0.01, 0.001)
    export(found._replace(record=replace(found.record, interventions=(change,))).package(), PYTHON, tmp_path / "a.py")
    text = " ".join((tmp_path / "a.py").read_text(encoding="utf-8").split())
    assert "settings were changed by hand, which training anew does not do again" in text
    assert "before step 13 training.optimizer.learning_rate went from 0.01 to 0.001" in text


HOSTILE = [
    '"""; import os; """',
    "a\\",
    "\nimport os\n",
    "quote \" and ' both",
    "\u202eright to left",
    "\u2028line",
    "{braces} %s $x$",
    'ends with "',
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_names(train_plain: Callable[[Any], Any], name: str, tmp_path: Path) -> None:
    found = train_plain(
        {
            "name": name,
            "question": name,
            "data": {"source": {"kind": "points", "points": [[1, 2, 0], [2, 1, 1]] * 10}},
            "network": {"layers": [{"kind": "dense", "units": 2, "name": name}, {"kind": "dropout", "name": name}]},
            "training": {"epochs": 1},
        }
    )
    facts = replace(found.dataset.facts, classes=(name, f"{name}2"), columns=(name, "b"))
    found = found._replace(dataset=replace(found.dataset, facts=facts))
    export(found.package(), PYTHON, tmp_path / "a.py")
    module = runpy.run_path(str(tmp_path / "a.py"))
    assert module["CLASSES"] == list(facts.classes)
    assert "os" not in module
    text = (tmp_path / "a.py").read_text(encoding="utf-8")
    assert "\u202e" not in text
