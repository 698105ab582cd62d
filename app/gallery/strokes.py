"""Handwritten digits of our own strokes, as large as MNIST's: for a picture on a card, never data to learn from."""

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen

from core.datasets.samples import Array

SIDE = 28  # pixels; a multiple of 4, so that Qt's lines are as long
_PEN = 2.4  # pixels
# The strokes of each digit: where one begins, then for each curve two control points and its end, all in pixels.
_STROKES: tuple[tuple[tuple[float, ...], ...], ...] = (
    ((16, 5, 8, 4, 6, 13, 8, 18, 10, 25, 19, 24, 20, 15, 21, 9, 19, 5, 13, 7),),
    ((15, 5, 15, 11, 13, 17, 13, 23),),
    ((8, 9, 9, 4, 18, 3, 18, 9, 18, 14, 12, 18, 8, 22, 12, 20, 17, 21, 21, 22),),
    ((8, 7, 12, 3, 19, 5, 18, 9, 17, 12, 14, 13, 12, 13, 18, 13, 21, 16, 18, 20, 15, 24, 9, 23, 7, 20),),
    ((9, 5, 8, 9, 7, 12, 7, 14, 11, 15, 16, 14, 21, 13), (18, 6, 17, 12, 16, 18, 16, 24)),
    ((19, 5, 15, 6, 12, 6, 10, 6, 9, 9, 9, 11, 8, 13, 14, 11, 20, 13, 19, 18, 18, 24, 10, 24, 8, 21),),
    ((17, 4, 11, 6, 7, 13, 8, 19, 9, 25, 19, 24, 19, 18, 19, 13, 10, 13, 9, 19),),
    ((7, 7, 12, 6, 16, 6, 20, 6, 17, 11, 14, 17, 13, 24),),
    ((18, 7, 14, 3, 8, 6, 10, 10, 12, 14, 19, 15, 18, 20, 17, 25, 8, 24, 9, 19, 10, 15, 18, 12, 18, 7),),
    ((18, 8, 15, 3, 8, 6, 9, 11, 10, 15, 17, 14, 18, 8, 18, 13, 17, 18, 16, 24),),
)


def drawn_digits(count: int) -> Array:
    """Return so many digits (count, 784), light on dark as MNIST's: uint8. Each is turned and sized a little anew."""
    random = np.random.default_rng(0)
    found = []
    for place in range(count):
        image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
        image.fill(0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(Qt.GlobalColor.white, _PEN * random.uniform(0.8, 1.2), c=Qt.PenCapStyle.RoundCap))
        painter.translate(SIDE / 2, SIDE / 2)
        painter.rotate(random.uniform(-10, 10))
        painter.shear(random.uniform(-0.25, 0.05), 0)
        painter.scale(random.uniform(0.85, 1.05), random.uniform(0.9, 1.05))
        painter.translate(-SIDE / 2, -SIDE / 2)
        for stroke in _STROKES[(7 * place + 3) % len(_STROKES)]:
            painter.drawPath(_path(stroke))
        painter.end()
        found.append(np.frombuffer(image.constBits(), np.uint8).copy())
    return np.stack(found)


def _path(stroke: tuple[float, ...]) -> QPainterPath:
    first, *points = (QPointF(x, y) for x, y in zip(stroke[::2], stroke[1::2], strict=True))
    path = QPainterPath(first)
    for place in range(0, len(points), 3):
        path.cubicTo(*points[place : place + 3])
    return path
