"""The self-test itself: it tells what does not hold, ends with 1 then, and leaves the user's places alone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, qWarning
from PySide6.QtWidgets import QApplication

from app.selftest import run
from app.selftest.checks import Fault, check, wait
from app.selftest.trial import Trial

Step = Callable[[Trial], None]


def holds(trial: Trial) -> None:
    """Something that holds."""
    check(True, "It does not hold.")


def breaks(trial: Trial) -> None:
    """Something that does not."""
    check(1 + 1 == 3, "One and one are not three.")


def fails(trial: Trial) -> None:
    """Something that raises."""
    raise KeyError("gone")


def warns(trial: Trial) -> None:
    """Something that Qt warns of."""
    qWarning("a timer without a thread")


def notes(trial: Trial) -> None:
    """An error in a slot."""
    trial.program.crashes.notes.append("an error in a slot")


def opens(trial: Trial) -> None:
    """The window opens."""
    trial.program.start()
    trial.ready()


class Kept(QSettings):
    """Settings whose folder is not moved."""

    @staticmethod
    def setPath(*_arguments: object) -> None:
        """Leave it."""


@pytest.fixture
def places(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the self-test does to Qt for good, for the program ends with it."""
    monkeypatch.setattr(run, "QSettings", Kept)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (breaks, "One and one are not three."),
        (fails, "KeyError: 'gone'"),
        (warns, "Qt has warned: a timer without a thread"),
        (notes, "An error was caught: an error in a slot"),
    ],
)
def test_what_does_not_hold_is_told_and_nothing_after_it_is_tried(
    places: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    bad: Step,
    told: str,
) -> None:
    def never(trial: Trial) -> None:
        """What must not be tried any more."""
        raise AssertionError

    monkeypatch.setattr(run, "STEPS", (opens, holds, bad, never))
    assert run.selftest(tmp_path) == 1
    said = capsys.readouterr().out
    assert told in said
    assert "What must not be tried" not in said
    assert said.count("FAIL ") >= 1
    assert said.rstrip().split("\n")[-1].startswith("FAILED, in ")
    assert said == (tmp_path / "selftest.txt").read_text(encoding="utf-8")
    assert (tmp_path / "failed.png").stat().st_size > 0


def test_it_ends_with_0_only_if_every_check_held(
    places: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "STEPS", (opens, holds))
    before = os.environ.get("DOWNHILL_CACHE")
    assert run.selftest(tmp_path / "new") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("Every check held, in ")
    assert [line[:2] for line in lines[1:-1]] == ["ok"] * 3  # the window is closed too
    assert os.environ.get("DOWNHILL_CACHE") == before
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["selftest.txt"]


def test_a_wait_has_an_end_and_says_what_it_waited_for(qapp: QApplication) -> None:
    with pytest.raises(Fault, match=r"The moon does not rise\. \(waited 0\.05 s\)"):
        wait(lambda: False, "The moon does not rise.", 0.05)
