"""The widget of the dropout tab: one of its plots, or all of them where there is room, or what is missing."""

from collections.abc import Callable, Generator, Mapping

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.dropout.chooser import Chooser
from app.dropout.panel import Missing, Panel
from app.shell.drawn_export import Seen

Making = Generator[None, None, Panel]

ALL = "all"
_LEAST = QSize(340, 190)  # pixels of each plot, where all of them are shown
_LEGEND = 230  # pixels beside the words of the chooser: with less, a list takes their place
_MARGIN = 12


class DropoutView(QWidget):
    """Shows plots, which are made when they are first wanted: a piece of one in each turn of the event loop, for a plot
    of pyqtgraph takes 10 ms.

    seen_changed: other plots can be seen than before. made: a plot that was made now, by its name.
    """

    seen_changed = Signal()
    made = Signal(str)

    def __init__(self, titles: Mapping[str, str], make: Mapping[str, Callable[[], Making]]) -> None:
        """Make it with a plot for each name; titles: those of the plots."""
        super().__init__()
        self.make = make
        self.panels: dict[str, Panel] = {}
        self._making: tuple[str, Making] | None = None
        self._turn = QTimer(self, interval=0, singleShot=True)
        self._turn.timeout.connect(self._make_on)
        self.chooser = Chooser(self.tr("What is shown of dropout"), dict(titles) | {ALL: self.tr("All")})
        self.chooser.chosen.connect(lambda _name: self._arrange())
        self.missing = Missing()
        self._columns = 0  # of plots, where all are shown; 0: there is no room for that
        self._arranged: tuple[tuple[str, ...], int] = (), 0
        self.top = QHBoxLayout()
        self.top.setSpacing(_MARGIN)
        self.top.addWidget(self.chooser)
        self.top.addStretch(1)
        content = QWidget()
        self.grid = QGridLayout()
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(_MARGIN)
        column = QVBoxLayout(content)
        column.setContentsMargins(_MARGIN, 4, 8, 4)
        column.setSpacing(4)
        column.addLayout(self.top)
        column.addLayout(self.grid, 1)
        self.pages = QStackedWidget()
        self.pages.addWidget(content)
        self.pages.addWidget(self.missing)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.pages)

    @property
    def seen(self) -> tuple[str, ...]:
        """The names of the plots that can be seen."""
        return self._arranged[0] if self.isVisible() and self.pages.currentIndex() == 0 else ()

    def show_missing(self, missing: bool) -> None:
        """Show what is missing in place of the plots, or the plots."""
        if self.pages.currentIndex() != int(missing):
            self.pages.setCurrentIndex(int(missing))
            self._arrange()
            self.seen_changed.emit()

    def drawn(self) -> Seen | str:
        """Return what can be exported, or why there is nothing. Where all plots are shown, there is no one table."""
        if self.pages.currentIndex() != 0:
            return self.missing.sentence.text()
        found = [drawn for name in self.seen if (drawn := self.panels[name].drawn()) is not None]
        if len(found) == 1:
            return found[0]
        widgets = [widget for drawn in found for widget in drawn.widgets]
        return Seen(widgets) if widgets else self.tr("Nothing has been measured yet.")

    # -- room ----------------------------------------------------------------------------------------------------

    def _room(self) -> int:
        """Return in how many columns all plots can be shown, 0 if they cannot."""
        count = len(self.make)
        wide = (self.width() - _MARGIN) // (_LEAST.width() + _MARGIN)
        high = (self.height() - self.chooser.sizeHint().height() - _MARGIN) // (_LEAST.height() + _MARGIN)
        for columns in (count, count // 2):
            if wide >= columns and high >= -(-count // columns):
                return columns
        return 0

    def _arrange(self) -> None:
        """Show what is chosen, or one plot where there is no room for all."""
        if not self.isVisible() or self.pages.currentIndex() != 0:
            return
        columns = self._room()
        self.chooser.offer(ALL, columns > 0)
        self.chooser.set_narrow(self.width() < self.chooser.wanted + _LEGEND)
        every = self.chooser.name == ALL and columns > 0
        if self.chooser.name == ALL and not every:
            self.chooser.show_chosen(next(iter(self.make)))
        names = tuple(self.make) if every else (self.chooser.name,)
        missing = next((name for name in names if name not in self.panels), "")
        if missing:
            if self._making is None:
                self._making = missing, self.make[missing]()
            self._turn.start()
            return
        wanted = names, columns if every else 1
        if wanted == self._arranged:
            return
        before, self._arranged = self._arranged[0], wanted
        for name in before:
            self.panels[name].hide()
            self.grid.removeWidget(self.panels[name])
            self.panels[name].take_head()
        rows = -(-len(names) // wanted[1])
        for line in range(len(self.make)):
            self.grid.setColumnStretch(line, int(line < wanted[1]))
            self.grid.setRowStretch(line, int(line < rows))
        for place, name in enumerate(names):
            panel = self.panels[name]
            self.grid.addWidget(panel, *divmod(place, wanted[1]))
            panel.show()
        if not every:
            self.panels[names[0]].lend_head(self.top)
        self.seen_changed.emit()

    def _make_on(self) -> None:
        """Make the next piece of a plot; once it is there, show it in another turn."""
        if self._making is not None:
            name, making = self._making
            try:
                next(making)
            except StopIteration as done:
                self._making = None
                self.panels[name] = done.value
                self.made.emit(name)
            self._turn.start()
        else:
            self._arrange()

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(640, 220)

    def minimumSizeHint(self) -> QSize:
        """Return the room of a small plot."""
        return QSize(240, 140)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the best of another size."""
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that plots can be seen."""
        super().showEvent(event)
        self._arrange()
        self.seen_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that none can be seen."""
        super().hideEvent(event)
        self.seen_changed.emit()
