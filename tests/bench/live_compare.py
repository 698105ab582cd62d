"""The benchmark of a comparison that is looked at: five boundaries and five curves live, and what they cost training.

Run by ``python3 packaging/dev.py bench live-compare [--json] [--rounds N]``. Training with the Compare tab open and
training without a window alternate in one process, a ratio per round.
"""

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from core.datasets.load import load
from core.experiment.examples import read_example
from core.experiment.experiment import Experiment
from core.experiment.variants import expand, override
from tests.bench.measure import Row, row
from tests.bench.window import Headless, Paints, Windowed, figure, main, wait


class Open(Windowed):
    """The program with the Compare tab open."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self.program.window.bottom.show_tab("compare")
        widget = self.program.multiples.widget
        views: dict[str, QWidget] = {"pictures": widget.mosaic, "curves": widget.losses.board.viewport()}
        self.paints = Paints(views)
        self.frames = 0
        self.program.session.framed.connect(self._framed)
        wait(1.0)

    def _framed(self, view: str, _picture: object) -> None:
        self.frames += self.paints.on and view.startswith("multiple-")


class Together(Headless):
    """All runs in a thread of their own, with nothing to draw."""

    def __init__(self, experiment: Experiment) -> None:
        from core.training.loop import prepare, train

        self.work = train(prepare(expand(experiment), load=load))
        next(self.work)


def rows_of(name: str, rounds: int) -> Iterator[Row]:
    """Measure one example."""
    experiment = override(read_example(name), {"training.epochs": 100_000, "training.early_stopping": None})
    windowed, headless = Open(experiment), Together(experiment)
    runs = len(experiment.variants)
    windowed.train()
    headless.train()
    windowed.lateness.late.clear()
    windowed.paints.counts = dict.fromkeys(windowed.paints.counts, 0)
    windowed.seconds, windowed.frames = 0.0, 0
    pairs = [(headless.train(), windowed.train()) for _ in range(rounds)]
    yield row(f"{name}, {runs} runs: steps/s kept", [p[0] for p in pairs], [p[1] for p in pairs], 0.7)
    rate = windowed.frames / runs / windowed.seconds
    yield figure("  new boundaries of each run a second", rate, 10, at_least=True)
    for view, count in windowed.paints.counts.items():
        yield figure(f"  {view}: redraws a second", count / windowed.seconds, 10, at_least=True)
    yield figure("  lateness of the event loop, p99, ms", windowed.lateness.p99(), 33)
    windowed.close()


def rows(rounds: int) -> Iterator[Row]:
    """Measure everything."""
    yield from rows_of("optimizers", rounds)


if __name__ == "__main__":
    raise SystemExit(main(__doc__, rows))
