"""Rows seen from a plane: the nearest points, by least squares, and the distance off it. This file imports no torch."""

from collections.abc import Sequence

import numpy as np

from core.landscape.scene import Slices
from core.landscape.values import Coordinates, Floats, Place, Plane, frozen
from core.training.events import Row

_SLICE_NUMBERS = 1 << 19  # of the rows, that a slice looks at


class Frame:
    """A plane ready to be projected on; its axes may have any lengths and any angle.

    Sums go through einsum, which needs no threads of a BLAS library: on a busy computer those wait for each other.
    """

    def __init__(self, plane: Plane) -> None:
        self.origin = plane.row.astype(np.float64)
        axes = [axis for axis in (plane.d1, plane.d2) if axis is not None]
        self.axes: Floats = np.stack([axis.astype(np.float64) for axis in axes])
        # The nearest point has the coordinates (DᵀD)⁻¹·Dᵀ·(θ − origin), however skew the axes are; with axes of length
        # 1 within the inverse, however unequal they are.
        gram = np.einsum("ip,jp->ij", self.axes, self.axes)
        sizes = np.sqrt(np.diag(gram))
        sizes = np.where(sizes > 0, sizes, 1)
        unit = gram / np.outer(sizes, sizes)
        self.inverse: Floats = np.linalg.pinv(unit, rcond=1e-12, hermitian=True) / np.outer(sizes, sizes)
        self.home = self.origin + self._row(np.array(plane.home)[: len(axes)])

    def place(self, row: Row) -> tuple[Place, float]:
        """Return the coordinates of the nearest point and the distance from it; NaN where the row is not finite."""
        if not np.isfinite(row).all():
            return (np.nan, np.nan), np.nan
        found, rest = self._nearest(row - self.origin)
        return found, _length(rest)

    def away(self, row: Row) -> float:
        """Return the distance of a row from the plane's home."""
        return _length(row - self.home)

    def along(self, vector: Row) -> Place:
        """Return the part of a vector that lies in the plane, such as a gradient or a step, in its coordinates."""
        return self._nearest(vector.astype(np.float64))[0]

    def _row(self, place: Floats) -> Floats:
        row: Floats = np.einsum("ip,i->p", self.axes, place)
        return row

    def _nearest(self, way: Floats) -> tuple[Place, Floats]:
        found, rest = np.zeros(len(self.axes)), way
        for _ in range(2):  # the second time takes off what rounding has left
            found = found + self.inverse @ np.einsum("ip,p->i", self.axes, rest)
            rest = way - self._row(found)
        return (float(found[0]), float(found[1]) if len(found) > 1 else 0.0), rest


def _length(way: Floats) -> float:
    largest = float(np.abs(way).max(initial=0.0))
    return largest * float(np.sqrt(np.square(way / largest).sum())) if largest > 0 else 0.0


def coordinates(plane: Plane, rows: Sequence[Row]) -> Coordinates:
    """Return where rows (P,) lie on a plane, and how far off it."""
    frame = Frame(plane)
    found = [frame.place(row) for row in rows]
    places = np.array([place for place, _ in found], np.float64).reshape(-1, 2)
    off = np.array([distance for _, distance in found], np.float64)
    away = np.array([frame.away(row) for row in rows if np.isfinite(row).all()], np.float64)
    return Coordinates(frozen(places), frozen(off), float(away.max(initial=0.0)))


def nearest(plane: Plane, rows: Sequence[Row]) -> Slices[Floats]:
    """Return the coordinates (k, 2) of the points nearest to rows (P,), in slices; NaN where a row is not finite."""
    frame, found = Frame(plane), np.full((len(rows), 2), np.nan)
    each = max(1, _SLICE_NUMBERS // len(plane.row))
    for at, row in enumerate(rows):
        if at % each == 0:
            yield
        if np.isfinite(row).all():
            found[at] = frame.along(row - frame.origin)
    return found


def along(plane: Plane, vector: Row) -> Place:
    """Return the part of a vector (P,) that lies in the plane, in its coordinates: the arrow to be drawn.

    By least squares, so that minus the gradient becomes the steepest way down within the plane, measured as weights
    are: on axes of different lengths it does not stand upright on the contours.
    """
    return Frame(plane).along(vector)
