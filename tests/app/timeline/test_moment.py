"""A moment: its metrics from the curves of its run."""

import pytest

from app.timeline.moment import Moment, nearest, unlike
from core.experiment.experiment import read_experiment
from core.training.events import EpochDone, Metrics
from tests.app.timeline.stage import experiment, trained


def test_its_metrics_are_those_that_training_told_of_its_epoch() -> None:
    record, told = trained(experiment())
    done = {event.epoch: event.metrics for event in told if isinstance(event, EpochDone)}
    assert len(done) == 13
    for epoch, metrics in done.items():
        assert Moment(record, 0, epoch).metrics == metrics


def test_an_epoch_that_the_curves_no_longer_tell_has_no_metrics() -> None:
    record, _ = trained(experiment())
    assert Moment(record, 0, 99).metrics == Metrics()


@pytest.mark.parametrize(
    ("epoch", "found"), [(-3, 0), (0, 0), (1.9, 0), (2, 0), (2.1, 4), (4, 4), (100, 16), (12, 8), (12.5, 16)]
)
def test_the_nearest_epoch_is_the_earlier_of_two(epoch: float, found: int) -> None:
    assert nearest((0, 4, 8, 16), epoch) == found


def test_dropout_and_names_make_no_other_network() -> None:
    record, _ = trained(experiment())
    plain = experiment().model_dump(mode="json")
    plain["name"] = "Renamed"
    plain["network"]["layers"].append({"kind": "dropout", "id": "b", "rate": 0.2})
    assert unlike(record, read_experiment(plain)) == ""
    plain["network"]["layers"].append({"kind": "dense", "id": "c", "units": 2})
    assert unlike(record, read_experiment(plain)) == "another network"
