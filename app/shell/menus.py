"""The menu bar, from the table of actions and what the window has beside it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from app.shell.actions import MENUS, ROWS, Actions, Menu, translated
from app.shell.settings import Settings
from app.shell.theme import MODES, Theme


class Menus(QObject):
    """Fills a menu bar. Menus without a visible entry are hidden, and so are lines with nothing between them."""

    def __init__(self, bar: QMenuBar, actions: Actions) -> None:
        super().__init__(bar)
        self.menus: dict[Menu, QMenu] = {}
        for name, title in MENUS.items():
            menu = bar.addMenu(translated(title))
            menu.setToolTipsVisible(True)
            self.menus[name] = menu
        groups: dict[Menu, int] = {}
        for row in ROWS:
            menu = self.menus[row.menu]
            if groups.get(row.menu, row.group) != row.group:
                menu.addSeparator()
            groups[row.menu] = row.group
            menu.addAction(actions[row.name])

    def insert(self, menu: Menu, before: QAction, entries: Sequence[QAction | QMenu]) -> None:
        """Put entries before an action."""
        for entry in entries:
            self.menus[menu].insertAction(before, entry.menuAction() if isinstance(entry, QMenu) else entry)

    def insert_group(self, menu: Menu, before: QAction, entries: Sequence[QAction | QMenu]) -> None:
        """Put entries before an action, with a line after them."""
        self.insert(menu, before, entries)
        self.menus[menu].insertSeparator(before)


class ThemeMenu(QMenu):
    """System, light or dark."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setTitle(self.tr("&Theme"))
        self.theme = theme
        titles = {"system": self.tr("As the &system"), "light": self.tr("&Light"), "dark": self.tr("&Dark")}
        group = QActionGroup(self)
        self.modes: dict[str, QAction] = {}
        for mode in MODES:
            action = self.addAction(titles[mode])
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, mode=mode: self.theme.set(mode=mode))
            group.addAction(action)
            self.modes[mode] = action
        theme.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.modes[self.theme.mode].setChecked(True)


class RecentMenu(QMenu):
    """The files opened last."""

    def __init__(self, settings: Settings, open_file: Callable[[Path], object]) -> None:
        super().__init__()
        self.setTitle(self.tr("Open &recent"))
        self.setToolTipsVisible(True)
        self.settings = settings
        self.open_file = open_file
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List the files as they are now."""
        self.clear()
        for place, path in enumerate(self.settings.recent_files):
            name = path.name.replace("&", "&&")
            action = self.addAction(f"&{place + 1}  {name}" if place < 9 else name)
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: self.open_file(path))
        if self.isEmpty():
            self.addAction(self.tr("No files yet")).setEnabled(False)
        else:
            self.addSeparator()
            self.addAction(self.tr("&Forget these")).triggered.connect(self._forget)

    def _forget(self) -> None:
        self.settings.forget_recent()


def key_table(actions: Actions, tabs: int) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return what can be done with which keys, by menu: of actions that do something here, and of so many tabs."""
    table: dict[str, list[tuple[str, str]]] = {}
    for row in ROWS:
        action = actions[row.name]
        keys = ", ".join(key.toString(key.SequenceFormat.NativeText) for key in action.shortcuts()) or row.quiet_key
        if keys and action.isVisible():
            table.setdefault(translated(MENUS[row.menu]).replace("&", ""), []).append(
                (keys, translated(row.text).replace("&", "").removesuffix("…"))
            )
    if tabs:
        table[translated(MENUS["view"]).replace("&", "")].append((f"1 … {tabs}", translated("Show a plot")))
    return table
