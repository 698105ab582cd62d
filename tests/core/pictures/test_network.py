"""The drawing of a network, read back as XML."""

from typing import Any
from xml.etree import ElementTree

import numpy as np

from core.choices.datasets import facts_of
from core.experiment.architecture import architecture
from core.experiment.experiment import read_experiment
from core.pictures.look import NEGATIVE, POSITIVE
from core.pictures.network import svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(row: Any = None, **plain: Any) -> Any:
    """Return the drawing of an experiment's network as a tree."""
    experiment = read_experiment(plain)
    facts = facts_of(experiment.data.source)
    features = experiment.data.features if facts.plane else ()
    return ElementTree.fromstring(svg(architecture(experiment, facts), facts, features, row))


def texts(tree: Any) -> list[str]:
    return [text.text for text in tree.iter(f"{SVG}text")]


def circles(tree: Any) -> int:
    """Return the number of units; the dots that stand for others are smaller."""
    return sum(float(one.get("r")) > 2 for one in tree.iter(f"{SVG}circle"))


LAYERS = [
    {"kind": "dense", "name": "First", "units": 3, "activation": "relu"},
    {"kind": "dropout", "name": "Off", "rate": 0.25},
]


def test_each_layer_has_its_card() -> None:
    tree = drawn(network={"layers": LAYERS})
    assert texts(tree) == [
        *("Input", "2 inputs", "x₁, x₂"),
        *("First", "3 units", "ReLU", "9 parameters"),
        *("Off", "rate 0.25", "while training"),
        *("Output", "1 unit", "Sigmoid", "4 parameters"),
    ]
    assert circles(tree) == 2 + 3 + 3 + 1
    assert len(list(tree.iter(f"{SVG}rect"))) == 4


def test_links_go_from_all_to_all_and_through_dropout_one_by_one() -> None:
    assert len(list(drawn(network={"layers": LAYERS}).iter(f"{SVG}line"))) == 2 * 3 + 3 + 3


def test_links_have_the_sign_and_the_size_of_their_weights() -> None:
    row = np.array([1.0, -2.0, 0.5], np.float32)  # two weights and a bias
    first, second = drawn(row).iter(f"{SVG}line")
    assert (first.get("stroke"), second.get("stroke")) == (POSITIVE, NEGATIVE)
    assert float(first.get("stroke-width")) < float(second.get("stroke-width"))


def test_weights_that_are_not_finite_are_not_shown() -> None:
    lines = drawn(np.array([1.0, np.nan, 0.5], np.float32)).iter(f"{SVG}line")
    assert len({line.get("stroke") for line in lines}) == 1


def test_wide_layers_are_drawn_in_part() -> None:
    tree = drawn(data={"source": "digits"}, training={"loss": "cross_entropy"})
    assert circles(tree) == 7 + 7
    assert texts(tree)[:3] == ["Input", "64 inputs", "8 × 8 pixels"]
    assert texts(tree)[3:] == ["Output", "10 units", "Softmax", "650 parameters"]


def test_many_layers_go_on_below() -> None:
    one = drawn(network={"layers": [{"kind": "dense", "units": 2}] * 4})
    two = drawn(network={"layers": [{"kind": "dense", "units": 2}] * 5})
    assert float(two.get("height")) == 2 * float(one.get("height"))
    assert two.get("width") == one.get("width")


def test_long_and_strange_names_are_cut_and_escaped() -> None:
    layers = [{"kind": "dense", "name": "<&> " + "long " * 12, "units": 2}]
    (name,) = (text for text in texts(drawn(network={"layers": layers})) if text.startswith("<&>"))
    assert len(name) == 19
    assert name.endswith("…")
