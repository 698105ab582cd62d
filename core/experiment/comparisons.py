"""Comparisons: what "compare …" offers for a setting, and the experiment whose variants differ in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, TypeVar

from pydantic import BaseModel

from core.choices.datasets import facts_of
from core.choices.features import FEATURES
from core.choices.fields import Frozen, Kinds, Mistake, OneOf, Real, Whole
from core.choices.optimizers import SGD
from core.experiment.experiment import Experiment
from core.experiment.network import Dense
from core.experiment.problems import problems
from core.experiment.settings import Setting, setting_at, title_of
from core.experiment.variants import EVERY_LAYER, Variant, expand, override

ValueT = TypeVar("ValueT")
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
    "network.units",
    "training.seed",
    "data.features",
    "data.source.noise",
    "data.source.samples",
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
# Of these a comparison would say nothing, and why.
_NEVER: Mapping[str, str] = {
    "source": "Losses on other data sets mean something else, so that runs on them cannot be compared.",
    "device": "The device changes how fast a run computes, not what it learns.",
    "epochs": "All runs train for the same epochs; what fewer would give stands in their curves.",
}
_RANGE = re.compile(r"\s*(\d{1,9})\s*(?:-|–|…|\.\.+)\s*(\d{1,9})\s*")  # whole numbers: 1-8, 1…8
_PATH = re.compile(r"^[a-z_]+\.[.\w\[\]]+(?=: )")  # at the start of what a Mistake says
_LADDER = (0.1, 0.3, 1.0, 3.0, 10.0)  # times the value that is set now, where only its power of ten matters
_STEPS = (0.25, 0.5, 1.0, 2.0, 4.0)


class Offer(Frozen):
    """The values of a setting that can be compared, as JSON values, and what the run of each is called."""

    path: str
    title: str
    values: tuple[Any, ...]
    names: tuple[str, ...]


def usual(experiment: Experiment) -> tuple[str, ...]:
    """Return the paths of what a lecture would compare in this experiment."""
    return tuple(path for path in USUAL if not why_not(experiment, path))


def offer(experiment: Experiment, path: str) -> Offer | None:
    """Return what "compare …" of a setting offers; None where there are not two values that training would take.

    The values come from the tables and from the limits of the field, around what is set now.
    """
    if why_not(experiment, path):
        return None
    base = experiment.model_copy(update={"variants": ()})
    values = tuple(_working(base, path))
    names = tuple(name_of(base, path, value) for value in values)
    return Offer(path=path, title=title_at(base, path), values=values, names=names)


def why_not(experiment: Experiment, path: str) -> str:
    """Return why values of a setting cannot be compared, in a sentence; empty where they can."""
    never = _NEVER.get(path.rpartition(".")[2])
    if never is not None:
        return never
    base = experiment.model_copy(update={"variants": ()})
    try:
        setting = setting_at(base, path)
    except Mistake as mistake:
        return f"{mistake}."
    if len(list(islice(_working(base, path), 2))) < 2:
        return f"This experiment can be trained with one value of {setting.title} alone."
    return ""


def _working(base: Experiment, path: str) -> Iterator[Any]:
    """Yield the values of a setting that training would take, one by one, for each has to be tried."""
    values = _values(base, path, setting_at(base, path))
    return (value for value in values if _works(base, path, value))


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
    values = in_order(values)
    for combination in product(*values.values()):
        settings = dict(zip(values, combination, strict=True))
        off = [path for path, value in settings.items() if value is None]
        if any(_holds(path, part) for path in off for part in settings):
            raise Mistake(
                f"{off[0]}: expected it to be on in every run, for parts of it are compared too; leave out none"
            )
        name = ", ".join(name_of(base, path, value) for path, value in settings.items())
        variants.append(Variant(name=name[:80], settings=settings))
    return _checked(base.model_copy(update={"variants": tuple(variants)}))


def in_order(settings: Mapping[str, ValueT]) -> dict[str, ValueT]:
    """Return settings by path, each after those that would take its place: an optimizer before its learning rate."""
    depth = {path: sum(_holds(other, path) for other in settings) for path in settings}
    return {path: settings[path] for path in sorted(settings, key=depth.__getitem__)}


def _holds(path: str, other: str) -> bool:
    return other.startswith((f"{path}.", f"{path}[")) or (path in EVERY_LAYER and other.startswith(_LAYERS))


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
    if isinstance(setting.value, tuple):
        return _listed(path, setting)
    name = _named(setting, _SHORT.get(path, setting.title))
    layer = _layer(experiment, path)
    return f"{layer[:40]}: {name}" if layer else name


def _listed(path: str, setting: Setting) -> str:
    if path == "data.features":
        return ", ".join(FEATURES[tag].title for tag in setting.value)
    if path == _LAYERS:
        parts = [f"{one.units}" if isinstance(one, Dense) else f"dropout {one.rate:g}" for one in setting.value]
        return f"layers {', '.join(parts)}" if parts else "no layers"
    return f"{len(setting.value):,} {setting.title}"


def title_at(experiment: Experiment, path: str) -> str:
    """Return the words for a setting; of a layer with others of its kind they name it: "units of Dense 1"."""
    title, layer = setting_at(experiment, path).title, _layer(experiment, path)
    return f"{title} of {layer}" if layer else title


def range_of(experiment: Experiment, path: str, text: str) -> tuple[int, ...]:
    """Return the whole numbers of a range that is typed, such as 1-8 or 1…8; none where it is no such range.

    Raises Mistake for a range that does not go up, and for one of more numbers than a comparison has runs.
    """
    found = _RANGE.fullmatch(text)
    if found is None or not isinstance(setting_at(experiment, path).limits, Whole):
        return ()
    first, last = map(int, found.groups())
    if not first < last < first + MOST_RUNS:
        raise Mistake(
            f"{path}: expected a range of 2 to {MOST_RUNS} whole numbers, such as 1-8, got {text.strip()}; "
            f"a comparison has at most {MOST_RUNS} runs"
        )
    return tuple(range(first, last + 1))


def in_words(experiment: Experiment, path: str, mistake: Mistake) -> str:
    """Return what is wrong with a value, with the title of the setting in place of its path."""
    title = title_at(experiment, path)
    return _PATH.sub(lambda _path: title[:1].upper() + title[1:], str(mistake))


def _layer(experiment: Experiment, path: str) -> str:
    """Return the name of the layer that a path leads to, if the network has others with that field."""
    if path in EVERY_LAYER or not path.startswith(_LAYERS):
        return ""
    way = path.rpartition(".")[0]
    layers = experiment.network.layers
    found = next(
        (one for place, one in enumerate(layers) if way in (f"{_LAYERS}[{place}]", f"{_LAYERS}.{one.id}")), None
    )
    return found.name if found is not None and sum(isinstance(one, type(found)) for one in layers) > 1 else ""


def _named(setting: Setting, title: str) -> str:
    found, limits = setting.value, setting.limits
    if isinstance(found, BaseModel):
        if not isinstance(limits, Kinds):
            return title  # a group of settings that may be off
        row = limits.rows[getattr(found, "kind", "")]
        return _described(str(getattr(row, "title", title)), found).replace("None", f"no {title}")
    if isinstance(limits, OneOf):
        option = limits.options[str(found)]
        return option if isinstance(option, str) else str(getattr(option, "title", found))
    if found is None or found is False or (found == 0 and setting.path == "network.dropout"):
        return f"no {title}"
    if found is True:
        return title
    counted = "samples" if found == "all" else title if title in _COUNTED else ""
    return f"{found} {counted if found != 1 else counted[:-1]}" if counted else f"{title} {found:g}"


_LAYERS = "network.layers"
_COUNTED = ("units", "samples")
# Other words than the titles of the fields, which are too long or no nouns.
_SHORT = {
    "network.dropout": "dropout",
    "training.batch_size": "batch",
    "training.early_stopping.patience": "patience",
    "data.standardize": "standardization",
}


def _described(title: str, settings: BaseModel) -> str:
    """Return a title with the settings that are not as usual; of an optimizer's learning rate it is not said."""
    usual = type(settings)()
    told = []
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        if name != "learning_rate" and value != getattr(usual, name):
            words = title_of(info, name)
            told.append(f"{len(value)} {words}" if isinstance(value, tuple) else f"{words} {value}")
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


