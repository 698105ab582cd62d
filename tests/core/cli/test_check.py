"""check: problems with place and mend."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.experiment.examples import example_names

Command = Callable[..., Any]


@pytest.mark.parametrize("name", example_names())
def test_every_example_is_ready(core: Command, name: str) -> None:
    result = core("check", name)
    assert (result.status, result.err) == (0, "")
    assert "ready to train" in result.out


def test_an_error_is_told_with_its_place_and_its_mend(core: Command, folder: Path) -> None:
    (folder / "wrong.json").write_text(json.dumps({"training": {"loss": "cross_entropy"}, "data": {"source": "plane"}}))
    result = core("check", "wrong.json")
    assert result.status == 1
    assert "error: training.loss: Cross-entropy does not fit data with numbers to predict" in result.out
    assert "  mend: Take mean squared error (training.loss = mean_squared_error)" in result.out
    assert result.err == "1 problem stands in the way of training.\n"


def test_a_warning_does_not_forbid(core: Command) -> None:
    result = core("check", "learning-rates")
    assert result.status == 0
    assert 'warning: variants[3].settings: Variant "divergent"' in result.out


def test_more_than_the_memory_is_refused(core: Command, folder: Path) -> None:
    layers = [{"kind": "dense", "units": 4096}, {"kind": "dense", "units": 4096}]
    variants = [{"name": f"seed {seed}", "settings": {"training.seed": seed}} for seed in range(64)]
    plain = {"data": {"source": "mnist"}, "training": {"loss": "cross_entropy"}, "variants": variants}
    (folder / "large.json").write_text(json.dumps({**plain, "network": {"layers": layers}}))
    for command in ("check", "train"):
        result = core(command, "large.json")
        assert result.status == 1
        assert "64 runs of up to 20,037,642 weights would need about" in result.out + result.err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "file.json: expected an experiment in JSON: "),
        (b"\xff\xfe\x00", "file.json: expected an experiment in JSON: "),
        (b"[" * 100_000, "file.json: expected an experiment in JSON: "),
        (b'{"training": {"epochs": "many"}}', "file.json: training.epochs: expected a whole number from 1 to 1000000"),
        (b'{"trianing": {}}', "file.json: trianing: there is no setting of this name"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(core: Command, folder: Path, content: bytes, sentence: str) -> None:
    (folder / "file.json").write_bytes(content)
    result = core("check", "file.json")
    assert result.status == 1
    assert result.err.startswith(sentence)
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("source", ["none.downhill", "none/none", "none.json"])
def test_a_file_that_is_not_there(core: Command, source: str) -> None:
    assert core("check", source) == (1, "", f"{source}: there is no such file\n")


def test_a_file_that_is_no_archive(core: Command, folder: Path) -> None:
    (folder / "torn.downhill").write_bytes(b"PK\x03\x04 and no more")
    result = core("check", "torn.downhill")
    assert result.status == 1
    assert result.err.startswith("torn.downhill: ")
    assert result.err.count("\n") == 1
