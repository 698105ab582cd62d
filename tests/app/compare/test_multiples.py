"""The Compare tab over a session: a picture for each run, asked for only while it can be seen."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.compare.multiples import Multiples
from app.document.document import Document
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.comparisons import comparison
from core.experiment.examples import read_example
from core.probes.pictures import PlanePicture, ReportPicture

WAIT = 20_000
SEEDS = {"training.seed": [1, 2, 3]}


class Stage:
    """A comparison of three seeds, and the tab."""

    def __init__(self, session: Session, qtbot: QtBot, name: str) -> None:
        self.session = session
        self.qtbot = qtbot
        self.document = Document(comparison(read_example(name), SEEDS))
        self.trainer = Trainer(self.document, session)
        self.history = History(session)
        self.trainer.starting.connect(self.history.begin)
        self.part = Multiples(session, self.history, Icons(Theme()))
        self.asked: list[tuple[str, Any]] = []
        watch = session.watch
        session.watch = lambda view, probe, **more: (self.asked.append((view, probe)), watch(view, probe, **more))  # type: ignore[assignment,func-returns-value]
        self.part.widget.resize(700, 240)
        qtbot.addWidget(self.part.widget)
        self.trainer.rewind()
        self.until(lambda: session.phase is Phase.PAUSED)

    def until(self, done: Any) -> None:
        self.qtbot.waitUntil(done, timeout=WAIT)

    def open(self, count: int = 3) -> None:
        self.part.widget.show()
        self.until(lambda: len(self.part._images) == count)


@pytest.fixture
def stage(session: Session, qtbot: QtBot) -> Iterator[Stage]:
    stage = Stage(session, qtbot, "spiral")
    yield stage
    stage.document.close()


def test_each_run_has_the_picture_of_its_own_network(stage: Stage) -> None:
    stage.open()
    pictures = [stage.part._pictures[run] for run in range(3)]
    assert all(isinstance(picture, PlanePicture) for picture in pictures)
    assert not np.array_equal(pictures[0].shade, pictures[1].shade)
    stage.trainer.step_epoch()
    stage.until(lambda: all(stage.part._pictures[run] is not pictures[run] for run in range(3)))
    stage.until(lambda: all("·" in panel.below for panel in stage.part.mosaic.panels))
    assert [panel.name for panel in stage.part.mosaic.panels] == ["seed 1", "seed 2", "seed 3"]
    assert sum(panel.note == "best" for panel in stage.part.mosaic.panels) == 1
    assert stage.part.widget.summary.text().startswith("3 seeds")


def test_nothing_is_asked_for_while_nobody_looks(stage: Stage) -> None:
    assert not stage.asked
    stage.open()
    assert [view for view, probe in stage.asked if probe is not None] == ["multiple-0", "multiple-1", "multiple-2"]
    stage.asked.clear()
    stage.part.widget.hide()
    assert [probe for _view, probe in stage.asked] == [None] * 3
    stage.asked.clear()
    stage.trainer.rewind()
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    assert not stage.asked


def test_a_click_shows_the_run_on_the_canvas_and_the_mouse_tells_all_answers(stage: Stage) -> None:
    stage.open()
    mosaic = stage.part.mosaic
    centre = mosaic.picture_of(2).center().toPoint()
    QTest.mouseClick(mosaic, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)
    assert stage.session.run == 2
    assert mosaic.shown == 2
    QTest.mouseMove(mosaic, centre)
    assert all(panel.below.startswith("p = ") for panel in mosaic.panels)
    assert "x₁" in stage.part.widget.told.text()
    mosaic.point_at(None)
    mosaic.pointed.emit(None)
    assert "validation loss" in stage.part.widget.told.text()


def test_one_run_alone_is_asked_what_to_be_compared_with(stage: Stage) -> None:
    stage.open()
    stage.document.edit(read_example("spiral"), "alone")
    stage.until(lambda: len(stage.session.scenes) == 1)
    wanted: list[bool] = []
    stage.part.widget.wanted.connect(lambda: wanted.append(True))
    QTest.mouseClick(stage.part.widget.button, Qt.MouseButton.LeftButton)
    assert wanted == [True]


def test_images_have_a_confusion_matrix_each(session: Session, qtbot: QtBot) -> None:
    stage = Stage(session, qtbot, "digits")
    stage.open()
    picture = stage.part._pictures[0]
    assert isinstance(picture, ReportPicture)
    image = stage.part._images[0]
    assert (image.width(), image.height()) == picture.counts.shape
    stage.document.close()
