"""A report as pages of A4 in a PDF."""

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter

from app.report.pieces import Piece, Pieces
from app.report.type import SMALL, TEXT_2, Typesetter, font
from core.report.blocks import Report
from core.runs.versions import VERSION

_PAPER = QRectF(0, 0, 595.28, 841.89)  # A4 in points
_MARGINS = (51.0, 48.0, 48.0, 56.0)  # left, above, right, below
_DOTS = 1200  # to an inch
_ROUNDING = 0.01  # points

Page = list[tuple[float, Piece]]


def pdf(report: Report) -> bytes:
    """Return the file."""
    left, above, right, below = _MARGINS
    width, height = _PAPER.width() - left - right, _PAPER.height() - above - below
    pages = paged(Pieces(width).of(report), height)
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(_DOTS)
    writer.setTitle(report.title)
    writer.setCreator(f"Downhill {VERSION}")
    painter = QPainter(writer)
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    painter.scale(_DOTS / 72, _DOTS / 72)
    painter.translate(left, above)
    setter = Typesetter()
    for number, page in enumerate(pages, 1):
        if number > 1:
            writer.newPage()
        for y, piece in page:
            piece.paint(painter, width, y)
        for text, at_right in ((report.below, False), (f"{number} of {len(pages)}", True)):
            setter.set(text, font(SMALL), width, TEXT_2, right=at_right).paint(painter, 0, height + 22)
    painter.end()
    return bytes(content.data())


def paged(pieces: Sequence[Piece], height: float) -> list[Page]:
    """Return the pieces on pages, each with where it stands; those that belong together are not parted if they fit.

    A picture that is a little too high for what is left of a page is made lower.
    """
    pieces = list(pieces)
    pages: list[Page] = [[]]
    y = 0.0
    place = 0
    while place < len(pieces):
        end = place + 1
        while end < len(pieces) and pieces[end - 1].with_next:
            end += 1
        together = sum(piece.height + piece.before for piece in pieces[place:end])
        over = y + together - height
        if pages[-1] and over > 0 and not _lowered(pieces, range(place, end), over):
            pages.append([])
            y = 0.0
        for piece in pieces[place:end]:
            if pages[-1] and y + piece.before + piece.height > height:
                pages.append([])
                y = 0.0
            if not pages[-1] and piece.head is not None:
                pages[-1].append((0.0, piece.head))
                y = piece.head.height
            y += piece.before if pages[-1] else 0.0
            pages[-1].append((y, piece))
            y += piece.height
        place = end
    return pages


def _lowered(pieces: list[Piece], together: range, over: float) -> bool:
    """Put a lower one in place of a picture among some pieces, so that they are lower by as much; tell if one can."""
    for place in together:
        lower = pieces[place].lower(over + _ROUNDING)
        if lower is not None:
            pieces[place] = lower
            return True
    return False
