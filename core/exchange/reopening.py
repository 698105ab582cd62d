"""From a model in a file back to an experiment: its network, data that fit it, and its weights as a row to start from.

The data are those that the file tells of, if Downhill wrote it and they can be had; else those on the screen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from core.choices.datasets import DATASETS, Facts, at_hand, facts_of
from core.choices.fields import Mistake, sentence
from core.choices.losses import LOSSES
from core.datasets.load import load
from core.datasets.samples import Preparation
from core.exchange.description import same_head
from core.exchange.model import Model
from core.exchange.reading import read_model
from core.experiment.architecture import DenseLayer, architecture
from core.experiment.data import Data
from core.experiment.experiment import Experiment, read_experiment
from core.training.events import Row

_LONGEST_NAME, _LONGEST_QUESTION = 80, 2000
_DATA = TypeAdapter(Data)


@dataclass(frozen=True, eq=False)
class Reopened:
    """An experiment, and the weights (P,) float32 with which its network says what the model in the file says.

    model: as it stands in the file; it needs no data to answer.
    """

    experiment: Experiment
    row: Row
    model: Model


def reopen(path: Path, present: Experiment) -> Reopened:
    """Return the model in a file as an experiment; present: the one on the screen, which lends what the file lacks.

    Raises Mistake where the file holds no model, or neither data fit it; then the sentence says which would.
    """
    model = read_model(path)
    faults: list[str] = []
    for data in (model.told.get("data"), present.data):
        if data is not None:
            try:
                return _reopened(model, _data(data), path.stem, present)
            except Mistake as mistake:
                faults.append(str(mistake))
    if len(faults) == 1:
        raise Mistake(f"{path.name}: {faults[0]}")
    raise Mistake(f"{path.name}: its own data cannot be used ({faults[0]}), nor those on the screen: {faults[1]}")


def _data(plain: Any) -> Data:
    try:
        return _DATA.validate_python(plain)
    except ValidationError as error:
        raise Mistake(sentence(error, "data")) from None


def _reopened(model: Model, data: Data, name: str, present: Experiment) -> Reopened:
    facts = facts_of(data.source)
    if facts.plane:
        data = data.model_copy(update={"features": model.preparation.features or ("x1", "x2")})
    loss = _loss(model, data, facts)
    told = model.told
    training = told["training"] if isinstance(told.get("training"), Mapping) else present.training.model_dump()
    experiment = read_experiment(
        {
            "name": str(told.get("name") or name)[:_LONGEST_NAME],
            "question": str(told.get("question") or "")[:_LONGEST_QUESTION],
            "data": data,
            "network": {"layers": list(_layers(model)), "output": {"name": model.architecture.layers[-1].name}},
            "training": {**training, "loss": loss},
        }
    )
    assert architecture(experiment, facts).parameters == model.architecture.parameters
    return Reopened(experiment, _row(model, data, facts), model)


def _layers(model: Model) -> Iterator[dict[str, Any]]:
    """Yield the hidden layers as a file holds them."""
    for layer in model.architecture.layers[:-1]:
        plain = {"id": layer.id, "name": layer.name}
        if isinstance(layer, DenseLayer):
            yield {**plain, "kind": "dense", "units": layer.units, "activation": layer.activation}
        else:
            yield {**plain, "kind": "dropout", "rate": layer.rate}


def _loss(model: Model, data: Data, facts: Facts) -> str:
    """Return the loss that goes with data and output layer, the model's own if it does; raises Mistake."""
    own, head = model.architecture.loss.tag, model.architecture.head
    size, wanted = prod(facts.shape), prod(model.facts.shape)
    fits = (
        size == wanted
        and len(facts.classes) == len(model.facts.classes)
        and (facts.plane or not model.preparation.features)
    )
    for row in sorted(LOSSES.values(), key=lambda row: row.tag != own):
        found = row.heads.get(facts.task)
        if fits and found is not None and same_head(head, found):
            return row.tag
    title = DATASETS[data.source.kind].title
    raise Mistake(
        f"expected data with {_numbers(wanted)} a sample and {_answers(model.facts)}, found {title} with "
        f"{_numbers(size)} and {_answers(facts)}; choose data that fit, then open the file again"
    )


def _numbers(count: int) -> str:
    return f"{count:,} number{'s' if count > 1 else ''}"


def _answers(facts: Facts) -> str:
    return f"{len(facts.classes)} classes" if facts.classes else "a number to predict"


def _row(model: Model, data: Data, facts: Facts) -> Row:
    """Return the weights with which the network says of prepared data what the model says of its own preparation.

    Both preparations are x ← (s·x − μ)/σ, so that the model's inputs are a·x + c of the data's; the first layer takes
    that in: W·(a·x + c) + b = (W·a)·x + (W·c + b). White is 1 in both once it is scaled.
    """
    row = model.row.astype(np.float32)
    prepared = Preparation(scale=facts.scale)
    if data.standardize:
        # What would have to be downloaded is what the file was written with.
        prepared = load(data).preparation if at_hand(data.source) else model.preparation
    scale = 1.0 if facts.image else model.preparation.scale / facts.scale
    (mean, deviation), (to_mean, to_deviation) = (_standard(values) for values in (prepared, model.preparation))
    a, c = scale * deviation / to_deviation, (scale * mean - to_mean) / to_deviation
    if np.all(a == 1) and np.all(c == 0):
        return row
    first = model.architecture.dense[0]
    weight = row[first.start : first.bias_start].reshape(first.units, first.inputs).astype(np.float64)
    row[first.bias_start : first.stop] += weight @ np.broadcast_to(c, first.inputs)
    row[first.start : first.bias_start] = (weight * a).ravel()
    return row


def _standard(preparation: Preparation) -> tuple[Any, Any]:
    """Return mean and deviation in float64, 0 and 1 where inputs are not standardized."""
    if preparation.mean is None or preparation.deviation is None:
        return np.float64(0), np.float64(1)
    return preparation.mean.astype(np.float64), preparation.deviation.astype(np.float64)
