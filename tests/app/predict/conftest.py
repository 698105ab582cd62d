"""The predict tab on a session that really computes."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.predict.part import PredictPart
from app.shell.icons import Icons
from app.shell.settings import Settings
from app.shell.theme import Theme
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.exchange.model import Model
from core.experiment.experiment import read_experiment
from core.training.events import Begun, Row

WAIT = 60_000
PLANE: dict[str, Any] = {
    "data": {"source": {"kind": "circle", "samples": 60}},
    "network": {"layers": [{"kind": "dense", "id": "a", "units": 3}]},
    "training": {"epochs": 1000},
}


class Stage:
    """The tab, shown, with all that it works with."""

    def __init__(self, qtbot: QtBot, theme: Theme, folder: Path) -> None:
        self.qtbot = qtbot
        self.document, self.session = Document(read_experiment(PLANE)), Session()
        self.trainer = Trainer(self.document, self.session)
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.part = PredictPart(self.session, Settings(store), Icons(theme))
        self.hints: list[str] = []
        self.faults: list[str] = []
        self.part.hint.connect(self.hints.append)
        self.part.failed.connect(self.faults.append)
        self.rows: list[Row] = []  # start weights of each job
        self.session.happened.connect(
            lambda events: self.rows.extend(event.row for event in events if isinstance(event, Begun))
        )
        for widget in (self.part.widget, self.part.controls):
            qtbot.addWidget(widget)
        self.part.widget.resize(700, 220)

    def start(self, plain: dict[str, Any] = PLANE) -> None:
        """Show the tab, and wait until the run of an experiment is ready."""
        self.part.widget.show()
        self.qtbot.waitExposed(self.part.widget)
        if not self.rows:
            self.session.start()
        count = len(self.rows)
        self.document.open(read_experiment(plain), None)
        self.qtbot.waitUntil(lambda: len(self.rows) > count and self.session.phase is Phase.PAUSED, timeout=WAIT)

    def model(self, row: Row | None = None) -> Model:
        """Return the model of the run with its start weights, or with others."""
        scene = self.session.scene
        assert scene is not None
        row = self.rows[-1] if row is None else row
        return Model(scene.architecture, row, scene.dataset.preparation, scene.dataset.facts)

    def answered(self, raw: Any, row: Row | None = None) -> NDArray[np.float64]:
        """Wait until the tab shows the outputs for raw samples, which are the model's own; return them."""
        wanted = self.model(row).predict(np.asarray(raw, float))

        def shown() -> bool:
            found = self.part.found
            return found is not None and found.outputs.shape == wanted.shape and np.allclose(found.outputs, wanted)

        self.qtbot.waitUntil(shown, timeout=WAIT)
        return wanted


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light")
    theme.apply()
    return theme


@pytest.fixture
def stage(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(qtbot, theme, tmp_path)
    yield stage
    stage.part.background.finish()
    stage.session.stop()
    stage.document.close()


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a table."""

    def write(text: str) -> Path:
        path = tmp_path / "in.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write
