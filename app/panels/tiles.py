"""Tiles to choose a data set by its picture."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.shell.theme import Theme

_SIDE = 44
_GAP = 2
_BELOW = 6
_MOST_COLUMNS = 4
_LONG = 10  # letters of a word that may be parted
_VOWELS = frozenset("aeiouyäöüAEIOUYÄÖÜ")


def lines_of(title: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Part a title into lines that fit a width; a word that is too long is parted between two consonants."""
    lines = [""]
    for word in title.replace("-", "- ").split():
        joined = lines[-1] + word if lines[-1].endswith("-") else f"{lines[-1]} {word}".strip()
        if metrics.horizontalAdvance(joined) <= width:
            lines[-1] = joined
            continue
        fits = metrics.horizontalAdvance(word) <= width or len(word) < _LONG
        lines += [word] if fits else _parted(word)
    return [line for line in lines if line]


def _parted(word: str) -> list[str]:
    """Part a word near its middle, as in Checker-board."""
    middle = len(word) / 2
    places = [i for i in range(2, len(word) - 1) if word[i - 1] not in _VOWELS and word[i] not in _VOWELS]
    place = min(places, key=lambda i: abs(i - middle), default=len(word) // 2)
    return [f"{word[:place]}-", word[place:]]


class Tile(QAbstractButton):
    """A picture in a frame, with its title below; the chosen one has a ring."""

    def __init__(self, theme: Theme, title: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.lines: list[str] = []
        self.picture: QPixmap | None = None
        self.dashed = False
        self.setText(title)
        self.setCheckable(True)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.setToolTip(f"{title}: {sentence}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_picture(self, picture: QPixmap) -> None:
        """Show another picture."""
        self.picture = picture
        self.update()

    def nextCheckState(self) -> None:
        """Leave it to the document which one is chosen."""

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light up."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Go out again."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame, picture, title and ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, side = self.theme, _SIDE
        frame = QRectF((self.width() - side) / 2, 3, side, side)
        strong = self.isChecked() or self.hasFocus()
        pen = QPen(theme.color("accent" if strong else "strong" if self.dashed else "border"), 2 if strong else 1)
        if self.dashed and not strong:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setBrush(theme.color("raise" if self.underMouse() and not self.dashed else "canvas"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(frame, 6, 6)
        if self.picture is not None:
            size = self.picture.deviceIndependentSize()
            place = QRectF(0, 0, size.width(), size.height())
            place.moveCenter(frame.center())
            painter.drawPixmap(place.topLeft(), self.picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawRoundedRect(frame.adjusted(-1, -1, 1, 1) if strong else frame, 7, 7)
        painter.setPen(theme.color("text" if self.isChecked() else "text2"))
        painter.setFont(theme.font(theme.sizes.axis))
        height = QFontMetrics(painter.font()).height()
        for number, text in enumerate(self.lines):
            line = QRect(0, side + 7 + number * height, self.width(), height)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)


class Tiles(QWidget):
    """Tiles in as many columns as their titles allow; the arrow keys go from one to the other, Enter chooses."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.tiles: dict[str, Tile] = {}
        self.columns = 1
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._lay_out)

    def add(self, tag: str, title: str, sentence: str) -> Tile:
        """Add a tile at the end."""
        tile = Tile(self.theme, title, sentence, self)
        tile.clicked.connect(self._emitter(tag))
        tile.installEventFilter(self)
        self.tiles[tag] = tile
        self._lay_out()
        return tile

    def choose(self, tag: str) -> None:
        """Show which one is chosen; none for a tag without a tile. Tab stops at that one, or at the first."""
        stop = tag if tag in self.tiles else next(iter(self.tiles), "")
        for other, tile in self.tiles.items():
            tile.setChecked(other == tag)
            tile.setFocusPolicy(Qt.FocusPolicy.StrongFocus if other == stop else Qt.FocusPolicy.ClickFocus)

    def minimumSizeHint(self) -> QSize:
        """Return the room of two columns."""
        return QSize(2 * _SIDE + _GAP, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the tiles out anew."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._lay_out()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Go from tile to tile by the arrow keys, and choose by Enter, for Space trains."""
        if isinstance(watched, Tile) and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                watched.click()
                return True
            steps = {
                Qt.Key.Key_Left: -1,
                Qt.Key.Key_Right: 1,
                Qt.Key.Key_Up: -self.columns,
                Qt.Key.Key_Down: self.columns,
            }
            if key in steps:
                tiles = list(self.tiles.values())
                place = tiles.index(watched) + steps[key]
                if 0 <= place < len(tiles):
                    tiles[place].setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def _emitter(self, tag: str) -> Callable[[], None]:
        return lambda: self.chosen.emit(tag)

    def _lay_out(self) -> None:
        if not self.tiles:
            return
        metrics = QFontMetrics(self.theme.font(self.theme.sizes.axis))
        self.columns = self._best_columns(metrics)
        cell = (self.width() - (self.columns - 1) * _GAP) // self.columns
        tiles = list(self.tiles.values())
        y = 0
        for start in range(0, len(tiles), self.columns):
            line = tiles[start : start + self.columns]
            for tile in line:
                tile.lines = lines_of(tile.text(), metrics, cell)
            height = _SIDE + 10 + max(len(tile.lines) for tile in line) * metrics.height()
            for place, tile in enumerate(line):
                tile.setGeometry(place * (cell + _GAP), y, cell, height)
                tile.update()
            y += height + _BELOW
        self.setFixedHeight(y - _BELOW)

    def _best_columns(self, metrics: QFontMetrics) -> int:
        """Return how many columns show all titles."""
        titles = [tile.text() for tile in self.tiles.values()]
        for columns in range(_MOST_COLUMNS, 1, -1):
            cell = (self.width() - (columns - 1) * _GAP) // columns
            if cell < _SIDE + 4:
                continue
            lines = [line for title in titles for line in lines_of(title, metrics, cell)]
            if all(metrics.horizontalAdvance(line) <= cell for line in lines):
                return columns
        return 1
