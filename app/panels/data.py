"""The panel of data: which samples there are, how they are drawn and split, and what the network is given of them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.compare.menu import filling
from app.document.document import Document
from app.panels.binding import DocumentBinding
from app.panels.editors import NumberEditor
from app.panels.features import FeatureChips
from app.panels.fitting import facts_or_none, fitted
from app.panels.form import Form, Words
from app.panels.images import ImagesPart
from app.panels.parts import PartsPart
from app.panels.pictures import image_picture, sample_picture, thumbnail
from app.panels.points import PointsPart
from app.panels.sets import ICON, DownloadRow, megabytes
from app.panels.settings import settings_of
from app.panels.table_part import TableImport, TablePart, ask_for_table
from app.panels.tiles import Tiles
from app.shell.background import Background
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.header import Header
from app.shell.widgets.help import HelpButton
from app.shell.widgets.labels import line
from app.work.messages import Scene
from app.work.session import Phase, Session
from core.choices.datasets import DATASETS, DataSet, Points, Table, at_hand
from core.choices.fields import Tagged
from core.experiment.experiment import Experiment

_SEED = "data.source.seed"
_PICTURE = 40
_SEEDS = 10_000


def _tag_of(settings: type[Tagged]) -> str:
    """Return the tag of the data set with these settings."""
    return next(tag for tag, row in DATASETS.items() if row.settings is settings)


def defaults(tag: str) -> Tagged:
    """Return the settings that a data set has by itself."""
    return DATASETS[tag].settings.model_validate({})


class DataPanel(QWidget):
    """Chooses the data set and edits its settings. Sets appear from the table, settings from their class.

    It is as high as it needs to be; what it is put into scrolls. compare: values of the setting at a path are to be
    compared.
    """

    compare = Signal(str)

    def __init__(
        self,
        document: Document,
        session: Session,
        theme: Theme,
        icons: Icons,
        background: Background | None = None,
        ask: Callable[[QWidget], Path | None] = ask_for_table,
        parent: QWidget | None = None,
    ) -> None:
        """Make a panel; ask: lets the user choose a file."""
        super().__init__(parent)
        self.document = document
        self.session = session
        self.theme = theme
        self.icons = icons
        self.random = Random()
        self.setAccessibleName(self.tr("Data"))
        self._kept: dict[str, Tagged] = {}  # points and tables of one's own, to come back to
        self._chosen_at = -1  # the place in the undo stack of a choice that may be cancelled
        self.binding = DocumentBinding(document, fitted)
        self.header = Header(
            icons,
            self.tr("Data"),
            sentence=self.tr(
                "What the network learns from: each sample has inputs x and the right answer y. "
                "Choose a set, draw points yourself, or open a table."
            ),
        )
        self.tiles = Tiles(theme)
        self.tiles.chosen.connect(self.choose)
        self.rows: dict[str, DownloadRow] = {}
        self.table_import = TableImport(document, icons, background or Background(self), ask)
        self._add_sets()
        self.title = QLabel()
        set_class(self.title, "title")
        self.help = HelpButton(icons, "", "", "")
        self.points = PointsPart(document, icons, self.random)
        self.images = ImagesPart(icons)
        self.table = TablePart(document, icons)
        self.table.wanted.connect(self._choose_columns)
        self.settings = QVBoxLayout()
        self.forms: dict[str, Form] = {}  # by data set, made when one is first chosen
        self.form: Form | None = None
        self.words = Words(helps=False, compare=filling(document, self.compare.emit))
        self.parts = PartsPart(document, icons, self.words)
        self.features = FeatureChips(document, icons)
        self.features.compare.connect(self.compare)
        self._lay_out()
        self._pictures = QTimer(self, interval=0)
        self._pictures.timeout.connect(self._draw_next)
        self._undrawn: list[str] = []
        theme.changed.connect(self._draw_anew)
        document.changed.connect(self._changed)
        document.opened.connect(self._opened)
        session.prepared.connect(self._prepared)
        session.progressed.connect(self._progressed)
        session.phase_changed.connect(self._phase_changed)
        session.failed.connect(self._failed)
        self._draw_anew()
        self._rebuild()

    # -- choosing --------------------------------------------------------------------------------------------------

    def choose(self, tag: str) -> None:
        """Make a data set the document's; what depends on it is made to fit in the same undo step."""
        before = self.document.experiment
        if tag == before.data.source.kind:
            return
        if DATASETS[tag].settings is Table and tag not in self._kept:
            self.table_import.start()
            return
        source = self._settings_for(tag, before.data.source)
        after = before.model_copy(update={"data": before.data.model_copy(update={"source": source})})
        self.document.edit(fitted(before, after), self.tr("Choose {0}").format(DATASETS[tag].title))
        self._chosen_at = self.document.undo_stack.index()

    def import_table(self, path: Path) -> None:
        """Import a file, as one that was dropped on the window."""
        self.table_import.read(path)

    def _settings_for(self, tag: str, before: Tagged) -> Tagged:
        """Return the settings of a set: what was drawn or imported before, or its defaults with what the user has set
        for the set before, such as noise and samples."""
        if tag in self._kept:
            return self._kept[tag]
        model = DATASETS[tag].settings
        fields = type(before).model_fields
        carried = {
            name: getattr(before, name)
            for name in model.model_fields
            if name in fields and name != "kind" and getattr(before, name) != fields[name].default
        }
        return model.model_validate(carried)

    def _open_table(self) -> None:
        """Come back to the table that was imported before, or choose a file."""
        source = self.document.experiment.data.source
        if isinstance(source, Table):
            self.table_import.start()
        else:
            self.choose(_tag_of(Table))

    def _choose_columns(self, source: Table) -> None:
        self.table_import.read(Path(source.path), source)

    def _cancel(self) -> None:
        """Break the download off, and take the choice back if nothing was done since."""
        self.session.cancel_download()
        stack = self.document.undo_stack
        if stack.index() == self._chosen_at and stack.canUndo():
            stack.undo()

    # -- what is shown ---------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the experiment as it is now."""
        source = self.document.experiment.data.source
        facts = facts_or_none(source)
        for tag, row in self.rows.items():
            row.button.setChecked(tag == source.kind)
        self.tiles.choose(source.kind)
        if self.form is not None:
            self.form.refresh()
        self.points.refresh()
        self.table.refresh(facts)
        self.parts.refresh(facts)
        self.features.setVisible(isinstance(source, Points) or (facts is not None and facts.plane))
        self.features.refresh()

    def _changed(self, old: Experiment, new: Experiment) -> None:
        if old.data == new.data:
            return
        if old.data.source.kind == new.data.source.kind:
            self.refresh()
            return
        if isinstance(old.data.source, Points | Table):
            self._kept[old.data.source.kind] = old.data.source
        self._rebuild()

    def _opened(self) -> None:
        self._kept.clear()
        self._chosen_at = -1
        self.table_import.fault.say("")
        self._rebuild()

    def _rebuild(self) -> None:
        """Show the parts and settings of another data set."""
        source = self.document.experiment.data.source
        row = DATASETS[source.kind]
        self.title.setText(row.title)
        self.help.set_help(row.title, row.formula, row.sentence)
        self.points.setVisible(isinstance(source, Points))
        self.table.setVisible(isinstance(source, Table))
        facts = facts_or_none(source)
        self.images.setVisible(facts is not None and facts.image)
        self.images.show_dataset(None)
        for download in self.rows.values():
            download.settle()
        self.form = self._form_of(source)
        for form in self.forms.values():
            form.let_grow(form is self.form)
        self._show_form()
        self.refresh()
        self._show_scenes(self.session.scenes)

    def _form_of(self, source: Tagged) -> Form:
        """Return the form of a data set's settings; those of a table are chosen where it is imported."""
        if source.kind not in self.forms:
            settings = () if isinstance(source, Table) else settings_of(type(source), "data.source")
            form = Form(self.icons, self.binding, settings, self.words, at_once=not self.isVisible())
            form.hide()
            form.grown.connect(self._show_form)
            self.settings.addWidget(form)
            self.forms[source.kind] = form
        return self.forms[source.kind]

    def _show_form(self) -> None:
        """Show the settings of the data set that is chosen, once their rows are there, and no others."""
        for form in self.forms.values():
            form.setVisible(form is self.form and form.complete and bool(form.parts))
        if self.form is not None and self.form.complete:
            seed = self.form.row(_SEED).editor if _SEED in self.form.parts else None
            if isinstance(seed, NumberEditor) and seed.beside is None:
                seed.add_beside(self._new_sample_button())
            self.form.arrange()

    def _new_sample_button(self) -> QToolButton:
        button = QToolButton()
        button.setIcon(self.icons.get("dice"))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(self.tr("New sample: draws other points, with a new data seed"))
        button.setAccessibleName(self.tr("New sample"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self._new_sample)
        return button

    def _new_sample(self) -> None:
        now = self.binding.value(_SEED)
        seed = next(seed for seed in iter(lambda: self.random.randrange(_SEEDS), None) if seed != now)
        self.binding.edit({_SEED: seed}, self.tr("New sample"))

    # -- what the session tells --------------------------------------------------------------------------------------

    def _prepared(self, scenes: tuple[Scene, ...]) -> None:
        self._show_scenes(scenes)

    def _show_scenes(self, scenes: tuple[Scene, ...]) -> None:
        """Show the images of a job, if it is one of the data set that is chosen."""
        source = self.document.experiment.data.source
        if scenes and scenes[0].experiment.data.source == source and scenes[0].dataset.facts.image:
            dataset = scenes[0].dataset
            self.images.show_dataset(dataset)
            high, wide = dataset.facts.shape
            first = image_picture(dataset.train.raw[:1], (high, wide), ICON, 1, 0, self.devicePixelRatioF())
            self.rows[source.kind].button.setIcon(QIcon(first))
            self._judge(source.kind)

    def _progressed(self, done: int, total: int) -> None:
        row = self.rows.get(self.document.experiment.data.source.kind)
        if row is not None and self.session.phase is Phase.PREPARING:
            row.show_progress(done, total)

    def _phase_changed(self, phase: Phase) -> None:
        if phase is not Phase.PREPARING:
            for tag, row in self.rows.items():
                if row.loading:
                    row.settle()
                    self._judge(tag)

    def _failed(self, _sentence: str, _trace: str) -> None:
        tag = self.document.experiment.data.source.kind
        row = self.rows.get(tag)
        if row is not None and row.bytes:
            self._judge(tag)
            if not row.there:
                row.settle(self.tr("It could not be downloaded. Train tries again."))

    def _judge(self, tag: str) -> None:
        """Find out whether a set is there or would have to be downloaded."""
        row, settings = self.rows[tag], defaults(tag)
        row.there = at_hand(settings)
        facts = facts_or_none(settings)
        assert facts is not None
        whole = self.tr("{0:,} images").format(facts.samples + facts.own_test)
        row.button.set_note(whole if row.there else self.tr("get {0}").format(megabytes(row.bytes)))

    # -- building ----------------------------------------------------------------------------------------------------

    def _add_sets(self) -> None:
        """Add a tile or a row for each data set of the table."""
        for tag, row in DATASETS.items():
            if row.settings is Points:
                continue  # last, for it is not ready-made
            if row.settings is Table:
                self._add_row(tag, row, "csv").chosen.connect(self._open_table)
                self.rows[tag].button.set_note(self.tr("open…"))
                continue
            facts = facts_or_none(defaults(tag))
            if facts is not None and facts.plane:
                self.tiles.add(tag, row.title, row.sentence)
            else:
                download = self._add_row(tag, row, "png")
                download.chosen.connect(partial(self.choose, tag))
                download.cancelled.connect(self._cancel)
                self._judge(tag)
        drawn = _tag_of(Points)
        tile = self.tiles.add(drawn, self.tr("Draw…"), DATASETS[drawn].sentence)
        tile.dashed = True

    def _add_row(self, tag: str, row: DataSet, icon: str) -> DownloadRow:
        download = DownloadRow(self.icons, icon, row.title, row.sentence, row.downloads)
        self.rows[tag] = download
        return download

    def _draw_anew(self) -> None:
        """Draw all thumbnails, one after the other, as there is time."""
        images = [tag for tag in self.rows if DATASETS[tag].settings is not Table]
        self._undrawn = [*self.tiles.tiles, *images]
        self._pictures.start()

    def _draw_next(self) -> None:
        if not self._undrawn:
            self._pictures.stop()
            return
        tag = self._undrawn.pop(0)
        ratio = self.devicePixelRatioF()
        if tag in self.rows:
            first = sample_picture(tag, ICON, ratio)
            if first is not None:
                self.rows[tag].button.setIcon(QIcon(first))
        elif DATASETS[tag].settings is Points:
            self.tiles.tiles[tag].show_picture(self.icons.pixmap("pencil", 20, ratio, "text2"))
        else:
            self.tiles.tiles[tag].show_picture(thumbnail(tag, self.theme, _PICTURE, ratio))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.header)
        column.addWidget(self.tiles)
        rows = QVBoxLayout()
        rows.setSpacing(0)
        for tag, row in self.rows.items():
            if DATASETS[tag].settings is not Table:
                rows.addWidget(row)
        rows.addWidget(self.rows[_tag_of(Table)])
        rows.addWidget(self.table_import)
        column.addLayout(rows)
        column.addWidget(line())
        title = QHBoxLayout()
        title.addWidget(self.title, 1)
        title.addWidget(self.help)
        column.addLayout(title)
        column.addWidget(self.points)
        column.addWidget(self.table)
        column.addWidget(self.images)
        column.addLayout(self.settings)
        column.addWidget(self.features)
        column.addWidget(line())
        column.addWidget(self.parts)
