"""What the pages of the tab are: a line of words with what belongs to it, and below it plots, or why there are none."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.shell.drawn_export import Seen
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.help import HelpButton
from app.shell.widgets.labels import ElidedLabel, Pill
from app.timeline.moment import Moment


class Page(QWidget):
    """A page. ``bar`` takes buttons, ``body`` is a row of plots.

    visible_changed: whether it can be seen. mend_wanted: the button of the empty page.
    """

    visible_changed = Signal(bool)
    mend_wanted = Signal()

    def __init__(self, icons: Icons, title: str, sentence: str, formula: str = "") -> None:
        """Make a page; sentence and formula: what its ? tells."""
        super().__init__()
        self.icons = icons
        self.theme = icons.theme
        self.note = ElidedLabel()
        self.bar = QHBoxLayout()
        self.bar.setSpacing(8)
        self.sign = QLabel()
        self.sign.hide()
        self.pill = Pill(self.theme)
        self.bar.addWidget(self.pill)
        self.bar.addWidget(self.sign)
        self.bar.addWidget(self.note, 1)
        self.help = HelpButton(icons, title, formula, sentence)
        self.bar.addWidget(self.help)
        inside = QWidget()
        self.body = QHBoxLayout(inside)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(8)
        self.pages = QStackedWidget()
        self.pages.addWidget(inside)
        self.pages.addWidget(self._empty())
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 2, 8, 4)
        self.column.setSpacing(2)
        self.column.addLayout(self.bar)
        self.column.addWidget(self.pages, 1)

    def _empty(self) -> QWidget:
        page = QWidget()
        self.missing = QLabel()
        self.missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.missing.setWordWrap(True)
        set_class(self.missing, "caption")
        self.mend = QPushButton()
        self.mend.clicked.connect(self.mend_wanted)
        column = QVBoxLayout(page)
        column.addStretch(1)
        column.addWidget(self.missing)
        column.addWidget(self.mend, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    def add(self, widget: QWidget) -> None:
        """Put a widget before the ?; it takes the room that it needs."""
        if isinstance(widget, QuietCombo):
            widget.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.bar.insertWidget(self.bar.count() - 1, widget)

    def tell(self, text: str) -> None:
        """Write into the line."""
        self.note.setText(text)
        self.note.setAccessibleName(text)

    def warn(self, on: bool) -> None:
        """Put a sign before the line that what it tells is wrong, or take it away."""
        if on and self.sign.isHidden():
            side = self.theme.sizes.primary
            self.sign.setPixmap(self.icons.pixmap("warning", side, self.devicePixelRatioF(), "warn"))
        self.sign.setVisible(on)

    def show_moment(self, moment: Moment | None) -> None:
        """Tell which moment is shown in place of now, None: now is."""
        epoch = "" if moment is None else moment.short
        self.pill.tell(epoch, epoch)

    def show_missing(self, sentence: str, button: str = "") -> None:
        """Show why there is nothing to see, and a button that mends it; an empty sentence: show the plots."""
        self.missing.setText(sentence)
        self.mend.setText(button)
        self.mend.setVisible(bool(button))
        self.pages.setCurrentIndex(1 if sentence else 0)

    def plots_shown(self) -> Sequence[QWidget]:
        """Return what shows something of the page, hidden or not, but for the line."""
        raise NotImplementedError

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of the numbers that are shown; None: there are none yet."""
        raise NotImplementedError

    def drawn(self) -> Seen | str:
        """Return what can be exported, or why there is nothing."""
        table = self.table()
        if self.pages.currentIndex() == 1:
            return self.missing.text()
        if table is None:
            return self.note.text()
        told = (self.note,) if self.note.text() else ()
        return Seen([widget for widget in (self.pill, *told, *self.plots_shown()) if widget.isVisible()], table)

    def minimumSizeHint(self) -> QSize:
        """Return the room of small plots."""
        return QSize(220, 120)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it can be seen."""
        super().showEvent(event)
        self.visible_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it cannot be seen."""
        super().hideEvent(event)
        self.visible_changed.emit(False)


class Segments(QWidget):
    """Some words of which one is chosen: one below the other, or side by side. turned: its place."""

    turned = Signal(int)

    def __init__(self, name: str, titles: tuple[str, ...]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.group = QButtonGroup(self)
        self.line = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self.line.setContentsMargins(6, 2, 2, 0)
        self.line.setSpacing(0)
        for place, title in enumerate(titles):
            button = QPushButton()
            button.setText(title)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            set_class(button, "segment")
            self.group.addButton(button, place)
            self.line.addWidget(button)
        self.line.addStretch(1)
        self.group.button(0).setChecked(True)
        self.group.idToggled.connect(self._toggled)

    def _toggled(self, place: int, on: bool) -> None:
        if on:
            if any(button.hasFocus() for button in self.group.buttons()):
                self.group.button(place).setFocus()  # no ring is left on the word of another page
            self.turned.emit(place)

    def turn(self, place: int) -> None:
        """Choose a word."""
        self.group.button(place).setChecked(True)

    def lie(self, flat: bool) -> None:
        """Put the words side by side, or one below the other."""
        self.line.setDirection(QBoxLayout.Direction.LeftToRight if flat else QBoxLayout.Direction.TopToBottom)
