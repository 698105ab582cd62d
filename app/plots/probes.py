"""The probes that canvas and output view ask for. Their modules import torch, so they are made where they run."""

import itertools
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.plots.handwriting import Image
from app.work.messages import Probe, Scene
from core.training.events import Row

Work = Generator[None, None, Any]
Pair = tuple[NDArray[Any], NDArray[Any]]


def weights(scene: Scene, row: Row) -> Generator[None, None, list[Pair]]:
    """The probe of the canvas' links: weights (units, inputs) and biases (units,) of each dense layer, copied."""
    yield
    return [(np.array(weight), np.array(bias)) for _layer, weight, bias in scene.architecture.split(row)]


def together(probes: Mapping[str, Probe]) -> Probe:
    """Return the probe of several views that are to be painted together; its frames are theirs by name."""

    def probe(scene: Scene, row: Row) -> Generator[None, None, dict[str, Any]]:
        frames = {}
        for name, one in probes.items():
            frames[name] = yield from one(scene, row)
        return frames

    return probe


def seldom(probe: Probe, count: int) -> Probe:
    """Return a probe whose first frame, and each ``count``-th after it, is that of ``probe``; the others are None."""
    frames = itertools.count()

    def some(scene: Scene, row: Row) -> Work:
        return (yield from probe(scene, row)) if next(frames) % count == 0 else None

    return some


def plane(**options: Any) -> Probe:
    """Return the probe of the plane with the options of core.probes.plane.plane; its frames are PlanePicture."""
    made: list[Any] = []  # once: it keeps its grid from frame to frame

    def probe(scene: Scene, row: Row) -> Work:
        from core.probes.plane import plane as make

        if not made:
            made.append(make(**options))
        return (yield from made[0](scene, row))

    return probe


def images(units: range) -> Probe:
    """Return the probe of the first layer's weights as images; its frames are WeightsPicture."""

    def probe(scene: Scene, row: Row) -> Work:
        from core.probes.digits import weights as make

        return (yield from make(units)(scene, row))

    return probe


def classify(image: Image) -> Probe:
    """Return the probe of one image; its frames are DigitPicture."""

    def probe(scene: Scene, row: Row) -> Work:
        from core.probes.digits import classify as make

        return (yield from make(image)(scene, row))

    return probe


def report(scene: Scene, row: Row) -> Work:
    """The probe of all answers on the test part; its frames are ReportPicture."""
    from core.probes.digits import report as make

    return (yield from make()(scene, row))


def answer(points: Sequence[tuple[float, float]], start: Row) -> Probe:
    """Return the probe of what is said of points before training and now; its frames are AnswerPicture."""

    def probe(scene: Scene, row: Row) -> Work:
        from core.probes.plane import answer as make

        return (yield from make(points, start)(scene, row))

    return probe
