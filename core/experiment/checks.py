"""What problems of a single run are looked for: first in its settings alone, then with the facts of its data."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from core.choices.datasets import Facts, Points
from core.choices.fields import Tagged
from core.choices.initializers import Given, Normal, Zeros
from core.choices.losses import LOSSES
from core.choices.schedules import MONITORS, Plateau
from core.experiment.architecture import DenseLayer, architecture
from core.experiment.data import Data
from core.experiment.experiment import Experiment
from core.experiment.network import Dense
from core.experiment.parts import part_totals

_ABSURD_RATE = 10.0


@dataclass(frozen=True)
class Mend:
    """What a button says, and the setting that it then changes: ``override(experiment, {path: value})``."""

    label: str
    path: str
    value: Any


@dataclass(frozen=True)
class Problem:
    """Something that stands in the way. An error forbids training, a warning does not.

    place: a path as in error messages. layer_id: of the card that it belongs to, None for data, training and variants.
    """

    place: str
    layer_id: str | None
    sentence: str
    mend: Mend | None = None
    severity: Literal["error", "warning"] = "error"


def data_problem(message: str) -> Problem:
    """Return the problem of data that cannot be had."""
    place, colon, rest = message.partition(": ")
    if colon and place.startswith("data."):
        return Problem(place, None, f"{rest[:1].upper()}{rest[1:]}.")
    return Problem("data.source", None, f"{message}.")


def check_settings(experiment: Experiment) -> Iterator[Problem]:
    """Yield the problems that can be seen before the data are known."""
    yield from _learning_rate(experiment)
    for place, layer in enumerate(experiment.network.layers):
        if isinstance(layer, Dense) and layer.units > 1 and _all_equal(layer.initializer):
            path = f"network.layers[{place}].initializer"
            yield Problem(
                path,
                layer.id,
                f"All neurons of {layer.name} start equal, so all of them learn the same.",
                Mend("Take PyTorch's default", path, "default"),
                "warning",
            )


def check(experiment: Experiment, facts: Facts) -> Iterator[Problem]:
    """Yield the problems that settings have with the data."""
    yield from _parts(experiment.data, facts)
    yield from _monitors(experiment, facts)
    yield from _batch_size(experiment, facts)
    if facts.task in LOSSES[experiment.training.loss].heads:
        yield from _layers(experiment, facts)
    else:
        yield _loss(experiment, facts)


def part_sizes(data: Data, facts: Facts) -> tuple[int, int, int]:
    """Return how many samples training, validation and test get, as core/datasets/split.py parts them."""
    training, validation, test = part_totals(facts.samples, data.validation, 0 if facts.own_test else data.test)
    return training, validation, facts.own_test or test


def _all_equal(initializer: Tagged) -> bool:
    return isinstance(initializer, Zeros) or (isinstance(initializer, Normal) and initializer.std == 0)


def _learning_rate(experiment: Experiment) -> Iterator[Problem]:
    optimizer = experiment.training.optimizer
    if 0 < optimizer.learning_rate < _ABSURD_RATE:
        return
    path = "training.optimizer.learning_rate"
    usual: float = type(optimizer).model_fields["learning_rate"].default
    sentence = (
        "With a learning rate of 0 the weights never change."
        if optimizer.learning_rate == 0
        else f"With a learning rate of {optimizer.learning_rate:g} training will hardly stay finite."
    )
    yield Problem(path, None, sentence, Mend(f"Take {usual:g}", path, usual), "warning")


def _loss(experiment: Experiment, facts: Facts) -> Problem:
    task = facts.task
    fitting = next(row for row in LOSSES.values() if task in row.heads)
    what = "numbers to predict" if task == "regression" else f"{len(facts.classes)} classes"
    title = LOSSES[experiment.training.loss].title
    return Problem(
        "training.loss",
        experiment.network.output.id,
        f"{title} does not fit data with {what}: take {fitting.title.lower()}.",
        Mend(f"Take {fitting.title.lower()}", "training.loss", fitting.tag),
    )


def _parts(data: Data, facts: Facts) -> Iterator[Problem]:
    if isinstance(data.source, Points):
        drawn = {point[2] for point in data.source.points}
        for index, name in enumerate(facts.classes):
            if index not in drawn:
                yield Problem("data.source.points", None, f"There is no point of {name}: draw some.", None, "warning")
    train, wanted = part_sizes(data, facts)[0], len(facts.classes)
    if train >= wanted:
        return
    mend = None
    drawable = type(data.source).model_fields.get("samples")
    if drawable is not None and drawable.default > facts.samples:
        mend = Mend(f"Draw {drawable.default} samples", "data.source.samples", drawable.default)
    for part in ("validation", "test"):
        if part_sizes(data.model_copy(update={part: 0.0}), facts)[0] >= wanted:
            mend = Mend(f"Keep none for {part}", f"data.{part}", 0)
    sentence = f"Of {facts.samples} samples {train} are for training, and there are {wanted} classes."
    yield Problem("data", None, sentence, mend, "warning")


def _monitors(experiment: Experiment, facts: Facts) -> Iterator[Problem]:
    training = experiment.training
    watchers: list[tuple[str, str, str]] = []
    if training.early_stopping is not None:
        watchers.append(("Early stopping", "training.early_stopping.monitor", training.early_stopping.monitor))
    if isinstance(training.schedule, Plateau):
        watchers.append(("Reduce on plateau", "training.schedule.monitor", training.schedule.monitor))
    for who, path, monitor in watchers:
        title = MONITORS[monitor].lower()
        if monitor.endswith("accuracy") and facts.task == "regression":
            wanted = "validation_loss" if part_sizes(experiment.data, facts)[1] else "train_loss"
            mend = Mend(f"Watch the {MONITORS[wanted].lower()}", path, wanted)
            yield Problem(path, None, f"{who} watches the {title}, and numbers have no accuracy.", mend)
        elif monitor.startswith("validation") and part_sizes(experiment.data, facts)[1] == 0:
            kept = experiment.data.model_copy(update={"validation": 0.2})
            mend = Mend("Keep 20 % for validation", "data.validation", 0.2)
            if experiment.data.test > 0.75 or part_sizes(kept, facts)[1] == 0:
                mend = Mend("Watch the training loss", path, "train_loss")
            yield Problem(path, None, f"{who} watches the {title}, but no samples are kept for validation.", mend)


def _batch_size(experiment: Experiment, facts: Facts) -> Iterator[Problem]:
    size, train = experiment.training.batch_size, part_sizes(experiment.data, facts)[0]
    if size != "all" and size > train >= 1:
        yield Problem(
            "training.batch_size",
            None,
            f"A batch of {size:,} is more than the {train:,} training samples: each step takes all of them.",
            Mend("Take all samples", "training.batch_size", "all"),
            "warning",
        )


def _layers(experiment: Experiment, facts: Facts) -> Iterator[Problem]:
    hidden = len(experiment.network.layers)
    for place, layer in enumerate(architecture(experiment, facts).layers):
        path = f"network.layers[{place}]" if place < hidden else "network.output"
        if isinstance(layer, DenseLayer):
            if isinstance(layer.initializer, Given):
                yield from _given(path, layer, layer.initializer)
        elif layer.units == 1 and layer.rate > 0:
            yield Problem(
                path,
                layer.id,
                f"{layer.name} switches off the only number that there is, and with it the whole network.",
                Mend("Set its rate to 0", f"{path}.rate", 0),
                "warning",
            )


def _given(path: str, layer: DenseLayer, given: Given) -> Iterator[Problem]:
    rows, columns = len(given.weights), len(given.weights[0])
    if (rows, columns) != (layer.units, layer.inputs):
        yield Problem(
            f"{path}.initializer",
            layer.id,
            f"{layer.name} has {layer.units} units of {layer.inputs} inputs: {rows} × {columns} weights do not fit.",
            Mend("Take PyTorch's default", f"{path}.initializer", "default"),
        )
