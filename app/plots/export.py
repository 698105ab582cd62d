"""Saving the curves: as a table, a picture or a drawing. Files are written in the background."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog

from app.shell.background import Background
from app.shell.plot_export import PlotExport
from core.runs.curves import to_csv

if TYPE_CHECKING:
    from app.plots.curves import CurvesView
    from app.stopping.view import StoppingView

_SHARPER = 2  # pixels of a picture to one on the screen


class Export(PlotExport):
    """Asks for a file and writes the curves of a view to it."""

    def __init__(self, view: "CurvesView | StoppingView", background: Background) -> None:
        super().__init__(background, view)
        self.view = view

    def titles(self) -> dict[str, str]:
        """Return what can be saved."""
        return {
            "csv": self.tr("Table of all epochs (CSV)…"),
            "png": self.tr("Picture (PNG)…"),
            "svg": self.tr("Drawing (SVG)…"),
        }

    def ask(self, kind: str) -> QFileDialog:
        """Ask for a file, and write it once it is chosen."""
        dialog = QFileDialog(self.view, self.titles()[kind].rstrip("…"), str(Path.home() / f"curves.{kind}"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"*.{kind}")
        dialog.setDefaultSuffix(kind)
        dialog.fileSelected.connect(lambda name: self.write(Path(name), kind))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def write(self, path: Path, kind: str) -> None:
        """Write the runs that are shown to a file."""
        if kind == "csv":
            runs = [(run.name, run.curves) for run in self.view.runs if run.visible]
            self.in_background(path, lambda: to_csv(runs).encode())
        elif kind == "png":
            image = self.picture()
            self.in_background(path, lambda: _png(image))
        else:
            drawing = self.drawing()
            self.in_background(path, lambda: drawing)

    def picture(self) -> QImage:
        """Return the plots with their legend as an image."""
        size = self._size()
        image = QImage(size * _SHARPER, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_SHARPER)
        image.fill(self.view.theme.color("panel"))
        painter = QPainter(image)
        self._draw(painter)
        painter.end()
        return image

    def drawing(self) -> bytes:
        """Return the plots with their legend as SVG."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(self._size())
        generator.setViewBox(QRectF(0, 0, self._size().width(), self._size().height()))
        generator.setTitle(self.tr("Curves"))
        painter = QPainter(generator)
        painter.fillRect(generator.viewBox(), self.view.theme.color("panel"))
        self._draw(painter)
        painter.end()
        return bytes(buffer.data().data())

    def _size(self) -> QSize:
        board = self.view.board.viewport().size()
        return QSize(board.width(), board.height() + self.view.legend.height())

    def _draw(self, painter: QPainter) -> None:
        legend, board = self.view.legend, self.view.board
        top = QRectF(8, 0, board.viewport().width() - 16, legend.height())
        legend.draw(painter, top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        target = QRectF(0, legend.height(), board.viewport().width(), board.viewport().height())
        board.scene().prepareForPaint()
        board.render(painter, target, board.viewport().rect())


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())
