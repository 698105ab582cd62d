"""CSV files as the world writes them: read, or refused with a sentence that names the place."""

from pathlib import Path
from time import thread_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices.datasets import Facts, Table
from core.choices.fields import Mistake
from core.datasets import csv_text, table
from core.datasets.samples import Samples
from tests.core.datasets.tables import PLAIN, read, write

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
