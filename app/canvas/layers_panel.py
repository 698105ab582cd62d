"""The palette of layers and activations, with the list of the network's layers below it."""

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.canvas.chips import Chip
from app.canvas.curves import Curves, curve_icon
from app.canvas.edits import LayerEdits
from app.canvas.layers_list import LayersList
from app.canvas.parts import Part
from app.canvas.plan import KnownFacts, NetworkPlan, plan_network
from app.canvas.shown import ShownRun
from app.canvas.tips import CurveTip
from app.document.document import Document
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.header import Header
from core.choices.activations import ACTIVATIONS
from core.experiment.checks import Problem
from core.experiment.network import LAYERS

_TIP_MS = 500


class LayersPanel(QWidget):
    """Chips to drag onto the canvas, and the layers as a list.

    hint: a sentence for the status bar. compare: the path of a setting that is to be compared, or "".
    """

    hint = Signal(str)
    compare = Signal(str)

    def __init__(
        self,
        document: Document,
        selection: Selection,
        theme: Theme,
        icons: Icons | None = None,
        shown: ShownRun | None = None,
    ) -> None:
        """Make a panel; shown: the run whose network it shows, the first one where it is left out."""
        super().__init__()
        self._run = shown or ShownRun(document, parent=self)
        self._theme = theme
        self._icons = icons or Icons(theme)
        self._facts = KnownFacts()
        self._problems: tuple[Problem, ...] = ()
        self._curves: Curves = {}
        self.edits = LayerEdits(document, selection, self, self._run)
        self.edits.hint.connect(self.hint)
        self._selection = selection
        drop = self.tr("Drag it between two cards of the canvas. A double click or Enter adds it before the output.")
        put = self.tr("Drag it onto a Dense card. A double click or Enter sets it on the selected layer.")
        self.layer_chips = [Chip(Part("layer", kind), drop) for kind in LAYERS]
        self.activation_chips = [Chip(Part("activation", tag), put) for tag in ACTIVATIONS]
        for chip in self.layer_chips:
            chip.show_icon(self._icons.get(chip.part.tag, "accent"))
            chip.setToolTip(drop)
        for chip in (*self.layer_chips, *self.activation_chips):
            chip.chosen.connect(self.choose)
        self._tip = CurveTip(self, theme)
        self._pointed: Chip | None = None
        self._tip_timer = QTimer(self, singleShot=True, interval=_TIP_MS)
        self._tip_timer.timeout.connect(self._show_tip)
        for chip in self.activation_chips:
            chip.pointed.connect(self._point)
        self.list = LayersList(self.edits, selection, theme, self._plan())
        self.list.compare.connect(self.compare)
        self._lay_out()
        document.changed.connect(self._redraw)
        document.opened.connect(self._redraw)
        self._run.changed.connect(self._redraw)
        theme.changed.connect(self._recolor)
        self._recolor()

    def _lay_out(self) -> None:
        sentence = self.tr(
            "A dense layer computes a = g(W·x + b). A dropout layer switches off units at random while training. "
            "The activation g bends the line: without it, all layers together are one line."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(Header(self._icons, self.tr("Layers"), sentence=sentence))
        column.addLayout(self._grid(self.layer_chips))
        column.addWidget(self._caption(self.tr("Activations")))
        column.addLayout(self._grid(self.activation_chips))
        how = self._caption(
            self.tr(
                "Drag onto the canvas, or double-click: a layer goes to the end, an activation to the selected layer."
            )
        )
        how.setWordWrap(True)
        column.addWidget(how)
        column.addWidget(self._caption(self.tr("In this network")))
        column.addWidget(self.list)

    @staticmethod
    def _grid(chips: list[Chip]) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, chip in enumerate(chips):
            grid.addWidget(chip, place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid

    @staticmethod
    def _caption(text: str) -> QLabel:
        label = QLabel(text)
        set_class(label, "caption")
        return label

    def _plan(self) -> NetworkPlan:
        experiment = self._run.experiment
        return plan_network(experiment, self._facts.of(experiment.data.source), self._problems, own=self._run.own)

    def _redraw(self, *_values: object) -> None:
        plan = self._plan()
        if plan != self.list.layers.plan:
            self.list.show_plan(plan)

    def set_problems(self, problems: tuple[Problem, ...]) -> None:
        """Tell the list what is wrong with which layer."""
        self._problems = tuple(problems)
        self._redraw()

    def set_curves(self, curves: Curves) -> None:
        """Take the curves of the activations, once they are sampled."""
        self._curves = self.list.curves = dict(curves)
        self._recolor()

    def _recolor(self) -> None:
        for chip in self.activation_chips:
            chip.show_icon(curve_icon(self._curves.get(chip.part.tag), self._theme.color("accent")))

    def choose(self, part: Part) -> None:
        """Append a layer, or set an activation on the selected layer."""
        if part.what == "layer":
            self.edits.insert(part.tag, len(self.edits.network.layers))
        else:
            self.edits.set_activation(self._selection.layer, part.tag)

    def _point(self, chip: Chip, there: bool) -> None:
        self._pointed = chip if there else None
        if there:
            self._tip_timer.start()
        else:
            self._tip_timer.stop()
            self._tip.setVisible(False)

    def _show_tip(self) -> None:
        chip = self._pointed
        if chip is not None and chip.isVisible():
            tag = chip.part.tag
            self._tip.tell(tag, self._curves.get(tag), chip.mapToGlobal(QPoint(0, chip.height() + 6)))
