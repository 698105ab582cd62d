"""Comparisons: what "compare …" offers for a setting, and the experiment whose variants differ in it."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from pydantic import BaseModel

from core.choices.fields import Frozen, Kinds, Mistake, OneOf, Real, Whole
from core.choices.optimizers import SGD
from core.experiment.experiment import Experiment
from core.experiment.problems import problems
from core.experiment.settings import Setting, setting_at, title_of
from core.experiment.variants import Variant, expand, override

MOST_RUNS = 16
# What a lecture compares, in its order; "compare …" works on every other setting too.
USUAL = (
    "network.dropout",
    "training.optimizer",
    "training.optimizer.learning_rate",
    "training.batch_size",
    "training.early_stopping.patience",
    "training.penalty.l2",
    "network.initializer",
    "network.activation",
    "training.seed",
)
# Where the row that follows from the limits is not the usual one.
_SUGGESTED: Mapping[str, tuple[Any, ...]] = {
    "dropout": (0.0, 0.2, 0.5),
    "rate": (0.0, 0.2, 0.5),
    "batch_size": (1, 32, "all"),
    "seed": tuple(range(1, MOST_RUNS + 1)),
    "split_seed": tuple(range(1, MOST_RUNS + 1)),
    "momentum": (0.0, 0.5, 0.9),
}
# Of these a comparison would say nothing: it takes other data, or the same numbers elsewhere.
_NEVER = ("source", "device", "kind", "id", "name", "question", "epochs")
_LADDER = (0.1, 0.3, 1.0, 3.0, 10.0)  # times the value that is set now, where only its power of ten matters
_STEPS = (0.25, 0.5, 1.0, 2.0, 4.0)


class Offer(Frozen):
    """The values of a setting that can be compared, as JSON values, and what the run of each is called."""

    path: str
    title: str
    values: tuple[Any, ...]
    names: tuple[str, ...]


def offers(experiment: Experiment) -> tuple[Offer, ...]:
    """Return what a lecture would compare in this experiment."""
    found = (offer(experiment, path) for path in USUAL)
    return tuple(one for one in found if one is not None)


def offer(experiment: Experiment, path: str) -> Offer | None:
    """Return what "compare …" of a setting offers; None where there are not two values that training would take.

    The values come from the tables and from the limits of the field, around what is set now.
    """
    base = experiment.model_copy(update={"variants": ()})
    try:
        setting = setting_at(base, path)
    except Mistake:
        return None
    values = [value for value in _values(path, setting) if _works(base, path, value)]
    if len(values) < 2:
        return None
    names = tuple(name_of(base, path, value) for value in values)
    return Offer(path=path, title=setting.title, values=tuple(values), names=names)


def comparison(experiment: Experiment, values: Mapping[str, Sequence[Any]]) -> Experiment:
    """Return the experiment with one variant for each value, or for each combination where several paths are given.

    Raises Mistake for fewer than 2 runs or more than 16, for values that are refused and for runs that cannot train.
    """
    base = experiment.model_copy(update={"variants": ()})
    counts = [len(of_path) for of_path in values.values()]
    runs = 1
    for count in counts:
        runs *= count
    if not 2 <= runs <= MOST_RUNS or not values:
        what = " × ".join(map(str, counts)) + (f" = {runs}" if len(counts) > 1 else "") if counts else "none"
        advice = "fewer" if runs > MOST_RUNS else "more"
        raise Mistake(f"comparison: expected 2 to {MOST_RUNS} runs, got {what}; choose {advice} values")
    variants = []
    for combination in product(*values.values()):
        settings = dict(zip(values, combination, strict=True))
        name = ", ".join(name_of(base, path, value) for path, value in settings.items())
        variants.append(Variant(name=name[:80], settings=settings))
    return _checked(base.model_copy(update={"variants": tuple(variants)}))


def keep_going(experiment: Experiment) -> Experiment:
    """Return the experiment with a variant beside each run that stops early: the ghost, which trains on to the end.

    Both are one run until the first one stops. Raises Mistake where no run stops early or there would be too many.
    """
    runs = expand(experiment)
    variants: list[Variant] = []
    own = experiment.variants or (Variant(name="early stopping"),)
    for variant, run in zip(own, runs, strict=True):
        variants.append(variant)
        if run.experiment.training.early_stopping is not None:
            off = {path: value for path, value in variant.settings.items() if not path.startswith(_STOPPING)}
            ghost = Variant(name=f"{variant.name[:67]}: keep going", settings=off | {_STOPPING: None})
            variants.append(ghost)
    if len(variants) == len(own):
        raise Mistake(f"{_STOPPING}: expected early stopping, which can then be looked beyond; switch it on")
    if len(variants) > MOST_RUNS:
        raise Mistake(f"comparison: expected at most {MOST_RUNS} runs, got {len(variants)}; take fewer variants")
    return _checked(experiment.model_copy(update={"variants": tuple(variants)}))


_STOPPING = "training.early_stopping"


def name_of(experiment: Experiment, path: str, value: Any) -> str:
    """Return what a run with this value of a setting is called: "dropout 0.5", "Adam", "batch 32", "seed 3".

    Raises Mistake for a value that is refused.
    """
    setting = setting_at(override(experiment, {path: value}), path)
    title, found, limits = _SHORT.get(path, setting.title), setting.value, setting.limits
    if isinstance(found, BaseModel):
        if not isinstance(limits, Kinds):
            return title  # a group of settings that may be off
        row = limits.rows[getattr(found, "kind", "")]
        return _described(str(getattr(row, "title", title)), found).replace("None", f"no {title}")
    if isinstance(limits, OneOf):
        option = limits.options[str(found)]
        return option if isinstance(option, str) else str(getattr(option, "title", found))
    if found is None or found is False or (found == 0 and path == "network.dropout"):
        return f"no {title}"
    if found is True:
        return title
    return f"{found} samples" if found == "all" else f"{title} {found:g}"


# Shorter than the titles of the fields.
_SHORT = {"network.dropout": "dropout", "training.batch_size": "batch", "training.early_stopping.patience": "patience"}


def _described(title: str, settings: BaseModel) -> str:
    """Return a title with the settings that are not as usual; of an optimizer's learning rate it is not said."""
    usual = type(settings)()
    told = [
        f"{title_of(info, name)} {getattr(settings, name)}"
        for name, info in type(settings).model_fields.items()
        if name != "learning_rate" and getattr(settings, name) != getattr(usual, name)
    ]
    return ", ".join([title, *told])


