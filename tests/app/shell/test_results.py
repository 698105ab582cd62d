"""The report and the pictures from the window: what can be written, and that it is."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.shell.exports import Exports
from app.shell.plot_export import PlotExport
from app.shell.results import Results
from app.shell.window import MainWindow
from app.work.history import History
from app.work.session import Phase
from core.pictures.plots import PLOTS

WAIT = 120_000  # the process imports torch and matplotlib
MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def results(make_window: MakeWindow) -> Iterator[Results]:
    """Return the results of a window in which nothing was trained."""
    window = make_window(start=False)
    history = History(window.session, window)
    window.trainer.starting.connect(history.begin)
    exports = Exports(window, history)
    yield Results(exports)
    exports.finish()


@pytest.fixture
def trained(results: Results, qtbot: QtBot) -> Results:
    """Return the results of a window that has trained an epoch."""
    session, trainer = results.exports.window.session, results.exports.window.trainer
    session.start()
    trainer.rewind()
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    trainer.step_epoch()
    qtbot.waitUntil(lambda: bool(results.exports.history.records), timeout=WAIT)
    qtbot.waitUntil(lambda: results.exports.history.records[0].epochs == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)
    return results


def told(results: Results) -> str:
    return results.exports.window.banner.text.text()


def test_nothing_can_be_written_before_something_was_trained(results: Results) -> None:
    assert not results.action.isEnabled()
    assert results.action.toolTip().startswith("Nothing has been trained yet.")
    assert not results.menu.isEnabled()
    results.ask_report()
    assert results.exports.window.findChildren(QFileDialog) == []


def test_every_plot_of_the_table_is_in_the_menu(trained: Results) -> None:
    texts = [action.text() for action in trained.menu.actions()]
    assert len(texts) == len(PLOTS)
    assert "Boundary (GIF, PNG, SVG, CSV)…" in texts
    assert trained.menu.isEnabled()
    able = {tag: entry.isEnabled() for tag, entry in trained.entries.items()}
    assert able == {tag: tag != "numbers" for tag in PLOTS}
    assert trained.entries["numbers"].toolTip() == "These data have classes, not numbers to predict."


def test_another_picture_has_its_place_beside_them(results: Results) -> None:
    class Canvas(PlotExport):
        def titles(self) -> dict[str, str]:
            return {"svg": "Drawing", "png": "Picture"}

    canvas = Canvas(results.exports.background, results)
    entry = results.add(canvas, "Canvas", "canvas", "As it is shown.")
    assert results.menu.actions()[-1] is entry
    assert entry.text() == "Canvas (SVG, PNG)…"
    results.show_state()
    assert [action for action in results.menu.actions() if action.isEnabled()] == [entry]  # before any training
    assert results.menu.isEnabled()
    entry.trigger()
    (dialog,) = results.exports.window.findChildren(QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == "Small-canvas.svg"
    dialog.reject()


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_the_report_is_written(trained: Results, qtbot: QtBot, tmp_path: Path, kind: str) -> None:
    trained.action.trigger()
    (dialog,) = trained.exports.window.findChildren(QFileDialog)
    assert dialog.nameFilters() == ["Web page in one file (*.html)", "Pages of paper (*.pdf)"]
    assert Path(dialog.selectedFiles()[0]).name == "Small-report.html"
    shares: list[float] = []
    trained.report.going.connect(lambda _name, share: shares.append(share))
    path = tmp_path / f"mine.{kind}"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    assert told(trained) == f"Exporting to mine.{kind} …"
    assert not trained.action.isEnabled()
    qtbot.waitUntil(lambda: not trained.report.child.busy, timeout=WAIT)
    assert told(trained) == f"Exported: mine.{kind}."
    assert trained.exports.window.banner.action.text() == "Show folder"
    assert trained.action.isEnabled()
    assert shares[0] == 0
    assert shares[-1] == 1
    assert sorted(shares) == shares
    content = path.read_bytes()
    if kind == "html":
        assert "<h1>Small</h1>" in content.decode()
    else:
        assert content.startswith(b"%PDF-")


def test_a_picture_is_written(trained: Results, qtbot: QtBot, tmp_path: Path) -> None:
    trained.entries["boundary"].trigger()
    (dialog,) = trained.exports.window.findChildren(QFileDialog)
    assert dialog.nameFilters() == [
        "Animation through training (*.gif)",
        "Picture (*.png)",
        "Drawing (*.svg)",
        "Table of numbers (*.csv)",
    ]
    dialog.fileSelected.emit(str(tmp_path / "a.gif"))
    dialog.reject()
    qtbot.waitUntil(lambda: not trained.pictures["boundary"].child.busy, timeout=WAIT)
    assert told(trained) == "Exported: a.gif."
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF89a")


def test_a_failure_is_told_in_a_sentence(trained: Results, qtbot: QtBot, tmp_path: Path) -> None:
    trained.report.write(tmp_path / "none" / "a.html", "html")
    qtbot.waitUntil(lambda: not trained.report.child.busy, timeout=WAIT)
    assert told(trained).startswith("Could not export to a.html: ")
    assert "there is no folder" in told(trained)


def test_it_can_be_cancelled(trained: Results, qtbot: QtBot, tmp_path: Path) -> None:
    child = trained.report.child
    child.command = (sys.executable, "-c", "import time; time.sleep(600)")
    trained.report.write(tmp_path / "a.html", "html")
    qtbot.waitUntil(lambda: child.process is not None and child.process.processId() > 0, timeout=WAIT)
    trained.report.write(tmp_path / "b.html", "html")  # one at a time: nothing comes of it
    trained.exports.window.banner.action.click()
    assert not child.busy
    assert trained.action.isEnabled()
    assert list(tmp_path.glob("*.html*")) == []
