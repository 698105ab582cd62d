"""What the window asks of the background thread, and what it answers. None of it imports torch or Qt."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture
from core.experiment.experiment import Experiment
from core.experiment.memory import KEEP_BYTES
from core.experiment.variants import Run
from core.training.events import Edited, Event, Order, Row, State

# -- asked ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepare:
    """Load the data of these runs and make their start weights, or go on from states; training waits for Go.

    job: a number that every answer of this job carries, so that late ones can be told. keep_bytes: what the kept rows
    of all runs may take.
    """

    job: int
    runs: tuple[Run, ...]
    states: Mapping[int, State] = field(default_factory=dict)
    keep_bytes: int = KEEP_BYTES


@dataclass(frozen=True)
class Go:
    """Train on: without end, or for some steps or epochs; at most ``rate`` steps a second."""

    steps: int | None = None
    epochs: int | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Pause:
    """Stop asking the generator."""


@dataclass(frozen=True)
class Tell:
    """Send an order to the training: a change, a weight set by hand, a save, a stop, a step to be followed."""

    order: Order


# A probe draws one frame of a view from a row, in slices: it yields None until it returns the frame. What it yields
# beside None is shown too, as a coarser frame on the way.
Probe = Callable[["Scene", Row], Generator[Any, None, Any]]


VIEW_SHARE = 0.2  # of the time while it trains


@dataclass(frozen=True)
class Watch:
    """Keep a view's frame up to date, at most ``rate`` times a second; a probe of None ends it, and so does a new job.

    row: draw this row instead of the run's own (time travel). share: of the time that all views together may take while
    it trains; the largest share of those that are open counts.
    """

    view: str
    probe: Probe | None
    run: int = 0
    rate: float = 20.0
    row: Row | None = None
    share: float = VIEW_SHARE


@dataclass(frozen=True)
class Quit:
    """End the thread."""


Asked = Prepare | Go | Pause | Tell | Watch | Quit

# -- answered ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """What a run computes with: what a probe needs beside the row."""

    experiment: Experiment
    architecture: Architecture
    dataset: Dataset


@dataclass(frozen=True)
class Ready:
    """Torch is loaded."""

    torch_version: str


@dataclass(frozen=True)
class Prepared:
    """A job is ready to go; scenes by run."""

    job: int
    scenes: tuple[Scene, ...]


@dataclass(frozen=True)
class Progress:
    """Bytes of a download that are there, and how many there will be."""

    job: int
    done: int
    total: int


@dataclass(frozen=True)
class Happened:
    """Events of training, in order; none is ever dropped."""

    job: int
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Supposed:
    """A weight of a run that has ended was set by hand: a "what if" of its views, of which its record knows nothing."""

    job: int
    edited: Edited


@dataclass(frozen=True)
class Going:
    """Go was obeyed."""

    job: int


@dataclass(frozen=True)
class Paused:
    """The steps that Go asked for are done, or Pause was obeyed."""

    job: int


@dataclass(frozen=True)
class Over:
    """All runs of a job have ended."""

    job: int


@dataclass(frozen=True)
class Frame:
    """The newest frame of a view; older ones that were not fetched are gone. step: of the run when it was drawn."""

    job: int
    view: str
    step: int
    picture: Any


@dataclass(frozen=True)
class Undrawn:
    """A view could not be drawn and is closed; training goes on. The fields are those of Failed."""

    job: int
    sentence: str
    trace: str


@dataclass(frozen=True)
class Failed:
    """Something went wrong; ``sentence`` is for the user, ``trace`` for the crash log (empty: the user can mend it)."""

    job: int
    sentence: str
    trace: str = ""


Answered = Ready | Prepared | Progress | Happened | Supposed | Going | Paused | Over | Frame | Undrawn | Failed
