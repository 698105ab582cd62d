"""Export: the trained network for other tools, and the plot that is shown; asked for here, done behind the window."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTemporaryDir, QUrl, SignalInstance
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu

from app.shell.background import Background
from app.shell.files import file_name
from app.shell.states import with_states
from app.shell.window import MainWindow
from app.work.history import History
from core.exchange.formats import FORMATS, Format
from core.project.archive import Project, save
from core.resources import RESOURCES
from core.runs.record import Record
from core.training.events import Metrics, Row

_KEY = "export"  # of the banner


class Plot(Protocol):
    """What can be written of the tab that is shown: by suffix of the file what it is called."""

    @property
    def saved(self) -> SignalInstance:
        """Told with the Path that was written."""

    @property
    def failed(self) -> SignalInstance:
        """Told with a sentence."""

    def titles(self) -> dict[str, str]:
        """Return what can be written, by suffix without a dot."""

    def write(self, path: Path, kind: str) -> None:
        """Write it, in the background."""


class Exports(QObject):
    """A menu with a row for each format of the table, and the action "Export plot…".

    The model is written by a process of its own (``python -m core export``): it imports torch, reads the file back as
    another tool would, and can be killed.
    """

    def __init__(
        self,
        window: MainWindow,
        history: History,
        background: Background | None = None,
        command: Sequence[str] = (sys.executable, "-m", "core"),
    ) -> None:
        """Take the place in the menu; command: starts Downhill's command line."""
        super().__init__(window)
        self.window = window
        self.history = history
        self.background = background or Background(self)
        self.command = tuple(command)
        self.plots: dict[str, Plot] = {}
        self.process: QProcess | None = None
        self._folder: QTemporaryDir | None = None
        self.menu = QMenu(window)
        self.menu.setTitle(self.tr("Export &model"))
        self.menu.setToolTipsVisible(True)
        self.entries = {tag: self._entry(row) for tag, row in FORMATS.items()}
        window.menus.insert("file", window.commands["export_plot"], [self.menu])
        window.menus.menus["file"].aboutToShow.connect(self.show_state)
        window.commands.bind("export_plot", self.ask_plot).setEnabled(False)
        window.bottom.turned.connect(self.show_state)
        history.changed.connect(self.show_state)
        window.session.phase_changed.connect(self.show_state)
        self.show_state()

    def _entry(self, row: Format) -> QAction:
        action = self.menu.addAction(f"{row.title}…")
        action.setToolTip(row.sentence)
        action.setStatusTip(row.sentence)
        action.triggered.connect(lambda _checked=False: self.ask(row))
        return action

    def show_state(self) -> None:
        """Enable what can be exported now."""
        self.window.commands["export_plot"].setEnabled(self.window.bottom.name in self.plots)
        self.menu.setEnabled(self.newest() is not None and self.process is None)

    # -- a plot ----------------------------------------------------------------------------------------------------

    def add_plot(self, tab: str, plot: Plot) -> None:
        """Let the plot of a tab, by the tab's name, be exported; what becomes of it is told, however it was asked."""
        self.plots[tab] = plot
        plot.saved.connect(self._plot_saved)
        plot.failed.connect(self._failed)
        self.show_state()

    def ask_plot(self) -> QFileDialog | None:
        """Ask for a file for the plot that is shown; its ending says what is written."""
        plot = self.plots.get(self.window.bottom.name)
        if plot is None:
            return None
        filters = {f"{title.rstrip('…')} (*.{kind})": kind for kind, title in plot.titles().items()}
        first = next(iter(filters.values()))
        dialog = self._dialog(self.tr("Export plot"), list(filters), f"{self._name()}-{self.window.bottom.name}", first)

        def chosen(name: str) -> None:
            path = Path(name)
            kind = path.suffix.removeprefix(".").lower()
            if kind not in filters.values():
                kind = filters[dialog.selectedNameFilter()]
                path = path.with_name(f"{path.name}.{kind}")
            plot.write(path, kind)

        dialog.fileSelected.connect(chosen)
        dialog.open()
        return dialog

    def _plot_saved(self, path: Path) -> None:
        self._told(path, self.tr("Exported: {0}.").format(path.name))

    # -- the model -------------------------------------------------------------------------------------------------

    def newest(self) -> Record | None:
        """Return the run that is under way, if it has taken a step or had a weight set by hand; else the last one."""
        if self.window.trainer.begun and self.history.current:
            return self.history.current[min(self.window.session.run, len(self.history.current) - 1)]
        return self.history.past[-1] if self.history.past else None

    def ask(self, form: Format) -> QFileDialog | None:
        """Ask for a file, and write the network of the newest run to it."""
        if self.newest() is None:
            return None
        suffixes = " ".join(f"*{suffix}" for suffix in form.suffixes)
        suffix = form.suffixes[0].removeprefix(".")
        title = self.tr("Export as {0}").format(form.title)
        dialog = self._dialog(title, [f"{form.title} ({suffixes})"], self._name(), suffix)
        dialog.fileSelected.connect(lambda name: self.write_newest(form, Path(name)))
        dialog.open()
        return dialog

    def write_newest(self, form: Format, path: Path) -> None:
        """Write the weights of the newest run, also while it trains."""

        def write() -> None:
            record = self.newest()
            if record is not None:
                self.write(record, form, path)

        with_states(self.window.session, write, self)

    def write(self, record: Record, form: Format, path: Path) -> None:
        """Write the weights that a run keeps, or as it goes on those it came to last; tell by the banner how it went.

        Only one export is done at a time; another one asked for meanwhile is left out.
        """
        if self.process is not None:
            return
        self.process = process = QProcess(self)
        self._folder = folder = QTemporaryDir()
        draft = Path(folder.path()) / "run.downhill"
        moment, slim = _only_kept(record)
        source = [str(draft), "--to", form.tag, "-o", str(path), "--at", moment]
        process.setProgram(self.command[0])
        process.setArguments([*self.command[1:], "export", *source])
        process.setProcessEnvironment(_environment())
        process.finished.connect(partial(self._finished, path))
        process.errorOccurred.connect(partial(self._error, path))
        text = self.tr("Exporting to {0} …").format(path.name)
        self.window.banner.show_message("info", text, self.tr("Cancel"), self.stop, key=_KEY)
        self.show_state()
        self.background.run(
            lambda: save(Project(record.experiment.model_copy(update={"variants": ()}), (slim,)), draft),
            lambda _none: self._start(process),
            partial(self._not_written, path),
        )

    def stop(self) -> None:
        """Break off what is being exported; nothing is left behind."""
        process, self.process = self.process, None
        if process is not None:
            process.finished.disconnect()
            process.errorOccurred.disconnect()
            if process.state() is not QProcess.ProcessState.NotRunning:
                process.kill()
                process.waitForFinished(5000)
            self._end(process)

    def _start(self, process: QProcess) -> None:
        if process is self.process:  # not cancelled while its run was being written
            process.start()

    def _finished(self, path: Path, code: int, status: QProcess.ExitStatus) -> None:
        process = self.process
        assert process is not None
        said = process.readAllStandardOutput().toStdString().strip().splitlines()
        complaint = process.readAllStandardError().toStdString().strip().splitlines()
        self._end(process)
        if status is QProcess.ExitStatus.NormalExit and code == 0:
            self._told(path, " ".join([self.tr("Exported: {0}.").format(path.name), *said[1:]]))
        else:
            self._not_written(path, complaint[-1] if complaint else self.tr("the exporting process ended early"))

    def _error(self, path: Path, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self.process is not None:
            reason = self.process.errorString()
            self._end(self.process)
            self._not_written(path, reason)

    def _end(self, process: QProcess) -> None:
        process.deleteLater()
        self.process = None
        if self._folder is not None:
            self._folder.remove()
            self._folder = None
        self.window.banner.withdraw(_KEY)
        self.show_state()

    # -- what is told ----------------------------------------------------------------------------------------------

    def _told(self, path: Path, text: str) -> None:
        self.window.settings.folder = path.parent
        show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path.parent)))
        self.window.banner.show_message("info", text, self.tr("Show folder"), show, key=_KEY)

    def _not_written(self, path: Path, sentence: str) -> None:
        if self.process is not None:  # the run could not be written, so no process was started
            self._end(self.process)
        self._failed(self.tr("Could not export to {0}: {1}").format(path.name, sentence))

    def _failed(self, sentence: str) -> None:
        self.window.banner.show_message("err", sentence, key=_KEY)

    def _name(self) -> str:
        path = self.window.document.path
        return path.stem if path is not None else file_name(self.window.document.experiment.name)

    def _dialog(self, title: str, filters: list[str], name: str, suffix: str) -> QFileDialog:
        dialog = QFileDialog(self.window, title, str(self.window.settings.folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(filters)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{name}.{suffix}")
        dialog.finished.connect(dialog.deleteLater)
        return dialog


def _only_kept(record: Record) -> tuple[str, Record]:
    """Return the moment of the weights to export, and the record without all other weights.

    Of a run that has ended they are those that it keeps: the best, if it restores them, else the last. Of one that goes
    on they are those of its state, which may lie between two epochs or be set by hand: nothing was measured of them.
    """
    if record.outcome is not None:
        best = record.rows.get(record.best_epoch)
        if best is not None and np.array_equal(best, record.row):
            return "best", _slim(record, {record.best_epoch: best})
        return "last", _slim(record, {record.epochs: record.last_row})
    newest = max(record.rows)
    row = record.rows[newest]
    if record.state is not None and record.state.values["epoch"] >= newest:
        row = record.state.arrays["row"]
    measured = newest == record.epochs and np.array_equal(row, record.rows[newest])
    record = replace(record, row=row, last_row=row, metrics=record.metrics if measured else Metrics())
    return "last", _slim(record, {record.epochs: row})


def _slim(record: Record, rows: Mapping[int, Row]) -> Record:
    return replace(record, rows=MappingProxyType(dict(rows)), state=None)


def _environment() -> QProcessEnvironment:
    """Return the environment of this program, in which Python finds Downhill from any folder."""
    environment = QProcessEnvironment.systemEnvironment()
    paths = [str(RESOURCES.parent), environment.value("PYTHONPATH")]
    environment.insert("PYTHONPATH", os.pathsep.join(path for path in paths if path))
    return environment
