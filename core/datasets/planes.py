"""Points of the plane: the sets that are drawn by formula, and those drawn by hand.

Every maker takes its row's settings and returns exactly ``samples`` points, raw (n, 2) float64, mostly within −6…6.
One generator, seeded once, draws places first and straying last, so that a seed means the same places at any noise.

circle, xor, gaussians, spiral, plane and multi_gaussian are those of TensorFlow Playground, whose noise slider of
0…50 is our 0…0.5: https://github.com/tensorflow/playground/blob/master/src/dataset.ts. There and here the noise of
circle, xor and the regressions does not move the point that is shown: it decides the label, as if measured badly.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.choices.datasets import (
    Checkerboard,
    Circle,
    Gaussians,
    Moons,
    MultiGaussian,
    PassTheClass,
    Plane,
    Points,
    Rings,
    Ripple,
    SlantedPlane,
    Spiral,
    Xor,
)
from core.datasets.samples import Samples

Floats = NDArray[np.float64]

CIRCLE = 5.0  # radius of the whole of circle, spiral and rings; half the side of xor and checkerboard
REACH = 6.0  # half the side of the square of the regressions
PADDING = 0.3  # between the squares of xor
MOON = 3.3  # radius of a moon
BUMPS = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))


def circle(settings: Circle) -> Samples:
    """Return a disc (+1) in a ring (−1), with nothing in between. Source: Playground's classifyCircleData."""
    rng = np.random.default_rng(settings.seed)
    inside, outside = _shares(settings.samples, 2)
    radius = np.concatenate([rng.uniform(0, CIRCLE / 2, inside), rng.uniform(0.7 * CIRCLE, CIRCLE, outside)])
    points = _around(radius, rng.uniform(0, 2 * np.pi, settings.samples))
    strayed = points + _straying(rng, settings, CIRCLE)
    return _classes(points, np.hypot(*strayed.T) < CIRCLE / 2)


def xor(settings: Xor) -> Samples:
    """Return four squares, opposite ones alike: +1 where x₁·x₂ ≥ 0. Source: Playground's classifyXORData."""
    rng = np.random.default_rng(settings.seed)
    points = rng.uniform(-CIRCLE, CIRCLE, (settings.samples, 2))
    points += np.where(points > 0, PADDING, -PADDING)
    strayed = points + _straying(rng, settings, CIRCLE)
    return _classes(points, strayed[:, 0] * strayed[:, 1] >= 0)


def gaussians(settings: Gaussians) -> Samples:
    """Return clouds around (2, 2), +1, and (−2, −2), −1, whose variance is 0.5 and grows by 7 × noise.

    Source: Playground's classifyTwoGaussData.
    """
    rng = np.random.default_rng(settings.seed)
    positive, negative = _shares(settings.samples, 2)
    centre = np.repeat([2.0, -2.0], [positive, negative])[:, None]
    points = centre + np.sqrt(0.5 + 7 * settings.noise) * rng.standard_normal((settings.samples, 2))
    return _classes(points, centre[:, 0] > 0)


def spiral(settings: Spiral) -> Samples:
    """Return arms of 1¾ turns, evenly turned against each other: r = 5i/n, φ = 3.5πi/n + 2πa/arms for i < n.

    Of two arms the first is +1; of more, arm a is class a. Source: Playground's classifySpiralData.
    """
    rng = np.random.default_rng(settings.seed)
    counts = _shares(settings.samples, settings.arms)
    way = np.concatenate([np.arange(count) / count for count in counts])
    arm = np.repeat(np.arange(settings.arms), counts)
    points = _around(CIRCLE * way, 3.5 * np.pi * way + 2 * np.pi * arm / settings.arms)
    return _classes(points + _straying(rng, settings, 1), arm == 0 if settings.arms == 2 else arm)


def moons(settings: Moons) -> Samples:
    """Return two half circles that reach into each other, the upper one +1; at noise 0.5 they touch.

    Source: scikit-learn's make_moons, turned around the middle and enlarged to ±5.
    """
    rng = np.random.default_rng(settings.seed)
    upper = np.repeat([True, False], _shares(settings.samples, 2))
    angle = rng.uniform(0, np.pi, settings.samples)
    half = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    # The lower moon is the upper one turned by 180° about the middle.
    points = MOON * np.where(upper[:, None], half, -half)
    return _classes(points + _straying(rng, settings, MOON / 2), upper)


