"""The format "csv": what the network says to every sample, the curves of its run, and the samples as arrays.

The table of predictions has a row a sample, part by part: its numbers (unless they are pixels), its target, and the
network's outputs. The arrays are what ``--train`` of the exported scripts takes.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from core.datasets.cells import Numbers
from core.datasets.csv_text import CsvText
from core.datasets.samples import Array, Dataset, Part
from core.exchange.model import Model
from core.exchange.package import Package
from core.runs.curves import to_csv

_PREDICTION = "prediction"  # the column before the outputs, and the only output where numbers are predicted


def write(package: Package, path: Path) -> tuple[Path, ...]:
    """Write the three files; return their paths."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        # With texts in quotes the comma is the only thing that can be taken for what parts the cells.
        table = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        table.writerows(_rows(package.model, package.dataset))
    curves = path.with_name(f"{path.stem}-curves.csv")
    curves.write_text(to_csv([(package.record.name, package.record.curves)]), encoding="utf-8", newline="\n")
    arrays = path.with_name(f"{path.stem}-data.npz")
    parts = {name: part for name, part in _parts(package.dataset).items() if len(part)}
    np.savez_compressed(
        arrays,
        allow_pickle=False,
        **{f"x_{name}": part.raw for name, part in parts.items()},
        **{f"y_{name}": part.labels for name, part in parts.items()},
    )
    return path, curves, arrays


def predictions(path: Path) -> Array:
    """Return the outputs (n, outputs) in a table of predictions, read as Downhill reads any table."""
    with path.open(encoding="utf-8", newline="") as stream:
        names = next(csv.reader(stream))
    text = CsvText(path, "utf-8", ",", tuple(names), header=True)
    last = len(text.names) - 1
    first = min(text.names.index(_PREDICTION) + 1, last)
    numbers = Numbers(text.delimiter)
    rows = (row for block in text.blocks() for row in block)
    columns = list(zip(*rows, strict=True))[first:]
    return np.stack([_column(numbers, column) for column in columns], axis=1)


def _column(numbers: Numbers, cells: Sequence[str]) -> Array:
    found = numbers.column(cells)
    return np.full(len(cells), np.nan) if found is None else found


def _parts(dataset: Dataset) -> Mapping[str, Part]:
    return {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}


def _rows(model: Model, dataset: Dataset) -> Iterator[Sequence[str | int | float]]:
    facts = model.facts
    inputs = [] if facts.image else [f"input {name}" for name in facts.columns]
    outputs = [name for name in model.output_names if name != _PREDICTION]
    yield ["part", "sample", *inputs, "target", _PREDICTION, *outputs]
    for name, part in _parts(dataset).items():
        if not len(part):
            continue
        found = model.predict(part.raw)
        raw = part.raw[:, : len(inputs)].tolist()
        targets, answers = part.labels.tolist(), found[:, 0].tolist()
        if facts.classes:
            targets, answers = ([facts.classes[at] for at in places] for places in (targets, model.answers(found)))
        told = found[:, : len(outputs)].tolist()
        for sample, (numbers, target, answer, row) in enumerate(zip(raw, targets, answers, told, strict=True), 1):
            yield ["training" if name == "train" else name, sample, *numbers, target, answer, *row]
