"""CSV files as the world writes them: read, or refused with a sentence that names the place."""

import os
from pathlib import Path
from time import thread_time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices.datasets import Facts, Table
from core.choices.fields import Mistake
from core.datasets import cells, csv_text, table, target
from core.datasets.samples import Samples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, content: str | bytes, name: str = "marks.csv") -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def read(folder: Path, content: str | bytes, **chosen: Any) -> tuple[Facts, Samples]:
    settings = Table(path=write(folder, content), **chosen)
    return table.facts(settings), table.samples(settings)


PLAIN = "hours,lectures,passed\n1.5,2,no\n8,9,yes\n-3e1,4,yes\n"


# -- what is read ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip("\n"),
        "\n\n" + PLAIN.replace("\n", "\n\n"),
        PLAIN + "\n  \n\n",
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "|"),
        PLAIN.replace(",", " , "),
        PLAIN.replace(",", ", "),
        PLAIN.replace(",", ";").replace(".", ","),
        PLAIN.replace(",", "\t").replace(".", ","),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        'hours,lectures,passed\n"1.5","2","no"\n"8",9,yes\n-3e1,4,"yes"\n',
    ],
)
def test_one_table_in_many_ways_of_writing(folder: Path, content: str | bytes) -> None:
    facts, samples = read(folder, content)
    assert facts == Facts(
        shape=(2,),
        classes=("no", "yes"),
        samples=3,
        columns=("hours", "lectures"),
        plane=True,
        span=pytest.approx((-31.95, 10.95)),  # type: ignore[arg-type]
    )
    assert facts.task == "binary"
    assert samples.raw.tolist() == [[1.5, 2], [8, 9], [-30, 4]]
    assert samples.raw.dtype == np.float64
    assert samples.labels.tolist() == [0, 1, 1]
    assert samples.labels.dtype == np.int64


@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        ("1,2,0\n3,4,1\n", ("column 1", "column 2"), 2),
        ("5.1,3.5,1.4,setosa\n4.9,3,1.4,other\n", ("column 1", "column 2", "column 3"), 2),
        ("1,5;2,5;0\n3,5;4,5;1\n", ("column 1", "column 2"), 2),
        ("id,2019,2020,grade\n1,2,3,a\n4,5,6,b\n", ("id", "2019", "2020"), 2),
        (",x,y\n0,1,a\n1,2,b\n", ("column 1", "x"), 2),
        ("a,b\n1,x\n2,y\n", ("a",), 2),
        ('"two\nlines",b\n1,x\n2,y\n', ("two lines",), 2),
    ],
)
def test_header_or_none(folder: Path, content: str, names: tuple[str, ...], rows: int) -> None:
    facts, samples = read(folder, content)
    assert facts.columns == names
    assert facts.samples == len(samples.raw) == rows
    assert facts.plane == (len(names) == 2)


@pytest.mark.parametrize(
    ("answers", "task", "classes", "labels"),
    [
        (["b", "a", "b"], "auto", ("a", "b"), [1, 0, 1]),
        (["10", "9", "2"], "auto", ("2", "9", "10"), [2, 1, 0]),
        (["1.0", "0", "1"], "auto", ("0", "1"), [1, 0, 1]),
        (["0.5", "1", "1"], "auto", (), [0.5, 1, 1]),
        (["0.5", "1", "1"], "classes", ("0.5", "1.0"), [0, 1, 1]),
        (["0", "1", "1"], "regression", (), [0, 1, 1]),
        (["3", "3", "3"], "regression", (), [3, 3, 3]),
        (["1", "2", "x"], "auto", ("1", "2", "x"), [0, 1, 2]),
        (["yes ", " no", "yes"], "auto", ("no", "yes"), [1, 0, 1]),
        ([str(i) for i in range(11)], "auto", (), list(range(11))),
        ([str(i) for i in range(11)], "classes", tuple(str(i) for i in range(11)), list(range(11))),
    ],
)
def test_target(folder: Path, answers: list[str], task: str, classes: tuple[str, ...], labels: list[float]) -> None:
    content = "x,y\n" + "".join(f"{i},{answer}\n" for i, answer in enumerate(answers))
    facts, samples = read(folder, content, task=task)
    assert facts.classes == classes
    assert samples.labels.tolist() == labels
    assert samples.labels.dtype == (np.int64 if classes else np.float64)


def test_columns_are_chosen_by_name(folder: Path) -> None:
    content = "name,a,b,c,grade\nAnn,1,2,3,x\nBob,4,5,6,y\n"
    facts, samples = read(folder, content, target="grade", columns=("c", "a"))
    assert facts.columns == ("c", "a")
    assert samples.raw.tolist() == [[3, 1], [6, 4]]
    facts, samples = read(folder, content, target="a", columns=("b",), task="regression")
    assert facts.classes == ()
    assert facts.plane is False
    assert samples.labels.tolist() == [1, 4]


def test_old_windows_text(folder: Path) -> None:
    facts, _ = read(folder, "größe,note\n1,gut\n2,schlecht\n".encode("cp1252"))
    assert facts.columns == ("größe",)


