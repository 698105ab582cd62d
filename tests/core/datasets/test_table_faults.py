"""Tables that cannot be read: each is refused in a sentence that says where and what to do."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.choices.datasets import Table
from core.choices.fields import Mistake
from core.datasets import cells, csv_text, table, target
from tests.core.datasets.tables import PLAIN, read

# -- what is refused ---------------------------------------------------------------------------------------------------

WHERE = "data.source.path: marks.csv"
LEAVE = "write a number there or leave this column out"
FAULTS: list[tuple[str, str | bytes, dict[str, Any], str]] = [
    ("empty", "", {}, f"{WHERE}: expected one row per sample, found an empty file; choose another file"),
    ("blank", " \n\n \n", {}, f"{WHERE}: expected one row per sample, found an empty file; choose another file"),
    ("header", "a,b\n", {}, f"{WHERE}: expected rows below the header, found none; add one per sample"),
    (
        "one column",
        "hours\n1\n2\n",
        {},
        f'{WHERE}, row 1: expected at least 2 cells, parted by comma, semicolon, tab or |, found "hours"; the table '
        "must start there, with the columns' names or the first sample",
    ),
    (
        "title",
        "My marks\na,b\n1,x\n2,y\n",
        {},
        f'{WHERE}, row 1: expected at least 2 cells, parted by comma, semicolon, tab or |, found "My marks"; the table '
        "must start there, with the columns' names or the first sample",
    ),
    (
        "short row",
        "a,b,c\n1,2,x\n\n3,4\n5,6,y\n",
        {},
        f"{WHERE}, row 4: expected 3 cells as in the first row, found 2; mend the row or delete it",
    ),
    (
        "long row",
        'a,b\n"1",x\n"2\n",3,y\n',
        {},
        f"{WHERE}, row 3: expected 2 cells as in the first row, found 3; mend the row or delete it",
    ),
    ("text", "a,b,c\n1,2,x\n3,red,y\n", {}, f'{WHERE}, row 3, column "b": expected a number, found "red"; {LEAVE}'),
    (
        "first fault by row",
        "a,b,c\n1,2,x\n3,red,y\nblue,4,y\n",
        {},
        f'{WHERE}, row 3, column "b": expected a number, found "red"; {LEAVE}',
    ),
    (
        "after lines in quotes",
        'a,b,note,c\n1,2,"two\nlines",x\n3,red,"",y\n',
        {"columns": ("a", "b")},
        f'{WHERE}, row 4, column "b": expected a number, found "red"; {LEAVE}',
    ),
    (
        "no header",
        "1,2,x\n3,red,y\n",
        {},
        f'{WHERE}, row 2, column "column 2": expected a number, found "red"; {LEAVE}',
    ),
    (
        "empty cell",
        "a,b,c\n1,2,x\n3,,y\n",
        {},
        f'{WHERE}, row 3, column "b": expected a number, found an empty cell; fill it in or delete the row',
    ),
    (
        "nan",
        "a,b,c\n1,NaN,x\n3,4,y\n",
        {},
        f'{WHERE}, row 2, column "b": expected a number, found "NaN"; write a number there or delete the row',
    ),
    (
        "infinite",
        "a,b,c\n1,-inf,x\n3,4,y\n",
        {},
        f'{WHERE}, row 2, column "b": expected a number, found "-inf"; write a number there or delete the row',
    ),
    (
        "huge",
        "a,b,c\n1,1e30,x\n3,4,y\n",
        {},
        f'{WHERE}, row 2, column "b": expected a number from -1e+18 to 1e+18, found "1e30"; write this column in a '
        "larger unit",
    ),
    (
        "line break in a cell",
        'a,b,c\n1,"2\n3",x\n3,4,y\n',
        {},
        f'{WHERE}, row 2, column "b": expected a number, found "2 3"; {LEAVE}',
    ),
    (
        "underscore",
        "a,b,c\n1,1_000,x\n3,4,y\n",
        {},
        f'{WHERE}, row 2, column "b": expected a number, found "1_000"; {LEAVE}',
    ),
    (
        "thousands",
        'a,b,c\n1,"1,000",x\n3,4,y\n',
        {},
        f'{WHERE}, row 2, column "b": expected a number, found "1,000"; {LEAVE}',
    ),
    (
        "both",
        "a;b;c\n1;1.000,5;x\n3;4;y\n",
        {},
        f'{WHERE}, row 2, column "b": expected a number, found "1.000,5"; {LEAVE}',
    ),
    (
        "comma, then point",
        "a;b;c\n1,5;2;x\n3;1.234;y\n",
        {},
        f'{WHERE}, row 3, column "b": expected a number with a decimal comma like those above, found "1.234"; write '
        "all numbers of the file alike",
    ),
    (
        "point, then comma",
        "a;b;c\n1.5;2;x\n3;1,234;y\n",
        {},
        f'{WHERE}, row 3, column "b": expected a number with a decimal point like those above, found "1,234"; write '
        "all numbers of the file alike",
    ),
    (
        "one class",
        "a,b,c\n1,2,x\n3,4,x\n",
        {},
        'data.source.target: marks.csv, column "c": expected at least 2 classes, found only "x"; choose another '
        "target, or the task regression if its numbers are to be predicted",
    ),
    (
        "many classes",
        "a,c\n" + "".join(f"1,student {i}\n" for i in range(1001)),
        {},
        'data.source.target: marks.csv, column "c": expected at most 1,000 classes, found more; choose another target, '
        "or the task regression if its numbers are to be predicted",
    ),
    (
        "many numbers as classes",
        "a,c\n" + "".join(f"1,{i}\n" for i in range(1001)),
        {"task": "classes"},
        'data.source.target: marks.csv, column "c": expected at most 1,000 classes, found more; choose another target, '
        "or the task regression if its numbers are to be predicted",
    ),
    (
        "no class",
        "a,b,c\n1,2,x\n3,4,\n",
        {},
        f'{WHERE}, row 3, column "c": expected the name of a class, found an empty cell; fill it in or delete the row',
    ),
    (
        "nan for a class",
        "a,b,c\n1,2,x\n3,4,nan\n",
        {},
        f'{WHERE}, row 3, column "c": expected the name of a class, found "nan"; fill it in or delete the row',
    ),
    (
        "text for a number",
        "a,c\n1,2\n3,red\n",
        {"task": "regression"},
        f'{WHERE}, row 3, column "c": expected a number, found "red"; {LEAVE}',
    ),
    (
        "a word among numbers",
        "a,c\n" + "".join(f"1,{i / 2}\n" for i in range(20)) + "1,unknown\n",
        {},
        f'{WHERE}, row 22, column "c": expected a number, found "unknown"; {LEAVE}',
    ),
    (
        "a word among very many numbers",
        "a,c\n" + "".join(f"1,{i / 2}\n" for i in range(20_000)) + "1,unknown\n",
        {},
        f'{WHERE}, row 20002, column "c": expected a number, found "unknown"; {LEAVE}',
    ),
    (
        "a word before very many numbers",
        "a,c\n1,unknown\n" + "".join(f"1,{i / 2}\n" for i in range(20_000)),
        {},
        f'{WHERE}, row 2, column "c": expected a number, found "unknown"; {LEAVE}',
    ),
    (
        "same name",
        "a,a,c\n1,2,x\n",
        {},
        f'{WHERE}, row 1: expected columns of different names, found "a" twice; rename one',
    ),
    (
        "quote without end",
        'a,b\n1,x\n2,"y\n3,z\n',
        {},
        f"{WHERE}, row 4: expected cells parted by commas, found something else (unexpected end of data); mend the row",
    ),
    (
        "text after a quote",
        'a;b\n1;x\n"2" 3;y\n',
        {},
        f"{WHERE}, row 3: expected cells parted by semicolons, found something else (';' expected after '\"'); mend "
        "the row",
    ),
    (
        "binary",
        b"PK\x03\x04\x00\x00\x08",
        {},
        f"{WHERE}: expected text, found binary data; save the table as CSV in the program it comes from",
    ),
    (
        "no encoding",
        b"a,b\n1,\x81\n",
        {},
        f"{WHERE}: expected text in UTF-8, found other bytes; save the table as CSV in UTF-8",
    ),
    (
        "cut UTF-16",
        "a,b\n1,x\n".encode("utf-16")[:-1],
        {},
        f"{WHERE}: expected text in UTF-8, found other bytes; save the table as CSV in UTF-8",
    ),
    (
        "one long line",
        "a" * (1 << 21),
        {},
        f"{WHERE}, row 1: expected less than 1,048,576 characters, found more; choose a table",
    ),
    (
        "many columns",
        ",".join(f"c{i}" for i in range(5000)) + "\n" + ",".join("1" * 5000) + "\n",
        {},
        f"{WHERE}: expected at most 4096 columns, found 5000; choose a smaller table",
    ),
    (
        "target",
        PLAIN,
        {"target": "grade"},
        'data.source.target: expected a column of marks.csv (hours, lectures, passed), got "grade"',
    ),
    (
        "column",
        PLAIN,
        {"columns": ("x",)},
        'data.source.columns: expected a column of marks.csv (hours, lectures, passed), got "x"',
    ),
    (
        "target among inputs",
        PLAIN,
        {"columns": ("hours", "passed")},
        'data.source.columns: expected different inputs, got "passed", which is the target; remove it',
    ),
    (
        "input twice",
        PLAIN,
        {"columns": ("hours", "hours")},
        'data.source.columns: expected different inputs, got "hours", which is named twice; remove it',
    ),
]


@pytest.mark.parametrize(("content", "chosen", "sentence"), [fault[1:] for fault in FAULTS], ids=[f[0] for f in FAULTS])
def test_faults(folder: Path, content: str | bytes, chosen: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Mistake) as caught:
        read(folder, content, **chosen)
    assert str(caught.value) == sentence


def test_no_file(folder: Path) -> None:
    for path, words in (
        ("", r"^data\.source\.path: expected the name of a CSV file, found none; choose a file$"),
        (str(folder / "no.csv"), r"^data\.source\.path: expected a CSV file, found none at "),
        ("a\0b", r"^data\.source\.path: expected a CSV file, found none at "),
        (
            "a" * 5000,
            r"^data\.source\.path: a+: cannot be read|^data\.source\.path: expected a CSV file, found none at",
        ),
        (str(folder), r"expected a file, found a folder or a device; choose a CSV file$"),
        (os.devnull, r"expected a file, found a folder or a device; choose a CSV file$|found none at"),
    ):
        with pytest.raises(Mistake, match=words):
            table.facts(Table(path=path))


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> tuple[str, ...]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(table, "encodings", refused)
    with pytest.raises(Mistake, match=r"marks\.csv: cannot be read \(Permission denied\); choose another file$"):
        read(folder, PLAIN)


def test_too_large_a_file(folder: Path) -> None:
    path = folder / "large.csv"
    with path.open("wb") as stream:
        stream.truncate((1 << 30) + 1)
    with pytest.raises(Mistake, match=r"large\.csv: expected at most 1 GiB, found 1\.0 GiB; choose a smaller file$"):
        table.facts(Table(path=str(path)))


@pytest.mark.parametrize(("limit", "value", "most"), [("MOST_ROWS", 5000, "5,000"), ("MOST_NUMBERS", 12_000, "6,000")])
def test_too_many_rows(folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, most: str) -> None:
    monkeypatch.setattr(table, limit, value)
    content = "a,b,c\n" + "1,2,x\n3,4,y\n" * 10_000
    with pytest.raises(Mistake, match=f"expected at most {most} rows of 2 inputs, found more"):
        read(folder, content)


def test_limits() -> None:
    assert table.MOST_BYTES == 1 << 30
    assert table.MOST_ROWS == 5_000_000
    assert csv_text.MOST_COLUMNS == 4096
    assert target.MOST_CLASSES == 1000
    # The square of the largest number is a feature, and float32 must hold it.
    assert np.isfinite(np.float32(cells.LARGEST) ** 2)
