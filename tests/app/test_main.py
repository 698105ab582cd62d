"""The start of the program: its arguments, and what is loaded before Qt."""

import subprocess
import sys
from pathlib import Path

import pytest

from app import main as start
from app.selftest import run as selftest_run

ROOT = Path(__file__).resolve().parents[2]


def test_selftest_runs_in_the_folder_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path] = []

    def selftest(folder: Path) -> int:
        asked.append(folder)
        return 3

    monkeypatch.setattr(selftest_run, "selftest", selftest)
    assert start.main(["--selftest", str(tmp_path)]) == 3
    assert asked == [tmp_path]


def test_a_file_is_opened_and_without_one_the_spiral(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path | None] = []

    def open_window(file: Path | None) -> int:
        asked.append(file)
        return 0

    monkeypatch.setattr(start, "open_window", open_window)
    assert start.main([]) == 0
    assert start.main([str(tmp_path / "a.downhill")]) == 0
    assert asked == [None, tmp_path / "a.downhill"]


def test_unknown_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        start.main(["--colour"])
    assert ended.value.code == 2
    assert "--colour" in capsys.readouterr().err


def test_the_start_imports_neither_torch_nor_qt() -> None:
    """On Windows torch's libraries come before Qt's; elsewhere the window would open late."""
    code = "import app.main, sys; sys.exit(any(m.split('.')[0] in ('torch', 'PySide6') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
