"""The menu for how much memory the kept moments of runs may take."""

from collections.abc import Callable

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.shell.settings import KEEP_CHOICES, Settings


class BudgetMenu(QMenu):
    """64 MiB … 2 GiB. changed: called with the bytes that were chosen."""

    def __init__(self, settings: Settings, changed: Callable[[int], None]) -> None:
        super().__init__()
        self.setTitle(self.tr("&Memory for time travel"))
        self.setToolTipsVisible(True)
        group = QActionGroup(self)
        for size in KEEP_CHOICES:
            action = self.addAction(_written(size))
            action.setCheckable(True)
            action.setChecked(size == settings.keep_bytes)
            action.setToolTip(
                self.tr(
                    "Kept epochs of a run take at most so much, and so do those of earlier runs; from the next run on"
                )
            )
            group.addAction(action)

            def choose(_checked: bool, size: int = size) -> None:
                settings.keep_bytes = size
                changed(size)

            action.triggered.connect(choose)


def _written(size: int) -> str:
    return f"{size >> 20} MiB" if size < 1 << 30 else f"{size >> 30} GiB"
