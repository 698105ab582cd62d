"""The code as a text that can be read and copied, in which the lines of one layer stand out."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QFontDatabase,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QShowEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from app.code.highlighter import Highlighter
from app.shell.style import set_class
from app.shell.theme import Theme

_ABOVE = 2  # lines that stay in sight above the lines of a layer that are scrolled to
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)


class CodeView(QPlainTextEdit):
    """Shows code. pointed: a line, from 0, was clicked or walked to. seen_changed: it has come into sight, or gone."""

    pointed = Signal(int)
    seen_changed = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.lines: tuple[int, ...] = ()  # that stand out
        set_class(self, "code")
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)  # files are for the window
        self.setAccessibleName(self.tr("Code"))
        self.highlighter = Highlighter(self.document(), theme)
        theme.changed.connect(self._refresh)
        self._refresh()

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_text(self, text: str) -> None:
        """Show another text. Only the part that differs is put in, so that what is read stays where it is."""
        before = self.toPlainText()
        start = _alike(before, text)
        end = _alike(before[start:][::-1], text[start:][::-1])
        if before == text:
            return
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        cursor = QTextCursor(self.document())
        cursor.setPosition(_units(before[:start]))
        cursor.setPosition(_units(before[: len(before) - end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start : len(text) - end])
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)

    def mark(self, lines: Iterable[int], scroll: bool) -> None:
        """Let lines stand out; scroll: bring the first into sight, unless one of them is."""
        self.lines = tuple(lines)
        self._show_marks()
        if scroll and self.lines:
            top = self.verticalScrollBar().value()
            rows = self.viewport().height() // max(1, self.fontMetrics().lineSpacing())
            if not any(top <= line < top + rows for line in self.lines):
                self.verticalScrollBar().setValue(max(0, self.lines[0] - _ABOVE))

    def _show_marks(self) -> None:
        made = []
        paint = QTextCharFormat()
        paint.setBackground(self.theme.color("soft"))
        paint.setProperty(QTextFormat.Property.FullWidthSelection, True)
        for line in self.lines:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document().findBlockByNumber(line))
            selection.cursor, selection.format = cursor, paint
            made.append(selection)
        self.setExtraSelections(made)

    def _refresh(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(self.theme.sizes.small)
        self.setFont(font)
        self._show_marks()

    # -- what is done with it ------------------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell which line was clicked; a text that was selected is for copying."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.pointed.emit(self.cursorForPosition(event.position().toPoint()).blockNumber())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell which line the keys have led to."""
        super().keyPressEvent(event)
        if event.key() in _MOVES and not self.textCursor().hasSelection():
            self.pointed.emit(self.textCursor().blockNumber())

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it is seen."""
        super().showEvent(event)
        self.seen_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it is not."""
        super().hideEvent(event)
        self.seen_changed.emit(False)


def _alike(one: str, other: str) -> int:
    """Return with how many letters two texts begin alike."""
    differs = (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differs, min(len(one), len(other)))


def _units(text: str) -> int:
    """Return how long Qt holds a text to be, for which a letter beyond 16 bits is two."""
    return len(text.encode("utf-16-le")) // 2
