"""Small pictures in a grid, of which one lies under the mouse."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRectF, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

_GAP = 3.0  # pixels between two


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """Return RGBA (height, width, 4) as an image."""
    height, width, _ = pixels.shape
    return QImage(np.ascontiguousarray(pixels).data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


class Mosaic(QWidget):
    """Draws images, row by row. pointed: the place of the one under the mouse or None, and where the mouse is."""

    pointed = Signal(object, QPoint)

    def __init__(self, smooth: bool = True) -> None:
        """Make it empty; smooth: whether pixels run into each other."""
        super().__init__()
        self.smooth = smooth
        self.images: tuple[QImage, ...] = ()
        self.setMouseTracking(True)

    def show_images(self, images: Sequence[QImage]) -> None:
        """Show these images."""
        self.images = tuple(images)
        self.update()

    def rect_of(self, place: int) -> QRectF:
        """Return where an image lies: in as many columns as make them largest."""
        count = max(1, len(self.images))

        def side(columns: int) -> float:
            rows = math.ceil(count / columns)
            return min((self.width() + _GAP) / columns, (self.height() + _GAP) / rows) - _GAP

        columns = max(range(1, count + 1), key=side)
        row, column = divmod(place, columns)
        high = side(columns)
        return QRectF(column * (high + _GAP), row * (high + _GAP), high, high)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        for place, image in enumerate(self.images):
            painter.drawImage(self.rect_of(place), image)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which one lies under the mouse."""
        at = event.position()
        found = next((place for place in range(len(self.images)) if self.rect_of(place).contains(at)), None)
        self.pointed.emit(found, at.toPoint())

    def leaveEvent(self, event: object) -> None:
        """Tell that the mouse has gone."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        self.pointed.emit(None, QPoint())
