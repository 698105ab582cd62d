"""The start of the frozen program: the command line, or the window."""

import pytest
from entry import main

from app import main as window


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    asked: list[list[str]] = []

    def stand_in(arguments: list[str]) -> int:
        asked.append(arguments)
        return 0

    monkeypatch.setattr(window, "main", stand_in)
    return asked


@pytest.mark.parametrize("arguments", [[], ["mine.downhill"], ["--selftest", "folder"], ["trains"]])
def test_the_window(opened: list[list[str]], arguments: list[str]) -> None:
    assert main(arguments) == 0
    assert opened == [arguments]


def test_the_command_line(opened: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "losses"]) == 0
    assert "cross_entropy" in capsys.readouterr().out
    assert main(["train"]) == 2
    assert opened == []
