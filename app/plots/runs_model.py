"""The runs as a table: what each has reached, and in what it differs from the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from app.plots.differing import differing
from app.plots.spots import marker
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from core.runs.record import Record

Index = QModelIndex | QPersistentModelIndex
NAME, SETTINGS, TRAIN, VALIDATION, ACCURACY, EPOCHS, ENDED = range(7)
NUMBERS = (TRAIN, VALIDATION, ACCURACY, EPOCHS)
SORT_ROLE = int(Qt.ItemDataRole.UserRole)
SWATCH = QSize(26, 14)


@dataclass(frozen=True, eq=False)
class RunRow:
    """A run: its record, its place among all runs (its colour), whether it is drawn, whether it is still under way, and
    whether it is the ghost of the one before it."""

    record: Record
    place: int
    visible: bool = True
    current: bool = False
    ghost: bool = False


class RunsModel(QAbstractTableModel):
    """renamed: a record and its new name. shown: a record, and whether it is to be drawn."""

    renamed = Signal(object, str)
    shown = Signal(object, bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.rows: tuple[RunRow, ...] = ()
        self.settings: list[str] = []
        self._swatches: dict[tuple[int, bool, float], QIcon] = {}

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Take other runs, or the same ones that have come further."""
        same = [(row.place, row.record.experiment) for row in rows]
        if same == [(row.place, row.record.experiment) for row in self.rows]:
            self.rows = tuple(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, ENDED))
            return
        self.beginResetModel()
        self.rows = tuple(rows)
        self.settings = differing([row.record.experiment for row in rows]) if rows else []
        self.endResetModel()

    def refresh(self) -> None:
        """Take the theme's colours anew."""
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, ENDED))

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of runs."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else ENDED + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        """Return the title of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            titles = (
                self.tr("Run"),
                self.tr("What differs"),
                self.tr("Train loss"),
                self.tr("Val. loss"),
                self.tr("Val. acc."),
                self.tr("Epochs"),
                self.tr("Why it stopped"),
            )
            return titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in NUMBERS:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let a name be edited and a run be shown or hidden."""
        flags = super().flags(index)
        if index.column() == NAME:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
            if not self.rows[index.row()].current:
                flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows, or what it is sorted by."""
        row, column = self.rows[index.row()], index.column()
        text = self._text(row, index.row(), column)
        number = self._number(row, column)
        alignment = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
        found: dict[int, object] = {
            Qt.ItemDataRole.DisplayRole: text,
            Qt.ItemDataRole.EditRole: text,
            Qt.ItemDataRole.ToolTipRole: row.record.message if column == ENDED else text,
            Qt.ItemDataRole.TextAlignmentRole: int(alignment | Qt.AlignmentFlag.AlignVCenter),
            SORT_ROLE: text.lower() if number is None else number,
        }
        if column == NAME:
            found[Qt.ItemDataRole.CheckStateRole] = Qt.CheckState.Checked if row.visible else Qt.CheckState.Unchecked
            found[Qt.ItemDataRole.DecorationRole] = self._swatch(row.place)
        elif column == ENDED:
            names = {"diverged": "err", "early stopping": "warn", None: "ok"}
            found[Qt.ItemDataRole.ForegroundRole] = self.theme.color(names.get(row.record.outcome, "text"))
        elif self._is_best(column, number):
            found[Qt.ItemDataRole.ForegroundRole] = self.theme.color("ok")
            found[Qt.ItemDataRole.FontRole] = self.theme.font(self.theme.sizes.small, bold=True)
            found[Qt.ItemDataRole.ToolTipRole] = self.tr("{0}, the best of all runs").format(text)
        return found.get(role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tell that a name was edited, or that a run is to be shown or hidden."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            self.shown.emit(row.record, Qt.CheckState(value) == Qt.CheckState.Checked)
            return True
        name = str(value).strip()
        if role == Qt.ItemDataRole.EditRole and name and name != row.record.name:
            self.renamed.emit(row.record, name)
            return True
        return False

    def _number(self, row: RunRow, column: int) -> float | None:
        """Return the number of a cell, infinite where there is none, so that it is sorted last."""
        metrics = row.record.metrics
        values = {
            TRAIN: metrics.train_loss,
            VALIDATION: metrics.validation_loss,
            ACCURACY: metrics.validation_accuracy,
            EPOCHS: float(row.record.epochs),
        }
        if column not in values:
            return None
        value = values[column]
        return float("inf") if value is None or isnan(value) else value

    def _is_best(self, column: int, number: float | None) -> bool:
        """Tell whether no other run has reached as much; of the loss and the accuracy that training has not fitted."""
        if column not in (VALIDATION, ACCURACY) or number is None or len(self.rows) < 2:
            return False
        numbers = [found for row in self.rows if (found := self._number(row, column)) not in (None, float("inf"))]
        return bool(numbers) and number == (min(numbers) if column == VALIDATION else max(numbers))

    def _text(self, row: RunRow, place: int, column: int) -> str:
        number = self._number(row, column)
        if number is not None:
            if number == float("inf"):
                return "–"
            if column == ACCURACY:
                return f"{number:.1%}".replace("%", " %")
            return f"{number:,.0f}" if column == EPOCHS else written(number)
        if column == NAME:
            return row.record.name
        return self.settings[place] if column == SETTINGS else self._ended(row)

    def _ended(self, row: RunRow) -> str:
        record = row.record
        if record.outcome is None and not record.steps:
            return self.tr("no epoch yet")
        if record.outcome is None:
            return self.tr("under way") if row.current else self.tr("not finished")
        return {
            "epochs": self.tr("all epochs done"),
            "early stopping": self.tr("stopped early at {0}").format(f"{record.epochs:,}"),
            "diverged": self.tr("diverged at step {0}").format(f"{record.steps:,}"),
            "interrupted": self.tr("interrupted"),
        }[record.outcome]

    def _swatch(self, place: int) -> QIcon:
        """Return the colour and marker of a run as it is drawn."""
        key = (place, self.theme.dark, self.theme.sizes.line)
        if key not in self._swatches:
            picture = QPixmap(SWATCH * 2)
            picture.setDevicePixelRatio(2)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            color, middle = self.theme.series(place), SWATCH.height() / 2
            painter.setPen(QPen(color, 2))
            painter.drawLine(QPointF(1, middle), QPointF(SWATCH.width() - 1, middle))
            shape = QTransform.fromTranslate(SWATCH.width() / 2, middle).scale(9, 9).map(Symbols[marker(place)])
            painter.fillPath(shape, color)
            painter.end()
            icon = QIcon(picture)
            icon.addPixmap(picture, QIcon.Mode.Selected)  # Qt would tint it
            self._swatches[key] = icon
        return self._swatches[key]
