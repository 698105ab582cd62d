"""The Keras script: Keras predicts with it what Downhill predicts, and trains with it as Downhill trains.

Keras has random numbers of its own. So training is compared on whole sets, from the same start weights.
"""

import json
import subprocess
import sys
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
from core.exchange.code.keras_network import INITIAL
from core.exchange.code.keras_training import RATES
from core.exchange.export import export
from core.exchange.formats import FORMATS
from tests.core.exchange.fresh import fresh

KERAS = FORMATS["keras"]
Numbers = np.ndarray[Any, Any]
PREDICT = """
import json, pathlib, runpy, sys
import numpy
for path in sorted(pathlib.Path().glob("m*.py")):
    predict = runpy.run_path(str(path))["predict"]
    numpy.save(path.with_suffix(".found.npy"), predict(numpy.load(path.with_suffix(".raw.npy"))))
start = runpy.run_path("start.py")["compiled"]()
print(json.dumps([array.tolist() for array in start.get_weights()]))
print("table:")
sys.argv = [f"m{FIVE}.py", "raw.csv"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
# The stored weights are those that Downhill started from.
TRAIN = """
import json, pathlib, runpy, sys
import numpy
for path in sorted(pathlib.Path().glob("*.py")):
    script = runpy.run_path(str(path))
    space = script["train"].__globals__
    own = script["compiled"]

    def compiled():
        model = own()
        model.set_weights(script["trained"]().get_weights())
        return model

    space["compiled"] = compiled
    with numpy.load(path.with_suffix(".data.npz")) as data:
        model = script["train"](dict(data))
    numpy.savez(path.with_suffix(".found.npz"), *model.get_weights())
