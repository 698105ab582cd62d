"""The ready-made experiments: each can be read, trained, and shows what it promises."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch

from core.choices.fields import Mistake
from core.datasets.load import load
from core.exchange.model import Model
from core.experiment.architecture import architecture
from core.experiment.examples import FOLDER, example_names, read_example
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout
from core.experiment.problems import problems
from core.experiment.variants import Run, expand, override
from core.training.events import Ended
from core.training.loop import prepare, train
from core.training.rows import start_row

NAMES = example_names()
WANTED = {
    "spiral",
    "circle",
    "xor",
    "gaussians",
    "pass-the-class",
    "plane",
    "perceptron",
    "overfit",
    "dropout",
    "optimizers",
    "learning-rates",
    "batch-sizes",
    "seeds",
    "digits",
    "mnist",
}
SEEDS = range(8)


def ended(experiment: Experiment, seeds: Iterable[int] = (0,)) -> dict[str, list[Ended]]:
    """Train all variants from these seeds in one job; return how each ended, by the variant's name."""
    runs = [
        Run(run.name, override(run.experiment, {"training.seed": seed})) for seed in seeds for run in expand(experiment)
    ]
    ends: dict[int, Ended] = {}
    for events in train(prepare(runs)):
        ends |= {event.run: event for event in events if isinstance(event, Ended)}
    found: dict[str, list[Ended]] = {}
    for place, run in enumerate(runs):
        found.setdefault(run.name, []).append(ends[place])
    return found


def last(ends: Iterable[Ended]) -> list[float]:
    """Return the validation losses of the last epochs, infinite where a run diverged."""
    return [float("inf") if end.outcome == "diverged" else end.last.validation_loss or 0.0 for end in ends]


def test_all_are_there() -> None:
    assert set(NAMES) >= WANTED


def test_an_unknown_name_is_a_mistake() -> None:
    with pytest.raises(Mistake, match=r'expected the name of an example, one of .*spiral.*, got "spira"'):
        read_example("spira")


@pytest.mark.parametrize("name", NAMES)
class TestEach:
    def test_has_no_error(self, name: str) -> None:
        found = problems(read_example(name), free=lambda: None)
        assert not [problem for problem in found if problem.severity == "error"]

    def test_has_a_warning_only_where_it_shows_a_fault(self, name: str) -> None:
        assert bool(problems(read_example(name), free=lambda: None)) == (name == "learning-rates")

    def test_has_a_name_and_asks_a_question(self, name: str) -> None:
        example = read_example(name)
        assert example.name not in ("", "Untitled")
        assert example.question.endswith("?")
        assert len(example.question) < 130

    def test_is_the_same_at_each_reading(self, name: str) -> None:
        assert read_example(name) == read_example(name)

    def test_names_its_layers(self, name: str) -> None:
        layers = read_example(name).network.layers
        names = [layer.name for layer in layers]
        assert len(set(names)) == len(names)
        assert [layer.id for layer in layers] == [layer.name.lower().replace(" ", "-") for layer in layers]

    def test_has_variants_with_names_of_their_own(self, name: str) -> None:
        runs = expand(read_example(name))
        assert len({run.name for run in runs}) == len(runs)

    def test_says_only_what_differs_from_the_defaults(self, name: str) -> None:
        written = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        assert set(written) <= {"name", "question", "data", "network", "training", "variants"}
        for part in ("data", "training"):
            defaults = Experiment().model_dump(mode="json")[part]
            for setting, value in written.get(part, {}).items():
                assert value != defaults[setting] or setting == "validation", f"{part}.{setting}"


def test_the_perceptron_is_the_lectures() -> None:
    experiment = read_example("perceptron")
    built = architecture(experiment)
    dataset = load(experiment.data)
    model = Model(built, start_row(built, 0, torch.float64).numpy(), dataset.preparation, dataset.facts)
    assert experiment.network.layers == ()
    outputs = model.predict(np.array([[-1.0, 2.0], [4.0, 2.0]]))
    assert outputs[:, 0] == pytest.approx([1 / (1 + np.exp(6)), 1 / (1 + np.exp(-9))], rel=1e-12)


