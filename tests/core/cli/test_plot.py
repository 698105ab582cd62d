"""plot: pictures of a run from a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Command = Callable[..., Any]


@pytest.fixture
def file(core: Command) -> str:
    """Return a file with two trained runs."""
    variants = '[{"name": "a"}, {"name": "b", "settings": {"training.seed": 7}}]'
    core("train", "xor", "--epochs", 4, "--set", f"variants={variants}", "--save", "xor.downhill")
    return "xor.downhill"


@pytest.mark.parametrize("name", ["curves.png", "boundary.svg", "boundary.gif", "confusion.png", "network.svg"])
def test_writes(core: Command, folder: Path, file: str, name: str) -> None:
    result = core("plot", file, name.partition(".")[0], "-o", name)
    assert (result.status, result.err) == (0, "")
    *going, written = result.out.splitlines()
    assert written == f"Written: {name}"
    assert going == ([f"{done}/5" for done in range(1, 6)] if name.endswith("gif") else [])
    if name.endswith("gif"):
        with Image.open(folder / name) as image:
            assert image.n_frames == 5  # type: ignore[attr-defined]
    assert (folder / name).stat().st_size > 1000


def test_run_and_moment_can_be_chosen(core: Command, folder: Path, file: str) -> None:
    drawings = set()
    for place, words in enumerate([[], ["--at", "start"], ["--run", "b"], ["--run", "b", "--at", "2"]]):
        assert core("plot", file, "network", "-o", f"{place}.svg", *words).status == 0
        drawings.add((folder / f"{place}.svg").read_bytes())
    assert len(drawings) == 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["xor.downhill", "numbers", "-o", "a.png"], "These data have classes, not numbers to predict."),
        (["xor.downhill", "curves", "-o", "a.gif"], "a.gif: expected the name of a file that ends in .png or .svg"),
        (["xor.downhill", "curves", "-o", "a.png", "--at", "9"], 'run "a": the weights of epoch 9 were not kept'),
        (["xor", "curves", "-o", "a.png"], "xor holds no trained run; train it first"),
    ],
)
def test_says_what_is_wrong(core: Command, folder: Path, file: str, words: list[str], sentence: str) -> None:
    result = core("plot", *words)
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith(sentence)
    assert [path.name for path in folder.iterdir()] == [file]
