"""Which runs are drawn together, and under which masks."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest

from app.dropout.twins import Twin, Twins, mask_rate, rates_now, twins_of
from app.work.messages import Scene
from core.datasets.load import load
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment
from core.experiment.variants import expand
from core.runs.record import Intervention, Record
from core.runs.recorder import Recorder
from core.training.loop import prepare, train
from tests.app.dropout.stages import drive, small


def records(experiment: Experiment) -> tuple[Record, ...]:
    """Return what the runs of an experiment did in one epoch."""
    short = experiment.model_copy(update={"training": experiment.training.model_copy(update={"epochs": 1})})
    runs = expand(short)
    recorder = Recorder(runs)
    for events in train(prepare(runs)):
        recorder.take(events)
    return recorder.records()


def change(record: Record, rate: float) -> Record:
    return replace(record, interventions=(Intervention(3, "network.dropout", 0.2, rate),))


def test_runs_of_another_network_are_left_out_by_name() -> None:
    wide = {"name": "wide", "settings": {"network.layers[0].units": 9}}
    plain = [{"name": name, "settings": {"network.dropout": rate}} for name, rate in (("a", 0), ("b", 0.5))]
    found = records(small(variants=[plain[0], wide, plain[1]]))
    twins, left_out = twins_of(found, 4, 2)
    assert [(twin.place, twin.name) for twin in twins] == [(4, "a"), (6, "b")]
    assert left_out == ("wide",)
    np.testing.assert_array_equal(twins[1].row, found[2].row)
    assert twins_of(found, 4, 1)[1] == ("a", "b")
    assert twins_of((), 0, 0) == ((), ())


def test_rates_are_those_after_the_last_change() -> None:
    (record,) = records(small(variants=[]))
    assert rates_now(record) == (0.2,)
    assert rates_now(change(record, 0.6)) == (0.6,)
    assert mask_rate([change(record, 0.6)], 0) == 0.6


def test_a_run_that_drops_nothing_is_looked_at_under_the_masks_of_the_twin_that_drops_most() -> None:
    found = records(
        small(variants=[{"name": str(rate), "settings": {"network.dropout": rate}} for rate in (0, 0.3, 0.7)])
    )
    assert [mask_rate(found, run) for run in range(3)] == [0.7, 0.3, 0.7]
    assert mask_rate(found[:1], 0) == 0.5
    (alone,) = records(small(dropout=False))
    assert mask_rate([alone], 0) == 0.5


def test_layers_with_rates_of_their_own_keep_them() -> None:
    experiment = small(variants=[])
    layer = experiment.network.layers[1].model_copy(update={"id": "more", "name": "Dropout 2", "rate": 0.4})
    experiment = experiment.model_copy(update={"network": experiment.network.insert(2, layer)})
    assert mask_rate(records(experiment), 0) is None


@pytest.mark.parametrize("count", [1, 2])
def test_a_single_run_is_drawn_as_it_is_now_and_several_as_they_were_kept(count: int) -> None:
    experiment = small()
    dataset = load(experiment.data)
    scene = Scene(experiment, architecture(experiment, dataset.facts), dataset)
    kept = [np.full(scene.architecture.parameters, place, np.float32) for place in range(2)]
    now = np.full_like(kept[0], 9)
    twins = Twins()
    twins.now = tuple(Twin(place, str(place), row) for place, row in enumerate(kept[:count]))
    told = drive(twins.all(lambda _scene, rows: iter_of(rows))(scene, now))
    assert told.twins is twins.now
    np.testing.assert_array_equal(told.picture, now[None] if count == 1 else np.stack(kept))


def iter_of(rows: object) -> Generator[None, None, object]:
    """Return the work of a probe that answers with the rows that it is given."""
    yield
    return rows
