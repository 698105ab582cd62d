"""The experiment: data, network, training and variants, as one frozen value that a file holds."""

from typing import Annotated, Any

from pydantic import Field, ValidationError

from core.choices.fields import Frozen, Mistake, Real, sentence
from core.experiment.data import Data
from core.experiment.network import Name, Network
from core.experiment.training import Training
from core.experiment.variants import Variant

Position = Annotated[float, Real(-1e6, 1e6)]


class Experiment(Frozen):
    """What is trained. ``canvas`` holds the (x, y) of cards that were moved by hand, by layer id."""

    name: Name = "Untitled"
    question: str = Field("", max_length=2000)
    data: Data = Data()
    network: Network = Network()
    training: Training = Training()
    variants: tuple[Variant, ...] = Field((), max_length=256)
    canvas: dict[str, tuple[Position, Position]] = Field(default_factory=dict)


def read_experiment(value: Any) -> Experiment:
    """Return the experiment that plain data (from JSON) describe; raises Mistake, which names the place."""
    try:
        return Experiment.model_validate(value)
    except ValidationError as error:
        raise Mistake(sentence(error)) from None
