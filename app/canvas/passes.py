"""A step of training as a row of stages to be shown: forward card by card, the loss, back card by card, the update."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.canvas.plan import INPUT, NetworkPlan
from app.canvas.scene import Pair
from app.canvas.shades import Floats
from app.canvas.words import precise, tr
from core.choices.activations import OUTPUT_ACTIVATIONS
from core.probes.pictures import DenseFlow, DropoutFlow, FlowPicture

Direction = Literal["forward", "loss", "backward", "update"]


@dataclass(frozen=True, eq=False)
class Step:
    """A step of training and what is said of it.

    before, after: weights and biases of each dense layer, the output last. update: how the weights change, as
    "w ← w − 0.03·∂J/∂w"; loss: the name of the loss. sample: the one of the batch whose numbers are shown.
    image: (h, w) in 0 … 1, the sample if it is one.
    """

    picture: FlowPicture
    before: tuple[Pair, ...]
    after: tuple[Pair, ...]
    update: str
    loss: str
    sample: int = 0
    image: Floats | None = None

    @property
    def samples(self) -> int:
        """The number of samples in the batch."""
        return len(self.picture.losses)

    @property
    def gradients(self) -> tuple[Pair, ...]:
        """∂J/∂W and ∂J/∂b of each dense layer, the output last: means over the batch."""
        dense = (flow for flow in self.picture.layers if isinstance(flow, DenseFlow))
        return tuple((flow.weight_gradient, flow.bias_gradient) for flow in dense)

    def fits(self, plan: NetworkPlan) -> bool:
        """Tell whether a plan is of the network that took this step."""
        cards = [(card.id, card.units) for card in plan.cards if card.kind != "input"]
        return cards == [(flow.layer, flow.a.shape[1]) for flow in self.picture.layers]


@dataclass(frozen=True, eq=False)
class Stage:
    """What is shown at one moment of a step.

    layer: the card that is lit. values: numbers of the neurons by layer, of the sample: activations, or (slopes) δ,
    its own ∂J/∂z. masks: which units each Dropout layer keeps. reached: which dense layers' links show gradients, None
    while all show weights; weights: what links show from here on.
    """

    direction: Direction
    layer: str | None
    text: str
    values: Mapping[str, Floats]
    weights: tuple[Pair, ...]
    masks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    slopes: bool = False
    reached: tuple[bool, ...] | None = None


def stages(step: Step, plan: NetworkPlan) -> tuple[Stage, ...]:
    """Return the stages of a step of the network of this plan."""
    forward = tuple(_forward(step, plan))
    told = forward[-1]
    loss = float(np.mean(step.picture.losses))
    text = tr("J = {loss} · {name}, mean of {count}").format(loss=precise(loss), name=step.loss, count=step.samples)
    output = step.picture.layers[-1].layer
    judged = Stage("loss", output, text, told.values, step.before, told.masks)
    update = Stage("update", None, step.update, told.values, step.after, told.masks)
    return (*forward, judged, *_backward(step, plan, told.masks), update)


def _forward(step: Step, plan: NetworkPlan) -> Iterator[Stage]:
    sample, x = step.sample, step.picture.x
    values: dict[str, Floats] = {INPUT: x[sample]}
    masks: dict[str, NDArray[np.bool_]] = {}
    first, *_ = plan.cards
    text = tr("{name} · x of sample {place} of the batch of {count}").format(
        name=first.name, place=sample + 1, count=step.samples
    )
    yield Stage("forward", INPUT, text, dict(values), step.before)
    inputs = "x"
    for flow in step.picture.layers:
        values[flow.layer] = flow.a[sample]
        if isinstance(flow, DropoutFlow):
            masks[flow.layer] = flow.mask[sample] > 0
            text = _dropped(flow.mask[sample])
        else:
            output = flow is step.picture.layers[-1]
            text = _computed(plan, flow.layer, inputs, "ŷ" if output else "a")
            inputs = "a"
        name = _name(plan, flow.layer)
        yield Stage("forward", flow.layer, f"{name} · {text}", dict(values), step.before, dict(masks))


def _computed(plan: NetworkPlan, layer: str, inputs: str, output: str) -> str:
    card = plan.card(layer)
    activation = card.activation if card is not None else "linear"
    title = OUTPUT_ACTIVATIONS[activation].title.lower()
    return f"z = W·{inputs} + b, {output} = " + ("z" if activation == "linear" else f"{title}(z)")


def _dropped(mask: Floats) -> str:
    kept = int((mask > 0).sum())
    if kept == len(mask):
        factor = float(mask.max(initial=1.0))
        return tr("no neuron dropped") + (f", a × {factor:.3g}" if factor != 1 else "")
    dropped = tr("{count} of {units} neurons dropped").format(count=len(mask) - kept, units=len(mask))
    return dropped + (tr(", the others × {factor:.3g}").format(factor=float(mask.max())) if kept else "")


def _backward(step: Step, plan: NetworkPlan, masks: Mapping[str, NDArray[np.bool_]]) -> Iterator[Stage]:
    layers: Sequence[DenseFlow | DropoutFlow] = step.picture.layers
    dense = [flow.layer for flow in layers if isinstance(flow, DenseFlow)]
    values: dict[str, Floats] = {}
    reached = [False] * len(dense)
    for flow in reversed(layers):
        if isinstance(flow, DenseFlow):
            # Of the sample's own loss: δ of the mean loss holds but its share of the batch.
            values[flow.layer] = flow.delta[step.sample] * step.samples
            reached[dense.index(flow.layer)] = True
            inputs = "x" if flow.layer == dense[0] else "a"
            text = tr("δ = ∂J/∂z, ∂J/∂W = mean of δ·{inputs}").format(inputs=inputs)
        elif masks[flow.layer].all():
            text = tr("every gradient passes")
        else:
            text = tr("no gradient where dropped")
        text = f"{_name(plan, flow.layer)} · {text}"
        yield Stage("backward", flow.layer, text, dict(values), step.before, masks, True, tuple(reached))


def _name(plan: NetworkPlan, layer: str) -> str:
    card = plan.card(layer)
    return layer if card is None else card.name
