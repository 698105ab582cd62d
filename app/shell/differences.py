"""What differs between two experiments, in words for the status bar."""

from collections.abc import Iterator

from pydantic import BaseModel

from app.work.trainer import without_live
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout, Network, Output


def differences(old: Experiment, new: Experiment) -> tuple[str, ...]:
    """Return what a restart would take up: the titles of settings that differ, without those that act at once."""
    names = {layer.id: layer.name for network in (old.network, new.network) for layer in _layers(network).values()}
    old, new = without_live(old), without_live(new)
    found = (
        *_network(old.network, new.network, names),
        *_settings(old.data, new.data),
        *_settings(old.training, new.training),
    )
    return tuple(dict.fromkeys(found))


def _settings(old: BaseModel, new: BaseModel) -> Iterator[str]:
    """Yield the titles of the fields that differ; of two models of one kind only what differs in them."""
    for name, field in type(new).model_fields.items():
        before, after = getattr(old, name, None), getattr(new, name)
        if before == after:
            continue
        if isinstance(before, BaseModel) and isinstance(after, BaseModel) and type(before) is type(after):
            yield from _settings(before, after)
        else:
            yield (field.title or name).lower()


def _network(old: Network, new: Network, names: dict[str, str]) -> Iterator[str]:
    before, after = _layers(old), _layers(new)
    for layer_id, layer in after.items():
        if layer_id in before:
            yield from (f"{title} of {names[layer_id]}" for title in _settings(before[layer_id], layer))
        else:
            yield f"{names[layer_id]} is new"
    yield from (f"{names[layer_id]} is gone" for layer_id in before if layer_id not in after)
    if [each for each in after if each in before] != [each for each in before if each in after]:
        yield "the order of the layers"


def _layers(network: Network) -> dict[str, Dense | Dropout | Output]:
    return {layer.id: layer for layer in (*network.layers, network.output)}
