"""What a variant sets for itself in the network: there an edit of the experiment does not reach its run."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.experiment.network import Network
from core.experiment.variants import EVERY_LAYER, steps_of


@dataclass(frozen=True)
class Own:
    """fields: (id of the layer, field) of each setting. layers: whether the list of layers itself is the variant's."""

    fields: frozenset[tuple[str, str]] = frozenset()
    layers: bool = False


def own_of(network: Network, paths: Iterable[str]) -> Own:
    """Return what settings at these paths take the place of in a network; paths as ``override`` takes them."""
    fields: set[tuple[str, str]] = set()
    layers = False
    for path in paths:
        if path in EVERY_LAYER:
            kind, field = EVERY_LAYER[path]
            fields |= {(layer.id, field) for layer in network.layers if isinstance(layer, kind)}
            continue
        steps = steps_of(path)
        if steps[0] != "network":
            continue
        if steps[1:2] == ["output"] and len(steps) > 2:
            fields.add((network.output.id, str(steps[2])))
        elif steps[1:2] == ["layers"] and len(steps) > 3:
            found = (layer.id for place, layer in enumerate(network.layers) if steps[2] in (place, layer.id))
            fields |= {(layer, str(steps[3])) for layer in found}
        else:
            layers = True
    return Own(frozenset(fields), layers)
