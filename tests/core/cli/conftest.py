"""The command line as the tests use it: in this process, or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from core.cli.main import main

ROOT = Path(__file__).parents[3]


class Result(NamedTuple):
    """What a command has left."""

    status: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def core(capsys: pytest.CaptureFixture[str], folder: Path) -> Command:
    """Return a function that runs a command in this process, in the empty folder."""

    def run(*words: object) -> Result:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Result(status, *capsys.readouterr())

    return run


@pytest.fixture
def fresh(folder: Path) -> Command:
    """Return a function that runs ``python ARGUMENTS`` in a process of its own, in the empty folder."""

    def run(*words: object) -> Result:
        done = subprocess.run(
            [sys.executable, "-P", *map(str, words)],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


def environment() -> dict[str, str]:
    """Return the environment of a process that finds the core and speaks UTF-8."""

    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "error"}


@pytest.fixture
def child_environment() -> dict[str, str]:
    """Return the environment of a process that the tests start themselves."""
    return environment()
