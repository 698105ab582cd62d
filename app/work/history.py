"""The runs of this session and of the file: records, growing while they train."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from PySide6.QtCore import QObject, Signal

from app.work.session import Session
from core.experiment.memory import KEEP_BYTES
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Event

MOST_RECORDS = 100


class History(QObject):
    """Records of the runs so far, oldest first, and of those that are under way.

    changed: a run was added, ended, renamed or deleted. grew: runs that are under way have more to show.
    """

    changed = Signal()
    grew = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.past: tuple[Record, ...] = ()
        self._recorder: Recorder | None = None
        self._begun = False
        session.happened.connect(self._take)

    def begin(self, runs: Sequence[Run], before: Mapping[int, Record] | None = None) -> None:
        """Note that a job of these runs begins; what the one before has trained is kept."""
        self.past = _within_limits(self.past + self._worth_keeping())
        self._recorder = Recorder(runs, before=before)
        self._begun = False
        self.changed.emit()

    def clear(self, past: tuple[Record, ...] = ()) -> None:
        """Forget all runs, or take those of a file in their place."""
        self.past = past
        self._recorder = None
        self.changed.emit()

    @property
    def current(self) -> tuple[Record, ...]:
        """Records of the runs that are under way, as far as they have come."""
        return self._recorder.records() if self._recorder is not None and self._begun else ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All records that are worth saving."""
        return self.past + self._worth_keeping()

    def delete(self, record: Record) -> None:
        """Forget a past run."""
        self.past = tuple(other for other in self.past if other is not record)
        self.changed.emit()

    def rename(self, record: Record, name: str) -> None:
        """Give a past run another name."""
        self.past = tuple(replace(other, name=name) if other is record else other for other in self.past)
        self.changed.emit()

    def _worth_keeping(self) -> tuple[Record, ...]:
        return tuple(record for record in self.current if record.steps > 0)

    def _take(self, events: tuple[Event, ...]) -> None:
        if self._recorder is not None:
            self._recorder.take(events)
            self._begun = True
            self.grew.emit()


def _within_limits(records: tuple[Record, ...]) -> tuple[Record, ...]:
    """Return the newest records; of older ones that do not fit in the memory budget only start, best and last rows."""
    room = KEEP_BYTES
    kept = []
    for record in reversed(records[-MOST_RECORDS:]):
        size = sum(row.nbytes for row in record.rows.values())
        if size > room:
            marked = {min(record.rows), max(record.rows), record.best_epoch} & record.rows.keys()
            rows = MappingProxyType({epoch: record.rows[epoch] for epoch in sorted(marked)})
            record = replace(record, rows=rows)  # noqa: PLW2901
        else:
            room -= size
        kept.append(record)
    return tuple(reversed(kept))
