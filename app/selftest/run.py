"""``python -m app --selftest DIR``: goes through the whole program, without a person, and says what does not hold."""

import faulthandler
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QMessageLogContext, QSettings, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from app.selftest import (
    build_steps,
    file_steps,
    image_steps,
    landscape_steps,
    training_steps,
    view_steps,
    weight_steps,
)
from app.selftest.checks import Fault, check
from app.selftest.trial import Trial
from app.shell import fonts

Step = Callable[[Trial], None]
STEPS: tuple[Step, ...] = (
    *build_steps.STEPS,
    *training_steps.STEPS[:4],
    *weight_steps.STEPS,
    *training_steps.STEPS[4:],
    *file_steps.STEPS,
    *landscape_steps.STEPS,
    *image_steps.STEPS,
    *view_steps.STEPS,
)
_LONGEST = 300.0  # seconds, after which something hangs that no step waits for
_SIZE = (1440, 900)
# Said by the platform without a screen, of every window that is shown, raised or opened as a list.
_IGNORED = "This plugin does not support "
_WARNINGS = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)


def selftest(folder: Path) -> int:
    """Run all steps; pictures, files and the report go to ``folder``. Returns 0 only if every check held."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with (
        (folder / "selftest.txt").open("w", encoding="utf-8", buffering=1) as report,
        tempfile.TemporaryDirectory(prefix="downhill-selftest-", ignore_cleanup_errors=True) as scratch,
        _own_places(Path(scratch)),
    ):
        faulthandler.dump_traceback_later(_LONGEST, exit=True, file=report)
        try:
            return _run(folder, Path(scratch), _Report(report))
        finally:
            faulthandler.cancel_dump_traceback_later()


class _Report:
    """Says each line on the terminal, where there is one, and in a file."""

    def __init__(self, file: object) -> None:
        self.file = file

    def __call__(self, line: str) -> None:
        print(line, file=self.file)  # type: ignore[call-overload]
        if sys.stdout is not None:  # it is None in a windowed program on Windows
            print(line, flush=True)


def _run(folder: Path, scratch: Path, say: Callable[[str], None]) -> int:
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    fonts.provide()
    qt.setOrganizationName("Downhill")
    qt.setApplicationName("Downhill")
    qt.setApplicationDisplayName("")
    # Hands can work only Qt's own file dialog.
    qt.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    start = perf_counter()
    with _warnings() as warnings:
        trial = Trial(folder, scratch, say, _SIZE)
        say(f"Downhill's self-test on {qt.platformName()}; pictures and files: {folder}")
        failed = run_steps(trial, STEPS, warnings)
        if run_steps(trial, (view_steps.close,), warnings):
            failed += 1
            trial.program.session.stop()
    seconds = perf_counter() - start
    say(f"{'Every check held' if not failed else 'FAILED'}, in {seconds:.1f} s.")
    return 1 if failed else 0


def run_steps(trial: Trial, steps: Sequence[Step], warnings: list[str]) -> int:
    """Run steps up to the first that fails, as each begins where the one before has ended; return how many failed."""
    for step in steps:
        start = perf_counter()
        fault = _fault_of(trial, step, warnings)
        doc = (step.__doc__ or step.__name__).split("\n")[0]
        trial.say(f"{'FAIL' if fault else 'ok':4} {perf_counter() - start:5.1f} s  {doc}")
        if fault:
            trial.say(f"     {fault}")
            trial.program.window.grab().save(str(trial.folder / "failed.png"))
            return 1
    return 0


def _fault_of(trial: Trial, step: Step, warnings: list[str]) -> str:
    """Return what is wrong after a step, empty if nothing is."""
    try:
        step(trial)
        notes = trial.program.crashes.notes
        check(not notes, f"An error was caught: {notes[-1] if notes else ''}")
        check(not warnings, f"Qt has warned: {'; '.join(warnings)}")
    except Fault as fault:
        return str(fault)
    except Exception:
        return traceback.format_exc()
    return ""


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect what Qt warns of."""
    found: list[str] = []

    def take(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if kind in _WARNINGS and not text.startswith(_IGNORED):
            found.append(text)

    before = qInstallMessageHandler(take)
    try:
        yield found
    finally:
        qInstallMessageHandler(before)


@contextmanager
def _own_places(scratch: Path) -> Iterator[None]:
    """Keep the user's cache and settings out of it, also those in which Qt remembers folders of its file dialog."""
    before = os.environ.get("DOWNHILL_CACHE")
    os.environ["DOWNHILL_CACHE"] = str(scratch / "cache")
    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(scratch / "qt"))
    try:
        yield
    finally:
        if before is None:
            del os.environ["DOWNHILL_CACHE"]
        else:
            os.environ["DOWNHILL_CACHE"] = before
