"""The curves of the activations, g and g′, sampled from the tables by the worker, and the pictures made of them."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from app.shell.theme import Theme
from app.work.messages import Scene
from core.choices.activations import ACTIVATIONS
from core.training.events import Row

REACH = 4.0
_POINTS = 129

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """An activation over z = −4 … 4: z, g(z) and g′(z)."""

    z: Floats
    value: Floats
    slope: Floats


Curves = Mapping[str, Curve]


def sample_curves() -> dict[str, Curve]:
    """Return the curve of every activation by its tag, computed by the same functions that train.

    They take torch tensors: this runs in the thread that owns torch.
    """
    import torch

    z = torch.linspace(-REACH, REACH, _POINTS, dtype=torch.float64)
    curves = {}
    for row in ACTIVATIONS.values():
        value = row.function(z.clone())
        slope = row.backward(torch.ones_like(z), z.clone(), value.clone())
        curves[row.tag] = Curve(z.numpy(), value.numpy(), slope.numpy())
    return curves


def curves_probe(_scene: Scene, _row: Row) -> Generator[None, None, dict[str, Curve]]:
    """Draw the frame of a view named "curves": the same whatever the run, so that one frame is enough."""
    yield
    return sample_curves()


def curve_icon(curve: Curve | None, color: QColor, size: int = 18, ratio: float = 2.0) -> QIcon:
    """Return a small picture of an activation; of one that is not sampled yet, an empty one of the same size."""
    return QIcon(curve_pixmap(curve, color, size, ratio))


def curve_pixmap(curve: Curve | None, color: QColor, size: int, ratio: float) -> QPixmap:
    """Return an activation as a line of one colour in a square."""
    picture = _blank(size, size, ratio)
    if curve is not None:
        painter = QPainter(picture)
        draw_curve(painter, curve, QRectF(1.5, 1.5, size - 3, size - 3), color)
        painter.end()
    return picture


def draw_curve(painter: QPainter, curve: Curve, rect: QRectF, color: QColor, width: float = 1.5) -> None:
    """Draw an activation into a rectangle, from its least to its largest value."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(_pen(color, width))
    low, high = float(curve.value.min()), float(curve.value.max())
    painter.drawPolyline(_line(curve.z[::4], curve.value[::4], rect, (low, high)))
    painter.restore()


def both_curves(curve: Curve, theme: Theme, width: int, height: int, ratio: float) -> QPixmap:
    """Return g and g′ over the axes, named at the right edge."""
    picture = _blank(width, height, ratio)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font(theme.sizes.axis))
    rect = QRectF(4, 6, width - 34, height - 12)
    # Steep curves are cut off: what matters lies around 0.
    low = max(-2.0, min(float(curve.value.min()), float(curve.slope.min()), 0.0)) - 0.1
    high = min(3.0, max(float(curve.value.max()), float(curve.slope.max()))) + 0.1
    painter.setPen(QPen(theme.color("border"), 1))
    zero = rect.bottom() - (0 - low) / (high - low) * rect.height()
    painter.drawLine(QPointF(rect.left(), zero), QPointF(rect.right(), zero))
    painter.drawLine(QPointF(rect.center().x(), rect.top()), QPointF(rect.center().x(), rect.bottom()))
    ends: list[float] = []
    for name, values, token in (("g", curve.value, "accent"), ("g′", curve.slope, "strong")):
        painter.save()
        painter.setClipRect(rect.adjusted(0, -2, 0, 2))
        painter.setPen(_pen(theme.color(token), 2.0 if name == "g" else 1.5, dashed=name != "g"))
        painter.drawPolyline(_line(curve.z, values, rect, (low, high)))
        painter.restore()
        end = rect.bottom() - (min(max(float(values[-1]), low), high) - low) / (high - low) * rect.height()
        end = end + 13 if ends and abs(end - ends[0]) < 13 else end
        ends.append(end)
        painter.setPen(theme.color("accent" if name == "g" else "text2"))
        label = QRectF(rect.right() + 4, min(max(end - 8, 0), height - 16), 24, 16)
        painter.drawText(label, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
    painter.end()
    return picture


def _blank(width: int, height: int, ratio: float) -> QPixmap:
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def _pen(color: QColor, width: float, dashed: bool = False) -> QPen:
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    return QPen(color, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _line(z: Floats, values: Floats, rect: QRectF, limits: tuple[float, float]) -> QPolygonF:
    low, high = limits
    x = rect.left() + (z + REACH) / (2 * REACH) * rect.width()
    y = rect.bottom() - (values - low) / ((high - low) or 1.0) * rect.height()
    return QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)])
