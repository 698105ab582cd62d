"""draw: what the window writes down becomes a picture."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.pictures.chart import Chart, Trace
from core.pictures.depth import Scale

Command = Callable[..., Any]


@pytest.fixture
def written(folder: Path) -> str:
    """Return a file as the window writes it."""
    axis = np.linspace(-1, 1, 9)
    path = Trace(
        name="Run 1",
        place=0,
        epochs=np.arange(4),
        places=[(0.9, 0.9), (0.5, 0.2), (0.2, 0), (0, 0)],
        losses=np.ones(4),
        best=2,
        off=0.0,
    )
    chart = Chart(
        title="Small",
        loss_name="training loss, 10 samples",
        labels=("one", "two"),
        xs=axis,
        ys=axis,
        loss=axis**2 + axis[:, None] ** 2,
        scale=Scale(False, 0.0, 2.0),
        clipped=None,
        middle=0.0,
        centre_loss=0.0,
        slope=0.0,
        equal=True,
        traces=(path,),
    )
    (folder / "chart.json").write_bytes(chart.with_surface().written())
    return "chart.json"


@pytest.mark.parametrize(("name", "frames"), [("out.png", 1), ("out.GIF", 4)])
def test_it_draws_by_the_ending_of_the_file(core: Command, written: str, name: str, frames: int) -> None:
    result = core("draw", written, "-o", name)
    assert (result.status, result.err) == (0, "")
    assert result.out.split() == ([f"{done}/4" for done in range(1, 5)] if frames == 4 else [])
    with Image.open(name) as image:
        assert getattr(image, "n_frames", 1) == frames


def test_it_draws_in_a_process_of_its_own(fresh: Command, written: str) -> None:
    result = fresh("-X", "importtime", "-m", "core", "draw", written, "-o", "out.svg")
    assert result.status == 0
    assert Path("out.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert " torch\n" not in result.err  # which would take a second to import


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["chart.json", "-o", "out.jpg"], "out.jpg: expected the name of a file that ends in .png or .svg or .gif"),
        (["chart.json", "-o", "no/out.png"], "there is no folder no"),
        (["none.json", "-o", "out.png"], "none.json: No such file or directory"),
        (["other.json", "-o", "out.png"], "Expected a landscape that the window has written down"),
    ],
)
def test_what_cannot_be_is_one_sentence(core: Command, written: str, words: list[str], sentence: str) -> None:
    Path("other.json").write_text("{}")
    result = core("draw", *words)
    assert result.status == 1
    assert sentence in result.err
    assert result.err.count("\n") == 1
    assert not Path("out.png").exists()
