"""What the tests of the probes share: scenes, steps, and networks as anyone would write them with torch."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import thread_time
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
from core.probes.scene import Probe, Slices
from core.training.events import Stepped
from core.training.rows import start_row

T = TypeVar("T")
CLASSES: dict[Task, tuple[str, ...]] = {"binary": ("no", "yes"), "classes": ("a", "b", "c"), "regression": ()}


@dataclass(frozen=True)
class SceneStub:
    """What the worker gives a probe."""

    architecture: Architecture
    dataset: Dataset


class Mask(nn.Module):
    """Multiplies by a mask."""

    def __init__(self, mask: Any) -> None:
        super().__init__()
        self.mask = torch.as_tensor(mask)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mask


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
        validation: int = 0,
    ) -> SceneStub:
        """Return a scene of random samples, half of them to train with; of the plane if they are pairs, else images."""
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
        ends = (0, cut, cut + validation, samples)
        parts = [Part(raw[a:b], labels[a:b]) for a, b in pairwise(ends)]
        dataset = Dataset(facts, preparation, *parts)
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
        some = Part(scene.dataset.train.raw[:size], scene.dataset.train.labels[:size])
        t = Bench.targets(scene, some)
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
    def sequential(cls, scene: SceneStub, row: Any, masks: Mapping[str, Any]) -> nn.Sequential:
        """Return torch's own network up to ŷ, with a mask (units,) behind each layer whose id has one."""
        built: list[nn.Module] = []
        dense = iter(cls.modules(scene, row))
        for layer in scene.architecture.layers:
            if isinstance(layer, DenseLayer):
                built += next(dense)
            if layer.id in masks:
                built.append(Mask(masks[layer.id]))
        return nn.Sequential(*built)

    @staticmethod
    def targets(scene: SceneStub, part: Part) -> Any:
        """Return the targets (n, outputs) of a part in float64."""
        built = scene.architecture
        if built.head.target == "one-hot":
            return np.eye(built.outputs)[part.labels]
        t = part.labels[:, None].astype(np.float64)
        return 2 * t - 1 if built.head.target == "sign" else t

    @staticmethod
    def inputs(scene: SceneStub, part: Part) -> Any:
        """Return the inputs (n, inputs) of a part in float64, images scaled in float64 as training does it."""
        preparation = scene.dataset.preparation
        if part.raw.dtype == np.uint8:
            return part.raw.astype(np.float64) * preparation.scale
        return preparation.apply(part.raw).astype(np.float64)

    @staticmethod
    def worst(probe: Probe[Any], scene: SceneStub, row: Any) -> float:
        """Return the seconds of work of a frame's longest slice, on one thread, in the best of some frames.

        The first frame, which makes the samples, does not count, and what others do on the machine does not either.
        """
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            Bench.drive(probe(scene, row))
            return min(max(Bench._slices(probe(scene, row))) for _ in range(5))
        finally:
            torch.set_num_threads(threads)

    @staticmethod
    def _slices(work: Slices[Any]) -> Iterator[float]:
        going = True
        while going:
            start = thread_time()
            try:
                next(work)
            except StopIteration:
                going = False
            yield thread_time() - start

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
        """Return ∂J/∂w (P,) of a step, whose ``before`` is the row."""
        losses, _, _, parameters = cls.loss(scene, stepped)
        return torch.cat([g.flatten() for g in torch.autograd.grad(losses.mean(), list(parameters))]).numpy()

    @classmethod
    def slope(cls, scene: SceneStub, row: Any, x: Any, t: Any) -> Any:
        """Return ∂J/∂w (P,) of the mean loss of samples, dropout off."""
        masks = tuple(np.ones((len(x), layer.units)) for layer in scene.architecture.dropouts)
        return cls.autograd(scene, Stepped(0, 1, 1, 0.1, row, row, x, t, masks))


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
