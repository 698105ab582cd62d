"""A row of a form: the setting's name, its editor, a ? and, after a bad input, a sentence."""

from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QContextMenuEvent, QEnterEvent, QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QSizePolicy, QWidget

from app.canvas.shown import ShownRun
from app.compare.menu import FillMenu
from app.panels.binding import Binding, reason
from app.panels.editors import Editor
from app.panels.settings import Setting
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.help import HelpButton
from core.choices.fields import Mistake

_GAP = 8
_ANY = 16_777_215  # pixels: Qt's largest, which is no limit
_CARET = 12  # pixels of the ▾ of a row's menu


class Refusal(QLabel):
    """A sentence in the colour of errors, there only while there is something to say."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.hide()
        theme.changed.connect(self._paint)
        self._paint()

    def say(self, text: str) -> None:
        """Show a sentence; an empty one goes away."""
        if text != self.text():
            self.setText(text)
            self.setVisible(bool(text))
            if text:
                QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _paint(self) -> None:
        self.setStyleSheet(f"color: {self.theme.hex('err')}; font-size: {self.theme.sizes.small}px;")


class Caret(QLabel):
    """A small ▾ after a name that has a menu, there while the mouse is on the row. It lies over the gap."""

    def __init__(self, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self.icons = icons
        self.setFixedSize(_CARET, _CARET)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_after(self, label: QLabel) -> None:
        """Show it where the text of a label beside it ends."""
        self.setPixmap(self.icons.pixmap("chevron-down", _CARET, self.devicePixelRatioF(), "accent"))
        text, rect = label.fontMetrics().horizontalAdvance(label.text()), label.geometry()
        self.move(rect.left() + min(text + 1, rect.width() + _GAP - _CARET), rect.center().y() - _CARET // 2 + 1)
        self.raise_()
        self.show()


class Row(QWidget):
    """Name at the left, editor, ?; where there is too little room the editor takes a line of its own.

    refused: a bad input was refused; what was set before is kept.
    """

    refused = Signal(str)

    def __init__(
        self,
        icons: Icons,
        binding: Binding,
        setting: Setting,
        editor: Editor,
        helps: bool = True,
        note: str = "",
        compare: FillMenu | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make a row; helps: whether it has a ?; note: a sentence at the end of what the ? tells; compare: fills its
        menu."""
        super().__init__(parent)
        self.compare = compare
        self.binding = binding
        self.setting = setting
        self.editor = editor
        self.note = note
        self.wide = True
        self.inset = 0
        self.label = QLabel(setting.title)
        self.label.setBuddy(editor)
        self.run: ShownRun | None = None
        self.own = False  # whether the run sets it for itself
        self._tip()
        set_class(self.label, "caption")
        self.icons = icons
        self.caret: Caret | None = None
        if compare is not None:
            self.label.setCursor(Qt.CursorShape.PointingHandCursor)
        self.help: HelpButton | None = None
        if helps:
            self.help = HelpButton(icons, setting.title, setting.formula, f"{setting.sentence} {note}".strip())
        self.theme = icons.theme
        self.message: Refusal | None = None
        editor.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        editor.edited.connect(self._edit)
        editor.finished.connect(self._finish)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(_GAP)
        self.grid.setVerticalSpacing(0)
        self._arrange()
        self.refresh()

    def refresh(self) -> None:
        """Show what is set now."""
        self.complain("")
        self._show()

    def follow(self, run: ShownRun | None) -> None:
        """Let nothing be edited here that the shown run of a comparison sets for itself: that is for its table."""
        self.run = run
        self._show()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to compare values of the setting."""
        if self.compare is None:
            super().contextMenuEvent(event)
        else:
            self._popup(event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the menu by a click on the name; on all of it, where nothing can be edited."""
        on_name = self.own or self.label.geometry().adjusted(0, 0, _GAP, 0).contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and on_name:
            self._popup(self.mapToGlobal(self.label.geometry().bottomLeft()))

    def _popup(self, at: QPoint) -> None:
        if self.compare is not None:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self.compare(menu, self.setting.path, _small(self.setting.title))
            menu.triggered.connect(self._forget_caret)  # a dialog that opens then lets no leave event through
            menu.popup(at)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that the name has a menu."""
        super().enterEvent(event)
        self._tip()
        if self.compare is not None:
            self.caret = self.caret or Caret(self.icons, self)
            self.caret.show_after(self.label)

    def leaveEvent(self, event: QEvent) -> None:
        """Show the name alone."""
        super().leaveEvent(event)
        self._forget_caret()

    def _forget_caret(self, _chosen: object = None) -> None:
        if self.caret is not None:
            self.caret.hide()

    def explain(self, formula: str, sentence: str) -> None:
        """Let the ? tell something else: of what has been chosen, say."""
        if self.help is not None:
            self.help.set_help(self.setting.title, formula, f"{sentence} {self.note}".strip())

    def label_width(self) -> int:
        """Return the room that the name wants, with what it is set in by."""
        self.label.ensurePolished()
        # Not its size hint, which never falls below the width that it was given when type was larger.
        return self.label.fontMetrics().size(0, self.label.text()).width() + 1 + self.inset

    def set_height(self, height: int) -> None:
        """Give name, ? and the lines of the editor the height of a line."""
        self.label.setFixedHeight(height)
        if self.help is not None:
            self.help.setFixedHeight(height)
        self.editor.setMinimumHeight(height)

    def narrow_width(self) -> int:
        """Return the room that it wants in two lines."""
        first = self.label_width() + (_GAP + self.help.sizeHint().width() if self.help is not None else 0)
        editor = self.editor.minimumSizeHint().width()
        return first + _GAP + editor if self.editor.small else max(first, editor + self.inset)

    def wide_width(self, label: int) -> int:
        """Return the room that all of it wants side by side, with a name of this width."""
        help_width = _GAP + self.help.sizeHint().width() if self.help is not None else 0
        return label + _GAP + self.editor.minimumSizeHint().width() + help_width

    def set_shape(self, wide: bool, label: int) -> None:
        """Lie side by side with a name of this width (what it is set in by included), or in two lines."""
        # At the most, too: after a change of theme, size hints of labels of a fixed least width differ.
        self.label.setMinimumWidth(label - self.inset if wide else 0)
        self.label.setMaximumWidth(label - self.inset if wide else _ANY)
        if wide != self.wide:
            self.wide = wide
            self._arrange()

    def stops(self) -> list[QWidget]:
        """Return the widgets that Tab goes through, in order."""
        return [*self.editor.stops(), *([self.help] if self.help is not None else [])]

    def complain(self, text: str) -> None:
        """Say why an input was refused; an empty text takes it back."""
        if self.message is None and text:
            self.message = Refusal(self.theme)
            self._arrange()
        if self.message is not None:
            self.message.say(text)
        if text:
            self.refused.emit(text)

    def _arrange(self) -> None:
        for widget in (self.label, self.editor, self.help, self.message):
            if widget is not None:
                self.grid.removeWidget(widget)
        # Beside an editor of several lines, name and ? stand by the first.
        top = Qt.AlignmentFlag.AlignTop
        columns = 2 if self.help is None else 3
        self.grid.addWidget(self.label, 0, 0, top)
        if self.wide or self.editor.small:
            self.grid.addWidget(self.editor, 0, 1)
        else:
            self.grid.addWidget(self.editor, 1, 0, 1, columns)
        if self.help is not None:
            self.grid.addWidget(self.help, 0, 2, top | Qt.AlignmentFlag.AlignRight)
        if self.message is not None:
            self.grid.addWidget(self.message, 2, 0, 1, columns)
        # In two lines a small editor stands at the right of the first.
        self.grid.setColumnStretch(0, 0 if self.wide else 1)
        self.grid.setColumnStretch(1, 1 if self.wide else 0)

    def _edit(self, value: Any, gesture: bool) -> None:
        path = self.setting.path
        title = _small(self.setting.title)
        try:
            self.binding.edit({path: value}, self.tr("Change {0}").format(title), path if gesture else "")
        except Mistake as mistake:
            self._show()
            self.complain(self.tr("{0}. It stays as it was.").format(reason(mistake)))
        else:
            # Also what the document did not take as a change, and so has not told.
            self.refresh()

    def _finish(self) -> None:
        self.binding.end_merge()
        self._show()

    def _tip(self) -> None:
        """Say what the setting is, or what the runs have here."""
        told = self.run.sentence(self.setting.path) if self.run is not None and self.own else ""
        self.setToolTip(told)  # also that of the editor, which is disabled then
        what = "\n".join(text for text in (self.setting.sentence, self.setting.formula) if text)
        self.label.setToolTip(told or what)

    def _show(self) -> None:
        own = self.run is not None and self.run.sets(self.setting.path)
        if own != self.own:
            self.own = own
            self.editor.setDisabled(own)
            for widget in (self.label, *self.editor.stops()):
                widget.setProperty("own", own)
                set_class(widget, widget.property("class") or "")  # which looks again
            self._tip()
        self.editor.show_value(self.binding.value(self.setting.path))


def _small(title: str) -> str:
    return title[:1].lower() + title[1:]
