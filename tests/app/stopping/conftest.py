"""A lab that trains runs, and the tab on its stage."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.stopping.part import StoppingPart
from app.work.history import History
from app.work.session import Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment
from tests.app.stopping.stage import Lab, Stage


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light")
    theme.apply()
    return theme


@pytest.fixture
def icons(theme: Theme) -> Icons:
    return Icons(theme)


@pytest.fixture
def stage(qtbot: QtBot, icons: Icons) -> Iterator[Stage]:
    session = Session()
    session.start()
    document = Document(Experiment())
    trainer, history = Trainer(document, session), History(session)
    trainer.starting.connect(history.begin)
    part = StoppingPart(document, session, history, trainer, icons)
    part.train_wanted.connect(trainer.toggle)
    stage = Stage(qtbot, document, session, trainer, history, part)
    part.hint.connect(stage.hints.append)
    qtbot.addWidget(part.widget)
    yield stage
    session.stop()
    document.close()
    part._soon.stop()  # it would outlive its widget
