"""The recorder: makes records of runs from what training tells, at any time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from core.experiment.memory import KEEP_BYTES
from core.experiment.variants import Origin, Run
from core.runs.curves import CurveBuffer
from core.runs.path import Path
from core.runs.record import Intervention, Record
from core.runs.versions import versions
from core.training.events import Begun, Changed, Edited, Ended, EpochDone, Event, Metrics, Saved, State
from core.training.keeping import best_monitor, capacity


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class _Progress:
    """What a run has told so far."""

    begun: Begun
    started: str
    curves: CurveBuffer
    path: Path
    interventions: list[Intervention]
    seconds: float = 0.0
    metrics: Metrics = field(default_factory=Metrics)
    state: State | None = None
    ended: Ended | None = None


class Recorder:
    """Takes the events of a job's runs in order and gives a record of each run whenever it is asked.

    keep_bytes: what the rows of all paths together may take, as given to the job. before: the records that runs go on
    from, by their place in the job. now: tells the time.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        keep_bytes: int = KEEP_BYTES,
        before: Mapping[int, Record] | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.runs = tuple(runs)
        self.keep_bytes = keep_bytes
        self.before = before or {}
        self.now = now
        self.versions = MappingProxyType(versions())
        self._progress: dict[int, _Progress] = {}

    def take(self, events: Iterable[Event]) -> None:
        """Take what a ``next()`` of training has told."""
        for event in events:
            if isinstance(event, Begun):
                self._progress[event.run] = self._begin(event)
                continue
            progress = self._progress[event.run]
            if isinstance(event, EpochDone):
                progress.curves.append(event)
                progress.metrics = event.metrics
                if event.row is not None:
                    progress.path.add(event.epoch, event.row)
            elif isinstance(event, Changed | Edited):
                _note(progress.interventions, Intervention(event.step, event.path, event.old, event.new))
            elif isinstance(event, Saved):
                progress.state = event.state
            elif isinstance(event, Ended):
                progress.ended, progress.state = event, event.state

    def records(self) -> tuple[Record, ...]:
        """Return a record of every run that has begun, in the order of the job."""
        return tuple(self.record(run) for run in sorted(self._progress))

    def record(self, run: int) -> Record:
        """Return the record of a run that has begun, as far as it has come."""
        progress = self._progress[run]
        begun, ended = progress.begun, progress.ended
        newest = progress.curves.last
        epoch, step = (begun.epoch, 0) if newest is None else (int(newest[0]), int(newest[1]))
        saved = progress.state.values.get("step") if progress.state is not None else None
        rows = progress.path.rows()
        if ended is not None:
            rows[ended.best_epoch] = ended.best_row
            # A run that was stopped within an epoch ends between two; one that diverged goes back to the last good one.
            if ended.outcome == "diverged" or ended.step == step:
                rows[epoch] = ended.last_row
            rows = dict(sorted(rows.items()))
        newest_row = rows[max(rows)]
        return Record(
            name=self.runs[run].name,
            experiment=self.runs[run].experiment,
            device=begun.device,
            device_reason=begun.device_reason,
            parameters=begun.parameters,
            started=progress.started,
            seconds=ended.seconds if ended else progress.seconds,
            steps=ended.step if ended else max(step, saved) if isinstance(saved, int) else step,
            epochs=ended.epoch if ended else epoch,
            curves=progress.curves.curves(),
            interventions=tuple(progress.interventions),
            outcome=ended.outcome if ended else None,
            message=ended.message if ended else "",
            best_epoch=ended.best_epoch if ended else progress.curves.best_epoch,
            metrics=ended.metrics if ended else progress.metrics,
            last=ended.last if ended else progress.metrics,
            rows=MappingProxyType(rows),
            row=ended.row if ended else newest_row,
            last_row=ended.last_row if ended else newest_row,
            state=progress.state,
            versions=self.versions,
            origin=self._origin(run),
        )

    def _origin(self, run: int) -> Origin | None:
        before, start = self.before.get(run), self.runs[run].start
        if before is not None:
            return before.origin
        return None if start is None else start.origin

    def _begin(self, begun: Begun) -> _Progress:
        run = self.runs[begun.run]
        monitor = best_monitor(run.experiment)
        stopping = run.experiment.training.early_stopping
        min_delta = 0.0 if stopping is None else stopping.min_delta
        path = Path(capacity(begun.parameters, len(self.runs), self.keep_bytes))
        before = self.before.get(begun.run)
        if before is None:
            path.add(begun.epoch, begun.row)
            return _Progress(
                begun, self.now().isoformat(timespec="seconds"), CurveBuffer(monitor, min_delta=min_delta), path, []
            )
        # What was recorded after the state that the run goes on from will happen once more.
        curves = before.curves.until(begun.epoch)
        interventions = list(before.interventions)
        if 0 < len(curves) < len(before.curves):
            interventions = [change for change in interventions if change.step <= curves["step"][-1]]
        for epoch, row in before.rows.items():
            if epoch <= begun.epoch:
                path.add(epoch, row)
        buffer = CurveBuffer(monitor, curves, min_delta)
        return _Progress(begun, before.started, buffer, path, interventions, before.seconds, before.last, before.state)


def _note(interventions: list[Intervention], change: Intervention) -> None:
    """Add a change. Those of one setting before the same step are one, and none where nothing came of them."""
    for place in range(len(interventions) - 1, -1, -1):
        earlier = interventions[place]
        if earlier.step != change.step:
            break
        if earlier.path == change.path:
            change = replace(change, old=earlier.old)
            del interventions[place]
            break
    if change.old != change.new:
        interventions.append(change)
