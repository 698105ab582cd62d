"""The probes that the output view asks for. Their modules import torch, so they are made where they run."""

from collections.abc import Generator, Sequence
from typing import Any

from app.plots.handwriting import Image
from app.work.messages import Probe, Scene
from core.training.events import Row

Work = Generator[None, None, Any]


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
