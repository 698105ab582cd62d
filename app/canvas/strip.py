"""The canvas folded to one line, while plots fill the centre: the layers' names, and the way back."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.canvas.plan import CardPlan, KnownFacts, activation_title, plan_network
from app.canvas.shown import ShownRun
from app.document.document import Document
from app.shell.style import set_class
from app.shell.widgets.labels import ElidedLabel


class LayerStrip(QWidget):
    """Says what the network is. canvas_wanted: the canvas is to be shown again."""

    canvas_wanted = Signal()

    def __init__(self, document: Document, shown: ShownRun | None = None) -> None:
        """Make a strip; shown: the run whose network it shows, the first one where it is left out."""
        super().__init__()
        self._run = shown or ShownRun(document, parent=self)
        self._facts = KnownFacts()
        title = QLabel(self.tr("Network"))
        set_class(title, "title")
        self.layers = ElidedLabel()
        set_class(self.layers, "caption")
        self.back = QPushButton(self.tr("Show canvas"))
        set_class(self.back, "flat")
        self.back.clicked.connect(self.canvas_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(12)
        row.addWidget(title)
        row.addWidget(self.layers, 1)
        row.addWidget(self.back)
        document.changed.connect(self._redraw)
        document.opened.connect(self._redraw)
        self._run.changed.connect(self._redraw)
        self._redraw()

    def _redraw(self, *_values: object) -> None:
        experiment = self._run.experiment
        plan = plan_network(experiment, self._facts.of(experiment.data.source))
        self.layers.setText("  →  ".join(self._words(card) for card in plan.cards))

    @staticmethod
    def _words(card: CardPlan) -> str:
        parts = [card.name]
        if card.kind == "dropout":
            parts.append(f"{card.rate:g}")
        elif card.units is not None:
            parts.append(f"{card.units:,}")
        if card.activation:
            parts.append(activation_title(card.activation))
        return f"{parts[0]} ({', '.join(parts[1:])})" if parts[1:] else parts[0]
