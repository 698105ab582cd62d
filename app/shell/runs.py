"""Shows the history of runs where it is to be seen: as curves and in the table; and does what the table asks for."""

from PySide6.QtCore import QEvent, QObject, QTimer

from app.document.document import Document
from app.plots.curves import CurvesView
from app.plots.run_curves import RunCurves
from app.plots.runs_model import RunRow
from app.plots.runs_table import RunsTable
from app.stopping.ghosts import is_ghost
from app.work.history import History
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment
from core.experiment.fairness import as_variants
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.seeds import LEAST_SEEDS, by_settings

_CURVES_MS = 60  # between two looks of the curves at a run that trains
_TABLE_MS = 300  # the same for the table, and for curves that nobody sees


class RunsBoard(QObject):
    """Keeps curves and table up to date with the history. Which runs are hidden is view state, and kept here."""

    def __init__(
        self,
        document: Document,
        history: History,
        trainer: Trainer,
        curves: CurvesView,
        table: RunsTable,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.history = history
        self.trainer = trainer
        self.curves = curves
        self.table = table
        self._hidden: set[int] = set()
        self._drawn: list[RunCurves] = []
        self._grouped: tuple[list[Experiment], list[tuple[int, ...]]] = ([], [])
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._grow)
        self._table_soon = QTimer(self, interval=_TABLE_MS, singleShot=True)
        self._table_soon.timeout.connect(self._fill_table)
        history.cleared.connect(self._hidden.clear)
        history.changed.connect(self.show_all)
        curves.seeds.toggled.connect(lambda _on: self.show_all())
        history.grew.connect(self._grow_soon)
        table.restore.connect(self.restore)
        table.compare.connect(self.compare)
        table.delete.connect(history.delete)
        table.rename.connect(history.rename)
        table.visibility.connect(self._set_visible)
        table.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fill the table when it comes into sight: what trains does not keep one up to date that nobody sees."""
        if watched is self.table and event.type() == QEvent.Type.Show:
            self._fill_table()
        return super().eventFilter(watched, event)

    def rows(self) -> list[RunRow]:
        """Return all runs, past ones first."""
        history = self.history
        past = zip(history.past, history.places, strict=True)
        rows = [RunRow(record, place, place not in self._hidden) for record, place in past]
        before = None
        for place, record in enumerate(history.current, history.place):
            ghost = before is not None and is_ghost(record.experiment, before.experiment)
            rows.append(RunRow(record, place, place not in self._hidden, current=True, ghost=ghost))
            before = record
        return rows

    def show_all(self) -> None:
        """Show all runs anew: there is one more or less, or one has another name."""
        self._drawn = self._draw_all()
        self.curves.set_runs(self._drawn)
        self._fill_table()

    def restore(self, record: Record) -> None:
        """Put the settings of a run back on the screen, with its start weights; what trains now is kept as a run."""
        experiment = record.experiment.model_copy(update={"name": self.document.experiment.name})
        self.document.edit(experiment, self.tr("Restore the setup of {0}").format(record.name))
        if record.origin is None:
            self.trainer.rewind()
        else:
            self.trainer.begin_from(record.rows[min(record.rows)], record.origin)

    def compare(self, records: tuple[Record, ...]) -> None:
        """Train runs of the past anew as one comparison: each with its own settings, from the start."""
        names: list[str] = []
        for record in records:
            tried = (record.name, *(f"{record.name[:70]} ({count})" for count in range(2, len(records) + 2)))
            names.append(next(name for name in tried if name not in names))
        runs = [Run(name, record.experiment) for name, record in zip(names, records, strict=True)]
        experiment = as_variants(runs).model_copy(update={"name": self.document.experiment.name})
        self.document.edit(experiment, self.tr("Compare {0} runs").format(len(runs)))
        self.trainer.rewind()
        self.trainer.toggle()

    def _grow_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start(_CURVES_MS if self.curves.isVisible() else _TABLE_MS)

    def _grow(self) -> None:
        before, self._drawn = self._drawn, self._draw_all()
        if [run.place for run in before] != [run.place for run in self._drawn]:
            self.show_all()
            return
        for index, run in enumerate(self._drawn):
            if run.place >= self.history.place:
                self.curves.append(index, run)
        if self.table.isVisible() and not self._table_soon.isActive():
            self._table_soon.start()

    def _draw_all(self) -> list[RunCurves]:
        """Return the curves of all runs; those that differ by the seed alone as one with a band, if that is wanted."""
        rows = self.rows()
        groups = self._groups([row.record for row in rows if row.current])
        self.curves.offer_seeds(bool(groups))
        if not self.curves.seeds.isChecked():
            groups = []
        records = self.history.current
        drawn = []
        for row in rows:
            run = row.place - self.history.place
            group = next((group for group in groups if row.current and run in group), None)
            if group is None:
                drawn.append(_drawn(row))
            elif group[0] == run:
                drawn.append(RunCurves.of_seeds([records[member] for member in group], row.place, row.visible))
        return drawn

    def _groups(self, current: list[Record]) -> list[tuple[int, ...]]:
        """Return the places of runs under way that differ by the seed alone; found anew only for other runs."""
        experiments = [record.experiment for record in current]
        if [id(one) for one in experiments] != [id(one) for one in self._grouped[0]]:
            places = {id(record): place for place, record in enumerate(current)}
            found = [tuple(places[id(record)] for record in group) for group in by_settings(current)]
            self._grouped = experiments, [group for group in found if len(group) >= LEAST_SEEDS]
        return self._grouped[1]

    def _fill_table(self) -> None:
        self.table.set_runs(self.rows())

    def _set_visible(self, record: Record, visible: bool) -> None:
        rows = self.rows()
        # A run under way has a new record each time, and runs may begin within one second.
        found = [row for row in rows if row.record is record] or [
            row for row in rows if row.current and row.record.started == record.started
        ]
        for row in found:
            (self._hidden.discard if visible else self._hidden.add)(row.place)
        self.show_all()


def _drawn(row: RunRow) -> RunCurves:
    return RunCurves.of(row.record, row.place, faint=row.ghost or not row.current, visible=row.visible)