"""


def in_keras(folder: Path, code: str) -> str:
    """Run code where Keras is, on torch, and return what it printed."""
    done = fresh(folder, "-c", code, KERAS_BACKEND="torch", KERAS_HOME=str(folder / "keras"))
    assert done.returncode == 0, done.stderr
    return done.stdout


GIVEN = {"kind": "given", "weights": [[0.5, -1.5], [2.5, 3.5]], "biases": [7.5, 8.5]}
STARTS = [GIVEN, "he", {"kind": "normal", "std": 0.25}, "zeros", "xavier", "default"]


@pytest.fixture(scope="module")
def told(
    trained: Callable[[str], Any],
    train_plain: Callable[[Any], Any],
    all_cases: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """Return what Keras predicts of the training samples of each case, what the command line says, start weights."""
    folder = tmp_path_factory.mktemp("predicted")
    for number, case in enumerate(all_cases):
        export(trained(case).package(), KERAS, folder / f"m{number}.py")
        np.save(folder / f"m{number}.raw.npy", trained(case).dataset.train.raw)
    five = all_cases.index("five arms")
    np.savetxt(folder / "raw.csv", trained("five arms").dataset.train.raw[:5], delimiter=",", fmt="%.17g")
    layers: list[Any] = [{"kind": "dense", "units": 2, "initializer": start} for start in STARTS]
    layers.insert(3, {"kind": "dropout"})
    output = {"kind": "given", "weights": [[0.125, 0.375]], "biases": [0.625]}
    network = {"layers": layers, "output": {"initializer": output}}
    export(train_plain({**base(epochs=1), "network": network}).package(), KERAS, folder / "start.py")
    said = in_keras(folder, f"FIVE = {five}\n{PREDICT}")
    found: dict[str, Any] = {case: np.load(folder / f"m{number}.found.npy") for number, case in enumerate(all_cases)}
    starts, table = said.split("table:\n")
    return found | {"starts": json.loads(starts), "table": table, "script": (folder / "start.py").read_text("utf-8")}


def test_keras_predicts_what_downhill_predicts(trained: Callable[[str], Any], told: dict[str, Any], case: str) -> None:
    expected = trained(case).package().model.predict(trained(case).dataset.train.raw)
    assert told[case] == pytest.approx(expected, abs=1e-5)


def test_the_command_line(trained: Callable[[str], Any], told: dict[str, Any]) -> None:
    header, *lines = told["table"].splitlines()
    assert header == "class,arm 1,arm 2,arm 3,arm 4,arm 5"
    found = np.array([line.split(",")[1:] for line in lines], float)
    expected = trained("five arms").package().model.predict(trained("five arms").dataset.train.raw[:5])
    assert found == pytest.approx(expected, abs=1e-5)


def test_start_weights(told: dict[str, Any]) -> None:
    for words in ('="he_normal"', "RandomNormal(stddev=0.25)", '="zeros"', '="glorot_uniform"', "=uniform(2)"):
        assert words in told["script"]
    weights = told["starts"]
    assert weights[:2] == [[[0.5, 2.5], [-1.5, 3.5]], [7.5, 8.5]]
    assert weights[-2:] == [[[0.125], [0.375]], [0.625]]
    assert max(map(abs, np.ravel(weights[-4]))) <= 2**-0.5
    assert np.ravel(weights[-3]).any()  # torch's default draws biases too


def base(**training: Any) -> dict[str, Any]:
    """Return an experiment that takes the whole set at once."""
    return {
        "data": {"source": {"kind": "circle", "samples": 60, "noise": 0.3}},
        "network": {"layers": [{"kind": "dense", "units": 8}, {"kind": "dense", "units": 4}]},
        "training": {"epochs": 6, "batch_size": "all", **training},
    }


def for_task(task: str, loss: str) -> dict[str, Any]:
    """Return an experiment with this loss on data for this task."""
    source = {"binary": "moons", "classes": "rings", "regression": "ripple"}[task]
    # Adam makes a step of any gradient, also of one that is 0 but for rounding, as the hinge loss has.
    plain = base(loss=loss, optimizer={"kind": "sgd", "learning_rate": 0.1})
    plain["data"] = {"source": {"kind": source, "samples": 60}, "standardize": True, "test": 0.2}
    return plain


def activated() -> dict[str, Any]:
    """Return an experiment with all activations."""
    plain = base(optimizer={"kind": "sgd", "learning_rate": 0.1})
    return {**plain, "network": {"layers": [{"kind": "dense", "units": 6, "activation": tag} for tag in ACTIVATIONS]}}


SETTINGS: dict[str, dict[str, Any]] = {
    # Keras' Nadam warms up its momentum in another way, which the script says.
    **{f"optimizer {tag}": base(optimizer=tag) for tag in OPTIMIZERS if tag != "nadam"},
    "momentum": base(optimizer={"kind": "sgd", "momentum": 0.9}),
    "Nesterov": base(optimizer={"kind": "sgd", "momentum": 0.9, "nesterov": True}),
    "own settings": base(optimizer={"kind": "adam", "beta1": 0.8, "beta2": 0.99, "eps": 1e-6, "amsgrad": True}),
    "AdamW decay": base(optimizer={"kind": "adamw", "weight_decay": 0.3, "learning_rate": 0.01}),
    "RMSprop": base(optimizer={"kind": "rmsprop", "momentum": 0.5, "alpha": 0.9}),
    **{f"schedule {tag}": base(schedule=tag) for tag in ("plateau", "exponential", "warm_up")},
    "plateau cuts": base(schedule={"kind": "plateau", "patience": 1, "min_delta": 0.05, "min_factor": 0.2}),
    "plateau of accuracy": base(schedule={"kind": "plateau", "patience": 2, "monitor": "validation_accuracy"}),
    "step": base(schedule={"kind": "step", "every": 2, "factor": 0.2}),
    "cosine to a rest": base(schedule={"kind": "cosine", "last": 0.1}),
    "L1": base(penalty={"l1": 0.01}),
    "L2": base(penalty={"l2": 0.01}),
    "penalties and clipping": base(penalty={"l1": 0.003, "l2": 0.02}, clip=0.05),
    "early stopping": base(early_stopping={"patience": 3, "min_delta": 0.03}, epochs=40),
    "early stopping without restoring": base(
        early_stopping={"patience": 3, "min_delta": 0.03, "restore_best": False}, epochs=40
    ),
    "activations": activated(),
    **{
        f"{loss.tag}, {task}": for_task(task, loss.tag)
        for loss in LOSSES.values()
        for task in ("binary", "classes", "regression")
        if task in loss.heads
    },
}


def data_of(dataset: Dataset) -> dict[str, Any]:
    """Return what train takes."""
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return {f"x_{name}": part.raw for name, part in parts.items()} | {
        f"y_{name}": part.labels for name, part in parts.items()
    }


@pytest.fixture(scope="module")
def retrained(
    train_plain: Callable[[Any], Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Any, Numbers]]:
    """Return for each experiment what Downhill trained, and the weights that Keras did, as a row."""
    folder = tmp_path_factory.mktemp("retrained")
    found = {name: train_plain(plain) for name, plain in SETTINGS.items()}
    for number, one in enumerate(found.values()):
        export(one.package("start"), KERAS, folder / f"m{number:02}.py")
        np.savez(folder / f"m{number:02}.data.npz", **data_of(one.dataset))
    in_keras(folder, TRAIN)
    rows = {}
    for number, (name, one) in enumerate(found.items()):
        with np.load(folder / f"m{number:02}.found.npz") as arrays:
            row = np.concatenate([arrays[key].T.ravel() for key in arrays.files])
        rows[name] = (one, row)
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_keras_trains_what_downhill_trained(retrained: dict[str, tuple[Any, Numbers]], name: str) -> None:
    found, row = retrained[name]
    assert row == pytest.approx(found.record.row, rel=2e-3, abs=2e-3)
    assert not np.allclose(row, found.record.rows[0], atol=2e-3)


def source_of(found: Any, folder: Path) -> str:
    """Return the script."""
    export(found.package(), KERAS, folder / "model.py")
    return (folder / "model.py").read_text(encoding="utf-8")


def test_what_keras_does_otherwise_is_said(train_plain: Callable[[Any], Any], tmp_path: Path) -> None:
    plain = base(optimizer={"kind": "adagrad", "lr_decay": 0.1}, penalty={"l2": 0.1}, epochs=1)
    plain["network"]["layers"][0]["initializer"] = "he"
    text = " ".join(source_of(train_plain(plain), tmp_path).split())
    assert "with random numbers of its own" in text
    assert "Keras adds the penalty" in text
    assert "no decay of the learning rate" in text
    assert "he_normal draws no weights beyond two deviations" in text
    text = " ".join(source_of(train_plain(base(optimizer="nadam", epochs=1)), tmp_path).split())
    assert "Its Nadam warms up the momentum at a rate of its own" in text
    assert "penalty" not in text


def test_every_initializer_and_schedule_has_its_code() -> None:
    assert all(row.keras or tag in INITIAL for tag, row in INITIALIZERS.items())
    assert set(RATES) | {"none", "plateau"} == set(SCHEDULES)


def test_a_wrong_weight_is_found(trained: Callable[[str], Any], tmp_path: Path) -> None:
    package = trained("2-D binary").package()
    export(package, KERAS, tmp_path / "a.py")
    with np.load(tmp_path / "a.keras.npz") as file:
        arrays = dict(file)
    arrays["weights_0"] = arrays["weights_0"] * 1.01
    np.savez(tmp_path / "a.keras.npz", **arrays)
    found = KERAS.load().predictor(tmp_path / "a.py")(package.samples)
    assert np.abs(found - package.model.predict(package.samples)).max() > 1e-4


def test_ruff_is_content(trained: Callable[[str], Any], all_cases: list[str], tmp_path: Path) -> None:
    for number, case in enumerate(all_cases):
        export(trained(case).package(), KERAS, tmp_path / f"m{number}.py")
    for command in (["check", "--select", "E4,E7,E9,F,I,N,UP,B,C4,SIM,PIE"], ["format", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "--target-version", "py311", tmp_path],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