def _works(base: Experiment, path: str, value: Any) -> bool:
    try:
        _checked(override(base, {path: value}))
    except Mistake:
        return False
    return True


def _checked(experiment: Experiment) -> Experiment:
    """Return the experiment; raises Mistake where a variant cannot be applied or a run could not train."""
    expand(experiment)
    for problem in problems(experiment, free=lambda: None):
        if problem.severity == "error":
            raise Mistake(problem.sentence)
    return experiment


def _values(path: str, setting: Setting) -> list[Any]:
    name = path.rpartition(".")[2]
    limits, found = setting.limits, list[Any]()
    if name in _NEVER:
        return []
    if name in _SUGGESTED:
        found = list(_SUGGESTED[name])
    elif isinstance(limits, Kinds):
        found = _kinds(limits, setting.value)
    elif isinstance(limits, OneOf):
        found = list(limits.options)
    elif isinstance(limits, Whole | Real):
        found = _row(limits, setting)
    elif setting.model is not None:
        found = [(setting.value or setting.model()).model_dump(mode="json")]
    elif isinstance(setting.value, bool):
        found = [False, True]
    return [None, *found] if setting.optional else found


def _kinds(limits: Kinds, now: Any) -> list[Any]:
    """Return every row of a table with its usual settings, and the one that is chosen now with its own."""
    found: list[Any] = []
    for tag, model in limits.models.items():
        chosen = [now if getattr(now, "kind", None) == tag else model()]
        if isinstance(chosen[0], SGD):
            # The lecture's "momentum" is a way down of its own. Its steps add up to ten times the gradient's.
            rate = chosen[0].learning_rate
            chosen.append(SGD() if chosen[0].momentum else SGD(learning_rate=rate / 10, momentum=0.9))
        found += [settings.model_dump(mode="json") for settings in chosen]
    return found


def _row(limits: Whole | Real, setting: Setting) -> list[Any]:
    """Return a row of numbers around the one that is set now, within the limits; 0 too, where it is the usual one."""
    numbers = [number for number in (setting.value, setting.default) if isinstance(number, int | float)]
    zero = {0} & set(numbers)
    middle = next((number for number in numbers if number), 0.001 if zero else 1)
    if isinstance(limits, Whole):
        row = zero | {round(middle * factor) for factor in _STEPS}
        return sorted(number for number in row if limits.least <= number <= limits.most)
    rough = {float(f"{middle * factor:.1g}") for factor in (_LADDER if limits.log else _STEPS) if factor != 1}
    return sorted(number for number in zero | rough | {middle} if limits.least <= number <= limits.most)
