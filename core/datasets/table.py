"""CSV files: one row per sample, columns to predict from and one to predict.

Read as the files of the world are: with a header or without, parted by comma, semicolon, tab or bar, with decimal
commas, quotes and byte-order marks. What cannot be read is refused in a sentence that names the row.
"""

import csv
import io
import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.choices.datasets import Facts, Table
from core.choices.fields import Mistake, shown
from core.datasets.samples import Samples

MOST_BYTES = 1 << 30
MOST_ROWS = 5_000_000
MOST_COLUMNS = 4096
MOST_CLASSES = 1000
_FEW = 10  # a number with at most so many different whole values names a class
_DELIMITERS = ",;\t|"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """How a file is written, and its first rows. header: lines before the first sample, 0 or 1."""

    text: str
    delimiter: str
    names: tuple[str, ...]
    header: int
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Content:
    facts: Facts
    samples: Samples


def facts(settings: Table) -> Facts:
    """Return the facts of a CSV file; raises Mistake where it cannot be read."""
    return _content(settings).facts


def samples(settings: Table) -> Samples:
    """Return the samples of a CSV file in the order of its rows; raises Mistake where it cannot be read."""
    return _content(settings).samples


def head(path: str, rows: int = 20) -> Head:
    """Return how a file is written and its first rows, for a preview; raises Mistake where it cannot be read."""
    return _head(path, _text(path), rows)


def _content(settings: Table) -> _Content:
    if not settings.path:
        raise Mistake("data.source.path: expected the name of a CSV file, found none; choose a file")
    try:
        state = Path(settings.path).stat()
    except OSError as error:
        raise Mistake(f"{settings.path}: cannot be read: {error.strerror or error}; choose another file") from None
    return _read(settings, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)  # facts and samples read a file once, and again when it has changed
def _read(settings: Table, _modified: int, _size: int) -> _Content:
    name = Path(settings.path).name
    head = _head(settings.path, _text(settings.path), 20)
    target, inputs = _columns(name, head, settings)
    values = _fast(head, [*inputs, target])
    labels: Floats | list[str]
    if values is None:
        raw, labels = _careful(name, head, inputs, target)
    else:
        raw, labels = values[:, :-1], values[:, -1]
    if not len(raw):
        raise Mistake(f"{name}: expected rows of samples below the header, found none")
    classes, numbers = _labels(name, head.names[target], labels, settings.task)
    pair = len(inputs) == 2
    facts = Facts(
        shape=(len(inputs),),
        classes=classes,
        samples=len(raw),
        columns=tuple(head.names[place] for place in inputs),
        plane=pair,
        span=_span(raw) if pair else (0.0, 1.0),
    )
    return _Content(facts, Samples(np.ascontiguousarray(raw), numbers))


def _span(raw: Floats) -> tuple[float, float]:
    """Return axis limits that hold all points of the plane with a little room."""
    low, high = float(raw.min()), float(raw.max())
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


# -- how the file is written -------------------------------------------------------------------------------------------


def _text(path: str) -> str:
    name = Path(path).name
    try:
        size = os.stat(path).st_size  # noqa: PTH116 (a path that is no file is named by the error)
        if size > MOST_BYTES:
            raise Mistake(f"{name}: expected at most 1 GiB, found {size / 2**30:.1f} GiB; take fewer rows")
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Mistake(f"{name or path}: cannot be read: {reason}; choose another file") from None
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "cp1252"]:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Mistake(f"{name}: expected a text file in UTF-8, found other bytes; save it as CSV (UTF-8)")
    if "\0" in text:
        raise Mistake(f"{name}: expected a text file, found binary data; save the table as CSV")
    if not text.strip():
        raise Mistake(f"{name}: expected a header and rows of samples, found an empty file")
    return text


