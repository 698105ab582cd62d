"""The optimizer race: several optimizers on one loss of two weights, from one start.

The directions come from where training takes them, ``core/training/directions.py``. The gradient is that of a course
with a known formula, or of a network with all but two of its weights held.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from core.choices.fields import Mistake
from core.landscape.courses import Course, Lap, Racer
from core.landscape.sample import Sample
from core.landscape.scene import Scene, Slices
from core.landscape.values import Floats, Place, Weight, frozen
from core.training.directions import Directions, decay, same_direction
from core.training.events import Row, SetWeight
from core.training.rows import views

MOST_STEPS = 2000
# A slope is given places (K, 2) and tells the loss (K,) and its gradient (K, 2) there, in slices.
Slope = Callable[[Tensor], Slices[tuple[Tensor, Tensor]]]

_LADDER = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_SAMPLES = 1024
# What torch calls the momentum of an optimizer.
_MOMENTA = ("momentum_buffer", "exp_avg")


def on_course(course: Course) -> Slope:
    """Return the slope of a course."""

    def slope(places: Tensor) -> Slices[tuple[Tensor, Tensor]]:
        w1, w2 = places.unbind(1)
        yield
        return course.loss(w1, w2), torch.stack(course.gradient(w1, w2), 1)

    return slope


def on_network(scene: Scene, row: Row, weights: tuple[Weight, Weight]) -> tuple[Slope, Place]:
    """Return the slope over two weights of a network, and where they are now; all other weights are held.

    The loss is the mean over up to 1,024 training samples, with dropout off and without the penalty. Raises Mistake
    where the network does not have these weights or they are the same.
    """
    at = [SetWeight(one.layer, one.unit, one.source, 0.0).place(scene.architecture) for one in weights]
    if at[0] == at[1]:
        raise Mistake(f"race: expected two weights, got {weights[0].path} twice; choose another one")
    base = torch.tensor(np.asarray(row), dtype=torch.float64)
    sample = Sample(scene, "train", _SAMPLES, torch.float64)

    def slope(places: Tensor) -> Slices[tuple[Tensor, Tensor]]:
        theta = base.repeat(len(places), 1)
        theta[:, at] = places
        network, part = views(theta, scene.architecture), torch.zeros_like(theta)
        gradient, loss = torch.zeros_like(places), places.new_zeros(len(places))
        off = [theta.new_ones(1)] * len(scene.architecture.dropouts)
        size = max(1, sample.size // (3 * len(places)))
        for start in range(0, len(sample), size):
            x, t = (some[start : start + size].expand(len(places), -1, -1) for some in (sample.x, sample.t))
            z, tape = sample.passes.forward(network, x, off)
            loss += sample.passes.loss.terms(sample.passes.scored(z), t).sum(1)
            delta = sample.passes.output_delta(z, t, 1 / len(sample))
            sample.passes.backward(network, views(part, scene.architecture), tape, delta)
            gradient += part[:, at]
            yield
        return loss / len(sample), gradient

    return slope, (float(base[at[0]]), float(base[at[1]]))


def race(slope: Slope, start: Place, racers: Sequence[Racer], steps: int) -> Slices[tuple[Lap, ...]]:
    """Return the laps of all racers; yield after each slice of a step. Raises Mistake for a bad number of steps."""
    if not 1 <= steps <= MOST_STEPS:
        raise Mistake(f"race: expected 1 to {MOST_STEPS} steps, got {steps}")
    theta = torch.tensor([start] * len(racers), dtype=torch.float64)
    gradient = torch.zeros_like(theta)
    teams = _teams(racers, gradient)
    places, losses, gradients, momenta = [theta.clone()], list[Tensor](), list[Tensor](), list[Tensor]()
    for _ in range(steps):
        loss, found = yield from slope(theta)
        gradient.copy_(found)
        momentum = torch.full_like(theta, torch.nan)
        for team in teams:
            team.step(theta, momentum)
        losses.append(loss)
        gradients.append(found)
        momenta.append(momentum)
        places.append(theta.clone())
    losses.append((yield from slope(theta))[0])
    told = tuple(torch.stack(part, 1).numpy() for part in (places, losses, gradients, momenta))
    return tuple(_lap(racer, *(part[place] for part in told)) for place, racer in enumerate(racers))


def fair(slope: Slope, start: Place, racers: Sequence[Racer], steps: int) -> Slices[tuple[Racer, ...]]:
    """Return the racers, each with the learning rate out of 0.001, 0.003, 0.01 … 10 that gets it lowest in these steps.

    So nobody loses for a rate that suits another optimizer. A rate whose last loss is not finite is not taken.
    """
    tried = [
        Racer(racer.name, racer.optimizer.model_copy(update={"learning_rate": rate}))
        for racer in racers
        for rate in _LADDER
    ]
    laps = yield from race(slope, start, tried, steps)
    found = []
    for place, racer in enumerate(racers):
        mine = laps[place * len(_LADDER) : (place + 1) * len(_LADDER)]
        best = min(mine, key=lambda lap: np.inf if lap.diverged else lap.losses[-1])
        found.append(racer if best.diverged else replace(racer, optimizer=best.racer.optimizer))
    return tuple(found)


class _Team:
    """Racers side by side whose directions one optimizer finds."""

    def __init__(self, racers: Sequence[Racer], span: slice, gradient: Tensor) -> None:
        self.span = span
        self.directions = Directions(racers[0].optimizer, gradient[span], [{}] * len(racers))
        self.rates = gradient.new_tensor([[racer.optimizer.learning_rate] for racer in racers])
        self.shrink = 1 - self.rates * gradient.new_tensor([[decay(racer.optimizer)] for racer in racers])

    def step(self, theta: Tensor, momentum: Tensor) -> None:
        """Move the rows (K, 2) of the team, and write what momentum they have into theirs."""
        rows = theta[self.span].mul_(self.shrink)
        direction = self.directions.find()
        rows.addcmul_(direction, self.rates)
        direction.zero_()
        for place in range(len(rows)):
            state = self.directions.state(place)
            for name in _MOMENTA:
                if name in state:
                    momentum[self.span.start + place] = state[name]


def _teams(racers: Sequence[Racer], gradient: Tensor) -> list[_Team]:
    teams, start = [], 0
    for stop in range(1, len(racers) + 1):
        if stop == len(racers) or not same_direction(racers[start].optimizer, racers[stop].optimizer):
            teams.append(_Team(racers[start:stop], slice(start, stop), gradient))
            start = stop
    return teams


def _lap(racer: Racer, places: Floats, losses: Floats, gradients: Floats, momenta: Floats) -> Lap:
    good = np.isfinite(places).all(1) & np.isfinite(losses)
    kept = len(good) if good.all() else max(int(good.argmin()), 1)
    places, losses = places[:kept].copy(), losses[:kept].copy()
    gradients, momenta = gradients[: kept - 1].copy(), momenta[: kept - 1].copy()
    pushed = None if np.isnan(momenta).all() else frozen(momenta)
    steps = np.diff(places, axis=0)
    return Lap(racer, frozen(places), frozen(losses), frozen(gradients), pushed, frozen(steps), kept < len(good))
