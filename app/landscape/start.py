"""To start a run from given weights, and which runs belong on one landscape."""

import numpy as np

from core.choices.initializers import WEIGHT, Given
from core.experiment.architecture import Architecture
from core.experiment.experiment import Experiment
from core.experiment.network import Dense
from core.training.events import Row

MOST_GIVEN = 5_000  # weights that are written into the experiment: more would make each of its edits slow


def start_from(experiment: Experiment, architecture: Architecture, row: Row) -> Experiment | None:
    """Return the experiment with a row (P,) as its start weights, written down as those that are given by hand.

    None where they cannot be: too many of them, too large ones, or a network of another shape.
    """
    if row.shape != (architecture.parameters,) or len(row) > MOST_GIVEN:
        return None
    if not (np.isfinite(row).all() and np.abs(row).max(initial=0.0) <= WEIGHT.most):
        return None
    given = {
        layer.id: Given(weights=tuple(map(tuple, weights.astype(float).tolist())), biases=tuple(biases.tolist()))
        for layer, weights, biases in architecture.split(row)
    }
    network = experiment.network
    dense = {layer.id for layer in network.layers if isinstance(layer, Dense)} | {network.output.id}
    if dense != set(given):
        return None
    layers = tuple(
        layer.model_copy(update={"initializer": given[layer.id]}) if isinstance(layer, Dense) else layer
        for layer in network.layers
    )
    output = network.output.model_copy(update={"initializer": given[network.output.id]})
    return experiment.model_copy(update={"network": network.model_copy(update={"layers": layers, "output": output})})


def same_landscape(one: Experiment, other: Experiment) -> bool:
    """Tell whether the weights of two runs mean the same: one network, one loss, the same data.

    Names, start weights, dropout and the ways of training may differ: comparing those is what a landscape is for.
    """
    return _meaning(one) == _meaning(other)


def _meaning(experiment: Experiment) -> object:
    layers = tuple((layer.units, layer.activation) for layer in experiment.network.layers if isinstance(layer, Dense))
    return layers, experiment.data, experiment.training.loss
