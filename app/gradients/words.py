"""What is wrong with the gradients, in a sentence, and what can be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication

from app.gradients.health import HealthFrame
from app.shell.widgets.numbers import written
from core.choices.initializers import He
from core.experiment.network import Dense

_DEAD = 0.5  # of a layer's neurons
_SATURATED = 0.9  # of a layer's outputs
_VANISHING, _EXPLODING = 0.01, 100.0  # of the δ of the last hidden layer, in the first one
_TORN, _STILL = 0.1, 1e-6  # of the weights, in one step

RATE = "find a learning rate"  # the mend that is a page


@dataclass(frozen=True)
class Finding:
    """A sentence; wrong: whether it names a fault. mend: what a button says, and the settings that it changes by their
    paths, or none where it leads to the learning rate."""

    sentence: str
    wrong: bool = False
    mend: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def finding(frame: HealthFrame) -> Finding:
    """Return the worst that there is to be said of a frame."""
    for look in (_not_a_number, _dead, _exploding, _vanishing, _saturated, _torn, _still):
        found = look(frame)
        if found is not None:
            return found
    low, high = _least_and_most(frame.values("update"))
    words = _tr("All layers learn: a step changes them by {0} to {1} of their weights.")
    return Finding(words.format(share(low), share(high)))


def share(value: float) -> str:
    """Write a share as percent."""
    return f"{written(value * 100, 2)} %"


def _not_a_number(frame: HealthFrame) -> Finding | None:
    for name, value in zip(frame.names, frame.health.gradient[0], strict=True):
        if not np.isfinite(value):
            words = _tr("The gradient of {0} is not a finite number: the loss has diverged.")
            return Finding(words.format(name), True, _tr("Find a learning rate"))
    return None


def _dead(frame: HealthFrame) -> Finding | None:
    worst, name, counts = 0.0, "", (0, 0)
    dead_layers = []
    for layer, distribution in zip(frame.scene.architecture.dense, frame.distributions.layers, strict=True):
        if distribution.dead is None:
            continue
        dead = distribution.dead[0]
        if dead.mean() >= _DEAD:
            dead_layers.append(layer.id)
        if dead.mean() > worst:
            worst, name, counts = float(dead.mean()), layer.name, (int(dead.sum()), len(dead))
    if worst < _DEAD:
        return None
    words = _tr("{0} of {1} ReLU neurons of {2} never answer: 0 on all {3} samples, so they no longer learn.")
    settings = _activations(frame, dead_layers, "leaky_relu")
    mend = _tr("Use Leaky ReLU") if settings else ""
    return Finding(words.format(*counts, name, f"{frame.distributions.samples:,}"), True, mend, settings)


def _vanishing(frame: HealthFrame) -> Finding | None:
    arriving = float(frame.health.arriving[0])
    if not arriving < _VANISHING:
        return None
    first, last = frame.names[0], frame.names[-2]
    if arriving == 0:
        words = _tr("Nothing comes back to {0}: its gradient is 0, and it does not learn.").format(first)
    else:
        words = _tr("The gradient vanishes: what comes back to {0} is 1/{1} of what comes back to {2}.")
        words = words.format(first, f"{round(1 / arriving):,}" if arriving > 1e-6 else written(1 / arriving), last)
    settings, starts = _straightened(frame), _starts(frame)
    if settings:
        return Finding(words, True, _tr("Use Leaky ReLU"), settings)
    return Finding(words, True, _tr("Use He's start weights") if starts else "", starts)


def _exploding(frame: HealthFrame) -> Finding | None:
    arriving = float(frame.health.arriving[0])
    if not arriving > _EXPLODING:
        return None
    words = _tr("The gradient explodes: what comes back to {0} is {1} times what comes back to {2}.")
    words = words.format(frame.names[0], written(arriving), frame.names[-2])
    if frame.scene.experiment.training.clip is None:
        return Finding(words, True, _tr("Clip gradients at 1"), {"training.clip": 1.0})
    return Finding(words, True)


def _saturated(frame: HealthFrame) -> Finding | None:
    found = [
        (float(one.saturated[0]), name)
        for one, name in zip(frame.distributions.layers, frame.names, strict=True)
        if one.saturated is not None
    ]
    worst, name = max(found, default=(0.0, ""))
    if not worst >= _SATURATED:
        return None
    words = _tr("{0} of the outputs of {1} are saturated: there its activation is flat, and hardly learns.")
    settings = _straightened(frame)
    return Finding(words.format(share(worst), name), True, _tr("Use Leaky ReLU") if settings else "", settings)


def _torn(frame: HealthFrame) -> Finding | None:
    _, most = _least_and_most(frame.values("update"))
    if not most > _TORN:
        return None
    name = frame.names[int(np.nanargmax(frame.values("update")))]
    words = _tr("One step changes {0} by {1} of its weights: the learning rate is very high.")
    return Finding(words.format(name, share(most)), True, _tr("Find a learning rate"))


def _still(frame: HealthFrame) -> Finding | None:
    _, most = _least_and_most(frame.values("update"))
    if not most < _STILL:
        return None
    words = _tr("No step changes any layer by more than {0} of its weights: it has come to rest.")
    return Finding(words.format(share(most)), True, _tr("Find a learning rate"))


def _least_and_most(values: "np.ndarray[Any, np.dtype[np.float64]]") -> tuple[float, float]:
    good = values[np.isfinite(values)]
    return (float(good.min()), float(good.max())) if len(good) else (float("nan"), float("nan"))


def _activations(frame: HealthFrame, layers: list[str], activation: str) -> dict[str, Any]:
    """Return the settings that give hidden layers, by their ids, another activation."""
    hidden = {layer.id for layer in frame.scene.experiment.network.layers}
    return {f"network.layers.{layer}.activation": activation for layer in layers if layer in hidden}


def _straightened(frame: HealthFrame) -> dict[str, Any]:
    """Return the settings that put Leaky ReLU, with start weights that suit it, in the place of what levels off."""
    flat = [layer.id for layer in frame.scene.architecture.dense[:-1] if layer.activation in ("sigmoid", "tanh")]
    return _activations(frame, flat, "leaky_relu") | _starts(frame) if flat else {}


def _starts(frame: HealthFrame) -> dict[str, Any]:
    """Return the settings that give all hidden layers the start weights of He, as far as they have others."""
    return {
        f"network.layers.{layer.id}.initializer": {"kind": "he"}
        for layer in frame.scene.experiment.network.layers
        if isinstance(layer, Dense) and not isinstance(layer.initializer, He)
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("Gradients", text)
