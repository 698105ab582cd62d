"""The links on the screen: a few stock path items, one per strength and sign, cheap while numbers stream in.

While nothing changes they are shown as one antialiased picture, which is drawn in small slices.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsPixmapItem, QGraphicsScene

from app.canvas.strands import LEVELS, Ints, Matrix, Strands, levels
from app.shell.selection import Neuron
from app.shell.theme import Theme

_FAINT = 0.3  # of the others while the links of one neuron are shown in full strength
_MOST_PIXELS = 12_000_000  # of the antialiased picture
_LEVELS = range(-LEVELS, LEVELS + 1)
_SLICE = 12  # links that are drawn at once in the antialiased picture

Masks = Mapping[str, NDArray[np.bool_]]


class Links:
    """All links of the canvas. Levels: −LEVELS … −1 negative, 0 without a number, 1 … LEVELS positive."""

    def __init__(self, scene: QGraphicsScene, theme: Theme) -> None:
        self._theme = theme
        self.strands = Strands((), np.zeros((0, 4, 2)), np.zeros((0, 13, 2)))
        self._paths: list[QPainterPath] = []
        self._levels: Ints = np.zeros(0, np.intp)
        self._masks: Masks = {}
        self._emphasis: Neuron | None = None
        self._hovered: int | None = None
        self._shown: dict[int, list[int]] = {}  # links by level
        self._rest = {level: _path_item(scene, 1.0) for level in _LEVELS}
        self._dropped = _path_item(scene, 1.0)
        self._strong = {level: _path_item(scene, 1.5) for level in _LEVELS}
        self._hover = _path_item(scene, 1.6)
        self._sharp = QGraphicsPixmapItem()
        self._sharp.setZValue(1.0)
        self._sharp.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        scene.addItem(self._sharp)
        self.blur()
        self.refresh()

    # -- what is shown -------------------------------------------------------------------------------------------

    def set_strands(self, strands: Strands) -> None:
        """Take links at other places; they are drawn once they are given their numbers."""
        self.strands = strands
        self._paths = [_cubic(curve) for curve in strands.curves.tolist()]
        self._levels = np.zeros(len(self._paths), np.intp)
        self._hovered = None
        self._hover.setPath(QPainterPath())

    def set_values(self, values: Sequence[Matrix | None], relative: bool, largest: float = 0.0) -> None:
        """Take the numbers of all dense layers; relative, largest: see ``strands.levels``."""
        self._levels = levels(self.strands, values, relative, largest)
        self._draw()

    def set_masks(self, masks: Masks) -> None:
        """Take which units each Dropout layer keeps; the links of the others disappear."""
        self._masks = masks
        self._draw()

    def emphasise(self, neuron: Neuron | None) -> None:
        """Show the links of one neuron in full strength and the others faint."""
        if neuron != self._emphasis:
            self._emphasis = neuron
            self._draw_strong()

    def hover(self, link: int | None) -> None:
        """Show one link on top of all."""
        if link == self._hovered:
            return
        self._hovered = link
        self._draw_hover()

    def at(self, point: QPointF, reach: float) -> int | None:
        """Return the link under a point."""
        return self.strands.at(point, reach)

    def _hidden(self) -> NDArray[np.bool_]:
        hidden = np.zeros(len(self._paths), bool)
        for gap in self.strands.gaps:
            if not gap.bundled:
                for name in (gap.layer, gap.origin):
                    mask = self._masks.get(name)
                    if mask is not None and len(mask) > int(gap.columns.max(initial=0)):
                        hidden[gap.start : gap.stop] |= ~mask[gap.columns]
        return hidden

    def _draw(self) -> None:
        self.blur()
        hidden = self._hidden() if self._masks else None
        self._shown = self._fill(self._rest, range(len(self._paths)) if hidden is None else np.flatnonzero(~hidden))
        dashed = QPainterPath()
        if hidden is not None:
            into = [np.arange(gap.start, gap.stop) for gap in self.strands.gaps if gap.dense is None]
            for link in np.concatenate([np.zeros(0, np.intp), *into]):
                if hidden[link]:
                    dashed.addPath(self._paths[link])
        _set_path(self._dropped, dashed)
        self._draw_strong()
        self._draw_hover()

    def _draw_strong(self) -> None:
        links: Iterable[int] = ()
        if self._emphasis is not None:
            links = self.strands.of_neuron(self._emphasis)
            if self._masks:
                links = np.setdiff1d(links, np.flatnonzero(self._hidden()))
        self._fill(self._strong, links)
        faint = _FAINT if any(not item.path().isEmpty() for item in self._strong.values()) else 1.0
        for item in (*self._rest.values(), self._sharp):
            item.setOpacity(faint)

    def _draw_hover(self) -> None:
        if self._hovered is None or self._hovered >= len(self._paths):
            _set_path(self._hover, QPainterPath())
            return
        pen = _pen(int(self._levels[self._hovered]), self._theme, 1.0, 1.0)
        pen.setWidthF(pen.widthF() + 2)
        self._hover.setPen(pen)
        self._hover.setPath(self._paths[self._hovered])

    def _fill(self, items: Mapping[int, QGraphicsPathItem], links: Iterable[int]) -> dict[int, list[int]]:
        """Put links into the items of their levels; return them by level."""
        by_level: dict[int, list[int]] = {}
        found = self._levels.tolist()
        for link in links:
            by_level.setdefault(found[link], []).append(link)
        for level, item in items.items():
            path = QPainterPath()
            for link in by_level.get(level, ()):
                path.addPath(self._paths[link])
            _set_path(item, path)
        return by_level

    @property
    def sharp(self) -> bool:
        """Whether the antialiased picture is shown."""
        return self._sharp.isVisible()

    # -- colours -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take the colours of the theme anew."""
        for level in _LEVELS:
            self._rest[level].setPen(_pen(level, self._theme))
            self._strong[level].setPen(_pen(level, self._theme, 0.6, 1.0))
        self._dropped.setPen(QPen(self._theme.color("strong", 0.7), 1, Qt.PenStyle.DashLine))
        self.blur()

    # -- the antialiased picture ---------------------------------------------------------------------------------

    def blur(self) -> None:
        """Show the cheap strokes."""
        self._sharp.setVisible(False)
        for item in self._rest.values():
            item.setVisible(True)

    def strokes(self, theme: Theme) -> list[tuple[QPen, list[QPainterPath]]]:
        """Return what is drawn with which pen in a theme, a few links at a time."""
        return [
            (_pen(level, theme), [self._paths[link] for link in links[place : place + _SLICE]])
            for level, links in self._shown.items()
            for place in range(0, len(links), _SLICE)
        ]

    def sharpen(self, scale: float) -> Generator[None, None, bool]:
        """Draw the antialiased picture in slices and show it; False if it would be too large."""
        rect = QRectF()
        for level in self._shown:
            rect = rect.united(self._rest[level].path().controlPointRect())
        rect = rect.adjusted(-4, -4, 4, 4)
        width, height = round(rect.width() * scale), round(rect.height() * scale)
        if not self._shown or width * height > _MOST_PIXELS:
            return False
        picture = QPixmap(width, height)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        for pen, paths in self.strokes(self._theme):
            yield
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-rect.topLeft())
            painter.setPen(pen)
            for path in paths:
                painter.drawPath(path)
            painter.end()
        self._sharp.setPixmap(picture)
        self._sharp.setPos(rect.topLeft())
        self._sharp.setVisible(True)
        for path_item in self._rest.values():
            path_item.setVisible(False)
        return True


def _pen(level: int, theme: Theme, faint: float = 0.16, full: float = 0.9) -> QPen:
    """Return the pen of a level; faint, full: how opaque the weakest links are, and the strongest."""
    opacity = faint + (full - faint) * abs(level) / LEVELS
    if level == 0:
        pen = QPen(theme.color("strong", min(opacity + 0.3, 1.0)), 1.0)
    else:
        color = theme.color("negative" if level < 0 else "positive", opacity)
        # Up to a width of 1 Qt has a fast way.
        pen = QPen(color, max(1.0, 5.2 * (abs(level) - 0.5) / LEVELS) * theme.sizes.line)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _cubic(points: Sequence[Sequence[float]]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    path.cubicTo(QPointF(*points[1]), QPointF(*points[2]), QPointF(*points[3]))
    return path


def _path_item(scene: QGraphicsScene, z: float) -> QGraphicsPathItem:
    item = QGraphicsPathItem()
    item.setZValue(z)
    item.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
    item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable, False)
    scene.addItem(item)
    return item


def _set_path(item: QGraphicsPathItem, path: QPainterPath) -> None:
    # Most are empty most of the time, and setting a path asks for a repaint.
    if not (path.isEmpty() and item.path().isEmpty()):
        item.setPath(path)
