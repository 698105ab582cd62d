"""The lines of a menu that begin a comparison."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from app.document.document import Document
from core.experiment.comparisons import why_not
from core.experiment.experiment import Experiment

FillMenu = Callable[[QMenu, str, str], None]  # with a comparison of the setting at a path, which has this title


def filling(document: Document, ask: Callable[[str], object]) -> FillMenu:
    """Return what fills the menu of a setting; ask: called with the path that is to be compared."""

    def fill(menu: QMenu, path: str, title: str) -> None:
        text = QCoreApplication.translate("Compare", "Compare values of {0}…").format(title)
        add_comparisons(menu, document.experiment, {path: text}, ask)

    return fill


def add_comparisons(
    menu: QMenu, experiment: Experiment, texts: Mapping[str, str], ask: Callable[[str], object]
) -> None:
    """Add a line for each setting, by path; one that cannot be compared is greyed, and the line below it says why."""
    for path, text in texts.items():
        action = menu.addAction(text)
        why = why_not(experiment, path)
        if why:
            action.setEnabled(False)
            menu.addAction(why).setEnabled(False)
        else:
            action.triggered.connect(partial(_begin, ask, path))


def _begin(ask: Callable[[str], object], path: str, _checked: bool) -> None:
    ask(path)
