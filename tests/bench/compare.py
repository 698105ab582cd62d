"""The benchmark of comparisons: the time of five runs trained together against that of one, the mean of the five.

Run by ``python3 packaging/dev.py bench compare [--json] [--rounds N]``, on the 2-D examples as they are shipped but for
their epochs: what starting costs is left out of both sides.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter

import torch

from core.datasets.load import load
from core.datasets.samples import Dataset
from core.experiment.comparisons import comparison, offer
from core.experiment.examples import read_example
from core.experiment.experiment import Experiment
from core.experiment.variants import Run, expand, override
from core.training.loop import prepare, train
from tests.bench.measure import Row, interleaved, options, report, row

EPOCHS = 20
BAR = 1.8
# Example, the setting that is compared, and its values; without any the first five that "compare …" offers.
CASES: tuple[tuple[str, str, Sequence[object]], ...] = (
    ("spiral", "training.seed", ()),
    ("circle", "training.seed", ()),
    ("xor", "training.optimizer.learning_rate", ()),
    ("gaussians", "training.seed", ()),
    ("plane", "training.optimizer.learning_rate", ()),
    ("overfit", "training.penalty.l2", ()),
    ("dropout", "network.dropout", (0.0, 0.1, 0.2, 0.5, 0.8)),
    ("spiral", "training.optimizer", ("sgd", {"kind": "sgd", "momentum": 0.9}, "adagrad", "rmsprop", "adam")),
)


def seconds(runs: Sequence[Run], dataset: Dataset) -> float:
    """Return the wall time of training runs together, after their start."""
    work = train(prepare(runs, load=lambda data: dataset))
    next(work)
    start = perf_counter()
    for _ in work:
        pass
    return perf_counter() - start


def alone(runs: Sequence[Run], dataset: Dataset) -> float:
    """Return the mean wall time of training each of them alone."""
    return sum(seconds([run], dataset) for run in runs) / len(runs)


def compared(example: str, path: str, values: Sequence[object]) -> Experiment:
    """Return an example with five variants, of so many epochs that none stops early."""
    experiment = override(
        read_example(example),
        {"training.epochs": EPOCHS, "training.early_stopping": None, "training.device": "cpu"},
    )
    offered = offer(experiment, path)
    return comparison(experiment, {path: values or (offered.values[:5] if offered else ())})


def rows(rounds: int) -> Iterator[Row]:
    """Measure everything."""
    for example, path, values in CASES:
        runs = expand(compared(example, path, values))
        dataset = load(runs[0].experiment.data)
        took = interleaved(
            {
                "one": partial(alone, runs, dataset),
                "five": partial(seconds, runs, dataset),
            },
            rounds,
        )
        name = f"{example}, five of {path.rpartition('.')[2]}: time against one run's"
        yield row(name, took["five"], took["one"], BAR, at_least=False)


def main() -> int:
    """Print the table; exit 1 if a bar is missed."""
    arguments = options(__doc__).parse_args()
    head = f"{torch.get_num_threads()} threads, torch {torch.__version__}; medians of ratios, with quartiles"
    return report(head, rows(arguments.rounds), arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
