"""What "compare …" what it makes of it, and what it says is held equal."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.choices.activations import ACTIVATIONS
from core.choices.features import FEATURES
from core.choices.fields import Mistake
from core.choices.optimizers import OPTIMIZERS, SGD, Adam
from core.choices.schedules import SCHEDULES
from core.experiment.comparisons import (
    MOST_RUNS,
    USUAL,
    comparison,
    keep_going,
    name_of,
    offer,
    title_at,
    usual,
    why_not,
)
from core.experiment.examples import example_names, read_example
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.fairness import as_variants, fairness
from core.experiment.network import Dense, Dropout, Network
from core.experiment.problems import problems
from core.experiment.settings import setting_at
from core.experiment.variants import Origin, Run, Start, Variant, expand, override
from core.training.events import Begun, Ended
from core.training.loop import prepare, train

BASE = Experiment(
    network=Network(layers=(Dense(id="a", name="A"), Dropout(id="b", name="B"), Dense(id="c", name="C"))),
)


def offered(path: str, experiment: Experiment = BASE) -> tuple[str, ...]:
    found = offer(experiment, path)
    return () if found is None else found.names


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("network.dropout", ("no dropout", "dropout 0.2", "dropout 0.5")),
        ("training.batch_size", ("batch 1", "batch 32", "all samples")),
        ("training.seed", tuple(f"seed {seed}" for seed in range(1, 17))),
        (
            "training.optimizer.learning_rate",
            (
                "learning rate 0.001",
                "learning rate 0.003",
                "learning rate 0.01",
                "learning rate 0.03",
                "learning rate 0.1",
            ),
        ),
        ("training.penalty.l2", ("L2 0", "L2 0.0001", "L2 0.0003", "L2 0.001", "L2 0.003", "L2 0.01")),
        ("training.early_stopping.patience", ("patience 1", "patience 2", "patience 5", "patience 10", "patience 20")),
        ("training.early_stopping", ("no early stopping", "early stopping")),
        ("training.early_stopping.restore_best", ("no restore best", "restore best")),
        (
            "training.clip",
            ("no gradient clipping", *(f"gradient clipping {c}" for c in ("0.1", "0.3", "1", "3", "10"))),
        ),
        ("network.layers[0].units", tuple(f"A: {count} units" for count in (2, 4, 8, 16, 32))),
        ("network.layers.c.units", tuple(f"C: {count} units" for count in (2, 4, 8, 16, 32))),
        ("network.layers.b.rate", ("dropout rate 0", "dropout rate 0.2", "dropout rate 0.5")),
        ("network.output.initializer", ("PyTorch's default", "Xavier", "He", "Normal", "Zeros")),
        ("data.source.noise", ("noise 0", "noise 0.05", "noise 0.1", "noise 0.2", "noise 0.4", "noise 0.8")),
        ("data.source.samples", tuple(f"{count} samples" for count in (125, 250, 500, 1000, 2000))),
        ("data.validation", tuple(f"validation share {share}" for share in (0.05, 0.1, 0.2, 0.4, 0.8))),
        ("data.test", ("test share 0", *(f"test share {share}" for share in (0.05, 0.1, 0.2, 0.4)))),
        ("data.standardize", ("no standardization", "standardization")),
        ("data.split_seed", tuple(f"split seed {seed}" for seed in range(1, 17))),
        ("training.optimizer.beta1", ("β₁ 0.2", "β₁ 0.5", "β₁ 0.9")),
        ("network.initializer", ("PyTorch's default", "Xavier", "He", "Normal", "Zeros")),
        ("training.schedule", ("no schedule", *(row.title for row in list(SCHEDULES.values())[1:]))),
        ("network.activation", tuple(row.title for row in ACTIVATIONS.values())),
    ],
)
def test_what_is_offered(path: str, names: tuple[str, ...]) -> None:
    assert offered(path) == names


def test_every_optimizer_is_offered_and_the_one_chosen_with_its_own_settings() -> None:
    base = override(BASE, {"training.optimizer": {"kind": "adam", "learning_rate": 0.5}})
    found = offer(base, "training.optimizer")
    assert found is not None
    assert {value["kind"] for value in found.values} == set(OPTIMIZERS)
    assert found.names == tuple(
        name
        for row in OPTIMIZERS.values()
        for name in ([row.title, "SGD, momentum 0.9"] if row.tag == "sgd" else [row.title])
    )
    made = [run.experiment.training.optimizer for run in expand(comparison(base, {found.path: found.values}))]
    assert Adam(learning_rate=0.5) in made
    assert SGD() in made
    assert SGD(learning_rate=0.003, momentum=0.9) in made
    heavy = override(BASE, {"training.optimizer": {"kind": "sgd", "learning_rate": 0.2, "momentum": 0.5}})
    assert offered("training.optimizer", heavy)[:2] == ("SGD, momentum 0.5", "SGD")


def test_a_new_row_of_a_table_appears_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(ACTIVATIONS["tanh"], tag="tanh_again", title="Tanh again")
    monkeypatch.setitem(ACTIVATIONS, "tanh_again", row)
    assert offered("network.activation")[-1] == "Tanh again"


def test_a_loss_is_offered_only_where_it_fits_the_data() -> None:
    assert "Binary cross-entropy" in offered("training.loss")
    assert offered("training.loss", read_example("digits")) == ("Cross-entropy", "Mean squared error", "Hinge")


@pytest.mark.parametrize(
    "path",
    ["network.layers", "network.layers[0]", "network.layers[7].units", "training", "nonsense", "", "data.source"],
)
def test_nothing_is_offered_where_nothing_can_be_compared(path: str) -> None:
    assert offer(BASE, path) is None


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("training.epochs", "All runs train for the same epochs"),
        ("training.device", "how fast a run computes"),
        ("data.source", "cannot be compared"),
        ("network.dropout", "no Dropout layer to set; insert one"),
        ("training.seed", ""),
        ("network.layers[0].units", ""),
    ],
)
def test_why_nothing_is_offered_is_told(path: str, why: str) -> None:
    told = why_not(Experiment(network=Network(layers=(Dense(id="a"),))), path)
    assert (why in told) if why else told == ""
    assert not told or told.endswith(".")


def test_what_the_data_leave_one_value_of_is_told() -> None:
    assert "one value of features" in why_not(read_example("digits"), "data.features")


def test_features_are_compared_by_what_they_add_to_the_point() -> None:
    names = offered("data.features")
    assert names[0] == "x₁, x₂"
    assert names[-1].count(",") == len(FEATURES) - 1
    assert len(names) == len(FEATURES)
    squares = override(BASE, {"data.features": ["x1_squared", "x2_squared"]})
    assert offered("data.features", squares) == ("x₁², x₂²", *names)


def test_runs_of_other_shapes_train_side_by_side_as_each_does_alone() -> None:
    short = override(BASE, {"training.epochs": 2, "data.source.samples": 40})
    for path in ("network.layers.a.units", "data.features", "data.source.noise"):
        found = offer(short, path)
        assert found is not None
        runs = expand(comparison(short, {path: found.values[:3]}))
        together = [event for events in train(prepare(runs)) for event in events if isinstance(event, Ended)]
        assert len(together) == 3
        for ended in together:
            (alone,) = (e for es in train(prepare((runs[ended.run],))) for e in es if isinstance(e, Ended))
            assert np.allclose(ended.row, alone.row, rtol=1e-4, atol=1e-5), path


def test_without_a_dropout_layer_no_rates_are_offered() -> None:
    assert "network.dropout" not in usual(Experiment())
    assert usual(BASE) == USUAL


@pytest.mark.parametrize("example", [name for name in example_names() if name != "mnist"])
def test_all_that_is_offered_can_be_trained(example: str) -> None:
    experiment = read_example(example)
    found = usual(experiment)
    assert len(found) >= 6
    for path in found:
        one = offer(experiment, path)
        assert one is not None
        assert len(one.names) == len(set(one.names)) == len(one.values)
        made = comparison(experiment, {one.path: one.values})
        assert [run.name for run in expand(made)] == list(one.names)
        assert not [problem for problem in problems(made, free=lambda: None) if problem.severity == "error"]


def test_several_settings_are_crossed() -> None:
    made = comparison(BASE, {"network.dropout": [0, 0.5], "training.optimizer": ["adam", "sgd", "rmsprop"]})
    names = [variant.name for variant in made.variants]
    assert names[:2] == ["no dropout, Adam", "no dropout, SGD"]
    assert len(names) == len(set(names)) == 6
    last = expand(made)[-1].experiment
    assert (setting_at(last, "network.dropout").value, last.training.optimizer.kind) == (0.5, "rmsprop")
    assert made.model_copy(update={"variants": ()}) == BASE


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, r"comparison: expected 2 to 16 runs, got none; choose more values"),
        ({"training.seed": [1]}, r"expected 2 to 16 runs, got 1; choose more"),
        ({"training.seed": range(17)}, r"expected 2 to 16 runs, got 17; choose fewer"),
        ({"training.seed": range(5), "network.dropout": [0, 0.1, 0.2, 0.3]}, r"got 5 × 4 = 20; choose fewer"),
        ({"network.dropout": [0.5, 2]}, r"rate: expected a number from 0 to 0.95, got 2"),
        ({"training.nonsense": [1, 2]}, r"training.nonsense"),
        (
            {"training.early_stopping.patience": [2, 3], "training.early_stopping": [None, {}]},
            r"training.early_stopping: expected it to be on in every run",
        ),
        ({"network.dropout": [0.5, 0.5]}, r'expected names that differ, got "dropout 0.5" more than once'),
        ({"training.optimizer": ["adam", "oh dear"]}, r'training.optimizer: expected a "kind"'),
        (
            {"training.early_stopping.monitor": ["validation_loss", "train_loss"], "data.validation": [0, 0.2]},
            r"no samples",
        ),
    ],
)
def test_what_cannot_be_is_told(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Mistake, match=sentence):
        comparison(BASE, values)


@pytest.mark.parametrize(
    "values",
    [
        {"training.optimizer.learning_rate": [0.25, 0.5], "training.optimizer": ["sgd", "adam"]},
        {"network.layers.a.units": [3, 4], "network.units": [7, 9]},
        {"network.layers[0].activation": ["relu", "sine"], "network.activation": ["tanh", "linear"]},
    ],
)
def test_a_part_is_set_after_the_whole(values: dict[str, list[Any]]) -> None:
    part = next(iter(values))
    for run, variant in zip(runs := expand(made := comparison(BASE, values)), made.variants, strict=True):
        assert setting_at(run.experiment, part).value == variant.settings[part]
    assert len({run.experiment.model_dump_json() for run in runs}) == 4


def test_variants_that_were_there_are_replaced() -> None:
    before = BASE.model_copy(update={"variants": (Variant(name="old", settings={"training.seed": 9}),)})
    assert [v.name for v in comparison(before, {"training.seed": [1, 2]}).variants] == ["seed 1", "seed 2"]
    assert len(offered("training.seed", before)) == MOST_RUNS


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        ("training.optimizer", {"kind": "rmsprop", "momentum": 0.5, "learning_rate": 7}, "RMSprop, momentum 0.5"),
        ("training.optimizer.learning_rate", 1e-7, "learning rate 1e-07"),
        ("training.batch_size", "all", "all samples"),
        ("network.layers[1].rate", 0, "dropout rate 0"),
        ("training.loss", "hinge", "Hinge"),
        ("training.early_stopping", None, "no early stopping"),
        ("data.features", ["x1_squared"], "x₁²"),
        ("network.layers", [{"kind": "dense", "units": 3}, {"kind": "dropout"}], "layers 3, dropout 0.2"),
        ("network.layers", [], "no layers"),
        ("data.source", {"kind": "points", "points": [[0, 0, 1], [1, 1, 0]]}, "Drawn points, 2 points"),
    ],
)
def test_names_are_readable(path: str, value: Any, name: str) -> None:
    assert name_of(BASE, path, value) == name


def test_a_setting_of_one_layer_among_several_names_it() -> None:
    assert title_at(BASE, "network.layers.c.units") == "units of C"
    assert title_at(BASE, "network.layers[1].rate") == "dropout rate"
    assert title_at(BASE, "network.activation") == "activation"


# -- the ghost ---------------------------------------------------------------------------------------------------------


def test_keep_going_puts_a_ghost_beside_each_run_that_stops_early() -> None:
    stopping = override(BASE, {"training.early_stopping": {"patience": 3}})
    made = keep_going(stopping)
    first, ghost = expand(made)
    assert (first.name, ghost.name) == ("early stopping", "early stopping: keep going")
    assert first.experiment == stopping
    assert ghost.experiment == override(stopping, {"training.early_stopping": None})
    patience = comparison(BASE, {"training.early_stopping.patience": [2, 4]})
    runs = expand(keep_going(patience))
    assert [run.name for run in runs] == [
        "patience 2",
        "patience 2: keep going",
        "patience 4",
        "patience 4: keep going",
    ]
    assert [run.experiment.training.early_stopping is None for run in runs] == [False, True, False, True]


def test_there_is_no_ghost_of_a_run_that_does_not_stop() -> None:
    with pytest.raises(Mistake, match=r"training.early_stopping: expected early stopping.*switch it on"):
        keep_going(BASE)
    nine = comparison(override(BASE, {"training.early_stopping": {}}), {"training.seed": range(9)})
    with pytest.raises(Mistake, match="at most 16 runs, got 18"):
        keep_going(nine)


# -- what is held equal ------------------------------------------------------------------------------------------------

START, ORDER, MASKS, SPLIT = (
    "start weights",
    "order of the samples",
    "dropout's random numbers",
    "split of the data",
)


@pytest.mark.parametrize(
    ("path", "equal", "differs"),
    [
        ("network.dropout", (START, ORDER, MASKS, SPLIT), ("dropout rate",)),
        ("training.optimizer", (START, ORDER, MASKS, SPLIT), ("optimizer",)),
        ("training.batch_size", (START, ORDER, SPLIT), ("batch size",)),
        ("training.seed", (SPLIT,), ("seed",)),
        ("network.initializer", (ORDER, MASKS, SPLIT), ("start weights",)),
        ("network.layers[0].units", (ORDER, SPLIT), ("units",)),
        ("training.penalty.l2", (START, ORDER, MASKS, SPLIT), ("L2",)),
        ("data.source.noise", (START,), ("noise",)),
        ("data.split_seed", (START,), ("split seed",)),
        ("data.features", (ORDER, MASKS, SPLIT), ("features",)),
        ("data.standardize", (START, ORDER, MASKS, SPLIT), ("standardize",)),
        ("training.early_stopping", (START, ORDER, MASKS, SPLIT), ("early stopping",)),
    ],
)
def test_what_is_held_equal(path: str, equal: tuple[str, ...], differs: tuple[str, ...]) -> None:
    found = offer(BASE, path)
    assert found is not None
    fair = fairness(expand(comparison(BASE, {path: found.values})))
    assert (fair.equal, fair.differs) == (equal, differs)
    judged = "" if SPLIT in equal else " Each run is judged by samples of its own."
    assert fair.sentence == f"Differs: {', '.join(differs)}. Held equal: {', '.join(equal)}.{judged}"


def test_what_is_said_to_be_equal_is_equal() -> None:
    more = ("data.features", "data.standardize", "data.source.noise", "data.split_seed")
    for path in (*USUAL, *more):
        one = offer(BASE, path)
        assert one is not None
        made = comparison(BASE, {path: one.values[:2]})
        runs = expand(override(made, {"training.epochs": 1}))
        job = prepare(runs)
        begun = next(train(job))
        rows = [event.row for event in begun if isinstance(event, Begun)]
        equal = fairness(runs).equal
        assert np.array_equal(rows[0], rows[1]) == (START in equal), path
        first, second = (data.validation.raw for data in job.datasets[:2])
        assert np.array_equal(first, second) == (SPLIT in equal), path


def test_start_weights_that_are_given_are_looked_at() -> None:
    row = np.arange(3, dtype=np.float32)
    runs = [Run("a", BASE, Start(row, Origin("x", 1))), Run("b", BASE, Start(row.copy(), Origin("y", 2)))]
    assert START in fairness(runs).equal
    assert START not in fairness([*runs, Run("c", BASE)]).equal
    assert fairness(runs).sentence.startswith("No setting differs.")


def test_nothing_is_said_of_an_order_or_of_masks_that_there_are_not() -> None:
    run = Run("a", override(Experiment(), {"training.batch_size": "all"}))
    assert fairness([run, run]).equal == (START, SPLIT)


OTHERS: list[dict[str, Any]] = [
    {"training.optimizer": "sgd", "training.epochs": 7},
    {"training.optimizer.beta1": 0.5},
    {"network.layers[1].rate": 0.9, "network.layers[2].units": 3},
    {"data.source": "xor", "data.features": ["x1"]},
    {"training.early_stopping": {"patience": 2}, "training.clip": 1.0},
    {"network.layers": [{"kind": "dense", "units": 2}]},
]


@pytest.mark.parametrize("settings", OTHERS)
def test_runs_of_the_past_become_variants(settings: dict[str, Any]) -> None:
    runs = [Run("first", BASE), Run("second", override(BASE, settings)), Run("third", read_experiment({}))]
    again = expand(as_variants(runs))
    assert [run.name for run in again] == ["first", "second", "third"]
    for before, after in zip(runs, again, strict=True):
        one, two = (run.experiment.model_dump(exclude={"name", "question"}) for run in (before, after))
        assert one["training"] == two["training"]
        assert one["data"] == two["data"]
        assert fairness([before, after]).differs == ()
