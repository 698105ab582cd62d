"""list: every table, each row with its sentence."""

from collections.abc import Callable
from typing import Any

import pytest

from core.cli.list import TABLES
from core.experiment.examples import example_names, read_example

Command = Callable[..., Any]


def test_shows_every_row_of_every_table(core: Command) -> None:
    result = core("list")
    assert (result.status, result.err) == (0, "")
    for table, rows in TABLES.items():
        section = result.out.split(f"\n{table}\n")[1].split("\n\n")[0].splitlines()
        for line, row in zip(section, rows.values(), strict=True):
            assert line.split()[0] == row.tag
            assert row.title in line
            assert line.endswith(row.sentence)


def test_shows_every_example_with_its_question(core: Command) -> None:
    out = core("list", "examples").out
    for name in example_names():
        assert read_example(name).question in out


@pytest.mark.parametrize("table", TABLES)
def test_shows_one_table_alone(core: Command, table: str) -> None:
    lines = core("list", table).out.splitlines()
    assert lines[0] == table
    assert len(lines) == 1 + len(TABLES[table])


def test_on_a_terminal_it_keeps_to_the_width(core: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "70")
    out = core("list", "examples").out
    assert max(len(line) for line in out.splitlines()) <= 70
    assert " ".join(read_example("spiral").question.split()[:3]) in " ".join(out.split())


def test_an_unknown_table_is_a_fault_of_usage(core: Command) -> None:
    result = core("list", "nonsense")
    assert result.status == 2
    assert "activations" in result.err
