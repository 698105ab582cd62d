"""The answers to many samples, as a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget

from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from core.exchange.predictions import Predictions

Index = QModelIndex | QPersistentModelIndex
_MOST_INPUTS = 12  # columns of the samples' own numbers
_WIDTH = 92  # pixels
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class AnswersModel(QAbstractTableModel):
    """A row a sample: its name, its numbers, the answer, how sure that is, and all outputs of a classification."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names: Sequence[str] = ()
        self.columns: tuple[str, ...] = ()
        self.raw: NDArray[Any] = np.zeros((0, 0))
        self.found: Predictions | None = None
        self.titles: list[str] = []

    def set_samples(self, names: Sequence[str], columns: tuple[str, ...], raw: NDArray[Any]) -> None:
        """Show samples (n, numbers) without answers; columns: of their numbers, none where these are pixels."""
        self.beginResetModel()
        self.names, self.columns, self.raw, self.found = names, columns[:_MOST_INPUTS], raw, None
        self.titles = [self.tr("Sample"), *self.columns, self.tr("Prediction")]
        self.endResetModel()

    def set_predictions(self, found: Predictions) -> None:
        """Show the answers to the samples."""
        titles = [self.tr("Sample"), *self.columns, self.tr("Prediction")]
        if found.confidence is not None:
            titles.append(self.tr("Sure"))
        titles += found.titles[1:]
        if titles != self.titles:
            self.beginResetModel()
            self.found, self.titles = found, titles
            self.endResetModel()
        else:
            self.found = found
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.names) - 1, len(titles) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many samples there are."""
        return 0 if parent is not None and parent.isValid() else len(self.names)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return how many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return the title of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole and section > 0:
            return int(_RIGHT)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a cell shows."""
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 0:
            return int(_RIGHT)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(index.row(), index.column())
        return None

    def _text(self, sample: int, column: int) -> str:
        if column == 0:
            return self.names[sample]
        column -= 1
        if column < len(self.columns):
            return written(float(self.raw[sample, column]), 5)
        column -= len(self.columns)
        found = self.found
        if found is None:
            return "…"
        if column == 0:
            answer = found.answer(sample)
            return written(answer, 5) if isinstance(answer, float) else answer
        if found.confidence is not None:
            if column == 1:
                return f"{found.confidence[sample]:.1%}".replace("%", " %")
            column -= 1
        return written(float(found.outputs[sample, column - 1]))


class AnswersTable(QTableView):
    """Shows the answers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.answers = AnswersModel(self)
        self.setModel(self.answers)
        self.setAccessibleName(self.tr("Predictions"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.answers.modelReset.connect(self._fit)
        theme.changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        """Give each column the room of its title, and at least that of a number."""
        self.verticalHeader().setDefaultSectionSize(self.theme.sizes.row - 4)
        metrics = self.horizontalHeader().fontMetrics()
        for column, title in enumerate(self.answers.titles):
            self.setColumnWidth(
                column, max(round(_WIDTH * self.theme.sizes.small / 12), metrics.horizontalAdvance(title) + 24)
            )
