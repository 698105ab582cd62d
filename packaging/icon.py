"""The program's icon in the forms that systems ask for, drawn from resources/downhill.svg."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image

SVG = Path(__file__).resolve().parent.parent / "resources" / "downhill.svg"
SIDES = (16, 24, 32, 48, 64, 128, 256, 512)  # pixels


def write_icons(folder: Path) -> None:
    """Write downhill-16.png … downhill-512.png, downhill.ico (Windows) and downhill.icns (macOS) to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [draw(side, folder / f"downhill-{side}.png") for side in SIDES]
    small = [picture for picture in pictures if picture.width <= 256]  # the most that Windows takes
    small[-1].save(folder / "downhill.ico", append_images=small[:-1], sizes=[picture.size for picture in small])
    pictures[-1].save(folder / "downhill.icns", append_images=pictures)


def draw(side: int, file: Path) -> Image.Image:
    """Draw the icon with sides of so many pixels, transparent around it, and return what is in the PNG file then."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    if not image.save(str(file)):
        raise SystemExit(f"{file} could not be written.")
    with Image.open(file) as picture:
        picture.load()
        return picture
