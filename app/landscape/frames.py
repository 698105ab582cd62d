"""What the background thread answers: a picture of the landscape with the paths on it."""

from dataclasses import dataclass

import numpy as np

from core.choices.optimizers import OptimizerSettings
from core.landscape.values import Floats, LandscapePicture, Place
from core.training.events import Row


@dataclass(frozen=True, eq=False)
class Path:
    """The path of a run on the plane: places (k, 2), the newest last; best: index of the best one, −1 if unknown.

    on_plane, true: the loss at the newest one, of the plane's nearest point and of the run itself. off: how far from
    the plane it lies; relative: as a share of its distance from the start.
    """

    place: int
    name: str
    places: Floats
    best: int
    live: bool
    on_plane: float
    true: float
    off: float
    relative: float

    @property
    def now(self) -> Place:
        """Where its newest row lies."""
        return float(self.places[-1, 0]), float(self.places[-1, 1])


@dataclass(frozen=True, eq=False)
class Ahead:
    """What lies ahead of a row: the steps that an optimizer would take from there.

    places: (k + 1, 2), of the row and of each step, NaN where it is no number; losses: (k + 1,) the true ones. slope:
    (∂J/∂x, ∂J/∂y) at the row. optimizer: whose steps they are. share: of the first step's length that lies in the
    plane, NaN without steps.
    """

    places: Floats
    losses: Floats
    slope: Place
    optimizer: OptimizerSettings
    share: float = float("nan")


@dataclass(frozen=True, eq=False)
class LandscapeFrame:
    """A picture and the paths on it. gram: (2, 2) inner products of the plane's axes, 0 where there is none.

    ahead: what lies ahead of the network that is shown, None as long as it is not known.
    """

    picture: LandscapePicture
    paths: tuple[Path, ...]
    gram: Floats
    ahead: Ahead | None = None

    def place_of(self, row: Row) -> Place:
        """Return the point of the plane that is nearest to a row (P,)."""
        plane = self.picture.plane
        way = row.astype(np.float64) - plane.row
        along = [0.0 if d is None else float(np.einsum("p,p", way, d.astype(np.float64))) for d in (plane.d1, plane.d2)]
        found = np.linalg.pinv(self.gram, hermitian=True) @ np.array(along)
        return float(found[0]), float(found[1])

    @property
    def live(self) -> Path | None:
        """The path of the run that trains."""
        return next((path for path in self.paths if path.live), None)


@dataclass(frozen=True)
class NoLandscape:
    """There is none, and why not, in a sentence."""

    sentence: str
