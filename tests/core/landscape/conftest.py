"""What the tests of the landscape share: small scenes, a driver, and the oracle: a loop through ``nn.Sequential``."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.choices.datasets import Facts
from core.choices.losses import Task
from core.datasets.samples import Dataset, Part, Preparation
from core.experiment.architecture import Architecture, DenseLayer, architecture
from core.experiment.data import Data
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout, Network
from core.experiment.training import Training
from core.landscape.values import LandscapePicture
from core.training.rows import start_row

CLASSES: dict[Task, tuple[str, ...]] = {"binary": ("no", "yes"), "classes": ("a", "b", "c"), "regression": ()}
MODULES: dict[str, Callable[[], nn.Module]] = {
    "linear": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": lambda: nn.Softplus(threshold=60),
}


@dataclass(frozen=True)
class SceneStub:
    """What a landscape is given beside the row."""

    architecture: Architecture
    dataset: Dataset


class Bench:
    """Makes scenes and rows, drives generators, and holds the oracle."""

    modules = MODULES

    @staticmethod
    def scene(
        layers: Sequence[Dense | Dropout] = (Dense(units=4, id="one"),),
        *,
        task: Task = "binary",
        loss: str = "binary_cross_entropy",
        inputs: int = 2,
        samples: int = 40,
        image: bool = False,
    ) -> SceneStub:
        """Return a scene of random samples, a quarter of them for validation."""
        draws = np.random.default_rng(0)
        raw = draws.integers(0, 256, (samples, inputs), np.uint8) if image else draws.normal(size=(samples, inputs))
        names = CLASSES[task]
        labels = draws.integers(0, len(names), samples) if names else draws.normal(size=samples)
        facts = Facts((inputs,), names, samples, plane=False, image=image)
        cut = samples * 3 // 4
        parts = Part(raw[:cut], labels[:cut]), Part(raw[cut:], labels[cut:]), Part(raw[:0], labels[:0])
        dataset = Dataset(facts, Preparation((), 1 / 255 if image else 1.0), *parts)
        experiment = Experiment(data=Data(), network=Network(layers=tuple(layers)), training=Training(loss=loss))
        return SceneStub(architecture(experiment, facts), dataset)

    @staticmethod
    def row(scene: SceneStub, seed: int = 0, dtype: torch.dtype = torch.float64, scale: float = 2.0) -> Any:
        """Return start weights, twice as large as usual, so that nothing is nearly linear."""
        return (scale * start_row(scene.architecture, seed, dtype)).numpy()

    @staticmethod
    def path(scene: SceneStub, count: int, seed: int = 0) -> tuple[Any, ...]:
        """Return float32 rows that walk, mostly in one direction."""
        draws = np.random.default_rng(seed)
        size = scene.architecture.parameters
        steps = draws.normal(size=(count, size)) * 0.1 + draws.normal(size=size) * 0.2
        return tuple((Bench.row(scene) + steps.cumsum(axis=0)).astype(np.float32))

    @staticmethod
    def drive(work: Generator[Any, None, Any]) -> Any:
        """Return what a generator returns."""
        return Bench.told(work)[0]

    @staticmethod
    def told(work: Generator[Any, None, Any]) -> tuple[Any, list[Any]]:
        """Return what a generator returns and what it has yielded."""
        yielded = []
        while True:
            try:
                yielded.append(next(work))
            except StopIteration as done:
                return done.value, yielded

    # -- the oracle --------------------------------------------------------------------------------------------------

    @staticmethod
    def network(scene: SceneStub, row: Any) -> nn.Sequential:
        """Return the network of a row with torch's own modules, up to the output's weighted sum."""
        built = scene.architecture
        theta = torch.tensor(row)
        modules: list[nn.Module] = []
        for layer in built.layers:
            if isinstance(layer, DenseLayer):
                modules.append(nn.Linear(layer.inputs, layer.units, dtype=theta.dtype))
                if layer is not built.layers[-1]:
                    modules.append(MODULES[layer.activation]())
            else:
                modules.append(nn.Dropout(layer.rate))
        network = nn.Sequential(*modules).eval()
        nn.utils.vector_to_parameters(theta, network.parameters())
        return network

    @staticmethod
    def loss(scene: SceneStub, z: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss of weighted sums z (n, outputs), as torch writes it."""
        tag, task = scene.architecture.loss.tag, scene.dataset.facts.task
        sign = 2 * labels.to(z.dtype).unsqueeze(1) - 1
        if tag == "binary_cross_entropy":
            return functional.binary_cross_entropy_with_logits(z, labels.to(z.dtype).unsqueeze(1))
        if tag == "cross_entropy":
            return functional.cross_entropy(z, labels.long())
        if tag == "hinge":
            if task == "binary":
                return torch.relu(1 - sign * z).mean()
            right = z.gather(1, labels.long().unsqueeze(1))
            wrong = z.scatter(1, labels.long().unsqueeze(1), -torch.inf).amax(1, keepdim=True)
            return torch.relu(1 + wrong - right).mean()
        modules: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
            "mean_squared_error": functional.mse_loss,
            "mean_absolute_error": functional.l1_loss,
            "huber": functional.huber_loss,
        }
        terms = modules[tag]
        if task == "classes":
            return terms(z.softmax(1), functional.one_hot(labels.long(), z.shape[1]).to(z.dtype))
        return terms(z.tanh(), sign) if task == "binary" else terms(z, labels.to(z.dtype).unsqueeze(1))

    @classmethod
    def loss_of(cls, scene: SceneStub, row: Any, part: str = "train", index: Any = slice(None)) -> float:
        """Return the true loss of a row."""
        with torch.no_grad():
            return float(cls.loss(scene, *cls.forward(scene, row, part, index)))

    @classmethod
    def forward(
        cls, scene: SceneStub, row: Any, part: str = "train", index: Any = slice(None)
    ) -> tuple[Tensor, Tensor]:
        """Return the weighted sums of the output and the labels."""
        some: Part = getattr(scene.dataset, part)
        x = torch.tensor(scene.dataset.preparation.apply(some.raw[index]), dtype=torch.tensor(row[:0]).dtype)
        return cls.network(scene, row)(x), torch.tensor(some.labels[index])

    @classmethod
    def grid(cls, scene: SceneStub, picture: LandscapePicture) -> Any:
        """Return the losses of a picture, point by point."""
        plane = picture.plane
        found = np.empty(picture.loss.shape)
        for j, y in enumerate(picture.ys):
            for i, x in enumerate(picture.xs):
                row = plane.row + x * plane.d1 + (0 if plane.d2 is None else y * plane.d2)
                row = row.astype(plane.row.dtype)
                found[j, i] = cls.loss_of(scene, row, picture.part, picture.indices)
        return found


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute in one thread: on small networks a second one only waits, for long where the machine is shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
