"""Data as CSV: predictions of every sample, curves, and the samples as the scripts take them."""

import csv
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.choices.datasets import Table
from core.choices.fields import Mistake
from core.datasets.table import samples
from core.exchange import tables
from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.runs.curves import COLUMNS

CSV = FORMATS["csv"]


def rows(path: Path) -> list[list[str]]:
    """Return the cells of a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_every_sample_with_its_target_and_what_the_network_says(
    trained: Callable[[str], Any], case: str, tmp_path: Path
) -> None:
    found = trained(case)
    model, dataset = found.package().model, found.dataset
    written = export(found.package(), CSV, tmp_path / "a.csv")
    assert [file.name for file in written.files] == ["a.csv", "a-curves.csv", "a-data.npz"]
    assert written.difference <= 1e-12
    header, *cells = rows(tmp_path / "a.csv")
    parts = {"training": dataset.train, "validation": dataset.validation, "test": dataset.test}
    assert written.samples == len(cells) == sum(map(len, parts.values()))
    raw = [] if model.facts.image else [f"input {name}" for name in model.facts.columns]
    outputs = list(model.output_names)
    assert header == ["part", "sample", *raw, "target", *(["prediction"] if model.facts.classes else []), *outputs]
    start = 0
    for name, part in parts.items():
        here = cells[start : start + len(part)]
        start += len(part)
        assert [row[:2] for row in here] == [[name, str(number)] for number in range(1, len(part) + 1)]
        expected = model.predict(part.raw)
        if len(part):
            assert np.array_equal(np.array([row[-len(outputs) :] for row in here], float), expected)
            if raw:
                assert np.array_equal(np.array([row[2 : 2 + len(raw)] for row in here], float), part.raw)
        place = header.index("target")
        if model.facts.classes:
            assert [row[place] for row in here] == [model.facts.classes[label] for label in part.labels]
            answers = [model.facts.classes[answer] for answer in model.answers(expected)]
            assert [row[place + 1] for row in here] == answers
        else:
            assert np.array_equal(np.array([row[place] for row in here], float), part.labels)


def test_downhill_opens_it_as_a_data_set(trained: Callable[[str], Any], tmp_path: Path) -> None:
    found = trained("five arms")
    export(found.package(), CSV, tmp_path / "a.csv")
    chosen = Table(path=str(tmp_path / "a.csv"), target="target", columns=("input x₁", "input x₂"))
    read = samples(chosen)
    dataset = found.dataset
    assert np.array_equal(read.raw, np.concatenate([dataset.train.raw, dataset.validation.raw]))
    assert len(read.labels) == 100


def test_the_curves(trained: Callable[[str], Any], tmp_path: Path) -> None:
    found = trained("2-D binary")
    export(found.package(), CSV, tmp_path / "a.csv")
    header, *cells = rows(tmp_path / "a-curves.csv")
    assert header == ["run", "span", *COLUMNS]
    losses = [float(row[header.index("train_loss")]) for row in cells]
    assert np.array_equal(losses, found.record.curves["train_loss"])


def test_the_samples_train_the_script(
    trained: Callable[[str], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = trained("digits with dropout")
    export(found.package(), CSV, tmp_path / "a.csv")
    export(found.package(), FORMATS["python"], tmp_path / "a.py")
    with np.load(tmp_path / "a-data.npz", allow_pickle=False) as file:
        data = dict(file)
    assert np.array_equal(data["x_test"], found.dataset.test.raw)
    assert data["x_train"].dtype == np.uint8
    runpy.run_path(str(tmp_path / "a.py"))["train"](data)
    assert "test loss" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["a;b|c", 'a "b", c', "two\nlines", "prediction", "=1+1"])
def test_names_that_look_like_a_table(trained: Callable[[str], Any], name: str, tmp_path: Path) -> None:
    found = trained("2-D binary")
    facts = replace(found.dataset.facts, classes=(name, f"{name}2"), columns=(name, "b"))
    written = export(found._replace(dataset=replace(found.dataset, facts=facts)).package(), CSV, tmp_path / "a.csv")
    assert written.difference <= 1e-12
    assert {row[4] for row in rows(tmp_path / "a.csv")[1:]} == {name, f"{name}2"}


def test_a_wrong_number_is_found(
    trained: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tables.write

    def write(*arguments: Any) -> Any:
        paths = own(*arguments)
        lines = paths[0].read_text(encoding="utf-8").splitlines()
        cells = lines[-1].split(",")
        lines[-1] = ",".join([*cells[:-1], "0.987654321"])
        paths[0].write_text("\n".join(lines), encoding="utf-8")
        return paths

    monkeypatch.setattr(tables, "write", write)
    with pytest.raises(Mistake, match=r"a\.csv: not written, for its predictions would differ"):
        export(trained("2-D binary").package(), CSV, tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())
