"""From the blocks of a report to pieces of paper: each a strip as wide as the text that is never parted by a page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QFont, QFontInfo, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.report.type import (
    BEST,
    BODY,
    CHAPTER,
    CODE,
    PAPER,
    RULE,
    SMALL,
    STRONG,
    TEXT,
    TEXT_2,
    TITLE,
    Lines,
    Typesetter,
    font,
)
from core.report.blocks import Block, Code, Facts, Items, Picture, Report, Section, Table, Text

_GAP = 10.0  # between the columns of a table
_PAD = 2.5  # above and below the text of a row
_LEAST = 40.0  # that a column of words is wide
_NAMES = 0.24  # of the width, for the names of facts
_FONTS = re.compile(r'font-family="[^"]*"')
_HIGHEST = 0.8  # of the width: a picture is not higher
_SMALLEST = 0.72  # of its height, to which a picture is made lower so that it fits on a page


@dataclass
class Piece:
    """A strip. before: the space above it, but for the first on a page. with_next: the next stands on the same page.

    rule: the colour of a line below it, and wide how long that is, None for the width of the page. head: the piece to
    be painted once more above it, where it is the first on a page.
    """

    height: float
    before: float = 0.0
    with_next: bool = False
    texts: Sequence[tuple[float, float, Lines]] = ()
    rule: str = ""
    wide: float | None = None
    paper: str = ""  # the colour behind it
    head: "Piece | None" = None
    picture: "tuple[QRectF, QImage | QSvgRenderer] | None" = None

    def lower(self, by: float) -> "Piece | None":
        """Return the same picture, that much lower; None where it is none, or would become too small to be read."""
        if self.picture is None or self.height - by < _SMALLEST * self.height:
            return None
        place, drawn = self.picture
        share = 1 - by / self.height
        smaller = QRectF(0, 0, share * place.width(), share * place.height())
        return replace(self, height=self.height - by, picture=(smaller, drawn))

    def paint(self, painter: QPainter, width: float, y: float) -> None:
        """Paint it at a height of the page."""
        if self.paper:
            painter.fillRect(QRectF(0, y, width, self.height), QColor(self.paper))
        for x, down, text in self.texts:
            text.paint(painter, x, y + down)
        if self.rule:
            long = width if self.wide is None else self.wide
            painter.fillRect(QRectF(0, y + self.height - 0.6, long, 0.6), QColor(self.rule))
        if self.picture is not None:
            place, picture = self.picture
            if isinstance(picture, QImage):
                painter.drawImage(place.translated(0, y), picture)
            else:
                picture.render(painter, place.translated(0, y))


class Pieces:
    """Makes the pieces of a report for a text of some width."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.setter = Typesetter()

    def of(self, report: Report) -> list[Piece]:
        """Return the pieces in order."""
        found = [self._text(report.title, font(TITLE, bold=True)), self._text(report.below, font(SMALL), TEXT_2, 2)]
        for section in report.sections:
            found += self._section(section)
        return found

    def _section(self, section: Section) -> Iterator[Piece]:
        title = self._text(section.title, font(CHAPTER, bold=True), before=20)
        title.with_next = True
        yield title
        for block in section.blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[Piece]:
        if isinstance(block, Text):
            yield self._text(block.text, font(BODY, bold=block.note), before=6)
        elif isinstance(block, Items):
            for item in block.items:
                text = self.setter.set(item, font(BODY), self.width - 12)
                dot = self.setter.set("•", font(BODY))
                yield Piece(text.height, 3, texts=((1, 0, dot), (12, 0, text)))
        elif isinstance(block, Facts):
            yield from self._facts(block)
        elif isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Code):
            yield from self._code(block)
        else:
            yield from self._picture(block)

    def _text(self, text: str, of: QFont, colour: str = TEXT, before: float = 0.0) -> Piece:
        found = self.setter.set(text, of, self.width, colour)
        return Piece(found.height, before, texts=((0, 0, found),))

    def _facts(self, facts: Facts) -> Iterator[Piece]:
        left = _NAMES * self.width
        for place, (name, text) in enumerate(facts.rows):
            first = self.setter.set(name, font(BODY), left - _GAP, TEXT_2)
            second = self.setter.set(text, font(BODY), self.width - left)
            high = max(first.height, second.height) + 2 * _PAD
            row = Piece(high, 6.0 if place == 0 else 0, texts=((0, _PAD, first), (left, _PAD, second)), rule=RULE)
            row.with_next = place + 1 < len(facts.rows)
            yield row

    def _table(self, table: Table) -> Iterator[Piece]:
        widths = self._widths(table)
        head = self._row(table, table.head, widths, None)
        head.before, head.with_next, head.rule = 10.0, True, STRONG
        yield head
        for place, cells in enumerate(table.rows):
            row = self._row(table, cells, widths, place)
            row.head, row.rule = head, RULE
            row.with_next = place == len(table.rows) - 1 and bool(table.caption)
            yield row
        if table.caption:
            yield self._text(table.caption, font(SMALL), TEXT_2, 4)

    def _row(self, table: Table, cells: Sequence[str], widths: Sequence[float], place: int | None) -> Piece:
        """Return a row of a table; place None: its head."""
        texts, x = [], 0.0
        for at, (text, width) in enumerate(zip(cells, widths, strict=True)):
            best = (place, at) in table.best
            of = font(SMALL, bold=place is None or best)
            colour = TEXT_2 if place is None else BEST if best else TEXT
            texts.append((x, _PAD, self.setter.set(text, of, width, colour, right=at in table.numbers)))
            x += width + _GAP
        return Piece(max(text.height for _, _, text in texts) + 2 * _PAD, texts=texts, wide=x - _GAP)

    def _widths(self, table: Table) -> list[float]:
        """Return the width of each column: as its cells need it, columns of words less where all would be too wide."""
        bold = font(SMALL, bold=True)
        # A title may be parted between its words, and so may words; numbers may not.
        least = [max(self.setter.set(word, bold).ideal for word in (title.split() or [""])) for title in table.head]
        needed = [max([0.0, *(self.setter.set(row[at], bold).ideal for row in table.rows)]) for at in range(len(least))]
        numbers = [max(least[at], needed[at]) for at in range(len(least))]
        room = self.width - _GAP * (len(least) - 1)
        words = [at for at in range(len(least)) if at not in table.numbers]
        left = room - sum(numbers[at] for at in range(len(least)) if at not in words)
        wanted = sum(numbers[at] for at in words)
        if wanted <= left:
            return numbers
        # The narrow columns of words keep what they need; the wide ones share what is left.
        widths = list(numbers)
        wide = sorted(words, key=lambda at: numbers[at])
        while wide:
            share = left / len(wide)
            if numbers[wide[0]] > share:
                break
            left -= numbers[wide.pop(0)]
        for at in wide:
            widths[at] = max(_LEAST, left / len(wide))
        return widths

    def _code(self, code: Code) -> Iterator[Piece]:
        if code.caption:
            caption = self._text(code.caption, font(SMALL), TEXT_2, 8)
            caption.with_next = True
            yield caption
        lines = code.text.rstrip().split("\n")
        for place, line in enumerate(lines):
            text = self.setter.set(line, font(CODE, mono=True), self.width - 16)
            first, last = place == 0, place == len(lines) - 1
            high = text.height + 5.0 * (first + last)
            yield Piece(high, 4.0 * first, texts=((8, 5.0 * first, text),), paper=PAPER)

    def _picture(self, picture: Picture) -> Iterator[Piece]:
        wide, high = picture.size
        scale = min(1.0, self.width / wide, _HIGHEST * self.width / high)
        drawn: QImage | QSvgRenderer
        if picture.png is None:
            # Qt's reader of drawings takes a list of fonts for the name of one.
            named = _FONTS.sub(f'font-family="{QFontInfo(font(BODY)).family()}"', picture.svg)
            drawn = QSvgRenderer(QByteArray(named.encode()))
        else:
            drawn = QImage.fromData(picture.png())
        place = QRectF(0, 0, scale * wide, scale * high)
        yield Piece(scale * high, 10, with_next=True, picture=(place, drawn))
        yield self._text(picture.caption, font(SMALL), TEXT_2, 4)
