"""The Compare tab over a session: a picture for each run, asked for only while it can be seen."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.compare.multiples import Multiples, _probe
from app.document.document import Document
from app.shell.drawn_export import Seen
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from app.timeline.moment import Moment
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.comparisons import comparison
from core.experiment.examples import read_example
from core.probes.pictures import PlanePicture, ReportPicture
from tests.app.dropout.stages import drive

WAIT = 20_000
SEEDS = {"training.seed": [1, 2, 3]}


class Stage:
    """A comparison, of three seeds if no other values are given, and the tab."""

    def __init__(self, session: Session, qtbot: QtBot, name: str, values: Mapping[str, Any] = SEEDS) -> None:
        self.session = session
        self.qtbot = qtbot
        self.document = Document(comparison(read_example(name), values))
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
    delete(stage.part)  # with its timers, before its widget
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


@pytest.mark.parametrize(
    ("path", "values", "different"),
    [
        ("data.source.noise", [0.0, 0.5], True),
        ("network.units", [2, 9], False),
        ("data.features", [["x1"], ["x2"]], False),
    ],
)
def test_each_picture_has_the_points_of_its_own_run(
    session: Session, qtbot: QtBot, path: str, values: list[Any], different: bool
) -> None:
    stage = Stage(session, qtbot, "spiral", {path: values})
    stage.open(2)
    over = stage.part.mosaic.over
    stage.until(lambda: len(over) == 2)
    assert (over[0].toImage() != over[1].toImage()) == different
    stage.document.close()


def test_pictures_are_those_of_all_runs_at_a_moment_of_one_of_them(stage: Stage) -> None:
    stage.open()
    stage.session.go(epochs=3)
    stage.until(lambda: all(record.epochs == 3 for record in stage.history.current))
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    part, records = stage.part, stage.history.current
    stage.asked.clear()
    for epoch in (1, 2):  # the second one waits for the pictures of the first
        part.show_moment(Moment(records[1], stage.history.place + 1, epoch))
    assert len(stage.asked) == 3
    wanted = [
        drive(_probe(scene)[0](scene, record.rows[2]))
        for scene, record in zip(stage.session.scenes, records, strict=True)
    ]
    stage.until(lambda: all(np.array_equal(part._pictures[run].shade, wanted[run].shade) for run in range(3)))
    stage.until(lambda: part.mosaic.panels[0].below.startswith(written(records[0].curves["validation_loss"][2])))
    assert part.mark.epoch == 2
    assert part.widget.told.text().startswith("epoch 2: ")
    assert not any(panel.note for panel in part.mosaic.panels)
    part.show_moment(Moment(records[1], 99, 1))  # of a run that is not compared: they are shown as they are now
    assert part.mark.epoch is None
    assert part.widget.told.text().startswith("validation loss")


def test_what_is_compared_can_be_exported(stage: Stage) -> None:
    assert stage.part.drawn() == "Nothing is compared."
    stage.open()
    seen = stage.part.drawn()
    assert isinstance(seen, Seen)
    assert stage.part.mosaic in seen.widgets
    assert seen.table is not None
    assert len(seen.table().splitlines()) == 1 + sum(len(record.curves) for record in stage.history.current)
