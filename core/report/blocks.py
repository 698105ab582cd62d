"""A document as frozen values: what HTML and pages of paper are made of. It knows nothing of either.

All text is plain. Numbers stand in it as they are to be read, with their units.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SIZE = re.compile(r'\s(width|height)="([\d.]+)(pt)?"')

Place = tuple[int, int]  # a row and a column


@dataclass(frozen=True)
class Text:
    """A paragraph; note: one that the reader should not overlook."""

    text: str
    note: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and what is to be said of each, beside each other."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table. numbers: the columns that are set to the right; best: the cells that are marked."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    numbers: frozenset[int] = frozenset()
    best: frozenset[Place] = frozenset()


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Code:
    """What a computer is told, letter by letter."""

    text: str
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure. name: of its own within the document; alt: what is seen, for those who do not see it.

    svg: the drawing. png: makes the same in pixels for paper, None where paper is to have the drawing.
    """

    name: str
    caption: str
    alt: str
    svg: str
    png: Callable[[], bytes] | None = None

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points, 1/72 inch; the drawing gives them in points or in pixels of a screen."""
        opening = self.svg[self.svg.index("<svg") :].partition(">")[0]
        found = {name: float(size) * (1 if unit else 0.75) for name, size, unit in _SIZE.findall(opening)}
        return found["width"], found["height"]


Block = Text | Facts | Table | Items | Code | Picture


@dataclass(frozen=True)
class Section:
    """A chapter. name: a word for links to it."""

    name: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """The document. below: what stands under its title and below each page."""

    title: str
    below: str
    sections: Sequence[Section]
