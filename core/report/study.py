"""What a report is about: the runs of a file, one of them in full, and what was measured of the weights it keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite

import numpy as np

from core.datasets.samples import Dataset
from core.pictures.making import predicted
from core.pictures.subject import Subject
from core.probes.digits import report
from core.probes.pictures import Floats, PartName, ReportPicture, report_part
from core.runs.kept import Kept, kept
from core.runs.record import Record

PARTS: tuple[PartName, ...] = ("train", "validation", "test")


def watched_loss(record: Record) -> float:
    """Return the validation loss of the weights that a run keeps, or the training loss where nothing was kept aside.

    It is infinite for a run that diverged: whatever it had reached, it is worse than all others.
    """
    if record.outcome == "diverged":
        return inf
    metrics = kept(record).metrics
    found = metrics.train_loss if metrics.validation_loss is None else metrics.validation_loss
    return inf if found is None or not isfinite(found) else found


def comparable(records: Sequence[Record]) -> bool:
    """Tell whether the losses of runs are of one kind and of the same samples."""
    return len({(record.experiment.training.loss, record.experiment.data.model_dump_json()) for record in records}) == 1


def best_run(records: Sequence[Record]) -> Record:
    """Return the run with the lowest loss on samples that training has not fitted; the last one if losses differ."""
    return min(records, key=watched_loss) if comparable(records) else records[-1]


@dataclass(frozen=True, eq=False)
class Study:
    """records: all runs of the file; subject: the one that is told in full, with the weights that it keeps.

    datasets: the data of each run; runs of the same data share one.
    """

    title: str
    records: Sequence[Record]
    subject: Subject
    datasets: Sequence[Dataset]

    @property
    def record(self) -> Record:
        """The run that is told in full."""
        return self.subject.record

    @property
    def dataset(self) -> Dataset:
        """Its data."""
        return self.subject.dataset

    @cached_property
    def kept(self) -> Kept:
        """The weights that it keeps."""
        return kept(self.record)

    @property
    def part(self) -> PartName:
        """The part that answers are judged on: test, else validation, else training."""
        return report_part(self.dataset)

    @property
    def finite(self) -> bool:
        """Whether there are weights that give answers."""
        return bool(np.isfinite(self.subject.row).all())

    @cached_property
    def answers(self) -> ReportPicture | None:
        """All answers on that part, computed now; None where no classes are answered."""
        return self.subject.look(report(self.part)) if self.dataset.facts.classes and self.finite else None

    @cached_property
    def numbers(self) -> tuple[Floats, Floats] | None:
        """The true and the predicted numbers of that part, computed now; None where classes are answered."""
        return None if self.dataset.facts.classes or not self.finite else predicted(self.subject, self.part)

    @property
    def several(self) -> bool:
        """Whether there are runs to compare."""
        return len(self.records) > 1
