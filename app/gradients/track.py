"""What is raced, and the work of it in the background thread: a course with its losses, and the laps of all racers."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from app.plots.thinning import Floats
from app.work.messages import Probe, Scene
from core.choices.optimizers import OPTIMIZERS, SGD
from core.landscape.courses import COURSES, Lap, Racer
from core.landscape.values import Ask, LandscapePicture, Place, Weight, WeightDirections
from core.pictures.depth import Scale
from core.training.events import Row, SetWeight

STEPS, STEPS_OWN = 100, 50
_POINTS, _POINTS_OWN = 101, 41  # along each axis of the picture
_NEAR = 1.2  # times the loss at the start: places above it do not widen the picture
_FACTOR = 3.0
_DECADES = 3.0  # of losses that are told apart


@dataclass(frozen=True)
class Track:
    """What is raced on: a course by its tag, or two weights of the network, which begin at ``start``."""

    course: str = ""
    weights: tuple[Weight, ...] = ()
    start: Place = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class RaceFrame:
    """A race that is over: losses (m, n) over places xs (n,) and ys (m,), and the laps of all racers."""

    track: Track
    xs: Floats
    ys: Floats
    loss: Floats
    laps: tuple[Lap, ...]

    @property
    def scale(self) -> Scale:
        """The colours of the losses: by their logarithm where they are above 0 and differ by more than a factor."""
        good = self.loss[np.isfinite(self.loss)]
        low, high = (float(good.min()), float(good.max())) if len(good) else (0.0, 1.0)
        if low < 0 or high < _FACTOR * low or high == 0:
            return Scale(False, low, max(high, low + 1e-9))
        top = float(np.log10(high))
        return Scale(True, max(float(np.log10(low)) if low > 0 else -np.inf, top - _DECADES), top)


def racers() -> tuple[Racer, ...]:
    """Return every optimizer of the table as it is by itself, and SGD with momentum."""
    found = [Racer(row.title, row.settings(kind=row.tag)) for row in OPTIMIZERS.values()]
    return (found[0], Racer("Momentum", SGD(learning_rate=0.003, momentum=0.9)), *found[1:])


def racing(track: Track) -> Probe:
    """Return the probe of a race, in which each racer has the learning rate that suits it; its frame is a RaceFrame."""

    def probe(scene: Scene, row: Row) -> Generator[None, None, RaceFrame]:
        from core.landscape.race import fair, on_course, on_network, race

        if track.course:
            slope, start, steps = on_course(COURSES[track.course]), COURSES[track.course].start, STEPS
        else:
            first, second = track.weights
            slope, _ = on_network(scene, row, (first, second))
            start, steps = track.start, STEPS_OWN
        suited = yield from fair(slope, start, racers(), steps)
        laps = yield from race(slope, start, suited, steps)
        xs, ys, loss = _on_course(track) if track.course else (yield from _on_network(track, laps, scene, row))
        return RaceFrame(track, xs, ys, loss, laps)

    return probe


def _on_course(track: Track) -> tuple[Floats, Floats, Floats]:
    course = COURSES[track.course]
    xs, ys = (np.linspace(-reach, reach, _POINTS) for reach in course.reach)
    return xs, ys, course.loss(xs[None, :], ys[:, None])


def _on_network(
    track: Track, laps: tuple[Lap, ...], scene: Scene, row: Row
) -> Generator[None, None, tuple[Floats, Floats, Floats]]:
    """Return the loss where the racers go, as far as they are not thrown off."""
    from core.landscape.surface import landscape

    first, second = track.weights
    at = [weight_place(scene, weight) for weight in (first, second)]
    corners: list[Row] = []
    near = np.concatenate([lap.places[lap.losses <= _NEAR * lap.losses[0]] for lap in laps] + [[track.start]])
    for corner in (near.min(0), near.max(0)):
        found = row.copy()
        found[at] = corner
        corners.append(found)
    ask = Ask(_POINTS_OWN, cover=tuple(corners), square=False, samples=1024, levels=())
    work = landscape(WeightDirections(first, second), ask)(scene, row)
    picture: LandscapePicture = yield from work  # type: ignore[misc]
    return picture.xs, picture.ys, picture.loss


def weight_place(scene: Scene, weight: Weight) -> int:
    """Return where a weight lies in a row."""
    return SetWeight(weight.layer, weight.unit, weight.source, 0.0).place(scene.architecture)


def usual_weights(scene: Scene) -> tuple[Weight, Weight]:
    """Return the two weights that are raced on where none were chosen: the first ones of the output layer."""
    layer = scene.architecture.dense[-1]
    return Weight(layer.id, 0, 0), Weight(layer.id, 0, 1 if layer.inputs > 1 else None)
