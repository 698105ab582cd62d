"""Problems of whole experiments: memory, the ready-made ones, and any that can be thought of."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.choices.datasets import DATASETS, facts_of
from core.choices.initializers import INITIALIZERS
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS
from core.choices.schedules import MONITORS, SCHEDULES
from core.datasets.split import split
from core.experiment.checks import part_sizes
from core.experiment.examples import example_names, read_example
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.problems import Problem, problems
from core.experiment.variants import expand, override

GB = 10**9


def found(plain: dict[str, Any], free: int | None) -> tuple[Problem, ...]:
    return problems(read_experiment(plain), lambda: free)


HUGE: dict[str, Any] = {
    "data": {"source": "mnist"},
    "network": {"layers": [{"kind": "dense", "id": name, "units": 4096} for name in ("first", "second")]},
    "training": {"loss": "cross_entropy", "batch_size": 128},
    "variants": [{"name": f"seed {number}", "settings": {"training.seed": number}} for number in range(64)],
}


def test_runs_that_memory_cannot_hold_are_refused_with_the_estimate() -> None:
    (problem,) = found(HUGE, 16 * GB)
    assert (problem.place, problem.layer_id, problem.severity) == ("variants", "second", "error")
    assert problem.sentence == (
        "64 runs of up to 20,037,642 weights would need about 89.3 GB of memory, and half of what is free is 8.0 GB: "
        "take fewer variants or fewer units."
    )


def test_a_single_run_too_large_belongs_to_its_largest_layer() -> None:
    (problem,) = found({name: value for name, value in HUGE.items() if name != "variants"}, 2 * GB)
    assert (problem.place, problem.layer_id) == ("network", "second")
    assert problem.sentence.startswith("A run of 20,037,642 weights would need about 2.0 GB")
    assert problem.sentence.endswith("half of what is free is 1.0 GB: take fewer units.")


def test_runs_that_memory_can_hold_or_that_nobody_can_weigh_are_no_problem() -> None:
    assert found(HUGE, 400 * GB) == ()
    assert found(HUGE, None) == ()


def _dense(units: int, initializer: str) -> dict[str, Any]:
    return {"kind": "dense", "units": units, "initializer": initializer}


@st.composite
def experiments(draw: st.DrawFn) -> dict[str, Any]:
    initializers = st.sampled_from(sorted(INITIALIZERS))
    denses = st.builds(_dense, st.integers(1, 9), initializers)
    dropouts = st.builds(lambda rate: {"kind": "dropout", "rate": rate}, st.floats(0, 0.95))
    monitors = st.sampled_from(sorted(MONITORS))
    sources: list[Any] = [*sorted(DATASETS), {"kind": "csv", "path": "\0"}]
    return {
        "data": {
            "source": draw(st.sampled_from(sources)),
            "validation": draw(st.sampled_from([0, 0.2, 0.9])),
            "test": draw(st.sampled_from([0, 0.05])),
        },
        "network": {
            "layers": draw(st.lists(denses | dropouts, max_size=3)),
            "output": {"initializer": draw(initializers)},
        },
        "training": {
            "loss": draw(st.sampled_from(sorted(LOSSES))),
            "optimizer": draw(st.sampled_from(sorted(OPTIMIZERS))),
            "batch_size": draw(st.sampled_from([1, 10, 1_000_000, "all"])),
            "early_stopping": draw(st.none() | monitors.map(lambda monitor: {"monitor": monitor})),
            "schedule": draw(st.sampled_from(sorted(SCHEDULES))),
        },
    }


@st.composite
def settings(draw: st.DrawFn) -> dict[str, Any]:
    """Return what a variant overrides."""
    other = draw(experiments())
    everything = {
        "data": other["data"],
        "data.validation": other["data"]["validation"],
        "network.layers": other["network"]["layers"],
        "network.dropout": 0.3,
        "training.loss": other["training"]["loss"],
        "training.early_stopping": other["training"]["early_stopping"],
    }
    return {path: everything[path] for path in draw(st.lists(st.sampled_from(sorted(everything)), max_size=3))}


@given(experiments(), st.lists(settings(), max_size=2))
def test_nothing_makes_it_raise_and_every_mend_takes_its_problem_away(
    plain: dict[str, Any], overrides: list[dict[str, Any]]
) -> None:
    named = [{"name": str(place), "settings": override} for place, override in enumerate(overrides)]
    experiment = read_experiment(plain | {"variants": named})
    for problem in problems(experiment, lambda: 64 * GB):
        if problem.mend is not None:
            mended = override(experiment, {problem.mend.path: problem.mend.value})
            assert problem not in problems(mended, lambda: 64 * GB)


@given(st.integers(2, 60), st.floats(0, 0.9), st.floats(0, 0.9), st.integers(1, 4))
def test_the_parts_are_as_large_as_the_split_makes_them(
    samples: int, validation: float, test: float, classes: int
) -> None:
    if validation + test > 0.95:
        return
    data = {"source": {"kind": "plane", "samples": samples}, "validation": validation, "test": test}
    experiment = read_experiment({"data": data})
    parts = split(np.arange(samples) % classes, validation, test, 0, stratified=classes > 1)
    assert part_sizes(experiment.data, facts_of(experiment.data.source)) == tuple(len(part) for part in parts)


def test_the_examples_have_no_errors() -> None:
    assert example_names()
    for name in example_names():
        experiment: Experiment = read_example(name)
        assert expand(experiment)
        assert [problem for problem in problems(experiment, lambda: 64 * GB) if problem.severity == "error"] == []
