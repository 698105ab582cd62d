"""Training as the command line does it: anew or going on, with a bar, until it is over or Ctrl-C is pressed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.choices.fields import Mistake
from core.cli.progress import download_bar, training_bar
from core.experiment.experiment import Experiment
from core.experiment.variants import Run, expand, override
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Order, Stop
from core.training.keeping import best_monitor

# What may differ between a run and one that goes on from it. All else is either in the state or would not fit it.
MAY_DIFFER = ("epochs", "early_stopping", "device")


@dataclass(frozen=True)
class Plan:
    """runs: all of the experiment; before: records to go on from, over: records that stay as they are, by place."""

    runs: tuple[Run, ...]
    before: Mapping[int, Record] = field(default_factory=dict)
    over: Mapping[int, Record] = field(default_factory=dict)


def anew(experiment: Experiment, device: str | None) -> Plan:
    """Plan to train every run from its start; device None leaves the choice to the experiment."""
    return Plan(_runs(experiment, device))


def going_on(experiment: Experiment, device: str | None, records: Sequence[Record]) -> Plan:
    """Plan to go on from the records; raises Mistake where a run has none, has changed, or nothing is left to do."""
    runs = _runs(experiment, device)
    known = {record.name: record for record in records}
    before: dict[int, Record] = {}
    over: dict[int, Record] = {}
    for place, run in enumerate(runs):
        record = known.get(run.name)
        if record is None:
            raise Mistake(f'--continue: run "{run.name}" has not been trained; leave out --continue to train it')
        _check_same(run, record)
        (before if _something_left(run, record) else over)[place] = record
    if not before:
        raise Mistake(
            "--continue: every run is over; raise --epochs, or the patience of early stopping where it has ended a run"
        )
    return Plan(runs, before, over)


def carry_out(plan: Plan, interrupted: Callable[[], bool]) -> tuple[Record, ...]:
    """Train and return the records of all runs; once ``interrupted`` tells so, stop before the next step."""
    from core.datasets.load import load
    from core.training.loop import prepare, train

    places = [place for place in range(len(plan.runs)) if place not in plan.over]
    runs = [plan.runs[place] for place in places]
    before = {at: plan.before[place] for at, place in enumerate(places) if place in plan.before}
    states = {at: record.state for at, record in before.items() if record.state is not None}
    with download_bar() as progress:
        job = prepare(runs, lambda data: load(data, progress), states)
    recorder = Recorder(runs, job.keep_bytes, before)
    work = train(job)
    order: Order | None = None
    stopped = False
    with training_bar(runs) as show:
        while True:
            try:
                events = work.send(order)
            except StopIteration:
                break
            if events:
                recorder.take(events)
            show(events)
            order = Stop() if interrupted() and not stopped else None
            stopped = stopped or order is not None
    done = {place: recorder.record(at) for at, place in enumerate(places)}
    return tuple((done | dict(plan.over))[place] for place in range(len(plan.runs)))


def _runs(experiment: Experiment, device: str | None) -> tuple[Run, ...]:
    runs = expand(experiment)
    if device is None:
        return runs
    return tuple(Run(run.name, override(run.experiment, {"training.device": device})) for run in runs)


def _check_same(run: Run, record: Record) -> None:
    """Raise Mistake if a run has other settings than its record where that may not be."""
    new, old = run.experiment.model_dump(), record.experiment.model_dump()
    for part in ("data", "network", "training"):
        for name, value in new[part].items():
            if value != old[part][name] and not (part == "training" and name in MAY_DIFFER):
                raise Mistake(
                    f'--continue: {part}.{name} is not what run "{run.name}" was trained with; only '
                    f"{', '.join(f'training.{free}' for free in MAY_DIFFER)} may change on the way"
                )
    if best_monitor(run.experiment) != best_monitor(record.experiment):
        raise Mistake(
            f'--continue: training.early_stopping.monitor is not what run "{run.name}" was trained with, so that its '
            "best epoch would no longer be the best"
        )


def _something_left(run: Run, record: Record) -> bool:
    """Tell whether a run that goes on from this record would do a step."""
    training = run.experiment.training
    if record.state is None or record.epochs >= training.epochs:
        return False
    stopping = training.early_stopping
    return stopping is None or not len(record.curves) or record.curves["waited"][-1] < stopping.patience
