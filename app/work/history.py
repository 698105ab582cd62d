"""The runs of this session and of the file: records, growing while they train."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from PySide6.QtCore import QObject, Signal

from app.work.session import Session
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Event

MOST_RECORDS = 100


class History(QObject):
    """Records of the runs so far, oldest first, and of those that are under way.

    places: of past runs, a number each that a run keeps for good, and with it its colour; ``place`` is that of the
    first run under way. cleared: all runs are other ones now. changed: a run was added, ended, renamed or deleted.
    grew: runs under way have more to show.
    """

    cleared = Signal()
    changed = Signal()
    grew = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.past: tuple[Record, ...] = ()
        self.places: tuple[int, ...] = ()
        self.place = 0
        self._recorder: Recorder | None = None
        self._records: tuple[Record, ...] | None = None  # of what it has taken so far
        self._begun = False
        self._before: tuple[Record, ...] = ()  # that runs go on from
        session.happened.connect(self._take)

    def begin(self, runs: Sequence[Run], before: Mapping[int, Record] | None = None) -> None:
        """Note that a job of these runs begins; what the one before has trained is kept.

        before: records that runs go on from, by run. They are past no more, and their runs keep their places.
        """
        kept = self._worth_keeping()
        places = (*self.places, *range(self.place, self.place + len(kept)))
        self.past = _within_limits(self.past + kept, self.session.keep_bytes)
        self.places = places[len(places) - len(self.past) :]
        self._before = tuple((before or {}).values())
        for record in self._before:
            self._forget(record)
        self.place = max(self.places, default=-1) + 1
        self._recorder = Recorder(self._named(runs, before or {}), self.session.keep_bytes, before)
        self._records = None
        self._begun = False
        self.changed.emit()

    def _named(self, runs: Sequence[Run], before: Mapping[int, Record]) -> tuple[Run, ...]:
        """Give runs that are called as their experiment a name that tells them apart; variants have their own."""
        named = []
        for place, run in enumerate(runs):
            name = run.name
            if place not in before and name == run.experiment.name:
                name = self.tr("Run {0}").format(self.place + place + 1)
            named.append(replace(run, name=name))
        return tuple(named)

    def clear(self, past: tuple[Record, ...] = ()) -> None:
        """Forget all runs, or take those of a file in their place."""
        self.past = past
        self.places = tuple(range(len(past)))
        self.place = len(past)
        self._before = ()
        self._recorder = None
        self.cleared.emit()
        self.changed.emit()

    @property
    def current(self) -> tuple[Record, ...]:
        """Records of the runs that are under way, as far as they have come; at first those that they go on from."""
        if self._recorder is None or not self._begun:
            return self._before
        if self._records is None:
            self._records = self._recorder.records()
        return self._records

    @property
    def records(self) -> tuple[Record, ...]:
        """All records that are worth saving: also of a run yet to begin, if its start weights are not its seed's."""
        return self.past + tuple(
            record
            for record in self.current
            if record.steps > 0 or record.interventions or (record.origin is not None and record.origin.file)
        )

    def delete(self, record: Record) -> None:
        """Forget a past run."""
        self._forget(record)
        self.changed.emit()

    def rename(self, record: Record, name: str) -> None:
        """Give a past run another name."""
        self.past = tuple(replace(other, name=name) if other is record else other for other in self.past)
        self.changed.emit()

    def _forget(self, record: Record) -> None:
        left = [(other, place) for other, place in zip(self.past, self.places, strict=True) if other is not record]
        self.past = tuple(other for other, _ in left)
        self.places = tuple(place for _, place in left)

    def _worth_keeping(self) -> tuple[Record, ...]:
        return tuple(record for record in self.current if record.steps > 0)

    def _take(self, events: tuple[Event, ...]) -> None:
        if self._recorder is not None:
            self._recorder.take(events)
            self._records = None
            self._begun = True
            self.grew.emit()


def _within_limits(records: tuple[Record, ...], keep_bytes: int) -> tuple[Record, ...]:
    """Return the newest records, the last one whole, the others within the memory budget.

    Older ones that do not fit keep their curves, start, best and last rows, but no state to go on from; they have the
    same budget once more, and what does not fit in that either is forgotten.
    """
    whole = thinned = keep_bytes
    kept = list(records[-1:])
    for record in reversed(records[-MOST_RECORDS:-1]):
        if _bytes(record) <= whole:
            whole -= _bytes(record)
            kept.append(record)
            continue
        marked = {min(record.rows), max(record.rows), record.best_epoch} & record.rows.keys()
        rows = MappingProxyType({epoch: record.rows[epoch] for epoch in sorted(marked)})
        less = replace(record, rows=rows, state=None)
        thinned -= _bytes(less)
        if thinned < 0:
            break
        kept.append(less)
    return tuple(reversed(kept))


def _bytes(record: Record) -> int:
    state = () if record.state is None else record.state.arrays.values()
    arrays = (*record.rows.values(), *state, record.row, record.last_row, record.curves.values)
    return sum(array.nbytes for array in arrays)
