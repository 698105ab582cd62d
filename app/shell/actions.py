"""Everything that can be done from a menu or by a key: one table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.shell.icons import Icons

Menu = Literal["file", "edit", "network", "run", "view", "help"]
_CONTEXT = "Actions"
# macOS moves these two to the menu of the program.
_ROLES = {"quit": QAction.MenuRole.QuitRole, "about": QAction.MenuRole.AboutRole}


@dataclass(frozen=True)
class Row:
    """An action: its name in the program, text, menu and group in it (a line parts groups), keys, icon, a sentence.

    repeat: a held key repeats it. scoped: its keys work only in the widgets it is attached to, for a list or a slider
    needs them too. quiet_key: a key that is shown in the menu but handled elsewhere.
    """

    name: str
    text: str
    menu: Menu
    group: int
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    checkable: bool = False
    repeat: bool = False
    scoped: bool = False
    quiet_key: str = ""


ROWS = (
    Row("new", "&New…", "file", 0, ("Ctrl+N",), "new", "Start from an example or from an empty network"),
    Row("open", "&Open…", "file", 0, ("Ctrl+O",), "open", "Open a Downhill file, or a model of another format"),
    Row("save", "&Save", "file", 1, ("Ctrl+S",), "save", "Save the experiment with its runs"),
    Row("save_as", "Save &as…", "file", 1, ("Ctrl+Shift+S",), "", "Save to another file"),
    Row("export_plot", "&Export plot…", "file", 2, ("Ctrl+E",), "png", "Write the plot that is shown to a file"),
    Row("report", "Repor&t…", "file", 2, ("Ctrl+Shift+E",), "", "Write a report on all runs, as a web page or a PDF"),
    Row("quit", "&Quit", "file", 3, ("Ctrl+Q",), "", "Close the program"),
    Row("undo", "&Undo", "edit", 0, ("Ctrl+Z",), "undo", "Take back the last change", repeat=True),
    Row("redo", "&Redo", "edit", 0, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", "Do it again", repeat=True),
    Row("cut", "Cu&t", "edit", 1, ("Ctrl+X",), "cut", "Cut the selected layer", scoped=True),
    Row("copy", "&Copy", "edit", 1, ("Ctrl+C",), "copy", "Copy the selected layer", scoped=True),
    Row("paste", "&Paste", "edit", 1, ("Ctrl+V",), "paste", "Insert the copied layer", scoped=True),
    Row("duplicate", "&Duplicate", "edit", 1, ("Ctrl+D",), "duplicate", "Insert the selected layer once more"),
    Row("delete", "De&lete", "edit", 1, ("Del",), "trash", "Delete the selected layer", scoped=True),
    Row("insert", "&Insert layer after…", "network", 0, ("Ins",), "plus", "Insert a layer after the selected one"),
    Row("previous_layer", "P&revious layer", "network", 1, ("Left",), "", "Select the layer before", scoped=True),
    Row("next_layer", "&Next layer", "network", 1, ("Right",), "", "Select the layer after", scoped=True),
    Row("previous_neuron", "Neuron &above", "network", 1, ("Up",), "", "Select the neuron above", scoped=True),
    Row("next_neuron", "Neuron &below", "network", 1, ("Down",), "", "Select the neuron below", scoped=True),
    Row("cancel", "&Clear selection", "network", 2, tip="Select nothing, close the card of help", quiet_key="Esc"),
    Row("train", "&Train", "run", 0, ("Space",), "train", "Train, or pause"),
    Row("step_batch", "Step one &batch", "run", 0, ("S",), "step-batch", "Train on one batch", repeat=True),
    Row("step_epoch", "Step one &epoch", "run", 0, ("Shift+S",), "step-epoch", "Train one epoch", repeat=True),
    Row("rewind", "&Rewind", "run", 1, ("R",), "rewind", "Go back to the same start weights"),
    Row("new_start", "&New start", "run", 1, ("Shift+R",), "new-start", "Start from other weights, by a new seed"),
    Row("type_seed", "&Set the seed…", "run", 1, tip="Type the seed of the start weights"),
    Row("compare", "&Compare…", "run", 1, ("C",), "compare", "Train several runs together, side by side"),
    Row("slower", "S&lower", "run", 2, ("[",), "slow", "Fewer steps a second", repeat=True),
    Row("faster", "&Faster", "run", 2, ("]",), "fast", "More steps a second", repeat=True),
    Row("previous_epoch", "Epoch be&fore", "run", 3, (",",), "chevron-left", "Show the epoch before", repeat=True),
    Row("next_epoch", "Epoch &after", "run", 3, (".",), "chevron-right", "Show the epoch after", repeat=True),
    Row("play_epochs", "Pla&y the epochs", "run", 3, tip="Show the epochs of the run one after the other, or stop"),
    Row("first_epoch", "F&irst epoch", "run", 3, tip="Show the start weights of the run"),
    Row("best_epoch", "Best e&poch", "run", 3, ("B",), tip="Show the best epoch of the run"),
    Row("last_epoch", "Last epo&ch", "run", 3, tip="Show the last kept epoch of the run"),
    Row("now", "Back to no&w", "run", 3, tip="Show the run as it is now, as Esc does"),
    Row("undo_weight", "&Undo weight set by hand", "run", 4, ("Ctrl+Alt+Z",), "undo", "Give it its former value"),
    Row("redo_weight", "Re&do weight set by hand", "run", 4, ("Ctrl+Alt+Y",), "redo", "Set the weight once more"),
    Row("fit", "&Fit the network", "view", 0, ("0",), "fit", "Show the whole network"),
    Row("zoom_in", "Zoom &in", "view", 0, ("+", "="), "plus", "Show the network larger", repeat=True),
    Row("zoom_out", "Zoom &out", "view", 0, ("-",), "minus", "Show the network smaller", repeat=True),
    Row("fill", "Plots f&ill the centre", "view", 1, ("F",), "fill", "Give the plots the canvas' room", checkable=True),
    Row("validation", "&Validation points", "view", 1, ("V",), "", "Show validation points", checkable=True),
    Row("log", "&Logarithmic loss", "view", 1, ("L",), "", "Logarithmic axis of the loss", checkable=True),
    Row("theme", "Next &theme", "view", 3, ("T",), "theme-dark", "Change from light to dark or back"),
    Row("presentation", "&Presentation", "view", 3, ("P",), "presentation", "Larger type", checkable=True),
    Row("full_screen", "Full s&creen", "view", 4, ("F11",), "", "Use the whole screen", checkable=True),
    Row("reset_layout", "&Reset layout", "view", 4, tip="Put all panels back to where they were at first"),
    Row("shortcuts", "&Keyboard shortcuts", "help", 0, ("F1",), "help", "Show all keys"),
    Row("diagnostics", "Copy &diagnostics", "help", 1, tip="Copy what a report of a fault should tell"),
    Row("about", "&About Downhill", "help", 2, tip="Version and licences"),
)  # fmt: skip
MENUS: dict[Menu, str] = {
    "file": "&File",
    "edit": "&Edit",
    "network": "&Network",
    "run": "&Run",
    "view": "&View",
    "help": "&Help",
}


def translated(text: str) -> str:
    """Return a text of the table in the language of the program."""
    return QCoreApplication.translate(_CONTEXT, text)


class Actions(QObject):
    """The actions by name. One that nothing is bound to is invisible: there is no button that does nothing."""

    def __init__(self, window: QWidget, icons: Icons) -> None:
        super().__init__(window)
        self._rows = {row.name: row for row in ROWS}
        self._actions = {row.name: self._make(row, window, icons) for row in ROWS}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def row(self, name: str) -> Row:
        """Return the row of an action."""
        return self._rows[name]

    def bind(self, name: str, slot: Callable[..., object]) -> QAction:
        """Let an action do something: ``slot()``, or ``slot(on)`` if it is checkable. Returns the action."""
        action = self._actions[name]
        if self._rows[name].checkable:
            action.toggled.connect(slot)
        else:
            action.triggered.connect(lambda _checked=False: slot())
        action.setVisible(True)
        action.setEnabled(True)
        return action

    def attach(self, widget: QWidget) -> None:
        """Let the keys of scoped actions work while this widget or one in it has the focus."""
        for name, row in self._rows.items():
            if row.scoped:
                widget.addAction(self._actions[name])

    def _make(self, row: Row, window: QWidget, icons: Icons) -> QAction:
        text = translated(row.text)
        action = QAction(f"{text}\t{row.quiet_key}" if row.quiet_key else text, window)
        action.setObjectName(row.name)
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setAutoRepeat(row.repeat)
        action.setCheckable(row.checkable)
        action.setVisible(False)
        action.setEnabled(False)
        action.setMenuRole(_ROLES.get(row.name, QAction.MenuRole.NoRole))
        if row.icon:
            action.setIcon(icons.get(row.icon, checked="accent"))
        if row.scoped:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        else:
            window.addAction(action)
        set_tip(action, translated(row.tip))
        return action


def set_tip(action: QAction, sentence: str) -> None:
    """Tell a sentence in the tooltip of an action, with its key, and in the status bar."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{sentence} ({keys})" if keys else sentence)
    action.setStatusTip(sentence)
