"""Themes, and tabs on a thread that works."""

import math
from collections.abc import Callable, Iterator
from time import thread_time
from typing import Any, Protocol

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.dropout.part import DropoutPart
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.work.history import History
from app.work.session import Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment
from tests.app.dropout.stages import Stage, small


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light")
    theme.apply()
    return theme


@pytest.fixture
def icons(theme: Theme) -> Icons:
    return Icons(theme)


class Begin(Protocol):
    """Makes a tab on an experiment, twins where none is given."""

    def __call__(self, experiment: Experiment | None = None) -> Stage: ...


@pytest.fixture
def begin(qtbot: QtBot, icons: Icons, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    stages: list[Stage] = []

    def begun(experiment: Experiment | None = None) -> Stage:
        session = Session()
        session.start()
        document = Document(experiment or small())
        trainer = Trainer(document, session)
        history = History(session)
        trainer.starting.connect(history.begin)
        part = DropoutPart(document, session, history, trainer, icons)
        qtbot.addWidget(part.widget)
        stage = Stage(qtbot, document, session, trainer, history, part)
        watch = session.watch

        def ask(view: str, probe: Any, **options: Any) -> None:
            stage.asked.append((view, probe))
            watch(view, probe, **options)

        monkeypatch.setattr(session, "watch", ask)
        stages.append(stage)
        trainer.rewind()
        stage.ready()
        return stage

    yield begun
    for stage in stages:
        stage.session.stop()
        stage.document.close()


@pytest.fixture
def stage(begin: Begin) -> Stage:
    """Return a tab on twins."""
    return begin()


@pytest.fixture(scope="session")
def quickest() -> Callable[[Callable[[], object]], float]:
    """Return what measures the seconds of a call in the machine's best moment: others may be at work on it."""

    def measure(call: Callable[[], object]) -> float:
        found = math.inf
        for _ in range(25):
            start = thread_time()
            call()
            found = min(found, thread_time() - start)
        return found

    return measure
