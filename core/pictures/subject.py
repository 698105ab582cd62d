"""What a picture is of: a run, its data, its network in full and the weights of one moment."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture, architecture
from core.probes.scene import Probe
from core.runs.record import Record
from core.training.events import Row

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Subject:
    """row: (P,). It is the scene of probes, too."""

    record: Record
    dataset: Dataset
    architecture: Architecture
    row: Row

    @classmethod
    def of(cls, record: Record, dataset: Dataset, row: Row) -> "Subject":
        """Return the subject of a run with some of its weights."""
        return cls(record, dataset, architecture(record.experiment, dataset.facts), row)

    def at(self, row: Row) -> "Subject":
        """Return the same run with other weights."""
        return replace(self, row=row)

    def look(self, probe: Probe[T]) -> T:
        """Return what a probe finds."""
        return driven(probe(self, self.row))


def driven(work: Generator[Any, None, T]) -> T:
    """Drive some work to its end and return what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: T = done.value
            return found
