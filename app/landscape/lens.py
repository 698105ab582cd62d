"""The probe of the landscape tab: it keeps a plane steady while the network moves, and draws it with the paths.

A lens is made in the window and used in the background thread alone.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from app.landscape.ahead import NO_STEPS, Scout, Wanted
from app.landscape.chosen import WIDE, Chosen, Trail, Trails
from app.landscape.frames import Ahead, LandscapeFrame, NoLandscape, Path
from app.work.messages import Probe, Scene
from core.choices.fields import Mistake
from core.landscape.stepping import Stepping, StepsPicture
from core.landscape.values import (
    Ask,
    Directions,
    Floats,
    LandscapePicture,
    LineDirections,
    PathDirections,
    Plane,
    RandomDirections,
    RunDirections,
    WeightDirections,
)
from core.training.events import Row

if TYPE_CHECKING:
    from core.landscape.coordinates import Frame

_ROOM = 1.25  # times as far as the path reaches now: a path that grows stays in the picture for a while
_EDGE = 0.97  # of the picture, beyond which a path has left it
_GROWS = 1.6  # times as many rows as the plane was made of: its axes are no longer those of the path
_BEYOND = 1.4  # times the way from start to now, on both sides of now
_MOST_ROWS, _MOST_WIDE = 240, 100  # that principal components are taken of, in a small and in a large network
_REST = 0.8  # seconds that a plane stays at least

Work = Generator[Any, None, Any]


class Lens:
    """Draws what is chosen of the runs that are told. Its plane is made anew only where the path has outgrown it."""

    def __init__(self, chosen: Chosen, trails: Trails) -> None:
        self.chosen = chosen
        self.trails = trails
        self._base: Plane | None = None
        self._frame: Frame | None = None  # of the base's axes
        self._along: dict[int, tuple[Row, Floats]] = {}  # rows by their id, with their coordinates along the axes
        self._made_of: tuple[int, ...] = ()  # places of runs
        self._rows = 0
        self._made_at = 0.0
        self._made_at_row: Row | None = None
        self._picture: tuple[Plane, Ask, LandscapePicture] | None = None
        self._scout = Scout()

    def probe(self, ask: Ask, zoom: float = 1.0, wanted: Wanted = NO_STEPS) -> Probe:
        """Return the probe that asks this of the lens' plane; its frames are LandscapeFrame or NoLandscape."""

        def probe(scene: Scene, row: Row) -> Work:
            try:
                return (yield from self._draw(scene, row, ask, zoom, wanted))
            except Mistake as mistake:
                return NoLandscape(str(mistake))

        return probe

    def _draw(self, scene: Scene, row: Row, ask: Ask, zoom: float, wanted: Wanted) -> Work:
        from core.landscape.surface import landscape

        trails = self.trails.now
        live = not ask.levels
        base = self._base
        if base is None or self._outgrown(base, row, trails, still=not live):
            base = yield from self._make(scene, row, trails)
        plane = yield from self._moved(base, scene, row)
        if zoom != 1.0:
            plane = replace(plane, reach=(plane.reach[0] * zoom, plane.reach[1] * zoom))
        paths = yield from self._paths(plane, scene, row, trails, ask)
        gram = self._gram(plane)
        here = row if wanted.row is None else wanted.row
        stepping = wanted.affordable(len(here), live=live)
        known = self._scout.known(stepping, here, ask)
        ahead = None if known is None else self._on(plane, known, gram, stepping)
        kept = self._picture
        if kept is not None and kept[0] is base and kept[1] is ask and plane.reach == kept[2].plane.reach:
            # Nothing of it depends on where the network is now.
            final = kept[2]
        else:
            work = landscape(plane, ask)(scene, row)
            while True:
                try:
                    picture = next(work)
                except StopIteration as done:
                    final = done.value
                    break
                yield None if picture is None else LandscapeFrame(picture, paths, gram, ahead)
            self._picture = (base, ask, final) if plane is base or self._fixed else None
            if ahead is None and stepping.count and not live:
                yield LandscapeFrame(final, paths, gram)  # of a large network the steps take longer than the picture
        if ahead is None and not stepping.count and np.array_equal(plane.at(*plane.middle), here):
            ahead = Ahead(np.array([plane.middle]), np.array([final.centre_loss]), final.slope, stepping.optimizer)
        elif ahead is None:
            ahead = self._on(plane, (yield from self._scout.find(scene, stepping, here, ask)), gram, stepping)
        return LandscapeFrame(final, paths, gram, ahead)

    def _on(self, plane: Plane, found: StepsPicture, gram: Floats, stepping: Stepping) -> Ahead:
        """Return steps as they are seen on a plane."""
        places = np.full((len(found.rows), 2), np.nan)
        for at, row in enumerate(found.rows):
            if np.isfinite(row).all():
                places[at] = self._place(row, plane)
        share = _within(found.rows, places, gram)
        return Ahead(places, found.losses, plane.slope(found.gradient), stepping.optimizer, share)

    # -- the plane -----------------------------------------------------------------------------------------------

    @property
    def _fixed(self) -> bool:
        """Whether the plane stays where it is while the network moves."""
        return self.chosen.kind in ("random", "pca", "runs") and self.chosen.look == "path"

    def _outgrown(self, base: Plane, row: Row, trails: tuple[Trail, ...], *, still: bool) -> bool:
        """Tell whether a plane is to be made anew: its picture or its axes are no longer those of the paths.

        still: training rests, so that nothing jumps before anyone's eyes, and the plane is fitted well.
        """
        kind = self.chosen.kind
        if kind in ("line", "weights"):
            return kind == "line" or self._left(base, row)
        if perf_counter() - self._made_at < _REST and not still:
            return False
        rows = _count(trails)
        moves = kind == "pca" or any(trail.live and trail.place in self.chosen.runs for trail in trails)
        if kind == "random" or not moves:
            fits = True
        elif still:
            follows = kind == "pca" and self.chosen.look == "now"  # such a plane goes through the row by itself
            fits = follows or self._made_at_row is None or np.array_equal(row, self._made_at_row)
        else:
            fits = rows < self._rows * _GROWS
        if self.chosen.look == "now" or kind == "runs":
            return not fits
        return not fits or tuple(trail.place for trail in trails) != self._made_of or self._left(base, row)

    def _left(self, base: Plane, row: Row) -> bool:
        """Tell whether the row has left the picture."""
        if self.chosen.look == "now":
            return False
        away = np.abs(self._place(row, base) - base.middle)
        return bool((away[: base.dimensions] > _EDGE * np.array(base.reach[: base.dimensions])).any())

    def _make(self, scene: Scene, row: Row, trails: tuple[Trail, ...]) -> Generator[None, None, Plane]:
        from core.landscape.coordinates import Frame
        from core.landscape.directions import Planes, shown

        directions = self._directions(row, trails)
        plane: Plane = yield from Planes(directions).at(scene.architecture, row)
        plane = _turned(plane, self._base, trails, row)
        if self.chosen.kind == "line":  # with the tangent, which is that of the middle, where the network is now
            plane = replace(plane, middle=plane.home, reach=(_BEYOND, plane.reach[1]))
        rows = [*_rows(trails), row]
        if self.chosen.look == "path" and self.chosen.kind != "line":
            plane = yield from shown(plane, Ask(cover=tuple(rows)))
            plane = replace(plane, reach=(plane.reach[0] * _ROOM, plane.reach[1] * _ROOM))
        yield
        self._frame, self._along = Frame(plane), {}
        self._base, self._picture = plane, None
        self._made_of = tuple(trail.place for trail in trails)
        self._rows, self._made_at, self._made_at_row = _count(trails), perf_counter(), row
        return plane

    def _directions(self, row: Row, trails: tuple[Trail, ...]) -> Directions:
        chosen = self.chosen
        if chosen.kind == "random":
            return RandomDirections(chosen.seed, orthogonal=True)
        if chosen.kind == "weights":
            if not chosen.weights:
                raise Mistake("Click a link of the canvas to choose a weight.")
            return WeightDirections(chosen.weights[0], chosen.weights[1] if len(chosen.weights) > 1 else None)
        if chosen.kind == "pca":
            rows = _rows(trails)
            most = _MOST_WIDE if len(row) >= WIDE else _MOST_ROWS
            some = [rows[place * len(rows) // most] for place in range(most)] if len(rows) > most else rows
            return PathDirections((*some, row), "row" if chosen.look == "now" else "mean")
        if chosen.kind == "line":
            live = next((trail for trail in trails if trail.live), None)
            return LineDirections(row if live is None else live.rows[0], row)
        ends = {trail.place: row if trail.live else trail.rows[-1] for trail in trails}
        found = [ends[place] for place in chosen.runs if place in ends]
        if len(found) < 3:
            raise Mistake("A plane through three runs needs three runs of this network.")
        return RunDirections(*found[:3])

    def _moved(self, base: Plane, scene: Scene, row: Row) -> Generator[None, None, Plane]:
        """Return the plane of this frame: where it is to follow, its axes go along with the row."""
        if self.chosen.kind == "weights":
            from core.landscape.directions import Planes

            # All other weights are as they are now.
            plane: Plane = yield from Planes(self._directions(row, ())).at(scene.architecture, row)
            return replace(plane, reach=base.reach, middle=plane.home if self.chosen.look == "now" else base.middle)
        if self.chosen.look == "now" and self.chosen.kind in ("random", "pca"):
            return replace(base, row=row.copy(), home=(0.0, 0.0), middle=(0.0, 0.0))
        if self.chosen.look == "now" and self.chosen.kind == "runs":
            place = self._place(row, base)
            return replace(base, middle=(float(place[0]), float(place[1])))
        return base

    def _gram(self, plane: Plane) -> Floats:
        axes = [axis.astype(np.float64) for axis in (plane.d1, plane.d2) if axis is not None]
        found = np.zeros((2, 2))
        for i, one in enumerate(axes):
            for j, other in enumerate(axes):
                found[i, j] = np.einsum("p,p", one, other)
        return found

    # -- the paths -----------------------------------------------------------------------------------------------

    def _coordinates(self, row: Row) -> Floats:
        """Return a row's coordinates along the axes, from the origin of all rows on."""
        kept = self._along.get(id(row))
        if kept is not None and kept[0] is row:
            return kept[1]
        assert self._frame is not None
        found = np.array(self._frame.along(row) if np.isfinite(row).all() else (np.nan, np.nan))
        self._along[id(row)] = row, found
        return found

    def _place(self, row: Row, plane: Plane) -> Floats:
        """Return where a row lies on a plane with the axes of the base, wherever it goes through."""
        assert self._frame is not None
        found: Floats = np.array(self._frame.along(row)) - np.array(self._frame.along(plane.row))
        return found

    def _paths(
        self, plane: Plane, scene: Scene, row: Row, trails: tuple[Trail, ...], ask: Ask
    ) -> Generator[None, None, tuple[Path, ...]]:
        from core.landscape.surface import on_plane

        assert self._frame is not None
        origin = np.array(self._frame.along(plane.row))
        newest = [row if trail.live else trail.rows[-1] for trail in trails]
        told = yield from on_plane(plane, newest, ask)(scene, row)
        paths = []
        for at, trail in enumerate(trails):
            places = []
            for kept in trail.rows:
                known = id(kept) in self._along
                places.append(self._coordinates(kept))
                if not known:
                    yield
            places = [place - origin for place in places]
            if trail.live:
                places.append(told.coordinates.places[at])
            paths.append(
                Path(
                    place=trail.place,
                    name=trail.name,
                    places=np.array(places).reshape(-1, 2),
                    best=trail.best,
                    live=trail.live,
                    on_plane=float(told.on_plane[at]),
                    true=float(told.true[at]),
                    off=float(told.coordinates.off_plane[at]),
                    relative=_share(float(told.coordinates.off_plane[at]), newest[at], trail.rows[0]),
                )
            )
        if len(self._along) > 2 * _count(trails) + 64:  # of rows that are no longer told
            self._along = {id(kept): self._along[id(kept)] for kept in _rows(trails) if id(kept) in self._along}
        return tuple(paths)


def _rows(trails: Iterable[Trail]) -> list[Row]:
    return [row for trail in trails for row in trail.rows]


def _count(trails: Iterable[Trail]) -> int:
    return sum(len(trail.rows) for trail in trails)


def _share(off: float, row: Row, start: Row) -> float:
    way = row.astype(np.float64) - start
    length = float(np.sqrt(np.einsum("p,p", way, way)))
    return off / length if length > 0 else 0.0


def _within(rows: Sequence[Row], places: Floats, gram: Floats) -> float:
    """Return how much of the way from the first row to the second lies in the plane, NaN where there is none."""
    if len(rows) < 2:
        return float("nan")
    way, flat = rows[1].astype(np.float64) - rows[0], places[1] - places[0]
    length = float(np.sqrt(np.einsum("p,p", way, way)))
    inside = float(np.sqrt(np.einsum("i,ij,j", flat, gram, flat)))
    return min(1.0, inside / length) if length > 0 else float("nan")


def _turned(plane: Plane, before: Plane | None, trails: tuple[Trail, ...], row: Row) -> Plane:
    """Return a plane whose axes point as those of the plane before it, or else from the first row to the newest.

    An axis of a principal component has no sign of its own, and a picture that flips cannot be followed.
    """
    if plane.kind != "pca":
        return plane
    start = trails[0].rows[0] if trails else row
    way = row.astype(np.float64) - start
    signs = []
    for axis, old in ((plane.d1, None if before is None else before.d1), (plane.d2, before.d2 if before else None)):
        like = way if old is None or axis is None or old.shape != axis.shape else old.astype(np.float64)
        signs.append(1.0 if axis is None or np.einsum("p,p", axis.astype(np.float64), like) >= 0 else -1.0)
    return replace(
        plane,
        d1=_signed(plane.d1, signs[0]),
        d2=None if plane.d2 is None else _signed(plane.d2, signs[1]),
        home=(plane.home[0] * signs[0], plane.home[1] * signs[1]),
        middle=(plane.middle[0] * signs[0], plane.middle[1] * signs[1]),
    )


def _signed(axis: Row, sign: float) -> Row:
    found = axis if sign > 0 else -axis
    found.flags.writeable = False
    return found
