"""safetensors: the network's state_dict, and beside it a description from which anyone can rebuild it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.exchange.safetensors import read
from core.runs.record import Intervention
from core.runs.versions import VERSION

SAFETENSORS = FORMATS["safetensors"]
Numbers = np.ndarray[Any, Any]


class Sine(nn.Module):
    """The activation that torch has not."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return z.sin()


MODULES: dict[str, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "softmax": lambda: nn.Softmax(-1),
    "sine": Sine,
}
FEATURES: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: x1 * x1,
    "x2_squared": lambda x1, x2: x2 * x2,
    "x1_x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1),
    "sin_x2": lambda x1, x2: np.sin(x2),
}


def test_reads_back_as_it_was(trained: Callable[[str], Any], case: str, tmp_path: Path) -> None:
    model = trained(case).package().model
    written = export(trained(case).package(), SAFETENSORS, tmp_path / "a.safetensors")
    assert [file.name for file in written.files] == ["a.safetensors", "a.json"]
    assert written.difference == 0
    back = read(tmp_path / "a.safetensors")
    assert np.array_equal(back.row, model.row)
    assert back.architecture.parameters == model.architecture.parameters
    assert back.facts.classes == model.facts.classes


def test_the_description_is_enough_to_rebuild_it_with_torch(
    trained: Callable[[str], Any], case: str, tmp_path: Path
) -> None:
    model = trained(case).package().model
    export(trained(case).package(), SAFETENSORS, tmp_path / "a.safetensors")
    plain = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    modules: list[nn.Module] = []
    for layer in plain["layers"]:
        if layer["kind"] == "dropout":
            modules.append(nn.Dropout(layer["rate"]))
            continue
        assert layer["weight"] == f"{len(modules)}.weight"
        modules.append(nn.Linear(layer["inputs"], layer["units"]))
        if layer["activation"] != "linear":
            modules.append(MODULES[layer["activation"]]())
    network = nn.Sequential(*modules).eval()
    network.load_state_dict(load_file(tmp_path / "a.safetensors"), strict=True)
    values = plain["preprocessing"]
    raw = trained(case).dataset.train.raw
    inputs = raw.astype(np.float32)
    if values["features"]:
        inputs = np.stack([FEATURES[tag](*inputs.T) for tag in values["features"]], axis=1)
    inputs = inputs * np.float32(values["scale"])
    if values["mean"] is not None:
        inputs = (inputs - np.float32(values["mean"])) / np.float32(values["deviation"])
    with torch.no_grad():
        found = network(torch.tensor(inputs)).numpy()
    assert found == pytest.approx(model.predict(raw), abs=1e-5)


def test_the_description_tells_how_it_came_about(trained: Callable[[str], Any], tmp_path: Path) -> None:
    found = trained("digits with dropout")
    change = Intervention(12, "network.dropout", 0.3, 0.1)
    record = replace(found.record, interventions=(change,))
    export(found._replace(record=record).package(), SAFETENSORS, tmp_path / "a.safetensors")
    plain = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert plain["format"] == "downhill-model"
    assert plain["format_version"] == 1
    assert plain["classes"] == list("0123456789")
    assert plain["metrics"]["test_accuracy"] == record.metrics.test_accuracy
    assert plain["seed"] == 0
    assert plain["weights"] == f"the weights of epoch {record.best_epoch}, the best"
    assert plain["interventions"] == [{"step": 12, "path": "network.dropout", "old": 0.3, "new": 0.1}]
    assert plain["versions"]["downhill"] == VERSION
    assert plain["versions"]["torch"] == torch.__version__
    assert plain["training"]["optimizer"]["kind"] == "adam"
