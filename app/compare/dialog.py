"""The dialog that makes a comparison: of which settings, with which values; the runs that follow, in a table."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.compare.chips import ValueChips
from app.compare.table import RunsTable
from app.panels.rows import Refusal
from app.shell.icons import Icons
from app.shell.style import set_class
from core.choices.fields import Mistake
from core.experiment.comparisons import (
    MOST_RUNS,
    USUAL,
    Offer,
    comparison,
    in_order,
    in_words,
    name_of,
    offer,
    title_at,
    usual,
    why_not,
)
from core.experiment.experiment import Experiment
from core.experiment.fairness import fairness
from core.experiment.variants import Variant, expand

_LIST_WIDTH = 210  # pixels
_LONGEST = 80  # letters of a run's name


class CompareDialog(QDialog):
    """One chooses settings and values. chosen: the experiment with its variants, or without any."""

    chosen = Signal(object)

    def __init__(self, experiment: Experiment, icons: Icons, path: str = "", parent: QWidget | None = None) -> None:
        """Offer to compare; path: the setting to begin with, with its usual values. Where the experiment has variants
        that differ in it, or no setting is named, the comparison that there is goes on."""
        super().__init__(parent)
        self.base = experiment.model_copy(update={"variants": ()})
        self.variants: tuple[Variant, ...] = experiment.variants
        self.values: dict[str, tuple[Any, ...]] = self._values_of(self.variants)
        self.setWindowTitle(self.tr("Compare"))
        self.resize(760, 620)
        self._offers: dict[str, Offer | None] = {}
        own = not why_not(self.base, path)
        others = [path] if own else [other for other in self.values if not why_not(self.base, other)]
        self.paths = [*(other for other in others if other not in USUAL), *usual(self.base)]
        begun = path if own else next(iter(others), "")
        self._make(icons)
        self._fill_table()
        self.list.setCurrentRow(self.paths.index(begun) if begun in self.paths else 0)
        if own and path not in self.values:
            self.values = {}
            self._press()

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
        self.list.addItems([""] * len(self.paths))
        self._count_values()
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
        rounding = self.tr(
            "A run that is trained with others equals the same run alone to rounding only, and over thousands of steps "
            "rounding can grow into another result."
        )
        for label in (note, self.fair):
            label.setToolTip(rounding)
        self.table = RunsTable()
        self.table.renamed.connect(self._rename)
        self.table.set.connect(self._set)
        self.table.removed.connect(self._remove)
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
        self.add = QPushButton(self.tr("Add run"))
        self.add.setToolTip(self.tr("A copy of the run that is selected, to be edited"))
        self.add.clicked.connect(self._add)
        self.remove = QPushButton(self.tr("Remove run"))
        self.remove.setToolTip(self.tr("Take the run that is selected out of the table (Del)"))
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
        row.addWidget(self.add)
        row.addWidget(self.remove)
        row.addStretch(1)
        for button in (self.stop, cancel, self.go):
            row.addWidget(button)
        for button in (self.add, self.remove, self.stop, cancel):
            button.setAutoDefault(False)
        return row

    @property
    def experiment(self) -> Experiment:
        """The experiment with the variants of the table."""
        return self.base.model_copy(update={"variants": self.variants})

    # -- chosen --------------------------------------------------------------------------------------------------

    def _offer(self, path: str) -> Offer | None:
        if path not in self._offers:
            self._offers[path] = offer(self.base, path)
        return self._offers[path]

    def _show_offer(self, place: int) -> None:
        found = self._offer(self.paths[place])
        if found is not None:
            self.chips.show_offer(self.base, found, self.values.get(found.path, ()))

    def _press(self) -> None:
        """Press all values of the setting that is chosen."""
        found = self._offer(self.paths[self.list.currentRow()])
        if found is not None:
            self.chips.show_offer(self.base, found, found.values)
            self._pressed()

    def _pressed(self) -> None:
        """Make the runs of all values that are pressed."""
        pressed = self.chips.pressed
        self.values = {path: values for path, values in self.values.items() if path != self.chips.path}
        if pressed:
            self.values[self.chips.path] = pressed
        self._count_values()
        self.refusal.say("")
        try:
            made = comparison(self.base, self.values).variants
        except Mistake as mistake:
            self.variants = ()
            if sum(map(len, self.values.values())) > 1:
                self.refusal.say(str(mistake))
        else:
            self.variants = self._named(made)
        self._fill_table()

    def _count_values(self) -> None:
        """Write beside each setting how many values of it are compared."""
        for place, path in enumerate(self.paths):
            title, values = title_at(self.base, path), len(self.values.get(path, ()))
            self.list.item(place).setText(title[:1].upper() + title[1:] + (f" ({values})" if values else ""))

    def _named(self, made: tuple[Variant, ...]) -> tuple[Variant, ...]:
        """Return variants with the names that were given to the same runs by hand."""
        names = [next((old.name for old in self.variants if old.settings == new.settings), new.name) for new in made]
        if len(set(names)) < len(names):
            return made
        return tuple(Variant(name=name, settings=new.settings) for name, new in zip(names, made, strict=True))

    def _values_of(self, variants: Sequence[Variant]) -> dict[str, tuple[Any, ...]]:
        """Return the values that variants are all combinations of; none where they are not."""
        values: dict[str, tuple[Any, ...]] = {}
        for variant in variants:
            for path, value in variant.settings.items():
                if value not in values.get(path, ()):
                    values[path] = (*values.get(path, ()), value)
        try:
            made = comparison(self.base, values).variants
        except Mistake:
            return {}
        return values if [one.settings for one in made] == [one.settings for one in variants] else {}

    # -- edited in the table -------------------------------------------------------------------------------------

    def _take(self, variants: tuple[Variant, ...]) -> None:
        """Make these the runs; the chips follow where they can say so."""
        self.variants = variants
        self.refusal.say("")
        self.values = self._values_of(variants)
        self._count_values()
        self._show_offer(self.list.currentRow())
        self._fill_table()

    def _remove(self) -> None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        if self.remove.isEnabled():
            self._take(tuple(variant for place, variant in enumerate(self.variants) if place not in rows))

    def _add(self) -> None:
        """Add a copy of a run, and begin to edit what it sets."""
        place = max((index.row() for index in self.table.selectedIndexes()), default=len(self.variants) - 1)
        run = self.variants[place]
        taken = {variant.name for variant in self.variants}
        name = next(name for number in count(2) if (name := f"{run.name[:70]} ({number})") not in taken)
        copy = Variant(name=name, settings=run.settings)
        self._take((*self.variants[: place + 1], copy, *self.variants[place + 1 :]))
        self.table.edit_cell(place + 1, min(1, self.table.columnCount() - 1))

    def _rename(self, place: int, name: str) -> None:
        told = self.tr("The name of a run has 1 to 80 letters, and no other run has it.")
        others = {variant.name for at, variant in enumerate(self.variants) if at != place}
        if not 1 <= len(name) <= _LONGEST or name in others:
            self.refusal.say(told)
            self._fill_table()
        else:
            self._replace(place, name, self.variants[place].settings)

    def _set(self, place: int, path: str, value: Any) -> None:
        """Take another value; a name that tells of the value follows it."""
        old = self.variants[place]
        settings = in_order({**old.settings, path: value})
        try:
            name = self._name_of(settings)
            before = self._name_of(old.settings)
            if not before or not old.name.startswith(before):
                name = old.name
            others = [variant for at, variant in enumerate(self.variants) if at != place]
            if any(settings == other.settings or name == other.name for other in others):
                raise Mistake(self.tr("Another run has this value already."))
            expand(self.base.model_copy(update={"variants": (Variant(name=name, settings=settings),)}))
        except Mistake as mistake:
            self.refusal.say(in_words(self.base, path, mistake))
            self._fill_table()
        else:
            self._replace(place, name, settings)

    def _replace(self, place: int, name: str, settings: Mapping[str, Any]) -> None:
        new = Variant(name=name, settings=dict(settings))
        self._take((*self.variants[:place], new, *self.variants[place + 1 :]))

    def _name_of(self, settings: Mapping[str, Any]) -> str:
        """Return what a run with these settings is called by itself; raises Mistake for a value that cannot be."""
        return ", ".join(name_of(self.base, path, value) for path, value in settings.items())[:_LONGEST]

    def _choose(self, experiment: Experiment) -> None:
        self.accept()
        self.chosen.emit(experiment)

    # -- shown ---------------------------------------------------------------------------------------------------

    def _fill_table(self) -> None:
        self.table.show_runs(self.base, self.variants)
        self._tell()

    def _tell(self) -> None:
        runs = len(self.variants)
        self.count.setText(self.tr("{0} runs").format(runs) if runs else self.tr("No runs yet"))
        self.go.setText(self.tr("Compare {0} runs").format(runs) if runs > 1 else self.tr("Compare"))
        self.fair.setText(fairness(expand(self.experiment)).sentence if runs > 1 else "")
        self._enable()

    def _enable(self) -> None:
        self.go.setEnabled(len(self.variants) > 1)
        rows = {index.row() for index in self.table.selectedIndexes()}
        self.remove.setEnabled(bool(rows) and len(self.variants) - len(rows) > 1)
        self.add.setEnabled(0 < len(self.variants) < MOST_RUNS)
