"""Small pictures of data sets, made of real samples."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from app.gallery.pictures import first_images
from app.shell.theme import Theme
from core.choices.datasets import DATASETS, Facts, facts_of
from core.choices.fields import Tagged
from core.datasets.samples import Array, Samples

_FEW = 160  # samples that a thumbnail shows


def few(settings: type[Tagged]) -> Tagged:
    """Return settings of a set with as few samples as a small picture needs."""
    return settings.model_validate({"samples": _FEW} if "samples" in settings.model_fields else {})


def thumbnail(tag: str, theme: Theme, side: int, ratio: float) -> QPixmap:
    """Return a picture, side × side, of the points of a set of the plane; it takes a few milliseconds."""
    row = DATASETS[tag]
    settings = few(row.settings)
    facts = facts_of(settings)
    samples: Samples = row.find(row.maker)(settings)
    return plane_picture(samples, facts, theme, side, ratio)


def sample_picture(tag: str, side: int, ratio: float) -> QPixmap | None:
    """Return the first image of a set; None where it would have to be downloaded."""
    settings = DATASETS[tag].settings.model_validate({})
    images = first_images(settings, 1)
    if images is None:
        return None
    high, wide = facts_of(settings).shape
    return image_picture(images, (high, wide), side, 1, 0, ratio)


def plane_picture(samples: Samples, facts: Facts, theme: Theme, side: int, ratio: float) -> QPixmap:
    """Return a picture, side × side, of points of the plane in the colours of their classes or values."""
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    low, high = facts.span
    places = (samples.raw[:, :2] - low) / (high - low)
    radius = max(1.0, side / 40)
    for (x, y), color in zip(places, point_colors(samples.labels, facts, theme), strict=True):
        painter.setBrush(color)
        painter.drawEllipse(QPointF(x * side, (1 - y) * side), radius, radius)
    painter.end()
    return picture


def point_colors(labels: Array, facts: Facts, theme: Theme) -> list[QColor]:
    """Return the colour of each sample: of its class, or of its value from the lowest to the highest."""
    if facts.classes:
        colors = theme.classes(len(facts.classes))
        return [colors[int(label) % len(colors)] for label in labels]
    table = theme.diverging()
    most = float(np.abs(labels).max()) or 1.0
    # Steeper near 0, so that small values can be told from the ground.
    size = np.sqrt(np.abs(labels) / most)
    shades = np.rint((np.sign(labels) * size + 1) * 127.5).astype(int)
    return [QColor(*(int(part) for part in table[shade])) for shade in shades]


def image_picture(images: Array, shape: tuple[int, int], side: int, columns: int, gap: int, ratio: float) -> QPixmap:
    """Return images (n, pixels), black to white, in rows of ``columns``, each ``side`` wide with a gap between."""
    rows = -(-len(images) // columns)
    width, height = columns * (side + gap) - gap, max(0, rows * (side + gap) - gap)
    picture = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    scale = 255 / max(1.0, float(images.max(initial=0)))
    shades = np.rint(images.astype(np.float32) * scale).astype(np.uint8).reshape(-1, *shape)
    for place, pixels in enumerate(shades):
        steady = np.ascontiguousarray(pixels)
        image = QImage(steady.data, shape[1], shape[0], shape[1], QImage.Format.Format_Grayscale8)
        x, y = place % columns * (side + gap), place // columns * (side + gap)
        painter.drawImage(QRectF(x, y, side, side), image)
    painter.end()
    return picture
