"""What the plots of the tab have in common: a head with a legend and a ?, above what is drawn."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.plots.legend import Legend
from app.plots.readout import Card
from app.plots.run_curves import RunCurves
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.help import HelpButton
from app.shell.widgets.labels import ElidedLabel

_ROOMY = 430  # pixels, from which on a head has room for a note
_GAP = 8


class Head(QWidget):
    """What stands above a plot; its note, of how it was measured, where there is room: ``roomy`` pixels."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.roomy = _ROOMY
        self.note = ElidedLabel()
        set_class(self.note, "caption")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(_GAP)
        theme.changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(self.theme.sizes.row - 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the best of another width."""
        super().resizeEvent(event)
        self.tell(self.note.text())

    def tell(self, note: str) -> None:
        """Show a note."""
        self.note.setText(note)
        self.note.setVisible(bool(note) and self.width() >= self.roomy)


class Panel(QWidget):
    """A plot of the tab; ``head`` may be put elsewhere, where the title need not be said again."""

    def __init__(self, icons: Icons, title: str, sentence: str, formula: str = "") -> None:
        """Make it without a body; sentence and formula: what the ? tells."""
        super().__init__()
        self.icons = icons
        self.theme = icons.theme
        self.runs: tuple[RunCurves, ...] = ()
        self._measured = self._left_out = ""
        self.head = Head(self.theme)
        self.title = QLabel(title)
        set_class(self.title, "title")
        self.legend = Legend(self.theme, parts=False)
        for widget, stretch in ((self.title, 0), (self.legend, 3), (self.head.note, 2)):
            self.head.row.addWidget(widget, stretch)
        self.head.row.addWidget(HelpButton(icons, title, formula, sentence))
        self.pages = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.column = column
        column.addWidget(self.head)
        column.addWidget(self.pages, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.theme.changed.connect(self.refresh)

    def set_body(self, body: QWidget) -> None:
        """Show this below the head."""
        self.body = body
        self.pages.addWidget(body)
        self.card = Card(self.theme, body)

    def take_head(self) -> None:
        """Put the head back above the body, with its title."""
        self.column.insertWidget(0, self.head)
        self.title.show()

    def lend_head(self, row: QHBoxLayout) -> None:
        """Put the head at the end of a row, without its title."""
        self.title.hide()
        row.addWidget(self.head, 1000)

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Take the runs as they are now."""
        self.runs = tuple(runs)
        self.legend.set_runs(self.runs)

    def leave_out(self, names: Sequence[str]) -> None:
        """Tell which runs are not shown, as their networks are others."""
        words = self.tr("Not shown, for its network is another one: {0}.")
        self._left_out = words.format(", ".join(names)) if names else ""
        self.say(self._measured)

    def say(self, measured: str) -> None:
        """Tell how it was measured."""
        self._measured = measured
        self.head.tell(" ".join(filter(None, (self._left_out, measured))))

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        raise NotImplementedError

    def point(self, place: QPoint) -> None:
        """Put the card beside a place of the body."""
        self.card.put_beside(place, self.body.rect())


class Missing(QWidget):
    """A sentence in place of a plot, and buttons that mend what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = QLabel()
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setWordWrap(True)
        set_class(self.sentence, "caption")
        self.buttons = QVBoxLayout()
        self.buttons.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.addStretch(1)
        column.addWidget(self.sentence)
        column.addLayout(self.buttons)
        column.addStretch(1)

    def offer(self, text: str, flat: bool = False) -> QPushButton:
        """Add a button."""
        button = QPushButton(text)
        if flat:
            set_class(button, "flat")
        self.buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        return button

    def say(self, sentence: str) -> None:
        """Show another sentence."""
        if sentence != self.sentence.text():
            self.sentence.setText(sentence)
