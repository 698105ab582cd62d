"""Trained models for the tests of the formats: small, and each kind of data and output layer once."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from core.datasets.load import load
from core.datasets.samples import Dataset
from core.exchange.package import Moment, Package, package
from core.experiment.experiment import read_experiment
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.loop import prepare, train

Plain = Mapping[str, Any]


class Trained(NamedTuple):
    """A record, and the data that it was trained on."""

    record: Record
    dataset: Dataset

    def package(self, moment: Moment = "best") -> Package:
        """Return the model of a moment, ready to be exported."""
        return package(self.record, moment, self.dataset)


def dense(units: int, activation: str = "tanh", **more: Any) -> Plain:
    """Return a dense layer as a file holds it."""
    return {"kind": "dense", "units": units, "activation": activation, **more}


CASES: Mapping[str, Plain] = {
    "2-D binary": {
        "name": "Binary",
        "question": "Does it\nwork?",
        "data": {"source": {"kind": "circle", "samples": 80}},
        "network": {"layers": [dense(8), dense(4, "relu")]},
    },
    "five arms": {
        "data": {"source": {"kind": "spiral", "arms": 5, "samples": 100}},
        "network": {"layers": [dense(12, "sine"), dense(6, "gelu")]},
        "training": {"loss": "cross_entropy"},
    },
    "regression": {
        "data": {"source": {"kind": "ripple", "samples": 80}},
        "network": {"layers": [dense(8, "silu")]},
        "training": {"loss": "mean_squared_error"},
    },
    "digits with dropout": {
        "data": {"source": "digits", "test": 0.1},
        "network": {"layers": [dense(16, "relu"), {"kind": "dropout", "rate": 0.3}, dense(12, "elu")]},
        "training": {"loss": "cross_entropy", "batch_size": 64, "early_stopping": {"patience": 2}},
    },
    "features and standardization": {
        "data": {
            "source": {"kind": "xor", "samples": 80},
            "features": ["x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"],
            "standardize": True,
        },
        "network": {"layers": [dense(6, "softplus")]},
    },
    "one feature": {"data": {"source": {"kind": "plane", "samples": 60}, "features": ["sin_x2"]},
                    "training": {"loss": "huber"}},
    "standardized images": {
        "data": {"source": "digits", "standardize": True, "validation": 0.8},
        "network": {"layers": [dense(8, "leaky_relu"), dense(8, "linear")]},
        "training": {"loss": "cross_entropy", "batch_size": 64},
    },
    "two softmax outputs": {
        "data": {"source": {"kind": "gaussians", "samples": 60}},
        "network": {"layers": [dense(4, "sigmoid")]},
        "training": {"loss": "cross_entropy"},
    },
    "tanh output": {"data": {"source": {"kind": "moons", "samples": 60}}, "training": {"loss": "mean_squared_error"}},
    "softmax and squared error": {
        "data": {"source": {"kind": "rings", "samples": 60}},
        "training": {"loss": "mean_squared_error"},
    },
    "hinge": {"data": {"source": {"kind": "moons", "samples": 60}}, "training": {"loss": "hinge"}},
    "hinge of several classes": {
        "data": {"source": {"kind": "rings", "samples": 60}},
        "network": {"layers": [dense(6)]},
        "training": {"loss": "hinge"},
    },
    "no validation": {
        "data": {"source": {"kind": "plane", "samples": 60}, "validation": 0},
        "training": {"loss": "mean_absolute_error", "batch_size": "all"},
    },
    "pass the class": {"data": {"source": {"kind": "pass_the_class", "samples": 60}, "standardize": True}},
}  # fmt: skip


def train_one(plain: Plain) -> Trained:
    """Train an experiment without variants to its end."""
    experiment = read_experiment(dict(plain))
    runs = [Run(experiment.name, experiment)]
    recorder = Recorder(runs)
    for events in train(prepare(runs)):
        recorder.take(events)
    return Trained(recorder.record(0), load(experiment.data))


@pytest.fixture(scope="session")
def train_plain() -> Callable[[Plain], Trained]:
    """Return a function that trains an experiment given as plain data."""
    return train_one


@pytest.fixture(scope="session")
def trained() -> Callable[[str], Trained]:
    """Return a function that gives the trained model of a case; each is trained once."""
    done: dict[str, Trained] = {}

    def find(name: str) -> Trained:
        if name not in done:
            plain = dict(CASES[name])
            plain["training"] = {"epochs": 5, **plain.get("training", {})}
            done[name] = train_one(plain)
        return done[name]

    return find


@pytest.fixture(scope="session")
def all_cases() -> list[str]:
    """Return the names of all cases."""
    return list(CASES)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes a ``case`` for each of them."""
    if "case" in metafunc.fixturenames and not any(
        "case" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize")
    ):
        metafunc.parametrize("case", list(CASES))
