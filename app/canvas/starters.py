"""What an empty network shows between Input and Output: what to do, and three ways to begin."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.shell.style import set_class

# Names of examples; the words on the buttons are the design's.
STARTERS = ("perceptron", "xor", "spiral")


class Starters(QFrame):
    """A card with three starters. chosen: the name of an example."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_class(self, "card")
        words = (self.tr("Perceptron"), self.tr("XOR in two layers"), self.tr("Spirals"))
        text = QLabel(self.tr("Drag a Dense layer here,\nor press Insert"))
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        start = QLabel(self.tr("or start with"))
        set_class(start, "caption")
        start.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        layout.addWidget(text)
        layout.addWidget(start)
        self.buttons = []
        for name, word in zip(STARTERS, words, strict=True):
            button = QPushButton(word)
            button.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            layout.addWidget(button)
            self.buttons.append(button)
        self.adjustSize()
