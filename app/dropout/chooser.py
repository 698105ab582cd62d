"""Which plots are shown: words side by side, or a list where there is no room for them."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.shell.style import set_class
from app.shell.widgets.combo import QuietCombo


class Chooser(QWidget):
    """One of some names is chosen. chosen: that name, by the user."""

    chosen = Signal(str)

    def __init__(self, name: str, titles: Mapping[str, str]) -> None:
        """Offer these titles by name; name: what is chosen, for screen readers."""
        super().__init__()
        self.names = tuple(titles)
        self.name = self.names[0]
        self.buttons = {key: QPushButton(title) for key, title in titles.items()}
        self.combo = QuietCombo(name)
        self.combo.setMinimumContentsLength(8)
        self.group = QButtonGroup(self)
        self.words = QWidget()
        words = QHBoxLayout(self.words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        for key, button in self.buttons.items():
            set_class(button, "segment")
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, key=key: self.choose(key))
            self.group.addButton(button)
            words.addWidget(button)
            self.combo.addItem(titles[key])
        self.combo.activated.connect(lambda place: self.choose(self.names[place]))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words)
        row.addWidget(self.combo)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.combo.hide()
        self.show_chosen(self.name)

    def offer(self, key: str, on: bool) -> None:
        """Offer a name, or do not: it can be reached by its word alone."""
        self.buttons[key].setVisible(on)

    def choose(self, key: str) -> None:
        """Choose a name, as the user does."""
        self.show_chosen(key)
        self.chosen.emit(key)

    def show_chosen(self, key: str) -> None:
        """Show which name is chosen."""
        self.name = key
        self.buttons[key].setChecked(True)
        self.combo.setCurrentIndex(self.names.index(key))

    def set_narrow(self, narrow: bool) -> None:
        """Show the list in place of the words, or those again."""
        self.words.setVisible(not narrow)
        self.combo.setVisible(narrow)

    @property
    def wanted(self) -> int:
        """Pixels that the words take."""
        return self.words.sizeHint().width()
