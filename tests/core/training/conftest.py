"""What the tests of the engine share: small data and experiments, a driver of train(), and the oracle.

The oracle is a training loop as anyone would write it with torch: an ``nn.Sequential``, autograd, ``torch.optim``,
the losses of ``torch.nn``. Of the engine it takes the start weights, the seeds of the generators and nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.choices import optimizers as kinds
from core.choices.datasets import Facts
from core.choices.losses import Task
from core.datasets.samples import Dataset, Part, Preparation
from core.experiment.architecture import Architecture, architecture
from core.experiment.data import Data
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout, Network, Output
from core.experiment.training import Penalty, Training
from core.experiment.variants import Run
from core.training.events import (
    Begun,
    Change,
    Changed,
    Edited,
    Ended,
    EpochDone,
    Event,
    Order,
    Row,
    Saved,
    SetWeight,
    State,
)
from core.training.loop import Job, prepare, train
from core.training.rows import generator

Layers = Sequence[Dense | Dropout]


FOUR: Layers = (Dense(id="four", units=4),)


class Sine(nn.Module):
    """sin as a module."""

    def forward(self, z: Tensor) -> Tensor:
        return torch.sin(z)


class GivenMask(nn.Module):
    """Dropout whose mask, already scaled, is laid in before each step; without one it does nothing."""

    mask: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        return x if self.mask is None else x * self.mask


MODULES: Mapping[str, Callable[[], nn.Module]] = {
    "linear": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    # torch rounds ln(1 + e^z) to z above 20, an error of 2e-9; the engine does not.
    "softplus": lambda: nn.Softplus(threshold=40),
    "sine": Sine,
}


class Oracle:
    """Training as anyone would write it with torch."""

    modules = MODULES

    @staticmethod
    def network(experiment: Experiment, inputs: int, outputs: int, row: Tensor) -> nn.Sequential:
        """Return the network up to the output layer's weighted sum, with the parameters of a row."""
        modules: list[nn.Module] = []
        width = inputs
        for layer in experiment.network.layers:
            if isinstance(layer, Dense):
                modules += [nn.Linear(width, layer.units, dtype=row.dtype), MODULES[layer.activation]()]
                width = layer.units
            else:
                modules.append(GivenMask())
        network = nn.Sequential(*modules, nn.Linear(width, outputs, dtype=row.dtype))
        nn.utils.vector_to_parameters(row.clone(), network.parameters())
        return network

    @staticmethod
    def lay_masks(network: nn.Sequential, masks: Sequence[Tensor]) -> None:
        """Give each dropout layer its mask of the next step."""
        places = [module for module in network if isinstance(module, GivenMask)]
        for module, mask in zip(places, masks, strict=True):
            module.mask = mask

    @staticmethod
    def loss(loss: str, task: Task, z: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss of weighted sums z (B, outputs) and labels (B,): class indices or values."""
        found: Tensor
        if loss == "binary_cross_entropy":
            found = nn.BCEWithLogitsLoss()(z.squeeze(1), labels.to(z.dtype))
        elif loss == "cross_entropy":
            found = nn.CrossEntropyLoss()(z, labels.long())
        elif loss == "hinge" and task == "binary":
            found = torch.relu(1 - (2 * labels.to(z.dtype) - 1) * z.squeeze(1)).mean()
        elif loss == "hinge":  # Crammer and Singer 2001: max over wrong classes k of max(0, 1 + z_k − z_right)
            terms = []
            for scores, right in zip(z, labels.tolist(), strict=True):
                wrong = [1 + scores[k] - scores[right] for k in range(len(scores)) if k != right]
                terms.append(torch.relu(torch.stack(wrong).max()))
            found = torch.stack(terms).mean()
        else:
            modules = {"mean_squared_error": nn.MSELoss, "mean_absolute_error": nn.L1Loss, "huber": nn.HuberLoss}
            if task == "classes":
                y, t = z.softmax(1), nn.functional.one_hot(labels.long(), z.shape[1])
            elif task == "binary":
                y, t = z.tanh().squeeze(1), 2 * labels - 1
            else:
                y, t = z.squeeze(1), labels
            found = modules[loss]()(y, t.to(z.dtype))
        return found

    @staticmethod
    def penalty(network: nn.Sequential, l1: float, l2: float) -> Tensor:
        """Return λ₁·Σ|w| + λ₂·Σw² over the weights."""
        weights = [parameter for parameter in network.parameters() if parameter.dim() == 2]
        return sum((l1 * w.abs().sum() + l2 * (w * w).sum() for w in weights), torch.zeros((), dtype=weights[0].dtype))

    @staticmethod
    def optimizer(settings: kinds.OptimizerSettings, parameters: Iterator[nn.Parameter]) -> torch.optim.Optimizer:
        """Return torch's optimizer of these settings, its learning rate and weight decay included."""
        made: torch.optim.Optimizer
        rate = settings.learning_rate
        match settings:
            case kinds.SGD(momentum=momentum, nesterov=nesterov):
                made = torch.optim.SGD(parameters, rate, momentum=momentum, nesterov=nesterov and momentum > 0)
            case kinds.Adam(beta1=b1, beta2=b2, eps=eps, amsgrad=amsgrad):
                made = torch.optim.Adam(parameters, rate, (b1, b2), eps, amsgrad=amsgrad)
            case kinds.AdamW(beta1=b1, beta2=b2, eps=eps, amsgrad=amsgrad, weight_decay=decay):
                made = torch.optim.AdamW(parameters, rate, (b1, b2), eps, decay, amsgrad=amsgrad)
            case kinds.NAdam(beta1=b1, beta2=b2, eps=eps, momentum_decay=decay):
                made = torch.optim.NAdam(parameters, rate, (b1, b2), eps, momentum_decay=decay)
            case kinds.Adadelta(rho=rho, eps=eps):
                made = torch.optim.Adadelta(parameters, rate, rho, eps)
            case kinds.Adagrad(lr_decay=decay, initial_accumulator_value=start, eps=eps):
                made = torch.optim.Adagrad(parameters, rate, decay, initial_accumulator_value=start, eps=eps)
            case kinds.RMSprop(alpha=alpha, eps=eps, momentum=momentum, centered=centered):
                made = torch.optim.RMSprop(parameters, rate, alpha, eps, momentum=momentum, centered=centered)
            case _:
                raise AssertionError(settings)
        return made

    @staticmethod
    def masks(
        experiment: Experiment, inputs: int, size: int, rates: Sequence[float], draws: torch.Generator
    ) -> list[Tensor]:
        """Return the masks of one batch: 16 random bits a unit, kept below the share 1 − rate, and scaled."""
        units = []
        width = inputs
        for layer in experiment.network.layers:
            if isinstance(layer, Dense):
                width = layer.units
            else:
                units.append(width)
        if not units:
            return []
        drawn = torch.empty(ceil(size * sum(units) / 4), dtype=torch.int64).random_(-(2**63), None, generator=draws)
        numbers = drawn.numpy().view(np.int16).astype(np.int64) + 32768  # 0 … 65535
        masks = []
        for wide, rate in zip(units, rates, strict=True):
            mine, numbers = numbers[: size * wide], numbers[size * wide :]
            share = round((1 - rate) * 65536) / 65536
            masks.append(torch.tensor((mine / 65536 < share) / share).view(size, wide))
        return masks

    @classmethod
    def train(
        cls,
        run: Run,
        dataset: Dataset,
        start: Any,
        *,
        rates: Sequence[float] = (),
        interventions: Mapping[int, Change] | None = None,
        edits: Mapping[int, Sequence[SetWeight]] | None = None,
    ) -> Tensor:
        """Return the row after all epochs; rates: by epoch; interventions, edits: by the steps done before them."""
        experiment, training = run.experiment, run.experiment.training
        row = torch.tensor(start)
        inputs, outputs = cls.widths(experiment, dataset)
        network = cls.network(experiment, inputs, outputs, row)
        optimizer = cls.optimizer(training.optimizer, network.parameters())
        x = torch.tensor(dataset.preparation.apply(dataset.train.raw)).to(row.dtype)
        labels = torch.tensor(dataset.train.labels)
        order, draws = generator(training.seed, "order"), generator(training.seed, "masks")
        dropout = [layer.rate for layer in experiment.network.layers if isinstance(layer, Dropout)]
        l1, l2, step = training.penalty.l1, training.penalty.l2, 0
        batch = len(x) if training.batch_size == "all" else training.batch_size
        for epoch in range(training.epochs):
            if rates:
                optimizer.param_groups[0]["lr"] = rates[epoch]
            places = torch.arange(len(x)) if batch >= len(x) else torch.randperm(len(x), generator=order)
            for at in torch.split(places, batch):
                cls.edit(network, experiment, (edits or {}).get(step, ()))
                change = (interventions or {}).get(step)
                if change is not None:
                    match change.path:
                        case "network.dropout":
                            dropout = [change.value] * len(dropout)
                        case "training.penalty.l1":
                            l1 = change.value
                        case "training.penalty.l2":
                            l2 = change.value
                        case _:
                            optimizer.param_groups[0]["lr"] = change.value
                masks = cls.masks(experiment, inputs, len(at), dropout, draws)
                cls.lay_masks(network, [mask.to(row.dtype) for mask in masks])
                optimizer.zero_grad()
                z = network(x[at])
                loss = cls.loss(training.loss, dataset.facts.task, z, labels[at]) + cls.penalty(network, l1, l2)
                loss.backward()  # type: ignore[no-untyped-call]
                if training.clip is not None:
                    nn.utils.clip_grad_norm_(network.parameters(), training.clip)
                optimizer.step()
                step += 1
        return nn.utils.parameters_to_vector(network.parameters()).detach()

    @staticmethod
    def edit(network: nn.Sequential, experiment: Experiment, edits: Sequence[SetWeight]) -> None:
        """Set weights and biases where they stand."""
        ids = [layer.id for layer in experiment.network.layers if isinstance(layer, Dense)]
        linear = [module for module in network if isinstance(module, nn.Linear)]
        found = dict(zip([*ids, experiment.network.output.id], linear, strict=True))
        with torch.no_grad():
            for edit in edits:
                if edit.source is None:
                    found[edit.layer].bias[edit.unit] = edit.value
                else:
                    found[edit.layer].weight[edit.unit, edit.source] = edit.value

    @staticmethod
    def widths(experiment: Experiment, dataset: Dataset) -> tuple[int, int]:
        """Return the numbers of inputs and of outputs, by the table of the design."""
        inputs = int(np.prod(dataset.facts.shape))
        loss, task = experiment.training.loss, dataset.facts.task
        if task == "classes":
            return inputs, len(dataset.facts.classes)
        return inputs, 2 if loss == "cross_entropy" else 1


@dataclass
class Story:
    """What a training told. ``calls``: the next() that it took, the first one included."""

    events: list[Event] = field(default_factory=list)
    calls: int = 0

    def of(self, run: int) -> list[Event]:
        return [event for event in self.events if event.run == run]

    @property
    def begun(self) -> dict[int, Begun]:
        return {event.run: event for event in self.events if isinstance(event, Begun)}

    @property
    def ended(self) -> dict[int, Ended]:
        return {event.run: event for event in self.events if isinstance(event, Ended)}

    @property
    def changed(self) -> list[Changed]:
        return [event for event in self.events if isinstance(event, Changed)]

    @property
    def edited(self) -> list[Edited]:
        return [event for event in self.events if isinstance(event, Edited)]

    @property
    def saved(self) -> dict[int, State]:
        return {event.run: event.state for event in self.events if isinstance(event, Saved)}

    def epochs(self, run: int = 0) -> list[EpochDone]:
        return [event for event in self.events if isinstance(event, EpochDone) and event.run == run]

    def rows(self, run: int = 0) -> list[Row]:
        """Return the row of each epoch, all of which must be kept."""
        rows = [epoch.row for epoch in self.epochs(run)]
        assert all(row is not None for row in rows)
        return [row for row in rows if row is not None]


class Lab:
    """Makes small data and experiments, and drives train()."""

    @staticmethod
    def dataset(
        task: Task = "binary",
        *,
        inputs: int = 2,
        sizes: tuple[int, int, int] = (23, 9, 7),
        classes: int = 3,
        seed: int = 0,
    ) -> Dataset:
        """Return noisy samples of a teacher that is no straight line: sizes of training, validation and test part."""
        draws = np.random.default_rng(seed)
        count = sum(sizes)
        raw = draws.normal(size=(count, inputs))
        teacher = np.tanh(raw @ draws.normal(size=(inputs, 6))) @ draws.normal(size=(6, classes))
        noisy = teacher + 0.3 * draws.normal(size=teacher.shape)
        labels = {
            "binary": (noisy[:, 0] > 0).astype(np.int64),
            "classes": noisy.argmax(1).astype(np.int64),
            "regression": noisy[:, 0],
        }[task]
        names = {"binary": ("no", "yes"), "classes": tuple("abcdefghij"[:classes]), "regression": ()}[task]
        cuts = np.cumsum(sizes)
        parts = [Part(raw[a:b], labels[a:b]) for a, b in zip((0, *cuts[:2]), cuts, strict=True)]
        return Dataset(Facts((inputs,), names, count), Preparation(), *parts)

    @staticmethod
    def run(layers: Layers = FOUR, *, name: str = "run", data: Data | None = None, **training: Any) -> Run:
        """Return a run of these hidden layers; ``output`` sets the output layer, all else are settings of training."""
        output = training.pop("output", Output())
        network = Network(layers=tuple(layers), output=output)
        experiment = Experiment(data=data or Data(), network=network, training=Training(device="cpu", **training))
        return Run(name, experiment)

    @staticmethod
    def job(
        runs: Sequence[Run],
        dataset: Dataset,
        states: Mapping[int, State] | None = None,
        dtype: torch.dtype = torch.float64,
        **settings: Any,
    ) -> Job:
        """Return the job of runs that all look at one data set."""
        return prepare(runs, load=lambda data: dataset, states=states, dtype=dtype, **settings)

    @staticmethod
    def drive(job: Job, orders: Mapping[int, Order] | None = None) -> Story:
        """Drive a training to its end; orders: sent after that many next()."""
        story = Story()
        work = train(job)
        for events in work:
            story.calls += 1
            story.events += events
            order = (orders or {}).get(story.calls)
            if order is not None:
                try:
                    story.events += work.send(order)
                except StopIteration:
                    break
        return story

    @classmethod
    def rows(cls, job: Job) -> list[Any]:
        """Return the last row of each run."""
        ended = cls.drive(job).ended
        return [ended[run].last_row for run in range(len(job.runs))]

    @staticmethod
    def built(run: Run, dataset: Dataset) -> Architecture:
        """Return the architecture of a run."""
        return architecture(run.experiment, dataset.facts)

    @staticmethod
    def penalty(l1: float = 0.0, l2: float = 0.0) -> Penalty:
        return Penalty(l1=l1, l2=l2)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute in one thread: on small networks a second one only waits, for long where the machine is shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()
