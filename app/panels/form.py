"""Forms, generated from the fields of frozen models: a new setting, or a new row of a table, appears by itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.canvas.shown import ShownRun
from app.compare.menu import FillMenu
from app.panels.binding import Binding
from app.panels.editors import Editor
from app.panels.groups import Part, part_of
from app.panels.rows import Row
from app.panels.settings import Setting
from app.shell.icons import Icons


@dataclass(frozen=True)
class Words:
    """What a panel adds to what the fields say of themselves.

    switches: by path, what is written beside a switch that is off and on. numbers: by path, what the word in place of
    a number is called. notes: a sentence that the ? adds, by path. helps: whether rows have a ?.
    compare: fills the menu of a row, with a comparison of values of its setting. run: what it sets itself is no one
    else's, and so not edited in the row.
    """

    switches: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    notes: Callable[[str], str] = lambda path: ""
    helps: bool = True
    compare: FillMenu | None = None
    run: ShownRun | None = None


class Form(QWidget):
    """Rows for settings, one under the other. ``refresh`` shows what is set now.

    A form that is made within one that is on the screen grows row by row, a turn of the event loop for each, so that it
    never holds up the window; it is told by ``grown`` when it is ready to be shown. All others have their rows at once.
    """

    grown = Signal()

    def __init__(
        self,
        icons: Icons,
        binding: Binding,
        settings: Sequence[Setting],
        words: Words | None = None,
        parent: QWidget | None = None,
        at_once: bool = True,
    ) -> None:
        """Make a form; at_once: with all rows, or else growing from now on."""
        super().__init__(parent)
        self.icons = icons
        self.binding = binding
        self.words = words or Words()
        self.parts: dict[str, Part] = {}
        self.attached: list[QWidget] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)
        self._inset = 0
        self._missing = [] if at_once else list(settings)
        self._growth = QTimer(self, interval=0)
        self._growth.timeout.connect(self._grow)
        self.complete = at_once  # whether all rows are there
        if at_once:
            for setting in settings:
                self._make(setting)
        else:
            self._growth.start()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        icons.theme.changed.connect(self.arrange)
        self.arrange()

    @property
    def growing(self) -> bool:
        """Whether rows are being made."""
        return self._growth.isActive()

    def let_grow(self, on: bool) -> None:
        """Go on growing, or wait: what the missing rows would show is not there for now."""
        if on and not self.complete:
            self._growth.start()
        else:
            self._growth.stop()
        for part in self.parts.values():
            part.let_grow(on)

    def _grow(self) -> None:
        if self._missing:
            self._make(self._missing.pop(0))
            return
        self._growth.stop()
        self.complete = True
        self.grown.emit()

    def _make(self, setting: Setting) -> None:
        part = part_of(self, setting)
        self.parts[setting.path] = part
        for row in part.rows():
            row.inset += self._inset
        self.column.addWidget(part)

    def refresh(self) -> None:
        """Show what is set now, in the rows that the settings chosen now have."""
        for part in self.parts.values():
            part.refresh()

    def rows(self) -> Iterator[Row]:
        """Yield all rows, also those of groups and of the settings of what is chosen."""
        for part in self.parts.values():
            yield from part.rows()

    def row(self, path: str) -> Row:
        """Return the row of a setting."""
        return next(row for row in self.rows() if row.setting.path == path)

    def attach(self, path: str, widget: QWidget) -> None:
        """Put a widget under a setting: under its row, or at the end of its group, with which it comes and goes."""
        self.attached.append(widget)
        self.parts[path].attach(widget)

    def stops(self) -> list[QWidget]:
        """Return the widgets that Tab goes through, in order."""
        return [widget for part in self.parts.values() for widget in part.stops()]

    def arrange(self) -> None:
        """Give all names one width, take one or two lines a row by the room there is, and set the order of Tab."""
        if isinstance(self.parentWidget(), Part):
            return  # the outermost form does it for all
        rows = list(self.rows())
        label = max((row.label_width() for row in rows), default=0)
        wide = self.width() >= max((row.wide_width(label) for row in rows), default=0)
        height = self.icons.theme.sizes.row - 4
        for row in rows:
            row.set_height(height)
            row.set_shape(wide, label)
        stops = self.stops()
        for first, second in pairwise(stops):
            QWidget.setTabOrder(first, second)

    def minimumSizeHint(self) -> QSize:
        """Return the room of the narrow shape, which is always possible."""
        widths = [row.narrow_width() for row in self.rows()]
        widths += [widget.minimumSizeHint().width() for widget in self.attached if not widget.isHidden()]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the shape that fits."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.arrange()

    def make_row(self, setting: Setting, editor: Editor, binding: Binding | None = None) -> Row:
        """Make the row of a setting."""
        note = self.words.notes(setting.path)
        row = Row(self.icons, binding or self.binding, setting, editor, self.words.helps, note, self.words.compare)
        row.follow(self.words.run)
        return row

    def inner(self, part: Part, settings: Sequence[Setting], at_once: bool = True) -> "Form":
        """Make a form within this one."""
        return Form(self.icons, self.binding, settings, self.words, part, at_once)

    def set_in(self, inset: int) -> None:
        """Set all rows in, for they belong to what stands above."""
        self._inset += inset
        left = self.column.contentsMargins().left() + inset
        self.column.setContentsMargins(left, 0, 0, 0)
        for row in self.rows():
            row.inset += inset

    def outermost(self) -> "Form":
        """Return the form that all others of it are in."""
        parent = self.parentWidget()
        return parent.form.outermost() if isinstance(parent, Part) else self
