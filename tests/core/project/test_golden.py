"""One file of each version, made with the program of its day and kept for ever: it must load as it did then.

version-1.downhill: 24 drawn points, three variants trained with torch 2.13 on a CPU: one stopped early, one was sent a
smaller learning rate on its way and can go on, one has other data and diverged.
"""

from pathlib import Path

import numpy as np
import pytest

from core.choices.datasets import Points
from core.experiment.architecture import architecture
from core.experiment.network import Dense
from core.experiment.variants import expand
from core.project.archive import Project, load, save
from core.project.migrations import VERSION
from core.runs.record import Intervention
from tests.core.project.making import content

FOLDER = Path(__file__).parents[2] / "golden"


@pytest.fixture(scope="module")
def first() -> Project:
    return load(FOLDER / "version-1.downhill")


def test_there_is_a_file_of_every_version() -> None:
    assert {path.name for path in FOLDER.glob("*.downhill")} == {f"version-{n}.downhill" for n in range(1, VERSION + 1)}


def test_the_experiment_of_version_1(first: Project) -> None:
    experiment = first.experiment
    assert (experiment.name, experiment.question) == ("Golden – version 1", "Does this file still open?")
    assert isinstance(experiment.data.source, Points)
    assert len(experiment.data.source.points) == 24
    assert experiment.data.source.points[0] == (-4.4, 3.47, 0)
    assert experiment.data.features == ("x1", "x2", "x1_x2")
    assert [layer.id for layer in experiment.network.layers] == ["hidden", "drop", "given"]
    given = experiment.network.layers[2]
    assert isinstance(given, Dense)
    assert given.initializer.model_dump()["weights"] == ((1.0, 0.5, -0.25), (0.0, -1.0, 0.125))
    assert experiment.canvas == {"hidden": (120.5, -30.0)}
    assert [run.name for run in expand(experiment)] == ["careful", "heavy ball", "far too fast"]


def test_the_records_of_version_1(first: Project) -> None:
    careful, heavy, fast = first.records
    assert [record.outcome for record in first.records] == ["early stopping", "epochs", "diverged"]
    assert [record.experiment for record in first.records] == [run.experiment for run in expand(first.experiment)]
    assert [(record.epochs, record.steps, record.best_epoch) for record in first.records] == [
        (3, 12, 1),
        (6, 6, 6),
        (2, 10, 1),
    ]
    assert careful.message == "No improvement for 2 epochs: stopped after epoch 3, best epoch 1."
    assert heavy.interventions == (Intervention(3, "training.optimizer.learning_rate", 0.03, 0.015),)
    assert heavy.metrics.validation_loss == 0.7306790351867676
    assert fast.metrics.train_accuracy is None
    assert (careful.device, careful.started, careful.seconds) == ("cpu", "2026-01-01T12:00:00+00:00", 0.25)
    assert careful.versions["downhill"] == "0.1.0"


def test_the_arrays_of_version_1(first: Project) -> None:
    careful, heavy, fast = first.records
    assert careful.curves["validation_loss"].tolist() == [
        0.7412208914756775,
        0.720986545085907,
        0.7061856389045715,
        0.6923465132713318,
    ]
    assert np.isnan(fast.curves["train_accuracy"]).all()
    assert [list(record.rows) for record in first.records] == [[0, 1, 2, 3], [0, 1, 2, 3, 4, 5, 6], [0, 1]]
    for record in first.records:
        assert record.parameters == architecture(record.experiment).parameters == len(record.row) == 23
        assert record.row.dtype == np.float32
    assert careful.row.tobytes().startswith(bytes.fromhex("f72ad93d2876123eaef7793f"))
    np.testing.assert_array_equal(careful.row, careful.at("best"))
    np.testing.assert_array_equal(heavy.row, heavy.at("last"))
    assert heavy.state is not None
    assert heavy.state.values["learning_rate"] == 0.015
    assert {name: array.shape for name, array in heavy.state.arrays.items()} == {
        "row": (23,),
        "best_row": (23,),
        "generator.order": (5056,),
        "generator.masks": (5056,),
        "optimizer.momentum_buffer": (23,),
    }
    assert first.thumbnail is not None
    assert len(first.thumbnail) == 76


def test_what_was_loaded_can_be_saved_as_a_file_of_today(first: Project, tmp_path: Path) -> None:
    save(first, tmp_path / "again.downhill")
    assert content(load(tmp_path / "again.downhill")) == content(first)
