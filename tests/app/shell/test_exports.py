"""Export from the window: what is written is what was trained, and the window tells how it went."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTemporaryDir
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.shell.background import Background
from app.shell.exports import Exports
from app.shell.plot_export import PlotExport
from app.shell.window import MainWindow
from app.work.history import History
from app.work.session import Phase
from core.exchange.formats import FORMATS
from core.training.events import Saved

WAIT = 60_000  # the process imports torch
MakeWindow = Callable[..., MainWindow]
MakeExports = Callable[..., Exports]


@pytest.fixture
def make_exports(make_window: MakeWindow) -> Iterator[MakeExports]:
    made: list[Exports] = []

    def make(start: bool = False, **options: object) -> Exports:
        window = make_window(start=False)
        history = History(window.session, window)
        window.trainer.starting.connect(history.begin)
        exports = Exports(window, history, **options)  # type: ignore[arg-type]
        made.append(exports)
        if start:
            window.session.start()
            window.trainer.rewind()
        return exports

    yield make
    for exports in made:
        exports.finish()


@pytest.fixture
def trained(make_exports: MakeExports, qtbot: QtBot) -> Exports:
    """Return the exports of a window that has taken three steps of its first epoch."""
    exports = make_exports(start=True)
    session, trainer = exports.window.session, exports.window.trainer
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    for step in range(1, 4):
        trainer.step_batch()
        qtbot.waitUntil(lambda step=step: trainer.steps == step, timeout=WAIT)  # type: ignore[misc]
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    return exports


class FakePlot(PlotExport):
    """A plot that notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__(Background())
        self.written: list[tuple[Path, str]] = []
        self.lacking = ""
        self.stopped = 0

    def titles(self) -> dict[str, str]:
        return {"csv": "Table…", "png": "Picture…"}

    def write(self, path: Path, kind: str) -> None:
        self.written.append((path, kind))

    def lacks(self) -> str:
        return self.lacking

    def stop(self) -> None:
        self.stopped += 1


def open_dialog(exports: Exports) -> QFileDialog:
    (dialog,) = exports.window.findChildren(QFileDialog)
    return dialog


def test_every_format_of_the_table_is_in_the_menu(make_exports: MakeExports) -> None:
    exports = make_exports()
    assert [action.text() for action in exports.menu.actions()] == [f"{row.title}…" for row in FORMATS.values()]
    assert exports.menu.menuAction() in exports.window.menus.menus["file"].actions()


def test_nothing_can_be_exported_before_something_was_trained(make_exports: MakeExports) -> None:
    exports = make_exports()
    assert not exports.menu.isEnabled()
    assert exports.ask(FORMATS["python"]) is None


def test_the_weights_of_this_very_step_are_written(trained: Exports, qtbot: QtBot, tmp_path: Path) -> None:
    assert trained.menu.isEnabled()
    told: list[Saved] = []
    trained.window.session.happened.connect(lambda events: told.extend(e for e in events if isinstance(e, Saved)))
    trained.entries["python"].trigger()
    dialog = open_dialog(trained)
    assert Path(dialog.selectedFiles()[0]).name == "Small.py"
    path = tmp_path / "net.py"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(lambda: "Cancel" in trained.window.banner.action.text(), timeout=WAIT)
    qtbot.waitUntil(lambda: trained.child.process is None, timeout=WAIT)
    assert trained.window.banner.text.text().startswith("Exported: net.py, net.npz. Read back, its predictions for")
    assert trained.window.banner.action.text() == "Show folder"
    (saved,) = told
    with np.load(path.with_suffix(".npz")) as arrays:
        weights = [arrays[name] for name in arrays.files if name.endswith((".weight", ".bias"))]
        row = np.concatenate([weight.ravel() for weight in weights])
    np.testing.assert_array_equal(row, saved.state.arrays["row"])
    script = path.read_text(encoding="utf-8")
    assert "Measured" not in script  # nothing was, within an epoch


def test_a_run_of_the_past_is_written_with_the_weights_that_it_keeps(
    trained: Exports, qtbot: QtBot, tmp_path: Path
) -> None:
    session, trainer, history = trained.window.session, trained.window.trainer, trained.history
    trainer.step_epoch()
    qtbot.waitUntil(lambda: history.current[0].epochs > 0 and session.phase is Phase.PAUSED, timeout=WAIT)
    trainer.rewind()
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED and len(history.past) == 1, timeout=WAIT)
    trainer.step_batch()
    qtbot.waitUntil(lambda: trainer.steps == 1, timeout=WAIT)
    (past,), (place,) = history.past, history.places
    assert trained.run(place) is past
    assert trained.run(history.place) is trained.newest()
    assert trained.run(99) is None
    dialog = trained.ask(FORMATS["python"], place)
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == f"Small-{past.name}.py"
    path = tmp_path / "past.py"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(lambda: trained.window.banner.text.text().startswith("Exported: past.py, past.npz."), timeout=WAIT)
    with np.load(path.with_suffix(".npz")) as arrays:
        weights = [arrays[name] for name in arrays.files if name.endswith((".weight", ".bias"))]
    np.testing.assert_array_equal(np.concatenate([weight.ravel() for weight in weights]), past.last_row)
    assert trained.ask(FORMATS["python"], 99) is None


def test_only_one_export_is_done_at_a_time_and_another_one_is_told_so(trained: Exports, tmp_path: Path) -> None:
    trained.child.command = (sys.executable, "-c", "import time; time.sleep(600)")
    record = trained.newest()
    assert record is not None
    trained.write(record, FORMATS["python"], tmp_path / "net.py")
    assert trained.ask(FORMATS["onnx"]) is None
    assert "Another export is under way" in trained.window.status.currentMessage()


