"""landscape(): the loss over a plane of rows, coarse to fine; and rows of a path on such a plane."""

from collections.abc import Generator, Sequence
from time import perf_counter
from typing import TypeVar

import numpy as np
import torch

from core.landscape.coordinates import coordinates
from core.landscape.directions import Planes, shown
from core.landscape.grid import Grid
from core.landscape.sample import Samples
from core.landscape.scene import Landscapes, Levels, Probe, Scene, Slices
from core.landscape.values import Ask, Directions, Floats, LandscapePicture, Plane, RowsPicture, frozen
from core.training.events import Row

T = TypeVar("T")
_DEFAULT = Ask()


def landscape(directions: Directions | Plane, ask: Ask = _DEFAULT) -> Landscapes:
    """Return the probe of the loss around a row, or over a plane that was made before, coarse to fine.

    Its generator works on a copy of the row. It yields None after each slice of some milliseconds, and a picture when a
    coarser level is done; it returns the final one. A level takes over the points that it shares with the one before.
    It may be left at any ``next()``. What depends neither on the row nor on the network's weights, the samples and the
    principal components, is kept from one call of the probe to the next.

    Raises Mistake where the data have no samples of that part or directions do not fit the network.
    """
    planes = None if isinstance(directions, Plane) else Planes(directions)
    samples = Samples(ask.part, ask.samples)

    def probe(scene: Scene, row: Row) -> Levels:
        clock = _Clock()
        if planes is None:
            assert isinstance(directions, Plane)
            plane = directions
        else:
            plane = yield from clock.over(planes.at(scene.architecture, row.copy()))
        plane = yield from clock.over(shown(plane, ask))
        sample = yield from clock.over(samples.of(scene, plane.row))
        centre = plane.at(*plane.middle)
        losses = yield from clock.over(sample.losses([centre], ask))
        gradient = yield from clock.over(sample.gradient(centre, ask))
        d2 = None if plane.d2 is None else plane.d2.astype(np.float64)
        grid = Grid(sample, _middle(plane), plane.d1.astype(np.float64), d2, ask, clock.threads)
        counts = [count | 1 for count in ask.levels if count | 1 < ask.points]
        before: tuple[int, Floats] | None = None
        for level, count in enumerate((*counts, ask.points)):
            # Steps from the middle, in which two grids that nest agree to the last bit.
            steps = _steps(count)
            xs, ys = plane.reach[0] * steps, plane.reach[1] * steps if plane.d2 is not None else np.zeros(1)
            loss = np.empty((len(ys), len(xs)))
            yield from clock.over(_level(grid, loss, (xs, ys), before))
            before = count, loss
            picture = LandscapePicture(
                plane=plane,
                xs=frozen(plane.middle[0] + xs),
                ys=frozen(plane.middle[1] + ys if plane.d2 is not None else ys),
                loss=frozen(loss),
                level=level,
                final=count == ask.points,
                part=ask.part,
                samples=len(sample),
                indices=sample.index,
                with_penalty=ask.with_penalty,
                centre_loss=float(losses[0]),
                slope=plane.slope(gradient),
                seconds=clock.seconds,
            )
            if picture.final:
                break
            yield picture
        return picture

    return probe


def on_plane(plane: Plane, rows: Sequence[Row], ask: Ask = _DEFAULT) -> Probe[RowsPicture]:
    """Return the probe of rows (P,) on a plane: where they lie, how far off it, and their losses there and truly.

    The row that the probe is given does not matter. Of ``ask`` the part, the samples and the penalty count.
    """
    samples = Samples(ask.part, ask.samples)

    def probe(scene: Scene, row: Row) -> Slices[RowsPicture]:  # noqa: ARG001 (what every probe is given)
        sample = yield from samples.of(scene, plane.row)
        found = coordinates(plane, rows)
        yield
        nearest = [plane.at(*place) for place in found.places.tolist()]
        flat = yield from sample.losses(nearest, ask)
        true = yield from sample.losses(rows, ask)
        return RowsPicture(found, flat, true, len(sample))

    return probe


def true_loss(scene: Scene, row: Row, ask: Ask) -> Slices[float]:
    """Return the loss of a row on the samples of a landscape, by the forward pass that training measures with."""
    sample = yield from Samples(ask.part, ask.samples).of(scene, row)
    return float((yield from sample.losses([row], ask))[0])


class _Clock:
    """Drives work on one thread of torch, and counts its time without that in which it waits for the next ``next()``.

    threads: how many torch may use here; the grid shares its points out to so many threads of its own.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.threads = torch.get_num_threads()

    def over(self, work: Slices[T]) -> Slices[T]:
        """Drive some work to its end and return what it returns."""
        while True:
            start, before = perf_counter(), torch.get_num_threads()
            torch.set_num_threads(1)
            try:
                next(work)
            except StopIteration as done:
                found: T = done.value
                return found
            finally:
                torch.set_num_threads(before)
                self.seconds += perf_counter() - start
            yield


def _middle(plane: Plane) -> Floats:
    """Return the row in the middle of a plane, in float64."""
    x, y = plane.middle
    middle: Floats = plane.row.astype(np.float64) + x * plane.d1.astype(np.float64)
    return middle if plane.d2 is None else middle + y * plane.d2.astype(np.float64)


def _steps(count: int) -> Floats:
    """Return ``count`` places, an odd number, from −1 to 1 with 0 in the middle; a single one is 0."""
    half = count // 2
    return (np.arange(count) - half) / max(half, 1)


def _level(
    grid: Grid, loss: Floats, axes: tuple[Floats, Floats], before: tuple[int, Floats] | None
) -> Generator[None, None, None]:
    """Fill a grid (m, n), taking over the points that it shares with the level before."""
    xs, ys = axes
    rows, columns = range(len(ys)), range(len(xs))
    old = _shared(before[0], len(xs)) if before is not None else {}
    if before is None or not old:
        yield from grid.fill(loss, xs, ys, columns, rows)
        return
    old_rows = old if len(ys) > 1 else {0: 0}
    loss[np.ix_(list(old_rows), list(old))] = before[1][np.ix_(list(old_rows.values()), list(old.values()))]
    yield from grid.fill(loss, xs, ys, [column for column in columns if column not in old], rows)
    yield from grid.fill(loss, xs, ys, list(old), [row for row in rows if row not in old_rows])


def _shared(coarse: int, fine: int) -> dict[int, int]:
    """Return which places of a fine axis are places of a coarse one too: fine place → coarse place."""
    if coarse == 1:
        return {fine // 2: 0}
    pairs = ((place, place * (coarse - 1)) for place in range(fine))
    return {place: scaled // (fine - 1) for place, scaled in pairs if scaled % (fine - 1) == 0}
