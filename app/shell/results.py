"""What is made of the runs for people: File → Report…, and pictures of the newest run."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.shell.actions import set_tip, translated
from app.shell.child import Child
from app.shell.exports import Exports
from app.shell.plot_export import PlotExport
from core.choices.datasets import Facts, facts_of
from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.pictures.plots import PLOTS, Plot
from core.project.archive import Project, save
from core.resources import COMMAND, FROZEN
from core.runs.record import Record

# What the program is told after its own name, for its command line and for its window.
_CORE = COMMAND[1:]
_WINDOW = () if FROZEN else ("-m", "app")


class RunsExport(PlotExport):
    """Writes something of runs by a process of its own, one file at a time: it imports torch, and can be killed."""

    def __init__(
        self,
        exports: Exports,
        kinds: Sequence[str],
        records: Callable[[], tuple[Record, ...]],
        words: Callable[[str, str, str], Sequence[str]],
    ) -> None:
        """kinds: endings of files, without a dot. words: the command, for a draft of the runs, a file and its kind."""
        super().__init__(exports.background, exports)
        self.experiment: Callable[[], Experiment] = lambda: exports.window.document.experiment
        self.kinds = kinds
        self.records = records
        self.words = words
        self.child = Child(exports.background, (sys.executable,), self)
        exports.follow(self)

    def titles(self) -> dict[str, str]:
        """Return what can be written."""
        names = _titles()
        return {kind: names[kind] for kind in self.kinds}

    def lacks(self) -> str:
        """Return why nothing can be written now."""
        if self.child.busy:
            return self.tr("It is being written.")
        return "" if self.records() else self.tr("Nothing has been trained yet.")

    def write(self, path: Path, kind: str) -> None:
        """Write it of the runs as they are now."""
        if self.lacks():
            return
        experiment = self.experiment()
        records = tuple(replace(record, state=None) for record in self.records())

        def prepare(folder: Path) -> Sequence[str]:
            draft = folder / "runs.downhill"
            save(Project(experiment, records), draft)
            return self.words(str(draft), str(path), kind)

        def failed(sentence: str) -> None:
            self.changed.emit()
            self.failed.emit(self.tr("Could not export to {0}: {1}").format(path.name, sentence))

        def written(_said: list[str]) -> None:
            self.changed.emit()
            self.saved.emit(path)

        def heard(line: str) -> None:
            done, slash, total = line.partition("/")
            if slash and done.isdecimal() and total.isdecimal():
                self.going.emit(path.name, int(done) / int(total))

        self.child.run(prepare, written, failed, heard)
        self.changed.emit()
        self.going.emit(path.name, 0.0)

    def stop(self) -> None:
        """Break it off."""
        if self.child.busy:
            self.child.stop()
            self.changed.emit()


def _titles() -> Mapping[str, str]:
    def tr(text: str) -> str:
        return QCoreApplication.translate("RunsExport", text)

    return {
        "html": tr("Web page in one file"),
        "pdf": tr("Pages of paper"),
        "gif": tr("Animation through training"),
        "png": tr("Picture"),
        "svg": tr("Drawing"),
        "csv": tr("Table of numbers"),
    }


class Results(QObject):
    """The action "Report…", and a menu of pictures: an entry for each row of the table of plots, and what is added."""

    def __init__(self, exports: Exports) -> None:
        """Take the places in the menu."""
        super().__init__(exports)
        self.exports = exports
        window = exports.window
        self.report = RunsExport(exports, ("html", "pdf"), lambda: exports.history.records, _report)
        self.action = window.commands.bind("report", self.ask_report)
        self.menu = QMenu(window)
        self.menu.setTitle(self.tr("Export p&icture"))
        self.menu.setToolTipsVisible(True)
        self.pictures: dict[str, RunsExport] = {}
        self.entries: dict[str, QAction] = {}
        for row in PLOTS.values():
            self._add(row)
        window.menus.insert("file", window.commands["export_plot"], [self.menu])
        window.menus.menus["file"].aboutToShow.connect(self.show_state)
        exports.history.changed.connect(self.show_state)
        window.session.phase_changed.connect(self.show_state)
        for export in (self.report, *self.pictures.values()):
            export.changed.connect(self.show_state)
        self.show_state()

    def ask_report(self) -> None:
        """Ask for a file, and write the report to it."""
        if not self.report.lacks():
            self.exports.ask_for(self.report, self.tr("Report"), "report")

    def show_state(self) -> None:
        """Enable what can be written now."""
        lacks = self.report.lacks()
        self.action.setEnabled(not lacks)
        set_tip(self.action, lacks or translated(self.exports.window.commands.row("report").tip))
        newest = self.exports.newest()
        facts = None if newest is None else _facts(newest.experiment)
        for tag, row in PLOTS.items():
            lacks = self.pictures[tag].lacks() or (row.lacks(facts) if facts else self.tr("Its data are not there."))
            self.entries[tag].setEnabled(not lacks)
            set_tip(self.entries[tag], lacks or row.sentence)
        self.menu.setEnabled(any(entry.isEnabled() for entry in self.menu.actions()))

    def add(self, export: PlotExport, title: str, name: str, tip: str) -> QAction:
        """Add a picture to the menu; name: what is suggested for its file."""
        kinds = ", ".join(kind.upper() for kind in export.titles())
        entry = self.menu.addAction(f"{title} ({kinds})…")
        entry.triggered.connect(lambda _checked=False: self.exports.ask_for(export, title, name))
        set_tip(entry, tip)
        self.menu.setEnabled(True)
        return entry

    def _add(self, row: Plot) -> None:
        kinds = [suffix.removeprefix(".") for suffix in row.suffixes]

        def words(draft: str, path: str, _kind: str) -> Sequence[str]:
            return [*_CORE, "plot", draft, row.tag, "-o", path]

        export = self.pictures[row.tag] = RunsExport(self.exports, kinds, self._newest, words)
        self.entries[row.tag] = self.add(export, row.title, row.tag, row.sentence)

    def _newest(self) -> tuple[Record, ...]:
        newest = self.exports.newest()
        return () if newest is None else (newest,)


def _report(draft: str, path: str, kind: str) -> Sequence[str]:
    if kind == "pdf":  # Qt sets the text of the pages
        return [*_WINDOW, "--report", draft, path]
    return [*_CORE, "report", draft, "-o", path]


def _facts(experiment: Experiment) -> Facts | None:
    """Return the facts of an experiment's data, None where they cannot be read any more."""
    try:
        return facts_of(experiment.data.source)
    except (Mistake, OSError):
        return None
