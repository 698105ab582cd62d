"""Problems: what stands in the way of training, where, and the mend that a click or a word applies."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.choices.datasets import Facts, facts_of
from core.choices.fields import Mistake, Tagged
from core.experiment.architecture import Architecture, architecture
from core.experiment.checks import Mend, Problem, check, check_settings, data_problem
from core.experiment.experiment import Experiment
from core.experiment.memory import KEEP_BYTES, free_memory, needed
from core.experiment.variants import Variant, override

__all__ = ["Mend", "Problem", "problems"]


def problems(
    experiment: Experiment, free: Callable[[], int | None] = free_memory, keep_bytes: int = KEEP_BYTES
) -> tuple[Problem, ...]:
    """Return all problems of an experiment and of the runs that follow from it; never raises.

    free: tells how many bytes of memory are free; keep_bytes: what the kept rows of all runs may take. A problem that
    every run has, and that the variants leave open to be mended at its place, is told once; one of a single variant is
    told with the variant's name and mended in it.
    """
    facts = _Facts()
    base = experiment.model_copy(update={"variants": ()})
    found: list[Problem] = list(_names(experiment.variants))
    runs: list[tuple[int, Experiment]] = []
    for place, variant in enumerate(experiment.variants):
        try:
            run = override(base, variant.settings)
        except Mistake as mistake:
            found.append(_unfitting(base, place, variant, str(mistake)))
        else:
            runs.append((place, run.model_copy(update={"variants": ()})))
    common = list(_of_run(base, facts))
    if experiment.variants:
        own = {place: list(_of_run(run, facts)) for place, run in runs}
        common = [
            problem
            for problem in common
            if all(problem in of_run for of_run in own.values())
            and not any(_touches(variant, problem) for variant in experiment.variants)
        ]
        found += common
        for place, of_run in own.items():
            found += [_in_variant(experiment, place, problem) for problem in of_run if problem not in common]
    else:
        found += common
        runs = [(0, base)]
    return (*found, *_memory([run for _, run in runs], facts, free, keep_bytes))


class _Facts:
    """The facts of each data set asked for once, for a table has to be read for them."""

    def __init__(self) -> None:
        self._known: dict[Tagged, Facts | Mistake] = {}

    def of(self, experiment: Experiment) -> Facts:
        """Return the facts of an experiment's data; raises Mistake where they cannot be had."""
        source = experiment.data.source
        if source not in self._known:
            try:
                self._known[source] = facts_of(source)
            except (ValueError, OSError) as fault:
                # Mostly a Mistake, but files can be wrong in ways that nobody has foreseen, and this must not raise.
                self._known[source] = fault if isinstance(fault, Mistake) else Mistake(str(fault))
        known = self._known[source]
        if isinstance(known, Mistake):
            raise known
        return known


def _of_run(experiment: Experiment, facts: _Facts) -> Iterator[Problem]:
    yield from check_settings(experiment)
    try:
        known = facts.of(experiment)
    except Mistake as mistake:
        yield data_problem(str(mistake))
    else:
        yield from check(experiment, known)


def _names(variants: tuple[Variant, ...]) -> Iterator[Problem]:
    taken = {variant.name for variant in variants}
    seen: set[str] = set()
    for place, variant in enumerate(variants):
        if variant.name in seen:
            number = 2
            while (fresh := f"{variant.name[:70]} {number}") in taken:
                number += 1
            taken.add(fresh)
            path = f"variants[{place}].name"
            mend = Mend(f'Call it "{fresh}"', path, fresh)
            yield Problem(path, None, f'Two variants are called "{variant.name}".', mend)
        seen.add(variant.name)


def _unfitting(base: Experiment, place: int, variant: Variant, sentence: str) -> Problem:
    fitting = {path: value for path, value in variant.settings.items() if _fits(base, {path: value})}
    if not _fits(base, fitting) or len(fitting) == len(variant.settings):
        fitting = {}
    path = f"variants[{place}].settings"
    mend = Mend("Leave out what cannot be set", path, fitting)
    return Problem(path, None, f'Variant "{variant.name}": {sentence}.', mend)


def _fits(base: Experiment, settings: Mapping[str, Any]) -> bool:
    try:
        override(base, settings)
    except Mistake:
        return False
    return True


def _touches(variant: Variant, problem: Problem) -> bool:
    """Tell whether a variant sets what the mend of a problem would set, so that the mend would be lost on it."""
    if problem.mend is None:
        return False
    mended = problem.mend.path
    # Words such as network.dropout set layers, which go by other paths.
    return any(
        path.split(".")[0] == "network" == mended.split(".")[0] or path.startswith(mended) or mended.startswith(path)
        for path in variant.settings
    )


def _in_variant(experiment: Experiment, place: int, problem: Problem) -> Problem:
    variant = experiment.variants[place]
    mend = problem.mend
    if mend is not None:
        # Last, so that no other setting of the variant undoes it.
        settings = {path: value for path, value in variant.settings.items() if path != mend.path}
        mend = Mend(mend.label, f"variants[{place}].settings", settings | {mend.path: mend.value})
    sentence = f'Variant "{variant.name}": {problem.sentence}'
    return Problem(f"variants[{place}].settings", problem.layer_id, sentence, mend, problem.severity)


def _memory(
    runs: list[Experiment], facts: _Facts, free: Callable[[], int | None], keep_bytes: int
) -> Iterator[Problem]:
    """Say so if training all runs together would take more than half of the memory that is free."""
    parts: list[tuple[Experiment, Architecture, Facts]] = []
    for run in runs:
        try:
            known = facts.of(run)
            parts.append((run, architecture(run, known), known))
        except Mistake:
            continue  # told already
    there = free()
    if not parts or there is None:
        return
    need = needed(parts, keep_bytes)
    if need <= there / 2:
        return
    built = max((built for _, built, _ in parts), key=lambda built: built.parameters)
    largest = max(built.dense, key=lambda layer: layer.units * layer.inputs)
    many = f"{len(parts)} runs of up to" if len(parts) > 1 else "A run of"
    less = "fewer variants or fewer units" if len(parts) > 1 else "fewer units"
    yield Problem(
        "variants" if len(parts) > 1 else "network",
        largest.id,
        f"{many} {built.parameters:,} weights would need about {_gigabytes(need)} of memory, and half of what is free "
        f"is {_gigabytes(there / 2)}: take {less}.",
    )


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size < 1e11 else f"{size / 1e9:,.0f} GB"
