"""Goes through a whole window, tab by tab and screen by screen, and collects what cannot be read."""

from collections.abc import Iterator
from itertools import product

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot

from app.selftest.labels import unreadable
from app.shell.panes import Scroller
from app.shell.sides import Side
from app.shell.theme import Theme
from app.shell.window import MainWindow

SIZES = ((1440, 900), (1024, 700))
LARGE = ((1440, 900),)  # larger type wants a larger window


def misfits(window: MainWindow, qtbot: QtBot) -> list[str]:
    """Return a sentence for each text of the window that is cut off or overlapped, wherever one can turn or scroll."""
    found: dict[str, None] = {}
    for _ in _turns(window):
        for scroller in window.findChildren(Scroller):
            bar = scroller.verticalScrollBar()
            for place in range(bar.minimum(), bar.maximum() + 1, max(1, bar.pageStep() // 2)):
                bar.setValue(place)
                _settle(qtbot)
                found |= dict.fromkeys(unreadable(scroller))
            bar.setValue(bar.minimum())
        _settle(qtbot)
        found |= dict.fromkeys(unreadable(window))
    return list(found)


def misfits_everywhere(window: MainWindow, theme: Theme, qtbot: QtBot, presentation: bool = False) -> list[str]:
    """Return what cannot be read, light and dark, with the place before each sentence.

    It looks at 1440×900 and 1024×700; in presentation mode at the larger size.
    """
    found: list[str] = []
    try:
        for mode, (width, height) in product(("light", "dark"), LARGE if presentation else SIZES):
            theme.set(mode=mode, presentation=presentation)
            resize(window, qtbot, width, height)
            found += [f"{mode}, {width}×{height}: {sentence}" for sentence in misfits(window, qtbot)]
    finally:
        theme.set(mode="light", presentation=False)
    return found


def resize(window: MainWindow, qtbot: QtBot, width: int, height: int) -> None:
    """Give the window a size and wait until all is laid out in it."""
    window.resize(width, height)
    qtbot.waitUntil(lambda: window.size() == QSize(width, height))
    _settle(qtbot)


def _turns(window: MainWindow) -> Iterator[None]:
    """Show each tab at the bottom, and each of a side that has tabs, once."""
    bars: list[QTabBar] = [window.bottom.bar]
    bars += [side.tabs for side in window.findChildren(Side) if side.tabbed]
    for bar in bars:
        before = bar.currentIndex()
        for place in range(bar.count()):
            bar.setCurrentIndex(place)
            yield
        bar.setCurrentIndex(before)


def _settle(qtbot: QtBot) -> None:
    """Let layouts that follow from each other come to rest."""
    for _ in range(4):
        QApplication.processEvents()
    qtbot.wait(1)
