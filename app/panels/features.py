"""Chips for the features of points of the plane: what the network is given of a point."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QToolButton, QVBoxLayout, QWidget

from app.document.document import Document
from app.panels.flow import Flow
from app.panels.rows import Refusal
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.header import Header
from core.choices.features import FEATURES
from core.experiment.data import Data

_PATH = "data.features"


class FeatureChips(QWidget):
    """A chip for each row of FEATURES; at least one stays chosen. compare: the path of what is to be compared."""

    compare = Signal(str)

    def __init__(self, document: Document, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        info = Data.model_fields["features"]
        self.header = Header(
            icons,
            self.tr("Features"),
            sentence=self.tr("{0} With a fitting feature, a small network can learn what it could not alone.").format(
                info.description
            ),
        )
        self.button = QToolButton()
        set_class(self.button, "small")
        self.button.setIcon(icons.get("compare", "text2"))
        self.button.setIconSize(QSize(16, 16))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setToolTip(self.tr("Compare features: train a run for each set of them"))
        self.button.setAccessibleName(self.tr("Compare features"))
        self.button.clicked.connect(lambda: self.compare.emit(_PATH))
        self.header.add(self.button)
        self.refusal = Refusal(icons.theme)
        self.chips: dict[str, QPushButton] = {}
        place = QWidget()
        flow = Flow(place)
        for tag, row in FEATURES.items():
            chip = QPushButton(row.title)
            chip.setCheckable(True)
            chip.setToolTip(row.sentence)
            chip.setAccessibleName(self.tr("Feature {0}").format(row.title))
            chip.setAccessibleDescription(row.sentence)
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.clicked.connect(self._toggler(tag))
            flow.addWidget(chip)
            self.chips[tag] = chip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(place)
        column.addWidget(self.refusal)
        self.refresh()

    def refresh(self) -> None:
        """Show which features are chosen."""
        chosen = self.document.experiment.data.features
        for tag, chip in self.chips.items():
            chip.setChecked(tag in chosen)
        self.header.set_note(self.tr("{0} of {1}").format(len(chosen), len(self.chips)))
        self.refusal.say("")

    def _toggler(self, tag: str) -> Callable[[bool], None]:
        return lambda on: self._toggle(tag, on)

    def _toggle(self, tag: str, on: bool) -> None:
        chosen = {*self.document.experiment.data.features} ^ {tag}
        if not chosen:
            self.refresh()
            self.refusal.say(self.tr("The network needs at least one feature."))
            return
        text = self.tr("Add feature {0}") if on else self.tr("Remove feature {0}")
        features = [feature for feature in FEATURES if feature in chosen]
        self.document.set({_PATH: features}, text.format(FEATURES[tag].title))
