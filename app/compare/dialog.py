"""The dialog that makes a comparison: of which settings, with which values; the runs that follow, in a table."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.compare.chips import ValueChips, parsed
from app.panels.rows import Refusal
from app.shell.icons import Icons
from app.shell.style import set_class
from core.choices.fields import Mistake
from core.experiment.comparisons import comparison, name_of, offer, offers
from core.experiment.experiment import Experiment
from core.experiment.fairness import fairness
from core.experiment.settings import setting_at
from core.experiment.variants import Variant, expand

_LIST_WIDTH = 210  # pixels


class CompareDialog(QDialog):
    """One chooses settings and values. chosen: the experiment with its variants, or without any."""

    chosen = Signal(object)

    def __init__(self, experiment: Experiment, icons: Icons, path: str = "", parent: QWidget | None = None) -> None:
        """Offer to compare; path: the setting to begin with, none where the experiment has variants already."""
        super().__init__(parent)
        self.base = experiment.model_copy(update={"variants": ()})
        self.variants: tuple[Variant, ...] = experiment.variants
        self.values: dict[str, tuple[Any, ...]] = {}
        self.paths: list[str] = []  # of the table's columns after the first
        self.setWindowTitle(self.tr("Compare"))
        self.resize(760, 620)
        self.offers = list(offers(self.base))
        if path and all(found.path != path for found in self.offers):
            own = offer(self.base, path)
            self.offers = ([own] if own is not None else []) + self.offers
        self._make(icons)
        self._fill_table()
        place = next((place for place, found in enumerate(self.offers) if found.path == path), 0)
        self.list.setCurrentRow(place)
        if path and not self.variants:
            self._press(self.offers[place].values)

    def _make(self, icons: Icons) -> None:
        heading = QLabel(self.tr("What shall be compared?"))
        set_class(heading, "metric")
        note = QLabel(
            self.tr("All runs are trained together. Choose values of one setting, or of two for every combination.")
        )
        note.setWordWrap(True)
        set_class(note, "caption")
        self.list = QListWidget()
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.setAccessibleName(self.tr("Settings"))
        for found in self.offers:
            self.list.addItem(QListWidgetItem(_capital(found.title)))
        self.list.currentRowChanged.connect(self._show_offer)
        self.chips = ValueChips(icons.theme)
        self.chips.changed.connect(self._pressed)
        above = QHBoxLayout()
        above.setSpacing(16)
        above.addWidget(self.list)
        above.addWidget(self.chips, 1)
        self.count = QLabel()
        set_class(self.count, "title")
        self.fair = QLabel()
        self.fair.setWordWrap(True)
        set_class(self.fair, "caption")
        self.table = QTableWidget()
        self.table.setAccessibleName(self.tr("Runs of the comparison"))
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.itemChanged.connect(self._edited)
        self.table.itemSelectionChanged.connect(self._enable)
        self.refusal = Refusal(icons.theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(note)
        column.addLayout(above, 3)
        column.addWidget(self.count)
        column.addWidget(self.table, 3)
        column.addWidget(self.fair)
        column.addWidget(self.refusal)
        column.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        self.remove = QPushButton(self.tr("Remove run"))
        self.remove.clicked.connect(self._remove)
        self.stop = QPushButton(self.tr("Stop comparing"))
        self.stop.setToolTip(self.tr("Train one network again, with the settings of the panels"))
        self.stop.setVisible(bool(self.variants))
        self.stop.clicked.connect(lambda: self._choose(self.base))
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.go = QPushButton()
        set_class(self.go, "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(lambda: self._choose(self.experiment))
        row = QHBoxLayout()
        row.addWidget(self.remove)
        row.addStretch(1)
        for button in (self.stop, cancel, self.go):
            row.addWidget(button)
        for button in (self.remove, self.stop, cancel):
            button.setAutoDefault(False)
        return row

    @property
    def experiment(self) -> Experiment:
        """The experiment with the variants of the table."""
        return self.base.model_copy(update={"variants": self.variants})

    # -- chosen --------------------------------------------------------------------------------------------------

    def _show_offer(self, place: int) -> None:
        if 0 <= place < len(self.offers):
            found = self.offers[place]
            self.chips.show_offer(self.base, found, self.values.get(found.path, ()))

    def _press(self, values: Sequence[Any]) -> None:
        found = self.offers[self.list.currentRow()]
        self.chips.show_offer(self.base, found, tuple(values))
        self._pressed()

    def _pressed(self) -> None:
        """Make the runs of all values that are pressed."""
        pressed = self.chips.pressed
        self.values = {path: values for path, values in self.values.items() if path != self.chips.path}
        if pressed:
            self.values[self.chips.path] = pressed
        for place, found in enumerate(self.offers):
            count = len(self.values.get(found.path, ()))
            self.list.item(place).setText(f"{_capital(found.title)} ({count})" if count else _capital(found.title))
        self.refusal.say("")
        try:
            self.variants = comparison(self.base, self.values).variants
        except Mistake as mistake:
            self.variants = ()
            if sum(map(len, self.values.values())) > 1:
                self.refusal.say(str(mistake))
        self._fill_table()

    def _remove(self) -> None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        self.variants = tuple(variant for place, variant in enumerate(self.variants) if place not in rows)
        self._fill_table()

    def _edited(self, item: QTableWidgetItem) -> None:
        """Take another name for a run, or another value of a setting."""
        text, place, column = item.text().strip(), item.row(), item.column()
        old = self.variants[place]
        changed = list(self.variants)
        try:
            if column:
                path = self.paths[column - 1]
                value = parsed(text)
                name = name_of(self.base, path, value)  # refuses what cannot be
                own = path in old.settings and old.name == name_of(self.base, path, old.settings[path])
                changed[place] = Variant(name=name if own else old.name, settings={**old.settings, path: value})
            else:
                changed[place] = Variant(name=text, settings=old.settings)
            expand(self.base.model_copy(update={"variants": tuple(changed)}))
        except (Mistake, ValueError) as error:
            name_told = self.tr("The name of a run has 1 to 80 letters, and no other run has it.")
            self.refusal.say(str(error) if column and isinstance(error, Mistake) else name_told)
        else:
            self.variants = tuple(changed)
            self.refusal.say("")
        self._fill_table()

    def _choose(self, experiment: Experiment) -> None:
        self.accept()
        self.chosen.emit(experiment)

    # -- shown ---------------------------------------------------------------------------------------------------

    def _fill_table(self) -> None:
        self.paths = paths = list(dict.fromkeys(path for variant in self.variants for path in variant.settings))
        titles = [_capital(setting_at(self.base, path).title) for path in paths]
        self.table.blockSignals(True)
        self.table.setColumnCount(1 + len(paths))
        self.table.setHorizontalHeaderLabels([self.tr("Run"), *titles])
        self.table.setRowCount(len(self.variants))
        for row, variant in enumerate(self.variants):
            self.table.setItem(row, 0, QTableWidgetItem(variant.name))
            for column, path in enumerate(paths, 1):
                self.table.setItem(row, column, self._cell(variant, path))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.blockSignals(False)
        self._tell()

    def _cell(self, variant: Variant, path: str) -> QTableWidgetItem:
        """Return what a run sets, to be edited where it is a number or a word."""
        if path not in variant.settings:
            item = QTableWidgetItem(self.tr("as set"))
        elif isinstance(value := variant.settings[path], dict | list | bool | None):
            item = QTableWidgetItem(name_of(self.base, path, value))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        else:
            item = QTableWidgetItem(f"{value:g}" if isinstance(value, float) else str(value))
            item.setToolTip(self.tr("A double click edits it"))
        return item

    def _tell(self) -> None:
        count = len(self.variants)
        self.count.setText(self.tr("{0} runs").format(count) if count else self.tr("No runs yet"))
        self.go.setText(self.tr("Compare {0} runs").format(count) if count > 1 else self.tr("Compare"))
        self.fair.setText(fairness(expand(self.experiment)).sentence if count > 1 else "")
        self._enable()

    def _enable(self) -> None:
        self.go.setEnabled(len(self.variants) > 1)
        self.remove.setEnabled(bool(self.table.selectedIndexes()) and len(self.variants) > 2)


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]
