"""What a variant sets for itself, against what editing the experiment changes in its run."""

from typing import Any

import pytest

from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout, Network
from core.experiment.own import own_of
from core.experiment.variants import override

BASE = Experiment(network=Network(layers=(Dense(id="a"), Dropout(id="b"), Dense(id="c"))))
OTHER = {
    ("a", "units"): 5,
    ("c", "units"): 5,
    ("a", "activation"): "sine",
    ("c", "activation"): "sine",
    ("b", "rate"): 0.9,
    ("a", "initializer"): "zeros",
    ("c", "initializer"): "zeros",
    ("output", "initializer"): "zeros",
}


def reaches(place: tuple[str, str], settings: dict[str, Any]) -> bool:
    """Tell whether another value in the experiment is another value in the run."""
    layer, field = place
    path = f"network.output.{field}" if layer == "output" else f"network.layers.{layer}.{field}"
    edited = override(BASE, {path: OTHER[place]})
    return override(edited, settings).network != override(BASE, settings).network


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"network.dropout": 0.5},
        {"network.activation": "relu"},
        {"network.initializer": {"kind": "he"}},
        {"network.layers.a.units": 3},
        {"network.layers[2].units": 3, "training.seed": 4},
        {"network.output.initializer": "he"},
        {"network.layers[0].initializer.kind": "he"},
        {"training.optimizer": "sgd", "data.features": ["x1"]},
    ],
)
def test_own_fields_are_those_that_an_edit_does_not_reach(settings: dict[str, Any]) -> None:
    own = own_of(BASE.network, settings)
    assert own.fields == {place for place in OTHER if not reaches(place, settings)}
    assert not own.layers


@pytest.mark.parametrize("path", ["network.layers", "network", "network.layers[1]", "network.output"])
def test_layers_of_its_own(path: str) -> None:
    assert own_of(BASE.network, [path]).layers
