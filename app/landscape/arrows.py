"""Arrows on a landscape: down the gradient, and the next steps of an optimizer. Lines (k, 2) with gaps of NaN."""

import numpy as np

from app.landscape.frames import Ahead, LandscapeFrame
from core.landscape.values import Floats

_LENGTH = 1 / 8  # of the picture: of the arrow down the gradient, which only shows a direction
_BARB = 0.25  # of an arrow
_MOST_BARB = 1 / 24  # of the picture
_GAP = np.full((1, 2), np.nan)


def downhill(frame: LandscapeFrame) -> Floats | None:
    """Return the arrow the steepest way down the plane from where the network is; None where nothing is known of it.

    Minus the gradient, as far as it lies in the plane: G⁻¹·(∂J/∂x, ∂J/∂y) with the inner products G of the axes.
    """
    ahead = frame.ahead
    if ahead is None or frame.picture.plane.d2 is None or not np.any(ahead.slope):
        return None
    size = np.array(frame.picture.span[2:])
    way = -np.linalg.pinv(frame.gram, hermitian=True) @ np.array(ahead.slope)
    length = float(np.hypot(*(way / size)))
    if not np.isfinite(length) or length == 0:
        return None
    return arrow(ahead.places[0], ahead.places[0] + way / length * _LENGTH, size)


def first_step(frame: LandscapeFrame) -> Floats | None:
    """Return the arrow of the first step as far as it lies in the plane; None where there is none to be drawn."""
    ahead = frame.ahead
    if ahead is None or frame.picture.plane.d2 is None or not _drawn(ahead):
        return None
    return arrow(ahead.places[0], ahead.places[1], np.array(frame.picture.span[2:]))


def later_steps(frame: LandscapeFrame) -> Floats | None:
    """Return the line of all steps but the first; None where there are none to be drawn."""
    ahead = frame.ahead
    return None if ahead is None or not _drawn(ahead) else ahead.places[1:]


def _drawn(ahead: Ahead) -> bool:
    return len(ahead.places) > 1 and bool(np.isfinite(ahead.places[1]).all())


def arrow(start: Floats, tip: Floats, size: Floats) -> Floats:
    """Return a line with two barbs, at right angles where both axes are shown alike; size: of the picture (2,)."""
    way = tip - start
    length = float(np.hypot(*(way / size)))
    barb = way * (min(_BARB, _MOST_BARB / length) if length > 0 else 0.0)
    across = np.array([-barb[1], barb[0]]) * size / size[::-1]
    return np.concatenate([[start, tip], _GAP, [tip - barb + across, tip, tip - barb - across]])
