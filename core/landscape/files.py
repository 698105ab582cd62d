"""A landscape as files for other tools: its arrays, and a table of its points. This file imports no torch."""

import io
from collections.abc import Callable, Mapping

import numpy as np

from core.landscape.values import LandscapePicture


def arrays(picture: LandscapePicture) -> bytes:
    """Return an .npz with row, d1, d2 (P,), x (n,), y (m,), loss (m, n), indices (samples,) and offset (2,).

    loss[j, i] is the mean loss of the samples at the indices, for the weights row + x[i]·d1 + y[j]·d2: x and y are 0 in
    the middle, whose weights are ``row``. With the offset added they are the coordinates of pictures and of the table.
    """
    plane = picture.plane
    x, y = plane.middle
    buffer = io.BytesIO()
    np.savez(
        buffer,
        row=plane.at(x, y),
        d1=plane.d1,
        d2=np.zeros_like(plane.d1) if plane.d2 is None else plane.d2,
        x=picture.xs - x,
        y=picture.ys - y if plane.d2 is not None else picture.ys,
        loss=picture.loss,
        indices=picture.indices,
        offset=np.array([x, y]),
    )
    return buffer.getvalue()


def table(picture: LandscapePicture) -> bytes:
    """Return x, y and loss of each point as CSV, row by row of the grid; losses that are no numbers are inf and nan."""
    lines = ["x,y,loss"]
    for y, losses in zip(picture.ys.tolist(), picture.loss.tolist(), strict=True):
        lines += [f"{x!r},{y!r},{loss!r}" for x, loss in zip(picture.xs.tolist(), losses, strict=True)]
    return ("\n".join(lines) + "\n").encode()


# By the ending of the file.
TABLES: Mapping[str, Callable[[LandscapePicture], bytes]] = {"npz": arrays, "csv": table}
