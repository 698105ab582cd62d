"""The header of a section: its title, a note at the right, a ?."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.help import HelpButton
from app.shell.widgets.labels import ElidedLabel, Pill


class Header(QWidget):
    """Title at the left, a note and a ? at the right."""

    def __init__(
        self,
        icons: Icons,
        title: str,
        note: str = "",
        sentence: str = "",
        formula: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make a header; sentence and formula: what the ? tells, and no ? where both are empty."""
        super().__init__(parent)
        self.theme = icons.theme
        self.title = QLabel(title)
        set_class(self.title, "title")
        self.note = ElidedLabel(note)
        set_class(self.note, "caption")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.pill = Pill(self.theme)
        self.row.addWidget(self.title)
        self.row.addWidget(self.pill, 0, Qt.AlignmentFlag.AlignVCenter)
        self.row.addWidget(self.note, 1)
        if sentence or formula:
            self.row.addWidget(HelpButton(icons, title, formula, sentence))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.theme.changed.connect(self._fit)
        self._fit()

    def set_note(self, text: str) -> None:
        """Show another note."""
        if text != self.note.text():
            self.note.setText(text)

    def add(self, widget: QWidget) -> None:
        """Put a widget at the right end."""
        self.row.addWidget(widget)

    def _fit(self) -> None:
        self.setFixedHeight(self.theme.sizes.row)
