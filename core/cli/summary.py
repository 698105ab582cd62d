"""What the command line tells of a training that is over: an object for programs, a summary for people."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.experiment.experiment import Experiment
from core.runs.record import Record

NONE = "–"


def json_object(experiment: Experiment, records: Sequence[Record], seconds: float) -> Mapping[str, Any]:
    """Return the summary as plain data for JSON; what does not exist or is not finite is None.

    seconds: of training in all. Losses and accuracies are those of the weights that a run keeps.
    """
    return {
        "experiment": experiment.name,
        "device": _joined(record.device for record in records),
        "device_reason": _joined(record.device_reason for record in records),
        "seconds": seconds,
        "runs": [_run(record) for record in records],
    }


def _joined(texts: Iterable[str]) -> str:
    """Return texts that are mostly the same, each once."""
    return " ".join(dict.fromkeys(texts))


def _run(record: Record) -> Mapping[str, Any]:
    numbers = {
        "steps_per_second": _speed(record),
        "train_loss": record.metrics.train_loss,
        "validation_loss": record.metrics.validation_loss,
        "test_loss": record.metrics.test_loss,
        "last_validation_loss": record.last.validation_loss,
        "train_accuracy": record.metrics.train_accuracy,
        "validation_accuracy": record.metrics.validation_accuracy,
        "test_accuracy": record.metrics.test_accuracy,
    }
    return {
        "name": record.name,
        "epochs": record.epochs,
        "best_epoch": record.best_epoch,
        "stopped": record.outcome,
        "steps": record.steps,
    } | {name: value if value is not None and math.isfinite(value) else None for name, value in numbers.items()}


def _speed(record: Record) -> float | None:
    """Return the steps a second, evaluations included."""
    return record.steps / record.seconds if record.seconds > 0 else None


def summary(experiment: Experiment, records: Sequence[Record], seconds: float) -> str:
    """Return the summary for people: some lines for one run, a table for several."""
    told = _one(records[0]) if len(records) == 1 else _several(records)
    device = _joined(record.device_reason for record in records)
    return "\n".join([experiment.name, *(f"  {line}" for line in told), f"Trained in {seconds:.1f} s. {device}"])


def _one(record: Record) -> list[str]:
    stopping = record.experiment.training.early_stopping
    restored = stopping is not None and stopping.restore_best and record.outcome != "diverged"
    metrics = record.metrics
    lines = {
        "ended": record.message,
        "weights": f"those of epoch {record.best_epoch:,}, the best, are kept" if restored else "the last are kept",
        "training": _measured(metrics.train_loss, metrics.train_accuracy),
        "validation": _measured(metrics.validation_loss, metrics.validation_accuracy),
        "test": _measured(metrics.test_loss, metrics.test_accuracy),
        "speed": f"{record.steps:,} steps, {_number(_speed(record), ',.0f')} a second with all evaluations",
    }
    return [f"{title:12}{text}" for title, text in lines.items() if text != NONE]


def _measured(loss: float | None, accuracy: float | None) -> str:
    right = "" if accuracy is None else f", accuracy {_percent(accuracy)}"
    return NONE if loss is None else f"loss {_number(loss, '.4g')}{right}"


def _several(records: Sequence[Record]) -> list[str]:
    """Return a table of the runs, without the columns in which nothing stands, and why the diverged ones did."""
    columns = {
        "run": [record.name for record in records],
        "ended": [record.outcome or NONE for record in records],
        "epochs": [f"{record.epochs:,}" for record in records],
        "best epoch": [f"{record.best_epoch:,}" for record in records],
        "training loss": [_number(record.metrics.train_loss, ".4g") for record in records],
        "validation loss": [_number(record.metrics.validation_loss, ".4g") for record in records],
        "test loss": [_number(record.metrics.test_loss, ".4g") for record in records],
        "validation accuracy": [_percent(record.metrics.validation_accuracy) for record in records],
        "test accuracy": [_percent(record.metrics.test_accuracy) for record in records],
        "steps a second": [_number(_speed(record), ",.0f") for record in records],
    }
    cells = [[title, *texts] for title, texts in columns.items() if any(text != NONE for text in texts)]
    widths = [max(len(text) for text in column) for column in cells]
    lines = [
        # Names to the left, numbers to the right.
        "  ".join(text.ljust(width) if at < 2 else text.rjust(width) for at, (text, width) in enumerate(row)).rstrip()
        for row in (list(zip(line, widths, strict=True)) for line in zip(*cells, strict=True))
    ]
    return lines + [f"{record.name}: {record.message}" for record in records if record.outcome == "diverged"]


def _number(value: float | None, form: str) -> str:
    return NONE if value is None else format(value, form)


def _percent(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.1f} %"
