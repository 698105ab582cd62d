"""The whole program in a window, one for each file of tests, begun anew for each test."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QThreadPool
from PySide6.QtWidgets import QApplication

from app.selftest.checks import pause, wait
from app.selftest.hands import Hands
from app.selftest.trial import Trial
from core.experiment.experiment import Experiment, read_experiment

SMALL = {
    "name": "Small",
    "data": {"source": {"kind": "circle", "samples": 100}},
    "network": {
        "layers": [
            {"kind": "dense", "id": "a", "name": "Dense 1", "units": 4},
            {"kind": "dense", "id": "b", "name": "Dense 2", "units": 3},
        ]
    },
    "training": {"epochs": 100_000, "batch_size": 10},
}


def begun_with(request: pytest.FixtureRequest) -> Experiment:
    """Return what the program of a file of tests shows: its EXPERIMENT, or a small network on the circle."""
    return read_experiment(getattr(request.module, "EXPERIMENT", SMALL))


@pytest.fixture(scope="module")
def program_of_file(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, qapp: QApplication
) -> Iterator[Trial]:
    """Return a started program; at the end nothing of it may be left: no thread, no work, no error."""
    before = set(threading.enumerate())
    folder = tmp_path_factory.mktemp("e2e")
    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(folder / "qt"))  # Qt's own, of its file dialog
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    trial = Trial(folder, folder, experiment=begun_with(request))
    program = trial.program
    program.start()
    trial.hands.active()
    trial.ready()
    yield trial
    program.document.open(program.document.experiment, None)
    program.window.close()
    program.stop()
    assert not program.window.isVisible()
    pools = [*program.findChildren(QThreadPool), *program.window.findChildren(QThreadPool)]
    wait(lambda: not any(pool.activeThreadCount() for pool in pools), "Work in the background has no end.")
    left = {thread for thread in threading.enumerate() if thread.is_alive()} - before
    assert not left, f"threads are left: {left}"
    assert not program.crashes.notes
    program.window.deleteLater()
    program.deleteLater()
    pause(0)


@pytest.fixture
def trial(program_of_file: Trial, request: pytest.FixtureRequest) -> Iterator[Trial]:
    """Return the program as it is after a start; a test fails on an error that was caught in a slot or a thread.

    pytest-qt makes it fail on a warning of Qt.
    """
    trial, program = program_of_file, program_of_file.program
    program.history.clear()
    program.document.open(begun_with(request), None)
    program.window.speed.set_position(10_000)
    trial.ready()
    trial.events.clear()
    trial.hands.active()
    trial.hands.view.setFocus()
    trial.hands.still()
    yield trial
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    for top in QApplication.topLevelWidgets():
        if top is not program.window and top.isVisible():
            top.close()
    if program.session.phase.value == "training":
        program.session.pause()
        trial.ready()
    program.window.commands["fill"].setChecked(False)
    program.window.bottom.show_tab("loss")
    program.theme.set(mode="light", presentation=False)
    for message in tuple(program.window.banner.messages):
        program.window.banner.withdraw(message.key)
    program.window.hint("")
    notes, program.crashes.notes = program.crashes.notes, []
    assert not notes


@pytest.fixture
def hands(trial: Trial) -> Hands:
    return trial.hands


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
