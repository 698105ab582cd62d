"""What a student would write by hand: plain PyTorch loops, to be measured against."""

from collections.abc import Iterator
from time import perf_counter

import torch
from torch import Tensor, nn

from core.datasets.samples import Dataset, Part, Preparation

SAMPLE = 4096  # of the training part, measured each epoch, as the program does


def small_network(dropout: bool) -> nn.Sequential:
    """2-8-8-1 with tanh."""
    layers: list[nn.Module] = [nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)]
    if dropout:
        layers[2:2], layers[5:5] = [nn.Dropout(0.2)], [nn.Dropout(0.2)]
    return nn.Sequential(*layers)


def mnist_network() -> nn.Sequential:
    """784-128-64-10 with ReLU and dropout 0.3."""
    return nn.Sequential(
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(64, 10),
    )


class InMemory:
    """Batches by indexing tensors in memory: what a careful student writes."""

    def __init__(self, x: Tensor, t: Tensor, batch: int) -> None:
        self.x, self.t, self.batch = x, t, batch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self.x))
        for start in range(0, len(order), self.batch):
            index = order[start : start + self.batch]
            yield self.x[index], self.t[index]


def loader(x: Tensor, t: Tensor, batch: int) -> torch.utils.data.DataLoader[tuple[Tensor, ...]]:
    """Batches by the usual DataLoader."""
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, t), batch_size=batch, shuffle=True)


def tensors(part: Part, preparation: Preparation, one_output: bool) -> tuple[Tensor, Tensor]:
    """Return inputs and targets as a plain loop holds them: float32, and 0/1 in a column or class indices."""
    labels = torch.tensor(part.labels)
    return torch.tensor(preparation.apply(part.raw)), (labels.float().unsqueeze(1) if one_output else labels)


def seconds(network: nn.Sequential, optimizer: str, dataset: Dataset, batch: int, epochs: int, usual: bool) -> float:
    """Return the wall time of training with the same evaluation after each epoch as the program's."""
    output = network[-1]
    assert isinstance(output, nn.Linear)
    one_output = output.out_features == 1
    x, t = tensors(dataset.train, dataset.preparation, one_output)
    validation = tensors(dataset.validation, dataset.preparation, one_output)
    batches = loader(x, t, batch) if usual else InMemory(x, t, batch)
    step = (
        torch.optim.SGD(network.parameters(), lr=0.03)
        if optimizer == "sgd"
        else torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
    )
    loss = nn.BCEWithLogitsLoss() if one_output else nn.CrossEntropyLoss()
    start = perf_counter()
    for _ in range(epochs):
        network.train()
        for inputs, targets in batches:
            step.zero_grad()
            loss(network(inputs), targets).backward()
            step.step()
        network.eval()
        with torch.no_grad():
            for inputs, targets in ((x[:SAMPLE], t[:SAMPLE]), validation):
                if len(inputs):
                    y = network(inputs)
                    right = (y > 0) == (targets > 0) if one_output else y.argmax(1) == targets
                    loss(y, targets).item(), right.float().mean().item()
    return perf_counter() - start