def test_old_windows_text_far_down_the_file(folder: Path) -> None:
    rows = "".join(f"{i},a\n" for i in range(200_000))
    facts, _ = read(folder, f"x,y\n{rows}1,é\n".encode("cp1252"))
    assert facts.classes == ("a", "é")


def test_the_span_of_one_point(folder: Path) -> None:
    facts, _ = read(folder, "a,b,y\n2,2,0.5\n2,2,1.5\n")
    assert facts.span == (1, 3)


def test_numbers_that_come_after_many_classes_of_text_were_possible(folder: Path) -> None:
    values = [i / 7 for i in range(30_000)]
    facts, samples = read(folder, "x,y\n" + "".join(f"1,{value!r}\n" for value in values))
    assert facts.classes == ()
    assert samples.labels.tolist() == values


def test_a_file_is_read_once_until_it_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0

    def counted(path: Path, encoding: str) -> csv_text.CsvText:
        nonlocal reads
        reads += 1
        return csv_text.read_csv_text(path, encoding)

    monkeypatch.setattr(table, "read_csv_text", counted)
    chosen = Table(path=write(folder, PLAIN))
    first = table.samples(chosen)
    assert table.facts(chosen).samples == 3
    assert table.samples(chosen) is first
    assert reads == 1
    write(folder, PLAIN + "5,5,no\n")
    assert table.facts(chosen).samples == 4
    assert reads == 2
    write(folder, "bad")
    for _ in range(3):
        with pytest.raises(Mistake, match="expected at least 2 cells"):
            table.facts(chosen)
    assert reads == 3
    assert not first.raw.flags.writeable
    assert not first.labels.flags.writeable


def test_facts_of_columns_chosen_long_ago_are_still_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(folder, "a,b,c,d,y\n1,2,3,4,yes\n5,6,7,8,no\n")
    choices = [Table(path=path, columns=(name,)) for name in "abcd"]
    for chosen in choices:
        table.samples(chosen)
        table.facts(chosen)
    monkeypatch.setattr(table, "read_csv_text", lambda *_: pytest.fail("read again"))
    assert [table.facts(chosen).columns for chosen in choices] == [("a",), ("b",), ("c",), ("d",)]


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


# -- much, and anything ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "text", "regression"])
def test_a_million_rows(folder: Path, kind: str) -> None:
    values = np.random.default_rng(0).normal(size=(1000, 3)).round(4)
    answers = {"classes": "{i}", "text": "class {i}", "regression": "{v}"}[kind]
    thousand = "".join(
        f"{a},{b},{c},{answers.format(i=i % 3, v=a + i)}\n" for i, (a, b, c) in enumerate(values.tolist())
    )
    path = write(folder, "a,b,c,y\n" + thousand * 1000)
    start = thread_time()
    facts = table.facts(Table(path=path))
    seconds = thread_time() - start
    assert facts.samples == 1_000_000
    assert len(facts.classes) == (0 if kind == "regression" else 3)
    assert (table.samples(Table(path=path)).raw[-1000:] == values).all()
    # About 1.5 s on a quiet machine; generous, for the machines that run the tests are shared.
    assert seconds < 10


SIGNS = (b",", b";", b"\t", b"|", b"\n", b"\r\n", b"\r", b'"', b'""', b" ", b"#", b"-", b"\x0c", b"\x1a", b"\x00")
BEYOND = (b"\xff\xfe", b"\xef\xbb\xbf", b"\xe9", b"\x81", b"\x85", b"\xcf\x80")
WORDS = (b"nan", b"1e999", b"1_0", b"1,5", b"1.5", b"abc")
PIECES = st.sampled_from(SIGNS + BEYOND + WORDS)


def outcome(chosen: Table) -> tuple[Facts, Samples] | str:
    """Return what a file gives, or the sentence of its fault."""
    # The clock of files is too coarse to tell one example from the next.
    table._facts.cache_clear()
    table._read.cache_clear()
    try:
        return table.facts(chosen), table.samples(chosen)
    except Mistake as mistake:
        return str(mistake)


@settings(max_examples=300)
@given(
    content=st.sampled_from([PLAIN.encode(), PLAIN.replace(",", ";").encode(), PLAIN.encode("utf-16"), b"1,2\n3,4\n"]),
    edits=st.lists(
        st.tuples(st.integers(0, 80), st.integers(0, 6), st.one_of(PIECES, st.binary(max_size=4))), max_size=6
    ),
    task=st.sampled_from(["auto", "classes", "regression"]),
)
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, edits: list[tuple[int, int, bytes]], task: str
) -> None:
    for place, length, piece in edits:
        content = content[:place] + piece + content[place + length :]
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(content)
    found = outcome(Table(path=str(path), task=task))
    if isinstance(found, str):
        assert found.startswith("data.source.")
        assert "\n" not in found
        return
    facts, samples = found
    assert samples.raw.shape == (facts.samples, len(facts.columns)) == (len(samples.labels), *facts.shape)
    assert np.isfinite(samples.raw).all()
    assert np.isfinite(samples.labels).all()
    assert facts.plane == (len(facts.columns) == 2)
    if facts.classes:
        assert sorted(set(samples.labels.tolist())) == list(range(len(facts.classes)))
    else:
        assert samples.labels.dtype == np.float64
