"""Errors that nobody catches are logged and told, and never take the window down."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.shell.crash import Crashes
from app.shell.notices import Notices
from app.shell.window import MainWindow
from app.work.session import Phase
from core.experiment.experiment import Experiment
from core.training.events import Ended, Metrics


@pytest.fixture
def crashes(qapp: object, tmp_path: Path) -> Crashes:
    return Crashes(tmp_path / "logs", lambda: "PyTorch 2.13")


@pytest.fixture
def installed(crashes: Crashes) -> Iterator[Crashes]:
    crashes.install()
    yield crashes
    crashes.uninstall()


def test_an_error_leaves_a_log_and_a_sentence(crashes: Crashes, qtbot: QtBot) -> None:
    with qtbot.waitSignal(crashes.happened) as told:
        crashes.note("Something went wrong: KeyError: 'w'", "Traceback …")
    (log,) = crashes.folder.glob("crash-*.log")
    assert "KeyError" in log.read_text(encoding="utf-8")
    assert told.args is not None
    assert str(log) in told.args[0]
    assert told.args[0].startswith("Something went wrong: KeyError: 'w'. The program goes on")


def test_errors_of_threads_are_told_in_the_thread_of_the_window(installed: Crashes, qtbot: QtBot) -> None:
    heard: list[tuple[str, QThread]] = []
    installed.happened.connect(lambda sentence: heard.append((sentence, QThread.currentThread())))

    def fail() -> None:
        raise ValueError("far away")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(heard))
    sentence, where = heard[0]
    assert "ValueError: far away" in sentence
    assert where is QThread.currentThread()


def test_errors_of_slots_come_here(installed: Crashes, qtbot: QtBot) -> None:
    try:
        raise RuntimeError("in a slot")
    except RuntimeError:
        sys.excepthook(*sys.exc_info())
    qtbot.waitUntil(lambda: bool(installed.notes))
    assert "in a slot" in installed.notes[0]
    assert "test_errors_of_slots_come_here" in installed.notes[0]


def test_the_hooks_are_given_back(crashes: Crashes) -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    crashes.install()
    crashes.uninstall()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_old_logs_are_deleted(crashes: Crashes) -> None:
    for number in range(25):
        crashes.note(f"error {number}", "trace")
    logs = sorted(crashes.folder.glob("crash-*.log"))
    assert len(logs) == 20
    assert "error 24" in logs[-1].read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_to_does_no_harm(tmp_path: Path, qapp: object, qtbot: QtBot) -> None:
    file = tmp_path / "file"
    file.write_text("")
    crashes = Crashes(file / "logs")
    crashes.install()
    crashes.uninstall()
    with qtbot.waitSignal(crashes.happened) as told:
        crashes.note("An error.", "trace")
    assert told.args is not None
    assert "Log" not in told.args[0]


def test_diagnostics_tell_versions_and_errors_and_can_be_copied(crashes: Crashes) -> None:
    assert "No errors since the start." in crashes.diagnostics()
    crashes.note("An error.", "the trace")
    crashes.copy()
    text = QGuiApplication.clipboard().text()
    for part in ("Qt 6", "PySide 6", "PyTorch 2.13", "the trace"):
        assert part in text


# -- what the banner shows of it -------------------------------------------------------------------------------------


@pytest.fixture
def notices(window: MainWindow, crashes: Crashes) -> Notices:
    return Notices(window.banner, window.trainer, crashes)


def test_an_error_offers_to_copy_diagnostics(window: MainWindow, notices: Notices, crashes: Crashes) -> None:
    window.session.failed.emit("Something went wrong in the background: odd", "the trace")
    assert "odd" in crashes.notes[0]
    crashes.happened.emit("An error.")
    assert window.banner.action.text() == "Copy diagnostics"
    window.banner.action.click()
    assert "the trace" in QGuiApplication.clipboard().text()


def test_what_the_user_can_mend_is_told_without_a_log(window: MainWindow, notices: Notices, crashes: Crashes) -> None:
    window.session.failed.emit("No connection. Use a local file.", "")
    assert window.banner.text.text() == "No connection. Use a local file."
    assert not crashes.notes


def test_a_diverged_run_offers_a_smaller_learning_rate(
    window: MainWindow, notices: Notices, experiment: Experiment
) -> None:
    window.document.set({"training.optimizer.learning_rate": 3.0}, "Learning rate")
    message = "The loss became infinite or not a number at step 812: learning rate 3 is too high."
    ended = Ended(0, "diverged", message, 8, 812, 7, 1.0, Metrics(), Metrics(), *[None] * 4)  # type: ignore[arg-type]
    window.session.happened.emit((ended,))
    assert window.banner.text.text() == message
    assert window.banner.action.text() == "Rewind with 0.3"
    window.banner.action.click()
    assert window.document.experiment.training.optimizer.learning_rate == 0.3
    assert not window.banner.isVisible()


def test_a_change_that_stops_the_training_offers_to_restart(window: MainWindow, notices: Notices) -> None:
    window.trainer.rewind()
    window.session.phase = Phase.TRAINING
    window.trainer.stale_changed.emit(True)
    assert window.banner.action.text() == "Restart"
    window.document.set({"data.source": "plane"}, "Data")
    assert not window.trainer.can_train
    assert not window.banner.isVisible()
    window.trainer.stale_changed.emit(True)
    window.trainer.stale_changed.emit(False)
    assert not window.banner.isVisible()


def test_other_data_chosen_after_a_run_offer_to_restart_at_once(window: MainWindow, crashes: Crashes) -> None:
    trained: list[bool] = []
    notices = Notices(window.banner, window.trainer, crashes, train=lambda: trained.append(True))
    window.trainer.rewind()
    window.session.phase = Phase.OVER
    window.trainer.steps = 10
    window.document.set({"training.epochs": 7}, "Epochs")
    assert window.trainer.stale
    assert not window.banner.isVisible()  # the Train button says Restart; what is shown still fits the experiment
    window.document.set({"data.source": "moons"}, "Data")
    assert window.banner.text.text() == "Output and curves are of the run before. A restart trains on Moons."
    window.banner.action.click()
    assert not window.trainer.stale
    assert trained == [True]
    assert not window.banner.isVisible()
    window.session.phase = Phase.OVER
    window.trainer.steps = 10
    window.document.set({"data.source": "circle"}, "Data")
    assert window.banner.isVisible()
    window.document.undo_stack.undo()
    assert not window.trainer.stale
    assert not window.banner.isVisible()
    notices.deleteLater()


def test_a_live_setting_that_is_refused_is_told(window: MainWindow, notices: Notices) -> None:
    window.trainer.refused.emit("expected at most 0.9, got 1")
    assert window.banner.text.text() == "expected at most 0.9, got 1"


def test_what_was_told_of_a_document_goes_with_it(
    window: MainWindow, notices: Notices, crashes: Crashes, experiment: Experiment
) -> None:
    window.session.failed.emit("bad.csv: expected numbers, found a word. Choose another file.", "")
    window.trainer.refused.emit("expected at most 0.9, got 1")
    crashes.happened.emit("An error.")
    window.document.open(experiment, None)
    assert [message.text for message in window.banner.messages] == ["An error."]
