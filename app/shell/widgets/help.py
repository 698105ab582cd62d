"""The ? beside a setting: a small card with the formula and a sentence, which stays while one goes on working."""

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.shell.icons import Icons
from app.shell.style import set_class

_WIDTH = 280
_GAP = 6


class HelpCard(QFrame):
    """The card. It lies over the window, takes no clicks meant for others, and closes with Esc or ×."""

    def __init__(self, icons: Icons, title: str, formula: str, sentence: str, opener: QWidget) -> None:
        super().__init__(opener.window())
        self.opener = opener
        set_class(self, "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Help: {0}").format(title))
        self.setAccessibleDescription(f"{formula}. {sentence}" if formula else sentence)
        heading = QLabel(title)
        set_class(heading, "title")
        heading.setWordWrap(True)
        close = QToolButton()
        set_class(close, "small")
        close.setIcon(icons.get("close", "text2"))
        close.setIconSize(QSize(14, 14))
        close.setToolTip(self.tr("Close (Esc)"))
        close.setAccessibleName(self.tr("Close"))
        close.clicked.connect(self.dismiss)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(heading, 1)
        top.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 12)
        column.setSpacing(8)
        column.addLayout(top)
        if formula:
            column.addWidget(self._formula(icons, formula))
        text = QLabel(sentence)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(text)
        self.setFixedWidth(min(_WIDTH + (icons.theme.sizes.base - 13) * 20, opener.window().width() - 2 * _GAP))

    def _formula(self, icons: Icons, formula: str) -> QLabel:
        label = QLabel(formula)
        label.setFont(icons.theme.font(icons.theme.sizes.primary))
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_class(label, "formula")
        return label

    def open(self) -> None:
        """Show the card beside its button, inside the window."""
        window = self.window()
        self.resize(self.width(), self.heightForWidth(self.width()))
        corner = self.opener.mapTo(window, QPoint(0, 0))
        x = corner.x() + self.opener.width() + _GAP
        if x + self.width() > window.width() - _GAP:
            x = corner.x() - self.width() - _GAP
        x = max(_GAP, min(x, window.width() - self.width() - _GAP))
        y = max(_GAP, min(corner.y() - _GAP, window.height() - self.height() - _GAP))
        self.move(x, y)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Close the card; the keyboard goes back to its button."""
        if self.isAncestorOf(self.window().focusWidget() or self) or self.hasFocus():
            self.opener.setFocus(Qt.FocusReason.PopupFocusReason)
        # Hidden at once and gone from the window, so that a second call finds none.
        self.hide()
        self.setParent(None)
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)


def dismiss_card(window: QWidget) -> bool:
    """Close the help card of a window; tell whether there was one."""
    card = window.findChild(HelpCard)
    if card is None:
        return False
    card.dismiss()
    return True


class HelpButton(QToolButton):
    """A ? that opens the card, and closes it again."""

    def __init__(self, icons: Icons, title: str, formula: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.icons = icons
        self.title = title
        self.formula = formula
        self.sentence = sentence
        set_class(self, "small")
        self.setIcon(icons.get("help", "text2"))
        self.setIconSize(QSize(18, 18))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(self.tr("What is this?"))
        self.setAccessibleName(self.tr("Help: {0}").format(title))
        self.clicked.connect(self._toggle)

    def set_help(self, title: str, formula: str, sentence: str) -> None:
        """Explain something else from now on."""
        self.title, self.formula, self.sentence = title, formula, sentence
        self.setAccessibleName(self.tr("Help: {0}").format(title))

    def _toggle(self) -> None:
        window = self.window()
        card = window.findChild(HelpCard)
        ours = card is not None and card.opener is self
        dismiss_card(window)
        if not ours:
            HelpCard(self.icons, self.title, self.formula, self.sentence, self).open()
