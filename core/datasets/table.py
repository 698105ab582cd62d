"""CSV files: one row per sample, some columns to predict from and one to predict."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from core.choices.datasets import Facts, Table
from core.choices.fields import Mistake, shown
from core.datasets.cells import Floats, Numbers
from core.datasets.csv_text import CsvText, encodings, read_csv_text
from core.datasets.samples import Samples
from core.datasets.target import Target

MOST_BYTES = 1 << 30
MOST_ROWS = 5_000_000
MOST_NUMBERS = 1 << 27  # of all inputs: 1 GiB in memory


@dataclass(frozen=True)
class _Content:
    facts: Facts
    samples: Samples


def facts(settings: Table) -> Facts:
    """Return the facts of a CSV file, which is read for them; raises Mistake where it cannot be.

    With exactly two inputs the samples are points of the plane, whose span holds all of them.
    """
    return _opened(settings.path, lambda _file, about: _facts(settings, about.st_mtime_ns, about.st_size))


def samples(settings: Table) -> Samples:
    """Return the samples of a CSV file in the order of its rows: raw (n, inputs) float64, arrays read-only.

    Raises Mistake, which names row and column, at the first cell that cannot be read.
    """
    return _content(settings).samples


@dataclass(frozen=True)
class Head:
    """How a file is written, and its first rows, for a preview. header: whether its first row names the columns."""

    delimiter: str
    names: tuple[str, ...]
    header: bool
    rows: tuple[tuple[str, ...], ...]


def head(path: str, rows: int = 20) -> Head:
    """Return how a file is written and its first rows; raises Mistake where it cannot be read."""
    return _opened(path, lambda file, _about: _head(file, rows))


def _head(path: Path, rows: int) -> Head | str:
    def beginning(text: CsvText) -> Head:
        first = next(text.blocks(), [])[:rows]
        return Head(
            text.delimiter, text.names, text.header, tuple(tuple(cell.strip() for cell in row) for row in first)
        )

    return _decoded(path, beginning)


def _content(settings: Table) -> _Content:
    return _opened(settings.path, lambda _file, about: _read(settings, about.st_mtime_ns, about.st_size))


Found = TypeVar("Found")


def _opened(name: str, read: Callable[[Path, os.stat_result], Found | str]) -> Found:
    """Return what ``read`` finds in a file that is there and not too large; a sentence from it is a Mistake."""
    if not name:
        raise Mistake("data.source.path: expected the name of a CSV file, found none; choose a file")
    path = Path(name)
    place = f"data.source.path: {path.name or path}"
    try:
        if "\0" in name or not path.exists():
            raise Mistake(f"data.source.path: expected a CSV file, found none at {shown(name, 300)}; choose one")
        if not path.is_file():
            raise Mistake(f"{place}: expected a file, found a folder or a device; choose a CSV file")
        about = path.stat()
        if about.st_size > MOST_BYTES:
            size = about.st_size / 2**30
            raise Mistake(f"{place}: expected at most 1 GiB, found {size:.1f} GiB; choose a smaller file")
        content = read(path, about)
    except OSError as error:
        raise Mistake(f"{place}: cannot be read ({error.strerror}); choose another file") from None
    if isinstance(content, str):
        raise Mistake(content)
    return content


# Facts and samples read a file once, and again when it has changed. A fault is remembered too: a form asks often. Facts
# are small, and kept for all choices of columns that one goes through: undo must not read a file again.
@lru_cache(maxsize=64)
def _facts(settings: Table, modified: int, size: int) -> Facts | str:
    content = _read(settings, modified, size)
    return content if isinstance(content, str) else content.facts


@lru_cache(maxsize=2)
def _read(settings: Table, _modified: int, _size: int) -> _Content | str:
    """Return the content of a file, or the sentence that says what is wrong with it."""
    return _decoded(Path(settings.path), lambda text: _parsed(text, settings))


def _decoded(path: Path, read: Callable[[CsvText], Found]) -> Found | str:
    """Return what ``read`` finds in the text of a file, in the first encoding that fits, or what is wrong with it."""
    for encoding in encodings(path):
        try:
            return read(read_csv_text(path, encoding))
        except UnicodeError:
            continue
        except Mistake as mistake:
            return str(mistake)
    return f"data.source.path: {path.name}: expected text in UTF-8, found other bytes; save the table as CSV in UTF-8"


def _parsed(text: CsvText, settings: Table) -> _Content:
    inputs, target_column = _columns(text, settings)
    most = min(MOST_ROWS, MOST_NUMBERS // len(inputs))
    numbers = Numbers(text.delimiter)
    target = Target(text, target_column, settings.task, numbers)
    blocks: list[Floats] = []
    rows = 0
    for block in text.blocks():
        columns = list(zip(*block, strict=True))
        found = [numbers.column(columns[i]) for i in inputs]
        values = [column for column in found if column is not None]
        if len(values) < len(inputs):
            raise _no_number(text, rows, block, inputs, numbers)
        blocks.append(np.stack(values, axis=1))
        target.add(rows, columns[target_column])
        rows += len(block)
        if rows > most:
            raise Mistake(
                f"data.source.path: {text.path.name}: expected at most {most:,} rows of {len(inputs)} inputs, found "
                "more; choose a smaller file or fewer inputs"
            )
    if not rows:
        raise Mistake(
            f"data.source.path: {text.path.name}: expected rows below the header, found none; add one per sample"
        )
    raw = np.concatenate(blocks)
    classes, labels = target.result()
    raw.flags.writeable = labels.flags.writeable = False
    plane = len(inputs) == 2
    facts = Facts(
        shape=(len(inputs),),
        classes=classes,
        samples=rows,
        columns=tuple(text.names[i] for i in inputs),
        plane=plane,
        span=_span(raw) if plane else Facts.span,
    )
    return _Content(facts, Samples(raw, labels))


def _columns(text: CsvText, settings: Table) -> tuple[list[int], int]:
    """Return the places of the inputs and of the target."""
    places = {name: i for i, name in enumerate(text.names)}
    target = settings.target or text.names[-1]
    inputs = settings.columns or tuple(name for name in text.names if name != target)
    for setting, name in (("target", target), *(("columns", name) for name in inputs)):
        if name not in places:
            known = ", ".join(text.names[:10]) + (", …" if len(text.names) > 10 else "")
            raise Mistake(f"data.source.{setting}: expected a column of {text.path.name} ({known}), got {shown(name)}")
    twice = next((name for name, count in Counter((*inputs, target)).items() if count > 1), None)
    if twice is not None:
        role = "the target" if twice == target else "named twice"
        raise Mistake(f"data.source.columns: expected different inputs, got {shown(twice)}, which is {role}; remove it")
    return [places[name] for name in inputs], places[target]


def _no_number(
    text: CsvText, place: int, block: Sequence[Sequence[str]], columns: Sequence[int], numbers: Numbers
) -> Mistake:
    """Return the fault of the first cell, row by row, that is no number; ``place``: of the block's first row."""
    row, column = next((i, j) for i, cells in enumerate(block) for j in columns if numbers.one(cells[j]) is None)
    return text.fault(place + row, *numbers.complaint(block[row][column]), column)


def _span(raw: Floats) -> tuple[float, float]:
    low, high = float(raw.min()), float(raw.max())
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room
