"""new: a file of one's own from an example."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.experiment.examples import read_example
from core.project.archive import load

Command = Callable[..., Any]


def test_makes_a_file_that_holds_the_example(core: Command, folder: Path) -> None:
    result = core("new", "dropout", "-o", "mine.downhill")
    assert (result.status, result.err) == (0, "")
    assert "mine.downhill" in result.out
    assert load(folder / "mine.downhill").experiment == read_example("dropout")


def test_leaves_what_is_there(core: Command, folder: Path) -> None:
    (folder / "mine.downhill").write_text("precious")
    result = core("new", "xor", "-o", "mine.downhill")
    assert result.status == 1
    assert result.err == "mine.downhill exists already; choose another name, or replace it with --force\n"
    assert (folder / "mine.downhill").read_text() == "precious"


def test_replaces_it_by_force(core: Command, folder: Path) -> None:
    (folder / "mine.downhill").write_text("old")
    assert core("new", "xor", "-o", "mine.downhill", "--force").status == 0
    assert load(folder / "mine.downhill").experiment == read_example("xor")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["spirl", "-o", "a.downhill"], 'there is no file or example "spirl"; did you mean spiral'),
        (["zzz", "-o", "a.downhill"], 'there is no file or example "zzz"; there are batch-sizes, '),
        (["xor", "-o", "a.txt"], "a.txt: expected the name of a file that ends in .downhill"),
        (["xor", "-o", "none/a.downhill"], "none/a.downhill: there is no folder none; make it first"),
    ],
)
def test_says_what_is_wrong(core: Command, folder: Path, words: list[str], sentence: str) -> None:
    result = core("new", *words)
    assert result.status == 1
    assert result.err.startswith(sentence)
    assert result.err.count("\n") == 1
    assert list(folder.iterdir()) == []
