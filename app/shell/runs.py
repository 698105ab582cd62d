"""Shows the history of runs where it is to be seen: as curves and in the table; and does what the table asks for."""

from PySide6.QtCore import QEvent, QObject, QTimer

from app.document.document import Document
from app.plots.curves import CurvesView
from app.plots.run_curves import RunCurves
from app.plots.runs_model import RunRow
from app.plots.runs_table import RunsTable
from app.work.history import History
from app.work.trainer import Trainer
from core.runs.record import Record

_CURVES_MS = 60  # between two looks of the curves at a run that trains
_TABLE_MS = 300  # the same for the table


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
        self._soon = QTimer(self, interval=_CURVES_MS, singleShot=True)
        self._soon.timeout.connect(self._grow)
        self._table_soon = QTimer(self, interval=_TABLE_MS, singleShot=True)
        self._table_soon.timeout.connect(self._fill_table)
        history.cleared.connect(self._hidden.clear)
        history.changed.connect(self.show_all)
        history.grew.connect(lambda: None if self._soon.isActive() else self._soon.start())
        table.restore.connect(self.restore)
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
        for place, record in enumerate(history.current, history.place):
            rows.append(RunRow(record, place, place not in self._hidden, current=True))
        return rows

    def show_all(self) -> None:
        """Show all runs anew: there is one more or less, or one has another name."""
        self.curves.set_runs([_drawn(row) for row in self.rows()])
        self._fill_table()

    def restore(self, record: Record) -> None:
        """Put the settings of a run back on the screen, with its start weights; what trains now is kept as a run."""
        experiment = record.experiment.model_copy(update={"name": self.document.experiment.name})
        self.document.edit(experiment, self.tr("Restore the setup of {0}").format(record.name))
        if record.origin is None:
            self.trainer.rewind()
        else:
            self.trainer.begin_from(record.rows[min(record.rows)], record.origin)

    def _grow(self) -> None:
        rows = self.rows()
        if len(self.curves.runs) != len(rows):
            self.show_all()
            return
        for index, row in enumerate(rows):
            if row.current:
                self.curves.append(index, _drawn(row))
        if self.table.isVisible() and not self._table_soon.isActive():
            self._table_soon.start()

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
    return RunCurves.of(row.record, row.place, faint=not row.current, visible=row.visible)
