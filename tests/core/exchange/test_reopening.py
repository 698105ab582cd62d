"""Models come back: the experiment that is made of a file says what its model says, on its own data and on others."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.choices.fields import Mistake
from core.datasets.load import load
from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.exchange.model import Model
from core.exchange.reading import READERS
from core.exchange.reopening import Reopened, reopen
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Origin, Run, Start
from core.training.loop import prepare, train
from tests.core.exchange.making_onnx import network, node

Trained = Callable[[str], Any]
PRESENT = read_experiment({"name": "Present", "training": {"epochs": 7, "seed": 3}})


def model_of(found: Reopened) -> Model:
    """Return the model that the window computes with once a file is opened."""
    dataset = load(found.experiment.data)
    full = architecture(found.experiment, dataset.facts)
    return Model(full, found.row, dataset.preparation, dataset.facts)


def saved(package: Any, suffix: str, folder: Path) -> Path:
    path = folder / f"net{suffix}"
    export(package, next(row for row in FORMATS.values() if suffix in row.suffixes), path)
    return path


@pytest.mark.parametrize("suffix", READERS)
def test_what_downhill_wrote_comes_back_as_it_was(trained: Trained, case: str, suffix: str, tmp_path: Path) -> None:
    package = trained(case).package()
    found = reopen(saved(package, suffix, tmp_path), PRESENT)
    experiment, before = found.experiment, package.experiment
    np.testing.assert_array_equal(found.row, package.model.row.astype(np.float32))
    assert experiment.data == before.data
    assert experiment.training == before.training
    assert (experiment.name, experiment.question) == (before.name, before.question)
    assert [layer.model_dump(exclude={"id", "name", "initializer"}) for layer in experiment.network.layers] == [
        layer.model_dump(exclude={"id", "name", "initializer"}) for layer in before.network.layers
    ]
    again = model_of(found).predict(package.samples)
    np.testing.assert_allclose(again, package.model.predict(package.samples), atol=1e-6)


def test_it_can_be_trained_on_from_there(trained: Trained, tmp_path: Path) -> None:
    package = trained("2-D binary").package()
    found = reopen(saved(package, ".onnx", tmp_path), PRESENT)
    run = Run("again", found.experiment, Start(found.row, Origin("net.onnx", None, file=True)))
    begun = next(train(prepare([run])))
    np.testing.assert_array_equal(begun[0].row, found.row)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "changes",
    [
        {"standardize": True},
        {"standardize": False},
        {"standardize": True, "validation": 0.5},  # another mean and deviation
        {"source": {"kind": "moons", "samples": 200}, "standardize": True},
    ],
)
@pytest.mark.parametrize("case", ["2-D binary", "features and standardization", "pass the class"])
def test_on_other_data_it_says_the_same_of_the_same_samples(
    trained: Trained, case: str, changes: Mapping[str, Any], tmp_path: Path
) -> None:
    package = trained(case).package()
    path = saved(package, ".safetensors", tmp_path)
    described = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    del described["data"]
    path.with_suffix(".json").write_text(json.dumps(described), encoding="utf-8")
    plain = package.experiment.data.model_dump(mode="json") | changes
    present = read_experiment({"data": plain})
    found = reopen(path, present)
    assert found.experiment.data.source == present.data.source
    assert found.experiment.data.standardize == changes["standardize"]
    assert found.experiment.data.features == package.experiment.data.features
    again = model_of(found).predict(package.samples)
    np.testing.assert_allclose(again, package.model.predict(package.samples), atol=1e-5)


def test_images_of_another_scale_are_taken_as_white_is_one(tmp_path: Path) -> None:
    """A network of PyTorch takes 0 … 1; the digits have 0 … 16, which the data scale to the same."""
    modules = nn.Sequential(nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, 10), nn.Softmax(1))
    path = to_onnx(modules, tmp_path)
    present = read_experiment(
        {"data": {"source": "digits", "standardize": True}, "training": {"loss": "cross_entropy"}}
    )
    found = reopen(path, present)
    raw = load(present.data).test.raw if len(load(present.data).test) else load(present.data).train.raw[:50]
    with torch.no_grad():
        expected = modules.double()(torch.tensor(raw / 16.0)).numpy()
    np.testing.assert_allclose(model_of(found).predict(raw), expected, atol=1e-5)
    assert found.experiment.name == "elsewhere"
    assert found.experiment.training == present.training


def to_onnx(modules: nn.Sequential, folder: Path) -> Path:
    """Write a network as another tool would: with names of its own and without metadata."""
    nodes, last = [], "x"
    constants: dict[str, Any] = {}
    for place, module in enumerate(modules):
        output = "y" if place == len(modules) - 1 else f"y{place}"
        if isinstance(module, nn.Linear):
            constants |= {f"w{place}": module.weight.detach().numpy(), f"b{place}": module.bias.detach().numpy()}
            nodes.append(node("Gemm", f"{last} w{place} b{place}", output, transB=1))
        else:
            name = type(module).__name__
            nodes.append(node("Relu" if name == "ReLU" else name, last, output))
        last = output
    path = folder / "elsewhere.onnx"
    path.write_bytes(network(nodes, constants, ("n", next(modules.parameters()).shape[1])))
    return path


def test_a_network_from_elsewhere_takes_the_data_on_the_screen_with_a_loss_that_fits(tmp_path: Path) -> None:
    path = to_onnx(nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Tanh()), tmp_path)
    present = read_experiment({"data": {"source": "circle", "features": ["x1", "x2", "x1_x2"]}})
    found = reopen(path, present)
    assert found.experiment.data.features == ("x1", "x2")
    assert found.experiment.training == present.training.model_copy(update={"loss": "mean_squared_error"})


SEVERAL = [nn.Linear(2, 3), nn.Softmax(1)]
ONE = [nn.Linear(2, 1)]


@pytest.mark.parametrize(
    ("layers", "source", "sentence"),
    [
        (SEVERAL, "spiral", "with 2 numbers a sample and 3 classes, found Spiral with 2 numbers and 2 classes; choose"),
        (SEVERAL, "digits", "2 numbers a sample and 3 classes, found Digits 8×8 with 64 numbers and 10 classes"),
        (ONE, "circle", "2 numbers a sample and a number to predict, found Circle with 2 numbers and 2 classes"),
        ([nn.Linear(1, 1)], "ripple", "data with 1 number a sample and a number to predict, found Ripple"),
    ],
)
def test_data_that_do_not_fit_are_told_with_what_would(
    layers: Sequence[nn.Module], source: str, sentence: str, tmp_path: Path
) -> None:
    path = to_onnx(nn.Sequential(*layers), tmp_path)
    with pytest.raises(Mistake, match=r"^elsewhere\.onnx: expected data") as caught:
        reopen(path, read_experiment({"data": {"source": source}}))
    assert sentence in str(caught.value)


def test_where_its_own_data_are_gone_those_on_the_screen_are_taken_or_both_are_told(
    train_plain: Callable[[Any], Any], tmp_path: Path
) -> None:
    table = tmp_path / "own.csv"
    rows = np.random.default_rng(0).normal(size=(40, 3)).tolist()
    table.write_text("\n".join(["a,b,y", *(",".join(map(str, row)) for row in rows)]), encoding="utf-8")
    data = {"source": {"kind": "csv", "path": str(table), "task": "regression"}, "standardize": True}
    package = train_plain({"data": data, "training": {"loss": "mean_squared_error", "epochs": 2}}).package()
    path = saved(package, ".pt2", tmp_path)
    np.testing.assert_array_equal(reopen(path, PRESENT).row, package.model.row)
    table.unlink()
    plane = read_experiment({"data": {"source": "ripple"}, "training": {"loss": "huber"}})
    found = reopen(path, plane)
    assert found.experiment.data.source == plane.data.source
    np.testing.assert_allclose(
        model_of(found).predict(package.samples), package.model.predict(package.samples), atol=1e-5
    )
    with pytest.raises(
        Mistake, match=r"net\.pt2: its own data cannot be used \(.*own\.csv.*\), nor those on the screen"
    ):
        reopen(path, PRESENT)


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [("data", {"source": "nowhere"}, "data.source"), ("training", {"epochs": -1}, "training.epochs")],
)
def test_a_description_that_tells_nonsense_is_a_mistake_that_names_the_place(
    trained: Trained, name: str, value: Any, place: str, tmp_path: Path
) -> None:
    path = saved(trained("regression").package(), ".safetensors", tmp_path)
    described = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    path.with_suffix(".json").write_text(json.dumps(described | {name: value}), encoding="utf-8")
    with pytest.raises(Mistake, match=place.replace(".", r"\.")):
        reopen(path, PRESENT)


@pytest.mark.parametrize(
    ("name", "value"), [("name", 7), ("name", "x" * 500), ("question", "?" * 5000), ("data", None)]
)
def test_what_is_told_too_long_or_oddly_is_cut_to_what_can_be(
    trained: Trained, name: str, value: Any, tmp_path: Path
) -> None:
    package = trained("regression").package()
    path = saved(package, ".safetensors", tmp_path)
    described = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    path.with_suffix(".json").write_text(json.dumps(described | {name: value}), encoding="utf-8")
    present = Experiment(data=package.experiment.data)
    found = reopen(path, present).experiment
    assert 1 <= len(found.name) <= 80
    assert len(found.question) <= 2000


def test_a_network_that_the_window_cannot_hold_is_told(trained: Trained, tmp_path: Path) -> None:
    path = to_onnx(nn.Sequential(nn.Linear(2, 5000), nn.Tanh(), nn.Linear(5000, 1), nn.Sigmoid()), tmp_path)
    with pytest.raises(Mistake, match=r"network\.layers\[0\]\.units: expected a whole number from 1 to 4096, got 5000"):
        reopen(path, PRESENT)