def _head(path: str, text: str, most: int) -> Head:
    name = Path(path).name
    lines = [line for line in text[:1_000_000].splitlines()[: most + 1] if line.strip()]
    delimiter = _delimiter(lines)
    try:
        rows = [tuple(cell.strip() for cell in row) for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error as error:
        raise Mistake(f"{name}: cannot be read as CSV: {error}") from None
    if len(rows[0]) < 2:
        raise Mistake(f"{name}: row 1: expected at least 2 columns parted by comma, semicolon or tab, found 1")
    if len(rows[0]) > MOST_COLUMNS:
        raise Mistake(f"{name}: expected at most {MOST_COLUMNS} columns, found {len(rows[0])}")
    # A first row in which nothing is a number names the columns; so does one with text where numbers follow below.
    numeric = [_number(cell, delimiter) is not None for cell in rows[0]]
    below = [_number(cell, delimiter) is not None for cell in rows[1]] if len(rows) > 1 else []
    header = not any(numeric) or any(not a and b for a, b in zip(numeric, below, strict=False))
    names = rows[0] if header else tuple(f"column {place + 1}" for place in range(len(rows[0])))
    names = tuple(cell or f"column {place + 1}" for place, cell in enumerate(names))
    for place, column in enumerate(names):
        if column in names[:place]:
            raise Mistake(f"{name}: row 1: expected names of columns that differ, found {shown(column)} twice")
    return Head(text, delimiter, names, int(header), tuple(rows[int(header) : most + 1]))


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that parts most lines into the same number of cells, more than one."""

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        return (sum(count == counts[0] for count in counts) if counts[0] else 0, counts[0])

    # A semicolon before a comma: where both agree, commas are decimal commas.
    return max(";\t|,", key=lambda delimiter: (agreement(delimiter)[0], delimiter != ",", agreement(delimiter)[1]))


def _number(cell: str, delimiter: str) -> float | None:
    """Return a cell as a number, with a decimal comma where commas do not part cells; None if it is none."""
    text = cell.strip()
    if delimiter != "," and "," in text and "." not in text:
        text = text.replace(",", ".", 1)
    if "_" in text:  # Python reads 1_000, files do not mean it
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _columns(name: str, head: Head, settings: Table) -> tuple[int, list[int]]:
    """Return the places of the target and of the inputs."""
    places = {column: place for place, column in enumerate(head.names)}
    target = settings.target or head.names[-1]
    inputs = settings.columns or tuple(column for column in head.names if column != target)
    for column in (target, *inputs):
        if column not in places:
            raise Mistake(f"{name}: expected a column {shown(column)}, found {', '.join(head.names[:20])}")
    if target in inputs or len(set(inputs)) != len(inputs):
        raise Mistake(f"{name}: expected inputs that differ from each other and from the target {shown(target)}")
    return places[target], [places[column] for column in inputs]


# -- the samples -------------------------------------------------------------------------------------------------------


def _fast(head: Head, columns: list[int]) -> Floats | None:
    """Return the columns (n, columns) of a file that is all numbers, None if it is not: then look carefully."""
    text = head.text
    if head.delimiter != "," and "," in text:
        if "." in text:
            return None
        text = text.replace(",", ".")
    if '"' in text or "_" in text or not head.rows:
        return None
    lines = io.StringIO(text)
    try:
        values = np.loadtxt(
            lines, delimiter=head.delimiter, skiprows=head.header, ndmin=2, comments=None, max_rows=MOST_ROWS + 1
        )
    except ValueError:
        return None
    if values.shape[1] != len(head.names) or len(values) > MOST_ROWS or not np.isfinite(values[:, columns]).all():
        return None
    return values[:, columns]


def _rows(name: str, head: Head) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each row, as an editor counts lines, and its cells."""
    reader = csv.reader(io.StringIO(head.text), delimiter=head.delimiter)
    skip = head.header
    samples = 0
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if skip:
                skip = 0
                continue
            samples += 1
            if samples > MOST_ROWS:
                raise Mistake(f"{name}: expected at most {MOST_ROWS:,} rows, found more; take fewer")
            if len(row) != len(head.names):
                raise Mistake(
                    f"{name}: row {reader.line_num}: expected {len(head.names)} cells, found {len(row)}; "
                    "mend the row or leave it out"
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise Mistake(f"{name}: row {reader.line_num}: cannot be read as CSV: {error}") from None


def _careful(name: str, head: Head, inputs: list[int], target: int) -> tuple[Floats, Floats | list[str]]:
    """Return inputs (n, inputs) and targets, numbers or text, cell by cell; raises Mistake at the first bad one."""
    numbers = array("d")
    targets: list[str] = []
    for line, row in _rows(name, head):
        for place in inputs:
            value = _number(row[place], head.delimiter)
            if value is None or not np.isfinite(value):
                what = shown(row[place]) if row[place].strip() else "an empty cell"
                raise Mistake(
                    f"{name}: row {line}, column {shown(head.names[place])}: expected a number, found {what}; "
                    "mend the cell, leave the row out, or leave the column out of the inputs"
                )
            numbers.append(value)
        answer = row[target].strip()
        if not answer:
            raise Mistake(
                f"{name}: row {line}, column {shown(head.names[target])}: expected the answer, found an empty cell; "
                "mend the cell or leave the row out"
            )
        targets.append(answer)
    raw = np.frombuffer(numbers, np.float64).reshape(len(targets), len(inputs)) if targets else np.empty((0, 1))
    values = [_number(answer, head.delimiter) for answer in targets]
    if all(value is not None for value in values):
        answers = np.array(values, np.float64)
        if not np.isfinite(answers).all():
            bad = int((~np.isfinite(answers)).argmax())
            raise Mistake(f"{name}: sample {bad + 1}: expected a finite answer, found {shown(targets[bad])}")
        return raw, answers
    return raw, targets


def _labels(
    name: str, column: str, found: Floats | list[str], task: str
) -> tuple[tuple[str, ...], NDArray[np.generic]]:
    """Return the names of the classes and the index of each sample's, or no names and the numbers."""
    if isinstance(found, list):
        if task == "regression":
            text = next(answer for answer in found if _number(answer, ";") is None)
            raise Mistake(f"{name}: column {shown(column)}: expected numbers for regression, found {shown(text)}")
        classes, labels = np.unique(np.array(found), return_inverse=True)
        names = tuple(str(value) for value in classes)
    else:
        values, labels = np.unique(found, return_inverse=True)
        whole = bool((values == np.rint(values)).all())
        if task == "regression" or (task == "auto" and not (whole and len(values) <= _FEW)):
            return (), found
        names = tuple(f"{value:g}" for value in values)
    if len(names) < 2:
        raise Mistake(
            f"{name}: column {shown(column)}: expected at least 2 classes, found only {shown(names[0])}; "
            "choose another target"
        )
    if len(names) > MOST_CLASSES:
        raise Mistake(
            f"{name}: column {shown(column)}: expected at most {MOST_CLASSES} classes, found {len(names)}; "
            "choose another target or predict it as a number"
        )
    return names, labels.astype(np.int64).reshape(-1)
