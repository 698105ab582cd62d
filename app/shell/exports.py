"""Export: the trained network for other tools, and the plot that is shown; asked for here, done behind the window."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu

from app.shell.actions import set_tip, translated
from app.shell.background import Background
from app.shell.child import Child
from app.shell.files import file_name
from app.shell.plot_export import PlotExport
from app.shell.states import with_states
from app.shell.window import MainWindow
from app.work.history import History
from core.exchange.formats import FORMATS, Format
from core.project.archive import Project, save
from core.runs.record import Record
from core.training.events import Metrics, Row

_KEY = "export"  # of the banner


class Exports(QObject):
    """A menu with a row for each format of the table, and the action "Export plot…".

    The model is written by a process of its own (``python -m core export``): it imports torch, reads the file back as
    another tool would, and can be killed.
    """

    def __init__(self, window: MainWindow, history: History, background: Background | None = None) -> None:
        """Take the place in the menu."""
        super().__init__(window)
        self.window = window
        self.history = history
        self.background = background or Background(self)
        self.child = Child(self.background, parent=self)
        self.plots: dict[str, PlotExport] = {}
        self.followed: list[PlotExport] = []
        self._going_on = False  # what the banner tells of has not ended, and can be cancelled there
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
        window.session.framed.connect(self._look)
        window.document.opened.connect(self._forget)
        self.show_state()

    def _entry(self, row: Format) -> QAction:
        action = self.menu.addAction(f"{row.title}…")
        action.setToolTip(row.sentence)
        action.setStatusTip(row.sentence)
        action.triggered.connect(lambda _checked=False: self.ask(row))
        return action

    def show_state(self) -> None:
        """Enable what can be exported now."""
        action, plot = self.window.commands["export_plot"], self.plots.get(self.window.bottom.name)
        lacks = self.tr("There is no plot in this tab.") if plot is None else plot.lacks()
        action.setEnabled(not lacks)
        set_tip(action, lacks or translated(self.window.commands.row("export_plot").tip))
        self.menu.setEnabled(self.newest() is not None and not self.child.busy)

    def _look(self, *_framed: object) -> None:
        """See whether there is a plot now in a tab that has waited for one."""
        if self.window.bottom.name in self.plots and not self.window.commands["export_plot"].isEnabled():
            self.show_state()

    # -- a plot ----------------------------------------------------------------------------------------------------

    def add_plot(self, tab: str, plot: PlotExport) -> None:
        """Let the plot of a tab, by the tab's name, be exported; what becomes of it is told, however it was asked."""
        self.plots[tab] = plot
        plot.changed.connect(self.show_state)
        self.follow(plot)
        self.show_state()

    def follow(self, plot: PlotExport) -> None:
        """Tell what becomes of what is written, and break it off at the end."""
        self.followed.append(plot)
        plot.saved.connect(self._plot_saved)
        plot.failed.connect(self._failed)
        plot.going.connect(partial(self._going, plot))

    def ask_plot(self) -> QFileDialog | None:
        """Ask for a file for the plot that is shown; its ending says what is written."""
        plot = self.plots.get(self.window.bottom.name)
        if plot is None or plot.lacks():
            return None
        return self.ask_for(plot, self.tr("Export plot"), self.window.bottom.name)

    def ask_for(self, plot: PlotExport, title: str, name: str) -> QFileDialog:
        """Ask for a file, of which the name is suggested; its ending says what is written."""
        filters = {f"{title.rstrip('…')} (*.{kind})": kind for kind, title in plot.titles().items()}
        first = next(iter(filters.values()))
        dialog = self._dialog(title, list(filters), f"{self._name()}-{name}", first)

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

    def _going(self, plot: PlotExport, name: str, share: float) -> None:
        if share == 0:
            self._tell_going(name, plot.stop)
        elif any(message.key == _KEY for message in self.window.banner.messages):  # it was not closed
            percent = self.tr("Exporting to {0}, {1} % done …").format(name, round(100 * share))
            self.window.banner.show_message("info", percent, self.tr("Cancel"), plot.stop, key=_KEY)

    def _plot_saved(self, path: Path) -> None:
        self._told(path, self.tr("Exported: {0}.").format(path.name))

    # -- the model -------------------------------------------------------------------------------------------------

    def newest(self) -> Record | None:
        """Return the run that is under way, if it has other weights than those of its seed; else the last one."""
        trainer = self.window.trainer
        if (trainer.begun or trainer.start is not None) and self.history.current:
            return self.history.current[min(self.window.session.run, len(self.history.current) - 1)]
        return self.history.past[-1] if self.history.past else None

    def run(self, place: int | None) -> Record | None:
        """Return the run of a place among all of them; None: the newest one."""
        if place is None:
            return self.newest()
        history = self.history
        now = zip(range(history.place, history.place + len(history.current)), history.current, strict=True)
        return (dict(zip(history.places, history.past, strict=True)) | dict(now)).get(place)

    def ask(self, form: Format, place: int | None = None) -> QFileDialog | None:
        """Ask for a file, and write the network of a run to it; place: of the run, None for the newest one."""
        record = self.run(place)
        if record is None:
            return None
        if self.child.busy:
            self.window.hint(self.tr("Another export is under way: wait for its end, or cancel it."))
            return None
        suffixes = " ".join(f"*{suffix}" for suffix in form.suffixes)
        suffix = form.suffixes[0].removeprefix(".")
        title = self.tr("Export as {0}").format(form.title)
        name = self._name() if place is None else f"{self._name()}-{file_name(record.name)}"
        dialog = self._dialog(title, [f"{form.title} ({suffixes})"], name, suffix)
        dialog.fileSelected.connect(lambda name: self.write_run(form, Path(name), place))
        dialog.open()
        return dialog

    def write_run(self, form: Format, path: Path, place: int | None = None) -> None:
        """Write the weights of a run, also while it trains; place: of the run, None for the newest one."""

        def write() -> None:
            record = self.run(place)
            if record is not None:
                self.write(record, form, path)

        with_states(self.window.session, write, self)

    def write(self, record: Record, form: Format, path: Path) -> None:
        """Write the weights that a run keeps, or as it goes on those it came to last; tell by the banner how it went.

        Only one export is done at a time; another one asked for meanwhile is left out.
        """
        if self.child.busy:
            return
        moment, slim = _only_kept(record)

        def prepare(folder: Path) -> list[str]:
            draft = folder / "run.downhill"
            save(Project(record.experiment.model_copy(update={"variants": ()}), (slim,)), draft)
            return ["export", str(draft), "--to", form.tag, "-o", str(path), "--at", moment]

        def written(said: list[str]) -> None:
            files = form.formula.replace("OUT", path.stem)  # all of them: a script is nothing without its weights
            self._told(path, " ".join([self.tr("Exported: {0}.").format(files), *said[1:]]))
            self.show_state()

        def failed(sentence: str) -> None:
            self._failed(self.tr("Could not export to {0}: {1}").format(path.name, sentence))
            self.show_state()

        self._tell_going(path.name, self.stop)
        self.child.run(prepare, written, failed)
        self.show_state()

    def stop(self) -> None:
        """Break off what is being exported; nothing is left behind."""
        if self.child.busy:
            self.child.stop()
            self.window.banner.withdraw(_KEY)
            self.show_state()

    def finish(self) -> None:
        """Break off all that is being exported, and wait for what is being written."""
        self.stop()
        for plot in self.followed:
            plot.stop()
        self.background.finish()

    # -- what is told ----------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        """Tell no more of what was written of the document before."""
        if not self._going_on:
            self.window.banner.withdraw(_KEY)

    def _told(self, path: Path, text: str) -> None:
        self._going_on = False
        self.window.settings.folder = path.parent
        show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path.parent)))
        self.window.banner.show_message("info", text, self.tr("Show folder"), show, key=_KEY)

    def _tell_going(self, name: str, cancel: Callable[[], object]) -> None:
        self._going_on = True
        text = self.tr("Exporting to {0} …").format(name)
        self.window.banner.show_message("info", text, self.tr("Cancel"), cancel, key=_KEY)

    def _failed(self, sentence: str) -> None:
        self._going_on = False
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
