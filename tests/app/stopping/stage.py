"""Runs trained for real, and the tab with a real background thread in a window of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.stopping.part import StoppingPart
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import expand, override
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.loop import prepare, train

WAIT = 20_000
_NOISY = {
    "name": "Noisy",
    "data": {"source": {"kind": "circle", "samples": 60, "noise": 0.5}, "validation": 0.5},
    "network": {"layers": [{"kind": "dense", "id": "a", "units": 16}]},
    "training": {
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
        "epochs": 80,
        "device": "cpu",
        "early_stopping": {"patience": 6},
    },
}
NOISY = read_experiment(_NOISY)  # a network that over-fits, and is stopped


@dataclass
class Lab:
    """Trains for real; the same experiment once."""

    known: dict[str, tuple[Record, ...]] = field(default_factory=dict)

    def records(self, experiment: Experiment) -> tuple[Record, ...]:
        """Return what the runs of an experiment did."""
        key = experiment.model_dump_json()
        if key not in self.known:
            runs = expand(experiment)
            recorder = Recorder(runs)
            for events in train(prepare(runs)):
                recorder.take(events)
            self.known[key] = recorder.records()
        return self.known[key]

    def record(self, **settings: Any) -> Record:
        """Return what the noisy network did with these settings of early stopping; without it where there are none."""
        stopping = {"training.early_stopping": settings or None}
        return self.records(override(NOISY, stopping))[0]


@dataclass
class Stage:
    """The tab on a document, with what trains."""

    qtbot: QtBot
    document: Document
    session: Session
    trainer: Trainer
    history: History
    part: StoppingPart
    hints: list[str] = field(default_factory=list)

    def until(self, done: Callable[[], object]) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(lambda: bool(done()), timeout=WAIT)

    def open(self, experiment: Experiment, width: int = 900, height: int = 300) -> None:
        """Show an experiment that is ready to be trained."""
        self.document.open(experiment, None)
        self.until(lambda: self.session.phase is Phase.PAUSED)
        self.part.widget.resize(width, height)
        self.part.widget.show()
        self.qtbot.waitExposed(self.part.widget)

    def train(self, epochs: int | None = None) -> None:
        """Train so many epochs, or until all is over."""
        before = max((record.epochs for record in self.history.current), default=0)
        self.session.go(epochs=epochs)
        if epochs is None:
            self.over()
            return
        self.until(lambda: self.history.current[0].epochs >= before + epochs)
        self.until(lambda: self.session.phase in (Phase.PAUSED, Phase.OVER))
        self.settled()

    def over(self) -> None:
        """Wait until all runs have ended, and are shown so."""
        self.until(lambda: self.session.phase is Phase.OVER)
        self.settled()

    def settled(self) -> None:
        """Wait until what has happened is shown."""
        self.until(lambda: not self.part._soon.isActive())
