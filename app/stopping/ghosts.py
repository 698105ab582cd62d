"""The ghost of a run: the same run without early stopping, trained beside it or on from where it stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.experiment.comparisons import keep_going
from core.experiment.experiment import Experiment
from core.experiment.variants import Run, expand, override
from core.runs.record import Record

STOPPING = "training.early_stopping"


def is_ghost(one: Experiment, of: Experiment) -> bool:
    """Tell whether a run is another one that early stopping does not end."""
    if of.training.early_stopping is None or one.training.early_stopping is not None:
        return False
    return one == of.model_copy(update={"training": of.training.model_copy(update={"early_stopping": None})})


def pair(experiments: Sequence[Experiment], run: int) -> tuple[int, int | None]:
    """Return the place of a run, or of the one that it is the ghost of, and the place of its ghost if there is one."""
    of = next((place for place, other in enumerate(experiments) if is_ghost(experiments[run], other)), run)
    # That which was made for it stands behind it.
    around = sorted(range(len(experiments)), key=lambda place: (place != of + 1, place))
    return of, next((place for place in around if is_ghost(experiments[place], experiments[of])), None)


def without_ghosts(experiment: Experiment) -> Experiment:
    """Return the experiment without the ghosts that ``keep_going`` has put behind their runs."""
    runs = [run.experiment for run in expand(experiment)]
    kept = tuple(
        variant
        for place, variant in enumerate(experiment.variants)
        if not (place and is_ghost(runs[place], runs[place - 1]))
    )
    alone = len(kept) == 1 < len(runs) and not kept[0].settings
    return experiment.model_copy(update={"variants": () if alone else kept})


@dataclass(frozen=True)
class GoingOn:
    """An experiment, its runs, and by place the records that they go on from."""

    experiment: Experiment
    runs: tuple[Run, ...]
    before: Mapping[int, Record]


def with_ghosts(experiment: Experiment, records: Sequence[Record]) -> GoingOn:
    """Return what lets the runs of an experiment go on, each that stops early with its ghost beside it.

    Raises Mistake where no run stops early, or there would be too many.
    """
    made = keep_going(experiment)
    names = iter(variant.name for variant in made.variants)
    runs: list[Run] = []
    before: dict[int, Record] = {}
    for record in records:
        stops = record.experiment.training.early_stopping is not None
        for settings in ({}, {STOPPING: None}) if stops else ({},):
            before[len(runs)] = record
            runs.append(Run(next(names), override(record.experiment, settings)))
    return GoingOn(made, tuple(runs), before)


def with_stopping(experiment: Experiment, run: int, settings: Mapping[str, Any]) -> Experiment:
    """Return the experiment with settings of early stopping, by their names, for all runs; or, where the variant of the
    run sets its own, for that one. Raises Mistake for a value that cannot be."""
    paths = {f"{STOPPING}.{name}": value for name, value in settings.items()}
    variants = list(experiment.variants)
    if run < len(variants) and any(path.startswith(STOPPING) for path in variants[run].settings):
        own = override(expand(experiment)[run].experiment, paths).training.early_stopping
        assert own is not None
        rest = {path: value for path, value in variants[run].settings.items() if not path.startswith(STOPPING)}
        changed = variants[run].model_copy(update={"settings": rest | {STOPPING: own.model_dump(mode="json")}})
        return experiment.model_copy(update={"variants": (*variants[:run], changed, *variants[run + 1 :])})
    return override(experiment, paths)


def with_settings(experiment: Experiment, record: Record, settings: Mapping[str, Any]) -> GoingOn:
    """Return what lets the one run of an experiment go on with other settings of early stopping. Raises Mistake for a
    value that cannot be."""
    run = Run(record.name, with_stopping(record.experiment, 0, settings))
    return GoingOn(with_stopping(experiment, 0, settings), (run,), {0: record})
