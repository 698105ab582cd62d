"""Colours of Python: what is what, against Python's own tokenizer."""

import io
import keyword
import tokenize

import pytest

from app.code.highlighter import tokens
from core.exchange.code.sketch import sketch
from core.exchange.formats import FORMATS
from core.experiment.examples import example_names, read_example


def kinds(source: str) -> list[list[str]]:
    """Return what each letter of each line is coloured as, empty for plain text; names of functions are not told."""
    inside = False
    lines = []
    for line in source.split("\n"):
        found, opened = [""] * len(line), False
        for start, length, kind in tokens(line, inside):
            if kind == "open":
                opened = True
            elif kind != "name":
                found[start : start + length] = [kind] * length
        inside = opened
        lines.append(found)
    return lines


def expected(source: str) -> list[list[str]]:
    """Return the same from Python's own tokens; f-strings count as strings."""
    lines = [[""] * len(line) for line in source.split("\n")]

    def fill(start: tuple[int, int], end: tuple[int, int], kind: str) -> None:
        for row in range(start[0], end[0] + 1):
            line = lines[row - 1]
            first, last = start[1] if row == start[0] else 0, end[1] if row == end[0] else len(line)
            line[first:last] = [kind] * (last - first)

    opened = None  # where an f-string begins, on Pythons that tell its parts
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == getattr(tokenize, "FSTRING_START", -1):
            opened = opened or token.start
        elif token.type == getattr(tokenize, "FSTRING_END", -1) and opened:
            fill(opened, token.end, "string")
            opened = None
        elif opened:
            continue
        elif token.type == tokenize.STRING:
            fill(token.start, token.end, "string")
        elif token.type == tokenize.COMMENT:
            fill(token.start, token.end, "comment")
        elif token.type == tokenize.NUMBER:
            fill(token.start, token.end, "number")
        elif token.type == tokenize.NAME and keyword.iskeyword(token.string):
            fill(token.start, token.end, "keyword")
    return lines


@pytest.mark.parametrize("flavour", [tag for tag, row in FORMATS.items() if row.code])
@pytest.mark.parametrize("name", example_names())
def test_the_code_of_every_example_is_coloured_as_python_reads_it(name: str, flavour: str) -> None:
    experiment = read_example(name).model_copy(update={"variants": ()})
    source = sketch(experiment, "net", FORMATS[flavour]).text
    for line, found, wanted in zip(source.split("\n"), kinds(source), expected(source), strict=True):
        assert found == wanted, line


@pytest.mark.parametrize(
    "source",
    [
        "x = 'a # b'  # c 'd'",
        'x = """one"""',
        'x = """"""  # empty',
        '"""one\n\n# two\nthree""" + 1.5e-3',
        "x = 'it\\'s' + \"\\\\\"",
        "def f(x1, for_): return x1 is not None",
        "names_2 = x2 + 0.5",
        'x = rb"a" + f"{y!r}"',
        "a.b2[3:]",
    ],
)
def test_odd_lines(source: str) -> None:
    assert kinds(source) == expected(source)


def test_the_name_of_a_function_is_told() -> None:
    assert list(tokens("    def predict(raw):", inside=False)) == [(4, 3, "keyword"), (8, 7, "name")]


def test_a_text_that_is_not_closed_goes_on_in_the_next_line() -> None:
    assert list(tokens('x = """a', inside=False)) == [(4, 4, "string"), (8, 0, "open")]
    assert list(tokens("b", inside=True)) == [(0, 1, "string"), (1, 0, "open")]
    assert list(tokens('c""" + 1', inside=True)) == [(0, 4, "string"), (7, 1, "number")]
