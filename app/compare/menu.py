"""The lines of a menu that begin a comparison."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QMenu, QWidgetAction

from app.document.document import Document
from app.shell.style import set_class
from core.experiment.comparisons import why_not
from core.experiment.experiment import Experiment

FillMenu = Callable[[QMenu, str, str], None]  # with a comparison of the setting at a path, which has this title
_EDGE = 14  # pixels beside a note, as beside an entry
_WIDEST = 300  # pixels of a note


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
            add_note(menu, why)
        else:
            action.triggered.connect(_then(ask, path))


def add_note(menu: QMenu, text: str) -> None:
    """Add a line that only tells something, in a colour that can be read; a greyed entry could hardly be."""
    label = QLabel(text)
    set_class(label, "caption")
    label.setContentsMargins(_EDGE, 4, _EDGE, 4)
    label.ensurePolished()
    if label.sizeHint().width() > _WIDEST:
        label.setWordWrap(True)
        label.setFixedWidth(_WIDEST)
    line = QWidgetAction(menu)
    line.setText(text)  # for screen readers
    line.setDefaultWidget(label)
    menu.addAction(line)


def _then(ask: Callable[[str], object], path: str) -> Callable[[], object]:
    # A slot of its own for each line: Qt would pass on whether it is checked.
    return lambda: ask(path)
