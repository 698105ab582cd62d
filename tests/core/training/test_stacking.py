"""A run that trains beside others equals the same run alone.

Not to the last bit: torch rounds by where in memory a number lies. Its fused optimizers, its sigmoid and MKL's small
products take other instructions at the end of an array or off a 64-byte border, so that even twins within one matrix
part in the last digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from core.choices.activations import ACTIVATIONS
from core.choices.losses import LOSSES, Task
from core.choices.optimizers import OPTIMIZERS, SGD, Adam, AdamW
from core.choices.schedules import Exponential, Plateau
from core.experiment.network import Dense, Dropout
from core.experiment.training import EarlyStopping, Penalty

if TYPE_CHECKING:
    from core.datasets.samples import Dataset
    from core.experiment.variants import Run
    from tests.core.training.conftest import Lab

TASKS: tuple[Task, ...] = ("binary", "classes", "regression")
HEADS: list[tuple[Task, str]] = [(task, tag) for tag, row in LOSSES.items() for task in TASKS if task in row.heads]


def together_and_alone(
    lab: Lab, runs: list[Run], dataset: Dataset, dtype: torch.dtype = torch.float64
) -> list[tuple[Any, Any]]:
    together = lab.rows(lab.job(runs, dataset, dtype=dtype))
    alone = [lab.rows(lab.job([run], dataset, dtype=dtype))[0] for run in runs]
    return list(zip(together, alone, strict=True))


@pytest.mark.parametrize("count", [2, 5, 16])
def test_a_hundred_steps_beside_others_equal_those_alone(count: int, lab: Lab) -> None:
    dataset = lab.dataset("classes", inputs=3)
    layers = (Dense(id="a", units=7, activation="sigmoid"), Dropout(id="b", rate=0.3), Dense(id="c", units=5))
    kinds = [row.settings(kind=row.tag) for row in OPTIMIZERS.values()]
    runs = [
        lab.run(
            layers,
            loss="cross_entropy",
            optimizer=kinds[seed % len(kinds)],
            batch_size=5,
            epochs=20,
            seed=seed,
        )
        for seed in range(count)
    ]
    for together, alone in together_and_alone(lab, runs, dataset):
        np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("task", "loss"), HEADS)
def test_every_loss_beside_others_equals_itself_alone(task: Task, loss: str, lab: Lab) -> None:
    runs = [lab.run(loss=loss, batch_size=5, epochs=4, seed=seed) for seed in range(3)]
    for together, alone in together_and_alone(lab, runs, lab.dataset(task)):
        np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-13)


def test_every_setting_of_a_run_is_its_own(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    layers = (Dense(id="a", units=6), Dropout(id="b", rate=0.4))
    calm = (Dense(id="a", units=6), Dropout(id="b", rate=0.0))
    common: dict[str, Any] = {"batch_size": 5, "epochs": 20, "optimizer": Adam(learning_rate=0.01)}
    runs = [
        lab.run(layers, **common),
        lab.run(calm, **common),
        lab.run(layers, **common | {"seed": 7}),
        lab.run(layers, **common | {"optimizer": Adam(learning_rate=0.1)}),
        lab.run(layers, **common | {"optimizer": AdamW(weight_decay=0.5)}),
        lab.run(layers, **common | {"optimizer": AdamW(weight_decay=0.0)}),
        lab.run(layers, **common | {"optimizer": SGD(momentum=0.9)}),
        lab.run(layers, **common, penalty=Penalty(l1=0.01)),
        lab.run(layers, **common, penalty=Penalty(l2=0.1)),
        lab.run(layers, **common, clip=0.1),
        lab.run(layers, **common, schedule=Exponential(factor=0.8)),
        lab.run(layers, **common, schedule=Plateau(patience=1, min_delta=0.5)),
        lab.run(layers, **common, early_stopping=EarlyStopping(patience=2, min_delta=0.5)),
        lab.run(layers, **common | {"epochs": 7}),
    ]
    pairs = together_and_alone(lab, runs, dataset)
    for together, alone in pairs:
        np.testing.assert_allclose(together, alone, rtol=1e-11, atol=1e-13)
    for other in range(1, len(pairs)):
        assert not np.allclose(pairs[0][0], pairs[other][0], rtol=1e-3, atol=1e-3), f"run {other} is as the first one"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_in_float32_the_difference_is_that_of_rounding(activation: str, lab: Lab) -> None:
    dataset = lab.dataset("regression")
    layers = (Dense(id="a", units=8, activation=activation), Dense(id="b", units=9, activation=activation))
    optimizer = SGD(learning_rate=0.02)
    runs = [
        lab.run(layers, loss="mean_squared_error", optimizer=optimizer, batch_size=10, epochs=34, seed=seed)
        for seed in range(3)
    ]
    for together, alone in together_and_alone(lab, runs, dataset, torch.float32):
        np.testing.assert_allclose(together, alone, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("settings", [row.settings(kind=row.tag) for row in OPTIMIZERS.values()], ids=lambda s: s.kind)
def test_twins_stay_twins(settings: Any, lab: Lab) -> None:
    dataset = lab.dataset("binary")
    layers = (Dense(id="a", units=8), Dropout(id="b", rate=0.3), Dense(id="c", units=9))
    runs = [lab.run(layers, optimizer=settings, batch_size=10, epochs=20, name=name) for name in "abc"]
    rows = lab.rows(lab.job(runs, dataset))
    for row in rows[1:]:
        np.testing.assert_allclose(row, rows[0], rtol=1e-12, atol=1e-13)


def test_runs_of_other_shapes_and_batch_sizes_train_in_turn_and_equal_themselves_alone(lab: Lab) -> None:
    dataset = lab.dataset("binary")
    runs = [
        lab.run((Dense(id="a", units=4),), batch_size=5, epochs=3),
        lab.run((Dense(id="a", units=5),), batch_size=5, epochs=3),
        lab.run((Dense(id="a", units=4),), batch_size=4, epochs=3),
        lab.run((Dense(id="a", units=4, activation="relu"),), batch_size=5, epochs=3),
        lab.run((Dense(id="a", units=4), Dropout(id="b", rate=0.5)), batch_size=5, epochs=3),
        lab.run((Dense(id="a", units=4),), batch_size="all", epochs=3),
        lab.run((Dense(id="a", units=4),), loss="hinge", batch_size=5, epochs=3),
        lab.run((Dense(id="a", units=4),), loss="mean_squared_error", batch_size=5, epochs=3),
        lab.run((Dense(id="a", units=4),), loss="cross_entropy", batch_size=5, epochs=3),
    ]
    story = lab.drive(lab.job(runs, dataset))
    for place, run in enumerate(runs):
        alone = lab.drive(lab.job([run], dataset)).ended[0]
        np.testing.assert_array_equal(story.ended[place].row, alone.row)
        assert story.ended[place].metrics == alone.metrics
    # An epoch each in turn: nobody is two epochs ahead of anybody else.
    done = [0] * len(runs)
    for event in story.events:
        if event in story.epochs(event.run):
            done[event.run] = getattr(event, "epoch", 0)
            assert max(done) - min(done) <= 1


def test_runs_on_other_data_train_apart(lab: Lab) -> None:
    from core.experiment.data import Data
    from core.training.loop import prepare

    datasets = {seed: lab.dataset("binary", seed=seed) for seed in range(2)}
    runs = [lab.run(data=Data(split_seed=seed), epochs=3) for seed in (0, 1, 0)]
    loaded = []

    def load(data: Data) -> Dataset:
        loaded.append(data.split_seed)
        return datasets[data.split_seed]

    story = lab.drive(prepare(runs, load=load, dtype=torch.float64))
    assert loaded == [0, 1]
    for place, run in enumerate(runs):
        (alone,) = lab.rows(lab.job([run], datasets[run.experiment.data.split_seed]))
        np.testing.assert_allclose(story.ended[place].row, alone, rtol=1e-12, atol=1e-14)
