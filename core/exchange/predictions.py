"""What a model says to samples: answers with how sure they are, to be shown or written as a table.

This file imports no torch, so that a screen can read it.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.datasets.samples import Array
from core.probes.scene import Probe, Scene, Slices
from core.training.events import Row

if TYPE_CHECKING:
    from core.exchange.model import Model

_SLICE = 1 << 20  # numbers of raw samples between two breaths


@dataclass(frozen=True, eq=False)
class Predictions:
    """outputs: (n, outputs), and what each is; places: (n,) of the answered classes, None where numbers are predicted.

    confidence: (n,) in 0 … 1, None where outputs are no probabilities.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    outputs: NDArray[np.float64]
    places: NDArray[np.int64] | None
    confidence: NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.outputs)

    def answer(self, sample: int) -> str | float:
        """Return the class or the number that is predicted for a sample."""
        return float(self.outputs[sample, 0]) if self.places is None else self.classes[self.places[sample]]

    @property
    def titles(self) -> list[str]:
        """What a row of a table holds: the answer and, of a classification, each output."""
        return ["prediction", *(self.names if self.classes else ())]

    def rows(self) -> Iterator[list[str | float]]:
        """Yield a row of a table for each sample."""
        for sample, outputs in enumerate(self.outputs.tolist()):
            yield [self.answer(sample), *(outputs if self.classes else ())]


def to_csv(found: Predictions, titles: Sequence[str], before: Iterable[Sequence[object]]) -> str:
    """Return answers as a table; titles, before: of the columns before them, and what these hold of each sample."""
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*titles, *found.titles])
    table.writerows([*first, *row] for first, row in zip(before, found.rows(), strict=True))
    return text.getvalue()


def predict(model: "Model", raw: Array) -> Slices[Predictions]:
    """Return what a model says to raw samples (n, numbers), in slices."""
    size = max(1, _SLICE // raw.shape[1])
    parts = []
    for start in range(0, max(len(raw), 1), size):
        parts.append(model.predict(raw[start : start + size]))
        yield
    outputs = np.concatenate(parts)
    classes = model.facts.classes
    places = model.answers(outputs) if classes else None
    return Predictions(model.output_names, classes, outputs, places, model.confidence(outputs))


def probe(raw: Array) -> Probe[Predictions]:
    """Return the probe of raw samples (n, numbers): what a run says to them."""

    def work(scene: Scene, row: Row) -> Slices[Predictions]:
        from core.exchange.model import Model

        dataset = scene.dataset
        return (yield from predict(Model(scene.architecture, row, dataset.preparation, dataset.facts), raw))

    return work


def at_once(model: "Model", raw: Array) -> Predictions:
    """Return the same without slices."""
    work = predict(model, raw)
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: Predictions = done.value
            return found
