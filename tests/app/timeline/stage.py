"""Runs to travel in, trained without a thread, and a session that has one of them on the screen."""

from collections.abc import Sequence
from typing import Any

from app.timeline.travel import TimeTravel
from app.work.history import History
from app.work.messages import Scene
from app.work.session import Phase, Session
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Event
from core.training.loop import prepare, train


def experiment(units: int = 3, data: Any = (), training: Any = ()) -> Experiment:
    """Return a small experiment of 12 epochs; data, training: other settings."""
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 40}, **dict(data)},
            "network": {"layers": [{"kind": "dense", "id": "a", "units": units}]},
            "training": {"epochs": 12, "batch_size": 20, **dict(training)},
        }
    )


def trained(made_of: Experiment, name: str = "Run", keep_bytes: int = 1 << 20) -> tuple[Record, list[Event]]:
    """Return the record of a whole run, and all that it told."""
    runs = (Run(name, made_of),)
    recorder = Recorder(runs, keep_bytes)
    told: list[Event] = []
    for events in train(prepare(runs, keep_bytes=keep_bytes)):
        recorder.take(events)
        told += events
    return recorder.record(0), told


class Stage:
    """A history with past runs and one under way, which ``train`` takes further."""

    def __init__(self, past: Sequence[Record] = (), made_of: Experiment | None = None) -> None:
        self.session = Session()
        self.history = History(self.session)
        self.history.clear(tuple(past))
        self.seconds = 0.0
        self.travel = TimeTravel(self.history, self.session, clock=lambda: self.seconds)
        self.begin(made_of or experiment())

    def begin(self, made_of: Experiment) -> None:
        """Have a job of an experiment ready."""
        runs = (Run(made_of.name, made_of),)
        self.phase(Phase.PREPARING)
        self.history.begin(runs)
        job = prepare(runs)
        self._training = train(job)
        scene = Scene(made_of, architecture(made_of, job.datasets[0].facts), job.datasets[0])
        self.session.scenes = (scene,)
        self.session.prepared.emit(self.session.scenes)
        self.phase(Phase.PAUSED)
        self.session.happened.emit(next(self._training))

    def train(self, epochs: int) -> None:
        """Train until so many epochs are done in all."""
        while self.history.current[0].epochs < epochs:
            self.session.happened.emit(next(self._training))
        self.travel.look()

    def phase(self, phase: Phase) -> None:
        """Tell what the session is doing."""
        self.session.phase = phase
        self.session.phase_changed.emit(phase)

    @property
    def at(self) -> tuple[int, int] | None:
        """The run and the epoch that are shown; None: now."""
        moment = self.travel.moment
        return None if moment is None else (moment.place, moment.epoch)
