"""What is chosen in the landscape tab, and what the window tells the background thread of the runs."""

from dataclasses import dataclass
from typing import Literal

from core.landscape.values import Ask, Kind, PartName, Weight
from core.training.events import Row

LIVE_POINTS = 25  # along each axis while a plane's network trains: enough to be read, soon done
LIVE_POINTS_WIDE = 21  # the same where a network takes images
WIDE = 20_000  # weights and biases, from which on a network counts as one that takes images
Look = Literal["path", "now"]


@dataclass(frozen=True)
class Chosen:
    """What is chosen in the form.

    kind: of the directions. seed: of random ones. weights: one or two. runs: the places of three runs. look: the whole
    path, or centred on now. zoom: times the range that the directions have by themselves. penalty: on the loss too.
    """

    kind: Kind = "pca"
    seed: int = 0
    weights: tuple[Weight, ...] = ()
    runs: tuple[int, ...] = ()
    look: Look = "path"
    resolution: int = 51
    zoom: float = 1.0
    part: PartName = "train"
    samples: int = 512
    penalty: bool = False

    @property
    def dimensions(self) -> int:
        """1 for a line, 2 for a plane."""
        return 1 if self.kind == "line" or (self.kind == "weights" and len(self.weights) < 2) else 2

    def same_plane(self, other: "Chosen") -> bool:
        """Tell whether two choices are of one plane, whatever of its loss is asked."""
        of_kind = {"random": self.seed == other.seed, "weights": self.weights == other.weights}
        of_kind["runs"] = self.runs == other.runs
        return (self.kind, self.look) == (other.kind, other.look) and of_kind.get(self.kind, True)

    def ask(self, parameters: int, l1: float, l2: float, *, live: bool) -> Ask:
        """Return what to ask of the landscape of a network; live: often and coarse, else fine, coarse ones first."""
        l1, l2 = (l1, l2) if self.penalty else (0.0, 0.0)
        if not live:
            return Ask(self.resolution, part=self.part, samples=self.samples, l1=l1, l2=l2)
        points = min(self.resolution, LIVE_POINTS if parameters < WIDE else LIVE_POINTS_WIDE)
        return Ask(points, part=self.part, samples=min(self.samples, 512), l1=l1, l2=l2, levels=())


@dataclass(frozen=True, eq=False)
class Trail:
    """The path of a run, as far as its rows were kept.

    place: of the run, which gives it its colour. rows: (P,) each, in order. best: the place of the best one in rows,
    −1 if it is not known. live: the run that trains, whose newest row the background thread knows itself.
    """

    place: int
    name: str
    rows: tuple[Row, ...]
    best: int = -1
    live: bool = False


class Trails:
    """The trails as they are now. The window puts others in their place, the background thread reads them: a single
    reference to a tuple of frozen values, so that neither waits for the other."""

    def __init__(self) -> None:
        self.now: tuple[Trail, ...] = ()
