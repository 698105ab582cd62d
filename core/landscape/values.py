"""What a landscape is asked for and what it answers: frozen values. This file imports no torch.

A plane is all rows ``row + x·d1 + y·d2``. There is one system of coordinates (x, y) for all that lies on it: the axes
of the grid, the path, the centre. A plane of one dimension, a line, has no d2 and its y is 0.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import Mistake
from core.training.events import Row, weight_path

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Kind = Literal["random", "pca", "weights", "line", "runs"]
PartName = Literal["train", "validation"]
Place = tuple[float, float]

ArrayT = TypeVar("ArrayT", bound=Any)

MOST_POINTS = 101  # along each axis
LEVELS = (9, 17, 33)  # points along each axis of the pictures that come before the final one


def frozen(array: ArrayT) -> ArrayT:
    """Return an array that no one else writes to, made read-only."""
    array.flags.writeable = False
    return array


def like(values: NDArray[Any], row: Row) -> Row:
    """Return a read-only copy of values in a row's kind of numbers."""
    found: Any = values.astype(row.dtype)
    return frozen(found)  # type: ignore[no-any-return]


# -- directions: what is asked ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weight:
    """A weight by the id of its layer, its unit and its source; source None: the unit's bias."""

    layer: str
    unit: int
    source: int | None = None

    @property
    def path(self) -> str:
        """The weight as records and files name it."""
        return weight_path(self.layer, self.unit, self.source)


@dataclass(frozen=True)
class RandomDirections:
    """Two random directions (or one) around the row, filter-normalised: the same seed gives the same directions.

    Each row of a direction's weight matrix, the weights of one neuron, has the length of that neuron's own weights, and
    the biases stay (Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets"). So a step of 1 changes each
    neuron by as much as it is large.

    orthogonal: make the second direction orthogonal to the first, neuron by neuron, before it is normalised. Both keep
    the lengths of the neurons, and the directions are then orthogonal as a whole; what is lost is that the second one
    is drawn evenly from all directions. A neuron of a single input has no such direction, and its two stay parallel. In
    a network of many inputs random directions are nearly orthogonal anyway.
    """

    seed: int = 0
    orthogonal: bool = False
    dimensions: Literal[1, 2] = 2


@dataclass(frozen=True, eq=False)
class PathDirections:
    """The two leading axes of a principal component analysis of the rows of one or several runs, of length 1.

    Rows that are not finite are left out. through: the plane goes through the row that is looked at, whose loss is
    then exact, or through the mean of all rows, which all of them together are nearest to.
    """

    rows: tuple[Row, ...]
    through: Literal["row", "mean"] = "row"


@dataclass(frozen=True)
class WeightDirections:
    """Two chosen weights, or one; x and y are their values, all others stay."""

    first: Weight
    second: Weight | None = None


@dataclass(frozen=True, eq=False)
class LineDirections:
    """The line through two rows: x is 0 at the start and 1 at the end, and goes on beyond both."""

    start: Row
    end: Row


@dataclass(frozen=True, eq=False)
class RunDirections:
    """The plane through the weights of three runs: the first lies at (0, 0), the second at (1, 0), the third on it.

    The axes are orthogonal and of one length, so that the triangle has its true shape.
    """

    first: Row
    second: Row
    third: Row


Directions = RandomDirections | PathDirections | WeightDirections | LineDirections | RunDirections