def rings(settings: Rings) -> Samples:
    """Return k rings of radius 5(2i − 1)/(2k − 1), i = 1…k; at noise 0.5 they touch.

    Of two rings the inner one is +1; of more, ring i is class i − 1.
    """
    rng = np.random.default_rng(settings.seed)
    ring = np.repeat(np.arange(settings.rings), _shares(settings.samples, settings.rings))
    gap = 2 * CIRCLE / (2 * settings.rings - 1)
    points = _around(gap * (ring + 0.5), rng.uniform(0, 2 * np.pi, settings.samples))
    return _classes(points + _straying(rng, settings, gap), ring == 0 if settings.rings == 2 else ring)


def checkerboard(settings: Checkerboard) -> Samples:
    """Return a board of squares, +1 where column + row is even; two squares a side are xor without its padding."""
    rng = np.random.default_rng(settings.seed)
    side = 2 * CIRCLE / settings.squares
    points = rng.uniform(-CIRCLE, CIRCLE, (settings.samples, 2))
    strayed = points + _straying(rng, settings, side)
    square = np.floor((strayed + CIRCLE) / side).astype(np.int64)
    return _classes(points, square.sum(axis=1) % 2 == 0)


def plane(settings: SlantedPlane) -> Samples:
    """Return points with the value (x₁ + x₂)/10. Source: Playground's regressPlane."""
    points, strayed = _square(settings)
    return Samples(points, strayed.sum(axis=1) / 10)


def multi_gaussian(settings: MultiGaussian) -> Samples:
    """Return points with the height of the nearest of six bumps, ±(1 − distance/2), 0 beyond a distance of 2.

    Source: Playground's regressGaussian.
    """
    points, strayed = _square(settings)
    bumps = np.array(BUMPS)
    distance = np.hypot(strayed[:, :1] - bumps[:, 0], strayed[:, 1:] - bumps[:, 1])
    heights = np.clip(1 - distance / 2, 0, 1)
    highest = heights.argmax(axis=1)
    return Samples(points, bumps[highest, 2] * heights.max(axis=1))


def ripple(settings: Ripple) -> Samples:
    """Return points with the value cos(2r)·e^(−r/4), r the distance from the centre."""
    points, strayed = _square(settings)
    radius = np.hypot(*strayed.T)
    return Samples(points, np.cos(2 * radius) * np.exp(-radius / 4))


def pass_the_class(settings: PassTheClass) -> Samples:
    """Return past students: (lectures attended of 10, hours on the project, 0 to 12), and whether they passed.

    A student passes with the probability σ(0.9·(lectures − 4) + 0.7·(hours − 5) + 0.4): with 4 lectures and 5 hours
    three times in five. The question is the lecture's; its numbers are not published, these are made up.
    """
    rng = np.random.default_rng(settings.seed)
    diligence = rng.beta(1.6, 2.0, settings.samples)
    lectures = rng.binomial(10, diligence)
    hours = np.round(12 * rng.beta(1.6, 2.2, settings.samples), 1)
    chance = 1 / (1 + np.exp(-(0.9 * (lectures - 4) + 0.7 * (hours - 5) + 0.4)))
    passed = rng.uniform(size=settings.samples) < chance
    return _classes(np.stack([lectures.astype(np.float64), hours], axis=1), passed)


def points(settings: Points) -> Samples:
    """Return the points drawn by hand, in the order in which they were drawn."""
    drawn = np.array(settings.points, dtype=np.float64).reshape(-1, 3)
    return _classes(np.ascontiguousarray(drawn[:, :2]), drawn[:, 2])


def _shares(samples: int, classes: int) -> list[int]:
    # As even as can be: the first few classes take what is left over.
    each, rest = divmod(samples, classes)
    return [each + (i < rest) for i in range(classes)]


def _around(radius: NDArray[np.floating[Any]], angle: Floats) -> Floats:
    # Playground's way round: the angle counts clockwise, from above.
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)


def _straying(rng: np.random.Generator, settings: Plane, reach: float) -> Floats:
    reach *= settings.noise
    return rng.uniform(-reach, reach, (settings.samples, 2))


def _square(settings: Plane) -> tuple[Floats, Floats]:
    """Return points of the square −6…6 and where the noise moves them."""
    rng = np.random.default_rng(settings.seed)
    drawn = rng.uniform(-REACH, REACH, (settings.samples, 2))
    return drawn, drawn + _straying(rng, settings, REACH)


def _classes(raw: Floats, labels: NDArray[np.generic]) -> Samples:
    return Samples(raw, labels.astype(np.int64))
