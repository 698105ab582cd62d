"""A change of the data changes what depends on them, so that what can be trained stays trainable."""

import pytest

from app.panels.fitting import first_loss, fitted
from core.choices.datasets import DATASETS, Points, Table, at_hand, facts_of
from core.choices.losses import LOSSES
from core.experiment.checks import check
from core.experiment.experiment import Experiment
from core.experiment.variants import override

READY_MADE = [tag for tag, row in DATASETS.items() if row.settings not in (Points, Table)]


def with_source(experiment: Experiment, source: object) -> Experiment:
    return fitted(experiment, override(experiment, {"data.source": source}))


@pytest.mark.parametrize("tag", READY_MADE)
@pytest.mark.parametrize("loss", list(LOSSES))
def test_every_set_can_be_trained_after_every_loss(tag: str, loss: str) -> None:
    start = override(Experiment(), {"training.loss": loss, "training.early_stopping.monitor": "validation_accuracy"})
    after = with_source(start, tag)
    errors = [problem for problem in check(after, facts_of(after.data.source)) if problem.severity == "error"]
    assert not errors


def test_a_loss_that_fits_stays() -> None:
    start = override(Experiment(), {"training.loss": "hinge"})
    assert with_source(start, "mnist").training.loss == "hinge"


def test_going_through_the_sets_and_back_changes_nothing() -> None:
    start = Experiment()
    there = with_source(with_source(start, "plane"), "digits")
    assert there.training.loss == first_loss("classes")
    assert with_source(there, start.data.source.model_dump()) == start


def test_an_accuracy_to_watch_becomes_a_loss_where_there_is_none() -> None:
    start = override(Experiment(), {"training.early_stopping.monitor": "validation_accuracy"})
    stopping = with_source(start, "ripple").training.early_stopping
    assert stopping is not None
    assert stopping.monitor == "validation_loss"


def test_points_to_be_drawn_count_as_classes() -> None:
    start = with_source(Experiment(), "plane")
    assert with_source(start, "points").training.loss == "binary_cross_entropy"


def test_a_table_that_cannot_be_read_changes_nothing_else() -> None:
    start = Experiment()
    after = with_source(start, {"kind": "csv", "path": "/nowhere/at all.csv"})
    assert after.training == start.training


def test_other_edits_are_left_alone() -> None:
    start = override(Experiment(), {"training.loss": "cross_entropy"})
    after = override(start, {"training.epochs": 3})
    assert fitted(start, after) is after


def test_every_set_that_downloads_tells_whether_it_is_there() -> None:
    for tag, row in DATASETS.items():
        if row.settings is not Table:
            there = at_hand(row.settings.model_validate({}))
            assert there is (row.downloads == 0), tag  # the tests have an empty cache