# -- the plane --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane of rows, ``row + x·d1 + y·d2``, or a line of them where d2 is None; arrays (P,), read-only.

    home: where the row lies that was looked at when the plane was made. middle: the centre of the grid; the same as
    home, until the plane is moved to cover a path. reach: half the width and height that is shown unless told
    otherwise. norms: the lengths of d1 and d2 (0 where there is none). explained: of a PCA, the share of the rows'
    variance that lies along each axis, 0 … 1. filled: how many axes are random, filter-normalised ones, since the path
    or the runs did not give enough: rows that do not move, or that lie on a line. weights: those that were chosen.
    """

    kind: Kind
    row: Row
    d1: Row
    d2: Row | None
    home: Place
    middle: Place
    reach: Place
    norms: Place
    explained: Place | None = None
    filled: int = 0
    weights: tuple[Weight, ...] = ()
    seed: int = 0

    @property
    def dimensions(self) -> Literal[1, 2]:
        """2, or 1 for a line."""
        return 1 if self.d2 is None else 2

    @property
    def labels(self) -> tuple[str, ...]:
        """What the axes are called, in English: one label for each."""
        if self.kind == "weights":
            return tuple(weight.path for weight in self.weights)
        if self.kind == "line":
            return ("random direction 1",) if self.filled else ("from start 0 to end 1",)
        words = {"random": "random direction", "pca": "principal component", "runs": "axis through the runs"}
        names = [f"{words[self.kind]} {axis}" for axis in (1, 2)]
        for at in range(2 - self.filled, 2):
            names[at] = f"random direction {at + 1}"
        if self.explained is not None:
            names = [
                f"{name}, {share:.1%} of the variance" if at < 2 - self.filled else name
                for at, (name, share) in enumerate(zip(names, self.explained, strict=True))
            ]
        return tuple(names[: self.dimensions])

    def at(self, x: float, y: float = 0.0) -> Row:
        """Return the row at a place of the plane, as a copy of the plane's kind of numbers: what a click takes."""
        row = self.row.astype(np.float64) + x * self.d1.astype(np.float64)
        if self.d2 is not None:
            row += y * self.d2.astype(np.float64)
        return like(row, self.row)

    def slope(self, gradient: Floats) -> Place:
        """Return (∂J/∂x, ∂J/∂y) of a gradient (P,): its part along both axes; (0, 0) where it is not finite."""
        axes = [axis.astype(np.float64) for axis in (self.d1, self.d2) if axis is not None]
        found = [float(np.einsum("p,p", gradient, axis)) for axis in axes]
        if not np.isfinite(found).all():
            return 0.0, 0.0
        return found[0], found[1] if len(found) > 1 else 0.0


# -- the grid ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Ask:
    """What is wanted of a landscape.

    resolution: points along each axis, 1 … 101; an even number becomes the next odd one, so that the centre is a point.
    reach: half the width and height, in the plane's coordinates; None: as the plane says. cover: rows that the picture
    is to show, with a margin, instead: it moves the middle; rows that are not finite are left out. square: the same
    reach on both axes where it follows from the plane or from ``cover``, so that a plane with axes of one length is
    drawn in its true shape. part and samples: of which data the loss is taken, and of how many samples at the most,
    spread evenly, always the same ones. l1, l2: λ of the penalty to add to the loss; both 0: without the penalty.
    levels: coarser pictures on the way; () where only the final one is of interest.

    Raises Mistake where a number is beyond its limits.
    """

    resolution: int = 51
    reach: float | None = None
    cover: tuple[Row, ...] = ()
    square: bool = True
    part: PartName = "train"
    samples: int = 512
    l1: float = 0.0
    l2: float = 0.0
    levels: tuple[int, ...] = LEVELS

    def __post_init__(self) -> None:
        if not 1 <= self.resolution <= MOST_POINTS:
            raise Mistake(f"resolution: expected a whole number from 1 to {MOST_POINTS}, got {self.resolution}")
        if self.samples < 1:
            raise Mistake(f"samples: expected at least 1, got {self.samples}")
        if self.reach is not None and not 0 < self.reach < np.inf:
            raise Mistake(f"range: expected a number above 0, got {self.reach:g}")
        if min(self.l1, self.l2) < 0:
            raise Mistake(f"penalty: expected numbers from 0 on, got {min(self.l1, self.l2):g}")

    @property
    def points(self) -> int:
        """The points along each axis: the resolution, made odd."""
        return self.resolution | 1

    @property
    def with_penalty(self) -> bool:
        """Whether the penalty is part of the loss."""
        return self.l1 > 0 or self.l2 > 0


