"""Variants: the same experiment with some settings changed, each by its path, and the runs that follow."""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from core.choices.fields import Frozen, Mistake, shown
from core.experiment.network import Dense, Dropout, Name

if TYPE_CHECKING:
    from core.experiment.experiment import Experiment

# One word that sets every layer of a kind: the path, the class of the layers and their field.
EVERY_LAYER: dict[str, tuple[type, str]] = {
    "network.dropout": (Dropout, "rate"),
    "network.units": (Dense, "units"),
    "network.activation": (Dense, "activation"),
    "network.initializer": (Dense, "initializer"),
}
_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")


class Variant(Frozen):
    """A name and the settings that it overrides, by path: ``{"network.dropout": 0.5}``."""

    name: Name
    settings: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """Where start weights come from: an epoch of a run, or, where epoch is None, a point of the landscape around it.

    file: a model in a file instead, whose name takes the place of the run's.
    """

    run: str
    epoch: int | None
    file: bool = False


@dataclass(frozen=True, eq=False)
class Start:
    """Start weights (P,) that are not drawn from the seed."""

    row: NDArray[np.float32] | NDArray[np.float64]
    origin: Origin


@dataclass(frozen=True)
class Run:
    """One training to be done: a name, an experiment without variants, and start weights if they are given."""

    name: str
    experiment: "Experiment"
    start: Start | None = None


def interchangeable(one: "Experiment", other: "Experiment") -> bool:
    """Tell whether weights mean the same in two experiments: one network, one loss, the same data.

    Names, start weights, dropout and the ways of training may differ: comparing those is what several runs are for.
    """
    return _meaning(one) == _meaning(other)


def _meaning(experiment: "Experiment") -> object:
    layers = tuple((layer.units, layer.activation) for layer in experiment.network.layers if isinstance(layer, Dense))
    return layers, experiment.data, experiment.training.loss


def override(experiment: "Experiment", settings: Mapping[str, Any]) -> "Experiment":
    """Return the experiment with the setting at each path replaced; raises Mistake for a path or value that cannot be.

    Paths are written as in error messages, ``network.layers[1].units``; a layer may be named by its id instead of its
    place, ``network.layers.hidden.units``. The paths of EVERY_LAYER set all layers of a kind.
    """
    from core.experiment.experiment import read_experiment

    plain = experiment.model_dump(mode="json")
    for path, value in settings.items():
        if path in EVERY_LAYER:
            # An earlier setting may have replaced layers.
            experiment = read_experiment(plain)
            plain = experiment.model_dump(mode="json")
            kind, field = EVERY_LAYER[path]
            places = [i for i, layer in enumerate(experiment.network.layers) if isinstance(layer, kind)]
            if not places:
                raise Mistake(f"{path}: the network has no {kind.__name__} layer to set; insert one")
            for place in places:
                plain["network"]["layers"][place][field] = deepcopy(value)
            continue
        try:
            _put(plain, path, deepcopy(value))
        except Mistake:
            # An earlier setting may be written in short, as "sgd", or in part: write it out and try again.
            plain = read_experiment(plain).model_dump(mode="json")
            _put(plain, path, deepcopy(value))
    return read_experiment(plain)


def steps_of(path: str) -> list[str | int]:
    """Return the words and places that a path goes through; raises Mistake where it is not written as one."""
    steps = [int(index) if index else word for word, index in _STEP.findall(path)]
    if not steps or "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).lstrip(".") != path:
        raise Mistake(f"expected a path such as training.optimizer.learning_rate, got {shown(path)}")
    return steps


def _put(plain: dict[str, Any], path: str, value: Any) -> None:
    steps = steps_of(path)
    here: Any = plain
    place: str | int
    for depth, step in enumerate(steps):
        last = depth == len(steps) - 1
        if isinstance(here, list):
            place = next((i for i, item in enumerate(here) if isinstance(item, dict) and item.get("id") == step), step)
            if not isinstance(place, int) or place >= len(here):
                raise Mistake(f"{path}: there is no item {shown(step)} in a list of {len(here)}")
        elif isinstance(here, dict) and (step in here or not here):
            place = step
        else:
            known = f"; expected one of {', '.join(here)}" if isinstance(here, dict) else ""
            raise Mistake(f"{path}: there is no setting {shown(step)} here{known}")
        if last:
            here[place] = value
        else:
            if here[place] is None:  # a group of settings that is off, such as early stopping: switch it on
                here[place] = {}
            here = here[place]


def expand(experiment: "Experiment") -> tuple[Run, ...]:
    """Return the runs: one per variant, or a single one of the experiment's name where there are none.

    Raises Mistake if two variants have the same name or one cannot be applied.
    """
    base = experiment.model_copy(update={"variants": ()})
    if not experiment.variants:
        return (Run(experiment.name, base),)
    names = [variant.name for variant in experiment.variants]
    for name in names:
        if names.count(name) > 1:
            raise Mistake(f'variants: expected names that differ, got "{name}" more than once')
    runs = []
    for variant in experiment.variants:
        try:
            run = override(base, variant.settings)
            runs.append(Run(variant.name, run.model_copy(update={"variants": ()})))
        except Mistake as error:
            raise Mistake(f'variant "{variant.name}": {error}') from None
    return tuple(runs)
