"""The application as the desktop sees it: its name, its icon, and the files that are handed to it while it runs."""

from pathlib import Path

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication

from app.shell import fonts
from core.resources import RESOURCES


class Application(QApplication):
    """Qt's application. handed: the path of a file that macOS wants opened, which it never tells by an argument."""

    handed = Signal(Path)

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        fonts.provide()
        self.setOrganizationName("Downhill")
        self.setApplicationName("Downhill")
        self.setDesktopFileName("downhill")  # by which Wayland finds the icon
        self.setWindowIcon(QIcon(str(RESOURCES / "downhill.svg")))

    def event(self, event: QEvent) -> bool:
        """Take what is meant for the application itself."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.handed.emit(Path(event.file()))
            return True
        return super().event(event)
