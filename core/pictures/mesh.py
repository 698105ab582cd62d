"""The surface of a landscape as quads on a screen, the farthest first. No Qt, and no widget."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.landscape.values import Floats
from core.pictures.depth import BANDS, Grid, colours

MOST_QUADS = 50  # along a side: the painter takes 5 µs for each
MOVING_QUADS = 25  # while it is turned, or is drawn anew several times a second
_HEIGHT = 0.85  # of the surface, with a floor from −1 to 1
_FAR = 5.0  # of the eye from the middle of the floor
_LOOKS = 40  # places on the way to the eye at which a hill may stand
_ABOVE = 0.004  # of a hill, from which on it hides what lies behind it
_BEHIND = 0.3  # that hidden points lie farther away than what hides them
_SHADES = 512
_COLOURS = colours(_SHADES)
_LIGHT = np.array([-0.35, -0.25, 0.9]) / np.linalg.norm([-0.35, -0.25, 0.9])


@dataclass(frozen=True)
class Camera:
    """Where the surface is seen from. turn: around the upright axis; tilt: above the floor; both in degrees."""

    turn: float = -35.0
    tilt: float = 38.0
    zoom: float = 1.0

    def turned(self, turn: float, tilt: float) -> "Camera":
        """Return the camera moved by some degrees; it stays above the floor."""
        return replace(self, turn=(self.turn + turn + 180) % 360 - 180, tilt=min(max(self.tilt + tilt, 8.0), 88.0))

    def zoomed(self, factor: float) -> "Camera":
        """Return the camera nearer or farther."""
        return replace(self, zoom=min(max(self.zoom * factor, 0.4), 6.0))

    @property
    def eye(self) -> Floats:
        """Where it stands (3,)."""
        a, b = math.radians(self.turn), math.radians(self.tilt)
        away = _FAR * math.cos(b)
        return np.array([-away * math.sin(a), -away * math.cos(a), _FAR * math.sin(b) + _HEIGHT / 2])

    def project(self, points: Floats, width: float, height: float) -> tuple[Floats, Floats]:
        """Return points (k, 3) on a screen (k, 2) in pixels, y down, and how far they are (k,)."""
        a, b = math.radians(self.turn), math.radians(self.tilt)
        x = points[:, 0] * math.cos(a) - points[:, 1] * math.sin(a)
        y = points[:, 0] * math.sin(a) + points[:, 1] * math.cos(a)
        z = points[:, 2] - _HEIGHT / 2
        far = _FAR + y * math.cos(b) - z * math.sin(b)
        up = y * math.sin(b) + z * math.cos(b)
        scale = 0.36 * min(width, height * 1.25) * self.zoom * _FAR / far
        return np.stack([width / 2 + x * scale, height / 2 - up * scale], axis=1), far


@dataclass(frozen=True, eq=False)
class Mesh:
    """The surface over a grid. points: (m, n, 3), the floor from −1 to 1, the height by bands; bands: (m, n)."""

    grid: Grid
    points: Floats
    bands: Floats

    @classmethod
    def of(cls, grid: Grid, bands: Floats, most: int = MOST_QUADS) -> "Mesh":
        """Return the surface, with every second point and fewer where there are too many to be painted."""
        stride = max(1, math.ceil((max(bands.shape) - 1) / most))
        thin = bands[::stride, ::stride]
        rows, columns = (np.arange(0, count, stride) / max(count - 1, 1) * 2 - 1 for count in bands.shape)
        x, y = np.meshgrid(columns, rows)
        return cls(grid, np.stack([x, y, thin / BANDS * _HEIGHT], axis=-1), thin)

    def lifted(self, places: Floats, bands: Floats) -> Floats:
        """Return places of the plane (k, 2) with their heights in bands (k,) as points of the surface (k, 3)."""
        xs, ys = self.grid.xs, self.grid.ys
        x = (places[:, 0] - xs[0]) / (xs[-1] - xs[0]) * 2 - 1
        y = (places[:, 1] - ys[0]) / (ys[-1] - ys[0]) * 2 - 1
        return np.stack([x, y, bands / BANDS * _HEIGHT + 0.01], axis=1)

    def hidden(self, camera: Camera, points: Floats) -> NDArray[np.bool_]:
        """Tell which points (k, 3) on or above the surface lie behind its hills (k,); none that is NaN does.

        The surface has one height at each place, so that the way to the eye need only be compared with the heights
        below it, as far as it stays over the floor and below the top.
        """
        rows, columns = self.bands.shape
        known = np.isfinite(points).all(axis=1)
        found = np.zeros(len(points), np.bool_)
        start = points[known]
        way = camera.eye - start
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.stack(
                [(np.where(way[:, 0] > 0, 1, -1) - start[:, 0]) / way[:, 0],
                 (np.where(way[:, 1] > 0, 1, -1) - start[:, 1]) / way[:, 1],
                 (_HEIGHT - start[:, 2]) / way[:, 2]]
            )  # fmt: skip
        end = np.clip(np.nanmin(ends, axis=0, initial=1.0), 0, 1)
        share = np.arange(1, _LOOKS + 1, dtype=np.float32) / _LOOKS
        # In places of the grid from here on, and in half the digits: it is done for each frame.
        scale, shift = np.array([(columns - 1) / 2, (rows - 1) / 2, 1.0]), np.array([1.0, 1.0, 0.0])
        begin, go = ((start + shift) * scale).astype(np.float32), (end[:, None] * way * scale).astype(np.float32)
        x, y, z = (begin[:, None, axis] + go[:, None, axis] * share for axis in range(3))
        column = np.clip(x.astype(np.int32), 0, columns - 2)
        row = np.clip(y.astype(np.int32), 0, rows - 2)
        x -= column
        y -= row
        high, place = self.points[..., 2].astype(np.float32).ravel(), row * columns + column
        below = high[place] * (1 - x) + high[place + 1] * x
        above = high[place + columns] * (1 - x) + high[place + columns + 1] * x
        found[known] = (below + (above - below) * y > z + _ABOVE).any(axis=1)
        return found

    def quads(self, camera: Camera, width: float, height: float) -> tuple[Floats, NDArray[np.uint32]]:
        """Return the quads on the screen (q, 4, 2), the farthest first, and their colours 0xffrrggbb (q,)."""
        rows, columns = self.bands.shape
        flat, far = camera.project(self.points.reshape(-1, 3), width, height)
        index = np.arange(rows * columns).reshape(rows, columns)
        corners = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
        order = np.argsort(-far[corners].mean(axis=1), kind="stable")
        corners = corners[order]
        return flat[corners], self._colours()[order]

    def _colours(self) -> NDArray[np.uint32]:
        """Return the colours of all quads: by their mean loss, darker where they are turned from the light."""
        p = self.points
        across, up = p[1:, 1:] - p[:-1, :-1], p[1:, :-1] - p[:-1, 1:]
        normal = np.cross(across, up)
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
        light = 0.72 + 0.32 * np.clip(normal @ _LIGHT, 0, 1)
        mean = (self.bands[:-1, :-1] + self.bands[:-1, 1:] + self.bands[1:, 1:] + self.bands[1:, :-1]) / 4
        place = np.clip(mean / BANDS * (_SHADES - 1), 0, _SHADES - 1).astype(np.intp)
        rgb = np.clip(_COLOURS[place] * light[..., None], 0, 255).astype(np.uint32).reshape(-1, 3)
        found: NDArray[np.uint32] = 0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
        return found

    def under(self, camera: Camera, width: float, height: float, x: float, y: float) -> tuple[float, float] | None:
        """Return the place of the plane that is seen at a point of the screen, None beside the surface."""
        flat, far = camera.project(self.points.reshape(-1, 3), width, height)
        away = np.hypot(flat[:, 0] - x, flat[:, 1] - y)
        reach = 1.2 * float(np.median(np.linalg.norm(np.diff(flat.reshape(*self.bands.shape, 2), axis=1), axis=-1)))
        near = away <= max(reach, 6.0)
        if not near.any():
            return None
        # Of the points near the mouse those in front hide the others.
        front = np.where(near, far, np.inf)
        candidates = near & (far <= front.min() + 0.12)
        best = int(np.where(candidates, away, np.inf).argmin())
        across, up, _ = (self.points.reshape(-1, 3)[best] + 1) / 2
        (left, right), (low, high) = self.grid.xs[[0, -1]], self.grid.ys[[0, -1]]
        return float(left + across * (right - left)), float(low + up * (high - low))


def clearest(mesh: Mesh, points: Floats) -> Camera:
    """Return the camera from which most of some points (k, 3) of the surface are seen, of four that turn it."""
    cameras = [Camera().turned(quarter * 90.0, 0.0) for quarter in range(4)]
    return max(cameras, key=lambda camera: _seen(mesh, camera, points))


def _seen(mesh: Mesh, camera: Camera, points: Floats) -> int:
    """Return how many points have no part of the surface in front of them, as coarse cells of a screen tell it."""
    cells = 40
    depths = np.full((cells, cells), np.inf)
    flat, far = camera.project(mesh.points.reshape(-1, 3), cells, cells)
    inside = np.clip(flat.astype(np.intp), 0, cells - 1)
    np.minimum.at(depths, (inside[:, 0], inside[:, 1]), far)
    flat, far = camera.project(points[np.isfinite(points).all(axis=1)], cells, cells)
    inside = np.clip(flat.astype(np.intp), 0, cells - 1)
    return int((far < depths[inside[:, 0], inside[:, 1]] + _BEHIND).sum())
