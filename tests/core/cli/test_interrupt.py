"""Ctrl-C, pressed as a user presses it: on a process that trains."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.cli.interrupt import ctrl_c
from core.project.archive import load

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone on Windows")

Start = Callable[..., subprocess.Popen[str]]
_WAIT = 120  # seconds, at most


@pytest.fixture
def start(folder: Path, child_environment: dict[str, str]) -> Iterator[Start]:
    """Return a function that starts a training and comes back once it is under way."""
    children: list[subprocess.Popen[str]] = []
    # It tells of its third epoch, so that no test has to guess how long the imports take.
    code = """
import sys
from core.cli import work
from core.cli.main import main
from core.runs.recorder import Recorder
from core.training.events import EpochDone
class Telling(Recorder):
    epochs = 0
    def take(self, events):
        super().take(events)
        before = self.epochs
        self.epochs += sum(isinstance(event, EpochDone) for event in events)
        if before < 3 <= self.epochs:
            print("under way", file=sys.stderr, flush=True)
work.Recorder = Telling
sys.exit(main(sys.argv[1:]))
"""

    def run(*words: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", code, *words],
            cwd=folder,
            env=child_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        children.append(child)
        assert child.stderr is not None
        for line in child.stderr:
            if line == "under way\n":
                return child
        pytest.fail("it never began to train")

    yield run
    for child in children:
        child.kill()
        child.communicate()


def press(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Press Ctrl-C; return the exit status and what the process has told."""
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=_WAIT)
    return child.returncode, out, err


def test_what_was_trained_is_saved_beside(start: Start, folder: Path) -> None:
    status, out, err = press(start("train", "spiral", "--epochs", "1000000"))
    assert status == 130
    assert "Interrupted in epoch" in out
    assert err == (
        "Interrupted. What was trained is in spiral-interrupted.downhill; "
        "go on with: python -m core train spiral-interrupted.downhill --continue\n"
    )
    (record,) = load(folder / "spiral-interrupted.downhill").records
    assert record.outcome == "interrupted"
    assert record.steps > 0
    assert record.state is not None


def test_with_save_it_is_saved_there(start: Start, folder: Path) -> None:
    status, out, _ = press(start("train", "seeds", "--epochs", "1000000", "--save", "mine.downhill", "--json"))
    assert status == 130
    assert out.count('"stopped": "interrupted"') == 16
    assert [file.name for file in folder.iterdir()] == ["mine.downhill"]
    assert len(load(folder / "mine.downhill").records) == 16


def test_it_goes_on_from_there(start: Start, folder: Path) -> None:
    press(start("train", "spiral", "--epochs", "1000000"))
    first = load(folder / "spiral-interrupted.downhill").records[0]
    status, _, _ = press(start("train", "spiral-interrupted.downhill", "--continue"))
    assert status == 130
    second = load(folder / "spiral-interrupted.downhill").records[0]
    assert second.steps > first.steps


def test_the_second_one_kills() -> None:
    code = """
import os, signal, sys
from core.cli.interrupt import ctrl_c
with ctrl_c() as pressed:
    os.kill(os.getpid(), signal.SIGINT)
    print(pressed(), flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    print("still here", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, check=False)
    assert done.returncode == -signal.SIGINT
    assert done.stdout == b"True\n"


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    before = signal.getsignal(signal.SIGINT)
    with ctrl_c() as pressed:
        assert not pressed()
        os.kill(os.getpid(), signal.SIGINT)
        deadline = time.monotonic() + _WAIT
        while not pressed() and time.monotonic() < deadline:
            pass
        assert pressed()
    assert signal.getsignal(signal.SIGINT) is before
