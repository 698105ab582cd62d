"""Strokes of a mouse made into an image as a data set has them.

MNIST's digits were scaled into a box of 20 × 20 pixels with their proportions kept, which made them grey at the edges,
and then moved into a field of 28 × 28 so that their centre of mass lies in the middle (LeCun, Cortes, Burges). The
8 × 8 digits fill their field from edge to edge; each pixel counts the ink of a 4 × 4 block (Alpaydin, Kaynak 1998).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform

Stroke = Sequence[tuple[float, float]]
Image = NDArray[np.float32]

_FINE = 8  # dots to a pixel along each side, of which its grey is the mean
_PEN = 0.13  # width of a line as a share of the box, as in MNIST
_DOT = 1e-4  # of the pad: the line that stands for a dot
_LEAST = 0.12  # of the pad: smaller drawings, such as a dot, are not blown up to a full box
_BOXED = 20  # pixels from which a field has a margin around the box


def image_of_strokes(strokes: Sequence[Stroke], side: int) -> Image | None:
    """Return (side, side) in 0 … 1 of strokes in coordinates of 0 … 1, None if there is nothing; ink is 1."""
    points = np.array([point for stroke in strokes for point in stroke], float).reshape(-1, 2)
    if not len(points):
        return None
    box = round(side * 20 / 28) if side >= _BOXED else side
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), _LEAST)
    width = _PEN * box
    scale = (box - width) / size
    middle = (low + high) / 2
    dots = side * _FINE
    place = QTransform.fromTranslate(dots / 2, dots / 2)
    place.scale(scale * _FINE, scale * _FINE)
    place.translate(-middle[0], -middle[1])
    ink = _drawn(place.map(path_of(strokes)), dots, width * _FINE)
    if side >= _BOXED:
        ink = _centred(ink)
    grey: Image = ink.reshape(side, _FINE, side, _FINE).mean(axis=(1, 3), dtype=np.float32) / np.float32(255)
    return grey


def path_of(strokes: Sequence[Stroke]) -> QPainterPath:
    """Return strokes as a path; a stroke that does not leave its first point is a dot."""
    path = QPainterPath()
    for stroke in strokes:
        path.moveTo(QPointF(*stroke[0]))
        x, y = stroke[0]
        # Qt draws nothing of a line that is shorter than it can tell.
        moved = any(abs(point[0] - x) + abs(point[1] - y) > _DOT for point in stroke[1:])
        for point in stroke[1:] if moved else [(x + _DOT, y)]:
            path.lineTo(QPointF(*point))
    return path


def _drawn(path: QPainterPath, dots: int, width: float) -> NDArray[np.uint8]:
    """Return (dots, dots) of a path drawn in white on black."""
    image = QImage(dots, dots, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor("white"), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.end()
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(dots, image.bytesPerLine())
    return lines[:, :dots].copy()


def _centred(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the ink moved by whole pixels so that its centre of mass lies in the middle, as far as none is lost."""
    for axis in (0, 1):
        line = ink.sum(axis=1 - axis, dtype=np.float64)
        there = np.flatnonzero(line)
        if not len(there):
            return ink
        mass = float((line * (np.arange(len(line)) + 0.5)).sum() / line.sum())
        shift = round((len(line) / 2 - mass) / _FINE) * _FINE
        shift = int(np.clip(shift, -there[0], len(line) - 1 - there[-1]))
        ink = np.roll(ink, shift, axis=axis)
    return ink
