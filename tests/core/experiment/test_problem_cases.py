"""Each problem: found, told in a sentence, and gone once its mend is applied."""

from typing import Any

import pytest

from core.experiment.experiment import read_experiment
from core.experiment.problems import Problem, problems
from core.experiment.variants import override

GB = 10**9


def found(plain: dict[str, Any], free: int | None = 64 * GB) -> tuple[Problem, ...]:
    return problems(read_experiment(plain), lambda: free)


def dense(name: str = "Hidden", units: int = 4, **more: Any) -> dict[str, Any]:
    return {"kind": "dense", "id": name.lower(), "name": name, "units": units} | more


def dropout(rate: float = 0.5, name: str = "drop") -> dict[str, Any]:
    return {"kind": "dropout", "id": name, "name": "Dropout", "rate": rate}


def layers(*given: dict[str, Any]) -> dict[str, Any]:
    return {"network": {"layers": list(given)}}


def source(kind: str, **more: Any) -> dict[str, Any]:
    return {"source": {"kind": kind} | more}


def training(**settings: Any) -> dict[str, Any]:
    return {"training": settings}


def variants(**settings: dict[str, Any]) -> dict[str, Any]:
    return {"variants": [{"name": name, "settings": value} for name, value in settings.items()]}


GIVEN = {"kind": "given", "weights": [[1, 2]], "biases": [0]}
STOP: dict[str, Any] = {"early_stopping": {}}
POINTS = [[1, 2, 0], [2, 1, 0], [2, 3, 2], [4, 5, 2]]

