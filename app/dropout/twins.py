"""The runs that are looked at side by side, and the probe that draws all of them in one frame."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from app.timeline.moment import Moment, nearest
from app.work.messages import Probe, Scene
from core.experiment.experiment import Experiment
from core.experiment.network import Dropout
from core.experiment.variants import interchangeable
from core.runs.record import Record
from core.training.events import Row

PictureT = TypeVar("PictureT")

USUAL_RATE = 0.5  # of masks, where no run drops anything
_RATE = "network.dropout"


@dataclass(frozen=True, eq=False)
class Twin:
    """A run: its place among all runs, which gives it its colour, its name, and a row (P,). epoch: of the row, where it
    is that of a moment that was chosen."""

    place: int
    name: str
    row: Row
    epoch: int | None = None


@dataclass(frozen=True, eq=False)
class Told(Generic[PictureT]):
    """A picture of K networks, and whose they are, in the same order."""

    twins: tuple[Twin, ...]
    picture: PictureT


class Twins:
    """The runs to draw. The window puts another tuple in the place of ``now``, the background thread reads it."""

    def __init__(self) -> None:
        self.now: tuple[Twin, ...] = ()

    def all(self, probe: Probe) -> Probe:
        """Return the probe that draws all of them with a probe of rows (K, P); its frames are Told.

        A single run is drawn as it is at that moment, several as they were at their newest kept epochs: so none of them
        is ahead of the others.
        """

        def work(scene: Scene, row: Row) -> Generator[Any, None, Told[Any]]:
            twins = self.now
            live = len(twins) == 1 and twins[0].epoch is None
            rows: Any = np.stack([row] if live else [twin.row for twin in twins])
            picture = yield from probe(scene, rows)
            return Told(twins, picture)

        return work


def twins_of(records: Sequence[Record], place: int, run: int) -> tuple[tuple[Twin, ...], tuple[str, ...]]:
    """Return the runs whose weights mean the same as those of one of them, and the names of the others.

    place: of the first of the records; run: the index of the one that the others must be like.
    """
    if run >= len(records):
        return (), ()
    alike = [interchangeable(record.experiment, records[run].experiment) for record in records]
    twins = tuple(
        Twin(place + index, record.name, record.row)
        for index, (record, fits) in enumerate(zip(records, alike, strict=True))
        if fits
    )
    return twins, tuple(record.name for record, fits in zip(records, alike, strict=True) if not fits)


def twins_at(records: Sequence[Record], place: int, run: int, moment: Moment) -> tuple[Twin, ...]:
    """Return these runs as they were at a moment of one of them, each at its kept epoch next to it; of a moment of
    another run that run alone. place, run: as ``twins_of`` has them."""
    twins, _ = twins_of(records, place, run)
    if all(twin.place != moment.place for twin in twins):
        return (Twin(moment.place, moment.record.name, moment.row, moment.epoch),)
    found = []
    for twin in twins:
        kept = records[twin.place - place].rows
        epoch = nearest(tuple(kept), moment.epoch)
        found.append(Twin(twin.place, twin.name, kept[epoch], epoch))
    return tuple(found)


def rates(experiment: Experiment) -> tuple[float, ...]:
    """Return the rate of each dropout layer."""
    return tuple(layer.rate for layer in experiment.network.layers if isinstance(layer, Dropout))


def rates_now(record: Record) -> tuple[float, ...]:
    """Return the rates of a run's dropout layers, as they were changed while it trained."""
    found = rates(record.experiment)
    changes = [change.new for change in record.interventions if change.path == _RATE]
    return (changes[-1],) * len(found) if changes else found


def mask_rate(records: Sequence[Record], run: int) -> float | None:
    """Return the rate of the masks under which a run is looked at; None: each layer's own.

    A run that drops nothing is looked at under the masks of the twin that drops most, so that both can be compared.
    """
    own = rates_now(records[run])
    if any(own):
        return own[0] if len(set(own)) == 1 else None
    return max((rate for record in records for rate in rates_now(record)), default=0.0) or USUAL_RATE