def test_a_failure_is_told_in_a_sentence_and_leaves_nothing(trained: Exports, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "no folder" / "net.safetensors"
    trained.write_run(FORMATS["safetensors"], path)
    qtbot.waitUntil(lambda: trained.child.process is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: trained.child.process is None, timeout=WAIT)
    text = trained.window.banner.text.text()
    assert text.startswith("Could not export to net.safetensors: ")
    assert "there is no folder" in text
    assert list(tmp_path.rglob("net*")) == []


def test_a_process_that_cannot_be_started_is_told(make_exports: MakeExports, trained: Exports, qtbot: QtBot) -> None:
    trained.child.command = ("/nowhere/python",)
    trained.write_run(FORMATS["python"], Path("net.py"))
    qtbot.waitUntil(lambda: trained.window.banner.text.text().startswith("Could not export to net.py"), timeout=WAIT)
    assert trained.child.process is None
    assert trained.menu.isEnabled()


def test_without_room_for_the_process_nothing_is_written_elsewhere(
    trained: Exports, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("app.shell.child.QTemporaryDir", lambda: QTemporaryDir(str(tmp_path / "nowhere" / "XXXXXX")))
    trained.write_run(FORMATS["python"], here / "net.py")
    qtbot.waitUntil(lambda: trained.window.banner.text.text().startswith("Could not export to net.py"), timeout=WAIT)
    assert "could not be written to" in trained.window.banner.text.text()
    assert list(here.iterdir()) == []


def test_an_export_can_be_cancelled(trained: Exports, qtbot: QtBot, tmp_path: Path) -> None:
    trained.child.command = (sys.executable, "-c", "import time; time.sleep(600)")
    trained.write_run(FORMATS["python"], tmp_path / "net.py")
    qtbot.waitUntil(lambda: trained.child.process is not None and trained.child.process.processId() > 0, timeout=WAIT)
    assert not trained.menu.isEnabled()
    assert trained.window.banner.text.text() == "Exporting to net.py …"
    trained.window.banner.action.click()
    assert trained.child.process is None
    assert not trained.window.banner.isVisible()
    assert trained.menu.isEnabled()
    assert list(tmp_path.glob("net*")) == []


def test_the_plot_of_the_tab_that_is_shown_is_exported(make_exports: MakeExports, tmp_path: Path) -> None:
    exports = make_exports()
    action, plot = exports.window.commands["export_plot"], FakePlot()
    assert not action.isEnabled()
    exports.add_plot("loss", plot)
    assert action.isEnabled()
    exports.window.show_tab("runs")
    assert not action.isEnabled()
    exports.window.show_tab("loss")
    action.trigger()
    dialog = open_dialog(exports)
    assert dialog.nameFilters() == ["Table (*.csv)", "Picture (*.png)"]
    dialog.fileSelected.emit(str(tmp_path / "a.png"))
    dialog.selectNameFilter("Table (*.csv)")
    dialog.fileSelected.emit(str(tmp_path / "b.2"))
    dialog.reject()
    assert plot.written == [(tmp_path / "a.png", "png"), (tmp_path / "b.2.csv", "csv")]
    plot.saved.emit(tmp_path / "a.png")
    assert exports.window.banner.text.text() == "Exported: a.png."
    plot.failed.emit("Could not save to b.2.csv: disk full")
    assert exports.window.banner.text.text() == "Could not save to b.2.csv: disk full"


def test_why_there_is_nothing_to_export_is_told_in_the_tip(make_exports: MakeExports) -> None:
    exports = make_exports()
    action, plot = exports.window.commands["export_plot"], FakePlot()
    exports.add_plot("loss", plot)
    assert action.toolTip().startswith("Write the plot that is shown to a file")
    plot.lacking = "Nothing is drawn yet."
    plot.changed.emit()
    assert not action.isEnabled()
    assert action.toolTip().startswith("Nothing is drawn yet.")
    assert exports.ask_plot() is None
    exports.window.show_tab("runs")
    assert action.toolTip().startswith("There is no plot in this tab.")
    exports.window.show_tab("loss")
    plot.lacking = ""
    plot.changed.emit()
    assert action.isEnabled()
    assert action.toolTip().startswith("Write the plot that is shown to a file")


def test_a_plot_that_takes_a_while_tells_how_far_it_is_and_can_be_cancelled(make_exports: MakeExports) -> None:
    exports, plot = make_exports(), FakePlot()
    exports.add_plot("loss", plot)
    banner = exports.window.banner
    plot.going.emit("a.gif", 0.0)
    assert (banner.text.text(), banner.action.text()) == ("Exporting to a.gif …", "Cancel")
    plot.going.emit("a.gif", 0.5)
    assert banner.text.text() == "Exporting to a.gif, 50 % done …"
    banner.close_button.click()
    plot.going.emit("a.gif", 0.7)  # what was closed stays closed
    assert not banner.isVisible()
    plot.going.emit("a.gif", 0.0)
    banner.action.click()
    assert plot.stopped == 1
    assert not banner.isVisible()


def test_another_document_takes_back_what_was_exported_of_the_one_before(make_exports: MakeExports) -> None:
    exports = make_exports()
    window, plot = exports.window, FakePlot()
    exports.follow(plot)
    plot.going.emit("loss.gif", 0.0)
    window.document.open(window.document.experiment, None)
    assert window.banner.text.text() == "Exporting to loss.gif …"  # it goes on, and can be cancelled
    plot.saved.emit(Path("loss.gif"))
    assert window.banner.text.text() == "Exported: loss.gif."
    window.document.open(window.document.experiment, None)
    assert not window.banner.messages
