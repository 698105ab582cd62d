"""The probes that canvas and output view ask for. Their modules import torch, so they are made where they run."""

import itertools
from collections.abc import Generator, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.plots.handwriting import Image
from app.work.messages import Probe, Scene
from core.experiment.training import Training
from core.training.events import Row, Stepped

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


def late(module: str, name: str, *arguments: Any, **options: Any) -> Probe:
    """Return the probe that a maker returns, whose module imports torch: it is made at the first frame, where it runs.

    Once, for some keep something from frame to frame.
    """
    made: list[Probe] = []

    def probe(scene: Scene, row: Row) -> Work:
        if not made:
            made.append(getattr(import_module(module), name)(*arguments, **options))
        return (yield from made[0](scene, row))

    return probe


def plane(**options: Any) -> Probe:
    """Return the probe of the plane with the options of core.probes.plane.plane; its frames are PlanePicture."""
    return late("core.probes.plane", "plane", **options)


def images(units: range) -> Probe:
    """Return the probe of the first layer's weights as images; its frames are WeightsPicture."""
    return late("core.probes.digits", "weights", units)


def classify(image: Image) -> Probe:
    """Return the probe of one image; its frames are DigitPicture."""
    return late("core.probes.digits", "classify", image)


def report() -> Probe:
    """Return the probe of all answers on the test part; its frames are ReportPicture."""
    return late("core.probes.digits", "report")


def answer(points: Sequence[tuple[float, float]], start: Row) -> Probe:
    """Return the probe of what is said of points before training and now; its frames are AnswerPicture."""
    return late("core.probes.plane", "answer", points, start)


def flow(stepped: Stepped, weight: tuple[str, int, int | None] | None) -> Probe:
    """Return the probe of a step in numbers, with the chain of a weight; its frames are FlowPicture."""
    return late("core.probes.gradients", "flow", stepped, weight)


def trial(weight: tuple[str, int, int | None], training: Training) -> Probe:
    """Return the probe of a weight's chain where no step was told; its frames are FlowPicture of no step."""
    return late("core.probes.gradients", "trial", weight, training)


def slope() -> Probe:
    """Return the probe of all gradients over training samples; its frames are SlopePicture."""
    return late("core.probes.gradients", "slope")
