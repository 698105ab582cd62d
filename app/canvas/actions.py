"""The actions on the selected layer, for context menus and for the keys of the canvas and of the list of layers.

The keys are not registered as shortcuts: the menu bar of the window has actions with the same keys, and two would
silence each other. They come here when no menu has taken them.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from app.canvas.edits import LayerEdits
from app.shell.selection import Selection


class LayerActions(QObject):
    """Actions by what they do. insert_asked, rename_asked, edit_asked: the widget shows a menu or an editor there."""

    insert_asked = Signal()
    rename_asked = Signal()
    edit_asked = Signal()

    def __init__(self, edits: LayerEdits, selection: Selection, widget: QWidget) -> None:
        super().__init__(widget)
        self._edits = edits
        self._selection = selection
        self._keys: dict[QAction, tuple[str, ...]] = {}
        self.insert = self._action(self.tr("Insert layer …"), ("Ins",), self.insert_asked.emit)
        self.edit = self._action(self.tr("Units or rate …"), ("Return", "Enter"), self.edit_asked.emit)
        self.rename = self._action(self.tr("Rename …"), ("F2",), self.rename_asked.emit)
        self.earlier = self._action(
            self.tr("Move to the front"), ("Ctrl+Up", "Ctrl+Left"), lambda: edits.shift(selection.layer, -1)
        )
        self.later = self._action(
            self.tr("Move to the back"), ("Ctrl+Down", "Ctrl+Right"), lambda: edits.shift(selection.layer, 1)
        )
        self.cut = self._action(self.tr("Cut"), ("Ctrl+X",), lambda: edits.cut(selection.layer))
        self.copy = self._action(self.tr("Copy"), ("Ctrl+C",), lambda: edits.copy(selection.layer))
        self.paste = self._action(self.tr("Paste"), ("Ctrl+V",), edits.paste)
        self.duplicate = self._action(self.tr("Duplicate"), ("Ctrl+D",), lambda: edits.duplicate(selection.layer))
        self.delete = self._action(self.tr("Delete"), ("Del",), lambda: edits.remove(selection.layer))
        selection.layer_changed.connect(self._enable)
        self._enable()

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key is for; False if it is for none of these."""
        pressed = QKeySequence(event.keyCombination())
        for action, keys in self._keys.items():
            if any(pressed == QKeySequence(key) for key in keys):
                if action.isEnabled():
                    action.trigger()
                return True
        return False

    def _action(self, text: str, keys: tuple[str, ...], slot: Callable[[], object]) -> QAction:
        native = QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
        action = QAction(f"{text}\t{native}", self)

        def act() -> None:
            slot()  # without whether it is checked, which Qt would pass on

        action.triggered.connect(act)
        self._keys[action] = keys
        return action

    def _enable(self) -> None:
        hidden = self._edits.selected is not None
        for action in (self.earlier, self.later):
            action.setEnabled(hidden)
        self.rename.setEnabled(self._selection.layer not in (None, "input"))
