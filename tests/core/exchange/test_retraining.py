"""The script's training loop against the engine: same data, same seed, the same weights and losses.

The script is the plain loop that anyone would write with torch, so each is an oracle for the other. With dropout, whose
masks are not the same, the accuracies are compared: here of many seeds, in test_mnist.py on many images.
"""

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.choices.activations import ACTIVATIONS
from core.choices.initializers import INITIALIZERS
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS
from core.choices.schedules import SCHEDULES
from core.datasets.samples import Dataset
from core.exchange.export import export
from core.exchange.formats import FORMATS

Numbers = np.ndarray[Any, Any]

BASE: dict[str, Any] = {
    "data": {"source": {"kind": "circle", "samples": 60, "noise": 0.3}},
    "network": {"layers": [{"kind": "dense", "units": 8}, {"kind": "dense", "units": 4}]},
    "training": {"epochs": 12, "batch_size": 7},
}


def data_of(dataset: Dataset) -> dict[str, Numbers]:
    """Return what --train takes."""
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return {f"x_{name}": part.raw for name, part in parts.items()} | {
        f"y_{name}": part.labels for name, part in parts.items()
    }


def retrained(trained: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Numbers, Numbers, str]:
    """Return the weights that the script trains, as a row; its losses, one line an epoch; and all that it printed."""
    export(trained.package(), FORMATS["python"], folder / "model.py")
    capsys.readouterr()
    model = runpy.run_path(str(folder / "model.py"))["train"](data_of(trained.dataset))
    text = capsys.readouterr().out
    losses = [
        [float(loss) for loss in re.findall(r"loss ([-+.e0-9]+)", line)]
        for line in text.splitlines()
        if "epoch" in line
    ]
    row = np.concatenate([tensor.numpy().ravel() for tensor in model.state_dict().values()])
    return row, np.array(losses), text


def check(trained: Any, folder: Path, capsys: pytest.CaptureFixture[str], tolerance: float = 1e-3) -> str:
    """Assert that the script trains what the engine trained; return what the script printed."""
    row, losses, text = retrained(trained, folder, capsys)
    record = trained.record
    columns = ["train_loss", "validation_loss"][: losses.shape[1]]
    expected = np.stack([record.curves[column][1:] for column in columns], axis=1)
    assert len(losses) == record.epochs
    assert losses == pytest.approx(expected, rel=tolerance, abs=tolerance)
    assert row == pytest.approx(record.row, rel=10 * tolerance, abs=10 * tolerance)
    return text


def with_settings(**training: Any) -> dict[str, Any]:
    """Return the base experiment with other settings of training."""
    return {**BASE, "training": {**BASE["training"], **training}}


