"""Small pictures of data sets: the points themselves, or some of the images. Drawn without a widget, in any thread."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter

from app.shell.tokens import CLASSES_LIGHT, LIGHT
from core.choices.datasets import DATASETS
from core.datasets.load import load
from core.datasets.samples import Dataset
from core.experiment.data import Data

_MOST_POINTS = 260
_RADIUS = 1.9
_MARGIN = 8
# Handwritten digits stand for all sets of them, for a picture must not download anything.
_DIGITS = "digits"


def picture(data: Data, size: QSize, ratio: float, colors: Sequence[QColor], ground: QColor) -> QImage:
    """Return a picture of a data set; an empty ground where it would have to be read or downloaded.

    colors: of classes by index; of numbers the first and last are the lowest and the highest.
    """
    image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(ground)
    shown = _drawable(data)
    if shown is None:
        return image
    dataset = load(shown)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if dataset.facts.image:
        _draw_images(painter, dataset, size)
    else:
        _draw_points(painter, dataset, size, colors)
    painter.end()
    return image


def _drawable(data: Data) -> Data | None:
    """Return the data that the picture is drawn of."""
    kind = data.source.kind
    facts = DATASETS[kind].facts
    if isinstance(facts, str):
        return None
    known = facts(data.source)
    if known.image:
        return Data(source=DATASETS[_DIGITS].settings(kind=_DIGITS)) if known.classes[0] == "0" else None
    return data if known.plane else None


def _draw_points(painter: QPainter, dataset: Dataset, size: QSize, colors: Sequence[QColor]) -> None:
    low, high = dataset.facts.span
    raw, labels = dataset.train.raw[:_MOST_POINTS], dataset.train.labels[:_MOST_POINTS]
    # The plane is square; the picture shows all of it.
    side = min(size.width(), size.height()) - 2 * _MARGIN
    left, top = (size.width() - side) / 2, (size.height() - side) / 2
    x = left + (raw[:, 0] - low) / (high - low) * side
    y = top + (high - raw[:, 1]) / (high - low) * side
    painter.setPen(Qt.PenStyle.NoPen)
    for at_x, at_y, color in zip(x, y, _colors(labels, bool(dataset.facts.classes), colors), strict=True):
        painter.setBrush(color)
        painter.drawEllipse(QPointF(float(at_x), float(at_y)), _RADIUS, _RADIUS)


def _colors(labels: NDArray[np.generic], classes: bool, colors: Sequence[QColor]) -> list[QColor]:
    if classes:
        return [colors[int(label) % len(colors)] for label in labels]
    values = labels.astype(float)
    largest = max(float(np.abs(values).max()), 1e-9)
    mixed = []
    for value in values / largest:
        color = QColor(colors[0] if value < 0 else colors[1])
        color.setAlphaF(0.25 + 0.75 * abs(float(value)))
        mixed.append(color)
    return mixed


def _draw_images(painter: QPainter, dataset: Dataset, size: QSize) -> None:
    """Draw rows of images, edge to edge."""
    rows, columns = 3, 5
    side = min(size.height() / rows, size.width() / columns)
    left, top = (size.width() - side * columns) / 2, (size.height() - side * rows) / 2
    height, width = dataset.facts.shape
    for place in range(rows * columns):
        raw = dataset.train.raw[place].reshape(height, width)
        pixels = np.ascontiguousarray((raw * (255 / max(1, raw.max()))).astype(np.uint8))
        image = QImage(pixels.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
        target = QRectF(left + place % columns * side, top + place // columns * side, side, side)
        painter.drawImage(target.adjusted(1, 1, -1, -1), image)


def thumbnail(data: Data) -> bytes:
    """Return a picture of a data set as the bytes of a PNG file, for the file of an experiment."""
    colors = [QColor(name) for name in CLASSES_LIGHT]
    image = picture(data, QSize(256, 192), 1.0, colors, QColor(LIGHT["canvas"]))
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
