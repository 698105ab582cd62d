"""What the tests of the probes share: scenes, steps, and networks as anyone would write them with torch."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.choices.datasets import Facts
from core.choices.losses import Task
from core.datasets.samples import Dataset, Part, Preparation
from core.experiment.architecture import Architecture, DenseLayer, architecture
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout, Network
from core.experiment.training import Training
from core.probes.scene import Slices
from core.training.events import Stepped
from core.training.rows import start_row

T = TypeVar("T")
CLASSES: dict[Task, tuple[str, ...]] = {"binary": ("no", "yes"), "classes": ("a", "b", "c"), "regression": ()}


@dataclass(frozen=True)
class SceneStub:
    """What the worker gives a probe."""

    architecture: Architecture
    dataset: Dataset


class Bench:
    """Makes scenes, steps and rows, drives probes, and holds the oracles."""

    @staticmethod
    def drive(work: Slices[T]) -> T:
        """Return the picture of a probe."""
        return Bench.count(work)[0]

    @staticmethod
    def count(work: Generator[None, None, T]) -> tuple[T, int]:
        """Return the picture of a probe and how often it paused."""
        pauses = 0
        while True:
            try:
                next(work)
            except StopIteration as done:
                return done.value, pauses
            pauses += 1

    @staticmethod
    def scene(
        layers: Sequence[Dense | Dropout] = (Dense(units=4, id="one"),),
        *,
        task: Task = "binary",
        loss: str = "binary_cross_entropy",
        features: tuple[str, ...] = ("x1", "x2"),
        shape: tuple[int, ...] = (2,),
        samples: int = 40,
        standardize: bool = False,
    ) -> SceneStub:
        """Return a scene of random samples; of the plane if they are pairs, else images."""
        draws = np.random.default_rng(0)
        plane = shape == (2,)
        count = int(np.prod(shape))
        raw = draws.uniform(-6, 6, (samples, 2)) if plane else draws.integers(0, 256, (samples, count), np.uint8)
        names = CLASSES[task]
        labels = draws.integers(0, len(names), samples) if names else draws.normal(size=samples)
        facts = Facts(shape, names, samples, plane=plane, image=not plane)
        moments = [np.full(len(features), value, np.float32) for value in (0.5, 2.0)] if standardize else [None, None]
        preparation = Preparation(features, 1.0, *moments) if plane else Preparation((), 1 / 255)
        cut = samples // 2
        train, test = Part(raw[:cut], labels[:cut]), Part(raw[cut:], labels[cut:])
        dataset = Dataset(facts, preparation, train, Part(raw[:0], labels[:0]), test)
        experiment = Experiment(network=Network(layers=tuple(layers)), training=Training(loss=loss))
        if plane:
            data = experiment.data.model_copy(update={"features": features})
            experiment = experiment.model_copy(update={"data": data})
        return SceneStub(architecture(experiment, facts), dataset)

    @staticmethod
    def row(scene: SceneStub, seed: int = 0) -> Any:
        """Return start weights in float64, twice as large as usual, so that nothing is nearly linear."""
        return 2 * start_row(scene.architecture, seed, torch.float64).numpy()

    @staticmethod
    def step(scene: SceneStub, size: int = 7, seed: int = 0) -> Stepped:
        """Return a step as training would tell it, with dropout masks of some units off."""
        draws = np.random.default_rng(seed)
        built = scene.architecture
        x = scene.dataset.preparation.apply(scene.dataset.train.raw[:size]).astype(np.float64)
        labels = scene.dataset.train.labels[:size]
        if built.head.target == "one-hot":
            t = np.eye(built.outputs)[labels]
        else:
            t = labels[:, None].astype(np.float64) * (2 if built.head.target == "sign" else 1)
            t -= built.head.target == "sign"
        masks = tuple((draws.random((size, layer.units)) < 0.6) / 0.6 for layer in built.dropouts)
        row = Bench.row(scene)
        return Stepped(0, 1, 3, 0.1, row, row, x, t, masks)

    @staticmethod
    def modules(scene: SceneStub, row: Any) -> list[tuple[nn.Linear, nn.Module]]:
        """Return each dense layer as torch's own modules."""
        kinds: dict[str, nn.Module] = {
            "linear": nn.Identity(),
            "tanh": nn.Tanh(),
            "relu": nn.ReLU(),
            "sigmoid": nn.Sigmoid(),
            "softmax": nn.Softmax(-1),
            "gelu": nn.GELU(),
        }
        found = []
        for layer in scene.architecture.dense:
            linear = nn.Linear(layer.inputs, layer.units, dtype=torch.float64)
            nn.utils.vector_to_parameters(torch.tensor(row[layer.start : layer.stop]), linear.parameters())
            found.append((linear, kinds[layer.activation]))
        return found

    @classmethod
    def loss(cls, scene: SceneStub, stepped: Stepped) -> tuple[Tensor, list[Tensor], list[Tensor], nn.ParameterList]:
        """Return the losses (B,) of a step, z and a of each dense layer, and the parameters, for autograd."""
        modules = cls.modules(scene, stepped.before)
        x, t = torch.tensor(stepped.x), torch.tensor(stepped.t)
        masks = [torch.tensor(mask) for mask in stepped.masks]
        sums, outputs = [], []
        dense = iter(modules)
        for layer in scene.architecture.layers:
            if isinstance(layer, DenseLayer):
                linear, activation = next(dense)
                sums.append(linear(x))
                x = activation(sums[-1])
                outputs.append(x)
                sums[-1].retain_grad()
            else:
                x = x * masks.pop(0)
        z, y = sums[-1], outputs[-1]
        losses = {
            "binary_cross_entropy": lambda: functional.binary_cross_entropy_with_logits(z, t, reduction="none").mean(1),
            "cross_entropy": lambda: functional.cross_entropy(z, t, reduction="none"),
            "mean_squared_error": lambda: functional.mse_loss(y, t, reduction="none").mean(1),
            "mean_absolute_error": lambda: functional.l1_loss(y, t, reduction="none").mean(1),
            "huber": lambda: functional.huber_loss(y, t, reduction="none").mean(1),
            "hinge": lambda: (1 - y * t).clamp(min=0).mean(1),
        }
        parameters = nn.ParameterList(value for linear, _ in modules for value in linear.parameters())
        return losses[scene.architecture.loss.tag](), sums, outputs, parameters  # type: ignore[no-untyped-call]

    @classmethod
    def autograd(cls, scene: SceneStub, stepped: Stepped) -> Any:
        """Return ∂J/∂w (P,) of a step."""
        losses, _, _, parameters = cls.loss(scene, stepped)
        return torch.cat([g.flatten() for g in torch.autograd.grad(losses.mean(), list(parameters))]).numpy()


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
