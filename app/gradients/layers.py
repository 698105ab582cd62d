"""The page of the layers: how healthy the gradients are, layer by layer, now and over the steps."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.gradients.health import MEASURES, HealthWatcher
from app.gradients.layers_plot import LayerBars, LayerLines, measures
from app.gradients.page import Page
from app.gradients.words import Finding, finding
from app.plots.thinning import Floats
from app.shell.drawn_export import table
from app.shell.icons import Icons
from app.shell.widgets.combo import QuietCombo

_LEAST, _LEAST_LINES = 76, 190  # pixels of a column, of the lines
_LINES = 0.36  # of the room


class LayersPage(Page):
    """mended: the settings that the mend of what is wrong changes (a mapping), with its text; rate_wanted: the way to
    another learning rate."""

    mended = Signal(object, str)
    rate_wanted = Signal()

    def __init__(self, icons: Icons, watcher: HealthWatcher) -> None:
        sentence = self.tr(
            "Bars: each layer now, the first at the top. Lines, in the same colours: the same while this page is "
            "open. Gradient and update are the norms of the whole matrix of weights, as shares of its own norm; the "
            "update is that of the next step. The signal δ is what comes back of one sample's loss to a neuron's sum "
            "z (root mean square): if it falls from the output towards the first layer by powers of ten, the gradient "
            "vanishes. Dead is a ReLU neuron that is 0 on all samples; flat, or saturated, an output of sigmoid or "
            "tanh where its slope is less than a tenth of its steepest."
        )
        super().__init__(icons, self.tr("Gradient health"), sentence, "δ = ∂Jᵢ/∂z,  ΔW/W ≈ 1/1,000")
        self.watcher = watcher
        self._finding = Finding("")
        self.button = QPushButton()
        self.button.clicked.connect(self._mend)
        self.button.hide()
        self.add(self.button)
        self.measure = QuietCombo(self.tr("Measure of the lines"))
        for measure in measures():
            self.measure.addItem(measure.title, measure)
        self.measure.setCurrentIndex(1)
        self.measure.activated.connect(lambda _index: self._choose())
        self.columns = [LayerBars(self.theme, measure) for measure in measures()]
        self.lines = LayerLines(self.theme, self.measure.currentData(), self.tr("step"))
        for column in self.columns:
            self.body.addWidget(column)
        right = QWidget()
        box = QVBoxLayout(right)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.measure)
        box.addWidget(self.lines, 1)
        self.body.addWidget(right, 1)
        watcher.changed.connect(self._show)
        self.visible_changed.connect(watcher.show)
        self.theme.changed.connect(self._arrange)
        self._arrange()
        self._show()

    def _choose(self) -> None:
        self.lines.choose(self.measure.currentData())
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many columns as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Share the room out: all columns beside the lines, or only the one that the lines show."""
        scale = self.theme.sizes.axis / 11
        names, least = round(self.columns[0].names_width), round(_LEAST * scale)
        room = self.width() - 20 - self.body.spacing() * len(self.columns)
        wide = (room - names - max(_LEAST_LINES, round(_LINES * room))) // len(self.columns)
        chosen = self.measure.currentIndex()
        first = True
        for place, column in enumerate(self.columns):
            shown = wide >= least or place == chosen
            column.setVisible(shown)
            if shown:
                width = wide if wide >= least else max(least, room // 2 - names)
                column.setFixedWidth(width + (names if first else 16))
                column.show_names(first)
                first = False

    def _show(self) -> None:
        told, scene = self.watcher.told, self.watcher.session.scene
        missing = "" if scene is not None else self.tr("There is no network yet whose gradients could be looked at.")
        self.show_missing(missing)
        if not self.isVisible() and told.steps:
            return
        frame, moment = self.watcher.frame, self.watcher.moment
        for column in self.columns:
            column.show_told(told, frame)
        self.lines.show_told(told, None if moment is None else moment.value("step"))
        self.show_moment(moment)
        self._finding = Finding(self.tr("Measuring …") if not missing else "") if frame is None else finding(frame)
        self.tell(self._finding.sentence)
        self.warn(self._finding.wrong)
        if self.button.text() != self._finding.mend:
            self.button.setText(self._finding.mend)
        self.button.setVisible(bool(self._finding.mend))
        source = "" if frame is None else frame.health.sources[0]
        if source == "rate × gradient":
            self.columns[1].setToolTip(
                self.tr("What the optimizer remembers is not known of these weights: learning rate times gradient")
            )
        else:
            self.columns[1].setToolTip("")

    def plots_shown(self) -> Sequence[QWidget]:
        """Return bars and lines."""
        return *self.columns, self.lines

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of all measures of all layers: at a moment, or at the steps that were looked at."""
        told, frame = self.watcher.told, self.watcher.frame
        if frame is None:
            return None
        if frame.past:
            return partial(_table, frame.names, [frame.step], [frame.values(name)[None] for name in MEASURES])
        return partial(_table, frame.names, list(told.steps), [told.table(name) for name in MEASURES])

    def _mend(self) -> None:
        if self._finding.settings:
            self.mended.emit(self._finding.settings, self._finding.mend)
        else:
            self.rate_wanted.emit()


def _table(layers: Sequence[str], steps: Sequence[int], tables: Sequence[Floats]) -> str:
    return table(
        ("step", "layer", "gradient / W", "update / W", "signal", "dead or saturated"),
        (
            (step, layer, *values)
            for step, *rows in zip(steps, *(found.tolist() for found in tables), strict=True)
            for layer, *values in zip(layers, *rows, strict=True)
        ),
    )
