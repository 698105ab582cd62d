"""A bar for each class: how probable the network holds it to be."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.shell.theme import Theme
from app.shell.widgets.numbers import MINUS
from core.probes.pictures import DigitPicture

_GAP = 8.0
_MOST_NAME = 76.0  # pixels


class ClassBars(QWidget):
    """The bars of one image; the class that is answered stands out. Scores are drawn from the least to the greatest."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.names: tuple[str, ...] = ()
        self.picture: DigitPicture | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.updateGeometry)
        theme.changed.connect(self.update)
        self._tell()

    def set_classes(self, names: Sequence[str]) -> None:
        """Show these classes, without an answer."""
        self.names = tuple(names)
        self.picture = None
        self._tell()
        self.updateGeometry()
        self.update()

    def set_picture(self, picture: DigitPicture | None) -> None:
        """Show what the network answers, or nothing."""
        self.picture = picture
        self._tell()
        self.update()

    def texts(self) -> list[str]:
        """Return what is written behind each bar."""
        picture = self.picture
        if picture is None:
            return ["–"] * len(self.names)
        if picture.probabilities is not None:
            return [f"{value:.1%}".replace("%", " %") for value in picture.probabilities.tolist()]
        scores = picture.outputs.tolist()
        values = [-scores[0], scores[0]] if len(scores) == 1 else scores
        return [f"{value:.2f}".replace("-", MINUS) for value in values]

    def shares(self) -> list[float]:
        """Return how long each bar is, 0 … 1."""
        picture = self.picture
        if picture is None:
            return [0.0] * len(self.names)
        if picture.probabilities is not None:
            return [float(value) for value in np.nan_to_num(picture.probabilities)]
        scores = np.nan_to_num(picture.outputs)
        if len(scores) == 1:
            scores = np.array([-scores[0], scores[0]])
        low, high = float(scores.min()), float(scores.max())
        return [(value - low) / (high - low) if high > low else 0.0 for value in scores.tolist()]

    def _tell(self) -> None:
        if self.picture is None:
            self.setAccessibleName(self.tr("No image to classify"))
            return
        told = sorted(zip(self.shares(), self.names, self.texts(), strict=False), reverse=True)[:3]
        self.setAccessibleName(", ".join(f"{name}: {text}" for _, name, text in told))

    def sizeHint(self) -> QSize:
        """Return the room of all bars."""
        line = QFontMetricsF(self.theme.font(self.theme.sizes.axis)).height()
        return QSize(150, round((line + 2) * max(len(self.names), 1)))

    def minimumSizeHint(self) -> QSize:
        """Return the least at which bars can be told apart."""
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bars."""
        if not self.names:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plain, bold = (self.theme.font(self.theme.sizes.axis, bold=weight) for weight in (False, True))
        metrics = QFontMetricsF(bold)
        name_room = min(max(metrics.horizontalAdvance(name) for name in self.names), _MOST_NAME) + 1
        text_room = metrics.horizontalAdvance(f"{MINUS}00.00" if self.picture is None else max(self.texts(), key=len))
        text_room = max(text_room, metrics.horizontalAdvance("100.0 %")) + 1
        line = self.height() / len(self.names)
        left, right = name_room + _GAP, self.width() - text_room - _GAP
        height = min(9.0, line - 4)
        for place, (name, text, share) in enumerate(zip(self.names, self.texts(), self.shares(), strict=False)):
            best = self.picture is not None and place == self.picture.winner
            middle = (place + 0.5) * line
            painter.setFont(bold if best else plain)
            painter.setPen(self.theme.color("text" if best else "text2"))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, name_room)
            box = QRectF(0, middle - line / 2, name_room + 1, line)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), shown)
            box = QRectF(right + _GAP, middle - line / 2, text_room, line)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), text)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("raise"))
            painter.drawRoundedRect(QRectF(left, middle - height / 2, right - left, height), 3, 3)
            painter.setBrush(self.theme.color("fill" if best else "strong"))
            wide = max((right - left) * share, 2.0)
            painter.drawRoundedRect(QRectF(left, middle - height / 2, wide, height), min(3.0, wide / 2), 3)
        painter.end()
