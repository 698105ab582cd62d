"""The benchmark of the live landscape: redraws a second, what they cost training, how late the event loop is.

Run by ``python3 packaging/dev.py bench live-landscape [--json] [--rounds N]``. Training with the tab open, centred on
the run so that each picture is another one, and training without a window alternate in one process, a ratio per round.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.landscape.frames import LandscapeFrame
from app.landscape.part import LandscapePart
from core.datasets.load import load
from core.experiment.experiment import Experiment
from core.landscape.values import LandscapePicture
from tests.bench.measure import Row, row
from tests.bench.window import MNIST, SPIRAL, Headless, Windowed, endless, figure, main, wait


class Open(Windowed):
    """The program with the landscape tab open."""

    def __init__(self, experiment: Experiment, *, surface: bool = True) -> None:
        super().__init__(experiment)
        part = self.program.findChild(LandscapePart)
        assert part is not None
        self.part = part
        self.part.surface.setChecked(surface)
        self.program.window.bottom.show_tab("landscape")
        self.part.widget.form.choose(replace(self.part.widget.form.chosen, kind="random", look="now"))
        self.pictures: list[LandscapePicture] = []
        self.part.watcher.framed.connect(self._framed)
        wait(1.0)

    def _framed(self, frame: Any) -> None:
        if self.paints.on and isinstance(frame, LandscapeFrame):
            self.pictures.append(frame.picture)


def rows_of(name: str, experiment: Experiment, redraws: float, points: int, rounds: int) -> Iterator[Row]:
    """Measure one network."""
    windowed, headless = Open(experiment), Headless(experiment)
    windowed.train()
    headless.train()
    windowed.lateness.late.clear()
    windowed.pictures.clear()
    windowed.seconds = 0.0
    pairs = [(headless.train(), windowed.train()) for _ in range(rounds)]
    final = {id(picture): picture for picture in windowed.pictures if picture.final}
    sides = {len(picture.xs) for picture in final.values()}
    if sides != {points}:
        raise AssertionError(f"expected pictures of {points}×{points}, got sides of {sorted(sides)}")
    yield row(f"{name}: steps/s kept with the landscape open", [p[0] for p in pairs], [p[1] for p in pairs], 0.6)
    rate = len(final) / windowed.seconds
    yield figure(f"  new pictures a second, {points}×{points}", rate, redraws, at_least=True)
    yield figure("  lateness of the event loop, p99, ms", windowed.lateness.p99(), 33)
    yield figure("  lateness of the event loop, most, ms", max(windowed.lateness.late), 150)
    windowed.close()


def rows(rounds: int) -> Iterator[Row]:
    """Measure everything."""
    yield from rows_of("spiral 5-8-8-1", endless(SPIRAL, 100_000), 5, 25, rounds)
    mnist = endless(MNIST, 1_000)
    load(mnist.data)
    yield from rows_of("MNIST 784-128-64-10", mnist, 2, 21, rounds)


if __name__ == "__main__":
    raise SystemExit(main(__doc__, rows))
