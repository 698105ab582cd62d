"""The pieces of the script: lines broken as ruff breaks them, and code for every choice there is."""

import ast
import subprocess
import sys

import pytest

from core.choices.initializers import INITIALIZERS
from core.choices.schedules import SCHEDULES
from core.exchange.code.start import DRAWS
from core.exchange.code.text import call, indented, listed, plain, quoted
from core.exchange.code.training import SCHEDULE_ARGUMENTS


def test_every_initializer_and_schedule_has_its_code() -> None:
    assert set(DRAWS) == set(INITIALIZERS)
    assert set(SCHEDULE_ARGUMENTS) == set(SCHEDULES)


def formatted(lines: list[str]) -> str:
    """Return lines as ruff formats them."""
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    done = subprocess.run(ruff, input="\n".join(lines) + "\n", capture_output=True, encoding="utf-8", check=True)
    return done.stdout


def test_lines_are_broken_as_ruff_breaks_them() -> None:
    lines = ["if True:", "    if True:"]
    for length in (3, 20, 60, 61, 62, 63, 64, 65, 66, 70, 80, 200):
        lines += indented(call("x = f", ["a" * (length // 2), "b" * (length - length // 2)], depth=2), 2)
        lines += indented(listed("x = ", [f'"{"c" * (length // 3)}"'] * 3, depth=2), 2)
    numbers = [["0.123456", "-1.5", "2.0"] for _ in range(12)]
    lines += indented(listed("x = ", numbers, depth=2), 2)
    lines += indented(listed("x = ", [["0.123456"] * 30, ["1.0"]], depth=2), 2)
    assert "\n".join(lines) + "\n" == formatted(lines)


@pytest.mark.parametrize("text", ["plain", "it's", 'a "b"', "both ' and \"", "back\\slash", "\n", "−½", "\u202e", "😀"])
def test_a_quoted_text_is_the_text(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert quoted(text).isprintable()


@pytest.mark.parametrize("text", ["plain", "two\nlines", '"""', "\\", "\x00\u2028\u202e", "\r\n# x"])
def test_a_plain_text_stays_in_its_comment_and_its_docstring(text: str) -> None:
    assert ast.unparse(ast.parse(f"x = 1  # {plain(text)}")) == "x = 1"
    assert isinstance(ast.parse(f'"""A {plain(text)}."""').body[0], ast.Expr)