def _values(base: Experiment, path: str, setting: Setting) -> list[Any]:
    name = path.rpartition(".")[2]
    limits, found = setting.limits, list[Any]()
    if path == "data.features":
        found = _features(base)
    elif name in _SUGGESTED:
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


def _features(base: Experiment) -> list[list[str]]:
    """Return the point itself, with each other feature, with all of them, and what is set now; none without a plane."""
    try:
        if not facts_of(base.data.source).plane:
            return []
    except Mistake:
        return []
    point, others = [*FEATURES][:2], [*FEATURES][2:]
    found = [point, *([*point, other] for other in others), [*FEATURES]]
    now = [*base.data.features]
    return found if now in found else [now, *found]


def _row(limits: Whole | Real, setting: Setting) -> list[Any]:
    """Return a row of numbers around the one that is set now, within the limits; 0 too, where it is the usual one."""
    numbers = [number for number in (setting.value, setting.default) if isinstance(number, int | float)]
    zero = {0} & set(numbers)
    share = isinstance(limits, Real) and not limits.log and limits.most <= 1
    middle = next((number for number in numbers if number), (0.2 if share else 0.001) if zero else 1)
    if isinstance(limits, Whole):
        row = zero | {round(middle * factor) for factor in _STEPS}
        return sorted(number for number in row if limits.least <= number <= limits.most)
    rough = {float(f"{middle * factor:.1g}") for factor in (_LADDER if limits.log else _STEPS) if factor != 1}
    return sorted(number for number in zero | rough | {middle} if limits.least <= number <= limits.most)