SETTINGS: dict[str, dict[str, Any]] = {
    **{f"optimizer {tag}": {"optimizer": tag} for tag in OPTIMIZERS},
    "momentum": {"optimizer": {"kind": "sgd", "momentum": 0.9}},
    "Nesterov": {"optimizer": {"kind": "sgd", "momentum": 0.9, "nesterov": True}},
    "own settings": {"optimizer": {"kind": "adam", "beta1": 0.8, "beta2": 0.99, "eps": 1e-4, "amsgrad": True}},
    "AdamW decay": {"optimizer": {"kind": "adamw", "weight_decay": 0.3, "learning_rate": 0.01}},
    "centred": {"optimizer": {"kind": "rmsprop", "centered": True, "momentum": 0.5, "alpha": 0.9}},
    **{f"schedule {tag}": {"schedule": tag} for tag in SCHEDULES},
    "plateau cuts": {"schedule": {"kind": "plateau", "patience": 1, "min_delta": 0.05, "min_factor": 0.2}},
    "plateau of accuracy": {"schedule": {"kind": "plateau", "patience": 2, "monitor": "validation_accuracy"}},
    "step": {"schedule": {"kind": "step", "every": 3, "factor": 0.2}},
    "cosine to a rest": {"schedule": {"kind": "cosine", "last": 0.1}},
    "warm-up of one epoch": {"schedule": {"kind": "warm_up", "epochs": 1}},
    "L1": {"penalty": {"l1": 0.01}},
    "L2": {"penalty": {"l2": 0.01}},
    "both penalties and clipping": {"penalty": {"l1": 0.003, "l2": 0.02}, "clip": 0.05},
    "whole set": {"batch_size": "all"},
    "one sample": {"batch_size": 1, "epochs": 4},
    "early stopping": {"early_stopping": {"patience": 2}, "optimizer": "nadam", "epochs": 40},
    "early stopping by a margin": {"early_stopping": {"patience": 3, "min_delta": 0.03}, "epochs": 40},
    "early stopping of accuracy": {
        "early_stopping": {"patience": 3, "monitor": "validation_accuracy", "min_delta": 0.02},
        "epochs": 40,
    },
    "early stopping without restoring": {"early_stopping": {"patience": 3, "min_delta": 0.03, "restore_best": False}},
    "another seed": {"seed": 12345},
}  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_training_settings(
    train_plain: Callable[[Any], Any], settings: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check(train_plain(with_settings(**settings)), tmp_path, capsys)


INITIALIZED = {
    **{tag: [tag, tag, tag] for tag in INITIALIZERS if tag != "given"},
    "spread": [{"kind": "normal", "std": 0.5}] * 3,
    "mixed": ["he", "he", "xavier"],
    "given": [
        {"kind": "given", "weights": [[0.1 * i, -0.123456 * i] for i in range(1, 9)], "biases": [0.5] * 8},
        "default",
        {"kind": "given", "weights": [[1, 2, 3, 4]], "biases": [-1]},
    ],
}


@pytest.mark.parametrize("three", INITIALIZED.values(), ids=INITIALIZED)
def test_start_weights(
    train_plain: Callable[[Any], Any], three: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [{**layer, "initializer": own} for layer, own in zip(BASE["network"]["layers"], three, strict=False)]
    check(train_plain({**BASE, "network": {"layers": layers, "output": {"initializer": three[2]}}}), tmp_path, capsys)


@pytest.mark.parametrize("tag", ACTIVATIONS)
def test_activations(
    train_plain: Callable[[Any], Any], tag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [{**layer, "activation": tag} for layer in BASE["network"]["layers"]]
    check(train_plain({**BASE, "network": {"layers": layers}}), tmp_path, capsys)


HEADS = [
    (loss.tag, task) for loss in LOSSES.values() for task in ("binary", "classes", "regression") if task in loss.heads
]


@pytest.mark.parametrize(("loss", "task"), HEADS)
def test_losses(
    train_plain: Callable[[Any], Any], loss: str, task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = {"binary": "moons", "classes": "rings", "regression": "ripple"}[task]
    plain = with_settings(loss=loss, epochs=8)
    plain["data"] = {"source": {"kind": source, "samples": 60}, "test": 0.2, "standardize": True}
    text = check(train_plain(plain), tmp_path, capsys)
    assert "test loss" in text


def test_without_validation(
    train_plain: Callable[[Any], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = with_settings(early_stopping={"monitor": "train_loss", "patience": 3})
    plain["data"] = {**plain["data"], "validation": 0}
    assert "validation" not in check(train_plain(plain), tmp_path, capsys)


TWO_HUNDRED_STEPS: dict[str, dict[str, Any]] = {
    "binary": with_settings(epochs=30),
    "five classes": {
        "data": {"source": {"kind": "spiral", "arms": 5, "samples": 200}},
        "network": {"layers": [{"kind": "dense", "units": 16}, {"kind": "dense", "units": 8, "activation": "relu"}]},
        "training": {"loss": "cross_entropy", "epochs": 16},
    },
    "regression": {
        "data": {"source": {"kind": "ripple", "samples": 200}},
        "network": {"layers": [{"kind": "dense", "units": 16}]},
        "training": {"loss": "mean_squared_error", "epochs": 16},
    },
    "features and standardization": {
        "data": {
            "source": {"kind": "xor", "samples": 200},
            "features": ["x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"],
            "standardize": True,
        },
        "network": {"layers": [{"kind": "dense", "units": 6, "activation": "softplus"}]},
        "training": {"epochs": 16},
    },
    "digits": {
        "data": {"source": "digits", "test": 0.2},
        "network": {"layers": [{"kind": "dense", "units": 32, "activation": "relu"}]},
        "training": {"loss": "cross_entropy", "batch_size": 32, "epochs": 6},
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("plain", TWO_HUNDRED_STEPS.values(), ids=TWO_HUNDRED_STEPS)
def test_after_two_hundred_steps(
    train_plain: Callable[[Any], Any], plain: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = train_plain(plain)
    assert found.record.steps >= 200
    check(found, tmp_path, capsys)


@pytest.mark.slow
def test_with_dropout_it_learns_as_well(
    train_plain: Callable[[Any], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain: dict[str, Any] = {
        "data": {"source": "digits", "test": 0.5},
        "network": {"layers": [{"kind": "dense", "units": 32, "activation": "relu"}, {"kind": "dropout", "rate": 0.3}]},
        "training": {"loss": "cross_entropy", "batch_size": 32, "epochs": 15, "schedule": "cosine",
                     "optimizer": {"kind": "adam", "learning_rate": 0.005}},
    }  # fmt: skip
    more = []
    for seed in range(12):
        found = train_plain({**plain, "training": {**plain["training"], "seed": seed}})
        text = retrained(found, tmp_path, capsys)[2]
        accuracy = float(text.splitlines()[-1].split("accuracy ")[1].rstrip("%"))
        more.append(accuracy - 100 * found.record.metrics.test_accuracy)
    # One seed's difference has a deviation of less than 0.6 points, the mean of twelve one of less than 0.2.
    assert np.mean(more) == pytest.approx(0, abs=0.5)
    assert np.std(more, ddof=1) < 1
