"""A canvas in motion for tests: a trainer with its background thread, and notes of what is told and played."""

from collections.abc import Callable, Iterator
from typing import Any

from pytestqt.qtbot import QtBot

from app.canvas.canvas_view import CanvasView
from app.canvas.passes import Step
from app.document.document import Document
from app.shell.motion import Motion
from app.shell.selection import Selection
from app.shell.speed import Speed
from app.shell.theme import Theme
from app.work.session import Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment, read_experiment
from core.probes.gradients import flow
from core.training.events import Begun, Row, Stepped

WAIT = 20_000


def experiment(**training: Any) -> Experiment:
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 100}},
            "network": {
                "layers": [
                    {"kind": "dense", "id": "a", "name": "Dense 1", "units": 4},
                    {"kind": "dropout", "id": "p", "name": "Dropout 1", "rate": 0.5},
                ]
            },
            "training": {"epochs": 100_000, "batch_size": 20, "optimizer": "sgd"} | training,
        }
    )


class Stage:
    """A canvas in motion, with a trainer and its thread."""

    def __init__(self, qtbot: QtBot, theme: Theme, described: Experiment) -> None:
        self.qtbot = qtbot
        self.document = Document(described)
        self.session = Session()
        self.trainer = Trainer(self.document, self.session)
        self.selection = Selection()
        self.speed = Speed()
        self.canvas = CanvasView(self.document, self.selection, theme)
        qtbot.addWidget(self.canvas)
        self.canvas.resize(860, 600)
        self.canvas.show()
        self.motion = Motion(self.trainer, self.speed, self.selection, self.canvas)
        self.motion.still = False
        self.told: list[Stepped] = []
        self.frames: list[tuple[str, Any]] = []
        self.played: list[tuple[Step, float]] = []
        self.rows: list[Row] = []  # start weights
        self.session.happened.connect(lambda events: self.told.extend(e for e in events if isinstance(e, Stepped)))
        self.session.happened.connect(lambda events: self.rows.extend(e.row for e in events if isinstance(e, Begun)))
        self.session.framed.connect(lambda view, picture: self.frames.append((view, picture)))
        play = self.canvas.playback.play

        def note(step: Step, plan: Any, seconds: float) -> None:
            self.played.append((step, seconds))
            play(step, plan, seconds)

        self.canvas.playback.play = note  # type: ignore[method-assign]
        self.session.start()
        self.trainer.rewind()
        self.until(lambda: bool(self.rows))

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT)

    def slow(self) -> None:
        """Go to one step a second or somewhat more."""
        self.speed.set_position(next(p for p in range(40) if self.at(p) == 1.8))

    @staticmethod
    def at(position: int) -> float | None:
        speed = Speed()
        speed.set_position(position)
        return speed.rate

    def frames_of(self, view: str) -> list[Any]:
        return [picture for name, picture in self.frames if name == f"motion: {view}"]

    @property
    def chain_shown(self) -> bool:
        return self.canvas.attention.chain_card.isVisible()

    def close(self) -> None:
        self.canvas.playback.clear()
        self.session.stop()
        self.document.close()


MakeStage = Callable[..., Stage]


def stages_made(qtbot: QtBot, theme: Theme) -> Iterator[MakeStage]:
    """Yield what makes stages, and end them."""
    made: list[Stage] = []

    def make(**training: Any) -> Stage:
        made.append(Stage(qtbot, theme, experiment(**training)))
        return made[-1]

    yield make
    for stage in made:
        stage.close()


def flow_of(stage: Stage, stepped: Stepped) -> Any:
    work = flow(stepped)(stage.session.scenes[0], stepped.before)
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value
