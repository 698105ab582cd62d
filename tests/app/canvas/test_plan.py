"""What is shown of an experiment, without drawing it."""

import pytest

from app.canvas.plan import plan_network
from core.choices.datasets import facts_of
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.problems import problems


def _plan(experiment: Experiment):  # type: ignore[no-untyped-def]
    return plan_network(experiment, facts_of(experiment.data.source), problems(experiment))


def test_cards_follow_the_network(spiral: Experiment) -> None:
    plan = _plan(spiral)
    assert [card.name for card in plan.cards] == ["Input", "Dense 1", "Dropout 1", "Dense 2", "Output"]
    assert [card.shape for card in plan.cards] == ["(B, 5)", "(B, 8)", "(B, 8)", "(B, 8)", "(B, 1)"]
    assert [card.parameters for card in plan.cards] == [0, 48, 0, 72, 9]
    assert plan.parameters == architecture(spiral).parameters


@pytest.mark.parametrize("example", ["spiral", "digits"])
def test_units_and_parameters_are_those_of_the_architecture(example: str, request: pytest.FixtureRequest) -> None:
    experiment = request.getfixturevalue(example)
    full, plan = architecture(experiment), _plan(experiment)
    shown = [card for card in plan.cards if card.kind in ("dense", "output")]
    assert [(card.id, card.inputs, card.units) for card in shown] == [(d.id, d.inputs, d.units) for d in full.dense]
    assert plan.parameters == full.parameters


def test_output_of_two_classes_is_one_probability(spiral: Experiment) -> None:
    output = _plan(spiral).cards[-1]
    assert (output.units, output.activation, output.labels) == (1, "sigmoid", ("P(+1)",))


def test_images_are_shown_as_images(digits: Experiment) -> None:
    plan = _plan(digits)
    assert [card.picture for card in plan.cards] == ["picture", "images", "circles", "cells", "bars"]
    assert plan.cards[0].note == "28 × 28 pixels"
    assert plan.cards[-1].labels == tuple("0123456789")


def test_many_units_come_in_pages(digits: Experiment) -> None:
    dense = _plan(digits).cards[1]
    assert (dense.pages, dense.shown, dense.column) == (8, range(16), False)


def test_loss_that_does_not_fit_leaves_the_output_open() -> None:
    experiment = read_experiment({"data": {"source": "digits"}, "network": {"layers": ["dense"]}})
    plan = _plan(experiment)
    assert plan.cards[-1].units is None
    assert plan.parameters is None
    assert plan.cards[1].units == 8
    assert [problem.layer_id for problem in plan.cards[-1].problems] == ["output"]


def test_data_that_cannot_be_read_leaves_the_inputs_open() -> None:
    experiment = read_experiment({"data": {"source": {"kind": "csv", "path": "/nowhere.csv"}}})
    plan = plan_network(experiment, None)
    assert [card.units for card in plan.cards] == [None, None]
    assert [card.shape for card in plan.cards] == ["(B, ?)", "(B, ?)"]


def test_errors_come_before_warnings() -> None:
    experiment = read_experiment(
        {"data": {"source": "digits"}, "network": {"layers": [{"kind": "dense", "id": "a", "initializer": "zeros"}]}}
    )
    severities = [problem.severity for card in _plan(experiment).cards for problem in card.problems]
    assert severities == ["warning", "error"]


def test_source_of_weights_lies_before_dropout(spiral: Experiment) -> None:
    plan = _plan(spiral)
    source = plan.source("b")
    assert source is not None
    assert source.id == "a"
    assert plan.neuron("p", 3).layer == "a"
    assert [plan.dense_place(card.id) for card in plan.cards] == [None, 0, None, 1, 2]
