"""The code tab without the rest of the window."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.code.part import CodePart
from app.document.document import Document
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.shell.theme import Theme
from app.work.session import Session
from core.experiment.experiment import Experiment, read_experiment


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light")
    theme.apply()
    return theme


@pytest.fixture
def experiment() -> Experiment:
    return read_experiment(
        {
            "name": "A/B",
            "data": {"source": {"kind": "circle", "samples": 50}},
            "network": {
                "layers": [
                    {"kind": "dense", "id": "a", "name": "First", "units": 3},
                    {"kind": "dropout", "id": "d", "name": "Off", "rate": 0.25},
                    {"kind": "dense", "id": "b", "name": "Second", "units": 2, "activation": "relu"},
                ]
            },
        }
    )


@pytest.fixture
def part(experiment: Experiment, theme: Theme, qtbot: QtBot) -> Iterator[CodePart]:
    """Return the tab, shown, as it is before torch is loaded."""
    document, session = Document(experiment), Session()
    part = CodePart(document, session, Selection(), Icons(theme))
    qtbot.addWidget(part.widget)
    qtbot.addWidget(part.controls)
    part.widget.resize(500, 160)
    part.widget.show()
    qtbot.waitExposed(part.widget)
    yield part
    part.background.finish()
    document.close()


@pytest.fixture
def written(part: CodePart, qtbot: QtBot) -> Callable[[str], None]:
    """Return a function that lets torch be there, if it is not, and waits for a text in the code."""

    def wait(text: str) -> None:
        if not part.session.torch_version:
            part.session.torch_version = "2"
            part.session.ready.emit("2")
        qtbot.waitUntil(lambda: text in part.widget.toPlainText(), timeout=30_000)

    return wait
