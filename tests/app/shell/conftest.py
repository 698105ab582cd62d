"""A window with stand-ins for its parts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTableWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.shell.icons import Icons
from app.shell.panes import Parts, Tab
from app.shell.settings import Settings
from app.shell.theme import Theme
from app.shell.widgets.header import Header
from app.shell.window import MainWindow
from app.work.session import Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment, read_experiment


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light")
    theme.apply()
    return theme


@pytest.fixture
def icons(theme: Theme) -> Icons:
    return Icons(theme)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def experiment() -> Experiment:
    return read_experiment(
        {
            "name": "Small",
            "data": {"source": {"kind": "circle", "samples": 100}},
            "network": {"layers": [{"kind": "dense", "id": "a", "name": "Dense 1", "units": 3}]},
            "training": {"epochs": 1000, "batch_size": 20},
        }
    )


def _panel(icons: Icons, title: str, *rest: QWidget) -> QWidget:
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(Header(icons, title, "a note", "A sentence.", "a = b"))
    for widget in rest:
        column.addWidget(widget)
    return panel


def _parts(icons: Icons) -> Parts:
    canvas = QLabel("canvas")
    canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    tall = QWidget()
    tall.setFixedHeight(260)
    tabs = tuple(
        Tab(title.lower(), title, QTableWidget(2, 2), QLabel("Log y") if title == "Loss" else None)
        for title in ("Loss", "Landscape", "Dropout", "Early stopping", "Gradients", "Runs")
    )
    field = QLineEdit()
    field.setObjectName("field")
    return Parts(
        _panel(icons, "Data", field),
        _panel(icons, "Layers"),
        canvas,
        _panel(icons, "Output", tall),
        _panel(icons, "Training"),
        tabs,
        QLabel("Input → Output"),
    )


MakeWindow = Callable[..., MainWindow]
Show = Callable[..., QWidget]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    """Return a function that shows widgets one under the other in a window, which lives as long as the test."""
    kept: list[QWidget] = []

    def show(*widgets: QWidget) -> QWidget:
        window = QWidget()
        column = QVBoxLayout(window)
        for widget in widgets:
            column.addWidget(widget)
        qtbot.addWidget(window)
        kept.append(window)
        window.resize(400, 300)
        window.show()
        window.activateWindow()
        qtbot.waitExposed(window)
        return window

    return show


@pytest.fixture
def make_window(
    qtbot: QtBot, theme: Theme, icons: Icons, settings: Settings, experiment: Experiment
) -> Iterator[MakeWindow]:
    """Return a function that makes a window, shown; ``start``: with the background thread running and a job made."""
    made: list[MainWindow] = []

    def make(width: int = 1440, height: int = 900, start: bool = False) -> MainWindow:
        document = Document(experiment)
        session = Session()
        trainer = Trainer(document, session)
        window = MainWindow(_parts(icons), document, session, trainer, theme, icons, settings)
        made.append(window)
        window.commands.bind("step_batch", trainer.step_batch)
        window.resize(width, height)
        window.show()
        qtbot.waitExposed(window)
        if start:
            session.start()
            trainer.rewind()
        return window

    yield make
    for window in made:
        window.close()
        window.session.stop()
        window.document.close()
        window.deleteLater()


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window()
