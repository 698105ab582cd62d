"""Saving the curves: as a table, a picture or a drawing. Files are written in the background."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from app.shell.background import Background
from app.shell.drawn_export import DrawnExport, Seen
from core.runs.curves import to_csv

if TYPE_CHECKING:
    from app.plots.curves import CurvesView


class Export(DrawnExport):
    """Asks for a file and writes the curves of a view to it."""

    def __init__(self, view: "CurvesView", background: Background) -> None:
        def see() -> Seen | str:
            runs = [(run.name, run.curves) for run in view.runs if run.visible]
            return Seen((view.legend, view.board), partial(to_csv, runs))

        super().__init__(background, view, view.theme, self.tr("Curves"), see)

    def titles(self) -> dict[str, str]:
        """Return what can be saved."""
        found = super().titles()
        return {"csv": self.tr("Table of all epochs (CSV)…"), "png": found["png"], "svg": found["svg"]}

    def ask(self, kind: str) -> QFileDialog:
        """Ask for a file, and write it once it is chosen."""
        dialog = QFileDialog(self.view, self.titles()[kind].rstrip("…"), str(Path.home() / f"curves.{kind}"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"*.{kind}")
        dialog.setDefaultSuffix(kind)
        dialog.fileSelected.connect(lambda name: self.write(Path(name), kind))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog
