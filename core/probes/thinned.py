"""Networks thinned by dropout masks: a mask leaves some neurons out, and what is left is a network of its own.

As in training, a mask holds 0, or 1 / (share kept). Here one mask serves all samples, so that what is looked at is one
thinned network (Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting").
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from core.choices.activations import Activation
from core.choices.fields import Mistake
from core.experiment.architecture import Architecture, DenseLayer, DropoutLayer
from core.probes.forward import pieces, slice_size
from core.training.backpropagation import Backpropagation
from core.training.batches import Masks
from core.training.events import CHANGEABLE
from core.training.rows import View, generator, views

_RATE = CHANGEABLE["network.dropout"]


def after_each_hidden(architecture: Architecture, rate: float = 0.0) -> Architecture:
    """Return the network with dropout after every hidden layer, and nowhere else; each has the id of its layer."""
    layers: list[DenseLayer | DropoutLayer] = []
    for dense in architecture.dense[:-1]:
        layers += [dense, DropoutLayer(dense.id, dense.name, dense.units, rate)]
    return replace(architecture, layers=(*layers, architecture.dense[-1]))


def with_rate(architecture: Architecture, rate: float | None) -> Architecture:
    """Return the network with this rate in every dropout layer, or with its own where rate is None.

    A network without dropout layers is given one after every hidden layer.
    """
    if rate is None:
        return architecture
    if not architecture.dropouts:
        return after_each_hidden(architecture, rate)
    layers = (replace(layer, rate=rate) if isinstance(layer, DropoutLayer) else layer for layer in architecture.layers)
    return replace(architecture, layers=tuple(layers))


def check_rates(name: str, rates: Sequence[float]) -> None:
    """Raise Mistake where a rate is beyond the limits of dropout."""
    for rate in rates:
        if not _RATE.least <= rate <= _RATE.most:
            raise Mistake(f"{name}: expected a number from {_RATE.least:g} to {_RATE.most:g}, got {rate:g}")


def draw_masks(
    architecture: Architecture, rates: Sequence[Sequence[float]], count: int, seed: int, dtype: torch.dtype
) -> list[Tensor]:
    """Return the masks (settings, count, units) of each dropout layer, for several settings of the layers' rates.

    All settings share their random numbers: what a rate switches off, a higher one switches off too.
    """
    units = [layer.units for layer in architecture.dropouts]
    if not units:
        return []
    drawn = Masks(units, [list(setting) for setting in rates], [generator(seed, "masks")])
    return list(drawn.scaled(drawn.draw(count, 1) * len(rates), count, dtype)[0])


class Thinned:
    """Rows (K, P) of a network, to be run forward under masks; what comes before the first mask is computed once."""

    def __init__(self, architecture: Architecture, theta: Tensor) -> None:
        self.passes = Backpropagation(architecture)
        self.architecture = architecture
        self.rows = len(theta)
        plan, network = self.passes.plan, views(theta, architecture)
        cut = plan.index(None) if None in plan else len(plan)
        self._first = cut  # the first dense layer after a mask
        self._before, self._after = (plan[:cut], network[:cut]), (plan[cut:], network[cut:])

    def begin(self, x: Tensor) -> Tensor:
        """Return what reaches the first mask (K, 1, n, units), of samples x (n, inputs)."""
        return _forward(*self._before, x.expand(self.rows, 1, *x.shape), ())

    def outputs(self, begun: Tensor, masks: Sequence[Tensor]) -> Iterator[Tensor]:
        """Yield z of the output layer (K, m, n, outputs), some masks at a time; masks: (M, units) of each layer.

        Without dropout layers all thinned networks are the network itself: m is 1.
        """
        if not masks:
            yield begun
            return
        size = slice_size(self.architecture, self.rows, self._first) // begun.shape[2]
        for some in zip(*(pieces(mask, size) for mask in masks), strict=True):
            yield _forward(*self._after, begun, some)


def _forward(plan: Sequence[Activation | None], network: Sequence[View], x: Tensor, masks: Sequence[Tensor]) -> Tensor:
    """Run x (K, m or 1, n, units) through some layers; masks: (m, units) of each dropout layer among them."""
    dense, dropped = iter(network), iter(masks)
    for activation in plan:
        if activation is None:
            x = x * next(dropped).unsqueeze(1)
        else:
            layer = next(dense)
            z = torch.baddbmm(layer.bias, x.flatten(1, 2), layer.transposed)
            x = activation.function(z).unflatten(1, x.shape[1:3])
    return x
