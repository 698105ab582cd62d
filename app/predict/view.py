"""The widget of the predict tab: a sample with its answer, a table of answers, or what can be done here."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.predict.answer import AnswerPanel
from app.predict.fields import Fields
from app.predict.table import AnswersTable
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.labels import line
from core.exchange.reading import PICTURES, TABLES

NOTHING, ONE, MANY = range(3)  # pages


class PredictView(QWidget):
    """Shows what there is to predict.

    dropped: files (tuple[Path, ...]). seen_changed: it has come into sight, or gone.
    """

    dropped = Signal(object)
    seen_changed = Signal(bool)

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = icons.theme
        self.fields = Fields(theme)
        self.answer = AnswerPanel(theme)
        self.table = AnswersTable(theme)
        self.heading = QLabel()
        set_class(self.heading, "caption")
        self.hint = QLabel()
        set_class(self.hint, "caption")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.open_button = QPushButton(self.tr("Open a table or pictures…"))
        self.pages = QStackedWidget()
        for page in (self._nothing(), self._one(), self._many()):
            self.pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.setAcceptDrops(True)

    def _nothing(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(self.hint)
        column.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        return page

    def _one(self) -> QWidget:
        page = QWidget()
        scroller = QScrollArea()
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroller.setWidget(self.answer)
        scroller.setMinimumWidth(self.answer.minimumSizeHint().width() + 12)
        self.between = line(upright=True)
        row = QHBoxLayout(page)
        row.setContentsMargins(16, 8, 8, 4)
        row.setSpacing(14)
        row.addWidget(self.fields, 1)
        row.addWidget(self.between)
        row.addWidget(scroller, 1)
        return page

    def _many(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 2, 12, 4)
        column.setSpacing(2)
        column.addWidget(self.heading)
        column.addWidget(self.table, 1)
        return page

    def show_page(self, page: int, hint: str = "") -> None:
        """Show a page; hint: of the one without anything to predict."""
        self.hint.setText(hint)
        self.pages.setCurrentIndex(page)

    # -- drops and sight -------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take tables and pictures; other files are for the window."""
        if _samples(event):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which files."""
        paths = _samples(event)
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it is seen."""
        super().showEvent(event)
        self.seen_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it is not."""
        super().hideEvent(event)
        self.seen_changed.emit(False)


def _samples(event: QDropEvent) -> tuple[Path, ...]:
    """Return the files that are dragged, if all of them may hold samples; else none."""
    urls = event.mimeData().urls()
    paths = tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
    fits = len(paths) == len(urls) and all(path.suffix.lower() in (*TABLES, *PICTURES) for path in paths)
    return paths if fits else ()
