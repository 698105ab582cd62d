"""Areas between curves and the corners of histograms."""

import numpy as np
import pytest
from PySide6.QtGui import QPolygonF

from app.dropout.areas import area_path, steps


def size(polygon: QPolygonF) -> float:
    """Return the size of a polygon, by the shoelace formula."""
    x, y = np.array([(point.x(), point.y()) for point in polygon.toList()]).T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def test_the_area_is_the_integral_between_both_curves() -> None:
    x = np.linspace(0, 5, 60)
    low, high = np.sin(x) - 2, np.exp(-x) + 0.1 * x
    (piece,) = area_path(x, low, high).toSubpathPolygons()
    assert size(piece) == pytest.approx(np.trapezoid(high - low, x), rel=1e-9)


def test_where_a_curve_is_not_a_number_there_is_none() -> None:
    x = np.arange(10.0)
    high = np.ones(10)
    high[[3, 7, 8]] = np.nan
    pieces = area_path(x, np.zeros(10), high).toSubpathPolygons()
    bounds = [(piece.boundingRect().left(), piece.boundingRect().right()) for piece in pieces]
    assert bounds == [(0, 2), (4, 6), (9, 9)]
    assert area_path(x, np.zeros(10), np.full(10, np.nan)).isEmpty()


def test_the_corners_of_a_histogram_go_from_edge_to_edge() -> None:
    x, y = steps(np.array([0.0, 1.0, 3.0]), np.array([5.0, 7.0]))
    assert x.tolist() == [0, 1, 1, 3]
    assert y.tolist() == [5, 5, 7, 7]
