"""The answer to one sample: in large letters, with how sure it is, and a bar for each class."""

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.plots.class_bars import ClassBars
from app.plots.digit_pad import grey_image
from app.plots.handwriting import Image
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.numbers import written
from core.exchange.predictions import Predictions
from core.probes.pictures import DigitPicture

_SIDE = 112  # pixels of the picture


class AnswerPanel(QWidget):
    """Shows an answer, and beside it the picture that was asked about as the network is given it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.picture = QLabel()
        self.picture.setFixedSize(_SIDE, _SIDE)
        self.picture.setAccessibleName(self.tr("The picture, as the network is given it"))
        self.picture.setToolTip(self.picture.accessibleName())
        self.title = ElidedLabel("–")
        set_class(self.title, "metric")
        self.note = QLabel()
        set_class(self.note, "caption")
        self.note.setWordWrap(True)
        self.bars = ClassBars(theme)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.title)
        words.addWidget(self.note)
        words.addStretch(1)
        # Bars of many classes have no room under the words where a picture takes the width.
        self.parts = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self.parts.setSpacing(8)
        self.parts.addLayout(words, 1)
        self.parts.addWidget(self.bars, 2)
        column = QVBoxLayout()
        column.addLayout(self.parts)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self.set_classes(())
        self.show_image(None)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Show no answer yet; names: the classes, none where a number is predicted."""
        self.bars.set_classes(names)
        self.bars.setVisible(bool(names))
        self.title.setText("–")
        self.note.setText("")

    def show_image(self, image: Image | None) -> None:
        """Show the picture (height, width) in 0 … 1 that is asked about, or none."""
        self.picture.setVisible(image is not None)
        direction = QBoxLayout.Direction
        self.parts.setDirection(direction.TopToBottom if image is None else direction.LeftToRight)
        if image is not None:
            grey = QPixmap.fromImage(grey_image(image))
            self.picture.setPixmap(grey.scaled(_SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio))

    def show_answer(self, found: Predictions, of: str) -> None:
        """Show the answer to the first sample; of: whose answer it is, in words."""
        answer = found.answer(0)
        if isinstance(answer, float):
            self.title.setText(written(answer, 5))
            self.note.setText(self.tr("predicted by {0}").format(of))
            return
        assert found.places is not None
        self.title.setText(answer)
        if found.confidence is None:
            self.note.setText(self.tr("answered by {0}; its outputs are scores, not probabilities").format(of))
        else:
            sure = f"{found.confidence[0]:.1%}".replace("%", " %")
            self.note.setText(self.tr("{0} sure, says {1}").format(sure, of))
        outputs = found.outputs[0]
        shares = None
        if found.confidence is not None:
            shares = np.array([1 - outputs[0], outputs[0]]) if len(outputs) == 1 else outputs
        nothing = np.zeros((1, 1))
        self.bars.set_picture(DigitPicture(nothing, outputs, shares, int(found.places[0]), {}, {}))

    def minimumSizeHint(self) -> QSize:
        """Return the least room of the words."""
        return QSize(150, super().minimumSizeHint().height())
