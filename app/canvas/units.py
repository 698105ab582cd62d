"""What lives on a card: its neurons as heat maps, weight images, cells, circles or bars, all stock items."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
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
        self._circles: list[QGraphicsPathItem] = []
        self._plain: list[QGraphicsRectItem] = []
        self._bars: list[QGraphicsRectItem] = []
        self._texts: list[QGraphicsSimpleTextItem] = []
        self._biases: list[QGraphicsRectItem] = []
        self._make()

    def _make(self) -> None:
        plan = self.card.plan
        if plan.picture in ("tiles", "images", "picture"):
            empty = self._shades.empty()
            for cell in self._cells:
                tile = QGraphicsPixmapItem(self._parent)
                tile.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
                tile.setZValue(2)
                self._tiles.append(tile)
                self._show(tile, cell, empty)
        elif plan.picture == "circles":
            for cell in self._cells:
                circle = QGraphicsPathItem(self._parent)
                circle.setZValue(2)
                self._circles.append(circle)
                self._set_circle(circle, cell, kept=True)
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
                if cell.width() >= 32:
                    self._biases.append(self._rect(bias_rect(cell)))

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

    def set_tiles(self, values: Picture) -> None:
        """Take the pictures of all units (units, n, n[, 4]) of the layer; a card with one picture takes (1, h, w)."""
        plan = self.card.plan
        if plan.picture == "picture" and len(values):
            self._show(self._tiles[0], self._cells[0], self._shades.grey(values[0]))
        elif self._tiles and len(values) == plan.units:
            pixmaps = self._shades.tiles(values[plan.shown.start : plan.shown.stop])
            for tile, cell, pixmap in zip(self._tiles, self._cells, pixmaps, strict=True):
                self._show(tile, cell, pixmap)

    def _show(self, tile: QGraphicsPixmapItem, cell: QRectF, pixmap: QPixmap) -> None:
        tile.setPixmap(pixmap)
        scale = cell.width() / pixmap.width()
        if tile.scale() != scale:
            tile.setScale(scale)
        tile.setPos(cell.topLeft())

    # -- numbers -------------------------------------------------------------------------------------------------

    def set_values(self, values: Floats) -> None:
        """Take the activation of every unit of the layer for one sample."""
        plan = self.card.plan
        if len(values) != plan.units:
            return
        shown = np.nan_to_num(np.asarray(values, float)[plan.shown.start : plan.shown.stop])
        if self._bars:
            self._set_bars(shown)
        elif self._plain:
            most = max(float(np.abs(shown).max(initial=0)), 1.0)
            for item, value in zip(self._plain, shown, strict=True):
                item.setBrush(self._shades.color(float(value) / most))
        elif self._tiles and plan.picture != "picture":
            self._set_numbers(shown)

    def _set_bars(self, values: Sequence[float] | Floats) -> None:
        probability = self.card.plan.activation in ("softmax", "sigmoid")
        best = int(np.argmax(values)) if len(values) > 1 else -1
        most = 1.0 if probability else max(float(np.abs(values).max(initial=0)), 1e-9)
        for place, (bar, text, cell, value) in enumerate(
            zip(self._bars, self._texts, self._cells, values, strict=True)
        ):
            track = bar_rect(cell)
            length = track.width() * min(abs(float(value)) / most, 1.0)
            bar.setRect(QRectF(track.x(), track.y(), length, track.height()))
            negative = "negative" if value < 0 else "strong"
            bar.setBrush(self._theme.color("accent" if place == best else negative))
            text.setText(f"{value * 100:.1f} %" if probability else number(float(value)))
            size = text.boundingRect()
            text.setPos(cell.right() - size.width(), cell.center().y() - size.height() / 2)

    def _set_numbers(self, values: Sequence[float] | Floats) -> None:
        if not self._texts:
            self._texts = [self._text(cell) for cell in self._cells]
        for text, cell, value in zip(self._texts, self._cells, values, strict=True):
            text.setText(number(float(value)))
            text.setPos(cell.right() + 4, cell.center().y() - text.boundingRect().height() / 2)

    def clear(self) -> None:
        """Forget all numbers; the pictures stay empty until there are new ones."""
        for text in self._texts:
            text.setText("")
        for bar in self._bars:
            bar.setRect(QRectF())
        for plain in self._plain:
            plain.setBrush(self._shades.color(0.0))
        for bias in self._biases:
            bias.setBrush(Qt.BrushStyle.NoBrush)
        if self.card.plan.kind != "input" or self.card.plan.picture == "picture":
            empty = self._shades.empty()
            for tile, cell in zip(self._tiles, self._cells, strict=True):
                self._show(tile, cell, empty)
        self.set_mask(None)

    def set_biases(self, biases: Floats) -> None:
        """Take the bias of every unit of the layer."""
        if len(biases) != self.card.plan.units:
            return
        for item, value in zip(self._biases, biases[self.card.plan.shown.start :], strict=False):
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
            self._set_circle(circle, cell, kept is None or bool(kept[unit]))

    def _set_circle(self, circle: QGraphicsPathItem, cell: QRectF, kept: bool) -> None:
        path = QPainterPath()
        path.addEllipse(cell)
        if not kept:
            reach = cell.width() * 0.2
            middle = cell.center()
            for sign in (-1, 1):
                path.moveTo(middle + QPointF(-reach, -reach * sign))
                path.lineTo(middle + QPointF(reach, reach * sign))
        circle.setPath(path)
        style = Qt.PenStyle.SolidLine if kept else Qt.PenStyle.DotLine
        circle.setPen(QPen(self._theme.color("accent" if kept else "strong"), 1.3, style))
        circle.setBrush(self._theme.color("soft" if kept else "panel"))
