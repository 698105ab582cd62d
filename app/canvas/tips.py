"""Small cards that follow the pointer: the value of a link, the curve of an activation."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.canvas.curves import Curve, both_curves
from app.shell.style import set_class
from app.shell.theme import Theme
from core.choices.activations import OUTPUT_ACTIVATIONS

_WIDTH = 220


class ValueTip(QLabel):
    """A line of text beside the pointer, inside the canvas."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._room = parent
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setVisible(False)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        hexes = {name: self._theme.hex(name) for name in ("panel", "text", "border")}
        self.setStyleSheet(
            "QLabel {{ background: {panel}; color: {text}; border: 1px solid {border}; border-radius: 6px;"
            " padding: 3px 7px; }}".format(**hexes)
        )
        self.setFont(self._theme.font(self._theme.sizes.small))

    def tell(self, text: str, at: QPoint) -> None:
        """Show a text beside a point of the parent, within it."""
        self.setText(text)
        self.adjustSize()
        room = self._room.rect().adjusted(4, 4, -4, -4)
        x = min(at.x() + 14, room.right() - self.width())
        y = at.y() + 16 if at.y() + 16 + self.height() < room.bottom() else at.y() - 10 - self.height()
        self.move(max(x, room.left()), max(y, room.top()))
        self.raise_()
        self.setVisible(True)


class CurveTip(QFrame):
    """The curve of an activation with its derivative, formula and a sentence."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._owner = parent
        self._theme = theme
        set_class(self, "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setVisible(False)
        self.title, self.picture = QLabel(), QLabel()
        self.formula, self.slope, self.sentence = QLabel(), QLabel(), QLabel()
        set_class(self.title, "title")
        for label in (self.slope, self.sentence):
            set_class(label, "caption")
        for label in (self.formula, self.slope, self.sentence):
            label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(4)
        for label in (self.title, self.picture, self.formula, self.slope, self.sentence):
            label.setFixedWidth(_WIDTH)
            layout.addWidget(label)

    def tell(self, tag: str, curve: Curve | None, at: QPoint) -> None:
        """Show an activation with its upper left corner at a point of the screen, inside the window."""
        row = OUTPUT_ACTIVATIONS[tag]
        self.title.setText(row.title)
        self.formula.setText(row.formula)
        self.slope.setText(row.derivative)
        self.sentence.setText(row.sentence)
        self.picture.setVisible(curve is not None)
        if curve is not None:
            ratio = self.devicePixelRatioF()
            self.picture.setPixmap(both_curves(curve, self._theme, _WIDTH, 110, ratio))
        window = self._owner.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self.adjustSize()
        room, corner = window.rect().adjusted(4, 4, -4, -4), window.mapFromGlobal(at)
        x = min(corner.x(), room.right() - self.width())
        y = corner.y() if corner.y() + self.height() < room.bottom() else corner.y() - self.height() - 44
        self.move(max(x, room.left()), max(y, room.top()))
        self.raise_()
        self.setVisible(True)
