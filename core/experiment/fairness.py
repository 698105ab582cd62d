"""What is held equal between runs that are compared, and what differs: said, so that a comparison is a fair one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout
from core.experiment.settings import title_of
from core.experiment.variants import Run, Variant

_WORDS = ("name", "question", "canvas", "variants", "id")  # which training does not look at
_SPLIT = "split of the data"


@dataclass(frozen=True)
class Fairness:
    """What the runs share of what chance decides, and the titles of the settings in which they differ."""

    equal: tuple[str, ...]
    differs: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Both in words."""
        equal = f"Held equal: {', '.join(self.equal)}." if self.equal else "Nothing that chance decides is held equal."
        differs = f"Differs: {', '.join(self.differs)}." if self.differs else "No setting differs."
        judged = "" if _SPLIT in self.equal else " Each run is judged by samples of its own."
        return f"{differs} {equal}{judged}"  # what differs first: it is not to be cut off where there is little room


def fairness(runs: Sequence[Run]) -> Fairness:
    """Return what is held equal between runs, of which there is at least one."""
    experiments = [run.experiment for run in runs]
    places = {path: title for other in experiments[1:] for path, title, _ in _differences(experiments[0], other, "")}
    # Where kinds differ, as of optimizers, what differs within one of them is not told apart.
    differs = [title for path, title in places.items() if not any(path.startswith(f"{above}.") for above in places)]
    whole = all(one.training.batch_size == "all" for one in experiments)
    dropped = any(isinstance(layer, Dropout) and layer.rate for one in experiments for layer in one.network.layers)
    chances = {
        "start weights": [_start(run) for run in runs],
        "order of the samples": [(one.training.seed, _samples(one)) for one in experiments] if not whole else None,
        "dropout's random numbers": [_masks(one) for one in experiments] if dropped else None,
        _SPLIT: [_samples(one) for one in experiments],
    }
    equal = tuple(name for name, keys in chances.items() if keys and all(key == keys[0] for key in keys))
    return Fairness(equal, tuple(dict.fromkeys(differs)))


def as_variants(runs: Sequence[Run]) -> Experiment:
    """Return the first run's experiment with every run as a variant, so that runs of the past can be compared.

    What differs is overridden; start weights that the seed did not draw are left behind.
    """
    base = runs[0].experiment
    variants = tuple(
        Variant(name=run.name, settings={path: value for path, _, value in _differences(base, run.experiment, "")})
        for run in runs
    )
    return base.model_copy(update={"variants": variants})


def _start(run: Run) -> Any:
    """Return what the start weights follow from: the seed, the shapes and the initializers, or the weights given."""
    if run.start is not None:
        return run.start.row.tobytes()
    try:
        layers = architecture(run.experiment).dense
    except (ValueError, OSError):  # data that cannot be read
        return object()
    return run.experiment.training.seed, [(layer.units, layer.inputs, layer.initializer) for layer in layers]


def _samples(one: Experiment) -> Any:
    """Return what the samples and their parts follow from; what the network is given of them may differ."""
    data = one.data
    return data.source, data.validation, data.test, data.split_seed


def _masks(one: Experiment) -> Any:
    """Return what the random numbers of dropout follow from: whatever its rate, each takes one number a unit."""
    layers = [layer.units if isinstance(layer, Dense) else None for layer in one.network.layers]
    return one.training.seed, one.training.batch_size, _samples(one), layers


def _differences(base: BaseModel, other: BaseModel, path: str) -> Iterator[tuple[str, str, Any]]:
    """Yield path, title and the other's value of every setting in which two models of one class differ."""
    for name, info in type(other).model_fields.items():
        before, after = getattr(base, name), getattr(other, name)
        if name in _WORDS or before == after:
            continue
        here = f"{path}.{name}".lstrip(".")
        yield from _of_values(before, after, here, title_of(info, name))


def _of_values(before: Any, after: Any, path: str, title: str) -> Iterator[tuple[str, str, Any]]:
    if isinstance(before, BaseModel) and type(before) is type(after):
        yield from _differences(before, after, path)
    elif isinstance(after, tuple) and [*map(type, before)] == [*map(type, after)] and _are_models(after):
        for place, (one, two) in enumerate(zip(before, after, strict=True)):
            yield from _of_values(one, two, f"{path}[{place}]", title)
    else:
        yield path, title, _plain(after)


def _are_models(values: tuple[Any, ...]) -> bool:
    return all(isinstance(value, BaseModel) for value in values)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, which is how variants hold it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
