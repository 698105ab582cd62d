"""Type on paper: fonts, and pieces of text that know how high they are. All lengths are points, 1/72 inch."""

from html import escape

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QTextDocument, QTextOption

TEXT, TEXT_2, BEST, RULE, STRONG, PAPER = "#1a1f29", "#566072", "#0b7350", "#dce0e8", "#7f899a", "#f3f5f8"
BODY, SMALL, CODE, CHAPTER, TITLE = 9.5, 8.0, 6.8, 13.0, 21.0
_SANS = ("Inter", "Segoe UI", "Helvetica Neue", "Arial", "DejaVu Sans")
_MONO = ("Consolas", "Menlo", "DejaVu Sans Mono", "Courier New")
_DOTS = 2835  # to a metre: 72 to an inch


def font(size: float, *, bold: bool = False, mono: bool = False) -> QFont:
    """Return a font of so many points; letters that it lacks come from others of the system."""
    found = QFont()
    found.clearFeatures()  # a window in the same process has figures of one width, which copied text loses
    found.setFamilies(_MONO if mono else _SANS)
    found.setPointSizeF(size)
    found.setBold(bold)
    found.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # Letters that take another shape beside figures, as in Inter, could not be searched or copied in the PDF; nor could
    # figures of one width.
    found.setFeature(QFont.Tag("calt"), 0)
    return found


class Typesetter:
    """Sets text on a device of 72 dots to an inch, so that its sizes are points."""

    def __init__(self) -> None:
        self.device = QImage(8, 8, QImage.Format.Format_RGB32)
        self.device.setDotsPerMeterX(_DOTS)
        self.device.setDotsPerMeterY(_DOTS)

    def set(
        self, text: str, of: QFont, width: float | None = None, colour: str = TEXT, *, right: bool = False
    ) -> "Lines":
        """Return text in lines that are at most so wide; None: as wide as it is."""
        return Lines(self, text, of, width, colour, right=right)


class Lines:
    """A text in lines, ready to be painted. height, ideal: how high it is, and how wide it would be in one line."""

    def __init__(
        self, setter: Typesetter, text: str, of: QFont, width: float | None, colour: str, *, right: bool
    ) -> None:
        self.document = document = QTextDocument()
        document.documentLayout().setPaintDevice(setter.device)
        document.setDefaultFont(of)
        document.setDocumentMargin(0)
        document.setUseDesignMetrics(True)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if right:
            option.setAlignment(Qt.AlignmentFlag.AlignRight)
        document.setDefaultTextOption(option)
        document.setDefaultStyleSheet(f"p {{ color: {colour}; white-space: pre-wrap; }}")
        document.setHtml("".join(f"<p>{escape(line) or '&nbsp;'}</p>" for line in text.split("\n")))
        self.ideal = document.idealWidth()
        if width is not None:
            document.setTextWidth(width)
        self.height = document.size().height()

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint it with its upper left corner at a place."""
        painter.save()
        painter.translate(QPointF(x, y))
        self.document.drawContents(painter)
        painter.restore()
