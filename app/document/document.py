"""The document: the one experiment on the screen, the one way to edit it, and its file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from core.experiment.experiment import Experiment
from core.experiment.network import Network
from core.experiment.variants import override


class _Edit(QUndoCommand):
    """The whole experiment before and after. Edits with the same ``merge`` key one after the other become one."""

    def __init__(self, document: "Document", after: Experiment, text: str, merge: str) -> None:
        super().__init__(text)
        self.document = document
        self.before = document.experiment
        self.after = after
        self.merge = merge

    def id(self) -> int:
        # Qt asks mergeWith only for commands of the same id other than −1.
        return hash(self.merge) & 0x7FFFFFFF if self.merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other.merge != self.merge:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True

    def redo(self) -> None:
        self.document.apply(self.after)

    def undo(self) -> None:
        self.document.apply(self.before)


class Document(QObject):
    """Holds the experiment. Views redraw from ``changed(old, new)``; none of them changes another.

    changed: an edit, an undo or a redo. opened: another experiment took its place, and the undo stack was emptied.
    file_changed: the path, or whether there is something unsaved.
    """

    changed = Signal(object, object)
    opened = Signal()
    file_changed = Signal()

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.experiment = experiment
        self.path: Path | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._tell_file)
        self._merge_from = 0

    def _tell_file(self, _clean: bool) -> None:
        self.file_changed.emit()

    @property
    def unsaved(self) -> bool:
        """Whether the experiment differs from its file, or from how it was opened."""
        return not self.undo_stack.isClean()

    def edit(self, after: Experiment, text: str, merge: str = "") -> None:
        """Make ``after`` the experiment, as one undo step with this text; an edit that changes nothing leaves none.

        merge: a key; edits of one key in a row (a drag of a slider) become one step, until ``end_merge``.
        """
        if after != self.experiment:
            key = f"{merge}#{self._merge_from}" if merge else ""
            self.undo_stack.push(_Edit(self, after, text, key))

    def end_merge(self) -> None:
        """End a gesture: the next edit of the same key is an undo step of its own."""
        self._merge_from += 1

    def set(self, settings: Mapping[str, Any], text: str, merge: str = "") -> None:
        """Edit settings by their paths; raises Mistake for a value that cannot be."""
        self.edit(override(self.experiment, settings), text, merge)

    def edit_network(self, network: Network, text: str) -> None:
        """Edit the network."""
        self.edit(self.experiment.model_copy(update={"network": network}), text)

    def apply(self, experiment: Experiment) -> None:
        """Take a value from the undo stack; everything else calls ``edit``."""
        old, self.experiment = self.experiment, experiment
        self.changed.emit(old, experiment)

    def open(self, experiment: Experiment, path: Path | None) -> None:
        """Put another experiment in place of this one, with an empty undo stack."""
        self.undo_stack.clear()
        self.experiment = experiment
        self.path = path
        self.opened.emit()
        self.file_changed.emit()

    def saved(self, path: Path) -> None:
        """Note that the experiment as it is now is in this file."""
        self.path = path
        self.undo_stack.setClean()
        self.file_changed.emit()

    def close(self) -> None:
        """Let go of the undo stack, whose destruction would still emit signals."""
        self.undo_stack.cleanChanged.disconnect(self._tell_file)
