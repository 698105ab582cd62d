"""The whole program, as it is put together: no text is cut off or overlapped, at both sizes, light and dark."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app.shell.compose import Program
from app.work.session import Phase
from core.experiment.examples import read_example
from core.training.events import EpochDone
from tests.app.fitting import misfits_everywhere, resize

WAIT = 60_000


@pytest.fixture
def run(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[str], Program]]:
    """Return a function that opens the program with an example and trains an epoch."""
    made: list[Program] = []

    def opened(name: str) -> Program:
        store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        store.setValue("theme", "light")
        program = Program(read_example(name), store, tmp_path)
        made.append(program)
        program.start()
        resize(program.window, qtbot, 1440, 900)
        done: list[EpochDone] = []
        program.session.happened.connect(
            lambda events: done.extend(event for event in events if isinstance(event, EpochDone))
        )
        qtbot.waitUntil(lambda: program.session.phase is Phase.PAUSED, timeout=WAIT)
        program.trainer.step_epoch()
        qtbot.waitUntil(lambda: any(event.epoch > 0 for event in done), timeout=WAIT)
        qtbot.waitUntil(lambda: program.session.phase is Phase.PAUSED, timeout=WAIT)
        return program

    yield opened
    for program in made:
        program.window.hide()
        program.stop()
        program.window.deleteLater()


@pytest.mark.slow
@pytest.mark.parametrize("presentation", [False, True])
@pytest.mark.parametrize("name", ["spiral", "digits"])
def test_everything_can_be_read(run: Callable[[str], Program], qtbot: QtBot, name: str, presentation: bool) -> None:
    program = run(name)
    assert misfits_everywhere(program.window, program.theme, qtbot, presentation) == []
