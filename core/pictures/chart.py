"""What is drawn of a landscape: its losses, how they are coloured, and the paths of runs on it. No matplotlib.

A chart can be written down, so that another process draws it.
"""

import json
from collections.abc import Sequence
from math import isfinite
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from core.choices.fields import Mistake
from core.landscape.coordinates import coordinates
from core.landscape.values import Floats, LandscapePicture, Place, Plane
from core.pictures.depth import CLIP, Levels, Scale, clipped_above, heights
from core.pictures.mesh import Camera, Mesh, clearest
from core.runs.record import Record

_MOST_PLACES = 600  # of a path: a line on paper shows no more
_LOG_FROM = 10  # times as large as the least is the largest loss: then the colours are logarithmic
_PARTS = {"train": "training", "validation": "validation"}


def _array(values: Any) -> Floats:
    found: Floats = np.asarray(values, np.float64)
    return found


Numbers = Annotated[Any, BeforeValidator(_array), PlainSerializer(lambda array: array.tolist())]  # float64, any shape


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Trace(_Value):
    """The path of a run on a plane.

    place: of the run, which gives it its colour. epochs: (k,) rising; half an epoch more stands for a moment within the
    next one. places: (k, 2), NaN where a row is not finite. losses: (k,) of the whole training data, NaN where it was
    not measured. best: where among them its best one is, or None. off: the largest distance off the plane, as a share
    of the farthest that the run comes from where the plane was made.
    """

    name: str
    place: int
    epochs: Numbers
    places: Numbers
    losses: Numbers
    best: int | None
    off: float


class Chart(_Value):
    """A landscape as it is drawn. xs: (n,), ys: (m,), loss: (m, n); labels: of one axis, or of both.

    loss_name: which loss it is, and of how many samples. scale: of the colours. clipped: the loss above which all have
    the same one, or None. middle, centre_loss, slope: of a line, where its tangent is. equal: both axes are measured
    alike. camera: where the surface is seen from, None for no surface.
    """

    title: str
    loss_name: str
    labels: tuple[str, ...]
    xs: Numbers
    ys: Numbers
    loss: Numbers
    scale: Scale
    clipped: float | None
    middle: float
    centre_loss: float
    slope: float
    equal: bool
    traces: tuple[Trace, ...] = ()
    camera: Camera | None = None

    def written(self) -> bytes:
        """Return what ``read`` reads."""
        return json.dumps(self.model_dump()).encode()

    def with_surface(self, camera: Camera | None = None) -> "Chart":
        """Return it with the surface, where there is one, seen by a camera or from where the paths are seen best."""
        if min(self.loss.shape) < 2 or not np.isfinite(self.loss).any():
            return self
        if camera is None:
            bands = self.scale.bands(self.loss)
            mesh, places = Mesh.of(self, bands), np.concatenate([np.empty((0, 2)), *(t.places for t in self.traces)])
            camera = clearest(mesh, mesh.lifted(places, heights(self, bands, places)))
        return self.model_copy(update={"camera": camera})

    @classmethod
    def read(cls, written: bytes) -> "Chart":
        """Return the chart that was written down; raises Mistake where it is none."""
        try:
            return cls.model_validate(json.loads(written))
        except ValueError:
            raise Mistake("Expected a landscape that the window has written down, found something else.") from None


def chart(
    title: str,
    picture: LandscapePicture,
    traces: Sequence[Trace] = (),
    scale: Scale | None = None,
) -> Chart:
    """Return the chart of a picture, without the surface; paths without a finite place are left out.

    scale: one that fits if it is None.
    """
    plane = picture.plane
    if scale is None:
        scale = fitting(picture, max((_first(trace) for trace in traces), default=np.inf))
    penalty = " with the penalty" if picture.with_penalty else ""
    return Chart(
        title=title,
        loss_name=f"{_PARTS[picture.part]} loss{penalty}, {picture.samples:,} samples",
        labels=plane.labels,
        xs=picture.xs,
        ys=picture.ys,
        loss=picture.loss,
        scale=scale,
        clipped=clipped_above(picture, scale),
        middle=plane.middle[0],
        centre_loss=picture.centre_loss,
        slope=picture.slope[0],
        equal=min(plane.norms) > 0.5 * max(plane.norms) and bool(np.isclose(*plane.reach)),
        traces=tuple(trace for trace in traces if np.isfinite(trace.places).all(axis=1).any()),
    )


def fitting(picture: LandscapePicture, first: float) -> Scale:
    """Return a scale that fits a picture: logarithmic where losses lie far apart. first: a loss of start weights."""
    low, high = picture.finite_range or (0.0, 0.0)
    log = 0 < low * _LOG_FROM < high
    return Levels().follow(picture, CLIP[log] * first, log=log)


def _first(trace: Trace) -> float:
    first = float(trace.losses[0]) if len(trace.losses) else np.inf
    return first if isfinite(first) else np.inf


def trace(record: Record, plane: Plane, place: int, now: Place | None = None) -> Trace:
    """Return the path of a run on a plane, as far as its rows were kept.

    now: where a run that goes on is now; one that is over ends with its last row.
    """
    epochs = sorted(record.rows)
    stride = -(-len(epochs) // _MOST_PLACES)
    kept = sorted({*epochs[::stride], epochs[-1], *({record.best_epoch} & record.rows.keys())})
    moments: list[float] = list(kept)
    rows = [record.rows[epoch] for epoch in kept]
    if record.outcome is not None and not np.array_equal(record.last_row, rows[-1], equal_nan=True):
        moments.append(record.epochs + 0.5)
        rows.append(record.last_row)
    found = coordinates(plane, rows)
    places = found.places
    if record.outcome is None and now is not None and not np.allclose(now, places[-1], rtol=1e-6):
        moments.append(record.epochs + 0.5)
        places = np.concatenate([places, [now]])
    curves = record.curves
    exact = curves.spans == 1
    losses = dict(zip(curves["epoch"][exact].tolist(), curves["train_loss"][exact].tolist(), strict=True))
    return Trace(
        name=record.name,
        place=place,
        epochs=moments,
        places=places,
        losses=[losses.get(moment, np.nan) for moment in moments],
        best=kept.index(record.best_epoch) if record.best_epoch in kept and record.best_epoch > 0 else None,
        off=found.largest,
    )
