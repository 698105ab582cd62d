"""The distributions of weights and outputs, layer by layer, of all runs."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton

from app.dropout.histograms import Histograms, Pointed
from app.dropout.panel import Panel
from app.dropout.twins import Told
from app.shell.drawn_export import table
from app.shell.icons import Icons
from app.shell.style import set_class
from core.experiment.architecture import DenseLayer
from core.probes.layer_pictures import DistributionsPicture


class LayersPanel(Panel):
    """The histograms, and buttons that turn to further layers where there is no room for all."""

    def __init__(self, icons: Icons) -> None:
        super().__init__(
            icons,
            self.tr("Weights and activations"),
            self.tr(
                "Above, how the weights of each layer are spread; below, its outputs on up to 512 training samples, "
                "with dropout off. All runs share the bins, and shares are drawn by their square roots, so that small "
                "ones are seen. A dead neuron is 0 for every sample; an output is saturated where its activation is "
                "nearly flat. Neurons that cannot rely on others tend to spread the work over many smaller weights."
            ),
            self.tr("share = values in the bin / all values"),
        )
        self.histograms = Histograms(self.theme)
        self.set_body(self.histograms)
        self.wait(True)
        self.back, self.on = QToolButton(), QToolButton()
        for button, icon, tip, by in (
            (self.back, "chevron-left", self.tr("Layers before"), -1),
            (self.on, "chevron-right", self.tr("Layers after"), 1),
        ):
            set_class(button, "small")
            button.setIcon(icons.get(icon, "text2"))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, by=by: self._turn(by))
            self.head.row.insertWidget(self.head.row.count() - 1, button)
        self.histograms.pages_changed.connect(self._show_pages)
        self.histograms.pointed.connect(self._point)
        self.refresh()

    def show_picture(
        self, told: Told[DistributionsPicture] | None, layers: Sequence[DenseLayer], shown: int | None
    ) -> None:
        """Show the picture of these layers, with the run of this place in front; None: there is none yet."""
        self.histograms.show_picture(told, layers, shown)
        self.wait(told is None)
        if told is not None:
            self.say(self.tr("{0} training samples").format(f"{told.picture.samples:,}"))

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of the histograms of all layers."""
        found = self.histograms
        return None if found.told is None else partial(_table, found.told, found.layers)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.histograms.setAccessibleName(self.tr("Histograms of weights and outputs of each layer"))
        self.histograms.refresh()
        self._show_pages()

    def _turn(self, by: int) -> None:
        self.histograms.turn(self.histograms.first + by * self.histograms.count)

    def _show_pages(self) -> None:
        found = self.histograms
        for button, there in ((self.back, found.first > 0), (self.on, found.first + found.count < len(found.layers))):
            button.setVisible(found.count < len(found.layers))
            button.setEnabled(there)

    def _point(self, pointed: Pointed | None, place: QPoint) -> None:
        self.card.setVisible(pointed is not None)
        if pointed is not None:
            title, rows, notes = self.histograms.told_of(pointed)
            heads = [self.tr("share"), *([] if pointed.cell.weights else [self.tr("of the layer")])]
            self.card.write_table(title, heads, rows, notes)
            self.point(place)


def _table(told: Told[DistributionsPicture], layers: Sequence[DenseLayer]) -> str:
    return table(
        ("run", "layer", "of", "from", "to", "share"),
        (
            (twin.name, layer.name, of, low, high, share)
            for layer, found in zip(layers, told.picture.layers, strict=True)
            for of, histogram in (("weights", found.weights), ("outputs", found.activations))
            for edges in (histogram.edges.tolist(),)
            for twin, shares in zip(told.twins, histogram.shares.tolist(), strict=True)
            for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True)
        ),
    )
