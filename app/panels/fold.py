"""A button that folds what stands below it away, and shows it again."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from app.shell.icons import Icons
from app.shell.style import set_class


class Fold(QPushButton):
    """Folded at first. folded: whether it is, after a click."""

    folded = Signal(bool)

    def __init__(self, icons: Icons, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.icons = icons
        self.opened = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_class(self, "flat")
        self.clicked.connect(self._toggle)
        self._show()

    def _toggle(self) -> None:
        self.opened = not self.opened
        self._show()
        self.folded.emit(not self.opened)

    def _show(self) -> None:
        self.setIcon(self.icons.get("chevron-down" if self.opened else "chevron-right", "accent"))
        self.setAccessibleDescription(self.tr("shown") if self.opened else self.tr("folded away"))
