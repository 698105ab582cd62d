"""landscape: in this process, on small examples and files."""

import csv
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
import torch
from PIL import Image

from core.datasets.load import load as load_data
from core.experiment.architecture import architecture
from core.project.archive import load
from core.training.rows import to_sequential

Command = Callable[..., Any]
KEYS = {"directions", "resolution", "samples", "seconds", "centre_loss", "true_loss", "off_plane", "explained"}
SMALL = ("--resolution", 7, "--samples", 50)


@pytest.fixture
def trained(core: Command, folder: Path) -> str:
    """Return a file with two runs of twelve epochs."""
    variants = '[{"name": "one", "settings": {}}, {"name": "two", "settings": {"training.seed": 5}}]'
    settings = ("--set", f"variants={variants}", "--set", "training.penalty.l2=0.01")
    assert core("train", "xor", "--epochs", 12, *settings, "--save", "two.downhill").status == 0
    return "two.downhill"


def told(result: Any) -> dict[str, Any]:
    """Return the object that --json printed, and nothing else."""
    assert result.status == 0, result.err
    plain: dict[str, Any] = json.loads(result.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    return plain


def loop_loss(file: str, run: int, row: Any, indices: Any) -> float:
    """Return the loss of a row on some training samples, as a loop by hand takes it."""
    record = load(Path(file)).records[run]
    dataset = load_data(record.experiment.data)
    network = to_sequential(architecture(record.experiment, dataset.facts), torch.tensor(row)).eval()
    x = torch.tensor(dataset.preparation.apply(dataset.train.raw[indices]))
    t = torch.tensor(dataset.train.labels[indices]).float().unsqueeze(1)
    with torch.no_grad():
        return float(torch.nn.BCEWithLogitsLoss()(network(x), t))


class TestJson:
    def test_is_the_object_of_the_issue(self, core: Command, trained: str) -> None:
        plain = told(core("landscape", trained, *SMALL, "--json"))
        assert set(plain) >= KEYS
        assert (plain["directions"], plain["resolution"], plain["samples"]) == ("random", 7, 50)
        assert (plain["run"], plain["at"], plain["part"], plain["penalty"]) == ("one", "best", "train", False)
        assert plain["centre_loss"] == pytest.approx(plain["true_loss"], rel=1e-5)
        assert 0 < plain["seconds"] < 60
        assert 0 < plain["off_plane"] <= 1
        assert plain["explained"] is None
        record = load(Path(trained)).records[0]
        assert plain["true_loss"] == pytest.approx(
            loop_loss(trained, 0, record.at("best"), np.arange(50) * 400 // 50), rel=1e-5
        )

    def test_of_a_path_tells_what_it_explains(self, core: Command, trained: str) -> None:
        plain = told(core("landscape", trained, "--directions", "pca", *SMALL, "--json"))
        rows = np.stack(list(load(Path(trained)).records[0].rows.values())).astype(np.float64)
        values = np.linalg.svd(rows - rows.mean(axis=0))[1] ** 2
        np.testing.assert_allclose(plain["explained"], values[:2] / values.sum(), rtol=1e-6)
        assert 0 < plain["off_plane"] < 0.5
        both = told(core("landscape", trained, "--directions", "pca:one,two", *SMALL, "--json"))
        assert both["explained"] != plain["explained"]

    def test_can_be_of_the_penalty_and_of_validation(self, core: Command, trained: str) -> None:
        plain = told(core("landscape", trained, *SMALL, "--part", "validation", "--json"))
        with_it = told(core("landscape", trained, *SMALL, "--part", "validation", "--penalty", "--json"))
        assert (plain["part"], with_it["penalty"]) == ("validation", True)
        record = load(Path(trained)).records[0]
        built = architecture(record.experiment)
        cost = 0.01 * sum(float(np.square(weights).sum()) for _, weights, _ in built.split(record.at("best")))
        assert with_it["true_loss"] - plain["true_loss"] == pytest.approx(cost, rel=1e-3)


@pytest.mark.parametrize(
    ("directions", "dimensions"),
    [
        ("random", 2),
        ("pca", 2),
        ("weights:output[0][1],output[0]", 2),
        ("weights:weights.output[0][0]", 1),
        ("weights:biases.output[0]", 1),
        ("line", 1),
        ("runs:one,two,one", 2),
    ],
)
def test_arrays_hold_all_that_is_needed_to_check_them(
    core: Command, trained: str, directions: str, dimensions: int
) -> None:
    result = core(
        "landscape", trained, "--directions", directions, "--at", "last", *SMALL, "--npz", "out.npz", "--json"
    )
    plain = told(result)
    arrays = np.load("out.npz")
    assert set(arrays) == {"row", "d1", "d2", "x", "y", "loss", "indices", "offset"}
    x, y, loss, row = arrays["x"], arrays["y"], arrays["loss"], arrays["row"]
    assert loss.shape == (7 if dimensions == 2 else 1, 7)
    assert x[3] == pytest.approx(0, abs=1e-12)
    for j in range(len(y)):
        for i in (0, 2, 6):
            point = (row + x[i] * arrays["d1"] + y[j] * arrays["d2"]).astype(np.float32)
            assert loss[j, i] == pytest.approx(loop_loss(trained, 0, point, arrays["indices"]), rel=1e-4)
    assert plain["true_loss"] == pytest.approx(loop_loss(trained, 0, row, arrays["indices"]), rel=1e-5)
    if directions in ("random", "pca") or directions.startswith("weights"):
        np.testing.assert_allclose(row, load(Path(trained)).records[0].at("last"), rtol=1e-6)


def test_the_table_has_a_line_for_each_point(core: Command, trained: str) -> None:
    words = ("--directions", "weights:output[0][1]", "--csv", "out.csv", "--npz", "out.npz")
    assert core("landscape", trained, *words, *SMALL).status == 0
    with Path("out.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    arrays = np.load("out.npz")
    assert [float(line["loss"]) for line in lines] == arrays["loss"].ravel().tolist()
    np.testing.assert_allclose([float(line["x"]) for line in lines], arrays["x"] + arrays["offset"][0], rtol=1e-12)
    assert {line["y"] for line in lines} == {"0.0"}


@pytest.mark.parametrize("directions", ["random", "pca:one,two", "line", "weights:output[0]", "runs:one,two,two"])
def test_the_picture_is_a_png(core: Command, trained: str, directions: str) -> None:
    result = core("landscape", trained, "--directions", directions, *SMALL, "--png", "out.png")
    assert result.status == 0
    with Image.open("out.png") as image:
        assert image.format == "PNG"
        image.load()
    assert "Written: out.png" in result.err


def test_the_drawing_names_what_it_shows(core: Command, trained: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")  # texts as texts
    words = ("--directions", "pca:one,two", "--svg", "out.svg", "--surface")
    assert core("landscape", trained, *words, *SMALL).status == 0
    texts = [text.text for text in ElementTree.parse("out.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert any("principal component 1," in str(text) for text in texts)
    assert any(str(text).startswith("two, up to ") for text in texts)
    assert "principal component 2 →" in texts or "← principal component 2" in texts  # along the surface


@pytest.mark.parametrize("directions", ["pca", "line"])
def test_the_animation_has_a_frame_for_each_kept_moment(core: Command, trained: str, directions: str) -> None:
    words = ("--directions", directions, "--at", "last", "--gif", "out.gif")
    assert core("landscape", trained, *words, *SMALL).status == 0
    with Image.open("out.gif") as image:
        assert image.n_frames == 13  # type: ignore[attr-defined]
        frames = []
        for place in range(13):
            image.seek(place)
            frames.append(np.asarray(image.convert("RGB")))
    assert all((one != other).any() for one, other in itertools.pairwise(frames))


def test_for_people_it_says_what_is_shown(core: Command, trained: str) -> None:
    result = core("landscape", trained, "--directions", "pca", "--resolution", 8, "--run", "two", "--at", 3)
    assert result.status == 0
    assert result.out.startswith("two, weights of epoch 3\n")
    assert "principal component 1" in result.out
    assert "9 × 9, loss from" in result.out
    assert "400 samples of the training data" in result.out
    assert "Resolution 9 instead of 8, so that the centre is a point." in result.err


@pytest.mark.parametrize("resolution", [1, 2, 3])
def test_the_smallest_resolutions_are_no_fault(core: Command, trained: str, resolution: int) -> None:
    words = ("--resolution", resolution, "--samples", 10, "--png", "out.png", "--json")
    plain = told(core("landscape", trained, *words))
    assert plain["resolution"] == resolution | 1
    assert plain["centre_loss"] == pytest.approx(plain["true_loss"], rel=1e-5)


def test_a_name_is_trained_first(core: Command) -> None:
    result = core("landscape", "xor", "--epochs", 3, "--directions", "pca", *SMALL, "--json")
    plain = told(result)
    assert plain["run"] == "Exclusive or"
    assert sum(plain["explained"]) > 0.5


def test_a_diverged_run_is_no_fault(core: Command) -> None:
    words = ("--epochs", 3, "--run", "divergent", "--directions", "pca", "--png", "out.png", *SMALL, "--json")
    plain = told(core("landscape", "learning-rates", *words))
    assert plain["run"] == "divergent"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--directions", "up"], 'expected one of random, pca, weights, line, runs, got "up"'),
        (["--directions", "weights"], "expected weights:A,B"),
        (["--directions", "weights:output[0],output[0]"], "two weights that differ"),
        (["--directions", "weights:output"], "expected a weight such as"),
        (["--directions", "weights:weights.output[0]"], "expected a weight such as"),
        (["--directions", "weights:hidden[0]"], "expected the id of one of the dense layers"),
        (["--directions", "runs:one,two"], "the names of three runs"),
        (["--directions", "runs:one,two,three"], 'there is no run "three"; there are one, two'),
        (["--directions", "random:1"], "expected random"),
        (["--run", "three"], 'there is no run "three"'),
        (["--at", "99"], "the weights of epoch 99 were not kept; the nearest are of 12"),
        (["--resolution", "0"], "resolution: expected a whole number from 1 to 101"),
        (["--resolution", "103"], "resolution: expected a whole number from 1 to 101"),
        (["--range", "0"], "range: expected a number above 0"),
        (["--samples", "0"], "samples: expected at least 1"),
        (["--png", "out.jpg"], "ends in .png"),
        (["--gif", "out.png"], "ends in .gif"),
        (["--svg", "no/out.svg"], "there is no folder no"),
        (["--epochs", "3"], "is trained: its settings stay"),
    ],
)
def test_what_cannot_be_is_one_sentence(core: Command, trained: str, words: list[str], sentence: str) -> None:
    result = core("landscape", trained, *words)
    assert result.status == 1
    assert sentence in result.err
    assert result.err.count("\n") == 1
    assert result.out == ""
