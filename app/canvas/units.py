"""What lives on a card: its neurons as heat maps, weight images, cells, circles or bars, all stock items."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPixmapItem,
    QGraphicsRectItem,
    QGraphicsSimpleTextItem,
)

from app.canvas.card_picture import bar_rect
from app.canvas.layout import CardLayout, bias_rect
from app.canvas.shades import Floats, Picture, Shades
from app.canvas.words import number
from app.shell.theme import Theme
from app.shell.tokens import SIZES

Bools = NDArray[np.bool_]
_FINE = 3  # pixels of a drawn circle to one of the scene
_STRENGTH = 3.0  # height of the line under a weight image that tells how strongly its neuron fires


class Units:
    """The neurons of one card that are on its page."""

    def __init__(self, parent: QGraphicsItem, card: CardLayout, theme: Theme, shades: Shades) -> None:
        self.card = card
        self._theme = theme
        self._shades = shades
        self._parent = parent
        origin = card.rect.topLeft()
        self._cells = [cell.translated(-origin.x(), -origin.y()) for cell in card.cells]
        self._tiles: list[QGraphicsPixmapItem] = []
        self._circles: list[QGraphicsPixmapItem] = []
        self._plain: list[QGraphicsRectItem] = []
        self._bars: list[QGraphicsRectItem] = []
        self._texts: list[QGraphicsSimpleTextItem] = []
        self._plates: list[QGraphicsRectItem] = []  # behind numbers that lie over links
        self._strengths: list[QGraphicsRectItem] = []  # under weight images, which leave no room for numbers
        self._biases: list[QGraphicsRectItem] = []
        self._drawn: dict[tuple[float, bool], QPixmap] = {}
        self._make()

    def _make(self) -> None:
        plan = self.card.plan
        if plan.picture in ("tiles", "images", "picture"):
            empty = self._shades.empty()
            for cell in self._cells:
                self._tiles.append(self._pixmap())
                self._show(self._tiles[-1], cell, empty)
            if plan.picture == "images":
                self._strengths = [self._rect(QRectF()) for _ in self._cells]
        elif plan.picture == "circles":
            for cell in self._cells:
                self._circles.append(self._pixmap())
                self._show(self._circles[-1], cell, self._circle(cell.width(), kept=True))
        elif plan.picture == "bars":
            for cell in self._cells:
                self._bars.append(self._rect(QRectF(bar_rect(cell).topLeft(), bar_rect(cell).bottomLeft())))
                self._texts.append(self._text(cell))
        else:
            for cell in self._cells:
                self._plain.append(self._rect(cell))
                self._plain[-1].setBrush(self._shades.color(0.0))
                self._plain[-1].setPen(QPen(self._theme.color("border"), 1))
        if plan.kind in ("dense", "output") and plan.picture != "bars":
            for cell in self._cells:
                if cell.width() >= 26:
                    self._biases.append(self._rect(bias_rect(cell)))

    def _pixmap(self) -> QGraphicsPixmapItem:
        item = QGraphicsPixmapItem(self._parent)
        item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        item.setZValue(2)
        return item

    def _rect(self, rect: QRectF) -> QGraphicsRectItem:
        item = QGraphicsRectItem(rect, self._parent)
        item.setPen(Qt.PenStyle.NoPen)
        item.setZValue(2)
        return item

    def _text(self, cell: QRectF) -> QGraphicsSimpleTextItem:
        text = QGraphicsSimpleTextItem("", self._parent)
        text.setFont(self._theme.font(SIZES.axis))
        text.setBrush(self._theme.color("text"))
        text.setZValue(3)
        text.setPos(cell.topLeft())
        return text

    # -- heat maps and images --------------------------------------------------------------------------------------

    def set_tiles(self, values: Picture, first: int = 0) -> None:
        """Take pictures of units (units, n, n[, 4]) from ``first`` on; a card with one picture takes (1, h, w)."""
        plan = self.card.plan
        if not self._tiles or not len(values):
            return
        if plan.picture == "picture":
            self._show(self._tiles[0], self._cells[0], self._shades.grey(values[0]))
            return
        start, stop = max(plan.shown.start, first), min(plan.shown.stop, first + len(values))
        # Of a network with other layers, if they do not reach to the end of the page.
        if start >= stop or stop < plan.shown.stop or first + len(values) > (plan.units or 0):
            return
        pixmaps = self._shades.tiles(values[start - first : stop - first])
        for unit, pixmap in zip(range(start, stop), pixmaps, strict=True):
            place = unit - plan.shown.start
            self._show(self._tiles[place], self._cells[place], pixmap)

    def _show(self, tile: QGraphicsPixmapItem, cell: QRectF, pixmap: QPixmap) -> None:
        tile.setPixmap(pixmap)
        scale = cell.width() / pixmap.width()
        if tile.scale() != scale:
            tile.setScale(scale)
        tile.setPos(cell.topLeft())

    def tile_of(self, unit: int) -> QPixmap | None:
        """Return the picture of a unit; None if it has none, or is on another page."""
        place = unit - self.card.plan.shown.start
        return self._tiles[place].pixmap() if 0 <= place < len(self._tiles) else None

    # -- numbers -------------------------------------------------------------------------------------------------

    def set_values(self, values: Floats, slopes: bool = False) -> None:
        """Take the activation of every unit of the layer for one sample, or (slopes) its ∂J/∂z."""
        plan = self.card.plan
        if len(values) != plan.units:
            return
        every = np.nan_to_num(np.asarray(values, float))
        shown = every[plan.shown.start : plan.shown.stop]
        if self._bars:
            self._set_bars(shown, slopes)
        elif self._strengths:
            self._set_strengths(shown, max(float(np.abs(every).max(initial=0)), 1e-9))
        elif self._plain:
            most = max(float(np.abs(every).max(initial=0)), 1e-9 if slopes else 1.0)
            for item, color in zip(self._plain, self._shades.colors(shown / most), strict=True):
                item.setBrush(color)
        elif plan.column and (self._tiles or self._circles):
            self._set_numbers(shown)

    def _set_strengths(self, values: Sequence[float] | Floats, most: float) -> None:
        for item, cell, value in zip(self._strengths, self._cells, values, strict=True):
            item.setRect(QRectF(cell.x(), cell.bottom() + 1.5, cell.width() * abs(float(value)) / most, _STRENGTH))
            item.setBrush(self._theme.color("negative" if value < 0 else "positive"))

    def _set_bars(self, values: Sequence[float] | Floats, slopes: bool) -> None:
        probability = self.card.plan.activation in ("softmax", "sigmoid") and not slopes
        best = int(np.argmax(values)) if len(values) > 1 and not slopes else -1
        most = 1.0 if probability else max(float(np.abs(values).max(initial=0)), 1e-9)
        for place, (bar, text, cell, value) in enumerate(
            zip(self._bars, self._texts, self._cells, values, strict=True)
        ):
            track = bar_rect(cell)
            length = track.width() * min(abs(float(value)) / most, 1.0) if self.card.plan.has_bars else 0.0
            bar.setRect(QRectF(track.x(), track.y(), length, track.height()))
            plain = "negative" if value < 0 else "positive" if slopes else "strong"
            bar.setBrush(self._theme.color("accent" if place == best else plain))
            text.setText(f"{value * 100:.1f} %" if probability else number(float(value)))
            size = text.boundingRect()
            text.setPos(cell.right() - size.width(), cell.center().y() - size.height() / 2)

    def _set_numbers(self, values: Sequence[float] | Floats) -> None:
        if not self._texts:
            self._plates = [self._rect(QRectF()) for _ in self._cells]
            self._texts = [self._text(cell) for cell in self._cells]
        for text, plate, cell, value in zip(self._texts, self._plates, self._cells, values, strict=True):
            text.setText(number(float(value)))
            size = text.boundingRect()
            text.setPos(self._beside(cell, size.width()), cell.center().y() - size.height() / 2)
            plate.setRect(size.translated(text.pos()).adjusted(-2, 0, 2, 0))
            plate.setBrush(self._theme.color("panel", 0.85))

    def _beside(self, cell: QRectF, width: float) -> float:
        """Return where a number begins: to the right of its neuron, but on it or at the edge where there is text."""
        if self.card.plan.kind == "input":
            return cell.center().x() - width / 2
        if self.card.plan.kind == "output" and len(self._cells) > 1:
            return self.card.rect.width() - width - 8
        return cell.right() + 5

    def clear_values(self) -> None:
        """Forget the activations."""
        for text in self._texts:
            text.setText("")
        for rect in (*self._bars, *self._plates, *self._strengths):
            rect.setRect(QRectF())
        for plain in self._plain:
            plain.setBrush(self._shades.color(0.0))

    def clear(self) -> None:
        """Forget all numbers; the pictures stay empty until there are new ones."""
        self.clear_values()
        for bias in self._biases:
            bias.setBrush(Qt.BrushStyle.NoBrush)
        features = self.card.plan.kind == "input" and self.card.plan.picture == "tiles"
        if self._tiles and not features:
            empty = self._shades.empty()
            for tile, cell in zip(self._tiles, self._cells, strict=True):
                self._show(tile, cell, empty)
        self.set_mask(None)

    def set_biases(self, biases: Floats) -> None:
        """Take the bias of every unit of the layer."""
        if len(biases) != self.card.plan.units:
            return
        shown = np.nan_to_num(np.asarray(biases, float)[self.card.plan.shown.start :])
        for item, value in zip(self._biases, shown, strict=False):
            # As strong as a link of the same number.
            level = round(8 * abs(float(value)) / (1 + abs(float(value)))) / 8
            item.setBrush(QBrush(self._theme.color("negative" if value < 0 else "positive", 0.3 + 0.7 * level)))

    # -- masks ---------------------------------------------------------------------------------------------------

    def set_mask(self, kept: Bools | None) -> None:
        """Take which units are kept in this step; None: all of them."""
        plan = self.card.plan
        if not self._circles or (kept is not None and len(kept) != plan.units):
            return
        for unit, circle, cell in zip(plan.shown, self._circles, self._cells, strict=True):
            self._show(circle, cell, self._circle(cell.width(), kept is None or bool(kept[unit])))

    def _circle(self, side: float, kept: bool) -> QPixmap:
        """Return the picture of a unit that is kept, or of one that is dropped; drawn once, as it is antialiased."""
        if (side, kept) not in self._drawn:
            picture = QPixmap(round(side * _FINE), round(side * _FINE))
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(_FINE, _FINE)
            style = Qt.PenStyle.SolidLine if kept else Qt.PenStyle.DotLine
            painter.setPen(QPen(self._theme.color("accent" if kept else "strong"), 1.3, style))
            painter.setBrush(self._theme.color("soft" if kept else "panel"))
            painter.drawEllipse(QRectF(0.8, 0.8, side - 1.6, side - 1.6))
            if not kept:
                middle, reach = side / 2, side * 0.2
                for sign in (-1, 1):
                    painter.drawLine(
                        QPointF(middle - reach, middle - reach * sign), QPointF(middle + reach, middle + reach * sign)
                    )
            painter.end()
            self._drawn[side, kept] = picture
        return self._drawn[side, kept]