def test_mnist_is_the_lectures_complete_example() -> None:
    experiment = read_example("mnist")
    training = experiment.training
    layers = experiment.network.layers
    assert [layer.units for layer in layers if isinstance(layer, Dense)] == [128, 64]
    assert [layer.activation for layer in layers if isinstance(layer, Dense)] == ["relu", "relu"]
    assert [type(layer) for layer in layers] == [Dense, Dropout, Dense, Dropout]
    assert {layer.rate for layer in layers if isinstance(layer, Dropout)} == {0.3}
    assert (training.optimizer.kind, training.optimizer.learning_rate) == ("adam", 0.001)
    assert (training.batch_size, training.loss, experiment.data.validation) == (128, "cross_entropy", 0.2)
    assert training.early_stopping is not None
    assert (training.early_stopping.patience, training.early_stopping.restore_best) == (5, True)
    assert training.schedule.model_dump().items() >= {"kind": "plateau", "factor": 0.5, "patience": 3}.items()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "accuracy"),
    [
        ("spiral", 0.9),
        ("circle", 0.9),
        ("xor", 0.9),
        ("gaussians", 0.98),
        ("pass-the-class", 0.8),
        ("perceptron", 0.98),
    ],
)
def test_learns(name: str, accuracy: float) -> None:
    (end,) = ended(read_example(name))[read_example(name).name]
    assert end.metrics.validation_accuracy is not None
    assert end.metrics.validation_accuracy >= accuracy


@pytest.mark.slow
def test_the_plane_is_found() -> None:
    (end,) = ended(read_example("plane"))["Plane"]
    # y = (x₁ + x₂)/10
    assert end.row[:2] == pytest.approx([0.1, 0.1], abs=0.01)


@pytest.mark.slow
def test_the_digits_are_read() -> None:
    (end,) = ended(read_example("digits"))["Digits"]
    assert end.metrics.test_accuracy is not None
    assert end.metrics.test_accuracy >= 0.95


@pytest.mark.slow
def test_dropout_lowers_the_last_validation_loss() -> None:
    without, dropped = ended(read_example("dropout"), SEEDS).values()
    assert sum(b < a for a, b in zip(last(without), last(dropped), strict=True)) >= 7


@pytest.mark.slow
def test_early_stopping_keeps_a_lower_validation_loss_than_the_last() -> None:
    (ends,) = ended(read_example("overfit"), SEEDS).values()
    kept = [end.metrics.validation_loss or 0.0 for end in ends]
    assert all(end.outcome == "early stopping" for end in ends)
    assert all(a <= b for a, b in zip(kept, last(ends), strict=True))
    assert sum(a < 0.9 * b for a, b in zip(kept, last(ends), strict=True)) >= 6


@pytest.mark.slow
def test_every_optimizer_learns() -> None:
    runs = ended(read_example("optimizers"), SEEDS)
    assert len(runs) == 5
    for ends in runs.values():
        assert all(end.outcome == "epochs" and (end.last.train_loss or 1.0) < 0.5 for end in ends)


@pytest.mark.slow
def test_only_the_stable_learning_rate_learns_well() -> None:
    runs = ended(read_example("learning-rates"), SEEDS)
    losses = zip(*(last(ends) for ends in runs.values()), strict=True)
    for small, stable, large, divergent in losses:
        assert stable < small < large <= divergent == float("inf")


@pytest.mark.slow
def test_mnist_reaches_its_accuracy(mnist_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNHILL_DATA", str(mnist_dir))
    (ends,) = ended(read_example("mnist"), range(3)).values()
    assert all(end.outcome == "early stopping" for end in ends)
    assert all(np.array_equal(end.row, end.best_row) for end in ends)
    assert np.mean([end.metrics.test_accuracy for end in ends]) >= 0.978
