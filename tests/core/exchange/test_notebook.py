"""The notebook: valid, run from top to bottom by itself, and the same code as the script."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from core.choices.activations import ACTIVATIONS
from core.choices.initializers import INITIALIZERS
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS
from core.choices.schedules import SCHEDULES
from core.exchange.export import export
from core.exchange.formats import FORMATS
from tests.core.exchange.fresh import fresh

NOTEBOOK = FORMATS["notebook"]
CASES = ["2-D binary", "five arms", "regression", "digits with dropout", "features and standardization"]
# What Jupyter does: the code cells in order, in the folder of the notebook, the last value of each shown.
RUN_ALL = """
import ast, json, pathlib, sys
for folder in sys.argv[1:]:
    import os
    os.chdir(folder)
    space = {"__name__": "__main__"}
    for cell in json.loads(pathlib.Path("a.ipynb").read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "cell", "exec"), space)
    import numpy
    numpy.save("found.npy", space["predict"](numpy.load("raw.npy")))
    os.chdir("..")
"""


def cells(path: Path, kind: str) -> list[str]:
    """Return the sources of all cells of a kind."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in plain["cells"] if cell["cell_type"] == kind]


def test_is_valid_and_predicts(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    written = export(trained(case).package(), NOTEBOOK, tmp_path / "a.ipynb")
    assert [file.name for file in written.files] == ["a.ipynb", "a.notebook.npz"]
    assert written.difference <= 1e-5
    nbformat.validate(json.loads((tmp_path / "a.ipynb").read_text(encoding="utf-8")))


def test_runs_in_a_process_of_its_own(trained: Callable[[str], Any], tmp_path: Path) -> None:
    for number, case in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        export(trained(case).package(), NOTEBOOK, folder / "a.ipynb")
        np.save(folder / "raw.npy", trained(case).dataset.train.raw)
    done = fresh(tmp_path, "-W", "error", "-c", RUN_ALL, *map(str, range(len(CASES))))
    assert (done.returncode, done.stderr) == (0, "")
    for number, case in enumerate(CASES):
        found = np.load(tmp_path / str(number) / "found.npy")
        expected = trained(case).package().model.predict(trained(case).dataset.train.raw)
        assert found == pytest.approx(expected, abs=1e-5)


def test_trains_anew_what_downhill_trained(train_plain: Callable[[Any], Any], tmp_path: Path) -> None:
    found = train_plain({
        "data": {"source": {"kind": "circle", "samples": 80, "noise": 0.2}, "test": 0.2, "standardize": True},
        "network": {"layers": [{"kind": "dense", "units": 8}, {"kind": "dense", "units": 4, "activation": "relu"}]},
        "training": {"epochs": 40, "penalty": {"l2": 0.001}, "schedule": "cosine"},
    })  # fmt: skip
    record = found.record
    assert record.steps >= 200
    folder = tmp_path / "0"
    folder.mkdir()
    export(found.package("last"), NOTEBOOK, folder / "a.ipynb")
    export(found.package("last"), FORMATS["csv"], folder / "a.csv")  # with the samples in a-data.npz
    np.save(folder / "raw.npy", found.dataset.train.raw)
    done = fresh(tmp_path, "-c", RUN_ALL, "0")
    assert done.returncode == 0, done.stderr
    losses = [[float(loss) for loss in re.findall(r"loss ([-+.e0-9]+)", line)] for line in done.stdout.splitlines()]
    expected = np.stack([record.curves["train_loss"][1:], record.curves["validation_loss"][1:]], axis=1)
    assert np.array(losses[:-1]) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert losses[-1] == pytest.approx([record.metrics.test_loss], rel=1e-3, abs=1e-3)


def test_has_all_code_of_the_script(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    export(trained(case).package(), FORMATS["python"], tmp_path / "a.py")
    export(trained(case).package(), NOTEBOOK, tmp_path / "a.ipynb")
    script = (tmp_path / "a.py").read_text(encoding="utf-8")
    for source in cells(tmp_path / "a.ipynb", "code"):
        if source.startswith(("def ", "class ", "loss_function")):
            assert source in script


def test_explains_what_is_chosen(train_plain: Callable[[Any], Any], tmp_path: Path) -> None:
    found = train_plain({
        "name": "A *fine* name",
        "data": {"source": {"kind": "xor", "samples": 60}, "features": ["x1", "x1_x2"], "standardize": True},
        "network": {"layers": [{"kind": "dense", "units": 4, "activation": "gelu", "initializer": "he"},
                               {"kind": "dropout", "rate": 0.1}]},
        "training": {"epochs": 2, "optimizer": "nadam", "schedule": "step", "clip": 2.5, "penalty": {"l1": 0.1},
                     "early_stopping": {"patience": 7}},
    })  # fmt: skip
    export(found.package(), NOTEBOOK, tmp_path / "a.ipynb")
    text = "\n".join(cells(tmp_path / "a.ipynb", "markdown"))
    for row in (
        ACTIVATIONS["gelu"],
        INITIALIZERS["he"],
        LOSSES["binary_cross_entropy"],
        OPTIMIZERS["nadam"],
        SCHEDULES["step"],
    ):
        assert row.title in text
        assert row.sentence in text
    for words in ("# A \\*fine\\* name", "Dropout", "L1 penalty", "longer than 2.5", "once 7 epochs", "standardized"):
        assert words in text
    assert "L2 penalty" not in text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$x$ `a` [b](c)", "# no title", '"""'])
def test_names_stay_names(train_plain: Callable[[Any], Any], name: str, tmp_path: Path) -> None:
    found = train_plain({"name": name, "data": {"source": {"kind": "xor", "samples": 40}}, "training": {"epochs": 1}})
    facts = replace(found.dataset.facts, classes=(name, "b"))
    found = found._replace(dataset=replace(found.dataset, facts=facts))
    export(found.package(), NOTEBOOK, tmp_path / "a.ipynb")
    title = cells(tmp_path / "a.ipynb", "markdown")[0].splitlines()[0]
    assert re.sub(r"\\(.)", r"\1", title) == f"# {name}".replace('"', "'")
    assert not re.search(r"(?<!\\)[<>$`\[]", title)


def test_ruff_is_content(trained: Callable[[str], Any], tmp_path: Path) -> None:
    for number, case in enumerate(CASES):
        export(trained(case).package(), NOTEBOOK, tmp_path / f"{number}.ipynb")
    for command in (["check", "--select", "E4,E7,E9,F,I,N,UP,B,C4,SIM,PIE"], ["format", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "--target-version", "py311", tmp_path],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
