"""Settings by path, and the runs that follow from variants."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.choices.fields import Mistake
from core.choices.optimizers import SGD, Adam
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.network import Dense, Dropout, Network
from core.experiment.training import EarlyStopping
from core.experiment.variants import Run, Variant, expand, override

EXPERIMENT = Experiment(
    name="base",
    network=Network(
        layers=(
            Dense(id="hidden", name="Hidden", units=8),
            Dropout(id="drop", rate=0.25),
            Dense(id="second", units=4),
            Dropout(id="last", rate=0.5),
        )
    ),
)


def at(path: str, value: Any) -> Any:
    """Return what stands at a path after it has been set."""
    here: Any = override(EXPERIMENT, {path: value})
    for step in path.replace("[", ".").replace("]", "").split("."):
        here = here[int(step)] if step.isdigit() else getattr(here, step)
    return here


@pytest.mark.parametrize(
    ("path", "value", "then"),
    [
        ("name", "other", "other"),
        ("training.seed", 7, 7),
        ("training.optimizer.learning_rate", 0.5, 0.5),
        ("training.optimizer", "sgd", SGD()),
        ("training.optimizer", {"kind": "sgd", "momentum": 0.9}, SGD(momentum=0.9)),
        ("training.early_stopping", {}, EarlyStopping()),
        ("training.early_stopping.patience", 9, 9),
        ("training.clip", 1, 1.0),
        ("training.batch_size", "all", "all"),
        ("data.source", "xor", read_experiment({"data": {"source": "xor"}}).data.source),
        ("data.source.arms", 3, 3),
        ("data.features", ["x1"], ("x1",)),
        ("network.layers[0].units", 3, 3),
        ("network.layers[3].rate", 0, 0.0),
        ("network.output.initializer.kind", "he", "he"),
    ],
)
def test_a_setting_is_set_by_its_path(path: str, value: Any, then: Any) -> None:
    assert at(path, value) == then


def test_a_layer_may_be_named_by_its_id() -> None:
    changed = override(EXPERIMENT, {"network.layers.second.units": 3})
    assert changed.network == EXPERIMENT.network.replace(Dense(id="second", units=3))


def test_one_word_sets_all_layers_of_a_kind() -> None:
    changed = override(EXPERIMENT, {"network.dropout": 0.1, "network.activation": "relu", "network.initializer": "he"})
    assert [layer.rate for layer in changed.network.layers if isinstance(layer, Dropout)] == [0.1, 0.1]
    dense = [layer for layer in changed.network.layers if isinstance(layer, Dense)]
    assert [layer.activation for layer in dense] == ["relu", "relu"]
    assert [layer.initializer.kind for layer in dense] == ["he", "he"]
    assert [layer.id for layer in changed.network.layers] == [layer.id for layer in EXPERIMENT.network.layers]


def test_settings_act_one_after_the_other() -> None:
    sgd = override(EXPERIMENT, {"training.optimizer": "sgd", "training.optimizer.momentum": 0.9})
    assert sgd.training.optimizer == SGD(momentum=0.9)
    both = {"training.early_stopping.patience": 3, "training.early_stopping.monitor": "train_loss"}
    assert override(EXPERIMENT, both).training.early_stopping == EarlyStopping(patience=3, monitor="train_loss")
    layers = {"network.layers": ["dropout", "dense"], "network.dropout": 0.1}
    assert [layer.kind for layer in override(EXPERIMENT, layers).network.layers] == ["dropout", "dense"]
    # Valid together only: 0.8 for validation with the old share for test would be too much.
    shared = read_experiment({"data": {"validation": 0.1, "test": 0.8}})
    assert override(shared, {"data.validation": 0.8, "data.test": 0.1}).data.validation == 0.8


def test_settings_are_left_as_they_were() -> None:
    settings = {"training.early_stopping": {"patience": 3}, "training.early_stopping.patience": 9}
    assert override(EXPERIMENT, settings).training.early_stopping == EarlyStopping(patience=9)
    assert settings["training.early_stopping"] == {"patience": 3}


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("training.lr", 1, 'training.lr: there is no setting "lr" here; expected one of loss, optimizer'),
        (
            "training.optimizer.learning_rate",
            "fast",
            "training.optimizer.learning_rate: expected a number from 0 to 1e",
        ),
        ("training.optimizer.learning_rate.x", 1, 'training.optimizer.learning_rate.x: there is no setting "x" here'),
        ("training.optimizer", "adm", 'training.optimizer: expected a "kind" that is one of sgd, adam'),
        ("training.early_stopping.patienc", 1, "training.early_stopping.patienc: there is no setting of this name"),
        ("network.layers[7].units", 1, "network.layers[7].units: there is no item 7 in a list of 4"),
        ("network.layers.nobody.units", 1, 'network.layers.nobody.units: there is no item "nobody" in a list of 4'),
        ("network.layers[0].units", 5000, "network.layers[0].units: expected a whole number from 1 to 4096, got 5000"),
        ("network.dropout", 1.0, "network.layers[1].rate: expected a number from 0 to 0.95, got 1.0"),
        ("data.validation", float("nan"), "data.validation: expected a number from 0 to 0.9, got nan"),
        ("", 1, "expected a path such as training.optimizer.learning_rate"),
        ("training..seed", 1, "expected a path such as"),
        ("training.seed.", 1, "expected a path such as"),
        ("network.layers[-1]", 1, "expected a path such as"),
        ("network.layers[" + "9" * 5000 + "]", 1, "expected a path such as"),
        ("colour", 1, 'colour: there is no setting "colour" here'),
    ],
)
def test_a_path_or_a_value_that_cannot_be_is_a_mistake(path: str, value: Any, sentence: str) -> None:
    with pytest.raises(Mistake) as caught:
        override(EXPERIMENT, {path: value})
    assert sentence in str(caught.value)


def test_a_word_for_layers_that_are_not_there_is_a_mistake() -> None:
    with pytest.raises(Mistake, match=r"network.dropout: the network has no Dropout layer to set; insert one"):
        override(Experiment(), {"network.dropout": 0.5})
    with pytest.raises(Mistake, match="no Dropout layer"):
        override(EXPERIMENT, {"network.layers": [], "network.dropout": 0.5})


PATHS = st.sampled_from(
    [
        "training.optimizer",
        "training.optimizer.learning_rate",
        "training.early_stopping",
        "training.early_stopping.patience",
        "network",
        "network.layers",
        "network.layers[0]",
        "network.layers[1].rate",
        "network.layers.second.units",
        "network.dropout",
        "network.initializer",
        "data.source",
        "data.source.samples",
        "canvas.a",
        "variants",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["adam", "spiral", "dense", "dropout", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "layers", "units", "x"]), inner)
    ),
    max_leaves=4,
)


@given(st.dictionaries(PATHS | st.text(max_size=10), VALUES, max_size=4))
def test_any_settings_give_an_experiment_or_a_mistake_and_change_nothing(settings: dict[str, Any]) -> None:
    before, written = EXPERIMENT.model_dump_json(), repr(settings)
    try:
        changed = override(EXPERIMENT, settings)
    except Mistake:
        pass
    else:
        assert read_experiment(json.loads(json.dumps(changed.model_dump(mode="json")))) is not None
    assert (EXPERIMENT.model_dump_json(), repr(settings)) == (before, written)


def test_an_experiment_without_variants_is_one_run() -> None:
    assert expand(EXPERIMENT) == (Run("base", EXPERIMENT),)


def test_each_variant_is_a_run() -> None:
    slow = Variant(name="slow", settings={"training.optimizer.learning_rate": 0.001})
    experiment = EXPERIMENT.model_copy(update={"variants": (slow, Variant(name="as it is"))})
    runs = expand(experiment)
    assert [run.name for run in runs] == ["slow", "as it is"]
    assert runs[0].experiment.training.optimizer == Adam(learning_rate=0.001)
    assert runs[1].experiment == EXPERIMENT
    assert all(not run.experiment.variants for run in runs)


def test_variants_that_cannot_be_are_a_mistake() -> None:
    twice = EXPERIMENT.model_copy(update={"variants": (Variant(name="a"), Variant(name="b"), Variant(name="a"))})
    with pytest.raises(Mistake, match='variants: expected names that differ, got "a" more than once'):
        expand(twice)
    wrong = EXPERIMENT.model_copy(update={"variants": (Variant(name="a", settings={"training.seed": -1}),)})
    with pytest.raises(Mistake, match=r'variant "a": training.seed: expected a whole number from 0'):
        expand(wrong)


def test_a_variant_cannot_bring_variants_of_its_own() -> None:
    nested = Variant(name="a", settings={"variants": [{"name": "b"}]})
    assert expand(EXPERIMENT.model_copy(update={"variants": (nested,)})) == (Run("a", EXPERIMENT),)
