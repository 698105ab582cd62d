"""pt2: torch.export.load runs it on any number of raw samples, and Downhill opens it without a pickle."""

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.choices.fields import Mistake
from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.exchange.reading import read_model
from tests.core.exchange.fresh import fresh

PT2 = FORMATS["pt2"]
ROOT = Path(__file__).parents[3]
LOAD = """
import numpy as np, torch
module = torch.export.load("a.pt2").module()
raw = torch.tensor(np.load("raw.npy"), dtype=torch.float32)
np.save("found.npy", module(raw).detach().numpy())
"""


def test_torch_runs_it(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    package = trained(case).package()
    written = export(package, PT2, tmp_path / "a.pt2")
    assert [file.name for file in written.files] == ["a.pt2"]
    assert written.difference <= 1e-5
    raw = trained(case).dataset.train.raw
    module = torch.export.load(tmp_path / "a.pt2").module()
    for count in (1, 2, len(raw)):  # the number of samples is free
        samples = torch.tensor(raw[:count], dtype=torch.float32).reshape(count, *package.model.facts.shape)
        found = module(samples).detach().numpy()
        assert found == pytest.approx(package.model.predict(raw[:count]), abs=1e-5)


def test_in_a_process_without_downhill(trained: Callable[[str], Any], tmp_path: Path) -> None:
    package = trained("features and standardization").package()
    export(package, PT2, tmp_path / "a.pt2")
    raw = trained("features and standardization").dataset.train.raw
    np.save(tmp_path / "raw.npy", raw)
    done = fresh(tmp_path, "-c", LOAD)
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "found.npy") == pytest.approx(package.model.predict(raw), abs=1e-5)


def test_comes_back_as_it_was(
    trained: Callable[[str], Any], case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = trained(case).package().model
    export(trained(case).package(), PT2, tmp_path / "a.pt2")

    def refuse(*_arguments: object, **_settings: object) -> None:
        raise AssertionError("a pickle was loaded")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    monkeypatch.setattr(torch, "load", refuse)
    back = read_model(tmp_path / "a.pt2")
    assert np.array_equal(back.row, model.row)
    assert back.facts.classes == model.facts.classes
    raw = trained(case).dataset.train.raw
    assert np.array_equal(back.predict(raw), model.predict(raw))


def test_tells_nothing_of_the_computer_that_wrote_it(trained: Callable[[str], Any], tmp_path: Path) -> None:
    export(trained("2-D binary").package(), PT2, tmp_path / "a.pt2")
    content = (tmp_path / "a.pt2").read_bytes()
    assert str(ROOT).encode() not in content
    assert b"site-packages" not in content


def rewritten(path: Path, changes: dict[str, Any]) -> None:
    """Write an archive anew with other entries: bytes, a function of the old bytes, or None to leave it out."""
    with zipfile.ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, data in entries.items():
            change = next((change for end, change in changes.items() if name.endswith(end)), lambda old: old)
            if change is not None:
                file.writestr(name, change(data) if callable(change) else change)


def in_json(**values: Any) -> Callable[[bytes], bytes]:
    """Return what sets values in an object of JSON."""
    return lambda old: json.dumps(json.loads(old) | values).encode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"downhill.json": None}, "expected a program that Downhill wrote, found one without downhill.json"),
        ({"downhill.json": b"[]"}, "expected an object in braces"),
        ({"downhill.json": in_json(format="else")}, 'expected "format": "downhill-model", which Downhill writes'),
        ({"downhill.json": in_json(format_version=2)}, "format_version: expected 1, the one that this Downhill reads"),
        ({"downhill.json": in_json(layers=[])}, "expected layers of which the last is dense"),
        ({"weights_config.json": in_json(config=[])}, 'tensor "network.0.weight": expected raw numbers of float32'),
        ({"weight_0": b"123"}, 'tensor "network.0.weight": expected raw numbers of float32 that fit its layer'),
        ({"weight_1": np.full(8, np.nan, "<f4").tobytes()}, 'tensor "network.0.bias": expected finite numbers'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_sentence(
    trained: Callable[[str], Any], changes: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    export(trained("2-D binary").package(), PT2, tmp_path / "a.pt2")
    rewritten(tmp_path / "a.pt2", changes)
    with pytest.raises(Mistake, match=r"^a\.pt2: ") as caught:
        read_model(tmp_path / "a.pt2")
    assert sentence in str(caught.value)


def test_pickled_weights_are_refused(trained: Callable[[str], Any], tmp_path: Path) -> None:
    export(trained("2-D binary").package(), PT2, tmp_path / "a.pt2")

    def pickled(old: bytes) -> bytes:
        config = json.loads(old)
        config["config"]["network.0.weight"]["use_pickle"] = True
        return json.dumps(config).encode()

    rewritten(tmp_path / "a.pt2", {"weights_config.json": pickled})
    with pytest.raises(Mistake, match=r'tensor "network\.0\.weight": expected raw numbers'):
        read_model(tmp_path / "a.pt2")


def test_a_program_from_elsewhere(tmp_path: Path) -> None:
    program = torch.export.export(nn.Linear(2, 1), (torch.zeros(2, 2),))
    torch.export.save(program, tmp_path / "a.pt2")
    with pytest.raises(Mistake, match=r"a\.pt2: expected a program that Downhill wrote"):
        read_model(tmp_path / "a.pt2")


def test_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.pt2").write_bytes(pickle.dumps({"a": 1}) * 10)
    with pytest.raises(Mistake, match=r"a\.pt2: .*zip archive; this is none"):
        read_model(tmp_path / "a.pt2")