# What is wrong; where it is told, on which card; words of its sentence; the mend's path and value; its severity.
CASES: list[tuple[dict[str, Any], str, str | None, str, tuple[str, Any] | None, str]] = [
    (
        {"data": source("spiral", arms=3)},
        "training.loss",
        "output",
        "Binary cross-entropy does not fit data with 3 classes: take cross-entropy.",
        ("training.loss", "cross_entropy"),
        "error",
    ),
    (
        {"data": source("plane")} | training(loss="hinge"),
        "training.loss",
        "output",
        "Hinge does not fit data with numbers to predict: take mean squared error.",
        ("training.loss", "mean_squared_error"),
        "error",
    ),
    (
        {"data": {"validation": 0}} | training(**STOP),
        "training.early_stopping.monitor",
        None,
        "Early stopping watches the validation loss, but no samples are kept for validation.",
        ("data.validation", 0.2),
        "error",
    ),
    (
        {"data": {"validation": 0, "test": 0.9}} | training(schedule={"kind": "plateau"}),
        "training.schedule.monitor",
        None,
        "Reduce on plateau watches the validation loss, but no samples are kept for validation.",
        ("training.schedule.monitor", "train_loss"),
        "error",
    ),
    (
        {"data": source("xor", samples=2) | {"validation": 0.1}} | training(batch_size="all", **STOP),
        "training.early_stopping.monitor",
        None,
        "no samples are kept for validation",
        ("training.early_stopping.monitor", "train_loss"),
        "error",
    ),
    (
        {"data": source("plane")}
        | training(loss="huber", early_stopping={"monitor": "validation_accuracy"}),
        "training.early_stopping.monitor",
        None,
        "Early stopping watches the validation accuracy, and numbers have no accuracy.",
        ("training.early_stopping.monitor", "validation_loss"),
        "error",
    ),
    (
        {"data": source("plane") | {"validation": 0}}
        | training(loss="huber", schedule={"kind": "plateau", "monitor": "validation_accuracy"}),
        "training.schedule.monitor",
        None,
        "numbers have no accuracy",
        ("training.schedule.monitor", "train_loss"),
        "error",
    ),
    (
        training(batch_size=500),
        "training.batch_size",
        None,
        "A batch of 500 is more than the 400 training samples: each step takes all of them.",
        ("training.batch_size", "all"),
        "warning",
    ),
    (
        {"data": source("spiral", arms=5, samples=4) | {"validation": 0}}
        | training(loss="cross_entropy", batch_size="all"),
        "data",
        None,
        "Of 4 samples 4 are for training, and there are 5 classes.",
        ("data.source.samples", 500),
        "warning",
    ),
    (
        {"data": source("spiral", arms=5, samples=10) | {"validation": 0.3, "test": 0.3}}
        | training(loss="cross_entropy", batch_size="all"),
        "data",
        None,
        "Of 10 samples 4 are for training, and there are 5 classes.",
        ("data.test", 0),
        "warning",
    ),
    (
        {"data": source("points", points=POINTS)} | training(loss="cross_entropy", batch_size=3),
        "data.source.points",
        None,
        "There is no point of class 2: draw some.",
        None,
        "warning",
    ),
    (
        {"data": source("points")},
        "data.source.points",
        None,
        "Expected points of at least 2 classes; draw some of another class.",
        None,
        "error",
    ),
    (
        {"data": source("csv", path="nowhere.csv")},
        "data.source.path",
        None,
        "Expected a CSV file, found none at \"nowhere.csv\"; choose one",
        None,
        "error",
    ),
    (
        layers(dense(initializer=GIVEN)),
        "network.layers[0].initializer",
        "hidden",
        "Hidden has 4 units of 2 inputs: 1 × 2 weights do not fit.",
        ("network.layers[0].initializer", "default"),
        "error",
    ),
    (
        {"network": {"layers": [dense()], "output": {"initializer": GIVEN}}},
        "network.output.initializer",
        "output",
        "Output has 1 units of 4 inputs: 1 × 2 weights do not fit.",
        ("network.output.initializer", "default"),
        "error",
    ),
    (
        layers(dense(units=1), dropout()),
        "network.layers[1]",
        "drop",
        "Dropout switches off the only number that there is, and with it the whole network.",
        ("network.layers[1].rate", 0),
        "warning",
    ),
    (
        layers(dense(initializer="zeros")),
        "network.layers[0].initializer",
        "hidden",
        "All neurons of Hidden start equal, so all of them learn the same.",
        ("network.layers[0].initializer", "default"),
        "warning",
    ),
    (
        layers(dense(initializer={"kind": "normal", "std": 0})),
        "network.layers[0].initializer",
        "hidden",
        "start equal",
        ("network.layers[0].initializer", "default"),
        "warning",
    ),
    (
        training(optimizer={"kind": "sgd", "learning_rate": 0}),
        "training.optimizer.learning_rate",
        None,
        "With a learning rate of 0 the weights never change.",
        ("training.optimizer.learning_rate", 0.03),
        "warning",
    ),
    (
        training(optimizer={"kind": "adam", "learning_rate": 1e9}),
        "training.optimizer.learning_rate",
        None,
        "With a learning rate of 1e+09 training will hardly stay finite.",
        ("training.optimizer.learning_rate", 0.001),
        "warning",
    ),
    (
        variants(a={"training.seed": 1}, b={"network.dropout": 0.5}),
        "variants[1].settings",
        None,
        'Variant "b": network.dropout: the network has no Dropout layer to set; insert one.',
        ("variants[1].settings", {}),
        "error",
    ),
    (
        variants(a={"training.seed": 3, "training.sed": 4}),
        "variants[0].settings",
        None,
        'Variant "a": training.sed: there is no setting "sed" here',
        ("variants[0].settings", {"training.seed": 3}),
        "error",
    ),
    (
        variants(a={"data.validation": 0.5, "data.test": 0.5}),
        "variants[0].settings",
        None,
        "data: expected validation and test shares of at most 0.95 together",
        ("variants[0].settings", {}),
        "error",
    ),
    (
        {"variants": [{"name": "a"}, {"name": "a 2"}, {"name": "a"}]},
        "variants[2].name",
        None,
        'Two variants are called "a".',
        ("variants[2].name", "a 3"),
        "error",
    ),
    (
        {"variants": [{"name": "n" * 80}, {"name": "n" * 80}]},
        "variants[1].name",
        None,
        "Two variants are called",
        ("variants[1].name", "n" * 70 + " 2"),
        "error",
    ),
    (
        variants(a={}, b={"data.validation": 0}) | training(**STOP),
        "variants[1].settings",
        None,
        'Variant "b": Early stopping watches the validation loss, but no samples are kept for validation.',
        ("variants[1].settings", {"data.validation": 0.2}),
        "error",
    ),
    (
        variants(a={"network.dropout": 0.5}, b={"network.dropout": 0}) | layers(dense(units=1), dropout()),
        "variants[0].settings",
        "drop",
        'Variant "a": Dropout switches off the only number',
        ("variants[0].settings", {"network.dropout": 0.5, "network.layers[1].rate": 0}),
        "warning",
    ),
    (
        variants(a={"training.seed": 1}, b={"training.seed": 2}) | {"data": source("rings")},
        "training.loss",
        "output",
        "Binary cross-entropy does not fit data with 3 classes: take cross-entropy.",
        ("training.loss", "cross_entropy"),
        "error",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("plain", "place", "layer", "words", "mend", "severity"), CASES)
def test_a_problem_is_told_and_its_mend_mends_it(
    plain: dict[str, Any], place: str, layer: str | None, words: str, mend: tuple[str, Any] | None, severity: str
) -> None:
    told = found(plain)
    assert len(told) == 1, told
    problem = told[0]
    assert (problem.place, problem.layer_id, problem.severity) == (place, layer, severity)
    assert words in problem.sentence
    assert problem.sentence.endswith(".")
    if mend is None:
        assert problem.mend is None
        return
    assert problem.mend is not None
    assert (problem.mend.path, problem.mend.value) == mend
    assert problem.mend.label
    mended = override(read_experiment(plain), {problem.mend.path: problem.mend.value})
    assert problems(mended, lambda: 64 * GB) == ()


@pytest.mark.parametrize(
    "plain",
    [
        {},
        layers(dropout(name="first"), dense(), dropout()),
        layers(dense(units=1), dropout(0)),
        layers(dense(units=1, initializer="zeros")),
        {"network": {"output": {"initializer": "zeros"}}},
        {"network": {"output": {"initializer": GIVEN}}},
        {"data": source("digits") | {"features": ["x1"]}} | training(loss="cross_entropy"),
        {"data": source("mnist") | {"validation": 0.9}} | training(loss="cross_entropy", **STOP),
        {"data": {"validation": 0}} | training(early_stopping={"monitor": "train_loss"}, batch_size=500),
        {"data": {"validation": 0}} | training(batch_size=500),
    ],
)
def test_what_is_no_problem(plain: dict[str, Any]) -> None:
    assert found(plain) == ()


def test_a_problem_that_every_variant_mends_itself_is_not_told() -> None:
    one = {"training.early_stopping.monitor": "train_loss"}
    two = {"training.early_stopping": None}
    assert found({"data": {"validation": 0}} | training(**STOP) | variants(one=one, two=two)) == ()


def test_a_problem_that_all_variants_make_themselves_is_told_of_each() -> None:
    told = found(variants(one={"training.loss": "huber"}, two={"training.loss": "huber"}) | {"data": source("rings")})
    assert [problem.place for problem in told] == ["variants[0].settings", "variants[1].settings"]
    assert told[0].mend is not None
    assert told[0].mend.value == {"training.loss": "cross_entropy"}


def test_several_problems_are_told_together() -> None:
    told = found(
        {"data": source("rings") | {"validation": 0}}
        | training(batch_size=900, **STOP)
        | layers(dense(initializer="zeros"))
    )
    assert [problem.place for problem in told] == [
        "network.layers[0].initializer",
        "training.early_stopping.monitor",
        "training.batch_size",
        "training.loss",
    ]
