"""The import of a table: a preview of its first rows, and which column is predicted from which others."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.panels.binding import reason
from app.panels.rows import Refusal
from app.panels.settings import title_of
from app.shell.background import Background
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.combo import QuietCombo
from core.choices.datasets import Facts, Table, facts_of
from core.choices.fields import Mistake, OneOf
from core.datasets.table import Head

_MOST_COLUMNS = 64  # of the preview
_PARTED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Import:
    """What was chosen."""

    source: Table
    standardize: bool


class TableDialog(QDialog):
    """Chooses target, task and inputs; each choice is tried on the whole file, in the background."""

    def __init__(
        self,
        icons: Icons,
        background: Background,
        path: Path,
        head: Head,
        before: Table | None = None,
        standardize: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """Make a dialog; before: the choices to begin with."""
        super().__init__(parent)
        self.icons = icons
        self.background = background
        self.path = path
        self.head = head
        self.facts: Facts | None = None
        self._tried = 0
        self.setWindowTitle(self.tr("Import {0}").format(path.name))
        self.target = QuietCombo(self.tr("Column to predict"))
        self.target.addItems(list(head.names))
        self.task = self._task_combo()
        self.inputs = self._input_list()
        self.standardize = QCheckBox(self.tr("Standardize the inputs"))
        self.standardize.setChecked(standardize)
        self.standardize.setToolTip(
            self.tr("Brings all columns to mean 0 and spread 1, so that those of large numbers do not rule the others.")
        )
        self.preview = self._preview()
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.fault = Refusal(icons.theme)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self.buttons.addButton(self.tr("Import"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self._begin(before)
        self.target.currentIndexChanged.connect(self._target_changed)
        self.task.currentIndexChanged.connect(self._try)
        self.inputs.itemChanged.connect(self._try)
        icons.theme.changed.connect(self._mark)
        self._target_changed()
        self.resize(720, 620)

    def chosen(self) -> Import:
        """Return what is chosen now."""
        names = self.head.names
        target = self.target.currentText()
        inputs = tuple(item.text() for item in self._items() if item.checkState() == Qt.CheckState.Checked)
        others = tuple(name for name in names if name != target)
        source = Table(
            path=str(self.path),
            target=target,
            # All others is the default; so a column that the file gets later is taken too.
            columns=() if inputs == others else inputs,
            task=self.task.currentData(),
        )
        return Import(source, self.standardize.isChecked())

    # -- choices -------------------------------------------------------------------------------------------------

    def _items(self) -> list[QListWidgetItem]:
        return [self.inputs.item(place) for place in range(self.inputs.count())]

    def _begin(self, before: Table | None) -> None:
        names = self.head.names
        known = before if before is not None and {before.target, *before.columns} - {""} <= {*names} else None
        target = known.target if known is not None and known.target else names[-1]
        self.target.setCurrentIndex(names.index(target))
        columns = known.columns if known is not None and known.columns else self._numeric(target)
        for item in self._items():
            item.setCheckState(Qt.CheckState.Checked if item.text() in columns else Qt.CheckState.Unchecked)
        if known is not None:
            self.task.setCurrentIndex(self.task.findData(known.task))

    def _numeric(self, target: str) -> tuple[str, ...]:
        """Return the columns that hold numbers in the first rows: only they can be inputs."""
        found = []
        for place, name in enumerate(self.head.names):
            cells = [row[place] for row in self.head.rows if place < len(row)]
            if name != target and all(_is_number(cell) for cell in cells):
                found.append(name)
        return tuple(found) or tuple(name for name in self.head.names if name != target)

    def _target_changed(self) -> None:
        """Take the target out of the inputs, and the one before it in again."""
        target = self.target.currentText()
        numeric = self._numeric(target)
        self.inputs.blockSignals(True)
        for item in self._items():
            ours = item.text() == target
            if ours:
                item.setCheckState(Qt.CheckState.Unchecked)
            elif not item.flags() & Qt.ItemFlag.ItemIsEnabled and item.text() in numeric:
                item.setCheckState(Qt.CheckState.Checked)
            flags = item.flags()
            item.setFlags(flags & ~Qt.ItemFlag.ItemIsEnabled if ours else flags | Qt.ItemFlag.ItemIsEnabled)
        self.inputs.blockSignals(False)
        self._try()

    def _check_all(self, on: bool) -> None:
        self.inputs.blockSignals(True)
        for item in self._items():
            if item.flags() & Qt.ItemFlag.ItemIsEnabled:
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.inputs.blockSignals(False)
        self._try()

    # -- whether they can be had -----------------------------------------------------------------------------------

    def _try(self) -> None:
        """Read the file with the choices of now, in the background; only the answer to the last one counts."""
        self._mark()
        self._tried += 1
        self.facts = None
        self.accept_button.setEnabled(False)
        if not any(item.checkState() == Qt.CheckState.Checked for item in self._items()):
            self.status.hide()
            self.fault.say(self.tr("Choose at least one column to predict from."))
            return
        self.fault.say("")
        self.status.setText(self.tr("Reading…"))
        self.status.show()
        source, number = self.chosen().source, self._tried
        self.background.run(
            lambda: facts_of(source), lambda facts: self._known(number, facts), lambda text: self._failed(number, text)
        )

    def _known(self, number: int, facts: Facts) -> None:
        if number != self._tried:
            return
        self.facts = facts
        if facts.classes:
            names = ", ".join(facts.classes[:8]) + (", …" if len(facts.classes) > 8 else "")
            what = self.tr("{0} classes: {1}").format(len(facts.classes), names)
        else:
            what = self.tr("a number to predict")
        count = len(facts.columns)
        inputs = self.tr("1 input") if count == 1 else self.tr("{0} inputs").format(count)
        self.status.setText(self.tr("{0:,} samples, {1}, {2}").format(facts.samples, inputs, what))
        self.accept_button.setEnabled(True)

    def _failed(self, number: int, sentence: str) -> None:
        if number == self._tried:
            self.status.hide()
            self.fault.say(reason(Mistake(sentence)))

    # -- looks -----------------------------------------------------------------------------------------------------

    def _task_combo(self) -> QuietCombo:
        combo = QuietCombo(self.tr("What the column tells"))
        words: Mapping[str, str] = {
            "auto": self.tr("decided by its values"),
            "classes": self.tr("a class"),
            "regression": self.tr("a number"),
        }
        limits = next(item for item in Table.model_fields["task"].metadata if isinstance(item, OneOf))
        for tag, option in limits.options.items():
            combo.addItem(words.get(tag, title_of(option, tag)), tag)
        return combo

    def _input_list(self) -> QListWidget:
        widget = QListWidget()
        widget.setAccessibleName(self.tr("Columns to predict from"))
        for name in self.head.names:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            widget.addItem(item)
        return widget

    def _preview(self) -> QTableWidget:
        names = self.head.names[:_MOST_COLUMNS]
        widget = QTableWidget(len(self.head.rows), len(names))
        widget.setAccessibleName(self.tr("First rows of the file"))
        widget.setHorizontalHeaderLabels(list(names))
        widget.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        widget.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        widget.verticalHeader().hide()
        for place, row in enumerate(self.head.rows):
            for column, cell in enumerate(row[:_MOST_COLUMNS]):
                widget.setItem(place, column, QTableWidgetItem(cell))
        widget.resizeColumnsToContents()
        return widget

    def _mark(self) -> None:
        """Show in the preview which column is predicted and which are left out."""
        theme = self.icons.theme
        checked = {item.text() for item in self._items() if item.checkState() == Qt.CheckState.Checked}
        target = self.target.currentText()
        for column in range(self.preview.columnCount()):
            name = self.head.names[column]
            color: QColor = theme.color("accent" if name == target else "text" if name in checked else "disabled")
            for row in range(self.preview.rowCount()):
                item = self.preview.item(row, column)
                if item is not None:
                    item.setForeground(color)
                    item.setBackground(theme.color("soft" if name == target else "panel"))

    def _lay_out(self) -> None:
        how = QLabel(self._how())
        how.setWordWrap(True)
        set_class(how, "caption")
        set_class(self.status, "caption")
        set_class(self.accept_button, "primary")
        names = [self.tr("Predict"), self.tr("which is"), self.tr("from")]
        labels = [QLabel(name) for name in names]
        for label, widget in zip(labels, (self.target, self.task, self.inputs), strict=True):
            label.setBuddy(widget)
            set_class(label, "caption")
        every = QPushButton(self.tr("All columns"))
        every.clicked.connect(lambda: self._check_all(True))
        none = QPushButton(self.tr("None"))
        none.clicked.connect(lambda: self._check_all(False))
        both = QHBoxLayout()
        both.addWidget(every)
        both.addWidget(none)
        both.addStretch(1)
        grid = QGridLayout()
        grid.setSpacing(8)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(labels[0], 0, 0)
        grid.addWidget(self.target, 0, 1)
        grid.addWidget(labels[1], 1, 0)
        grid.addWidget(self.task, 1, 1)
        grid.addWidget(labels[2], 2, 0, top)
        grid.addWidget(self.inputs, 2, 1)
        grid.addLayout(both, 3, 1)
        grid.addWidget(self.standardize, 4, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(how)
        self.preview.setMinimumHeight(120)
        self.inputs.setMinimumHeight(110)
        column.addWidget(self.preview, 2)
        column.addLayout(grid, 3)
        column.addWidget(self.status)
        column.addWidget(self.fault)
        column.addWidget(self.buttons)
        self.target.setFocus()

    def _how(self) -> str:
        header = (
            self.tr("its first row names the columns")
            if self.head.header
            else self.tr("without a row of names, so the columns are numbered")
        )
        parted = _PARTED.get(self.head.delimiter, self.head.delimiter)
        text = self.tr("The first rows of {0}: cells parted by {1}, {2}.").format(self.path.name, parted, header)
        if len(self.head.names) > _MOST_COLUMNS:
            text += " " + self.tr("The first {0} of {1} columns are shown.").format(_MOST_COLUMNS, len(self.head.names))
        return text


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return True
