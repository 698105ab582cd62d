"""What the Compare button does: a dialog, and the variants that follow from it."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject

from app.compare.dialog import CompareDialog
from app.shell.icons import Icons
from app.shell.window import MainWindow
from core.choices.fields import Mistake
from core.experiment.comparisons import comparison
from core.experiment.experiment import Experiment


class ComparePart(QObject):
    """Opens the dialog, and trains what was chosen there."""

    def __init__(self, window: MainWindow, icons: Icons) -> None:
        super().__init__(window)
        self.window = window
        self.icons = icons
        window.commands.bind("compare", self.open)

    def open(self, path: str = "") -> CompareDialog:
        """Ask what is to be compared; path: the setting to begin with."""
        dialog = CompareDialog(self.window.document.experiment, self.icons, path, self.window)
        dialog.chosen.connect(self._show_and_train)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _show_and_train(self, experiment: Experiment) -> None:
        if experiment.variants:
            self.window.show_tab("compare")
        self.train(experiment)

    def at_once(self, experiment: Experiment, values: Mapping[str, Sequence[Any]]) -> None:
        """Train a run of an experiment for each of these values, by path, without asking."""
        try:
            self.train(comparison(experiment, values))
        except Mistake as mistake:
            self.window.hint(str(mistake))

    def train(self, experiment: Experiment) -> None:
        """Train the variants of an experiment in place of those on the screen; without any, end comparing."""
        document, trainer = self.window.document, self.window.trainer
        count = len(experiment.variants)
        text = self.tr("Compare {0} runs").format(count) if count else self.tr("Stop comparing")
        document.edit(experiment, text)
        trainer.rewind()
        if count:
            self.window.train()
