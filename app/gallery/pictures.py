"""Small pictures of data sets: the points themselves, or some of the images. Drawn without a widget, in any thread."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter

from app.gallery.strokes import drawn_digits
from app.shell.tokens import CLASSES_LIGHT, LIGHT
from core.choices.datasets import DATASETS, Facts
from core.choices.fields import Tagged
from core.datasets.load import load
from core.datasets.samples import Array, Dataset
from core.experiment.data import Data

_MOST_POINTS = 260
_RADIUS = 1.9
_MARGIN = 8
_ROWS, _COLUMNS = 3, 5  # of images


def picture(data: Data, size: QSize, ratio: float, colors: Sequence[QColor], ground: QColor) -> QImage:
    """Return a picture of a data set; an empty ground where it would have to be read or downloaded (see stands_in).

    colors: of classes by index; of numbers the first and last are the lowest and the highest.
    """
    image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(ground)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    known = _facts(data.source)
    if known is not None and known.image:
        images = _images(data.source, known)
        if images is not None:
            _draw_images(painter, images, size)
    elif known is not None and known.plane:
        _draw_points(painter, load(data), size, colors)
    painter.end()
    return image


def stands_in(data: Data) -> bool:
    """Tell whether digits are drawn in place of those of a data set, which would have to be downloaded."""
    facts = _facts(data.source)
    return facts is not None and facts.image and _alike(facts) and first_images(data.source, 1) is None


def first_images(settings: Tagged, count: int) -> Array | None:
    """Return the first images (count, pixels) of a set of images; None if it would have to be downloaded."""
    row = DATASETS[settings.kind]
    found: Array | None = row.find(f"{row.maker.partition(':')[0]}:glimpse")(settings, count)
    return found


def _facts(settings: Tagged) -> Facts | None:
    """Return the facts of a data set, None where a file would have to be read for them."""
    facts = DATASETS[settings.kind].facts
    return None if isinstance(facts, str) else facts(settings)


def _alike(facts: Facts) -> bool:
    return facts.classes[0] == "0"


def _images(settings: Tagged, facts: Facts) -> Array | None:
    """Return images (n, height, width) of a set, or drawn ones in place of MNIST's digits; None: nothing to draw."""
    images = first_images(settings, _ROWS * _COLUMNS)
    if images is None and _alike(facts):
        images = drawn_digits(_ROWS * _COLUMNS)
    return None if images is None else images.reshape(-1, *facts.shape)


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


def _draw_images(painter: QPainter, images: Array, size: QSize) -> None:
    """Draw rows of images, edge to edge."""
    side = min(size.height() / _ROWS, size.width() / _COLUMNS)
    left, top = (size.width() - side * _COLUMNS) / 2, (size.height() - side * _ROWS) / 2
    height, width = images.shape[1:]
    for place, raw in enumerate(images):
        pixels = np.ascontiguousarray((raw * (255 / max(1, raw.max()))).astype(np.uint8))
        image = QImage(pixels.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
        target = QRectF(left + place % _COLUMNS * side, top + place // _COLUMNS * side, side, side)
        painter.drawImage(target.adjusted(1, 1, -1, -1), image)


def thumbnail(data: Data) -> bytes:
    """Return a picture of a data set as the bytes of a PNG file, for the file of an experiment."""
    colors = [QColor(name) for name in CLASSES_LIGHT]
    image = picture(data, QSize(256, 192), 1.0, colors, QColor(LIGHT["canvas"]))
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
