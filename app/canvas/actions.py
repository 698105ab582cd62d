"""The actions on the selected layer, with their shortcuts, for menus, the canvas and the list of layers."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.canvas.edits import LayerEdits
from app.shell.selection import Selection


class LayerActions(QObject):
    """Actions that work while their widget, or a child of it, has the focus, and from any menu.

    insert_asked, rename_asked, edit_asked: the widget shows its menu or editor, as it knows where.
    """

    insert_asked = Signal()
    rename_asked = Signal()
    edit_asked = Signal()

    def __init__(self, edits: LayerEdits, selection: Selection, widget: QWidget) -> None:
        super().__init__(widget)
        self._edits = edits
        self._selection = selection
        self._widget = widget
        keys = QKeySequence.StandardKey
        self.insert = self._action(self.tr("Insert layer …"), ["Ins"], self.insert_asked.emit)
        self.edit = self._action(self.tr("Units or rate …"), [], self.edit_asked.emit)
        self.rename = self._action(self.tr("Rename …"), ["F2"], self.rename_asked.emit)
        self.earlier = self._action(
            self.tr("Move to the front"), ["Ctrl+Up", "Ctrl+Left"], lambda: edits.shift(selection.layer, -1)
        )
        self.later = self._action(
            self.tr("Move to the back"), ["Ctrl+Down", "Ctrl+Right"], lambda: edits.shift(selection.layer, 1)
        )
        self.cut = self._action(self.tr("Cut layer"), keys.Cut, lambda: edits.cut(selection.layer))
        self.copy = self._action(self.tr("Copy layer"), keys.Copy, lambda: edits.copy(selection.layer))
        self.paste = self._action(self.tr("Paste layer"), keys.Paste, edits.paste)
        self.duplicate = self._action(
            self.tr("Duplicate layer"), ["Ctrl+D"], lambda: edits.duplicate(selection.layer)
        )
        self.delete = self._action(self.tr("Delete layer"), ["Del"], lambda: edits.remove(selection.layer))
        selection.layer_changed.connect(self._enable)
        self._enable()

    @property
    def all(self) -> list[QAction]:
        """All actions in the order of a menu."""
        return [
            self.insert,
            self.edit,
            self.rename,
            self.earlier,
            self.later,
            self.cut,
            self.copy,
            self.paste,
            self.duplicate,
            self.delete,
        ]

    def _action(
        self, text: str, shortcuts: list[str] | QKeySequence.StandardKey, slot: Callable[[], object]
    ) -> QAction:
        action = QAction(text, self)
        if isinstance(shortcuts, list):
            action.setShortcuts([QKeySequence(keys) for keys in shortcuts])
        else:
            action.setShortcuts(shortcuts)
        # Not of the whole window: Del and Ctrl+C mean something else elsewhere.
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda: slot())
        self._widget.addAction(action)
        return action

    def _enable(self) -> None:
        hidden = self._edits.selected is not None
        for action in (self.edit, self.earlier, self.later, self.cut, self.copy, self.duplicate):
            action.setEnabled(hidden)
        self.rename.setEnabled(self._selection.layer not in (None, "input"))
