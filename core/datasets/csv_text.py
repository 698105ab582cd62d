"""The text of a CSV file: its encoding and delimiter, whether it has a header, and its rows.

Nothing here knows what cells mean, but that a header is a first row unlike the others.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from core.choices.fields import Mistake, shown
from core.datasets.cells import Numbers, one_line

if TYPE_CHECKING:
    from _csv import Reader

MOST_COLUMNS = 4096

_DELIMITERS = "\t;|,"  # where two part the rows alike, the first counts: commas may be decimal commas
_SAMPLE = 1 << 20  # characters that are looked at first
_SAMPLE_ROWS = 50
_CELLS = 8192  # of a block of rows; measured: smaller and larger ones are slower
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")


@dataclass(frozen=True)
class CsvText:
    """How a file is written. names: of the columns; header: whether the first row that is not blank has them."""

    path: Path
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    header: bool

    def blocks(self) -> Iterator[list[list[str]]]:
        """Yield the rows below the header, some at a time, each with a cell for each column. Blank lines are left out.

        Raises Mistake, which names the row, at the first that cannot be read, and UnicodeDecodeError where the
        encoding proves to be another.
        """
        width = len(self.names)
        done = 0
        with self.path.open(encoding=self.encoding, newline="") as lines:
            reader = _rows(lines, self.delimiter)
            try:
                if self.header:
                    next(row for row in reader if not _blank(row))
                while rows := list(islice(reader, max(16, _CELLS // width))):
                    if set(map(len, rows)) != {width}:
                        rows = [row for row in rows if not _blank(row)]
                        for i, row in enumerate(rows):
                            if len(row) != width:
                                what = f"expected {width} cells as in the first row, found {len(row)}"
                                raise self.fault(done + i, what, "mend the row or delete it")
                    done += len(rows)
                    if rows:
                        yield rows
            except csv.Error as error:
                raise Mistake(
                    f"data.source.path: {self.path.name}, row {reader.line_num}: expected cells parted by "
                    f"{_NAMES[self.delimiter]}, found something else ({error}); mend the row"
                ) from None

    def fault(self, place: int, what: str, mend: str, column: int | None = None) -> Mistake:
        """Return the fault of the row at a place below the header, named by its line as an editor counts them."""
        line, rows = 1, -1 - self.header
        with self.path.open(encoding=self.encoding, newline="") as lines:
            reader = _rows(lines, self.delimiter)
            for row in reader:
                rows += not _blank(row)
                if rows == place:
                    break
                line = reader.line_num + 1
        where = "" if column is None else f", column {shown(self.names[column])}"
        return Mistake(f"data.source.path: {self.path.name}, row {line}{where}: {what}; {mend}")


def read_csv_text(path: Path, encoding: str) -> CsvText:
    """Return how a file is written, from its beginning; raises Mistake where it is no table of two columns or more."""
    place = f"data.source.path: {path.name}"
    with path.open(encoding=encoding, newline="") as stream:
        text = stream.read(_SAMPLE)
    if "\0" in text:
        raise Mistake(f"{place}: expected text, found binary data; save the table as CSV in the program it comes from")
    lines = list(islice((line for line in io.StringIO(text, newline="") if line.strip()), _SAMPLE_ROWS))
    if not lines:
        raise Mistake(f"{place}: expected one row per sample, found an empty file; choose another file")
    if len(lines[0]) == _SAMPLE:
        raise Mistake(f"{place}, row 1: expected less than {_SAMPLE:,} characters, found more; choose a table")

    delimiter = _delimiter(lines)
    first: list[str] = []
    second: list[str] = []
    # Quotes that do not end are told of with the row, when all rows are read.
    with suppress(csv.Error):
        rows = (row for row in _rows(lines, delimiter or ",") if not _blank(row))
        first, second = next(rows, []), next(rows, [])
    if not delimiter or len(first) < 2:
        raise Mistake(
            f"{place}, row 1: expected at least 2 cells, parted by comma, semicolon, tab or |, found "
            f"{shown(one_line(lines[0]))}; the table must start there, with the columns' names or the first sample"
        )
    if len(first) > MOST_COLUMNS:
        raise Mistake(f"{place}: expected at most {MOST_COLUMNS} columns, found {len(first)}; choose a smaller table")
    header = _is_header(first, second, delimiter)
    names = [(one_line(first[i]) if header else "") or f"column {i + 1}" for i in range(len(first))]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise Mistake(f"{place}, row 1: expected columns of different names, found {shown(twice)} twice; rename one")
    return CsvText(path, encoding, delimiter, tuple(names), header)


def encodings(path: Path) -> tuple[str, ...]:
    """Return the encodings that a file may have by its first bytes, the likeliest first."""
    with path.open("rb") as stream:
        if stream.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return ("utf-16",)
    # cp1252 is what Excel writes in western Europe. Nearly any bytes are readable in it, so it comes last.
    return ("utf-8-sig", "cp1252")


_NAMES = {"\t": "tabs", ";": "semicolons", "|": "|", ",": "commas"}


def _rows(lines: Iterable[str], delimiter: str) -> "Reader":
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)


def _blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that parts most rows into equally many cells, at least 2; empty if none does."""
    best, most = "", 0
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
        except csv.Error:
            continue
        agreeing = max(widths.values(), default=0)
        if agreeing > most:
            best, most = delimiter, agreeing
    return best


def _is_header(first: list[str], second: list[str], delimiter: str) -> bool:
    """Tell whether the first row holds names: no numbers, or only whole ones, and one name has a number below it."""
    numbers = Numbers(delimiter)
    above = [numbers.one(cell) is not None for cell in first]
    if not any(above):
        return True
    named = any(
        cell.strip() and not is_number and numbers.one(below) is not None
        for cell, is_number, below in zip(first, above, second, strict=False)
    )
    return named and all(_WHOLE.fullmatch(cell) for cell, is_number in zip(first, above, strict=True) if is_number)
