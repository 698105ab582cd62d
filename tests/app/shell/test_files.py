"""New, open, save, recover: nothing is lost, and nothing holds the window up."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from app.shell.files import Files
from app.shell.icons import Icons
from app.shell.recovery import Recovery
from app.shell.window import MainWindow
from app.work.history import History
from app.work.session import Phase
from core.datasets import csv_text, table
from core.exchange.reading import READERS
from core.exchange.reopening import reopen
from core.experiment.examples import read_example
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import expand
from core.project.archive import Project, load, save

WAIT = 20_000
MakeWindow = Callable[..., MainWindow]
Button = QMessageBox.StandardButton


@pytest.fixture
def make_files(make_window: MakeWindow, icons: Icons, tmp_path: Path) -> Iterator[Callable[..., Files]]:
    made: list[Files] = []

    def make(start: bool = False) -> Files:
        window = make_window(start=start)
        files = Files(window, History(window.session), Recovery(tmp_path / "recovery"), icons)
        made.append(files)
        return files

    yield make
    for files in made:
        files._close_now()


@pytest.fixture
def files(make_files: Callable[..., Files]) -> Files:
    return make_files()


def asked(files: Files, qtbot: QtBot) -> QMessageBox:
    """Return the question about unsaved changes, which is open."""
    qtbot.waitUntil(lambda: files.window.findChild(QMessageBox, "unsaved") is not None)
    box = files.window.findChild(QMessageBox, "unsaved")
    assert box is not None
    return box


def answer(box: QMessageBox, button: QMessageBox.StandardButton) -> None:
    QTest.mouseClick(box.button(button), Qt.MouseButton.LeftButton)


def edit(files: Files, epochs: int = 7) -> None:
    files.document.set({"training.epochs": epochs}, "Epochs")


def test_saved_and_opened_again_it_is_the_same(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    edit(files)
    path = tmp_path / "mine.downhill"
    dialog = files.save_as()
    dialog.fileSelected.emit(str(path))
    qtbot.waitUntil(lambda: not files.unsaved)
    assert files.document.path == path
    assert files.settings.recent_files == (path,)
    project = load(path)
    assert project.experiment == files.document.experiment
    assert project.thumbnail is not None
    experiment = files.document.experiment
    files.start(Experiment())
    assert files.document.experiment == Experiment()
    assert files.document.path is None
    with qtbot.waitSignal(files.loaded):
        files.open_path(path)
    assert files.document.experiment == experiment
    assert files.document.path == path
    assert not files.unsaved


def test_the_keyboard_goes_to_the_canvas_with_an_example(files: Files, qtbot: QtBot) -> None:
    field = QLineEdit(files.window)
    field.show()
    field.setFocus()
    assert files.window.focusWidget() is field
    gallery = files.new()
    QTest.mouseClick(gallery.open_button, Qt.MouseButton.LeftButton)
    assert files.window.focusWidget() is files.window.parts.canvas
    assert files.document.experiment == read_example("perceptron")


def model_file(path: Path, experiment: Experiment) -> Path:
    """Write the start weights of an experiment in the format of a file's ending."""
    from core.datasets.load import load as load_data
    from core.exchange.export import export
    from core.exchange.formats import FORMATS
    from core.exchange.package import package
    from core.runs.recorder import Recorder
    from core.training.loop import prepare, train

    runs = expand(experiment)
    recorder = Recorder(runs)
    recorder.take(next(train(prepare(runs))))
    form = next(form for form in FORMATS.values() if path.suffix in form.suffixes)
    export(package(recorder.record(0), "start", load_data(experiment.data)), form, path)
    return path


@pytest.mark.parametrize("suffix", READERS)
def test_a_model_of_another_format_is_opened_with_its_weights(
    files: Files, qtbot: QtBot, tmp_path: Path, suffix: str
) -> None:
    written = read_experiment({"name": "Written", "data": {"source": "xor"}, "training": {"seed": 8}})
    path = model_file(tmp_path / f"net{suffix}", written)
    with qtbot.waitSignal(files.model_opened, timeout=WAIT) as opened:
        files.open_path(path)
    found, name = opened.args
    assert name == path.name
    np.testing.assert_array_equal(found.row, reopen(path, Experiment()).row)
    assert files.document.experiment.name == "Written"
    assert files.document.experiment.data == written.data
    assert files.document.path is None  # it is saved to a file of Downhill's own
    assert not files.unsaved
    assert files.settings.recent_files == (path,)


def test_a_model_that_does_not_fit_leaves_everything_as_it_is_and_says_why(
    files: Files, qtbot: QtBot, tmp_path: Path
) -> None:
    before = files.document.experiment
    path = tmp_path / "net.onnx"
    path.write_bytes(b"nothing")
    files.open_path(path)
    banner = files.window.banner
    qtbot.waitUntil(banner.isVisible, timeout=WAIT)
    assert banner.text.text().startswith("Could not open net.onnx: damaged or incomplete")
    assert files.document.experiment is before


