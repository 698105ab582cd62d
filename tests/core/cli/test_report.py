"""report: from a file with trained runs to one HTML file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def file(core: Command) -> str:
    """Return a file with two trained runs."""
    variants = '[{"name": "a"}, {"name": "b", "settings": {"training.seed": 7}}]'
    core("train", "xor", "--epochs", 4, "--set", f"variants={variants}", "--save", "xor.downhill")
    return "xor.downhill"


def test_writes_and_tells_how_far_it_is(core: Command, folder: Path, file: str) -> None:
    result = core("report", file, "-o", "report.html")
    assert (result.status, result.err) == (0, "")
    *going, written = result.out.splitlines()
    assert written == "Written: report.html"
    assert going == [f"{done}/{len(going)}" for done in range(1, len(going) + 1)]
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", file]


@pytest.mark.parametrize("name", ["a", "b"])
def test_the_run_can_be_chosen(core: Command, folder: Path, file: str, name: str) -> None:
    assert core("report", file, "-o", "report.html", "--run", name).status == 0
    assert f"run “{name}” ·" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.downhill", "-o", "r.html"], "none.downhill: there is no such file"),
        (["xor", "-o", "r.html"], "xor holds no trained run; train it first"),
        (["xor.downhill", "-o", "r.pdf"], "r.pdf: expected the name of a file that ends in .html"),
        (["xor.downhill", "-o", "r.html", "--run", "c"], 'xor.downhill holds no run "c"; there are a, b'),
    ],
)
def test_says_what_is_wrong(core: Command, folder: Path, file: str, words: list[str], sentence: str) -> None:
    result = core("report", *words)
    assert result.status == 1
    assert result.err.startswith(sentence)
    assert [path.name for path in folder.iterdir()] == [file]
