"""Where a function on a grid is 0: a line of straight pieces."""

import numpy as np

from core.probes.pictures import Floats

# Each cell of four corners is cut into two triangles, in each of which the line is one straight piece.
_TRIANGLES = (((0, 0), (0, 1), (1, 0)), ((1, 1), (1, 0), (0, 1)))


def zero_line(values: Floats, x: Floats, y: Floats) -> Floats:
    """Return the pieces (m, 2 ends, 2) of the line where values (rows, columns) change their sign.

    x, y: coordinates of the columns and of the rows. Between corners the values are taken as linear, so the line of a
    linear function is exact.
    """
    rows, columns = values.shape
    grid = np.stack(np.broadcast_arrays(x[None, :], y[:, None], values), axis=-1)
    pieces = []
    for corners in _TRIANGLES:
        points = np.stack([grid[i : rows - 1 + i, j : columns - 1 + j] for i, j in corners], axis=2).reshape(-1, 3, 3)
        above = points[:, :, 2] > 0
        count = above.sum(axis=1)
        cut = (count == 1) | (count == 2)
        points, above = points[cut], above[cut]
        # The corner that lies alone on its side: both ends of the piece lie on its edges.
        alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), above.argmin(axis=1))
        place = np.arange(len(points))
        start = points[place, alone][:, None]
        others = np.stack([points[place, (alone + 1) % 3], points[place, (alone + 2) % 3]], axis=1)
        share = start[..., 2] / (start[..., 2] - others[..., 2])
        pieces.append(start[..., :2] + share[..., None] * (others[..., :2] - start[..., :2]))
    line: Floats = np.concatenate(pieces)
    return line[np.isfinite(line).all(axis=(1, 2))]
