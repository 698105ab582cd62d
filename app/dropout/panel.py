"""What the plots of the tab have in common: a head with a legend and a ?, above what is drawn."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.plots.legend import Legend
from app.plots.readout import Card
from app.plots.run_curves import RunCurves
from app.shell.drawn_export import Seen
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.help import HelpButton
from app.shell.widgets.labels import ElidedLabel, Pill
from app.timeline.moment import Moment

_ROOMY = 430  # pixels, from which on a head has room for a note
_NOTE = 0.45  # of a head, at the most, for the note
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
        most = round(_NOTE * self.width()) if self.width() >= _ROOMY else 0
        self.note.setMinimumWidth(min(self.note.sizeHint().width(), most))
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
        self.pill = Pill(self.theme)
        for widget, stretch in ((self.title, 0), (self.pill, 0), (self.legend, 3), (self.head.note, 2)):
            self.head.row.addWidget(widget, stretch)
        self.head.row.addWidget(HelpButton(icons, title, formula, sentence))
        self.pages = QStackedWidget()
        self.waiting = Missing()
        self.waiting.say(self.tr("Measuring …"))
        self.pages.addWidget(self.waiting)
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
        self.pages.setCurrentWidget(body)
        self.card = Card(self.theme, body)

    def wait(self, on: bool) -> None:
        """Say that it is being measured in place of the body, or show that."""
        self.pages.setCurrentWidget(self.waiting if on else self.body)

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

    def show_moment(self, moment: Moment | None) -> None:
        """Tell which moment is shown in place of now, None: now is."""
        epoch = "" if moment is None else moment.short
        self.pill.tell(epoch, epoch)

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

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of the numbers that are shown; None: there are none yet."""
        raise NotImplementedError

    def drawn(self) -> Seen | None:
        """Return what can be exported; None: nothing yet."""
        table = self.table()
        if table is None or self.pages.currentWidget() is not self.body:
            return None
        head = [part for part in (self.title, self.pill, self.legend, self.head.note) if part.isVisible()]
        return Seen((*head, self.body), table)

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
