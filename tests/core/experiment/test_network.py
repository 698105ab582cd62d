"""Edits of a network return a new one and leave the old one as it was."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.choices.fields import Mistake
from core.experiment.network import Dense, Dropout, Network, Output

Layer = Dense | Dropout
Edit = Callable[[Network], Network]


def dense(name: str, units: int = 8) -> Dense:
    return Dense(id=name, name=name, units=units)


def ids(network: Network) -> list[str]:
    return [layer.id for layer in network.layers]


ABC = Network(layers=(dense("a"), Dropout(id="b"), dense("c")))


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    name = draw(st.sampled_from("abcdefgh"))
    if draw(st.booleans()):
        return dense(name, draw(st.integers(1, 4096)))
    return Dropout(id=name, rate=draw(st.floats(0, 0.95)))


@st.composite
def networks(draw: st.DrawFn) -> Network:
    return Network(layers=tuple(draw(st.lists(layers(), max_size=6, unique_by=lambda layer: layer.id))))


def test_insert_remove_move_and_replace() -> None:
    assert ids(ABC.insert(0, dense("x"))) == ["x", "a", "b", "c"]
    assert ids(ABC.insert(3, dense("x"))) == ["a", "b", "c", "x"]
    assert ids(ABC.remove("b")) == ["a", "c"]
    assert ids(ABC.move("a", 2)) == ["b", "c", "a"]
    assert ids(ABC.move("c", 0)) == ["c", "a", "b"]
    assert ABC.replace(dense("c", 3)).layers[2] == dense("c", 3)
    assert ABC.replace(Dropout(id="a")).layers[0] == Dropout(id="a")


@given(networks(), layers(), st.integers(0, 6))
def test_insert_puts_a_layer_in_and_remove_takes_it_out(network: Network, layer: Layer, place: int) -> None:
    before = network.model_dump()
    if layer.id in ids(network):
        return
    larger = network.insert(place, layer)
    assert larger.index(layer.id) == min(place, len(network.layers))
    assert larger.remove(layer.id) == network
    assert network.model_dump() == before


@given(networks(), st.integers(0, 6), st.data())
def test_move_changes_the_order_alone(network: Network, place: int, data: st.DataObject) -> None:
    if not network.layers:
        return
    before = network.model_dump()
    layer = data.draw(st.sampled_from(network.layers))
    moved = network.move(layer.id, place)
    assert moved.index(layer.id) == min(place, len(network.layers) - 1)
    assert sorted(ids(moved)) == sorted(ids(network))
    assert moved.move(layer.id, network.index(layer.id)) == network
    assert network.model_dump() == before


@given(networks(), st.data())
def test_replace_changes_one_layer_alone(network: Network, data: st.DataObject) -> None:
    if not network.layers:
        return
    before = network.model_dump()
    old = data.draw(st.sampled_from(network.layers))
    replaced = network.replace(Dense(id=old.id, name="new", units=5))
    assert ids(replaced) == ids(network)
    assert [layer for layer in replaced.layers if layer.id != old.id] == [
        layer for layer in network.layers if layer.id != old.id
    ]
    assert replaced.replace(old) == network
    assert network.model_dump() == before


@pytest.mark.parametrize(
    "edit",
    [
        lambda network: network.remove("x"),
        lambda network: network.move("x", 0),
        lambda network: network.replace(dense("x")),
        lambda network: network.index("x"),
    ],
)
def test_a_layer_that_is_not_there_is_a_mistake(edit: Edit) -> None:
    with pytest.raises(Mistake, match=r'network.layers: expected the id of a layer, got "x"'):
        edit(ABC)


@pytest.mark.parametrize("taken", ["a", "output"])
def test_two_layers_of_one_id_are_a_mistake(taken: str) -> None:
    with pytest.raises(Mistake, match="network: expected ids that differ"):
        ABC.insert(0, dense(taken))


def test_more_layers_than_a_network_may_have_are_a_mistake() -> None:
    network = Network(layers=tuple(dense(str(number)) for number in range(64)))
    with pytest.raises(Mistake, match=r"network.layers: .*at most 64"):
        network.insert(0, dense("one more"))


def test_a_fresh_name_is_the_first_that_is_free() -> None:
    network = Network(layers=(dense("Dense 1"), dense("Dense 3")), output=Output())
    assert network.fresh_name("Dense") == "Dense 2"
    assert network.fresh_name("Dropout") == "Dropout 1"


def test_every_layer_has_an_id_of_its_own() -> None:
    assert len({Dense().id for _ in range(100)}) == 100