def test_models_are_among_what_can_be_opened_and_dropped(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = files.open()
    assert dialog.nameFilters() == ["Downhill files and models (*.downhill *.safetensors *.onnx *.pt2)"]
    dialog.reject()
    path = model_file(tmp_path / "net.onnx", read_experiment({"data": {"source": "xor"}}))
    with qtbot.waitSignal(files.model_opened, timeout=WAIT):
        files.drop(path)


def test_the_dialog_of_a_first_save_proposes_a_name(files: Files) -> None:
    files.window.commands["save"].trigger()
    dialog = files.window.findChild(QFileDialog)
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == "Small.downhill"
    dialog.reject()


def test_a_run_goes_into_the_file_with_the_state_to_go_on_from(
    make_files: Callable[..., Files], qtbot: QtBot, tmp_path: Path
) -> None:
    files = make_files(start=True)
    session = files.session
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    runs = expand(files.document.experiment)
    files.history.begin(runs)
    session.prepare(runs)
    session.go()
    qtbot.waitUntil(lambda: bool(files.history.current) and files.history.current[0].epochs > 2, timeout=WAIT)
    path = tmp_path / "run.downhill"
    saved = []
    files._write(path, lambda: saved.append(True))  # while it trains
    qtbot.waitUntil(lambda: bool(saved), timeout=WAIT)
    session.pause()
    (record,) = load(path).records
    assert record.epochs > 2
    assert record.state is not None


def test_unsaved_changes_are_asked_about_before_another_file_comes(
    files: Files, qtbot: QtBot, tmp_path: Path, experiment: Experiment
) -> None:
    path = tmp_path / "other.downhill"
    save(Project(Experiment(name="Other")), path)
    edit(files)
    files.open_path(path)
    answer(asked(files, qtbot), Button.Cancel)
    assert files.document.experiment.name == "Small"
    qtbot.waitUntil(lambda: files.window.findChild(QMessageBox, "unsaved") is None)
    files.open_path(path)
    answer(asked(files, qtbot), Button.Discard)
    qtbot.waitUntil(lambda: files.document.experiment.name == "Other")


def test_closing_asks_and_saves_first(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    files.document.path = tmp_path / "mine.downhill"
    edit(files)
    files.window.close()
    assert files.window.isVisible()
    answer(asked(files, qtbot), Button.Save)
    qtbot.waitUntil(lambda: not files.window.isVisible())
    assert load(tmp_path / "mine.downhill").experiment.training.epochs == 7


def test_closing_without_changes_asks_nothing(files: Files) -> None:
    files.window.close()
    assert not files.window.isVisible()
    assert files.window.findChild(QMessageBox) is None


def test_what_cannot_be_saved_or_opened_is_told_with_a_way_on(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    banner = files.banner
    files._write(tmp_path / "no folder" / "mine.downhill", None)
    qtbot.waitUntil(banner.isVisible)
    assert banner.text.text().startswith("mine.downhill: could not be saved, there is no such folder")
    assert banner.action.text() == "Save as…"
    broken = tmp_path / "broken.downhill"
    broken.write_text("nonsense")
    files.open_path(broken)
    qtbot.waitUntil(lambda: "Could not open broken.downhill" in banner.text.text())
    assert files.document.experiment.name == "Small"


def test_an_edit_while_it_is_saved_stays_unsaved(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    edit(files, 7)
    files._write(tmp_path / "mine.downhill", None)
    edit(files, 8)
    qtbot.waitUntil(lambda: files.document.path is not None)
    assert files.unsaved
    assert load(tmp_path / "mine.downhill").experiment.training.epochs == 7


def test_a_dropped_file_is_opened_and_a_table_is_passed_on(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "other.downhill"
    save(Project(Experiment(name="Other")), path)
    files.window.dropped.emit(path)
    qtbot.waitUntil(lambda: files.document.experiment.name == "Other")
    with qtbot.waitSignal(files.table_dropped) as told:
        files.window.dropped.emit(tmp_path / "points.csv")
    assert told.args == [tmp_path / "points.csv"]
    files.window.dropped.emit(tmp_path / "picture.png")
    assert "picture.png is neither" in files.banner.text.text()


def test_recent_files_are_in_the_menu(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    files.recent.fill()
    assert [action.text() for action in files.recent.actions()] == ["No files yet"]
    path = tmp_path / "other & more.downhill"
    save(Project(Experiment(name="Other")), path)
    files.settings.add_recent(path)
    files.recent.aboutToShow.emit()
    first = files.recent.actions()[0]
    assert first.text() == "&1  other && more.downhill"
    first.trigger()
    qtbot.waitUntil(lambda: files.document.experiment.name == "Other")
    files.recent.fill()
    files.recent.actions()[-1].trigger()
    assert files.settings.recent_files == ()


# -- recovery --------------------------------------------------------------------------------------------------------


def test_unsaved_work_is_put_aside_once_and_forgotten_when_saved(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    kept = files.recovery.path
    files.keep()
    assert not kept.exists()
    edit(files)
    files.keep()
    qtbot.waitUntil(kept.exists)
    qtbot.waitUntil(lambda: load(kept).experiment == files.document.experiment)
    before = kept.stat().st_mtime_ns
    files.keep()
    files._write(tmp_path / "mine.downhill", None)
    qtbot.waitUntil(lambda: not kept.exists())
    assert before
    files.window.close()
    assert not list((tmp_path / "recovery").iterdir())


def crashed(folder: Path, experiment: Experiment, original: Path | None = None) -> Path:
    """Leave behind what a program that crashed leaves: its file, but no lock that is held."""
    recovery = Recovery(folder)
    recovery.keep(Project(experiment), original)
    assert recovery._lock is not None
    recovery._lock.unlock()
    return recovery.path


def test_after_a_crash_the_work_is_offered_and_comes_back_unsaved(
    files: Files, qtbot: QtBot, tmp_path: Path, experiment: Experiment
) -> None:
    lost = experiment.model_copy(update={"name": "Lost"})
    path = crashed(tmp_path / "recovery", lost, tmp_path / "mine.downhill")
    files.offer_recovery()
    qtbot.waitUntil(files.banner.isVisible)
    assert '"Lost" can be restored' in files.banner.text.text()
    QTest.mouseClick(files.banner.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: files.document.experiment == lost)
    assert files.document.path == tmp_path / "mine.downhill"
    assert files.unsaved
    qtbot.waitUntil(lambda: not path.exists())


def test_nothing_is_offered_of_a_program_that_still_runs(tmp_path: Path, experiment: Experiment) -> None:
    running, other = Recovery(tmp_path), Recovery(tmp_path)
    running.keep(Project(experiment), None)
    assert other.lost() == ()
    assert running.lost() == ()
    running.close()
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_put_aside_one_sentence_says_so(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "recovery").touch()  # where the folder should be
    edit(files)
    files.keep()
    qtbot.waitUntil(files.banner.isVisible)
    told = f"{tmp_path / 'recovery'} could not be written to (File exists). Save it to another place."
    assert files.banner.text.text() == f"Unsaved work could not be put aside: {told}"


def test_only_the_newest_lost_files_are_kept(tmp_path: Path, experiment: Experiment) -> None:
    for number in range(7):
        crashed(tmp_path, experiment.model_copy(update={"name": f"Lost {number}"}))
    lost = Recovery(tmp_path).lost()
    assert len(lost) == 5
    assert len(list(tmp_path.glob("*.downhill"))) == 5
    assert [found.saved_at for found in lost] == sorted((found.saved_at for found in lost), reverse=True)


def test_a_lost_file_without_its_note_is_still_offered(tmp_path: Path, experiment: Experiment) -> None:
    path = crashed(tmp_path, experiment)
    path.with_suffix(".json").write_text("{")
    (lost,) = Recovery(tmp_path).lost()
    assert (lost.name, lost.original) == (path.stem, None)
    assert Recovery(tmp_path).take(lost).experiment == experiment


def test_a_table_is_never_read_in_the_thread_of_the_window(
    files: Files, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[threading.Thread] = []

    def noted(path: Path, encoding: str) -> csv_text.CsvText:
        readers.append(threading.current_thread())
        return csv_text.read_csv_text(path, encoding)

    monkeypatch.setattr(table, "read_csv_text", noted)
    data = tmp_path / "marks.csv"
    data.write_text("a,b,y\n" + "1,2,yes\n3,4,no\n" * 50, encoding="utf-8")
    source = {"kind": "csv", "path": str(data)}
    experiment = read_experiment({"name": "Marks", "data": {"source": source}})
    path = tmp_path / "marks.downhill"
    save(Project(experiment), path)
    with qtbot.waitSignal(files.loaded):
        files.open_path(path)
    assert files.document.experiment == experiment
    assert files.window.trainer.can_train  # so the facts of the table are known
    assert readers
    assert threading.main_thread() not in readers


def test_a_file_whose_table_is_gone_opens_with_a_problem(files: Files, qtbot: QtBot, tmp_path: Path) -> None:
    source = {"kind": "csv", "path": str(tmp_path / "gone.csv")}
    path = tmp_path / "marks.downhill"
    save(Project(read_experiment({"name": "Marks", "data": {"source": source}})), path)
    with qtbot.waitSignal(files.loaded):
        files.open_path(path)
    assert not files.window.trainer.can_train
    assert files.window.status.currentMessage() == ""


def test_work_is_put_aside_behind_the_window(files: Files, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    writers: list[threading.Thread] = []
    written = files.recovery.keep

    def noted(project: Project, original: Path | None) -> None:
        writers.append(threading.current_thread())
        written(project, original)

    monkeypatch.setattr(files.recovery, "keep", noted)
    edit(files)
    files.keep()
    qtbot.waitUntil(files.recovery.path.exists)
    assert len(writers) == 1
    assert threading.main_thread() not in writers
