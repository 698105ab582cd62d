"""What is seen while the program starts: its mark at once, then its window, and nothing else."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.main import launch
from app.shell.splash import splash
from app.shell.theme import Theme


class Windows(QObject):
    """Notes every window that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note it."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


def store(folder: Path, theme: str) -> QSettings:
    found = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    found.setValue("theme", theme)
    return found


def test_no_part_of_the_window_is_shown_before_it_lies_there(qapp: QApplication, tmp_path: Path) -> None:
    windows = Windows()
    qapp.installEventFilter(windows)
    try:
        program = launch(store(tmp_path, "light"), tmp_path, worker=False)
    finally:
        qapp.removeEventFilter(windows)
    assert windows.shown == [program.window]
    program.window.hide()
    program.stop()
    program.window.deleteLater()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_mark_is_shown_in_the_colours_of_the_window(qtbot: QtBot, tmp_path: Path, mode: str) -> None:
    seen = splash(store(tmp_path, mode))
    qtbot.addWidget(seen)
    assert seen.isVisible()
    picture = seen.grab().toImage()
    assert picture.pixelColor(picture.width() - 4, 4) == Theme(mode).color("panel")
    colors = {picture.pixel(x, picture.height() // 2) for x in range(picture.width())}
    assert len(colors) > 3  # the mark, and the panel beside it
