"""Real runs, their scenes, and lenses driven without a thread."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.landscape.chosen import Chosen, Trail, Trails
from app.landscape.frames import LandscapeFrame
from app.landscape.lens import Lens
from app.landscape.part import LandscapePart
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.shell.theme import Theme
from app.work.history import History
from app.work.messages import Probe, Scene
from app.work.session import Session
from app.work.trainer import Trainer
from core.datasets.load import load
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Run
from core.landscape.values import Ask, Floats, LandscapePicture, Plane
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Row
from core.training.loop import prepare, train
from tests.app.landscape.stages import Stage


def small(epochs: int = 20, seed: int = 1, **training: Any) -> Experiment:
    """Return an experiment that trains within a moment."""
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 80}},
            "network": {"layers": [{"kind": "dense", "id": "one", "name": "Dense 1", "units": 3}]},
            "training": {"epochs": epochs, "batch_size": 10, "seed": seed, "device": "cpu", "early_stopping": None}
            | training,
        }
    )


@dataclass(frozen=True, eq=False)
class Told:
    """What a probe has told: frames on the way, and the one that it returned."""

    coarse: tuple[LandscapeFrame, ...]
    final: Any
    slices: int

    @property
    def frame(self) -> LandscapeFrame:
        assert isinstance(self.final, LandscapeFrame)
        return self.final


class Lab:
    """Trains for real, and looks through lenses."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def record(self, experiment: Experiment) -> Record:
        """Return what a run did; the same one is trained once."""
        key = experiment.model_dump_json()
        if key not in self._records:
            run = Run("Run", experiment)
            recorder = Recorder([run])
            for events in train(prepare([run])):
                recorder.take(events)
            self._records[key] = recorder.record(0)
        return self._records[key]

    @staticmethod
    def scene(experiment: Experiment) -> Scene:
        """Return what a run computes with."""
        dataset = load(experiment.data)
        return Scene(experiment, architecture(experiment, dataset.facts), dataset)

    def trail(self, experiment: Experiment, place: int = 0, *, live: bool = True, rows: int = 0) -> Trail:
        """Return the path of a run."""
        record = self.record(experiment)
        kept = tuple(record.rows.values())
        return Trail(place, f"Run {place + 1}", kept[:rows] if rows else kept, -1, live)

    @staticmethod
    def drive(probe: Probe, scene: Scene, row: Row) -> Told:
        """Return all that a probe tells of a row."""
        work = probe(scene, row)
        coarse: list[LandscapeFrame] = []
        slices = 0
        while True:
            try:
                told = next(work)
            except StopIteration as done:
                return Told(tuple(coarse), done.value, slices)
            slices += 1
            if told is not None:
                coarse.append(told)

    def look(self, chosen: Chosen, *trails: Trail, row: Row | None = None, ask: Ask | None = None) -> Told:
        """Return what a new lens tells of the small network."""
        scene = self.scene(small())
        lens = Lens(chosen, told := Trails())
        told.now = trails
        probe = lens.probe(ask or Ask(9, levels=()))
        return self.drive(probe, scene, trails[0].rows[-1] if row is None else row)


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
def session(qapp: object) -> Iterator[Session]:
    """A session whose thread runs."""
    session = Session()
    session.start()
    yield session
    session.stop()


def a_picture(loss: Floats, **more: Any) -> LandscapePicture:
    """Return a picture of these losses (m, n) over the square from −1 to 1."""
    rows, columns = loss.shape
    axis = np.zeros(4, np.float32)
    plane = Plane("random", axis, axis + 1, axis + 2, (0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (2.0, 4.0))
    fields: dict[str, Any] = {
        "plane": plane,
        "xs": np.linspace(-1, 1, columns),
        "ys": np.linspace(-1, 1, rows) if rows > 1 else np.zeros(1),
        "loss": loss,
        "level": 0,
        "final": True,
        "part": "train",
        "samples": 10,
        "indices": np.arange(10),
        "with_penalty": False,
        "centre_loss": float(loss[rows // 2, columns // 2]),
        "slope": (0.0, 0.0),
        "seconds": 0.0,
    }
    return LandscapePicture(**(fields | more))


@pytest.fixture
def picture() -> Any:
    """Make pictures without a network: ``picture(losses)``."""
    return a_picture


@pytest.fixture
def experiment() -> Any:
    """Make small experiments."""
    return small


@pytest.fixture
def stage(qtbot: QtBot, session: Session, icons: Icons, experiment: Any) -> Iterator[Stage]:
    document = Document(experiment(epochs=100_000))
    trainer = Trainer(document, session)
    history = History(session)
    trainer.starting.connect(history.begin)
    selection = Selection()
    part = LandscapePart(document, session, history, selection, trainer, icons)
    qtbot.addWidget(part.widget)
    qtbot.addWidget(part.controls)
    yield Stage(qtbot, document, session, trainer, history, selection, part)
    document.close()
