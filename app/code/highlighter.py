"""Python in colours: comments, strings, numbers, keywords and the names of functions."""

import keyword
import re
from collections.abc import Iterator

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.shell.theme import Theme

# A text in three quotes may go on in the next line; all others end in theirs.
_TOKEN = re.compile(
    r"(?P<comment>#.*)"
    r'|(?P<long>[rbfRBF]{0,2}"""(?:(?!""").)*(?:""")?)'
    r"""|(?P<string>[rbfRBF]{0,2}(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?))"""
    r"|(?P<number>\b\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?)"
    r"|(?:\b(?:def|class)\s+(?P<name>\w+))"
    r"|(?P<word>\b[^\W\d]\w*)"
)
_WORDS = frozenset(keyword.kwlist)
_COLORS = {"comment": "text2", "string": "ok", "number": "warn", "keyword": "accent", "name": "text"}
_CODE, _TEXT = 0, 1  # what a line begins in


def tokens(line: str, inside: bool) -> Iterator[tuple[int, int, str]]:
    """Yield start, length and kind of what is coloured in a line; inside: whether it begins within a long text.

    The last one is ("open") of no length where the line ends within a long text.
    """
    start = 0
    if inside:
        end = line.find('"""')
        start = len(line) if end < 0 else end + 3
        yield 0, start, "string"
        if end < 0:
            yield start, 0, "open"
            return
    for found in _TOKEN.finditer(line, start):
        kind = found.lastgroup or ""
        if kind == "name":  # with def or class before it
            yield found.start(), len(found[0].split()[0]), "keyword"
            yield found.start("name"), len(found["name"]), "name"
        elif kind == "word":
            if found[0] in _WORDS:
                yield found.start(), len(found[0]), "keyword"
        else:
            yield found.start(), len(found[0]), "string" if kind == "long" else kind
        if kind == "long" and not (found[0].endswith('"""') and len(found[0].lstrip("rbfRBF")) >= 6):
            yield found.end(), 0, "open"


class Highlighter(QSyntaxHighlighter):
    """Colours a document in the colours of the theme."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self.theme = theme
        self.formats: dict[str, QTextCharFormat] = {}
        self.refresh()
        theme.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Take the colours of the theme anew."""
        for kind, color in _COLORS.items():
            made = QTextCharFormat()
            made.setForeground(self.theme.color(color))
            made.setFontWeight(QFont.Weight.DemiBold if kind in ("keyword", "name") else QFont.Weight.Normal)
            self.formats[kind] = made
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour a line."""
        state = _CODE
        for start, length, kind in tokens(text, self.previousBlockState() == _TEXT):
            if kind == "open":
                state = _TEXT
            else:
                self.setFormat(start, length, self.formats[kind])
        self.setCurrentBlockState(state)
