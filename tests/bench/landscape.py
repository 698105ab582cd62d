"""The benchmark of the loss landscape: ratios against a loop through ``nn.Sequential``, and against its arithmetic.

Run by ``python3 packaging/dev.py bench landscape [--json] [--rounds N]``. The loop is what most tools do: write the
weights of a point into the network, run it forward on the samples, take the loss. All its points are the same work, so
on MNIST a tenth of them is timed and multiplied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from torch import nn

from core.datasets.load import load
from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture, architecture
from core.experiment.examples import read_example
from core.experiment.variants import override
from core.landscape.surface import landscape
from core.landscape.values import Ask, LandscapePicture, RandomDirections
from core.training.rows import start_row, to_sequential
from tests.bench.measure import Row, interleaved, options, report, row

LARGE = 3072  # rows and columns of the product whose speed is taken as the processor's


@dataclass(frozen=True)
class Scene:
    """What a landscape is given."""

    architecture: Architecture
    dataset: Dataset


class Case:
    """One network's landscape, the fast way and the plain one."""

    def __init__(self, name: str, resolution: int, samples: int, settings: dict[str, object] | None = None) -> None:
        experiment = override(read_example(name), settings or {})
        dataset = load(experiment.data)
        self.scene = Scene(architecture(experiment, dataset.facts), dataset)
        self.row = start_row(self.scene.architecture, 0).numpy()
        self.ask = Ask(resolution=resolution, samples=samples, levels=())
        self.picture = self._picture(self.ask)

    def _picture(self, ask: Ask) -> LandscapePicture:
        work = landscape(RandomDirections(0), ask)(self.scene, self.row)
        while True:
            try:
                next(work)
            except StopIteration as done:
                found: LandscapePicture = done.value
                return found

    def ours(self) -> float:
        """Return the wall time of the landscape with all that it needs: samples, directions, the true loss."""
        start = perf_counter()
        self._picture(Ask(resolution=self.ask.resolution, samples=self.ask.samples, levels=()))
        return perf_counter() - start

    def loop(self, every: int = 1) -> float:
        """Return the wall time of the loop, of which each ``every``-th point is done."""
        picture, built = self.picture, self.scene.architecture
        base, d1, d2 = (torch.tensor(vector) for vector in (picture.plane.row, picture.plane.d1, picture.plane.d2))
        part, index = self.scene.dataset.train, picture.indices
        start = perf_counter()
        x = torch.tensor(self.scene.dataset.preparation.apply(part.raw[index]))
        labels = torch.tensor(part.labels[index])
        t = labels if built.outputs > 1 else labels.float().unsqueeze(1)
        loss = nn.CrossEntropyLoss() if built.outputs > 1 else nn.BCEWithLogitsLoss()
        network = to_sequential(built, base).eval()
        grid = np.zeros(picture.loss.shape)
        points = list(np.ndindex(*grid.shape))[::every]
        begun = perf_counter()
        with torch.no_grad():
            for j, i in points:
                theta = base + float(picture.xs[i]) * d1 + float(picture.ys[j]) * d2
                nn.utils.vector_to_parameters(theta, network.parameters())
                grid[j, i] = loss(network(x), t).item()
        took = begun - start + (perf_counter() - begun) * grid.size / len(points)
        done = tuple(np.transpose(points))
        np.testing.assert_allclose(picture.loss[done], grid[done], rtol=1e-5)
        return took

    @property
    def operations(self) -> float:
        """The floating-point operations of the fast way: multiplications and additions of its matrix products."""
        first, *upper = self.scene.architecture.dense
        rest = sum(layer.units * layer.inputs for layer in upper)
        points = self.picture.loss.size
        return 2.0 * self.picture.samples * (3 * first.units * first.inputs + points * rest)

    def arithmetic(self) -> float:
        """Return the time that so many operations take at the speed of a large product."""
        a = torch.rand(LARGE, LARGE)
        start = perf_counter()
        torch.mm(a, a)
        return (perf_counter() - start) * self.operations / (2.0 * LARGE**3)


def rows(rounds: int) -> Iterator[Row]:
    """Measure everything."""
    spiral = Case("spiral", 51, 500, {"data.source.samples": 1000})
    assert spiral.picture.samples == 500
    took = interleaved({"loop": spiral.loop, "ours": spiral.ours}, rounds)
    yield row("spiral 2-8-8-1, 51×51, 500 samples: against the loop", took["loop"], took["ours"], 20)
    wide = Case("mnist", 51, 2000)
    took = interleaved({"loop": lambda: wide.loop(10), "ours": wide.ours, "mm": wide.arithmetic}, rounds)
    yield row("MNIST 784-128-64-10, 51×51, 2,000 samples: the loop", took["loop"], took["ours"], 7)
    yield row("  against its arithmetic at the speed of a large mm", took["ours"], took["mm"], 2.5, at_least=False)
    small = Case("mnist", 21, 512)
    took = interleaved({"loop": lambda: small.loop(3), "ours": small.ours}, rounds)
    yield row("MNIST, 21×21, 512 samples: against the loop", took["loop"], took["ours"], 5)


def main() -> int:
    """Print the table; exit 1 if a bar is missed."""
    parser = options(__doc__)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    head = f"{torch.get_num_threads()} threads, torch {torch.__version__}; medians of ratios, with quartiles"
    return report(head, rows(arguments.rounds), arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
