"""What a record looks like in a file: its JSON, and the arrays that lie beside it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Strict, ValidationError

from core.choices.fields import Frozen, Mistake, Real, Whole, sentence
from core.experiment.experiment import Experiment
from core.experiment.network import Name
from core.experiment.variants import Origin
from core.project.plain import unspelled
from core.project.tensors import Array, Source
from core.runs.curves import COLUMNS, Curves
from core.runs.record import Intervention, Record
from core.training.events import Metrics, Outcome, State

_Count = Annotated[int, Whole(0, 2**53)]
_Number = Annotated[float, Strict(), BeforeValidator(unspelled)]


class MetricsFile(Frozen):
    """Metrics; a loss that was not finite is "NaN" or "Infinity", one that does not exist is null."""

    train_loss: _Number | None
    validation_loss: _Number | None
    test_loss: _Number | None
    train_accuracy: _Number | None
    validation_accuracy: _Number | None
    test_accuracy: _Number | None


class InterventionFile(Frozen):
    step: _Count
    path: str
    old: _Number
    new: _Number


class OriginFile(Frozen):
    """An epoch of a run; null: a point of the landscape around it, or a model in a file of that name."""

    run: Name
    epoch: _Count | None
    file: bool = False


class RecordFile(Frozen):
    """All of a record that is no array. state: the values of its state, null where it has none."""

    name: Name
    experiment: Experiment
    device: str
    device_reason: str
    parameters: Annotated[int, Whole(1, 2**40)]
    started: str
    seconds: Annotated[float, Real(0, 1e12)]
    steps: _Count
    epochs: _Count
    interventions: tuple[InterventionFile, ...]
    outcome: Outcome | None
    message: str
    best_epoch: _Count
    metrics: MetricsFile
    last: MetricsFile
    state: Annotated[dict[str, Any] | None, BeforeValidator(unspelled)]
    versions: dict[str, str]
    origin: OriginFile | None = None


@dataclass(frozen=True)
class RecordParts:
    """A record taken apart: plain data for its JSON, and arrays by file and name; no state arrays without a state."""

    plain: dict[str, Any]
    curves: Mapping[str, Source]
    rows: Mapping[str, Source]
    state: Mapping[str, Source] | None


def take_apart(record: Record) -> RecordParts:
    """Return what a file holds of a record."""
    plain = {
        "name": record.name,
        "experiment": record.experiment.model_dump(mode="json"),
        "device": record.device,
        "device_reason": record.device_reason,
        "parameters": record.parameters,
        "started": record.started,
        "seconds": record.seconds,
        "steps": record.steps,
        "epochs": record.epochs,
        "interventions": [asdict(change) for change in record.interventions],
        "outcome": record.outcome,
        "message": record.message,
        "best_epoch": record.best_epoch,
        "metrics": asdict(record.metrics),
        "last": asdict(record.last),
        "state": None if record.state is None else dict(record.state.values),
        "versions": dict(record.versions),
        "origin": None if record.origin is None else asdict(record.origin),
    }
    curves: dict[str, Source] = {column: record.curves[column] for column in COLUMNS}
    rows: dict[str, Source] = {
        "epochs": np.array(list(record.rows), np.int64),
        "rows": list(record.rows.values()),
        "row": record.row,
        "last_row": record.last_row,
    }
    return RecordParts(
        plain, curves | {"spans": record.curves.spans}, rows, None if record.state is None else record.state.arrays
    )


def read_record(plain: Any) -> RecordFile:
    """Return what the JSON of a record says; raises Mistake, which names the place."""
    try:
        return RecordFile.model_validate(plain)
    except ValidationError as error:
        raise Mistake(sentence(error)) from None


def put_together(
    file: RecordFile, curves: Curves, rows: Mapping[str, Array], state: Mapping[str, Array] | None
) -> Record:
    """Return the record of its parts, which have been checked."""
    return Record(
        name=file.name,
        experiment=file.experiment,
        device=file.device,
        device_reason=file.device_reason,
        parameters=file.parameters,
        started=file.started,
        seconds=file.seconds,
        steps=file.steps,
        epochs=file.epochs,
        curves=curves,
        interventions=tuple(Intervention(**dict(change)) for change in file.interventions),
        outcome=file.outcome,
        message=file.message,
        best_epoch=file.best_epoch,
        metrics=Metrics(**dict(file.metrics)),
        last=Metrics(**dict(file.last)),
        rows=MappingProxyType(dict(zip(rows["epochs"].tolist(), rows["rows"], strict=True))),
        row=rows["row"],
        last_row=rows["last_row"],
        state=None if state is None or file.state is None else State(MappingProxyType(dict(state)), file.state),
        versions=MappingProxyType(file.versions),
        origin=None if file.origin is None else Origin(**dict(file.origin)),
    )


def check_rows(rows: Mapping[str, Array], parameters: int) -> None:
    """Raise Mistake unless these are the rows of a network of so many parameters, with their epochs."""
    shapes = {name: array.shape for name, array in rows.items()}
    count = shapes.get("epochs", ())[:1]
    expected = {"epochs": count, "rows": (*count, parameters), "row": (parameters,), "last_row": (parameters,)}
    if not count or count == (0,) or shapes != expected:
        raise Mistake(f"expected epochs, rows, row and last_row of {parameters} weights, got {shapes}")
    kinds = {rows[name].dtype for name in ("rows", "row", "last_row")}
    if kinds not in ({np.dtype(np.float32)}, {np.dtype(np.float64)}) or rows["epochs"].dtype != np.int64:
        raise Mistake("expected rows of one kind of numbers, float32 or float64, and whole epochs")
    if rows["epochs"][0] < 0 or (np.diff(rows["epochs"]) <= 0).any():
        raise Mistake("expected epochs in order, none twice")


def read_curves(arrays: Mapping[str, Array]) -> Curves:
    """Return the curves of their columns; raises Mistake unless these are curves."""
    spans = arrays.get("spans", np.empty(0))
    if "seconds" not in arrays:  # of a run that was recorded before they were told epoch by epoch
        arrays = {**arrays, "seconds": np.full(spans.shape, np.nan)}
    if set(arrays) != {*COLUMNS, "spans"} or spans.dtype != np.int64 or spans.ndim != 1:
        raise Mistake(f"expected the columns {', '.join(COLUMNS)} and spans")
    if any(arrays[column].dtype != np.float64 or arrays[column].shape != spans.shape for column in COLUMNS):
        raise Mistake("expected columns of one length, of float64")
    if (spans < 1).any() or (spans > 1).sum() % 2:
        raise Mistake("expected spans of at least 1, those above in pairs")
    whole = np.stack([arrays["epoch"], arrays["step"], arrays["waited"]])
    if not (np.isfinite(whole).all() and (np.diff(arrays["epoch"]) >= 0).all()):
        raise Mistake("expected epochs in order, with their steps")
    return Curves(np.stack([arrays[column] for column in COLUMNS], axis=1), spans.copy())
