"""The benchmark of training: ratios against plain PyTorch loops, printed as a table or as JSON.

Run by ``python3 packaging/dev.py bench [--json]``. MNIST is looked for as the program looks for it, and beside the
checkout in shared/mnist; without it those lines are left out and said so.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from time import perf_counter

import torch

from core.datasets.load import load
from core.datasets.samples import Dataset
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Run, override
from core.training.loop import prepare, train
from tests.bench import plain
from tests.bench.measure import ROOT, Row, interleaved, options, report, row


def network(*layers: str | int | float) -> list[dict[str, object]]:
    """Return layers as a file holds them: 8 is a dense layer of 8 units, 0.2 a dropout layer."""
    activation = layers[0]
    return [
        {"kind": "dropout", "rate": layer}
        if isinstance(layer, float)
        else {"kind": "dense", "units": layer, "activation": activation}
        for layer in layers[1:]
    ]


def small(optimizer: str, dropout: bool = False) -> Experiment:
    """2-8-8-1, tanh, batch 10."""
    layers = network("tanh", 8, 0.2, 8, 0.2) if dropout else network("tanh", 8, 8)
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 500}, "validation": 0.0},
            "network": {"layers": layers},
            "training": {"optimizer": optimizer, "batch_size": 10, "epochs": 1},
        }
    )


MNIST = {
    "data": {"source": "mnist"},
    "network": {"layers": network("relu", 128, 0.3, 64, 0.3)},
    "training": {"loss": "cross_entropy", "optimizer": "adam", "batch_size": 128},
}


def ours(experiment: Experiment, dataset: Dataset, runs: int, epochs: int, device: str = "cpu") -> float:
    """Return the wall time of training ``runs`` runs with seeds of their own, preparation not counted."""
    base = override(experiment, {"training.epochs": epochs, "training.device": device})
    job = prepare(
        [Run(str(seed), override(base, {"training.seed": seed})) for seed in range(runs)], load=lambda data: dataset
    )
    work = train(job)
    next(work)
    start = perf_counter()
    for _ in work:
        pass
    if device == "cuda":
        torch.cuda.synchronize()
    return perf_counter() - start


def between(few: int, many: int, timed: Callable[[int], float]) -> float:
    """Return the wall time of the epochs between ``few`` and ``many``: what starting costs cancels out."""
    return timed(many) - timed(few)


def small_rows(rounds: int) -> Iterator[Row]:
    """2-8-8-1 against the plain loop, steps a second; one run, and 16 runs together."""
    epochs = 20
    steps = epochs * 50

    def measured(optimizer: str) -> dict[str, list[float]]:
        experiment, dropped = small(optimizer), small(optimizer, dropout=True)
        dataset = load(experiment.data)

        def loop(dropout: bool) -> float:
            return plain.seconds(plain.small_network(dropout), optimizer, dataset, 10, epochs, usual=False) / steps

        return interleaved(
            {
                "plain": lambda: loop(False),
                "one": lambda: ours(experiment, dataset, 1, epochs) / steps,
                "16": lambda: ours(experiment, dataset, 16, epochs) / steps,
                "plain dropout": lambda: loop(True),
                "16 dropout": lambda: ours(dropped, dataset, 16, epochs) / steps,
            },
            rounds,
        )

    for title, optimizer, single, many in (("SGD", "sgd", 3.5, 20), ("fused Adam", "adam", 2.5, 18)):
        took = measured(optimizer)
        yield row(f"2-8-8-1, {title}: steps/s against the plain loop", took["plain"], took["one"], single)
        yield row("  16 runs: run-steps/s against the plain loop", took["plain"], took["16"], many, scale=16)
        name = "  16 runs with dropout: run-steps/s against the plain loop's"
        yield row(name, took["plain dropout"], took["16 dropout"], 10, scale=16)


def mnist_rows(rounds: int) -> Iterator[Row]:
    """MNIST 784-128-64-10, batch 128, Adam: wall time of 6 epochs minus that of 2; 5 runs together; memory."""
    experiment = read_experiment(MNIST)
    dataset = load(experiment.data)

    def loop(usual: bool) -> float:
        return between(2, 6, lambda n: plain.seconds(plain.mnist_network(), "adam", dataset, 128, n, usual))

    figures = interleaved(
        {
            "plain": lambda: loop(False),
            "ours": lambda: between(2, 6, lambda n: ours(experiment, dataset, 1, n)),
            "loader": lambda: loop(True),
        },
        rounds,
    )
    yield row("MNIST, 4 epochs: against the plain loop", figures["plain"], figures["ours"], 1.1)
    yield row("MNIST, 4 epochs: against the DataLoader loop", figures["loader"], figures["ours"], 1.6)
    stacked = interleaved(
        {
            "alone": lambda: sum(ours(experiment, dataset, 1, 1) for _ in range(5)),
            "together": lambda: ours(experiment, dataset, 5, 1),
        },
        rounds,
    )
    yield row("MNIST, 5 runs one after the other against 5 stacked", stacked["alone"], stacked["together"], 1.0)
    if torch.cuda.is_available():
        gpu = interleaved(
            {
                "one": lambda: ours(experiment, dataset, 1, 2, "cuda"),
                "five": lambda: ours(experiment, dataset, 5, 2, "cuda"),
            },
            rounds,
        )
        yield row("MNIST on the GPU: 5 stacked against one", gpu["five"], gpu["one"], 1.5, at_least=False)
    if sys.platform == "win32":
        return  # which tells no peak without a package
    memory = [[float(_peak(kind)) for _ in range(3)] for kind in ("ours", "plain")]
    yield row("MNIST: peak memory against the plain loop's", memory[0], memory[1], 1.2, at_least=False)


def _peak(kind: str) -> int:
    """Return the peak memory in bytes of a fresh process that trains MNIST for one epoch."""
    result = subprocess.run(
        [sys.executable, __file__, "--peak", kind], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return int(result.stdout)


def _train_for_peak(kind: str) -> None:
    experiment = read_experiment(MNIST)
    dataset = load(experiment.data)
    if kind == "ours":
        ours(experiment, dataset, 1, 1)
    else:
        plain.seconds(plain.mnist_network(), "adam", dataset, 128, 1, usual=False)
    print(_own_peak())


def _own_peak() -> int:
    """Return the peak memory of this process in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage: on Linux its peak is at least what the parent had when it started this process.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def main() -> int:
    """Print the table; exit 1 if a bar is missed."""
    parser = options(__doc__)
    parser.add_argument("--peak", choices=["ours", "plain"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        _train_for_peak(arguments.peak)
        return 0
    head = f"{torch.get_num_threads()} threads, torch {torch.__version__}; medians of ratios, with quartiles"
    return report(head, chain(small_rows(arguments.rounds), mnist_rows(arguments.rounds)), arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
