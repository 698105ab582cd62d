"""The network as it is on the canvas, as a drawing (SVG) or a picture (PNG): light and in print size."""

import re
from collections.abc import Generator
from dataclasses import replace
from math import sqrt
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsScene

from app.canvas.canvas_view import CanvasView
from app.canvas.card_picture import paint_card
from app.canvas.scene import Card
from app.canvas.shades import Shades
from app.canvas.slices import Slices
from app.shell.background import Background
from app.shell.plot_export import PlotExport
from app.shell.theme import Theme

_PRINTED = 170.0  # millimetres: the width of a page's text
_SCREEN = 96.0  # dots an inch: small networks are not blown up
_DPI = 300.0  # of a picture
_MOST_PIXELS = 40_000_000
# Qt writes the one font of this system, which others need not have.
_FAMILY = re.compile(rb'(font-family="[^"]+)(")')
_EDGE = 4.0  # of the scene, around the network
_INCH = 25.4  # millimetres


class NetworkPicture(PlotExport):
    """Writes the network of a canvas with the numbers that it shows; what is selected or pointed at is left out.

    It is drawn in small slices from a moment's numbers, with items of its own in the light theme.
    """

    def __init__(self, canvas: CanvasView, background: Background) -> None:
        super().__init__(background, canvas)
        self.canvas = canvas
        self._slices = Slices(self)

    def titles(self) -> dict[str, str]:
        """Return what can be written."""
        return {"svg": self.tr("Drawing (SVG)…"), "png": self.tr("Picture (PNG)…")}

    def write(self, path: Path, kind: str) -> None:
        """Draw it as it is now, and write it behind the window."""
        self._slices.run("picture", self._written(path, kind))

    def stop(self) -> None:
        """Draw no further."""
        self._slices.cancel("picture")

    def _written(self, path: Path, kind: str) -> Generator[None, None, None]:
        area = self.canvas.scene.network.rect.marginsAdded(QMarginsF(_EDGE, _EDGE, _EDGE, _EDGE))
        if kind == "svg":
            buffer = QBuffer()
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            generator = QSvgGenerator()
            generator.setOutputDevice(buffer)
            generator.setTitle(self.tr("Network"))
            generator.setSize(area.size().toSize())
            generator.setViewBox(QRectF(0, 0, area.width(), area.height()))
            generator.setResolution(round(_resolution(area)))
            painter = QPainter(generator)
            painter.setFont(Theme("light").font())
            painter.fillRect(generator.viewBoxF(), Qt.GlobalColor.white)
            yield from self._draw(painter, area)
            drawing = bytes(buffer.data().data())
            self.in_background(path, lambda: _FAMILY.sub(rb"\1, sans-serif\2", drawing))
            return
        scale = min(_DPI / _resolution(area), sqrt(_MOST_PIXELS / (area.width() * area.height())))
        image = QImage((area.size() * scale).toSize(), QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        image.setDotsPerMeterX(round(_DPI / _INCH * 1000))
        image.setDotsPerMeterY(round(_DPI / _INCH * 1000))
        painter = QPainter(image)
        painter.scale(scale, scale)
        yield from self._draw(painter, area)
        self.in_background(path, lambda: _png(image))

    def _draw(self, painter: QPainter, area: QRectF) -> Generator[None, None, None]:
        """Draw the network with its corner at the painter's origin, and end the painter."""
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(-area.topLeft())
        try:
            yield from self._drawn(painter)
        finally:
            painter.end()

    def _drawn(self, painter: QPainter) -> Generator[None, None, None]:
        shown, theme = self.canvas.scene, Theme("light")
        layout, biases, curves = shown.network, shown.biases(), dict(shown.curves)
        live = replace(shown.live, tiles=dict(shown.live.tiles))
        shades, units, strokes = Shades(theme), QGraphicsScene(), shown.links.strokes(theme)
        for card in layout.cards:
            yield
            paint_card(painter, card, theme, curves, printed=True)
            made = Card(units, card, theme, shades)
            made.fill(live, layout.plan)
            if card.plan.id in biases:
                made.units.set_biases(biases[card.plan.id])
        for pen, paths in strokes:
            yield
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for path in paths:
                painter.drawPath(path)
        for card in layout.cards:
            yield
            around = card.rect.adjusted(-_EDGE, -_EDGE, _EDGE, _EDGE)
            units.render(painter, around, around)


def _resolution(area: QRectF) -> float:
    """Return how many lengths of the scene are an inch of paper."""
    return max(_SCREEN, area.width() * _INCH / _PRINTED)


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())
