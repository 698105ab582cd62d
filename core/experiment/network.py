"""The network as it is built: layers in order, and pure edits that return a new network or raise Mistake."""

import secrets
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from core.choices.activations import ACTIVATIONS
from core.choices.fields import Frozen, Kinds, Mistake, OneOf, Real, Tagged, Whole, sentence, setting
from core.choices.initializers import INITIALIZERS, PyTorchDefault

InitializerSettings = Annotated[Tagged, Kinds(INITIALIZERS)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


def _fresh_id() -> str:
    return secrets.token_hex(4)


class Dense(Frozen):
    """A dense layer: every unit sees all outputs of the layer before, a = g(W·x + b)."""

    kind: Literal["dense"] = "dense"
    id: Name = Field(default_factory=_fresh_id)
    name: Name = "Dense"
    units: Annotated[int, Whole(1, 4096)] = setting(8, "Units", "How many neurons the layer has.", "z = W·x + b")
    activation: Annotated[str, OneOf(ACTIVATIONS)] = setting("tanh", "Activation", "What bends the line.", "a = g(z)")
    initializer: InitializerSettings = setting(PyTorchDefault(), "Start weights", "What training starts from.")


class Dropout(Frozen):
    """Dropout: in each training step every output of the layer before is set to 0 with probability ``rate``."""

    kind: Literal["dropout"] = "dropout"
    id: Name = Field(default_factory=_fresh_id)
    name: Name = "Dropout"
    rate: Annotated[float, Real(0, 0.95)] = setting(
        0.2, "Dropout rate", "The share of outputs switched off at random in each step.", "a ← a·m / (1 − p)"
    )


LAYERS: dict[str, type[Dense] | type[Dropout]] = {"dense": Dense, "dropout": Dropout}
Layer = Annotated[Dense | Dropout, Kinds(LAYERS)]


class Output(Frozen):
    """The output layer. Its units and activation follow from data and loss; its start weights are chosen here."""

    id: Name = "output"
    name: Name = "Output"
    initializer: InitializerSettings = setting(PyTorchDefault(), "Start weights", "What training starts from.")


class Network(Frozen):
    """Hidden layers in order, then the output layer."""

    layers: tuple[Layer, ...] = Field((), max_length=64)
    output: Output = Output()

    @model_validator(mode="after")
    def _distinct(self) -> "Network":
        ids = [layer.id for layer in self.layers] + [self.output.id]
        if len(set(ids)) != len(ids):
            raise ValueError("expected ids that differ, got two layers with the same id")
        return self

    def index(self, layer_id: str) -> int:
        """Return the place of a layer; raises Mistake if there is none of this id."""
        for place, layer in enumerate(self.layers):
            if layer.id == layer_id:
                return place
        raise Mistake(f'network.layers: expected the id of a layer, got "{layer_id}"')

    def _with(self, layers: list[Dense | Dropout]) -> "Network":
        try:
            return Network(layers=tuple(layers), output=self.output)
        except ValidationError as error:
            raise Mistake(sentence(error, "network")) from None

    def insert(self, place: int, layer: Dense | Dropout) -> "Network":
        """Return a network with the layer before the one now at ``place`` (0 … number of layers)."""
        layers = list(self.layers)
        layers.insert(place, layer)
        return self._with(layers)

    def remove(self, layer_id: str) -> "Network":
        """Return a network without this layer."""
        layers = list(self.layers)
        del layers[self.index(layer_id)]
        return self._with(layers)

    def move(self, layer_id: str, place: int) -> "Network":
        """Return a network in which this layer stands at ``place``."""
        layers = list(self.layers)
        layer = layers.pop(self.index(layer_id))
        layers.insert(place, layer)
        return self._with(layers)

    def replace(self, layer: Dense | Dropout) -> "Network":
        """Return a network in which the layer of the same id is this one."""
        layers = list(self.layers)
        layers[self.index(layer.id)] = layer
        return self._with(layers)

    def fresh_name(self, kind: str) -> str:
        """Return "Dense 3" where there are "Dense 1" and "Dense 2"."""
        taken = {layer.name for layer in self.layers}
        number = 1
        while f"{kind} {number}" in taken:
            number += 1
        return f"{kind} {number}"
