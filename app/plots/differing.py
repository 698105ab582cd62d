"""The settings in which some runs differ, in words: what a table tells of each run beside its name."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.shell.widgets.numbers import written
from core.choices.datasets import DATASETS
from core.choices.fields import OneOf, SettledChoice, Tagged
from core.choices.initializers import INITIALIZERS
from core.choices.optimizers import OPTIMIZERS
from core.choices.schedules import SCHEDULES
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout, Network

# A setting: where it is, its title, its value in words.
Setting = tuple[str, str, str]

_TABLES: tuple[Mapping[str, SettledChoice], ...] = (OPTIMIZERS, SCHEDULES, INITIALIZERS, DATASETS)
_TITLES = {row.settings: row.title for table in _TABLES for row in table.values()}


def differing(experiments: Sequence[Experiment]) -> list[str]:
    """Return for each experiment the settings whose values are not the same in all of them, as one line.

    Where kinds differ, as of data or optimizers, or where something is off in one of them, that alone is told.
    """
    found = [{place: (title, value) for place, title, value in _settings(one)} for one in experiments]
    kinds = {tuple(type(layer) for layer in one.network.layers) for one in experiments}
    if len(kinds) == 1:
        for one, settings in zip(experiments, found, strict=True):
            settings |= {place: (title, value) for place, title, value in _layers(one.network)}
    else:
        for one, settings in zip(experiments, found, strict=True):
            settings["network"] = ("", _shape(one.network))
    places = dict.fromkeys(place for settings in found for place in settings)
    unlike = [
        place
        for place in places
        if len({settings.get(place) for settings in found}) > 1
        and (":" not in place or all(place in settings for settings in found))
    ]
    return [
        ", ".join(
            f"{title} {value}".strip() for place in unlike if place in settings for title, value in [settings[place]]
        )
        for settings in found
    ]


def _settings(experiment: Experiment) -> Iterator[Setting]:
    yield from _of_model(experiment.data, "data")
    yield from _of_model(experiment.training, "training")


def _of_model(model: BaseModel, path: str) -> Iterator[Setting]:
    """Yield the settings of a model; a place that not every such model has begins with a word and a colon."""
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        place = f"{path}.{name}"
        if name == "kind":
            continue
        elif isinstance(value, Tagged):
            yield f"{place}.kind", "", _TITLES.get(type(value), value.kind)
            for inner, title, text in _of_model(value, place):
                # The learning rates of two optimizers are one setting; all others are those of a kind.
                shared = inner.endswith(".learning_rate")
                yield (inner if shared else f"{value.kind}:{inner}"), title, text
        elif isinstance(value, BaseModel):
            yield f"{place} on", (info.title or name).lower(), "on" if info.default is None else ""
            for inner, title, text in _of_model(value, place):
                yield f"on:{inner}", title, text
        elif value is None:
            yield f"{place} on", (info.title or name).lower(), "off"
        else:
            yield place, (info.title or name).lower(), _text(value, info)


def _text(value: object, info: FieldInfo) -> str:
    if value is None or value is False:
        return "off"
    if value is True:
        return "on"
    if isinstance(value, int | float):
        return written(value, 4)
    if isinstance(value, tuple):
        return f"({len(value)})" if len(value) > 8 else " ".join(str(item) for item in value)
    for limit in info.metadata:
        if isinstance(limit, OneOf) and value in limit.options:
            option = limit.options[str(value)]
            return str(getattr(option, "title", option) or value)
    return str(value)


def _layers(network: Network) -> Iterator[Setting]:
    many = sum(isinstance(layer, Dropout) for layer in network.layers) > 1
    for number, layer in enumerate(network.layers):
        for place, title, text in _of_model(layer, f"network.{number}"):
            if isinstance(layer, Dropout) and place.endswith(".rate"):
                yield place, f"{layer.name}:" if many else "dropout", text
            elif not place.endswith((".id", ".name")):
                yield place, f"{layer.name}: {title}".rstrip(), text


def _shape(network: Network) -> str:
    """Return a network's layers in short: "8 tanh – dropout 0.2 – 8 tanh"."""
    parts = [
        f"{layer.units} {layer.activation}" if isinstance(layer, Dense) else f"dropout {written(layer.rate)}"
        for layer in network.layers
    ]
    return " – ".join(parts) or "no hidden layer"
