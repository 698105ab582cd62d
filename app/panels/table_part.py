"""The part of the data panel for a table of one's own: which file, which columns, and the way to change them."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from app.document.document import Document
from app.panels.binding import reason
from app.panels.fitting import fitted
from app.panels.rows import Refusal
from app.panels.table_dialog import TableDialog
from app.shell.background import Background
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.labels import ElidedLabel
from core.choices.datasets import Facts, Table
from core.choices.fields import Mistake
from core.datasets.table import Head, head


def ask_for_table(parent: QWidget) -> Path | None:
    """Let the user choose a file; None: none."""
    title = parent.tr("Open a table")
    name, _ = QFileDialog.getOpenFileName(parent, title, "", parent.tr("Tables (*.csv *.tsv *.txt);;All files (*)"))
    return Path(name) if name else None


class TableImport(QWidget):
    """Opens tables: asks for the file, reads its head in the background, lets columns be chosen, edits the document.

    It shows itself only to say why a file cannot be read.
    """

    opened = Signal(object)  # the TableDialog

    def __init__(
        self,
        document: Document,
        icons: Icons,
        background: Background,
        ask: Callable[[QWidget], Path | None] = ask_for_table,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.icons = icons
        self.background = background
        self.ask = ask
        self.fault = Refusal(icons.theme)
        self.dialog: TableDialog | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.fault)

    def start(self) -> None:
        """Ask for a file and import it."""
        path = self.ask(self)
        if path is not None:
            self.read(path)

    def read(self, path: Path, before: Table | None = None) -> None:
        """Import a file; before: the choices to begin with."""
        self.fault.say("")
        self.background.run(
            lambda: head(str(path)),
            lambda found: self._open(path, found, before),
            lambda sentence: self.fault.say(reason(Mistake(sentence))),
        )

    def _open(self, path: Path, found: Head, before: Table | None) -> None:
        if self.dialog is not None:
            self.dialog.reject()
        standardize = True if before is None else self.document.experiment.data.standardize
        self.dialog = TableDialog(self.icons, self.background, path, found, before, standardize, self.window())
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.accepted.connect(self._import)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()
        self.opened.emit(self.dialog)

    def _closed(self) -> None:
        self.dialog = None

    def _import(self) -> None:
        assert self.dialog is not None
        chosen = self.dialog.chosen()
        before = self.document.experiment
        data = before.data.model_copy(update={"source": chosen.source, "standardize": chosen.standardize})
        after = before.model_copy(update={"data": data})
        self.document.edit(fitted(before, after), self.tr("Import {0}").format(Path(chosen.source.path).name))


class TablePart(QWidget):
    """What is imported, and a button to choose other columns.

    wanted: the user wants to choose columns of this Table anew.
    """

    wanted = Signal(object)

    def __init__(self, document: Document, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.file = ElidedLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        set_class(self.text, "caption")
        self.fault = Refusal(icons.theme)
        self.button = QPushButton(self.tr("Choose columns…"))
        self.button.setIcon(icons.get("csv"))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self._want)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.file, self.text, self.fault):
            column.addWidget(widget)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def refresh(self, facts: Facts | None) -> None:
        """Show the table of the document; facts None: it cannot be read, and a problem tells why."""
        source = self.document.experiment.data.source
        if not isinstance(source, Table):
            return
        self.file.setText(Path(source.path).name or self.tr("No file is chosen."))
        self.button.setEnabled(bool(source.path))
        if facts is None:
            self.text.setText("")
            self.fault.say(self.tr("This file cannot be read now: choose the file again."))
            return
        self.fault.say("")
        inputs = ", ".join(facts.columns[:6]) + (", …" if len(facts.columns) > 6 else "")
        target = source.target or self.tr("the last column")
        what = self.tr("{0} classes").format(len(facts.classes)) if facts.classes else self.tr("a number")
        self.text.setText(
            self.tr("{0:,} samples. Predicts {1} ({2}) from {3}.").format(facts.samples, target, what, inputs)
        )

    def _want(self) -> None:
        self.wanted.emit(self.document.experiment.data.source)
