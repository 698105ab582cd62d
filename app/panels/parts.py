"""The part of the data panel for the split: which share trains, validates and tests, and what each is for."""

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.document.document import Document
from app.panels.binding import DocumentBinding
from app.panels.form import Form, Words
from app.panels.settings import settings_of
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.header import Header
from core.choices.datasets import Facts
from core.experiment.checks import part_sizes
from core.experiment.data import Data

_TEST = "data.test"


class PartsBar(QWidget):
    """All samples as one bar, cut into training, validation and test."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.sizes = (1, 0, 0)
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_sizes(self, sizes: tuple[int, int, int]) -> None:
        """Show how many samples each part has."""
        if sizes != self.sizes:
            self.sizes = sizes
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the three pieces side by side."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        there = [(size, color) for size, color in zip(self.sizes, ("accent", "strong", "ok"), strict=True) if size > 0]
        whole, x = sum(size for size, _ in there) or 1, 0.0
        room = self.width() - 2 * (len(there) - 1)
        for size, color in there:
            wide = max(3.0, room * size / whole)
            painter.setBrush(self.theme.color(color))
            painter.drawRoundedRect(QRectF(x, 1, wide, 6), 2, 2)
            x += wide + 2


class PartsPart(QWidget):
    """The fields of Data other than the set and its features, with what the parts are for."""

    def __init__(self, document: Document, icons: Icons, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.header = Header(
            icons,
            self.tr("Split"),
            sentence=self.tr(
                "The network learns from the training part alone. Whether it has learned something that holds for "
                "other samples too, the validation part shows after each epoch; early stopping watches it. Choosing "
                "by it is a kind of learning as well: so the test part is used once, at the very end."
            ),
        )
        self.bar = PartsBar(icons.theme)
        self.sizes = self._caption()
        self.why = self._caption()
        fields = {setting.path: setting for setting in settings_of(Data, "data") if setting.name != "source"}
        shares = [replace(fields.pop(path), title=title, percent=True) for path, title in self._shares().items()]
        self.form = Form(icons, DocumentBinding(document), (*shares, *fields.values()), words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.header, self.bar, self.sizes, self.why, self.form):
            column.addWidget(widget)

    def refresh(self, facts: Facts | None) -> None:
        """Show the split of data with these facts; None: they are not known."""
        own_test = facts is not None and facts.own_test > 0
        self.form.refresh()
        self.form.parts[_TEST].setVisible(not own_test)
        known = facts is not None and facts.samples > 0
        self.bar.setVisible(known)
        self.sizes.setVisible(known)
        if facts is not None and known:
            sizes = part_sizes(self.document.experiment.data, facts)
            self.bar.show_sizes(sizes)
            text = self.tr("{0:,} train · {1:,} validation · {2:,} test").format(*sizes)
            self.sizes.setText(text)
            self.bar.setAccessibleName(text)
        self.why.setText(
            self.tr("Validation: never learned from, looked at after each epoch. Test: comes with the set.")
            if own_test
            else self.tr("Validation: never learned from, looked at after each epoch. Test: once, at the very end.")
        )

    def _shares(self) -> dict[str, str]:
        """Return the paths of the shares with names short enough for a line."""
        return {"data.validation": self.tr("Validation"), _TEST: self.tr("Test")}

    def _caption(self) -> QLabel:
        label = QLabel()
        label.setWordWrap(True)
        set_class(label, "caption")
        return label