@dataclass(frozen=True, eq=False)
class LandscapePicture:
    """The loss over a grid of a plane; arrays read-only.

    xs: (n,), ys: (m,), evenly spaced and rising, with the plane's middle at n // 2 and m // 2; a line has ys (1,), the
    0. loss: (m, n) float64, row j at ys[j]: the mean loss of the samples, with dropout off; infinite and NaN are left
    as they are. level: 0 for the coarsest picture, counted up; final: whether it is the last one.

    samples: how many the loss is taken of; part: of which part of the data; indices: (samples,) their places in it.
    with_penalty: whether the penalty is added. centre_loss: the true loss of the row in the middle, by a forward pass
    of its own. slope: (∂J/∂x, ∂J/∂y) in the middle, the tangent of the surface; (0, 0) where it is not finite.
    seconds: of work since the landscape was begun, its pauses not counted.
    """

    plane: Plane
    xs: Floats
    ys: Floats
    loss: Floats
    level: int
    final: bool
    part: PartName
    samples: int
    indices: Integers
    with_penalty: bool
    centre_loss: float
    slope: Place
    seconds: float

    @property
    def span(self) -> tuple[float, float, float, float]:
        """The least x, the least y, the width and the height that the points cover."""
        return (
            float(self.xs[0]),
            float(self.ys[0]),
            float(self.xs[-1] - self.xs[0]),
            float(self.ys[-1] - self.ys[0]),
        )

    @property
    def finite_range(self) -> tuple[float, float] | None:
        """The least and the greatest finite loss, None where there is none."""
        finite = self.loss[np.isfinite(self.loss)]
        return (float(finite.min()), float(finite.max())) if len(finite) else None


# -- the path on the plane --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Rows seen from a plane, by least squares; read-only.

    places: (k, 2), the point of the plane that is nearest to each row, y 0 on a line; NaN for rows that are not finite.
    off_plane: (k,) the distance from it. scale: the largest distance of any of these rows from the plane's home.
    """

    places: Floats
    off_plane: Floats
    scale: float

    @property
    def relative(self) -> Floats:
        """The distance off the plane as a share of ``scale`` (k,): 0 lies on it."""
        return self.off_plane / self.scale if self.scale > 0 else np.zeros_like(self.off_plane)

    @property
    def largest(self) -> float:
        """The largest relative distance off the plane, 0 where there are no finite rows."""
        relative = self.relative[np.isfinite(self.relative)]
        return float(relative.max()) if len(relative) else 0.0


@dataclass(frozen=True, eq=False)
class RowsPicture:
    """Rows on a plane with their losses: on_plane (k,) at the nearest point of the plane, true (k,) of the row itself.

    Both are taken of the same samples, with or without the penalty, as the landscape is.
    """

    coordinates: Coordinates
    on_plane: Floats
    true: Floats
    samples: int


# -- curvature --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Curvature:
    """The Hessian of the loss at a row, in float64.

    largest, smallest: its eigenvalues at both ends; trace ± trace_error, its standard error. products: how many
    Hessian-vector products it took. exact: all eigenvalues were taken of the full Hessian, and trace_error is 0.
    residual: how far the two eigenvalues may be from one of the Hessian's, as a share of the largest size of the two;
    it is 0 where exact. direction: (P,) the eigenvector of the largest eigenvalue, to start the next ``sharpness``
    with. All are NaN where the row or its loss is not finite.
    """

    largest: float
    smallest: float
    trace: float
    trace_error: float
    products: int
    exact: bool
    residual: float
    samples: int
    direction: Floats


@dataclass(frozen=True, eq=False)
class Sharpness:
    """The largest eigenvalue of the Hessian at a row; see Curvature for its fields.

    Gradient descent with the learning rate η overshoots along ``direction`` where ``largest`` is above 2 / η.
    """

    largest: float
    products: int
    residual: float
    samples: int
    direction: Floats
